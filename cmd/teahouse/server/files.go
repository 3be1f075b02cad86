package server

import "math"

// filesKept is how many open files the store, webhooks and backends need beside the
// connections of clients: the store has one open for each table, and may not merge tables
// without.
const filesKept = 512

// connections is how many clients may be connected when the process may have so many
// files open: all but a quarter, of few files half. 0 is no bound.
func connections(files uint64) int {
	if files == 0 || files > math.MaxInt32 {
		return 0
	}
	return int(files - min(max(files/4, filesKept), files/2))
}
