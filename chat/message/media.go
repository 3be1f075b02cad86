package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// Media is what the room asks about the files of ours that messages name (spec/05). Room media
// knows it, a sibling of this one.
type Media interface {
	// Names reports whether a text may name any, at almost no cost.
	Names(text []byte) bool
	// Admit decides whether by may name those of a checked body, and of the lists that came out
	// of it: 90010 otherwise. It returns them.
	Admit(ctx context.Context, by chat.Actor, body []byte, lists [][]byte) ([]string, error)
	// Refs are the rows by which they know the message, for its commit; Unrefs remove them.
	Refs(m *chat.Message, ids []string) []chat.Mirror
	Unrefs(m *chat.Message) []chat.Mirror
	// Released is told of a message that was recalled or changed, when that is durable.
	Released(ctx context.Context, m *chat.Message)
	// Fresh and FreshList give present addresses to what was not read from the store.
	Fresh(m *chat.Message) *chat.Message
	FreshList(app chat.AppID, list []byte) []byte
}

// noMedia is a server without files.
type noMedia struct{}

func (noMedia) Names([]byte) bool { return false }
func (noMedia) Admit(context.Context, chat.Actor, []byte, [][]byte) ([]string, error) {
	return nil, nil
}
func (noMedia) Refs(*chat.Message, []string) []chat.Mirror { return nil }
func (noMedia) Unrefs(*chat.Message) []chat.Mirror         { return nil }
func (noMedia) Released(context.Context, *chat.Message)    {}
func (noMedia) Fresh(m *chat.Message) *chat.Message        { return m }
func (noMedia) FreshList(_ chat.AppID, list []byte) []byte { return list }

// files are those that a message names. nil: it names none.
type files struct {
	ids  []string
	note uint32 // Message.Media
	refs func(m *chat.Message, ids []string) []chat.Mirror
}

// files decides whether by may name what a body and its lists name.
func (s *Service) files(ctx context.Context, by chat.Actor, body []byte, k *cut) (*files, error) {
	var lists [][]byte
	if k != nil {
		body, lists = k.body, k.lists
	}
	any := s.media.Names(body)
	for _, list := range lists {
		any = any || s.media.Names(list)
	}
	if !any {
		return nil, nil
	}
	ids, err := s.media.Admit(ctx, by, body, lists)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return &files{ids: ids, note: s.ledger.Random() | 1, refs: s.media.Refs}, nil
}

// number is what the message notes, 0 when it names no files.
func (f *files) number() uint32 {
	if f == nil {
		return 0
	}
	return f.note
}

// rows are those of the commit that stores m.
func (f *files) rows(m *chat.Message) []chat.Mirror {
	if f == nil {
		return nil
	}
	return f.refs(m, f.ids)
}

// Readable is a message that by may read now, nil when there is none for them; it is refused
// when they may not read the conversation.
func (s *Service) Readable(ctx context.Context, by chat.Actor, c chat.Conversation, seq chat.Seq) (*chat.Message, error) {
	if c.App != by.App || c.Kind == chat.C2C && !c.Has(by.User) {
		return nil, noList(c.Kind)
	}
	v, err := s.view(ctx, by, "", targetOf(c, by.User))
	if err != nil {
		return nil, err
	}
	m, err := v.message(ctx, s.ledger, seq)
	if err != nil || m == nil || !v.shows(by, m) {
		return nil, err
	}
	return m, nil
}
