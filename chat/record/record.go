package record

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// format begins a record of fields. It is never 0, so a record is never empty.
const format = 1

// ErrFormat is the fault of a value that is not a record of this package.
var ErrFormat = errors.New("unknown record format")

// Fields is one record being written or read. A list calls one function of this
// package for each field, in ascending order of their numbers.
type Fields struct {
	b       []byte // writing: the record so far; reading: what is left of it
	reading bool
	last    int // number of the field that was asked for last
	err     error

	// The field at the front of b, when reading; num is 0 at the end.
	num int
	typ protowire.Type
}

// Encode appends the record of v to b.
func Encode[T any](b []byte, v *T, list func(*Fields, *T)) []byte {
	return write(append(b, format), v, list)
}

// Decode reads a record into v. What was read as Raw aliases b, which must not
// change afterwards.
func Decode[T any](b []byte, v *T, list func(*Fields, *T)) error {
	if len(b) == 0 || b[0] != format {
		return ErrFormat
	}
	return read(b[1:], v, list)
}

// write appends the fields alone.
func write[T any](b []byte, v *T, list func(*Fields, *T)) []byte {
	f := Fields{b: b}
	list(&f, v)
	return f.b
}

func read[T any](b []byte, v *T, list func(*Fields, *T)) error {
	f := Fields{b: b, reading: true}
	f.next()
	list(&f, v)
	return f.err
}

// next reads the tag of the field at the front.
func (f *Fields) next() {
	f.num = 0
	if len(f.b) == 0 || f.err != nil {
		return
	}
	num, typ, n := protowire.ConsumeTag(f.b)
	if n < 0 {
		f.fail(protowire.ParseError(n))
		return
	}
	f.num, f.typ, f.b = int(num), typ, f.b[n:]
}

func (f *Fields) fail(err error) {
	f.err, f.num, f.b = fmt.Errorf("record: %w", err), 0, nil
}

// at reports whether the field at the front is number n of type t. It skips fields with
// lower numbers.
func (f *Fields) at(n int, t protowire.Type) bool {
	for f.num != 0 && (f.num < n || f.num == n && f.typ != t) {
		f.skip()
	}
	return f.num == n
}

// skip skips the field at the front.
func (f *Fields) skip() {
	n := protowire.ConsumeFieldValue(protowire.Number(f.num), f.typ, f.b)
	if n < 0 {
		f.fail(protowire.ParseError(n))
		return
	}
	f.b = f.b[n:]
	f.next()
}

// ask notes that field n is next; the numbers of a list ascend.
func (f *Fields) ask(n int) {
	if n <= f.last {
		panic(fmt.Sprintf("record: field %d is asked for after %d", n, f.last))
	}
	f.last = n
}

// varint takes the number at the front.
func (f *Fields) varint() uint64 {
	v, n := protowire.ConsumeVarint(f.b)
	if n < 0 {
		f.fail(protowire.ParseError(n))
		return 0
	}
	f.b = f.b[n:]
	f.next()
	return v
}

// bytes takes the bytes at the front; they alias the record.
func (f *Fields) bytes() []byte {
	v, n := protowire.ConsumeBytes(f.b)
	if n < 0 {
		f.fail(protowire.ParseError(n))
		return nil
	}
	f.b = f.b[n:]
	f.next()
	return v
}

// putItem writes a field of bytes, even of none.
func putItem[S ~string | ~[]byte](f *Fields, n int, s S) {
	f.b = protowire.AppendTag(f.b, protowire.Number(n), protowire.BytesType)
	f.b = protowire.AppendVarint(f.b, uint64(len(s)))
	f.b = append(f.b, s...)
}
