package wire

import "testing"

func TestAppendWithout(t *testing.T) {
	for object, want := range map[string]string{
		`{}`:      `{`,
		`{"a":1}`: `{`,
		` { "a" : 1 , "b" : 1.50e1 , "\u0061":2, "c":{"a":[1]} } `: `{"b" : 1.50e1,"c":{"a":[1]}`,
		`{"b":"\u00e9\/"}`:   `{"b":"\u00e9\/"`,
		`{"b":{},"a":{}}`:    `{"b":{}`,
		`{"b":{},"b":[]}`:    `{"b":{},"b":[]`,
		`{"a":1,"d":1}`:      `{`,
		`{"a":"}","e":"{"}`:  `{"e":"{"`,
		`{"a":1,"a":1,"e":2`: `{"e":2`,
	} {
		if got := string(AppendWithout(nil, []byte(object), "a", "d")); got != want {
			t.Errorf("%s: %s, want %s", object, got, want)
		}
	}
}
