package core_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
	_ "github.com/teahouse-im/teahouse/chat/sessions" // its kinds
)

// Every kind of the table is declared by its room, and a row of each prints for
// people.
func TestKindsAreDeclaredAndPrint(t *testing.T) {
	for _, k := range record.Kinds {
		if _, declared := ledger.Declared(k.Kind); !declared {
			t.Errorf("%s has no table and no counter", k.Name)
			continue
		}
		value := record.Encode(nil, new(int), func(*record.Fields, *int) {})
		shard := chat.GroupShard(app, "g")
		if text, err := ledger.Inspect(shard, chat.Row{Kind: chat.RowKind(k.Kind), Key: "ann\x00\x01", Value: value, Add: 3}); err != nil || text == "" {
			t.Errorf("%s: %q, %v", k.Name, text, err)
		}
	}
	if _, err := ledger.Inspect(chat.ServerShard, chat.Row{Kind: 9999}); err == nil {
		t.Error("a kind that is not in the table prints")
	}
}

// codecs are those of all kinds that hold a value.
func codecs() map[string]*ledger.Codec {
	all := map[string]*ledger.Codec{}
	for _, k := range record.Kinds {
		if c, _ := ledger.Declared(k.Kind); c != nil {
			all[k.Name] = c
		}
	}
	return all
}

// elsewhere are the fields that the rows of a kind do not hold: their shard and key
// tell them, or another row does.
var elsewhere = map[string][]string{
	"account":      {"App", "User"},
	"group":        {"App", "ID"},
	"member":       {"Group", "User"},
	"member of":    {"Group", "JoinSeq", "Flag"}, // the member's row has both
	"mute":         {"User"},
	"ban":          {"User"},
	"join request": {"Group", "Kind", "Newcomer"},
	"read mark":    {"User"},
	"word list":    {"ID"},
	"media object": {"App", "ID"},
	"media ref":    {"App"},

	"audit entry":   {"ID"},
	"call":          {"ID"},
	"push device":   {"User", "Client"},
	"push task":     {"ID"},
	"push schedule": {"ID", "Draft"}, // what it does stands in parts
}

// A new field of a stored type belongs into its list or into the table above.
func TestEveryFieldOfEveryKindIsKept(t *testing.T) {
	for name, c := range codecs() {
		value := c.New()
		fill(t, name, reflect.ValueOf(value).Elem(), 1)
		read, err := c.Decode(c.Encode(value))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, got := reflect.ValueOf(value).Elem(), reflect.ValueOf(read).Elem()
		for i := range want.NumField() {
			field := want.Type().Field(i).Name
			if slices.Contains(elsewhere[name], field) {
				want.Field(i).SetZero()
			}
			if w, g := want.Field(i).Interface(), got.Field(i).Interface(); !reflect.DeepEqual(w, g) {
				t.Errorf("%s: %s is %v when it is read again, want %v", name, field, g, w)
			}
		}
	}
}

// fill gives every field, to the last one below, a value of its own.
func fill(t testing.TB, path string, v reflect.Value, n int) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(-n))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, path, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, path, v.Index(0), n)
		fill(t, path, v.Index(1), n+1)
	case reflect.Array:
		for i := range v.Len() {
			fill(t, path, v.Index(i), n+i)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, item := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, path, key, n)
		fill(t, path, item, n+1)
		v.SetMapIndex(key, item)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(int64(n), 0).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(t, path+"."+v.Type().Field(i).Name, v.Field(i), n+i)
		}
	default:
		t.Fatalf("%s is a %s, which nobody has thought of", path, v.Kind())
	}
}

// What a later version adds to a row is passed over, what an earlier one lacked
// is empty, and what is cut short never becomes another row.
func TestRowsOfOtherVersions(t *testing.T) {
	for name, c := range codecs() {
		value := c.New()
		fill(t, name, reflect.ValueOf(value).Elem(), 1)
		b := c.Encode(value)
		whole, err := c.Decode(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		later := protowire.AppendBytes(protowire.AppendTag(bytes.Clone(b), 2000, protowire.BytesType), []byte("new"))
		if v, err := c.Decode(later); err != nil || !reflect.DeepEqual(v, whole) {
			t.Errorf("%s with a field of later is %+v, %v", name, v, err)
		}
		if v, err := c.Decode(b[:1]); err != nil || !reflect.DeepEqual(v, c.New()) {
			t.Errorf("%s without a field is %+v, %v", name, v, err)
		}
		for cut := range len(b) {
			if v, err := c.Decode(b[:cut:cut]); err == nil && !bytes.HasPrefix(b, c.Encode(v)) {
				t.Errorf("%s: %d of %d bytes read as %+v", name, cut, len(b), v)
			}
		}
	}
}

// FuzzRows gives every kind any bytes: no panic, nothing written to them, and
// what they decode to encodes and decodes to the same.
func FuzzRows(f *testing.F) {
	all := codecs()
	for name, c := range all {
		value := c.New()
		fill(f, name, reflect.ValueOf(value).Elem(), 1)
		f.Add(c.Encode(value))
	}
	f.Add([]byte{})
	f.Add([]byte{1, 0x0a, 0x02, 'h'})
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		for name, c := range all {
			v, err := c.Decode(b)
			if err != nil {
				continue
			}
			once := c.Encode(v)
			again, err := c.Decode(once)
			if err != nil || !bytes.Equal(c.Encode(again), once) {
				t.Fatalf("%s %x: %+v became %+v, %v", name, b, v, again, err)
			}
		}
		if !bytes.Equal(b, before) {
			t.Fatalf("%x was changed to %x", before, b)
		}
	})
}
