package api

import (
	"encoding/json"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

type sample struct {
	Text   string      `wire:"!New,Old" code:"70402"`
	Count  *uint32     `wire:"Count" code:"90005"`
	Flag   int         `wire:"Flag"`
	List   []string    `wire:"List"`
	Inner  []Pair      `wire:"Inner"`
	When   LooseNumber `wire:"When"`
	Ignore string
}

func TestDecode(t *testing.T) {
	const other = chat.CodeGroupParameter
	n := uint32(7)
	for _, c := range []struct {
		what, body string
		want       sample
		code       chat.Code
	}{
		{"an older name serves", `{"Old":"x"}`, sample{Text: "x"}, 0},
		{"the newer name wins, first or last", `{"New":"n","Old":"o"}`, sample{Text: "n"}, 0},
		{"the newer name wins when it comes last", `{"Old":"o","New":"n"}`, sample{Text: "n"}, 0},
		{"the last of a repeated member wins", `{"New":"a","New":"b"}`, sample{Text: "b"}, 0},
		{"null counts as absent", `{"New":"a","Count":null}`, sample{Text: "a"}, 0},
		{"null takes back", `{"New":"a","Count":7,"Count":null}`, sample{Text: "a"}, 0},
		{"case matters", `{"new":"a"}`, sample{}, 70402},
		{"an empty one is missing", `{"New":""}`, sample{}, 70402},
		{"unknown members pass", `{"New":"a","X":{"y":[1]}}`, sample{Text: "a"}, 0},
		{"a field outside the wire is out of reach", `{"New":"a","Ignore":"x"}`, sample{Text: "a"}, 0},
		{"numbers", `{"New":"a","Count":7,"Flag":-1}`, sample{Text: "a", Count: &n, Flag: -1}, 0},
		{"a number in quotes is none", `{"New":"a","Count":"7"}`, sample{}, 90005},
		{"a negative number", `{"New":"a","Count":-1}`, sample{}, 90005},
		{"a number beyond 32 bits", `{"New":"a","Count":4294967296}`, sample{}, 90005},
		{"a broken number", `{"New":"a","Count":1.5}`, sample{}, 90005},
		{"a number with an exponent", `{"New":"a","Count":1e3}`, sample{}, 90005},
		{"a number for text", `{"New":1}`, sample{}, 70402},
		{"lists", `{"New":"a","List":["x","y"]}`, sample{Text: "a", List: []string{"x", "y"}}, 0},
		{"an empty list is not an absent one", `{"New":"a","List":[]}`, sample{Text: "a", List: []string{}}, 0},
		{"a list of other things", `{"New":"a","List":["x",1]}`, sample{}, other},
		{"no list", `{"New":"a","List":"x"}`, sample{}, other},
		{"objects", `{"New":"a","Inner":[{"Key":"k","Value":"v"}]}`, sample{Text: "a", Inner: []Pair{{"k", "v"}}}, 0},
		{"an object without what it needs", `{"New":"a","Inner":[{"Value":"v"}]}`, sample{}, other},
		{"no object", `{"New":"a","Inner":[1]}`, sample{}, other},
		{"a loose number", `{"New":"a","When":12}`, sample{Text: "a", When: 12}, 0},
		{"a loose number in quotes", `{"New":"a","When":"12"}`, sample{Text: "a", When: 12}, 0},
		{"a loose number that is none", `{"New":"a","When":"x"}`, sample{}, other},
	} {
		var got sample
		err := Decode([]byte(c.body), &got, other)
		if chat.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want code %d", c.what, err, c.code)
			continue
		}
		if err == nil && asJSON(got) != asJSON(c.want) {
			t.Errorf("%s: got %s, want %s", c.what, asJSON(got), asJSON(c.want))
		}
	}
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
