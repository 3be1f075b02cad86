package chat

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckPush(t *testing.T) {
	for info, want := range map[string]Code{
		`{}`: 0,
		` {"PushFlag":1,"Title":"t","Desc":"d","Ext":"{}","Odd":[1]} `:                                0,
		`{"AndroidInfo":{"Sound":"s","VIVOClassification":1,"NewVendor":7},"ApnsInfo":{"Image":"i"}}`: 0,
		`{"Title":null,"AndroidInfo":null,"ApnsInfo":{"BadgeMode":null}}`:                             0,
		`{"Title":1}`:                     CodeBadPushInfo,
		`{"PushFlag":"1"}`:                CodeBadPushInfo,
		`{"PushFlag":true}`:               CodeBadPushInfo,
		`{"AndroidInfo":"x"}`:             CodeBadPushInfo,
		`{"AndroidInfo":{"Sound":1}}`:     CodeBadPushInfo,
		`{"ApnsInfo":[]}`:                 CodeBadPushInfo,
		`{"ApnsInfo":{"BadgeMode":"1"}}`:  CodeBadPushInfo,
		`{"Title":"a","Title":1}`:         CodeBadPushInfo,
		`{"Title":`:                       CodeBadPushInfo,
		`[]`:                              CodeBadPushInfo,
		`"x"`:                             CodeBadPushInfo,
		`{"x":` + strings.Repeat(`[`, 99): CodeBadPushInfo,
		`{"Ext":"` + strings.Repeat("x", maxPushBytes) + `"}`: CodeBadPushInfo,
	} {
		if got := CodeOf(CheckPush(json.RawMessage(info))); got != want {
			t.Errorf("%.60s: got code %d, want %d", info, got, want)
		}
	}
}

func FuzzCheckPush(f *testing.F) {
	f.Add([]byte(`{"Title":"t","AndroidInfo":{"Sound":"s"},"ApnsInfo":{"BadgeMode":1}}`))
	f.Add([]byte(`{"ApnsInfo":null,"\u0054itle":1}`))
	f.Fuzz(func(t *testing.T, info []byte) {
		var read struct {
			Title    any
			ApnsInfo any
		}
		if CheckPush(info) != nil {
			return
		}
		if json.Unmarshal(info, &read) != nil {
			t.Fatalf("%s is taken", info)
		}
	})
}
