package chat

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/wire"
)

// content is an element of a form with a member of the right kind for each of its rows,
// but for those that are left out, or have another value.
func contentOf(f elementForm, without []string, other map[string]string) string {
	value := map[wire.Kind]string{wire.Text: `"t"`, wire.Number: `1`, wire.List: `[]`}
	var list []string
	for _, m := range f.fields {
		v := value[m.kind]
		if o, ok := other[m.name]; ok {
			v = o
		}
		if !slices.Contains(without, m.name) {
			list = append(list, fmt.Sprintf("%q:%s", m.name, v))
		}
	}
	return fmt.Sprintf(`[{"MsgType":%q,"MsgContent":{%s}}]`, f.kind, strings.Join(list, ","))
}

// required are the members that spec/05 demands of each element.
var required = map[string][]string{
	"TIMTextElem":      {"Text"},
	"TIMLocationElem":  {},
	"TIMFaceElem":      {},
	"TIMCustomElem":    {},
	"TIMSoundElem":     {"Url", "UUID", "Download_Flag"},
	"TIMImageElem":     {"UUID"},
	"TIMFileElem":      {"Url", "UUID", "Download_Flag"},
	"TIMVideoFileElem": {"VideoUrl", "VideoUUID", "VideoDownloadFlag", "ThumbUrl", "ThumbUUID", "ThumbWidth", "ThumbHeight", "ThumbDownloadFlag"},
	"TIMRelayElem":     {},
}

// Each of the nine elements may lack each member that is not required, and none may have
// a member of another type.
func TestMembersOfEveryElement(t *testing.T) {
	if len(elements) != len(required) {
		t.Errorf("%d elements, want %d", len(elements), len(required))
	}
	check := func(body, what string, want Code) {
		t.Helper()
		if got := CodeOf(CheckBody(json.RawMessage(body))); got != want {
			t.Errorf("%s: got code %d, want %d", what, got, want)
		}
	}
	for _, f := range elements {
		check(contentOf(f, nil, nil), f.kind, 0)
		for _, m := range f.fields {
			what, want := f.kind+"."+m.name, Code(0)
			if slices.Contains(required[f.kind], m.name) {
				want = CodeBadElement
			}
			check(contentOf(f, []string{m.name}, nil), "without "+what, want)
			for _, v := range []string{`"t"`, `1`, `[]`, `{}`, `true`, `null`} {
				if wire.KindOf([]byte(v)) != m.kind {
					check(contentOf(f, nil, map[string]string{m.name: v}), what+" "+v, CodeBadElement)
				}
			}
		}
	}
}

// Old clients send media without addresses and download flags; with one of them, all are
// needed.
func TestOldMediaAreTaken(t *testing.T) {
	for kind, now := range map[string][]string{
		"TIMSoundElem":     {"Url", "Download_Flag"},
		"TIMFileElem":      {"Url", "Download_Flag"},
		"TIMVideoFileElem": {"VideoUrl", "VideoDownloadFlag", "ThumbUrl", "ThumbDownloadFlag"},
	} {
		f := *formOf([]byte(kind))
		old := contentOf(f, now, nil)
		if err := CheckBody(json.RawMessage(old)); err != nil {
			t.Errorf("%s: %v", old, err)
		}
		for _, one := range now {
			rest := slices.DeleteFunc(slices.Clone(now), func(m string) bool { return m == one })
			if body := contentOf(f, rest, nil); CodeOf(CheckBody(json.RawMessage(body))) != CodeBadElement {
				t.Errorf("%s is taken", body)
			}
		}
		id := required[kind][slices.IndexFunc(required[kind], func(m string) bool { return strings.HasSuffix(m, "UUID") })]
		if body := contentOf(f, append(now, id), nil); CodeOf(CheckBody(json.RawMessage(body))) != CodeBadElement {
			t.Errorf("%s is taken", body)
		}
	}
}
