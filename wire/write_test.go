package wire

import (
	"encoding/json"
	"testing"
)

func TestAppendText(t *testing.T) {
	for _, s := range []string{"", "plain", "a\"b\\c", "\x00\x1f\t\r\n", "空\u2028é", "é\"\n\\", "<&>", "x空\x01y", "\U0001F375"} {
		var back string
		if got := AppendText(nil, s); json.Unmarshal(got, &back) != nil || back != s {
			t.Errorf("%q came back as %q from %s", s, back, got)
		}
	}
	if got := AppendText(nil, "a\xffb"); string(got) != "\"a\uFFFDb\"" {
		t.Errorf("broken UTF-8 gives %s", got)
	}
}

func TestPutMembers(t *testing.T) {
	word := ""
	got := append([]byte{}, '{')
	got = PutTextIf(got, "A", "")
	got = PutText(got, "B", "x")
	got = PutTextAt(got, "C", &word)
	got = PutTextAt[string](got, "D", nil)
	got = PutUint(got, "E", 1<<63)
	got = PutInt(got, "F", -1)
	got = PutBit(got, "G", true)
	got = append(PutBit(got, "H", false), '}')
	if want := `{"B":"x","C":"","E":9223372036854775808,"F":-1,"G":1,"H":0}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestReadValues(t *testing.T) {
	for value, want := range map[string]Kind{`"x"`: Text, ` -1`: Number, "7": Number, "\n[": List, "{": Object, "true": 0, "null": 0, "": 0} {
		if got := KindOf([]byte(value)); got != want {
			t.Errorf("KindOf(%s) = %d, want %d", value, got, want)
		}
	}
	if s, ok := ReadText([]byte(`"a\u0062\n"`)); !ok || s != "ab\n" {
		t.Errorf("ReadText: %q, %v", s, ok)
	}
	if _, ok := ReadText([]byte(`1`)); ok {
		t.Error("a number is read as a text")
	}
	var words string
	add := func(s string) { words += s + " " }
	if !ReadTexts([]byte(`[ "a" , "b" ]`), add) || ReadTexts([]byte(`["c",1,"d"]`), add) || ReadTexts([]byte(`{}`), add) || words != "a b c " {
		t.Errorf("ReadTexts gives %q", words)
	}
	if n, ok := ReadUint([]byte("4294967295"), 32); !ok || n != 4294967295 {
		t.Errorf("ReadUint: %d, %v", n, ok)
	}
	for _, bad := range []string{"4294967296", "-1", "1.0", "1e1", `"1"`} {
		if _, ok := ReadUint([]byte(bad), 32); ok {
			t.Errorf("%s is read as 32 bits", bad)
		}
	}
	if n, ok := ReadInt([]byte("-5")); !ok || n != -5 {
		t.Errorf("ReadInt: %d, %v", n, ok)
	}
}

func TestLast(t *testing.T) {
	list, err := Split([]byte(`{"a":"1","a":"2","b":1,"c":"x","c":null}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := LastText(list, "a"); !ok || s != "2" {
		t.Errorf("a is %q, %v", s, ok)
	}
	if _, ok := LastText(list, "b"); ok {
		t.Error("a number is read as a text")
	}
	if Last(list, "c") != nil || Last(list, "d") != nil {
		t.Error("an absent member has a value")
	}
}
