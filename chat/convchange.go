package chat

import "slices"

// ConvChange is what has changed of a conversation as one user has it (spec/00 §4,
// `conversation`), whole; nil is what has not. Or it is a group of their conversations as it
// is now (`convgroup`): then only Group is set.
type ConvChange struct {
	Top     *bool          `json:",omitempty"`
	Option  *ReceiveOption `json:",omitempty"`
	Marks   *Marks         `json:",omitempty"`
	Custom  *string        `json:",omitempty"` // CustomMark
	Groups  *[]string      `json:",omitempty"` // names of the groups that it is in
	Draft   *string        `json:",omitempty"`
	Deleted bool           `json:",omitempty"` // it left the list
	Read    Seq            `json:",omitempty"` // with Deleted: nothing up to there is unread
	Group   *ConvGroup     `json:",omitempty"`
	Item    *ConvItem      `json:"-"` // transient: the rest is not set
}

// ConvItem is what a user's list shows of the messages of a conversation.
type ConvItem struct {
	Last   *Message // LastMsg; nil: none
	Prev   Seq      // the highest number below Last's that the user may see
	Unread uint64
}

// ConvGroup is a group of a user's conversations, with those that are in it.
type ConvGroup struct {
	ID      uint32 // GroupId of spec/06 §4
	Name    string
	OldName string   `json:",omitempty"` // in an event: what it was called before
	Convs   []Target `json:",omitempty"`
	// Untold says that Convs is not there: there are too many for an event.
	Untold  bool `json:",omitempty"`
	Deleted bool `json:",omitempty"` // in an event
}

// MaxMark is the highest mark of a conversation; the lowest is 1 (spec/06 §5).
const MaxMark = 64

// Marks are the standard marks of a conversation: number n is the bit of value 2^(n-1).
type Marks uint64

// Has reports whether mark n is set.
func (m Marks) Has(n int) bool { return n >= 1 && n <= MaxMark && m&(1<<(n-1)) != 0 }

// With sets some marks after clearing others; all are from 1 to 64.
func (m Marks) With(set, cleared []int) Marks {
	for _, n := range cleared {
		m &^= 1 << (n - 1)
	}
	for _, n := range set {
		m |= 1 << (n - 1)
	}
	return m
}

// Numbers lists the marks that are set, ascending.
func (m Marks) Numbers() []int {
	list := []int{}
	for n := 1; n <= MaxMark; n++ {
		if m.Has(n) {
			list = append(list, n)
		}
	}
	return list
}

// String has a 1 for each mark that is set, mark 1 rightmost, and begins with the highest
// (spec/06 §5); "" when none is.
func (m Marks) String() string {
	var b []byte
	for ; m != 0; m >>= 1 {
		b = append(b, '0'+byte(m&1))
	}
	slices.Reverse(b)
	return string(b)
}
