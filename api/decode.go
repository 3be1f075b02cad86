package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// Requests are structs whose fields carry two tags:
//
//	wire:"!MuteTime,ShutUpTime"  names, the newest first: the newest given counts,
//	                             and the last of a repeated one; "!" means that it must be there
//	code:"90005"                 the code of a missing or wrong one, where it is not the
//	                             service's parameter code
//
// Names are compared byte for byte, null counts as absent, unknown members are
// passed over (read.go logs them), and nothing is converted: a number in quotes is not a
// number (spec/02 §6). Pointers tell absent from empty.

// lenient is a field type that reads its own value, which has been checked and
// is not null; false refuses it.
type lenient interface{ ReadWire(value []byte) bool }

// object is a request that reads its own members, duplicates and null included,
// and says which they are.
type object interface {
	ReadMembers(list []wire.Member) error
	Knows(member string) bool
}

// Decode reads a body into a request. code is for members without their own.
func Decode(body []byte, into any, code chat.Code) error {
	var buf [24]wire.Member
	list, err := form.Split(body, buf[:0])
	if err != nil {
		return err
	}
	return decode(list, into, code)
}

func decode(list []wire.Member, into any, code chat.Code) error {
	if o, ok := into.(object); ok {
		return o.ReadMembers(list)
	}
	return fill(reflect.ValueOf(into).Elem(), list, code)
}

// plan is how one struct type is read.
type plan struct {
	fields []field
	names  map[string]named
}

type field struct {
	index int
	name  string // newest
	must  bool
	code  chat.Code // 0: the caller's
}

// named leads from a wire name to its field; a lower rank is a newer name.
type named struct{ field, rank int }

var plans sync.Map // reflect.Type → *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{names: map[string]named{}}
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("wire")
		if !ok {
			continue
		}
		spelled, must := strings.CutPrefix(tag, "!")
		names := strings.Split(spelled, ",")
		code, _ := strconv.Atoi(t.Field(i).Tag.Get("code"))
		for rank, n := range names {
			p.names[n] = named{len(p.fields), rank}
		}
		p.fields = append(p.fields, field{index: i, name: names[0], must: must, code: chat.Code(code)})
	}
	plans.Store(t, p)
	return p
}

// fill reads members into a struct.
func fill(v reflect.Value, list []wire.Member, code chat.Code) error {
	p := planOf(v.Type())
	const unset = 1 << 30
	ranks := make([]int, len(p.fields))
	for i := range ranks {
		ranks[i] = unset
	}
	for _, m := range list {
		n, known := p.names[string(m.Name)]
		if !known || n.rank > ranks[n.field] {
			continue
		}
		f := &p.fields[n.field]
		slot := v.Field(f.index)
		slot.SetZero()
		if m.Null() {
			ranks[n.field] = unset
			continue
		}
		ranks[n.field] = n.rank
		if err := read(slot, m.Value, f.codeOr(code)); err != nil {
			return wrongMember(string(m.Name), slot.Type(), err)
		}
	}
	for i, f := range p.fields {
		if f.must && (ranks[i] == unset || emptyText(v.Field(f.index))) {
			return chat.Refuse(f.codeOr(code), "%s is missing", f.name)
		}
	}
	return nil
}

func (f *field) codeOr(code chat.Code) chat.Code {
	if f.code != 0 {
		return f.code
	}
	return code
}

// emptyText says that a member that must be there is there as "".
func emptyText(v reflect.Value) bool { return v.Kind() == reflect.String && v.Len() == 0 }

// wrongType is a value that cannot be read, without the name it stood under.
type wrongType struct{ code chat.Code }

func (w wrongType) Error() string { return w.code.Meaning() }

// wrongMember says which member is wrong, and what it has to be; errors from inside a
// nested object pass.
func wrongMember(name string, t reflect.Type, err error) error {
	var w wrongType
	if errors.As(err, &w) {
		return chat.Refuse(w.code, "%s has to be %s", name, wanted(t))
	}
	return err
}

// read sets one value.
func read(slot reflect.Value, value []byte, code chat.Code) error {
	if slot.CanAddr() {
		if l, ok := slot.Addr().Interface().(lenient); ok {
			return right(l.ReadWire(value), code)
		}
		if raw, ok := slot.Addr().Interface().(*json.RawMessage); ok {
			*raw = bytes.Clone(value)
			return nil
		}
	}
	switch slot.Kind() {
	case reflect.Pointer:
		slot.Set(reflect.New(slot.Type().Elem()))
		return read(slot.Elem(), value, code)
	case reflect.String:
		s, ok := wire.ReadText(value)
		slot.SetString(s)
		return right(ok, code)
	case reflect.Uint32, reflect.Uint64:
		n, ok := wire.ReadUint(value, slot.Type().Bits())
		slot.SetUint(n)
		return right(ok, code)
	case reflect.Int, reflect.Int64:
		n, ok := wire.ReadInt(value)
		slot.SetInt(n)
		return right(ok, code)
	case reflect.Slice:
		return readList(slot, value, code)
	case reflect.Struct:
		if value[0] != '{' {
			return wrongType{code}
		}
		var buf [16]wire.Member
		list, err := form.Split(value, buf[:0])
		if err != nil {
			return err
		}
		return fill(slot, list, code)
	}
	panic("api: no wire form for " + slot.Type().String())
}

func right(ok bool, code chat.Code) error {
	if ok {
		return nil
	}
	return wrongType{code}
}

// readList reads an array; an empty one gives an empty slice, not nil.
func readList(slot reflect.Value, value []byte, code chat.Code) error {
	if value[0] != '[' {
		return wrongType{code}
	}
	list := reflect.MakeSlice(slot.Type(), 0, 4)
	for item := range wire.Items(value) {
		one := reflect.New(slot.Type().Elem()).Elem()
		if err := read(one, item, code); err != nil {
			return err
		}
		list = reflect.Append(list, one)
	}
	slot.Set(list)
	return nil
}
