package media

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Files go when nobody names them any more. The sweep goes through the parts of each app's
// files, one after the other, and forgets nothing over a restart: how far it has come is a row.
// It does what may be done twice, so several machines may sweep. A ready file that nobody names is
// first marked as leaving: it can be named and read no more. What was admitted before is there by
// the time it is looked at again, and then it stays; else it goes: bytes first, then the row.

// graceSeconds is how long a file may be there without a message that names it.
const graceSeconds = 24 * 60 * 60

// leaveSeconds is how long a file is leaving at least: longer than a message takes that was
// admitted before.
const leaveSeconds = 60

// sweepPage is how many files or keys are read at a time.
const sweepPage = 100

// reason is why a file has gone.
type reason uint8

const (
	byPending reason = iota // it has not come in time
	byKind                  // it was not what was said
	byNobody                // nobody has named it
	byLast                  // the messages that named it are no more
	byRecall                // the last message that named it was recalled or changed
	byAccount               // its owner's account has gone, and nobody names it
	byAvatar                // its owner has many newer ones
	byStray                 // bytes that belong to nothing
	reasons
)

var reasonNames = [reasons]string{"pending", "kind", "unnamed", "expired", "recalled", "account", "avatar", "stray"}

// Swept is how many files have gone since the start, by reason.
func (s *Service) Swept() map[string]int64 {
	all := make(map[string]int64, reasons)
	for i, name := range reasonNames {
		all[name] = s.swept[i].Load()
	}
	return all
}

// Have is how many files the app has, and their bytes, those about to come included.
func (s *Service) Have(ctx context.Context, app chat.AppID) (files, bytes int64, err error) {
	all := chat.AppShard(app)
	n, err := counts.Of(ctx, s.read, []chat.RowAsk{counts.Ask(all, countFiles), counts.Ask(all, countBytes)})
	if err != nil {
		return 0, 0, err
	}
	return n[0], n[1], nil
}

// run sweeps until Close.
func (s *Service) run() {
	var tick <-chan time.Time
	if s.Pace > 0 {
		t := time.NewTicker(s.Pace)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick:
			for _, app := range s.Apps() {
				if !s.read.IsShut(app.ID) {
					s.warn("sweep", s.Sweep(s.ctx, app.ID))
				}
			}
		}
	}
}

func (s *Service) warn(what string, err error) {
	if err != nil && s.ctx.Err() == nil {
		s.read.Log().Warn("files are left to the next sweep", "what", what, "err", err)
	}
}

// doubted looks at a file of which a name has just gone: when it was the last, the file can be
// read no more.
func (s *Service) doubted(ctx context.Context, app chat.AppID, id ID) error {
	o, err := object(ctx, s.read, app, id)
	if err != nil || o == nil || o.State != ready || o.Kind == Avatar {
		return err
	}
	held, err := s.held(ctx, o)
	if err != nil || held {
		return err
	}
	return s.mark(ctx, o, leaving, byRecall)
}

// SweepAll goes through all files of an app once, from where the sweep is.
func (s *Service) SweepAll(ctx context.Context, app chat.AppID) error {
	for range parts {
		if err := s.Sweep(ctx, app); err != nil {
			return err
		}
	}
	return nil
}

// Sweep goes through the next part of an app's files. Where there are none nothing is written.
func (s *Service) Sweep(ctx context.Context, app chat.AppID) error {
	if empty, err := s.empty(ctx, app); err != nil || empty {
		return err
	}
	done, err := counts.Get(ctx, s.read, chat.AppShard(app), countSwept)
	if err != nil {
		return err
	}
	part := partName(int(done % parts))
	if err := s.sweepObjects(ctx, app, part); err != nil {
		return err
	}
	if err := s.sweepKeys(ctx, app, part); err != nil {
		return err
	}
	return s.read.Share(ctx, chat.AppShard(app), 0, 64, func(ctx context.Context, t *ledger.Turn) error {
		now, err := counts.Get(ctx, t.Read, t.Shard, countSwept)
		if err == nil && now == done { // nobody else has been there
			counts.Add(t, countSwept, 1)
		}
		return err
	})
}

// empty reports whether an app has no file, and no bytes of one.
func (s *Service) empty(ctx context.Context, app chat.AppID) (bool, error) {
	files, _, err := s.Have(ctx, app)
	if err != nil || files != 0 {
		return false, err
	}
	begin := appKey(app)
	keys, err := s.Store.Keys(ctx, begin, 1)
	if err != nil {
		return false, fmt.Errorf("list the files: %w", err)
	}
	return len(keys) == 0 || !strings.HasPrefix(keys[0], begin), nil
}

func (s *Service) sweepObjects(ctx context.Context, app chat.AppID, part string) error {
	for after := ""; ; {
		list, keys, err := objects.Page(ctx, s.read, chat.MediaShard(app, part), "", after, sweepPage)
		if err != nil {
			return err
		}
		for _, o := range list {
			if err := s.look(ctx, o); err != nil {
				return fmt.Errorf("file %s: %w", o.ID, err)
			}
		}
		if len(keys) < sweepPage {
			return nil
		}
		after = keys[len(keys)-1]
	}
}

// look decides about one file.
func (s *Service) look(ctx context.Context, o *Object) error {
	now := s.read.NowSec()
	switch o.State {
	case pending:
		if now-o.Created < uploadSeconds {
			return nil
		}
		is, err := s.settled(ctx, o)
		if err != nil || is == nil || is.State != pending {
			return err
		}
		return s.mark(ctx, o, leaving, byPending)
	case leaving:
		held, err := s.held(ctx, o)
		switch {
		case err != nil:
			return err
		case held:
			return s.mark(ctx, o, ready, 0)
		case now-o.Since < leaveSeconds:
			return nil
		}
		return s.removeUnlessKept(ctx, o.App, o.ID, o.Why)
	}
	gone, err := s.ownerGone(ctx, o)
	if err != nil || !gone && now-o.Since < graceSeconds {
		return err
	}
	held, err := s.held(ctx, o)
	if err != nil || held {
		return err
	}
	why := byLast
	switch {
	case gone:
		why = byAccount
	case now-o.Since < 2*graceSeconds:
		why = byNobody
	}
	return s.mark(ctx, o, leaving, why)
}

func (s *Service) ownerGone(ctx context.Context, o *Object) (bool, error) {
	acc, err := s.read.Account(ctx, o.App, o.Owner)
	return acc == nil || acc.Holder != o.Holder, err
}

// held reports whether there is a message that names a file, or, for an avatar, whether its
// owner's account is there. Rows of messages that are no more are removed.
func (s *Service) held(ctx context.Context, o *Object) (held bool, err error) {
	if o.Kind == Avatar {
		if gone, err := s.ownerGone(ctx, o); err != nil || !gone {
			return true, err
		}
	}
	for after := ""; ; {
		list, keys, err := refs.Page(ctx, s.read, o.ID.shard(o.App), string(o.ID), after, refPage)
		if err != nil {
			return false, err
		}
		var gone []string
		for i, r := range list {
			m, err := s.read.Message(ctx, r.conv(), r.Seq)
			switch {
			case chat.IsHole(err): // it may come back
				held = true
			case err != nil:
				return false, err
			case m != nil && m.Recall == nil && m.Media == r.Note:
				held = true
			default:
				gone = append(gone, keys[i])
			}
			if held {
				break
			}
		}
		if len(gone) > 0 {
			if err := s.unref(ctx, o, gone); err != nil {
				return held, err
			}
		}
		if held || len(keys) < refPage {
			return held, nil
		}
		after = keys[len(keys)-1]
	}
}

func (s *Service) unref(ctx context.Context, o *Object, keys []string) error {
	return s.read.Share(ctx, o.ID.shard(o.App), 0, 64*len(keys), func(_ context.Context, t *ledger.Turn) error {
		for _, k := range keys {
			refs.Remove(t, k)
		}
		return nil
	})
}

// mark puts a file into another state, unless it has changed since it was read.
func (s *Service) mark(ctx context.Context, o *Object, to state, why reason) error {
	app, id, from := o.App, o.ID, o.State
	return s.read.Share(ctx, id.shard(app), 0, 512, func(ctx context.Context, t *ledger.Turn) error {
		o, err := object(ctx, t.Read, app, id)
		if err != nil || o == nil || o.State != from {
			return err
		}
		now := *o
		now.State, now.Since, now.Why = to, t.Sec(), why
		objects.Put(t, string(id), &now)
		return nil
	})
}

// Keep keeps the bytes of all whole files until release is called: what goes meanwhile is marked,
// and removed later. A removal under way ends first.
func (s *Service) Keep() (release func()) {
	s.kept.RLock()
	return s.kept.RUnlock
}

// removeUnlessKept is remove, but for the time in which all files are kept: the sweep comes again.
func (s *Service) removeUnlessKept(ctx context.Context, app chat.AppID, id ID, why reason) error {
	if !s.kept.TryLock() {
		return nil
	}
	defer s.kept.Unlock()
	return s.remove(ctx, app, id, why)
}

// remove removes a file: its bytes, then its row and what counts it. A crash in between leaves a
// file that is looked at again.
func (s *Service) remove(ctx context.Context, app chat.AppID, id ID, why reason) error {
	key := id.Key(app)
	for _, k := range []string{key, Derived(key, Large), Derived(key, Thumb)} {
		if err := s.Store.Remove(ctx, k); err != nil {
			return fmt.Errorf("remove the bytes: %w", err)
		}
	}
	o, err := object(ctx, s.read, app, id)
	if err != nil || o == nil {
		return err
	}
	gone, err := s.ownerGone(ctx, o)
	if err != nil {
		return err
	}
	removed := false
	err = s.read.Share(ctx, id.shard(app), 0, 512, func(ctx context.Context, t *ledger.Turn) error {
		removed = false
		o, err := object(ctx, t.Read, app, id)
		if err != nil || o == nil {
			return err
		}
		objects.Remove(t, string(id))
		t.Commit.Mirrors = append(t.Commit.Mirrors, mirrored(o, -1, gone)...)
		removed = true
		return nil
	})
	if err == nil && removed {
		s.swept[why].Add(1)
	}
	return err
}

// sweepKeys removes bytes that belong to no file: what a crash has left, or a picture's smaller
// size that was made while the picture went.
func (s *Service) sweepKeys(ctx context.Context, app chat.AppID, part string) error {
	begin := partKey(app, part)
	for after := begin; ; {
		keys, err := s.Store.Keys(ctx, after, sweepPage)
		if err != nil {
			return fmt.Errorf("list the files: %w", err)
		}
		for _, k := range keys {
			name, ours := strings.CutPrefix(k, begin)
			if !ours {
				return nil
			}
			if err := s.lookKey(ctx, app, k, name); err != nil {
				return err
			}
		}
		if len(keys) < sweepPage {
			return nil
		}
		after = keys[len(keys)-1]
	}
}

func (s *Service) lookKey(ctx context.Context, app chat.AppID, key, name string) error {
	name, _, _ = strings.Cut(name, ".")
	id, ok := ParseID(name)
	if !ok {
		return nil // not ours
	}
	if !s.kept.TryLock() {
		return nil
	}
	defer s.kept.Unlock()
	o, err := object(ctx, s.read, app, id)
	if err != nil || o != nil {
		return err
	}
	if err := s.Store.Remove(ctx, key); err != nil && !errors.Is(err, ErrNone) {
		return fmt.Errorf("remove the bytes: %w", err)
	}
	s.swept[byStray].Add(1)
	return nil
}

// Leave is told that an account goes: what its user has sent and nobody names goes with it, avatars
// too. Call it while the user's own rows are there.
func (s *Service) Leave(ctx context.Context, app chat.AppID, u chat.UserID) error {
	if !s.On() {
		return nil
	}
	for after := ""; ; {
		_, keys, err := owned.Page(ctx, s.read, chat.UserShard(app, u), "", after, sweepPage)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := s.leaves(ctx, app, ID(k[1:])); err != nil {
				return fmt.Errorf("file %s: %w", k[1:], err)
			}
		}
		if len(keys) < sweepPage {
			return nil
		}
		after = keys[len(keys)-1]
	}
}

// leaves removes one file of a user who goes, unless a message names it.
func (s *Service) leaves(ctx context.Context, app chat.AppID, id ID) error {
	o, err := object(ctx, s.read, app, id)
	if err != nil || o == nil {
		return err
	}
	held, err := s.held(ctx, o)
	if err != nil || held {
		return err
	}
	return s.mark(ctx, o, leaving, byAccount)
}
