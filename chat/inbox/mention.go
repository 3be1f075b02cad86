package inbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Bounds of the unread mentions of one conversation, choices: how many messages that
// mention somebody are looked at, the newest first, and how many are shown.
const (
	maxMentioning = 200
	maxMentions   = 30
)

// MentionKind says who is mentioned (spec/00 §5, AtType).
type MentionKind uint8

// The kinds of mention.
const (
	MentionsMe  MentionKind = 1
	MentionsAll MentionKind = 2
	MentionsTwo MentionKind = 3 // me and all
)

// Mention is an unread message of somebody else that mentions the user.
type Mention struct {
	Seq  chat.Seq
	From chat.UserID
	Kind MentionKind
}

// mentions are the unread ones of a conversation, oldest first. Messages that mention
// somebody name the one before, so others are not read, and nothing is read where nobody
// was mentioned since the mark.
func (s *Service) mentions(ctx context.Context, u chat.UserID, c counted) (list []Mention, err error) {
	if c.Want == chat.WantNone {
		return nil, nil
	}
	seq, read, sight := c.mention, c.mark().Seq, c.sight(u)
	for n := 0; seq > read && seq >= c.first && n < maxMentioning && len(list) < maxMentions; n++ {
		m, err := s.ledger.Message(ctx, c.Conv, seq)
		if chat.IsHole(err) || err == nil && m == nil { // lost, or expired with all before it
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read message: %w", err)
		}
		if kind := mentioned(m, u); kind != 0 && m.From != u && m.Recall == nil && !m.Control.Has(chat.NoUnread) {
			has, err := sight.Has(ctx, s.ledger, m)
			if err != nil {
				return nil, err
			}
			if has {
				list = append(list, Mention{m.Seq, m.From, kind})
			}
		}
		if m.Mention == 0 {
			break
		}
		seq -= chat.Seq(m.Mention)
	}
	slices.Reverse(list)
	return list, nil
}

// mentioned says how m mentions u; 0: not at all.
func mentioned(m *chat.Message, u chat.UserID) (kind MentionKind) {
	for _, at := range m.At {
		switch at {
		case u:
			kind |= MentionsMe
		case chat.AtAll:
			kind |= MentionsAll
		}
	}
	return kind
}
