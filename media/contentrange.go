package media

import (
	"errors"
	"strconv"
	"strings"
)

// part is which bytes of a file a request sends: from first up to end, of total.
type part struct {
	first, end int64
	whole      bool // all at once, beginning anew
	asks       bool // nothing is sent: how much has come?
}

// errContentRange is a header that does not parse, or not about this file.
var errContentRange = errors.New("Content-Range has to be bytes FIRST-LAST/SIZE, or bytes */SIZE, of the size that was announced")

// readContentRange reads the header of a request about a file of a size; "" is all of it.
func readContentRange(header string, size int64) (part, error) {
	if header == "" {
		return part{end: size, whole: true}, nil
	}
	spec, ok := strings.CutPrefix(header, "bytes ")
	if !ok {
		return part{}, errContentRange
	}
	sent, total, ok := strings.Cut(spec, "/")
	if n, good := digits(total); !ok || !good || n != size {
		return part{}, errContentRange
	}
	if sent == "*" {
		return part{asks: true}, nil
	}
	from, to, _ := strings.Cut(sent, "-")
	first, good := digits(from)
	last, also := digits(to)
	if !good || !also || first > last || last >= size {
		return part{}, errContentRange
	}
	return part{first: first, end: last + 1}, nil
}

// digits reads a number as HTTP has it: digits alone.
func digits(text string) (int64, bool) {
	if text == "" || len(text) > 18 {
		return 0, false
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
