package media

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

const app chat.AppID = 1400000001

func signer(t testing.TB) *Addresses {
	a, err := NewAddresses(bytes.Repeat([]byte{7}, MinSecretBytes), func() time.Time { return time.Unix(1_700_000_000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	a.ServedAt("https://chat.example.com/")
	return a
}

func fileID(n uint32) ID { return newID(func() uint32 { n++; return n }) }

// A secret has to be long, and other apps, secrets and files have other signatures.
func TestKeysOfAddresses(t *testing.T) {
	if _, err := NewAddresses(make([]byte, MinSecretBytes-1), nil); err == nil {
		t.Error("a short secret is taken")
	}
	a := signer(t)
	b, err := NewAddresses(make([]byte, MinSecretBytes), nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[signBytes]byte]bool{
		a.sign(app, fileID(1), Original, 1): true, a.sign(app+1, fileID(1), Original, 1): true, a.sign(app, fileID(2), Original, 1): true,
		a.sign(app, fileID(1), Large, 1): true, a.sign(app, fileID(1), Original, 2): true, b.sign(app, fileID(1), Original, 1): true,
	}
	if len(seen) != 6 {
		t.Errorf("%d signatures, want 6", len(seen))
	}
}

// A UUID is read back as it was made, and lies in one of 256 parts.
func TestUUIDs(t *testing.T) {
	seen := map[string]bool{}
	for n := range uint32(2000) {
		id := newID(func() uint32 { n = n*1664525 + 1013904223; return n })
		got, ok := ParseID(string(id))
		if !ok || got != id || len(id) != idLength {
			t.Fatalf("%s is read as %s, %v", id, got, ok)
		}
		seen[id.part()] = true
	}
	if len(seen) < 250 || len(seen) > parts {
		t.Errorf("they lie in %d parts", len(seen))
	}
	for _, bad := range []string{
		"", "zf-", "zf-aeaaaaaaaaaaaaaaaaaaaaaaa", "zf-aeaaaaaaaaaaaaaaaaaaaaaaaab", "zf-AEAAAAAAAAAAAAAAAAAAAAAAAA",
		"zf-aeaaaaaaaaaaaaaaaaaaaaaaab", "zf-aeaaaaaaaaaaaaaaaaaaaaaa1a", "xxx-aeaaaaaaaaaaaaaaaaaaaaaaaa",
	} {
		if _, ok := ParseID(bad); ok {
			t.Errorf("%q is a UUID", bad)
		}
	}
}

// Addresses stand in all members that hold them, in every element, and nothing else changes.
func TestEachAddressIsSignedAnew(t *testing.T) {
	a := signer(t)
	id, thumb := fileID(1), fileID(9)
	sound := func(at string) string {
		return fmt.Sprintf(`{"MsgType":"TIMSoundElem", "MsgContent":{"Second":1,"UUID":%q,"Url":%q,"Download_Flag":2,"Size":5e0}}`, id, at)
	}
	file := func(at string) string {
		return fmt.Sprintf(`{"MsgContent":{"Url":%q,"FileName":"\u00e9\/x","UUID":%q},"MsgType":"TIMFileElem"}`, at, id)
	}
	film := func(at, thumbAt string) string {
		return fmt.Sprintf(`{"MsgType":"TIMVideoFileElem","MsgContent":{"ThumbUrl":%q,"ThumbUUID":%q,"VideoUUID":%q,"VideoUrl":%q,"Own":[1, 2]}}`, thumbAt, thumb, id, at)
	}
	picture := func(one, two, three string) string {
		return fmt.Sprintf(`{"MsgType":"TIMImageElem","MsgContent":{"ImageInfoArray":[{"Type":3,"URL":%q},{"Type":1,"URL":%q},{"URL":%q,"Type":2}],"UUID":%q}}`, three, one, two, id)
	}
	bare := func(at string) string { // the address alone says which file it is
		return fmt.Sprintf(`{"MsgType":"TIMFileElem","MsgContent":{"Url":%q,"UUID":"0f343b"}}`, at)
	}
	text := fmt.Sprintf(`{"MsgType":"TIMTextElem","MsgContent":{"Text":"%s https://chat.example.com/media/1400000001/%s/original?e=1&s=x"}}`, id, id)
	foreign := `{"MsgType":"TIMFileElem","MsgContent":{"Url":"https://elsewhere.example.com/zf-","UUID":"0f343b"}}`
	old := func(v string) string {
		return fmt.Sprintf("https://old.example.com/media/1400000001/%s/%s?e=1&s=x", id, v)
	}
	at := func(id ID, v Variant) string { return a.address(app, id, v, a.until()) }
	body := func(addresses func(i int) string) string {
		plain := []string{
			sound(addresses(0)), text, file(addresses(1)), foreign, film(addresses(2), addresses(3)),
			picture(addresses(4), addresses(5), addresses(6)), bare(addresses(7)),
		}
		inner := strings.Join(plain, " , ")
		return fmt.Sprintf(`[%s,{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgList":[{"MsgBody":[%s],"Odd":1.0},`+
			`{"MsgBody":[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":[{"MsgBody":[%s]}]}}]}]}}]`, inner, inner, sound(addresses(0)))
	}
	was := body(func(i int) string {
		return []string{"", "anything", old("original"), "x", old("original"), "https://elsewhere.example.com/x", "", old("thumb")}[i]
	})
	want := body(func(i int) string {
		return []string{
			at(id, Original), at(id, Original), at(id, Original), at(thumb, Original),
			at(id, Original), at(id, Large), at(id, Thumb), at(id, Original),
		}[i]
	})
	if got := string(a.Body(app, []byte(was))); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	if got := string(a.Body(app, []byte(want))); got != want {
		t.Errorf("signed twice it is\n%s", got)
	}
}

// paged is a store with one page of messages.
type paged struct {
	chat.Store
	page []*chat.Message
}

func (p *paged) Messages(context.Context, chat.Conversation, chat.Seq, bool, int, int) ([]*chat.Message, error) {
	return p.page, nil
}

// deaf is told of messages and does nothing.
type deaf struct{ chat.Deliverer }

func (deaf) Deliver(*chat.Message, uint64) {}

func pageOf(n int, body string, note uint32) []*chat.Message {
	list := make([]*chat.Message, n)
	for i := range list {
		list[i] = &chat.Message{Conv: chat.C2COf(app, "ann", "bob"), Body: []byte(body), Media: note}
	}
	return list
}

const plainBody = `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"the tea is ready, and it is hot, so be careful with it"}}]`

// Messages without files cost nothing.
func TestMessagesWithoutFilesCostNothing(t *testing.T) {
	a := signer(t)
	s := a.Store(&paged{page: pageOf(20, plainBody, 0)})
	d := a.Deliverer(deaf{})
	room := &Service{Options: Options{Store: struct{ Store }{}}}
	m := pageOf(1, plainBody, 0)[0]
	for what, do := range map[string]func(){
		"a page":     func() { _, _ = s.Messages(t.Context(), chat.Conversation{}, 1, true, 20, 1<<20) },
		"a delivery": func() { d.Deliver(m, 0) },
		"a send":     func() { room.Names(m.Body) },
		"an event":   func() { d.(*freshDeliverer).fresh.convEvent(nil) },
	} {
		if n := testing.AllocsPerRun(100, do); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	a := signer(b)
	picture := fmt.Sprintf(`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":%q,"ImageInfoArray":[{"Type":1,"URL":"x","Width":1,"Height":1},`+
		`{"Type":2,"URL":"x","Width":1,"Height":1},{"Type":3,"URL":"x","Width":1,"Height":1}]}}]`, fileID(1))
	for _, c := range []struct {
		name string
		page []*chat.Message
	}{{"plain", pageOf(20, plainBody, 0)}, {"pictures", pageOf(20, picture, 1)}} {
		raw := &paged{page: c.page}
		for name, s := range map[string]interface {
			Messages(context.Context, chat.Conversation, chat.Seq, bool, int, int) ([]*chat.Message, error)
		}{"raw": raw, "fresh": a.Store(raw)} {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, _ = s.Messages(context.Background(), chat.Conversation{}, 1, true, 20, 1<<20)
				}
			})
		}
	}
}

func BenchmarkNames(b *testing.B) {
	room := &Service{Options: Options{Store: struct{ Store }{}}}
	for _, text := range []string{plainBody, strings.Repeat(plainBody, 100)} {
		b.Run(fmt.Sprint(len(text)), func(b *testing.B) {
			body := []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				room.Names(body)
			}
		})
	}
}

// Whatever a body holds, signing it anew leaves JSON that says the same but for its addresses,
// and that is signed already.
func FuzzBody(f *testing.F) {
	id := fileID(1)
	for _, s := range []string{
		plainBody,
		fmt.Sprintf(`[{"MsgType":"TIMSoundElem","MsgContent":{"Url":"x","UUID":%q}}]`, id),
		fmt.Sprintf(`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":%q,"ImageInfoArray":[{"Type":2,"URL":"x","URL":"y"}]}}]`, id),
		fmt.Sprintf(`[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":[{"MsgBody":[{"MsgType":"TIMFileElem","MsgContent":{"UUID":%q,"Url":""}}]}]}}]`, id),
		fmt.Sprintf(`[{"MsgType":"TIMFileElem","MsgContent":{"Url":"/media/1400000001/%s/original","UUID":"\u0074"}}]`, id),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !wire.Valid(body) || wire.KindOf(body) != wire.List {
			return
		}
		a := signer(t)
		body = bytes.TrimSpace(body)
		out := a.Body(app, body)
		if !wire.Valid(out) {
			t.Fatalf("%s becomes %s", body, out)
		}
		if again := a.Body(app, out); !bytes.Equal(again, out) {
			t.Fatalf("%s is signed again as %s", out, again)
		}
		if was, is := without(body), without(out); !reflect.DeepEqual(was, is) {
			t.Fatalf("%s becomes %s", body, out)
		}
	})
}

// without is what a text says without its addresses.
func without(text []byte) any {
	var v any
	if json.Unmarshal(text, &v) != nil {
		return nil
	}
	var cut func(v any)
	cut = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range []string{"Url", "URL", "VideoUrl", "ThumbUrl"} {
				if _, is := v[name].(string); is {
					v[name] = ""
				}
			}
			for _, one := range v {
				cut(one)
			}
		case []any:
			for _, one := range v {
				cut(one)
			}
		}
	}
	cut(v)
	return v
}

// No text but one of our own opens anything.
func FuzzAddress(f *testing.F) {
	a := signer(f)
	f.Add(a.address(app, fileID(1), Original, 1_700_000_001))
	f.Add(a.address(app, fileID(1), Face, 0))
	f.Add("https://elsewhere.example.com/media/1400000001/" + string(fileID(1)) + "/original?e=1&s=x")
	f.Fuzz(func(t *testing.T, text string) {
		p, query, ok := parseAddress(text)
		if !ok {
			return
		}
		until, ok := a.valid(p, query)
		if !ok {
			return
		}
		mine, err := url.Parse(a.address(p.app, p.id, p.variant, until))
		if err != nil {
			t.Fatal(err)
		}
		want := mine.Query()
		if query.Get("s") != want.Get("s") || until != 0 && until <= 1_700_000_000 {
			t.Errorf("%q opens %+v until %d", text, p, until)
		}
	})
}
