package inbox

import (
	"context"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Pin puts conversations of of's on top of their list, or takes them from there, all or
// nothing (spec/06 §3a). of "" is the caller. One that is not listed gets an empty entry.
// 50001: no such peer, 51007: a group that is none of theirs, 51012: more than 50.
func (s *Service) Pin(ctx context.Context, by chat.Actor, of chat.UserID, list []chat.Target, on bool) error {
	app, of, err := s.owner(ctx, by, of)
	if err != nil {
		return err
	}
	found, refused, err := s.places(ctx, app, of, list)
	if err != nil {
		return err
	}
	for _, err := range refused {
		if err != nil {
			return err
		}
	}
	return s.change(ctx, app, of, func(ctx context.Context, e *editor, rows []settingRow, _ bool) error {
		pinned := 0
		for _, r := range rows {
			if r.Pinned {
				pinned++
			}
		}
		for _, p := range found {
			err := e.edit(ctx, p, func(v *setting) *chat.ConvChange {
				if v.Pinned == on {
					return nil
				}
				v.Pinned = on
				if on {
					pinned++
				}
				return &chat.ConvChange{Top: &on}
			})
			if err != nil {
				return err
			}
		}
		if on && pinned > maxPinned {
			return chat.Refuse(chat.CodeTooManyPinned, "")
		}
		return nil
	})
}

// SetDraft keeps what the caller is about to say in a conversation, text of at most 3,000
// bytes; "" takes it away.
func (s *Service) SetDraft(ctx context.Context, by chat.Actor, t chat.Target, text string) error {
	if len(text) > maxDraft || !utf8.ValidString(text) {
		return chat.Refuse(chat.CodeConvParameter, "Draft is no text of at most %d bytes", maxDraft)
	}
	app, of, err := s.owner(ctx, by, "")
	if err != nil {
		return err
	}
	p, err := s.place(ctx, app, of, t)
	if err != nil {
		return err
	}
	return s.share(ctx, app, of, func(ctx context.Context, e *editor) error {
		key := p.String()
		was, err := drafts.Get(ctx, e.Read, e.Shard, key)
		if err != nil {
			return err
		}
		return e.edit(ctx, p, func(v *setting) *chat.ConvChange {
			if !v.Drafted && text == "" || v.Drafted && was != nil && was.Text == text {
				return nil
			}
			if v.Drafted = text != ""; v.Drafted {
				drafts.Put(e.Turn, key, &draft{text})
			}
			return &chat.ConvChange{Draft: &text}
		})
	})
}

// Mute sets how the caller wants the messages of a conversation. In groups that is MsgFlag
// of their member's row (spec/21 §6); to a peer nobody mentions anybody, so that there the
// options with ExceptAt are as those without.
func (s *Service) Mute(ctx context.Context, by chat.Actor, t chat.Target, o chat.ReceiveOption) error {
	if !o.Valid() {
		return chat.Refuse(chat.CodeConvParameter, "RecvOpt is no receive option")
	}
	app, of, err := s.owner(ctx, by, "")
	if err != nil {
		return err
	}
	p, err := s.place(ctx, app, of, t)
	if err != nil {
		return err
	}
	if t.Kind == chat.InGroup {
		return s.groups.ModifyMember(ctx, by, t.Group(), of, chat.MemberPatch{Flag: &o})
	}
	if o == chat.AcceptAndNotify {
		o = "" // as it is without a setting
	}
	err = s.share(ctx, app, of, func(ctx context.Context, e *editor) error {
		return e.edit(ctx, p, func(v *setting) *chat.ConvChange {
			if v.Option == o {
				return nil
			}
			v.Option = o
			e.Commit.Wishes = append(e.Commit.Wishes, chat.Wish{User: of, Want: o.Want(), Peer: p.User(), Holder: uint32(p.stamp)})
			told := option(v)
			return &chat.ConvChange{Option: &told}
		})
	})
	if err != nil {
		return err
	}
	return s.delivered(ctx, chat.UserShard(app.ID, of))
}

// delivered waits until what is durable in a shard has been handed to delivery, which a lane
// does right after it has answered: what a peer says next has a lane of its own.
func (s *Service) delivered(ctx context.Context, shard chat.Shard) error {
	return s.ledger.Share(ctx, shard, 0, 0, func(context.Context, *ledger.Turn) error { return nil })
}

// option is how a user wants the messages of a peer.
func option(v *setting) chat.ReceiveOption {
	if v == nil || v.Option == "" {
		return chat.AcceptAndNotify
	}
	return v.Option
}
