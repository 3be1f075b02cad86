package ledger

import (
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// nouns are what is declared of each kind; filled while packages are initialised,
// then only read.
var nouns = map[record.Kind]noun{}

type noun struct {
	read  func(chat.Shard, chat.Row) (any, error)
	codec *Codec // nil: a counter
}

// Codec writes and reads the values of one kind for those who go through all
// kinds and know none of the types. What a value learns from its shard and key is not in it.
type Codec struct {
	New    func() any // a pointer to an empty value
	Encode func(value any) []byte
	Decode func([]byte) (value any, err error)
}

// register enters a kind; declaring it twice is a programmer's mistake.
func register(k record.Kind, n noun) {
	if _, have := nouns[k]; have {
		panic(fmt.Sprintf("ledger: %s is declared twice", k))
	}
	nouns[k] = n
}

// Inspect prints a row for people, by the list of fields of its kind.
func Inspect(s chat.Shard, r chat.Row) (string, error) {
	k := record.Kind(r.Kind)
	n, have := nouns[k]
	if !have {
		return "", fmt.Errorf("no kind of row has the number %d", r.Kind)
	}
	v, err := n.read(s, r)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s %q %+v", s, k, r.Key, v), nil
}

// Declared reports whether a kind has a table or a counter, and returns the
// codec of a table.
func Declared(k record.Kind) (c *Codec, declared bool) {
	n, declared := nouns[k]
	return n.codec, declared
}
