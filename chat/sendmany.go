package chat

import (
	"context"
	"sync"
)

// maxTargets bounds the receivers of one SendMany (spec/04 §4).
const maxTargets = 500

// SendMany sends one draft to up to 500 users (batchsendmsg, spec/04 §4): no
// webhook is asked or told, and all copies share one MsgKey, that of the receipt. failures lists the receivers that did
// not get it; when nobody did the error is 90012.
func (s *Service) SendMany(ctx context.Context, by Actor, d Draft, to []UserID) (r Receipt, failures []ItemResult, err error) {
	switch {
	case !by.Admin():
		return r, nil, Refuse(CodeMsgNeedAdmin, "")
	case len(to) == 0:
		return r, nil, Refuse(CodeTargetsEmpty, "")
	case len(to) > maxTargets:
		return r, nil, Refuse(CodeTooManyTargets, "")
	}
	d.SkipBefore, d.SkipAfter = true, true
	if d.Random == nil {
		n := s.random()
		d.Random = &n
	}
	if d.SenderSeq == nil {
		n := s.random()
		d.SenderSeq = &n
	}
	answers := make([]answer, len(to))
	var all sync.WaitGroup
	for i, u := range to {
		all.Add(1)
		d.To = ToUser(u)
		s.Send(ctx, by, d, func(r Receipt, err error) {
			answers[i] = answer{r, err}
			all.Done()
		})
	}
	all.Wait()
	return gather(to, answers)
}

type answer struct {
	receipt Receipt
	err     error
}

// gather sorts the answers of a batch. A fault that every receiver shares is
// the batch's own.
func gather(to []UserID, answers []answer) (r Receipt, failures []ItemResult, err error) {
	sent := false
	for i, a := range answers {
		if a.err == nil {
			if !sent {
				r, sent = a.receipt, true
			}
			continue
		}
		code, info := Outward(a.err)
		switch code {
		case CodeToUnknown:
			code = CodeNoAccount
		case CodeBadTo:
		default:
			if code.Class() == Malformed || code == CodeBadFrom {
				return Receipt{}, nil, a.err
			}
		}
		failures = append(failures, ItemResult{User: to[i], Code: code, Info: info})
	}
	if !sent {
		return Receipt{}, failures, Refuse(CodeToUnknown, "invalid To_Account")
	}
	return r, failures, nil
}
