package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
)

// FuzzContent: Content counts what encoding/json reads.
func FuzzContent(f *testing.F) {
	for _, s := range []string{
		`[{"a":"\u6c49\ud83d\ude00\"\\","b\u0041":[1.50e+3,true,null,""]}]`, `"\ud83d"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, ` 1 `, `"汉\n"`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := Content(text) // whatever it is
		if !json.Valid(text) || !bytes.Equal(bytes.ToValidUTF8(text, nil), text) {
			return
		}
		want := 0
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch v := token.(type) {
			case string:
				want += len(v)
			case json.Number:
				want += len(v)
			case bool:
				want += map[bool]int{true: 4, false: 5}[v]
			case nil:
				want += 4
			}
		}
		if got != want {
			t.Errorf("%q says %d bytes, want %d", text, got, want)
		}
	})
}
