package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// reserved begins names that nobody registers (spec/01 §7): pseudo-accounts,
// the server's own, groups, robots.
var reserved = []string{"@TLS#", "@TIM#", "@TGS#", "@RBT#"}

// Valid reports whether u may be a UserID in any app: UTF-8 text of 1 to 32
// bytes without control characters, leading or trailing blanks, or a reserved beginning. What an
// app lets in is narrower; see App.Admits.
func (u UserID) Valid() bool {
	s := string(u)
	if s == "" || len(s) > MaxUserIDBytes || !utf8.ValidString(s) || strings.TrimSpace(s) != s {
		return false
	}
	for _, r := range reserved {
		if strings.HasPrefix(s, r) {
			return false
		}
	}
	return !HasControl(s)
}

// Admits reports whether u may be a UserID of the app. It is the one check of
// every way in: first login, import, members of a group, senders named by an administrator.
func (a *App) Admits(u UserID) bool {
	switch {
	case !u.Valid():
		return false
	case a.Switches.ASCIIUserIDs:
		return !strings.ContainsFunc(string(u), func(r rune) bool { return r > unicode.MaxASCII })
	case a.Switches.InvisibleUserIDs:
		return true
	}
	return !strings.ContainsFunc(string(u), isInvisible)
}

// HasControl reports whether s holds control characters.
func HasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// isInvisible reports whether a character shows nothing or changes the direction
// of what stands beside it: names that differ in it alone look the same. Blanks are
// not meant, except the one of Braille.
func isInvisible(r rune) bool {
	return r == '\u2800' || r > unicode.MaxASCII && unicode.In(r,
		unicode.Cf, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point)
}
