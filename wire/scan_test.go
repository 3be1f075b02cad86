package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplitRefusals(t *testing.T) {
	for _, body := range []string{
		"", " ", "null", "[]", `"x"`, "1", "{", "}", "{]", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`,
		`{} {}`, `{}x`, `{a:1}`, `{'a':1}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":+1}`, `{"a":1e}`, `{"a":-}`,
		`{"a":nul}`, `{"a":True}`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u12G4"}`, `{"a":"` + "\n" + `"}`, `{"a":"`,
		`{"a":[1,]}`, `{"a":[1 2]}`, `{"a":[}`, "{\"a\":\"\xff\"}", "\ufeff{}",
		`{"a":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`,
		`{"a":` + strings.Repeat(`{"a":`, 600) + "1" + strings.Repeat("}", 600) + `}`,
	} {
		if _, err := Split([]byte(body), nil); err == nil {
			t.Errorf("%.60q is taken for an object", body)
		}
	}
}

func TestSplitKeepsOrderAndBytes(t *testing.T) {
	list, err := Split([]byte(` { "a" : 1 , "A":[ 1, {"b":null} ] , "a":"x\"\\" , "\u0062":-1.5e+3,"d":{ } } `), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, string(m.Name)+"="+string(m.Value))
	}
	want := `a=1|A=[ 1, {"b":null} ]|a="x\"\\"|b=-1.5e+3|d={ }`
	if strings.Join(got, "|") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, "|"), want)
	}
}

// FuzzSplit: whatever Split takes, encoding/json takes as an object with the
// same last values; whatever it refuses as no object is refused there too.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[1,2,{"b":"\u00e9"}],"c":null}`, `{"a":1e5,"a":"x"}`, `[`, `{"":{"":[[]]}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := Split(body, nil)
		var want map[string]json.RawMessage
		theirs := json.Unmarshal(body, &want)
		if theirs == nil && want == nil {
			theirs = json.Unmarshal([]byte("x"), &want) // null is no object
		}
		switch {
		case err == nil && theirs != nil:
			t.Fatalf("%q taken, but: %v", body, theirs)
		case errors.Is(err, ErrSyntax) && theirs == nil && utf8.Valid(body):
			t.Fatalf("%q refused, but it is an object", body)
		case err != nil:
			return
		}
		got := map[string]string{}
		for _, m := range list {
			got[string(m.Name)] = string(m.Value)
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %d members, want %d", body, len(got), len(want))
		}
		for name, v := range want {
			if got[name] != string(bytes.TrimSpace(v)) {
				t.Fatalf("%q: %q is %s, want %s", body, name, got[name], v)
			}
		}
	})
}

// FuzzValid: Valid takes nothing that encoding/json refuses, and what it refuses
// besides is said by Split. The walks over what is valid come to its end with values that are
// valid themselves.
func FuzzValid(f *testing.F) {
	for _, s := range []string{`{"a":[1,2,{"b":"\u00e9"}],"c":null}`, `[]`, ` [ {} , "x" ] `, `1e5`, `[1,]`, `{"a":}`, "[\xff]", "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		switch got, want := Valid(text), json.Valid(text); {
		case got && !want:
			t.Fatalf("%q is taken", text)
		case !got && want:
			if _, err := Split(append(append([]byte(`{"a":`), text...), '}'), nil); err == nil || errors.Is(err, ErrSyntax) {
				t.Fatalf("%q is refused: %v", text, err)
			}
			return
		case !got:
			return
		}
		n := 0
		for item := range Items(text) {
			if n++; !json.Valid(item) {
				t.Fatalf("%q has the item %q", text, item)
			}
		}
		for _, value := range Members(text) {
			if n++; !json.Valid(value) {
				t.Fatalf("%q has the value %q", text, value)
			}
		}
		var list []json.RawMessage
		if json.Unmarshal(text, &list) == nil && len(list) != n {
			t.Fatalf("%q: %d items, want %d", text, n, len(list))
		}
	})
}
