package record_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/teahouse-im/teahouse/chat/record"
)

type (
	word string
	part struct {
		Name  string
		Count int
	}
	settings struct {
		On    bool
		Names []string
	}
)

// sample has a field of every form that a list can have.
type sample struct {
	Small   int8
	Whole   int64
	Large   uint64
	Yes     bool
	Text    string
	Word    word
	Words   []word
	Raw     []byte
	Map     map[string]string
	One     *part
	Always  part
	List    []part
	Setting *settings
}

// The numbers have gaps, as those of grown lists have.
func sampleFields(f *record.Fields, s *sample) {
	record.Int(f, 1, &s.Small)
	record.Int(f, 2, &s.Whole)
	record.Int(f, 3, &s.Large)
	record.Bool(f, 5, &s.Yes)
	record.Text(f, 6, &s.Text)
	record.Text(f, 7, &s.Word, "green", "black")
	record.Texts(f, 8, &s.Words)
	record.Raw(f, 9, &s.Raw)
	record.Map(f, 16, &s.Map)
	record.One(f, 17, &s.One, partFields)
	record.Part(f, 18, &s.Always, partFields)
	record.List(f, 19, &s.List, partFields)
	record.JSON(f, 300, &s.Setting)
}

func partFields(f *record.Fields, p *part) {
	record.Text(f, 1, &p.Name)
	record.Int(f, 2, &p.Count)
}

func whole() *sample {
	return &sample{
		Small: -8, Whole: math.MinInt64, Large: math.MaxUint64, Yes: true,
		Text: "té\x00a", Word: "green", Words: []word{"", "b", ""}, Raw: []byte{0, 0xff},
		Map: map[string]string{"": "", "b": "2", "a": ""}, One: &part{"one", 1}, Always: part{"", -1},
		List: []part{{}, {"two", 2}}, Setting: &settings{On: true, Names: []string{"x"}},
	}
}

func encode(s *sample) []byte { return record.Encode(nil, s, sampleFields) }

func decode(b []byte) (*sample, error) {
	s := new(sample)
	return s, record.Decode(b, s, sampleFields)
}

func TestRecordsRoundTrip(t *testing.T) {
	for name, c := range map[string]struct{ in, want *sample }{
		"nothing":                   {&sample{}, &sample{}},
		"everything":                {whole(), whole()},
		"empty lists are no lists":  {&sample{Words: []word{}, List: []part{}, Raw: []byte{}, Map: map[string]string{}}, &sample{}},
		"an empty part is one":      {&sample{One: &part{}}, &sample{One: &part{}}},
		"empty settings are some":   {&sample{Setting: &settings{}}, &sample{Setting: &settings{}}},
		"a list of nothing much":    {&sample{List: []part{{}, {}}, Words: []word{""}}, &sample{List: []part{{}, {}}, Words: []word{""}}},
		"a word that is not listed": {&sample{Word: "white"}, &sample{Word: "white"}},
		"largest and smallest":      {&sample{Small: math.MinInt8, Whole: math.MaxInt64, Large: 1}, &sample{Small: math.MinInt8, Whole: math.MaxInt64, Large: 1}},
	} {
		got, err := decode(encode(c.in))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

// The bytes are pinned: stores are full of them.
func TestBytesOfARecord(t *testing.T) {
	s := &sample{Small: 1, Yes: true, Text: "hi", Words: []word{"a", ""}, Map: map[string]string{"b": "2", "a": "1"}, List: []part{{"x", 3}}}
	want := strings.Join([]string{
		"01", "0801", "2801", "32026869", "420161", "4200",
		"8201060a0161120131", "8201060a0162120132", "9a01050a01781003",
	}, "")
	if got := hex.EncodeToString(encode(s)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := encode(&sample{}); !bytes.Equal(got, []byte{1}) {
		t.Errorf("a record of nothing is %x, want the format alone", got)
	}
}

func TestEncodeAppends(t *testing.T) {
	got := record.Encode([]byte("before"), whole(), sampleFields)
	if want := append([]byte("before"), encode(whole())...); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestFieldsNotInTheRecordStayAsTheyAre(t *testing.T) {
	s := whole()
	if err := record.Decode(encode(&sample{Text: "new"}), s, sampleFields); err != nil {
		t.Fatal(err)
	}
	want := whole()
	want.Text = "new"
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
}

func TestRawBytesEndWhereTheyEnd(t *testing.T) {
	b := encode(&sample{Raw: []byte("raw"), Map: map[string]string{"a": "1"}})
	before := bytes.Clone(b)
	s, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if s.Raw = append(s.Raw, "behind"...); !bytes.Equal(b, before) {
		t.Errorf("what was appended to the bytes is in the record: %x", b)
	}
}

// unknown makes an unknown field of each type that protobuf has.
var unknown = map[string]func(b []byte, n protowire.Number) []byte{
	"varint": func(b []byte, n protowire.Number) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), math.MaxUint64)
	},
	"32 bits": func(b []byte, n protowire.Number) []byte {
		return protowire.AppendFixed32(protowire.AppendTag(b, n, protowire.Fixed32Type), 7)
	},
	"64 bits": func(b []byte, n protowire.Number) []byte {
		return protowire.AppendFixed64(protowire.AppendTag(b, n, protowire.Fixed64Type), 7)
	},
	"bytes": func(b []byte, n protowire.Number) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), []byte("new"))
	},
	"a group": func(b []byte, n protowire.Number) []byte {
		b = protowire.AppendVarint(protowire.AppendTag(protowire.AppendTag(b, n, protowire.StartGroupType), 1, protowire.VarintType), 1)
		return protowire.AppendTag(b, n, protowire.EndGroupType)
	},
}

// A later version has fields before, between and behind those known today;
// this one passes over them wherever they stand.
func TestUnknownFieldsArePassedOver(t *testing.T) {
	between := func(n protowire.Number, field func([]byte, protowire.Number) []byte) []byte {
		low := record.Encode(nil, whole(), func(f *record.Fields, s *sample) {
			record.Int(f, 1, &s.Small)
			record.Int(f, 2, &s.Whole)
			record.Int(f, 3, &s.Large)
		})
		high := record.Encode(nil, whole(), func(f *record.Fields, s *sample) {
			record.Bool(f, 5, &s.Yes)
			record.Text(f, 6, &s.Text)
		})
		if n > 6 {
			return field(append(low, high[1:]...), n)
		}
		return append(field(low, n), high[1:]...)
	}
	w := whole()
	want := &sample{Small: w.Small, Whole: w.Whole, Large: w.Large, Yes: w.Yes, Text: w.Text}
	for name, field := range unknown {
		for _, n := range []protowire.Number{4, 10, 301, protowire.MaxValidNumber} {
			got, err := decode(between(n, field))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("field %d of %s: got %+v, %v, want %+v", n, name, got, err, want)
			}
		}
	}
}

// A number that has another type than it should is not this version's field.
func TestAFieldOfAnotherTypeIsUnknown(t *testing.T) {
	for name, field := range unknown {
		for _, n := range []protowire.Number{1, 6, 9, 16, 17, 18, 19} {
			if number := n == 1; number && name == "varint" || !number && name == "bytes" {
				continue
			}
			got, err := decode(field([]byte{1}, n))
			if err != nil || !reflect.DeepEqual(got, &sample{}) {
				t.Errorf("field %d of %s: got %+v, %v, want nothing", n, name, got, err)
			}
		}
	}
}

// What is cut short inside a field is an error; between two fields it is a record
// with fewer of them.
func TestTruncatedRecords(t *testing.T) {
	b := encode(whole())
	ends := map[int]bool{}
	for rest := b[1:]; len(rest) > 0; {
		ends[len(b)-len(rest)] = true
		_, _, n := protowire.ConsumeField(rest)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		rest = rest[n:]
	}
	for cut := range len(b) {
		_, err := decode(b[:cut:cut])
		if good := ends[cut]; good != (err == nil) {
			t.Errorf("the first %d of %d bytes: %v, want an error: %t", cut, len(b), err, !good)
		}
	}
	if len(ends) != 18 {
		t.Errorf("%d fields are looked at, want the 18 of the sample", len(ends))
	}
}

func TestMangledRecords(t *testing.T) {
	for name, text := range map[string]string{
		"a number that never ends":            "0108ffffffffffffffffffff01",
		"a tag that never ends":               "01ffffffffffffffffffff01",
		"field number 0":                      "010001",
		"a type that does not exist":          "010e",
		"a text longer than the record":       "0132057869",
		"a text of 2^63 bytes":                "0132ffffffffffffffff7f",
		"the end of a group that is not open": "010c",
		"a group that does not end":           "01230801",
		"a part that is cut short":            "018a01020a05",
		"an entry of a map that is cut short": "018201020a05",
		"an item of a list that is cut short": "019a01020a05",
		"settings that are no JSON":           "01e212017b",
		"settings of another form":            "01e212025b5d",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := decode(b); err == nil {
			t.Errorf("%s: decodes as %+v", name, s)
		}
	}
}

func TestOtherFormatsAreRefused(t *testing.T) {
	for _, b := range [][]byte{nil, {}, {0}, {2}, {0xff, 1}, []byte("text")} {
		if _, err := decode(b); !errors.Is(err, record.ErrFormat) {
			t.Errorf("%x: %v, want %v", b, err, record.ErrFormat)
		}
	}
}

func TestListsAscend(t *testing.T) {
	for name, list := range map[string]func(*record.Fields, *sample){
		"twice":     func(f *record.Fields, s *sample) { record.Int(f, 1, &s.Small); record.Int(f, 1, &s.Whole) },
		"backwards": func(f *record.Fields, s *sample) { record.Text(f, 2, &s.Text); record.Bool(f, 1, &s.Yes) },
		"zero":      func(f *record.Fields, s *sample) { record.Raw(f, 0, &s.Raw) },
	} {
		for way, use := range map[string]func(){
			"writing": func() { record.Encode(nil, &sample{}, list) },
			"reading": func() { _ = record.Decode([]byte{1}, &sample{}, list) },
		} {
			if !panics(use) {
				t.Errorf("%s, %s: a list with a number in the wrong place passes", name, way)
			}
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

// FuzzDecode gives a list of all forms any bytes: no panic, nothing written to
// them, and what they decode to encodes and decodes to the same.
func FuzzDecode(f *testing.F) {
	f.Add(encode(whole()))
	f.Add(encode(&sample{}))
	f.Add([]byte{1, 0x82, 0x01, 0x00, 0x82, 0x01, 0x02, 0x0a, 0x00})
	for _, field := range unknown {
		f.Add(field(field([]byte{1}, 4), 19))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		s, err := decode(b)
		if !bytes.Equal(b, before) {
			t.Fatalf("%x was changed to %x", before, b)
		}
		if err != nil {
			return
		}
		once := encode(s)
		again, err := decode(once)
		if err != nil {
			t.Fatalf("%x: what was decoded does not decode again: %v", b, err)
		}
		if !bytes.Equal(encode(again), once) {
			t.Fatalf("%x: %+v became %+v", b, s, again)
		}
	})
}
