package chat

import "math"

// Newest is past the end of every conversation: as a bound it is the newest message.
const Newest Seq = math.MaxUint64

// NoEntries as the size of a page asks for none, which the wire says as 0. The zero
// size is that of a caller who names none.
const NoEntries = -1

// PageSize is the size of a page: usual when none is asked for (0), at most most, 0 for
// NoEntries.
func PageSize(asked, usual, most int) int {
	if asked == 0 {
		asked = usual
	}
	return max(0, min(asked, most))
}
