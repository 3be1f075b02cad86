package archive

import (
	"context"
	"sync"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Options are what a Service is built from; Ledger is required.
type Options struct {
	Ledger *ledger.Ledger
	// Dir is the folder of the files; "": none are made, and every hour is answered with 1004.
	Dir string
	// Zone is that in which hours are named; default: [ChinaStandardTime].
	Zone *time.Location
	// MaxBytes bounds all files together, default [DefaultMaxBytes]; the oldest go first.
	MaxBytes int64
	// Full is why the disk takes no more; default: it does.
	Full func() error
	// Patience is how long a caller waits for a file that is being made, before 1004 tells
	// them to ask again; default [DefaultPatience].
	Patience time.Duration
}

// Defaults of [Options]. Choices of ours, but for the zone, which is the original's.
const (
	DefaultMaxBytes = 8 << 30
	DefaultPatience = 2 * time.Second
)

// ChinaStandardTime is the zone of the original (spec/09 §F).
var ChinaStandardTime = time.FixedZone("+08:00", 8*60*60)

// Service makes files and gives them out.
type Service struct {
	Options
	read *ledger.Ledger

	ctx    context.Context // the life of the goroutine that makes files
	cancel context.CancelFunc
	done   chan struct{}
	wake   chan struct{}

	mu    sync.Mutex // guards all below
	tasks []*task    // that wait, the one being made first
}

// New starts the goroutine that makes files. Close ends it.
func New(o Options) *Service {
	if o.Zone == nil {
		o.Zone = ChinaStandardTime
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Full == nil {
		o.Full = func() error { return nil }
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	s := &Service{Options: o, read: o.Ledger, done: make(chan struct{}), wake: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.run()
	return s
}

// Close gives up the file being made, and waits until its half is removed.
func (s *Service) Close() {
	s.cancel()
	<-s.done
}

// File is one file to download.
type File struct {
	Name string // in the folder of its app
	App  chat.AppID
	// Expires is until when Sign opens it, Unix seconds.
	Expires int64
	Sign    string
	Facts
}

// Until is Expires as texts of the service write it, "YYYY-MM-DD hh:mm:ss" in its zone.
func (s *Service) Until(f *File) string {
	return time.Unix(f.Expires, 0).In(s.Zone).Format(time.DateTime)
}

// Hour is the file of an hour, YYYYMMDDHH in the zone of the service: messages between
// two users, or messages in groups. It waits a little for one that has to be made.
//
// 1002: the hour or the kind is none. 1004: the hour ended less than an hour ago, its file
// is being made, or it has no messages. 1005: the file has expired: 7 days after the hour, or
// when the app's messages of the hour have.
func (s *Service) Hour(ctx context.Context, by chat.Actor, kind chat.Kind, text string) (*File, error) {
	app, err := s.read.App(by.App)
	if err != nil {
		return nil, err
	}
	if !by.Admin() {
		return nil, chat.Refuse(chat.CodeFileParameter, "for administrators")
	}
	h, err := s.hourOf(kind, text)
	if err != nil {
		return nil, err
	}
	if err := h.available(app, s.read.NowSec()); err != nil {
		return nil, err
	}
	if s.Dir == "" {
		return nil, chat.Refuse(chat.CodeFileNotReady, "this server makes no files")
	}
	facts, err := s.factsOf(app.ID, h)
	if err == nil && facts == nil {
		facts, err = s.wait(ctx, app.ID, h)
	}
	switch {
	case err != nil:
		return nil, err
	case facts.Messages == 0:
		return nil, chat.Refuse(chat.CodeFileNotReady, "there are no messages")
	}
	return s.sign(app, h, *facts)
}

// wait has a file made, and waits for it.
func (s *Service) wait(ctx context.Context, app chat.AppID, h hour) (*Facts, error) {
	t, err := s.enqueue(app, h)
	if err != nil {
		return nil, err
	}
	t.waits.Add(1)
	defer t.waits.Add(-1)
	patience := time.NewTimer(s.Patience)
	defer patience.Stop()
	select {
	case <-t.done:
		if s.ctx.Err() == nil {
			return t.facts, t.err
		}
	case <-patience.C:
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return nil, chat.Refuse(chat.CodeFileNotReady, "the file is being made, ask again")
}
