package message

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
)

// askQueue bounds the drafts of one sender for one conversation that wait for
// the app's answer; one more is refused as busy.
const askQueue = 1024

// asking queues drafts per sender and conversation while a before-webhook is
// pending, so that their order is kept and nobody else waits.
type asking struct {
	waiting atomic.Int64 // drafts in queues; lets the common case skip the lock
	mu      sync.Mutex
	shut    bool
	queues  map[askKey][]*sending // the app is being asked about the first one
}

type askKey struct {
	from chat.UserID
	conv chat.Conversation
}

func newAsking() *asking { return &asking{queues: map[askKey][]*sending{}} }

// close refuses further questions. Those under way still get their answers.
func (a *asking) close() {
	a.mu.Lock()
	a.shut = true
	a.mu.Unlock()
}

// before asks the app about a draft if it has subscribed, then goes on to
// append. A draft that needs no answer still waits behind those that do. The app is not
// asked about a message that is stored already.
func (s *Service) before(ctx context.Context, j *sending) {
	j.ask = s.gate != nil && !j.skipBefore && j.app.Webhook.On(j.beforeKind())
	if !j.ask && s.asking.waiting.Load() == 0 {
		s.append(ctx, j)
		return
	}
	if j.ask {
		if first, err := j.repeated(ctx, s.ledger); err != nil {
			j.done(chat.Receipt{}, err)
			return
		} else if first != nil {
			j.done(*first, nil)
			return
		}
	}
	key := askKey{j.msg.From, j.msg.Conv}
	first, err := s.asking.push(key, j)
	if err != nil {
		j.done(chat.Receipt{}, err)
		return
	}
	if first {
		s.askNext(context.WithoutCancel(ctx), key, j)
	}
}

// push queues a draft; first says that nothing was queued before it.
func (a *asking) push(key askKey, j *sending) (first bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	queue := a.queues[key]
	switch {
	case a.shut:
		return false, chat.Refuse(chat.CodeShutdown, "")
	case len(queue) >= askQueue:
		return false, chat.Refuse(chat.CodeBusy, "")
	}
	a.waiting.Add(1)
	a.queues[key] = append(queue, j)
	return len(queue) == 0, nil
}

// pop takes the draft that was asked about off its queue and returns the next.
func (a *asking) pop(key askKey) *sending {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting.Add(-1)
	queue := a.queues[key][1:]
	if len(queue) == 0 {
		delete(a.queues, key)
		return nil
	}
	a.queues[key] = queue
	return queue[0]
}

// askNext asks about j and then about those queued behind it. No lock is held
// while the app decides.
func (s *Service) askNext(ctx context.Context, key askKey, j *sending) {
	settle := func(v chat.Verdict, err error) {
		s.settle(ctx, j, v, err)
		if next := s.asking.pop(key); next != nil {
			s.askNext(ctx, key, next)
		}
	}
	if !j.ask {
		settle(chat.Verdict{}, nil)
		return
	}
	s.gate.Before(ctx, chat.Question{App: j.app, By: j.by, Kind: j.beforeKind(), Message: j.msg, Group: j.group}, settle)
}

// settle acts on the app's answer. A rewritten message is made to fit again.
func (s *Service) settle(ctx context.Context, j *sending, v chat.Verdict, err error) {
	switch {
	case err != nil:
		j.done(chat.Receipt{}, err)
		return
	case v.Drop: // it takes no room of the group's rate, since nobody is to get it
		j.dropped, j.after = true, false
		s.enqueue(j)
		return
	}
	if v.Body != nil {
		j.msg.Body = v.Body
	}
	if v.Cloud != nil {
		j.msg.Cloud = *v.Cloud
	}
	if v.Body != nil || v.Cloud != nil {
		err := s.fitBody(ctx, j, j.forApp())
		if err == nil && j.cut() == nil {
			err = chat.CheckSize(&j.app.Limits, j.msg.Body, j.msg.Cloud)
		}
		if err != nil {
			j.done(chat.Receipt{}, err)
			return
		}
	}
	s.append(ctx, j)
}

// forApp is who names the files of a body that the app has rewritten: what it writes it may name.
func (j *sending) forApp() chat.Actor {
	return chat.Actor{App: j.by.App, User: j.by.User, Holder: j.by.Holder, Standing: chat.AsSystem}
}

// beforeKind is the webhook that asks about the message.
func (j *sending) beforeKind() chat.EventKind {
	if j.msg.Conv.Kind == chat.InGroup {
		return chat.BeforeGroup
	}
	return chat.BeforeC2C
}
