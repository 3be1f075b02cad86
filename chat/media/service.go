package media

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Options are what a Service is built from. Ledger, Apps and Message are required; without a
// Store there are no files: every call is refused with 60017.
type Options struct {
	Ledger    *ledger.Ledger
	Apps      func() []*chat.App // those whose files are looked through
	Store     Store
	Addresses *Addresses // required with a Store
	// Message is a message as by may read it now, nil when there is none for them. Room message
	// knows it, which is a sibling.
	Message func(ctx context.Context, by chat.Actor, c chat.Conversation, s chat.Seq) (*chat.Message, error)
	// Pace is how long the sweep rests after each part of an app's files; default: what
	// takes it through all of them in an hour. Negative: nobody sweeps but who calls Sweep.
	Pace time.Duration
}

// Service keeps account of files.
type Service struct {
	Options
	read  *ledger.Ledger
	kept  sync.RWMutex // held for reading by those who keep all files; see Keep
	swept [reasons]atomic.Int64

	ctx    context.Context // the life of the goroutine that sweeps
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// New builds a Service and starts its sweep. Close stops it.
func New(o Options) *Service {
	if o.Pace == 0 {
		o.Pace = time.Hour / parts
	}
	s := &Service{Options: o, read: o.Ledger}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if o.Store != nil {
		s.done.Go(s.run)
	}
	return s
}

// Close stops the sweep.
func (s *Service) Close() {
	s.cancel()
	s.done.Wait()
}

// On reports whether this server keeps files.
func (s *Service) On() bool { return s.Store != nil }

// errOff is the refusal of a server without files.
func errOff() error { return chat.Refuse(chat.CodeCommandDisabled, "this server keeps no files") }

// app is the tenant of a call.
func (s *Service) app(id chat.AppID) (*chat.App, error) {
	if !s.On() {
		return nil, errOff()
	}
	return s.read.App(id)
}

// errGone is the refusal of a file that is not there, or not for the caller: they cannot tell.
func errGone() error { return chat.Refuse(chat.CodeNoMessage, "there is no such file") }

// fault is a failure of the store; one without room is told as busy.
func fault(err error) error {
	if errors.Is(err, ErrFull) {
		return chat.Internal(chat.CodeBusy, err)
	}
	return err
}
