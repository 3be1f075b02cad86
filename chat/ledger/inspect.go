package ledger

import (
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// printers reads rows of each declared kind; filled while packages are
// initialised, then only read.
var printers = map[record.Kind]func(chat.Shard, chat.Row) (any, error){}

// register enters a kind; declaring it twice is a programmer's mistake.
func register(k record.Kind, read func(chat.Shard, chat.Row) (any, error)) {
	if printers[k] != nil {
		panic(fmt.Sprintf("ledger: %s is declared twice", k))
	}
	printers[k] = read
}

// Inspect prints a row for people, by the list of fields of its kind.
func Inspect(s chat.Shard, r chat.Row) (string, error) {
	k := record.Kind(r.Kind)
	read := printers[k]
	if read == nil {
		return "", fmt.Errorf("no kind of row has the number %d", r.Kind)
	}
	v, err := read(s, r)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s %q %+v", s, k, r.Key, v), nil
}

// Declared reports whether a kind has a table or a counter.
func Declared(k record.Kind) bool { return printers[k] != nil }
