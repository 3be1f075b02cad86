//go:build race

package broker_test

// raced says that the race detector is on: everything costs five to ten times
// as much, so crowds are smaller.
const raced = true
