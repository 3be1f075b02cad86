// Package raced tells tests whether the race detector is on. Everything costs five to ten times
// as much then, and what runs beside a test comes later: tests that count or measure are left
// out, and those that do much do less of it. The detector sees a race in the first rounds or never;
// the run without it does all.
package raced

// Or is n, or less under the race detector.
func Or(n, less int) int {
	if On {
		return less
	}
	return n
}
