package chat

import (
	"encoding/json"
	"strings"
	"testing"
)

// merged is a body of one merged message with the given entries.
func merged(entries string) string {
	return `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgList":[` + entries + `]}}]`
}

func TestCheckMergedMessage(t *testing.T) {
	const text = `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`
	const entry = `{"From_Account":"ann","GroupId":"g","MsgSeq":1,"MsgRandom":2,"MsgTimeStamp":3,"MsgBody":` + text + `,"CloudCustomData":"c"}`
	nested := entry
	for range 10 {
		nested = `{"MsgBody":` + merged(nested) + `}`
	}
	for name, c := range map[string]struct {
		body string
		want Code
	}{
		"one of a group and one of a user":  {merged(entry + `,{"To_Account":"bob","MsgBody":` + text + `}`), 0},
		"unknown members of an entry":       {merged(`{"MsgBody":` + text + `,"Nick":[1]}`), 0},
		"a merged one in a merged one":      {merged(nested), 0},
		"300 messages":                      {merged(strings.Repeat(entry+",", 299) + entry), 0},
		"a key in place of the list":        {`[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgNum":400,"JsonMsgKey":"k","AbstractList":["a: hi"],"CompatibleText":"old"}}]`, 0},
		"301 messages":                      {merged(strings.Repeat(entry+",", 300) + entry), CodeBadElement},
		"a line of the digest that is none": {`[{"MsgType":"TIMRelayElem","MsgContent":{"AbstractList":["a",1]}}]`, CodeBadElement},
		"a list that is an object":          {`[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":{}}}]`, CodeBadElement},
		"a number of messages as text":      {`[{"MsgType":"TIMRelayElem","MsgContent":{"MsgNum":"1"}}]`, CodeBadElement},
		"an entry that is a text":           {merged(`"x"`), CodeBadElement},
		"an entry without MsgBody":          {merged(`{"From_Account":"ann"}`), CodeBadElement},
		"an entry whose body is a text":     {merged(`{"MsgBody":"x"}`), CodeBadElement},
		"a sender that is a number":         {merged(`{"From_Account":1,"MsgBody":` + text + `}`), CodeBadElement},
		"a number that is a text":           {merged(`{"MsgSeq":"1","MsgBody":` + text + `}`), CodeBadElement},
		"an entry that says nothing":        {merged(`{"MsgBody":[]}`), CodeBadBody},
		"a tip in it":                       {merged(`{"MsgBody":[{"MsgType":"TIMGroupTipElem","MsgContent":{}}]}`), CodeBadBody},
		"a wrong element deep in it":        {merged(strings.Replace(nested, `"hi"`, `1`, 1)), CodeBadElement},
	} {
		if got := CodeOf(CheckBody(json.RawMessage(c.body))); got != c.want {
			t.Errorf("%s: got code %d, want %d", name, got, c.want)
		}
	}
}

func TestCheckQuote(t *testing.T) {
	for quote, want := range map[string]Code{
		`{"MsgId":"ann-1","MsgSeq":3,"MsgTime":1700000000}`: 0,
		`{"MsgSeq":3}`:                   0,
		` {"MsgId":"a","By":{"x":[1]}} `: 0,
		`{}`:                             CodeBadBody,
		`{"By":"ann"}`:                   CodeBadBody,
		`[]`:                             CodeBadBody,
		`{"MsgId":`:                      CodeBadBody,
		`{"MsgId":1}`:                    CodeBadBody,
		`{"MsgId":"a","MsgSeq":"3"}`:     CodeBadBody,
		`{"MsgId":"a","MsgTime":null}`:   CodeBadBody,
		`{"MsgId":"` + strings.Repeat("x", 1100) + `"}`:      CodeBadBody,
		`{"MsgId":"a","x":` + strings.Repeat(`[`, 100) + `}`: CodeBadBody,
	} {
		if got := CodeOf(CheckQuote(json.RawMessage(quote))); got != want {
			t.Errorf("%.60s: got code %d, want %d", quote, got, want)
		}
	}
}
