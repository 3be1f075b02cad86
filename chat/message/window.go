package message

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// Window is what a user sees of a conversation, one message at a time: what their history
// has, and nothing else.
type Window struct {
	*view
	service *Service
}

// Window opens what of has of a conversation ("" is the caller). It refuses what History
// refuses.
func (s *Service) Window(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target) (*Window, error) {
	v, err := s.view(ctx, by, of, t)
	if err != nil {
		return nil, err
	}
	return &Window{v, s}, nil
}

// Message is a message as it is now; nil when the user does not see it, also because the
// store has lost it.
func (w *Window) Message(ctx context.Context, seq chat.Seq) (*chat.Message, error) {
	if seq < w.first || seq > w.last {
		return nil, nil
	}
	m, err := w.view.message(ctx, w.service.ledger, seq)
	if chat.IsHole(err) || err == nil && (m == nil || !w.sees(m)) {
		return nil, nil
	}
	return m, err
}

// Page shows messages of the window as History does. before are the highest lower numbers
// that the user may see, one for each message.
func (w *Window) Page(ctx context.Context, list []*chat.Message) (page HistoryPage, before []chat.Seq, err error) {
	page.Messages = list
	before = make([]chat.Seq, len(list))
	for i, m := range list {
		if before[i], err = w.sight().Before(ctx, w.service.ledger, m); err != nil {
			return page, nil, err
		}
	}
	if page.Pinned, err = w.service.pinned(ctx, w.conv); err != nil {
		return page, nil, err
	}
	page.Receipts, err = w.service.receiptsOf(ctx, w.conv, list)
	return page, before, err
}
