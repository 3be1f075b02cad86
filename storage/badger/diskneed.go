package badger

import (
	"bytes"
	"slices"

	engine "github.com/dgraph-io/badger/v4"
)

// leastFree is what must be free at any time, by the engine's options: two logs of
// a memtable, each with the transaction that fills it, and a value log file.
//
// One memtable at a time becomes a table, and its log goes only after that; the other is
// for the log in use, whose pages are taken as it is written (the file is made twice
// the size of a memtable, with a hole). The value log file is made with a hole too; its
// part covers values that the collection of another one writes again, and the small
// files: the list of tables, which is rewritten now and then, the statistics of the value log
// and the mark.
func leastFree(o engine.Options) int64 {
	return 2*logMost(o) + o.ValueLogFileSize
}

// logMost bounds the log of a memtable, and the table it becomes: a memtable is full
// when the transaction before made it so, which has at most 15 % of MemTableSize.
func logMost(o engine.Options) int64 { return o.MemTableSize + o.MemTableSize*15/100 }

// weighed is a table as compactions see it.
type weighed struct {
	level int
	size  int64
	left  []byte // its first key
}

// compactionBytes bounds what compactions may take before they give anything back:
// they write new tables first and remove the old ones when they are done. Two run at a
// time (compactors), one of which may take all of level 0 and what it is merged into. Any
// other takes one table, and those of the next level that it overlaps. logs are the bytes of
// the write-ahead logs, which become tables of level 0.
//
// The bound is right for the tables there are, and asked for again as they change. A
// table is taken to reach to the next one of its level, so it is never too low for the
// ranges of keys; where a compaction grows by packing worse than before, the value
// log's part of leastFree is more than that.
func compactionBytes(tables []weighed, logs int64) int64 {
	levels := map[int][]weighed{}
	deepest := 0
	for _, t := range tables {
		levels[t.level] = append(levels[t.level], t)
		deepest = max(deepest, t.level)
	}
	top, base := logs+sizeOf(levels[0]), false
	deep := int64(0)
	for i := 1; i <= deepest; i++ {
		if !base && len(levels[i]) > 0 {
			base = true
			top += sizeOf(levels[i])
		}
		slices.SortFunc(levels[i], func(a, b weighed) int { return bytes.Compare(a.left, b.left) })
		deep = max(deep, heaviest(levels[i-1], levels[i], i-1))
	}
	return max(top, deep) + deep
}

// heaviest is the most that one table of a level weighs with those below that it
// may overlap; nothing for level 0, which goes as a whole. Both lists are in order.
func heaviest(upper, lower []weighed, level int) (most int64) {
	if level == 0 {
		return 0
	}
	sums := make([]int64, len(lower)+1) // of those before
	for i, t := range lower {
		sums[i+1] = sums[i] + t.size
	}
	first := 0
	for i, t := range upper {
		for first+1 < len(lower) && bytes.Compare(lower[first+1].left, t.left) <= 0 {
			first++
		}
		end := len(lower)
		if i+1 < len(upper) {
			next := upper[i+1].left
			end, _ = slices.BinarySearchFunc(lower, next, func(l weighed, key []byte) int {
				if c := bytes.Compare(l.left, key); c != 0 {
					return c
				}
				return -1 // the one that begins there too
			})
		}
		most = max(most, t.size+sums[max(end, first)]-sums[min(first, len(lower))])
	}
	return most
}

func sizeOf(list []weighed) (n int64) {
	for _, t := range list {
		n += t.size
	}
	return n
}

// diskNeed is what must be free for the engine as it is now.
func (s *Store) diskNeed() int64 {
	infos := s.db.Tables()
	tables := make([]weighed, len(infos))
	for i, t := range infos {
		tables[i] = weighed{t.Level, int64(t.OnDiskSize), t.Left}
	}
	o := s.db.Opts()
	return max(s.minFree, leastFree(o)+compactionBytes(tables, bytesOf(o.Dir, "*.mem")))
}

// checkRoom refuses a folder whose disk has no room for what opening it may start. As
// when writes go on again, it wants some more than ends them.
func (f *folder) checkRoom(o Options) error {
	if o.free == nil {
		return nil
	}
	now, err := o.free(o.Dir)
	if err != nil {
		o.Log.Warn("free space of the data folder not known", "dir", o.Dir, "err", err)
		return nil
	}
	need := leastFree(engineOptions(o)) + compactionBytes(f.weighed, bytesOf(o.Dir, "*.mem"))
	return lacking(now, max(o.MinFree, need)+o.MemTableSize)
}
