package badger

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	engine "github.com/dgraph-io/badger/v4"
)

const (
	// upkeepEvery is how often old versions are given up. A reader holds its view
	// for milliseconds; what it may need is kept for at least one interval.
	upkeepEvery = time.Minute
	// collectEvery is how many intervals lie between collections of the value log.
	collectEvery = 10
	// collectRatio rewrites a value log file when this part of it is garbage.
	collectRatio = 0.5
)

// upkeep lets the engine forget overwritten versions and collects its
// value log, until Close.
func (s *Store) upkeep() {
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	unread := s.at.Load()
	for n := 1; ; n++ {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		s.db.SetDiscardTs(unread)
		unread = s.at.Load()
		if n%collectEvery == 0 {
			s.collect()
		}
	}
}

func (s *Store) collect() {
	for {
		select {
		case <-s.stop:
			return
		default:
		}
		err := s.db.RunValueLogGC(collectRatio)
		if errors.Is(err, engine.ErrNoRewrite) {
			return
		}
		if err != nil {
			s.log.Warn("value log not collected", "err", err)
			return
		}
	}
}

// engineLog hands the engine's warnings on and keeps its chatter for Debug.
type engineLog struct{ to *slog.Logger }

func (l engineLog) say(level func(string, ...any), format string, args []any) {
	level("engine", "text", strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (l engineLog) Errorf(format string, args ...any)   { l.say(l.to.Error, format, args) }
func (l engineLog) Warningf(format string, args ...any) { l.say(l.to.Warn, format, args) }

// Infof and Debugf tell of flushes and compactions: nothing for an operator.
func (l engineLog) Infof(string, ...any)  {}
func (l engineLog) Debugf(string, ...any) {}
