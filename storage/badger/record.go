package badger

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Values are a format byte and then protobuf fields, written by hand: fields
// this version does not know are passed over, absent ones are zero, so both
// directions of an upgrade can read them. A field number is never used again
// for something else.
const formatFields = 1

var errFormat = errors.New("unknown record format")

// fields begins a record at the end of b.
func fields(b []byte) []byte { return append(b, formatFields) }

// putUint appends a number; zero is left out. Signed numbers go as their two's
// complement.
func putUint[N ~int64 | ~uint64 | ~int | ~uint32 | ~uint16 | ~uint8](b []byte, f protowire.Number, n N) []byte {
	if n == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, f, protowire.VarintType), uint64(n))
}

func putBool(b []byte, f protowire.Number, v bool) []byte {
	if !v {
		return b
	}
	return putUint(b, f, uint8(1))
}

// putBytes appends text or bytes; empty ones are left out.
func putBytes[S ~string | ~[]byte](b []byte, f protowire.Number, s S) []byte {
	if len(s) == 0 {
		return b
	}
	return putItem(b, f, s)
}

// putItem appends text or bytes even when empty: an element of a list.
func putItem[S ~string | ~[]byte](b []byte, f protowire.Number, s S) []byte {
	b = protowire.AppendTag(b, f, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(s)))
	return append(b, s...)
}

func putList[S ~string](b []byte, f protowire.Number, list []S) []byte {
	for _, s := range list {
		b = putItem(b, f, s)
	}
	return b
}

// putMap appends a map as a list of key and value fields, in no order.
func putMap(b []byte, f protowire.Number, m map[string]string) []byte {
	var pair []byte
	for k, v := range m {
		pair = putBytes(putBytes(pair[:0], 1, k), 2, v)
		b = putItem(b, f, pair)
	}
	return b
}

// field is one field of a record: a number, or bytes that alias the record.
type field struct {
	num protowire.Number
	n   uint64
	b   []byte
}

func (f field) text() string { return string(f.b) }

// addTo reads one entry written by putMap.
func (f field) addTo(m map[string]string) (map[string]string, error) {
	if m == nil {
		m = map[string]string{}
	}
	var k, v string
	err := readFields(f.b, func(f field) error {
		switch f.num {
		case 1:
			k = f.text()
		case 2:
			v = f.text()
		}
		return nil
	})
	m[k] = v
	return m, err
}

// readRecord checks the format byte and calls each for every field.
func readRecord(v []byte, each func(field) error) error {
	if len(v) == 0 || v[0] != formatFields {
		return errFormat
	}
	return readFields(v[1:], each)
}

func readFields(b []byte, each func(field) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("record: %w", protowire.ParseError(n))
		}
		b = b[n:]
		f := field{num: num}
		switch typ {
		case protowire.VarintType:
			f.n, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			f.b, n = protowire.ConsumeBytes(b)
		default:
			f.num = 0 // a type no field of ours has
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return fmt.Errorf("record: %w", protowire.ParseError(n))
		}
		b = b[n:]
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

// encodeNumber and decodeNumber are records of one number.
func encodeNumber(b []byte, n uint64) []byte { return putUint(fields(b), 1, n) }

func decodeNumber(v []byte) (n uint64, err error) {
	err = readRecord(v, func(f field) error {
		if f.num == 1 {
			n = f.n
		}
		return nil
	})
	return n, err
}
