package message

import (
	"context"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
)

// maxTargets bounds the receivers of one SendMany (spec/04 §4).
const maxTargets = 500

// SendMany sends one draft to up to 500 users (batchsendmsg, spec/04 §4): no
// webhook is called, and all copies share one MsgKey, that of the receipt. A merged message
// whose list would have to be cut out is too long. failures
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
	if d.Body, err = s.passed(ctx, by.App, d.Body); err != nil {
		return r, nil, err
	}
	d.SkipBefore, d.SkipAfter, d.Uncut = true, true, true
	if d.Random == nil {
		n := s.ledger.Random()
		d.Random = &n
	}
	if d.SenderSeq == nil {
		n := s.ledger.Random()
		d.SenderSeq = &n
	}
	targets := make([]chat.Target, len(to))
	for i, u := range to {
		targets[i] = chat.ToUser(u)
	}
	return gather(to, s.sendEach(ctx, by, d, targets))
}

// sendEach sends one draft to many and waits for all answers, in the order of the
// targets. No commit stands for all, so a repeated publish is not known by one.
func (s *Service) sendEach(ctx context.Context, by chat.Actor, d chat.Draft, to []chat.Target) []answer {
	ctx = chat.WithClaim(ctx, nil)
	answers := make([]answer, len(to))
	var all sync.WaitGroup
	for i, t := range to {
		all.Add(1)
		d.To = t
		s.Send(ctx, by, d, func(r chat.Receipt, err error) {
			answers[i] = answer{r, err}
			all.Done()
		})
	}
	all.Wait()
	return answers
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
