package api

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// A refusal of a value says what would have been read.
func TestWrongValueSaysWhatIsWanted(t *testing.T) {
	type request struct {
		Text  string   `wire:"Text"`
		Many  []string `wire:"Many"`
		Pairs []Pair   `wire:"Pairs"`
		Pair  *Pair    `wire:"Pair"`
		Count *uint32  `wire:"New,Count"`
		Large uint64   `wire:"Large"`
		Flag  int      `wire:"Flag"`
		Convs []Conv   `wire:"Convs"`
		Conv  Conv     `wire:"Conv"`
	}
	for body, want := range map[string]string{
		`{"Text":1}`:                `Text has to be text`,
		`{"Many":"a"}`:              `Many has to be a list of text`,
		`{"Many":["a",1]}`:          `Many has to be a list of text`,
		`{"Pairs":[1]}`:             `Pairs has to be a list of objects`,
		`{"Pairs":[{"Key":1}]}`:     `Key has to be text`,
		`{"Pair":"a"}`:              `Pair has to be an object`,
		`{"Count":-1}`:              `Count has to be a whole number from 0 to 4294967295`,
		`{"New":"7"}`:               `New has to be a whole number from 0 to 4294967295`,
		`{"Large":1.5}`:             `Large has to be a whole number, not below 0`,
		`{"Flag":"1"}`:              `Flag has to be a whole number`,
		`{"Conv":"bob"}`:            `Conv has to be c2c/ or group/ and an id`,
		`{"Convs":["group/a","x"]}`: `Convs has to be a list, each c2c/ or group/ and an id`,
	} {
		err := Decode([]byte(body), new(request), chat.CodeGroupParameter)
		if code, text := chat.Outward(err); code != chat.CodeGroupParameter || text != want {
			t.Errorf("%s: %d %s, want %q", body, code, text, want)
		}
	}
}
