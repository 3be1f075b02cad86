package message

import (
	"context"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// maxTargets bounds the receivers of one SendMany (spec/04 §4).
const maxTargets = 500

// SendMany sends one draft to up to 500 users (batchsendmsg, spec/04 §4): no
// webhook is called, and all copies share one MsgKey, that of the receipt. failures
// lists the receivers that did not get it; when nobody did, the error is 90012.
func (s *Service) SendMany(ctx context.Context, by chat.Actor, d chat.Draft, to []chat.UserID) (r chat.Receipt, failures []chat.ItemResult, err error) {
	switch {
	case !by.Admin():
		return r, nil, chat.Refuse(chat.CodeMsgNeedAdmin, "")
	case len(to) == 0:
		return r, nil, chat.Refuse(chat.CodeTargetsEmpty, "")
	case len(to) > maxTargets:
		return r, nil, chat.Refuse(chat.CodeTooManyTargets, "")
	}
	d.SkipBefore, d.SkipAfter = true, true
	if d.Random == nil {
		n := s.ledger.Random()
		d.Random = &n
	}
	if d.SenderSeq == nil {
		n := s.ledger.Random()
		d.SenderSeq = &n
	}
	ctx = chat.WithClaim(ctx, nil) // no commit stands for all
	answers := make([]answer, len(to))
	var all sync.WaitGroup
	for i, u := range to {
		all.Add(1)
		d.To = chat.ToUser(u)
		s.Send(ctx, by, d, func(r chat.Receipt, err error) {
			answers[i] = answer{r, err}
			all.Done()
		})
	}
	all.Wait()
	return gather(to, answers)
}

type answer struct {
	receipt chat.Receipt
	err     error
}

// gather sorts the answers of a batch. A fault that every receiver shares is
// the batch's own.
func gather(to []chat.UserID, answers []answer) (r chat.Receipt, failures []chat.ItemResult, err error) {
	sent := false
	for i, a := range answers {
		if a.err == nil {
			if !sent {
				r, sent = a.receipt, true
			}
			continue
		}
		if chat.IsFault(a.err) { // not the receiver's: it is answered and logged as a fault
			return chat.Receipt{}, nil, a.err
		}
		code, info := chat.Outward(a.err)
		switch code {
		case chat.CodeToUnknown:
			code = chat.CodeNoAccount
		case chat.CodeBadTo:
		default:
			if code.Class() == chat.Malformed || code == chat.CodeBadFrom {
				return chat.Receipt{}, nil, a.err
			}
		}
		failures = append(failures, chat.ItemResult{User: to[i], Code: code, Info: info})
	}
	if !sent {
		return chat.Receipt{}, failures, chat.Refuse(chat.CodeToUnknown, "invalid To_Account")
	}
	return r, failures, nil
}
