package badger

import (
	"errors"
	"fmt"
	"slices"
	"time"

	engine "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"

	"github.com/teahouse-im/teahouse/chat"
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
		s.db.SetDiscardTs(s.holds.oldest(unread))
		unread = s.at.Load()
		if n%collectEvery == 0 && !s.disk.full.Load() { // it writes what it moves
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

// checkTables reads the tables that were not read when the folder was opened,
// half of the time at most. A damaged one ends the store's writing: the engine would take
// what it cannot read for absent, and what is decided by that would be wrong.
func (s *Store) checkTables(f *folder) {
	var r blockReader
	for _, id := range f.unread {
		began := s.now()
		if err := f.checkTable(&r, id); err != nil && s.hasTable(id) {
			s.damaged(f.dir, table.IDToFilename(id), err)
		}
		pause := time.NewTimer(s.now().Sub(began))
		select {
		case <-s.stop:
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// hasTable reports whether the engine still uses a table: those that it has
// merged into others are removed.
func (s *Store) hasTable(id uint64) bool {
	return slices.ContainsFunc(s.db.Tables(), func(t engine.TableInfo) bool { return t.ID == id })
}

// damaged ends the store's writing because of a table.
func (s *Store) damaged(dir, name string, why error) {
	s.meters.damage.Inc()
	note(dir, name, s.log)
	s.refuseWrites(fmt.Errorf("%w: %s: %w", chat.ErrDamaged, name, why))
}
