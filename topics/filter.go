package topics

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// FilterError says why a filter is not granted; package hooks maps it to the
// code of its protocol version (spec/00 §4).
type FilterError uint8

// The reasons. The zero FilterError is none.
const (
	// FilterMalformed is not a filter at all, or holds a badly escaped id.
	FilterMalformed FilterError = iota + 1
	// FilterForeign is a filter that no topic of the contract can ever match.
	FilterForeign
	// FilterShared is a $share filter other than $share/{name}/app/#.
	FilterShared
	// FilterUnserved names nothing but topics that this server never sends on.
	FilterUnserved
)

// Error implements error.
func (e FilterError) Error() string {
	switch e {
	case FilterMalformed:
		return "malformed topic filter"
	case FilterShared:
		return "only app/# may be shared"
	case FilterUnserved:
		return "not offered by this server"
	}
	return "no topic matches the filter"
}

// Filter is a subscription filter, compiled for each kind of topic. Wildcards mean "of
// mine" (spec/00 §4): what is for app administrators must be named by its first level.
//
// Plain text is sent only to sessions that name it: the rows im/text/... match a
// filter only when its second level is the word text. "im/#", "#" and
// "im/+/..." are those of a complete client and get JSON on im/in.
type Filter struct {
	text   string
	mask   uint16 // bit per row that the filter can match
	free   uint16 // of those: the rows matched whatever their ids
	shared bool   // text is $share/{name}/app/#
	// id and from are decoded, kind is as written; "" is any. An id is never empty.
	id, from, kind string
	rest           string // what the levels after im/res or $SYS/broker must match
}

// ParseFilter reads a filter. The error is a [FilterError].
func ParseFilter(filter string) (Filter, error) {
	if !validFilter(filter) {
		return Filter{}, FilterMalformed
	}
	if shared, ok := strings.CutPrefix(filter, sharePrefix); ok {
		return parseShared(filter, shared)
	}
	var store [8]string // every shape but that of answers is shorter
	levels := appendLevels(store[:0], filter)
	f := Filter{text: filter}
	for r := rowNone + 1; r < rows; r++ {
		if covers(levels, r) {
			f.mask |= 1 << r
		}
	}
	if f.mask == 0 {
		return Filter{}, FilterForeign
	}
	if !f.narrow(levels) {
		return Filter{}, FilterMalformed
	}
	if !f.served() {
		return Filter{}, FilterUnserved
	}
	return f, nil
}

// sharePrefix begins the filters that are shared [MQTT-4.8.2-1].
const sharePrefix = "$share/"

// parseShared reads what follows $share/ [MQTT-4.8.2-1] [MQTT-4.8.2-2].
func parseShared(text, rest string) (Filter, error) {
	name, filter, more := strings.Cut(rest, "/")
	switch {
	case name == "" || !more || strings.ContainsAny(name, "+#"):
		return Filter{}, FilterMalformed
	case filter != "app/#":
		return Filter{}, FilterShared
	}
	f, err := ParseFilter(filter)
	f.text, f.shared = text, true
	return f, err
}

// ForAdmin reports whether the filter is for administrators of the app alone.
func (f *Filter) ForAdmin() bool { return f.mask&forAdmin != 0 }

// Shared reports whether the filter is shared with others of its name.
func (f *Filter) Shared() bool { return f.shared }

// share is {name} of $share/{name}/app/#.
func (f *Filter) share() string {
	name, _, _ := strings.Cut(f.text[len(sharePrefix):], "/")
	return name
}

// Presence is the user whose state the filter asks for by name, "" for any other filter:
// wildcards bring nobody's (spec/00 §4).
func (f *Filter) Presence() chat.UserID {
	if f.mask == 1<<rowPresence {
		return chat.UserID(f.id)
	}
	return ""
}

// served reports whether this server ever sends what the filter asks for: the kinds of
// events that it has.
func (f *Filter) served() bool {
	mask := f.mask
	if f.kind != "" && !kinds[f.kind] {
		mask &^= 1 << rowEvent
	}
	if f.kind != "" && !afterwards[chat.EventKind(f.kind)] {
		mask &^= 1 << rowAppEvent
	}
	if f.mask&(1<<rowSystem) != 0 && !slices.ContainsFunc(SystemNames, func(name string) bool { return matchLevels(f.rest, name) }) {
		mask &^= 1 << rowSystem
	}
	return mask != 0
}

// kinds are those of im/event/{kind}.
var kinds = map[string]bool{
	string(chat.EventRead): true, string(chat.EventReceipt): true, string(chat.EventRecall): true,
	string(chat.EventReaction): true, string(chat.EventAttrs): true, string(chat.EventCounters): true,
	string(chat.EventModify): true, string(chat.EventExtend): true, string(chat.EventPin): true,
	string(chat.UserGroup):   true,
	string(chat.UserProfile): true,
	string(chat.UserDelete):  true, string(chat.UserClear): true,
	string(chat.UserFriend): true, string(chat.UserFriendGroup): true, string(chat.UserBlack): true,
	string(chat.UserChanged): true, string(chat.UserConvGroup): true, "kick": true,
	string(chat.UserPush): true,
}

// EventKinds lists the kinds of im/event/{kind} that this server sends, in order.
func EventKinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// afterwards are those of app/event/{CallbackCommand}: the after-webhooks.
var afterwards = func() map[chat.EventKind]bool {
	all := map[chat.EventKind]bool{}
	for _, k := range chat.EventKinds {
		all[k] = !k.Asks()
	}
	return all
}()

// validFilter checks [MQTT-4.7.1-1] and [MQTT-4.7.1-2]: a wildcard fills its
// level, and # is the last one.
func validFilter(s string) bool {
	if s == "" || len(s) > MaxBytes || !utf8.ValidString(s) {
		return false
	}
	for i := range len(s) {
		switch s[i] {
		case 0:
			return false
		case '+', '#':
			if i > 0 && s[i-1] != '/' {
				return false
			}
			if i+1 < len(s) && (s[i] == '#' || s[i+1] != '/') {
				return false
			}
		}
	}
	return true
}

func appendLevels(list []string, s string) []string {
	for {
		level, rest, more := strings.Cut(s, "/")
		list = append(list, level)
		if !more {
			return list
		}
		s = rest
	}
}

// covers reports whether some topic of row r could match the levels.
func covers(levels []string, r row) bool {
	shape := shapes[r]
	if (r == rowTextUser || r == rowTextGroup) && (len(levels) < 2 || levels[1] != "text") || r >= rowAppUser && levels[0] != shape[0] {
		return false
	}
	for i, want := range shape {
		switch {
		case i == len(levels):
			return false
		case levels[i] == "#":
			return true
		case levels[i] != "+" && want != "" && levels[i] != want:
			return false
		case want == "" && levels[i] == "" && (!r.long() || len(levels) == len(shape)):
			return false // ids, kinds and rids are never empty
		}
	}
	if len(levels) == len(shape) || r.long() {
		return true
	}
	// "sport/#" also matches "sport" [MQTT-4.7.1-2]
	return len(levels) == len(shape)+1 && levels[len(shape)] == "#"
}

// The positions of ids within the shapes.
const (
	kindLevel = 2
	idLevel   = 3
	fromLevel = 4
)

const (
	withID    = 1<<rowInUser | 1<<rowInGroup | 1<<rowTyping | 1<<rowPresence | withFrom
	withFrom  = 1<<rowTextUser | 1<<rowTextGroup | 1<<rowAppUser | 1<<rowAppGroup
	withKind  = 1<<rowEvent | 1<<rowAppEvent
	withRest  = 1<<rowRes | 1<<rowSystem
	appStream = 1<<rowAppUser | 1<<rowAppGroup | 1<<rowAppEvent
	forAdmin  = appStream | 1<<rowSystem
)

// long reports whether topics of the row may be longer than its shape.
func (r row) long() bool { return r == rowRes || r == rowSystem }

// narrow stores the literal levels and finds the rows that they do not restrict. It
// returns false for an id that does not decode.
func (f *Filter) narrow(levels []string) bool {
	f.free = f.mask
	if f.mask&withKind != 0 {
		if f.kind = literal(levels, kindLevel); f.kind != "" {
			f.free &^= withKind
		}
	}
	if f.mask&withRest != 0 {
		if f.rest = after(levels, f.text); f.rest != "#" {
			f.free &^= withRest
		}
	}
	ok := true
	if level := literal(levels, idLevel); level != "" && f.mask&withID != 0 {
		f.id, ok = DecodeID(level)
		f.free &^= withID
	}
	if level := literal(levels, fromLevel); ok && level != "" && f.mask&withFrom != 0 {
		f.from, ok = DecodeID(level)
		f.free &^= withFrom
	}
	return ok
}

// literal returns a level that is not a wildcard, else "".
func literal(levels []string, at int) string {
	if at >= len(levels) || levels[at] == "+" || levels[at] == "#" {
		return ""
	}
	return levels[at]
}

// after returns what follows the second level; "#" where a # came before.
func after(levels []string, text string) string {
	if len(levels) <= kindLevel {
		return "#"
	}
	return text[len(levels[0])+1+len(levels[1])+1:]
}

// String is the filter as the client wrote it: what UNSUBSCRIBE compares
// [MQTT-3.10.4-1].
func (f Filter) String() string { return f.text }

// Matches reports whether the filter asks for the topic. It does not allocate.
func (f *Filter) Matches(o Outbound) bool {
	bit := uint16(1) << o.row
	switch {
	case f.free&bit != 0:
		return true
	case f.mask&bit == 0:
		return false
	case withKind&bit != 0:
		return f.kind == o.id
	case withRest&bit != 0:
		return matchLevels(f.rest, o.id)
	}
	return (f.id == "" || f.id == o.id) && (f.from == "" || f.from == o.from)
}

// matchLevels is MQTT's own matching of a filter and a name, for the opaque
// part of answer topics.
func matchLevels(filter, name string) bool {
	for {
		want, filterRest, filterMore := strings.Cut(filter, "/")
		if want == "#" {
			return true
		}
		have, nameRest, nameMore := strings.Cut(name, "/")
		if want != "+" && want != have {
			return false
		}
		if !filterMore || !nameMore {
			return filterMore == nameMore || filterMore && filterRest == "#"
		}
		filter, name = filterRest, nameRest
	}
}
