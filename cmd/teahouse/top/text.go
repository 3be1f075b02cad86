package top

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// clean makes text of users and of the server harmless for a terminal: what controls it, is not seen or changes
// the direction of what stands beside it is shown as a question mark.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.In(r, unicode.Bidi_Control, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return '?'
		}
		return r
	}, text)
}

// columns is how many columns of a terminal a character takes.
func columns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func columnsOf(text string) (n int) {
	for _, r := range text {
		n += columns(r)
	}
	return n
}

// fit makes text exactly so wide: with blanks, or cut, with an ellipsis at its end.
func fit(text string, wide int, right bool) string {
	n := columnsOf(text)
	if n > wide {
		text, n = cut(text, wide)
	}
	blanks := strings.Repeat(" ", max(0, wide-n))
	if right {
		return blanks + text
	}
	return text + blanks
}

func cut(text string, wide int) (string, int) {
	if wide <= 0 {
		return "", 0
	}
	n := 0
	for i, r := range text {
		if n+columns(r) > wide-1 {
			return text[:i] + "…", n + 1
		}
		n += columns(r)
	}
	return text, n
}

// count is a number of things, such as 12,345 or 1.2M.
func count(v float64) string {
	switch {
	case v >= 1e9:
		return fmt.Sprintf("%.1fG", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.1fM", v/1e6)
	case v >= 1e5:
		return fmt.Sprintf("%.0fk", math.Floor(v/1e3))
	case v >= 1e3:
		n := int64(math.Round(v))
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
}

// rate is a number of things a second: small ones have a decimal.
func rate(v float64) string {
	if v > 0 && v < 9.95 {
		return strconv.FormatFloat(max(v, .1), 'f', 1, 64)
	}
	return count(v)
}

// size is a number of bytes, such as 1.2 MiB.
func size(v float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	i := 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if i == 0 || v >= 99.95 {
		return fmt.Sprintf("%.0f %s", v, units[i])
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

// lasting is a time, with its two largest units.
func lasting(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h >= 24:
		return fmt.Sprintf("%dd%02dh", h/24, h%24)
	case h > 0:
		return fmt.Sprintf("%dh%02dm", h, m)
	case m > 0:
		return fmt.Sprintf("%dm%02ds", m, s)
	}
	return fmt.Sprintf("%ds", s)
}
