package badger

// DefaultMemory is what the store and the program around it are sized for unless told
// otherwise: a busy server stays resident below it.
const DefaultMemory = 256 << 20

// largestMemTable is what no write buffer exceeds unless Options give one.
const largestMemTable = 16 << 20

// sizes are the bounds of what a store keeps in memory, in bytes but for the counts.
type sizes struct {
	memTable   int64 // write buffer of the engine; it takes a third more
	memTables  int   // full ones that may wait to be written
	baseTable  int64 // tables of the upper levels; what builds one takes up to 15 times it
	blockCache int64
	indexCache int64
	tail       int64 // recent messages
	rows       int64 // rows and dedup keys
	mapped     int64 // of mapped files resident, about: they are in the page cache as well
	heads      int   // heads of shards, and as many statistics of senders
}

// sizesFor are the sizes for a program that may use so much memory: caches are parts of
// it, write buffers and tables are steps.
//
// The smallest write buffer is 8 MiB, because a transaction holds 15 % of it, and a value
// of 1 MiB, which the engine keeps inline, has to fit.
//
//	memory        write buffers  base table  blocks  indexes  tail    rows    heads
//	64 MiB        8 MiB × 1      512 KiB     4 MiB   8 MiB    4 MiB   4 MiB   8,192
//	128 MiB       8 MiB × 1      512 KiB     8 MiB   16 MiB   8 MiB   8 MiB   16,384
//	256 MiB       16 MiB × 2     1 MiB       16 MiB  32 MiB   16 MiB  32 MiB  32,768
//	1 GiB         16 MiB × 3     2 MiB       64 MiB  128 MiB  64 MiB  128 MiB 131,072
func sizesFor(memory int64) sizes {
	s := sizes{
		memTable: 8 << 20, memTables: 1, baseTable: 512 << 10,
		blockCache: memory / 16,
		indexCache: memory / 8,
		tail:       memory / 16,
		rows:       memory / 16,
		mapped:     memory / 5,
		heads:      int(memory / (8 << 10)),
	}
	if memory >= 256<<20 {
		s.rows = memory / 8
	}
	switch {
	case memory >= 1<<30:
		s.memTable, s.memTables, s.baseTable = largestMemTable, 3, 2<<20
	case memory >= 256<<20:
		s.memTable, s.memTables, s.baseTable = largestMemTable, 2, 1<<20
	}
	return s
}
