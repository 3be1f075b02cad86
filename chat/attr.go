package chat

// Attr is an attribute of a group (spec/22b §10).
type Attr struct{ Key, Value string }

// AttrsChange is what an event tells of attributes: all there are now, by key, and
// which of them are new or changed.
type AttrsChange struct {
	All     []Attr `json:",omitempty"`
	Version uint64
	Set     []string `json:",omitempty"`
	Deleted []string `json:",omitempty"`
}

// Counter is a counter of a group (spec/22b §11).
type Counter struct {
	Key   string
	Value int64
}

// CountersChange is what an event tells of counters.
type CountersChange struct {
	Set     []Counter `json:",omitempty"` // the changed ones
	Deleted []string  `json:",omitempty"`
}
