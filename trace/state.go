package trace

import "strings"

// Bounds of a tracestate, W3C Trace Context sections 3.3.1.3 and 3.3.1.5.
const (
	// MostState is how many bytes are passed on: the least that the text asks for.
	MostState = 512
	// mostRead is how many bytes are looked at. A longer state is left out; the choice is ours.
	mostRead    = 8 << 10
	mostMembers = 32
	longMember  = 128 // members above it go first when there is too much
	mostKey     = 256
	mostValue   = 256
)

// cleanState is a tracestate in its shortest form, "" when it is not valid. Of one above MostState
// long members go first, and then those at the end, which are the oldest.
func cleanState(state string) string {
	if len(state) > mostRead {
		return ""
	}
	var list []string
	keys := map[string]bool{}
	total := 0
	for text := range strings.SplitSeq(state, ",") {
		if text = strings.Trim(text, " \t"); text == "" {
			continue // section 3.3.1.1 allows empty members
		}
		key, value, ok := strings.Cut(text, "=")
		if !ok || !validKey(key) || !validValue(value) || keys[key] || len(list) == mostMembers {
			return ""
		}
		keys[key] = true
		list = append(list, text)
		total += len(text) + 1
	}
	list = fitting(list, total-1)
	return strings.Clone(strings.Join(list, ","))
}

// fitting leaves out members until the rest, with commas between them, has at most MostState bytes.
func fitting(list []string, total int) []string {
	for i := len(list) - 1; i >= 0 && total > MostState; i-- {
		if len(list[i]) > longMember {
			total -= len(list[i]) + 1
			list = append(list[:i], list[i+1:]...)
		}
	}
	for total > MostState {
		last := len(list) - 1
		total -= len(list[last]) + 1
		list = list[:last]
	}
	return list
}

// validKey reports whether a member may have the key, section 3.3.1.3.1; a digit may begin it, as level 2
// has it.
func validKey(key string) bool {
	if key == "" || len(key) > mostKey || strings.Count(key, "@") > 1 {
		return false
	}
	for i := range len(key) {
		c := key[i]
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("_-*/@", rune(c))) {
			return false
		}
	}
	return true
}

// validValue reports whether a member may have the value, section 3.3.1.3.2: printable ASCII without a comma or
// an equals sign.
func validValue(value string) bool {
	if value == "" || len(value) > mostValue {
		return false
	}
	for i := range len(value) {
		if c := value[i]; c < 0x20 || c > 0x7E || c == ',' || c == '=' {
			return false
		}
	}
	return true
}
