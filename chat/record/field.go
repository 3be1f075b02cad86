package record

import (
	"encoding/json"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Int is a number; 0 is left out. Negative ones go as their two's complement.
func Int[N ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](f *Fields, n int, v *N) {
	f.ask(n)
	if f.reading {
		if f.at(n, protowire.VarintType) {
			*v = N(f.varint())
		}
		return
	}
	if *v != 0 {
		f.b = protowire.AppendTag(f.b, protowire.Number(n), protowire.VarintType)
		f.b = protowire.AppendVarint(f.b, uint64(int64(*v)))
	}
}

// Bool is a boolean; false is left out.
func Bool(f *Fields, n int, v *bool) {
	number := uint8(0)
	if *v {
		number = 1
	}
	Int(f, n, &number)
	if f.reading {
		*v = number != 0
	}
}

// Text is a text; an empty one is left out. A text equal to one of known shares its
// memory.
func Text[S ~string](f *Fields, n int, v *S, known ...S) {
	f.ask(n)
	if f.reading {
		if f.at(n, protowire.BytesType) {
			*v = shared(f.bytes(), known)
		}
		return
	}
	if len(*v) > 0 {
		putItem(f, n, *v)
	}
}

func shared[S ~string](b []byte, known []S) S {
	for _, k := range known {
		if string(b) == string(k) {
			return k
		}
	}
	return S(b)
}

// Texts is a list of texts, in order, empty ones among them.
func Texts[S ~string](f *Fields, n int, v *[]S) {
	f.ask(n)
	if f.reading {
		for f.at(n, protowire.BytesType) {
			*v = append(*v, S(f.bytes()))
		}
		return
	}
	for _, s := range *v {
		putItem(f, n, s)
	}
}

// Raw is bytes; empty ones are left out. When read they alias the record, with their
// capacity cut so that appending does not overwrite the next field.
func Raw[B ~[]byte](f *Fields, n int, v *B) {
	f.ask(n)
	if f.reading {
		if f.at(n, protowire.BytesType) {
			if b := f.bytes(); len(b) > 0 { // an empty one is left out, and read as nil
				*v = B(b[:len(b):len(b)])
			}
		}
		return
	}
	if len(*v) > 0 {
		putItem(f, n, *v)
	}
}

// Map is a map of texts, written in the order of its keys; an empty one is left
// out and read as nil.
func Map(f *Fields, n int, v *map[string]string) {
	f.ask(n)
	if f.reading {
		for f.at(n, protowire.BytesType) {
			var p pair
			if err := read(f.bytes(), &p, pairFields); err != nil {
				f.fail(err)
				return
			}
			if *v == nil {
				*v = map[string]string{}
			}
			(*v)[p.key] = p.value
		}
		return
	}
	if len(*v) == 0 {
		return
	}
	var b []byte
	for _, k := range slices.Sorted(maps.Keys(*v)) {
		p := pair{k, (*v)[k]}
		b = write(b[:0], &p, pairFields)
		putItem(f, n, b)
	}
}

type pair struct{ key, value string }

func pairFields(f *Fields, p *pair) {
	Text(f, 1, &p.key)
	Text(f, 2, &p.value)
}

// One is a part with a list of its own; nil is left out.
func One[T any](f *Fields, n int, v **T, list func(*Fields, *T)) {
	f.ask(n)
	if f.reading {
		if f.at(n, protowire.BytesType) {
			*v = new(T)
			if err := read(f.bytes(), *v, list); err != nil {
				f.fail(err)
			}
		}
		return
	}
	if *v != nil {
		putItem(f, n, write(nil, *v, list))
	}
}

// Part is a part that is not a pointer, with a list of its own; one without any field is
// left out.
func Part[T any](f *Fields, n int, v *T, list func(*Fields, *T)) {
	f.ask(n)
	if f.reading {
		if f.at(n, protowire.BytesType) {
			if err := read(f.bytes(), v, list); err != nil {
				f.fail(err)
			}
		}
		return
	}
	if b := write(nil, v, list); len(b) > 0 {
		putItem(f, n, b)
	}
}

// List is a list of parts, in order.
func List[T any](f *Fields, n int, v *[]T, list func(*Fields, *T)) {
	f.ask(n)
	if f.reading {
		for f.at(n, protowire.BytesType) {
			var t T
			if err := read(f.bytes(), &t, list); err != nil {
				f.fail(err)
				return
			}
			*v = append(*v, t)
		}
		return
	}
	for i := range *v {
		putItem(f, n, write(nil, &(*v)[i], list))
	}
}

// JSON is a value kept as JSON by the names of its fields: for settings and
// other parts that are written seldom. nil is left out.
func JSON[T any](f *Fields, n int, v **T) {
	f.ask(n)
	if f.reading {
		if f.at(n, protowire.BytesType) {
			*v = new(T)
			if err := json.Unmarshal(f.bytes(), *v); err != nil {
				f.fail(err)
			}
		}
		return
	}
	if *v == nil {
		return
	}
	b, err := json.Marshal(*v)
	if err != nil { // plain structs of ours always marshal
		panic("record: " + err.Error())
	}
	putItem(f, n, b)
}
