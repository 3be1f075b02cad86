package badger

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

var pair = chat.C2COf(7, "ann", "bob")

// filled has something in every field that is kept.
func filled() *chat.Message {
	return &chat.Message{
		Conv: pair, Seq: 3, From: "ann", Time: 1700000000123, Random: 9, SenderSeq: 4, ClientMsgID: "c",
		Body: json.RawMessage(`[ 1 ]`), Cloud: "cl", Push: json.RawMessage(`{}`), Quote: json.RawMessage(`[]`),
		Priority: chat.Low, At: []chat.UserID{chat.AtAll, ""}, To: []chat.UserID{"cid"}, Control: chat.Extensible, NotSender: true,
		Tip: &chat.Tip{Kind: chat.TipJoin, Members: []chat.Person{{User: "cid"}}}, Recall: &chat.Recall{By: "ann", Reason: "r", Time: 5},
		Counted: 2, Own: 1, Clock: 77, Expires: 1800000000, PriorExpires: 1, Audience: 6, Holder: 8, Skips: [2]uint32{1, 2}, Version: 3, Mention: 3, Media: 4, PushLife: 60,
		Author: &chat.Author{Nick: "A", FaceURL: "u", NameCard: "c"},
	}
}

// TestMessageKeepsEveryField fails when chat.Message gets a field that neither
// the record nor the key holds.
func TestMessageKeepsEveryField(t *testing.T) {
	notKept := map[string]bool{"Dedup": true, "DedupSeconds": true, "Duplicate": true, "Chosen": true}
	m := filled()
	v := reflect.ValueOf(*m)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && !notKept[name] {
			t.Errorf("the test's message has no %s", name)
		}
	}
	got := mustEncodeDecode(t, m)
	if !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, want %+v", got, m)
	}
}

func mustEncodeDecode(t *testing.T, m *chat.Message) *chat.Message {
	t.Helper()
	b := encodeMessage(nil, m)
	got, err := decodeMessage(m.Conv, m.Seq, b)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Records name who does not see a message: they stay what they were when that could be
// told of anybody.
func TestMessageNamesWhomItIsHiddenFrom(t *testing.T) {
	want := protowire.AppendString(protowire.AppendTag([]byte{1}, 4, protowire.BytesType), "ann")
	want = protowire.AppendString(protowire.AppendTag(want, 18, protowire.BytesType), "ann")
	m := &chat.Message{Conv: pair, From: "ann", NotSender: true}
	if got := encodeMessage(nil, m); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if got, err := decodeMessage(pair, 0, want); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, %v, want %+v", got, err, m)
	}
}

func TestUnknownFieldsAreSkipped(t *testing.T) {
	b := encodeMessage(nil, filled())
	b = protowire.AppendVarint(protowire.AppendTag(b, 100, protowire.VarintType), 5)
	b = protowire.AppendFixed64(protowire.AppendTag(b, 101, protowire.Fixed64Type), 5)
	b = protowire.AppendBytes(protowire.AppendTag(b, 102, protowire.BytesType), []byte("new"))
	got, err := decodeMessage(pair, 3, b)
	if err != nil || !reflect.DeepEqual(got, filled()) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestUnknownFormatIsRefused(t *testing.T) {
	for _, v := range [][]byte{nil, {}, {0}, {99, 1, 2}} {
		if m, err := decodeMessage(pair, 1, v); err == nil {
			t.Errorf("%x decodes as %+v", v, m)
		}
	}
}

func TestStampNeedsOnlyFirstBytes(t *testing.T) {
	b := encodeMessage(nil, filled())
	want := stamp{time: 1700000000123, clock: 77, expires: 1800000000}
	if got, err := stampOfRecord(b); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := stampOfRecord(b[:30]); err != nil || got != want {
		t.Errorf("of the first bytes: got %+v, %v", got, err)
	}
}

func stampOfRecord(b []byte) (s stamp, err error) {
	err = record.Decode(b, &s, stampFields)
	return s, err
}

// FuzzDecode gives every decoder any bytes: no panic, no more memory than the
// bytes warrant, and what a message decodes to encodes and decodes to the same.
func FuzzDecode(f *testing.F) {
	whole := encodeMessage(nil, filled())
	event := encodeEvent(nil, &chat.Event{App: 7, Conv: pair, Message: filled(), Group: &chat.Group{ID: "g", Custom: map[string]string{"a": "b"}}})
	for _, b := range [][]byte{
		whole, event,
		{1},
		nil,
		{1, 0xff, 0xff, 0xff},
		record.Encode(nil, &headState{Head: chat.Head{Seq: 1, Rev: 1 << 62}, own: [2]chat.SenderStat{{}, {Time: -1}}}, headFields),
		record.Encode(nil, &chat.UserEvent{Conv: pair, Notice: &chat.Notice{Name: "n"}}, userEventFields),
		putCounter(nil, -1), putValue(nil, []byte{1}),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		decodeAll(b)
		m, err := decodeMessage(pair, 3, b)
		if err == nil {
			again := mustEncodeDecode(t, m)
			if !reflect.DeepEqual(again, m) && m.Tip == nil { // JSON may come in many spellings
				t.Fatalf("%x: %+v became %+v", b, m, again)
			}
		}
		if !bytes.Equal(b, before) {
			t.Fatalf("%x was changed to %x", before, b)
		}
	})
}

// decodeAll ignores what comes out: FuzzDecode asks for the absence of panics.
func decodeAll(b []byte) {
	_ = record.Decode(b, &stamp{}, stampFields)
	_ = record.Decode(b, &headState{}, headFields)
	_ = record.Decode(b, &chat.SenderStat{}, senderFields)
	_ = record.Decode(b, &first{}, firstFields)
	_ = record.Decode(b, new(uint64), numberFields)
	_ = record.Decode(b, &counters{}, counterFields)
	_, _ = decodeConvEvent(pair, 1, b)
	_, _ = decodeUserEvent(7, "u", 1, b)
	_, _ = decodeEvent("id", b)
	_, _ = decodeSession(7, "u", "c", b)
	_ = readRow(&chat.Row{}, b)
	_, _ = describe(b)
}
