//go:build race

package badger

// raced says that the race detector is on: what runs beside a test comes five to ten times later.
const raced = true
