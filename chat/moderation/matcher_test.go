package moderation

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/raced"
)

func matcherOf(t testing.TB, blocked, replaced []string) *matcher {
	t.Helper()
	var list []entry
	for _, w := range blocked {
		list = append(list, entry{w, true})
	}
	for _, w := range replaced {
		list = append(list, entry{w, false})
	}
	m, err := newMatcher(list)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAWordIsFoundInAnyCaseAndWidth(t *testing.T) {
	m := matcherOf(t, nil, []string{"Tea", "ｃａｆé", "龙井", "カ", "straße", "a b", "ok", "x"})
	for _, row := range []struct{ text, want string }{
		{"a cup of TEA, tEa", "a cup of ***, ***"},
		{"steam", "s***m"}, // words are found inside of others: many scripts have no blanks
		{"ＴＥＡ and t e a", "*** and t e a"},
		{"Café CAFÉ ｃＡｆÉ cafe", "**** **** **** cafe"},
		{"好龙井茶", "好**茶"},
		{"ｶカ", "**"},
		{"STRAßE ſtraße", "****** ******"},
		{"a　b", "***"},
		{"o\u212a", "**"}, // the sign for Kelvin
		{"\xffx\xff", "\xff*\xff"},
		{"", ""},
		{"none of it", "none of it"},
	} {
		masked, refused := m.look([]byte(row.text))
		if masked == nil {
			masked = []byte(row.text)
		}
		if refused || string(masked) != row.want {
			t.Errorf("%q: %q, refused %v; want %q", row.text, masked, refused, row.want)
		}
	}
}

func TestWordsInWords(t *testing.T) {
	m := matcherOf(t, []string{"abcx"}, []string{"b", "abcd", "cdef"})
	for text, want := range map[string]string{"abcdef": "******", "xbx": "x*x", "abce": "a*ce", "abcx": "refused", "cdefabcX": "refused"} {
		masked, refused := m.look([]byte(text))
		if refused {
			masked = []byte("refused")
		}
		if string(masked) != want {
			t.Errorf("%q: %q, want %q", text, masked, want)
		}
	}
	both := matcherOf(t, []string{"TEA"}, []string{"tea"})
	if _, refused := both.look([]byte("tea")); !refused {
		t.Error("a word of both lists is replaced, not refused")
	}
	if m := matcherOf(t, nil, nil); m != nil {
		t.Error("there is a matcher of no words")
	}
}

// slow is look as anybody would write it.
func slow(blocked, replaced []string, text string) (string, bool) {
	runes, plain := []rune(text), []rune(folded(text))
	covered := make([]bool, len(runes))
	at := func(w string, i int) bool { return strings.HasPrefix(string(plain[i:]), folded(w)) }
	for i := range plain {
		for _, w := range blocked {
			if at(w, i) {
				return "", true
			}
		}
		for _, w := range replaced {
			if at(w, i) {
				for n := range utf8.RuneCountInString(w) {
					covered[i+n] = true
				}
			}
		}
	}
	for i := range runes {
		if covered[i] {
			runes[i] = '*'
		}
	}
	return string(runes), false
}

// Whatever the words are, what is found is what a search word by word finds: with few
// characters and many, so that they have one digit and several.
func TestTheMatcherFindsWhatASearchFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("aAbcｃdé茶龙井水ßſsSxyz0123456789 .,;:-_!?()[]{}ΩωЖж")
	for n := 0; n < 4000; n++ {
		few := letters[:2+r.IntN(len(letters)-1)]
		some := func(most int) string {
			text := make([]rune, 1+r.IntN(most))
			for i := range text {
				text[i] = few[r.IntN(len(few))]
			}
			return string(text)
		}
		var blocked, replaced []string
		for range r.IntN(2) {
			blocked = append(blocked, some(5))
		}
		for range 1 + r.IntN(8) {
			replaced = append(replaced, some(4))
		}
		text := some(30)
		want, refuses := slow(blocked, replaced, text)
		masked, refused := matcherOf(t, blocked, replaced).look([]byte(text))
		if masked == nil {
			masked = []byte(text)
		}
		if refused != refuses || !refused && string(masked) != want {
			t.Fatalf("%q without %q and %q: %q, refused %v; want %q, %v", text, blocked, replaced, masked, refused, want, refuses)
		}
	}
}

// A text longer than what is looked at in one piece.
func TestALongTextIsMaskedWhole(t *testing.T) {
	m := matcherOf(t, nil, []string{"tea", "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
	text := strings.Repeat("xtea", 3000)
	masked, _ := m.look([]byte(text))
	if want := strings.Repeat("x***", 3000); string(masked) != want {
		t.Errorf("%.100s…", masked)
	}
}

func elem(kind, content string) string {
	return fmt.Sprintf(`{"MsgType":%q,"MsgContent":%s}`, kind, content)
}

func TestWhatIsLookedAtInABody(t *testing.T) {
	m := matcherOf(t, []string{"coffee"}, []string{"tea"})
	for _, row := range []struct{ body, want string }{
		{elem("TIMTextElem", `{"Text":"tea"}`), elem("TIMTextElem", `{"Text":"***"}`)},
		{`{"MsgContent":{"Text":"tea"},"MsgType":"TIMTextElem"}`, `{"MsgContent":{"Text":"***"},"MsgType":"TIMTextElem"}`},
		{elem("TIMTextElem", `{"Text":"\u0074ea\n \"tea\""}`), elem("TIMTextElem", `{"Text":"***\n \"***\""}`)},
		{elem("TIMTextElem", `{"Text":"te\u200ba"}`), ""},
		{elem("TIMTextElem", `{"Other":"tea","Text":"x"}`), ""},
		{elem("TIMLocationElem", `{"Desc":"tea room","Latitude":1}`), elem("TIMLocationElem", `{"Desc":"*** room","Latitude":1}`)},
		{elem("TIMFileElem", `{"UUID":"tea","FileName":"Tea.txt"}`), elem("TIMFileElem", `{"UUID":"tea","FileName":"***.txt"}`)},
		{elem("TIMCustomElem", `{"Data":"tea","Desc":"tea","Ext":"tea"}`), elem("TIMCustomElem", `{"Data":"tea","Desc":"***","Ext":"tea"}`)},
		{elem("TIMFaceElem", `{"Index":1,"Data":"tea"}`), ""},
		{
			elem("TIMRelayElem", `{"Title":"tea","AbstractList":["a","tea"],"CompatibleText":"tea","MsgList":[{"From_Account":"tea","MsgBody":[`+elem("TIMTextElem", `{"Text":"tea"}`)+`]}]}`),
			elem("TIMRelayElem", `{"Title":"***","AbstractList":["a","***"],"CompatibleText":"***","MsgList":[{"From_Account":"tea","MsgBody":[`+elem("TIMTextElem", `{"Text":"***"}`)+`]}]}`),
		},
		{elem("TIMTextElem", `{"Text":"a coffee"}`), "refused"},
		{elem("TIMRelayElem", `{"MsgList":[{"MsgBody":[`+elem("TIMTextElem", `{"Text":"COFFEE"}`)+`]}]}`), "refused"},
		{elem("TIMTextElem", `{"Text":"tea"}`) + ` , ` + elem("TIMTextElem", `{"Text":"coffee"}`), "refused"},
		{elem("TIMTextElem", `{"Text":"x"}`) + ` , ` + elem("TIMTextElem", `{"Text":"tea"}`), elem("TIMTextElem", `{"Text":"x"}`) + ` , ` + elem("TIMTextElem", `{"Text":"***"}`)},
	} {
		body := json.RawMessage(`[` + row.body + `]`)
		// What is read of a body lies in it, also when that is part of something longer.
		packed := append(append(make([]byte, 0, 4096), "before"...), body...)
		changed, refused := m.body(packed[len("before"):])
		got := strings.TrimSuffix(strings.TrimPrefix(string(changed), "["), "]")
		if refused {
			got = "refused"
		}
		if got != row.want {
			t.Errorf("%s:\n%s, want\n%s", row.body, got, row.want)
		}
		if string(packed[len("before"):]) != string(body) {
			t.Error("the body that was given has changed")
		}
	}
}

// manyWords are so many words, of Latin letters or Chinese characters.
func manyWords(n int, chinese bool) []string {
	r := rand.New(rand.NewPCG(3, 4))
	list := make([]string, n)
	for i := range list {
		var w []rune
		if chinese {
			for range 2 + r.IntN(4) {
				w = append(w, 0x4e00+rune(r.IntN(3000)))
			}
		} else {
			for range 5 + r.IntN(10) {
				w = append(w, 'a'+rune(r.IntN(26)))
			}
		}
		list[i] = string(w)
	}
	return list
}

var cleanBody = json.RawMessage(`[` + elem("TIMTextElem", `{"Text":"well then, the meeting is at five and something is served in the garden, bring your own cup"}`) + `]`)

func TestABodyWithoutWordsCostsNoAllocation(t *testing.T) {
	if raced.On {
		t.Skip("the race detector has a sync.Pool lose things at random")
	}
	m := matcherOf(t, manyWords(1000, false), nil)
	if n := testing.AllocsPerRun(100, func() {
		if changed, refused := m.body(cleanBody); changed != nil || refused {
			t.Fatal("it has a word")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkBody is a message of about 100 characters that has no word.
func BenchmarkBody(b *testing.B) {
	for name, list := range map[string][]string{
		"1 word": {"etaoin"}, "10000 words": manyWords(maxWords, false), "10000 Chinese words": manyWords(maxWords, true),
	} {
		b.Run(name, func(b *testing.B) {
			m := matcherOf(b, list, nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, refused := m.body(cleanBody); refused {
					b.Fatal("it has a word")
				}
			}
		})
	}
}

// BenchmarkBuild is making the matcher anew after a change.
func BenchmarkBuild(b *testing.B) {
	for name, chinese := range map[string]bool{"Latin": false, "Chinese": true} {
		b.Run(name, func(b *testing.B) {
			list := manyWords(maxWords, chinese)
			for b.Loop() {
				matcherOf(b, list, nil)
			}
		})
	}
}
