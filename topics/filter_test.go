package topics

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func must(t testing.TB, filter string) Filter {
	t.Helper()
	f, err := ParseFilter(filter)
	if err != nil {
		t.Fatalf("ParseFilter(%q): %v", filter, err)
	}
	return f
}

// samples has a few topics of every row.
var samples = []Outbound{
	In(chat.ToUser("bob")), In(chat.ToUser("空/+#")), In(chat.ToGroup("bob")), In(chat.ToGroup("@TGS#2")),
	Text(chat.ToUser("bob"), "ann"), Text(chat.ToGroup("@TGS#2"), "bob"), Text(chat.ToGroup("bob"), "空/+#"),
	Ack, Err, Res("7"), Res("bob"), Res("a/b"), Res("in/c2c/bob"),
	Event(chat.EventRecall), Event(chat.UserGroup), Event("kick"),
	Typing("bob"), Typing("@TGS#2"), Presence("bob"), Presence("ann"),
}

func TestFilterMatches(t *testing.T) {
	const (
		inUser  = "im/in/c2c/bob im/in/c2c/%E7%A9%BA%2F%2B%23"
		inGroup = "im/in/group/bob im/in/group/%40TGS%232"
		text    = "im/text/c2c/bob/ann im/text/group/%40TGS%232/bob im/text/group/bob/%E7%A9%BA%2F%2B%23"
		res     = "im/res/7 im/res/bob im/res/a/b im/res/in/c2c/bob"
		event   = "im/event/recall im/event/group im/event/kick"
		typing  = "im/event/typing/bob im/event/typing/%40TGS%232"
		pres    = "im/event/presence/bob im/event/presence/ann"
		json    = inUser + " " + inGroup + " im/ack im/err " + res + " " + event + " " + typing + " " + pres
	)
	for filter, want := range map[string]string{
		"#":                         json,
		"+/#":                       json,
		"im/#":                      json,
		"im/in/#":                   inUser + " " + inGroup,
		"+/in/#":                    inUser + " " + inGroup,
		"im/in/+/#":                 inUser + " " + inGroup,
		"im/in/+/+":                 inUser + " " + inGroup,
		"im/in/c2c/#":               inUser,
		"im/in/c2c/+":               inUser,
		"im/in/c2c/+/#":             inUser,
		"im/in/group/+":             inGroup,
		"im/in/c2c/bob":             "im/in/c2c/bob",
		"im/in/c2c/%62o%62":         "im/in/c2c/bob",
		"im/in/c2c/bob/#":           "im/in/c2c/bob",
		"im/in/group/@TGS%232":      "im/in/group/%40TGS%232",
		"im/in/c2c/空%2f%2b%23":      "im/in/c2c/%E7%A9%BA%2F%2B%23",
		"im/in/+/bob":               "im/in/c2c/bob im/in/group/bob",
		"im/in/group/nobody":        "",
		"im/+":                      "im/ack im/err",
		"+/+":                       "im/ack im/err",
		"im/ack":                    "im/ack",
		"im/err":                    "im/err",
		"im/err/#":                  "im/err",
		"im/res/#":                  res,
		"im/res/+":                  "im/res/7 im/res/bob",
		"im/res/7":                  "im/res/7",
		"im/res/a/+":                "im/res/a/b",
		"im/res/a/#":                "im/res/a/b",
		"im/res/a/b/#":              "im/res/a/b",
		"im/res/+/b":                "im/res/a/b",
		"im/res/in/#":               "im/res/in/c2c/bob",
		"im/event/#":                event + " " + typing + " " + pres,
		"im/event/+":                event,
		"im/event/+/#":              event + " " + typing + " " + pres,
		"im/event/recall":           "im/event/recall",
		"im/event/typing/#":         typing,
		"im/event/typing/+":         typing,
		"im/event/typing/bob":       "im/event/typing/bob",
		"im/event/+/bob":            "im/event/typing/bob im/event/presence/bob",
		"im/+/+/bob":                "im/in/c2c/bob im/in/group/bob im/event/typing/bob im/event/presence/bob",
		"im/+/#":                    json,
		"im/text/#":                 text,
		"+/text/#":                  text,
		"im/text/c2c/#":             "im/text/c2c/bob/ann",
		"im/text/group/+/+":         "im/text/group/%40TGS%232/bob im/text/group/bob/%E7%A9%BA%2F%2B%23",
		"im/text/+/bob/+":           "im/text/c2c/bob/ann im/text/group/bob/%E7%A9%BA%2F%2B%23",
		"im/text/+/bob/#":           "im/text/c2c/bob/ann im/text/group/bob/%E7%A9%BA%2F%2B%23",
		"im/text/group/+/bob":       "im/text/group/%40TGS%232/bob",
		"im/text/group/%62ob/空/#":   "",
		"im/text/group/%62ob/空%2F+": "!",
	} {
		if want == "!" {
			if _, err := ParseFilter(filter); err == nil {
				t.Errorf("%q is granted", filter)
			}
			continue
		}
		f := must(t, filter)
		var got []string
		for _, o := range samples {
			if f.Matches(o) {
				got = append(got, o.String())
			}
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s asks for\n%s\nwant\n%s", filter, got, want)
		}
	}
}

func TestParseFilterRefuses(t *testing.T) {
	for filter, want := range map[string]FilterError{
		"":                          FilterMalformed,
		"im/in/#/x":                 FilterMalformed,
		"im/in#":                    FilterMalformed,
		"im/+in/x":                  FilterMalformed,
		"im/in+/x":                  FilterMalformed,
		"im/##":                     FilterMalformed,
		"im/\x00":                   FilterMalformed,
		"im/\xff":                   FilterMalformed,
		"im/in/c2c/%zz":             FilterMalformed,
		"im/in/c2c/%FF":             FilterMalformed,
		"im/text/c2c/bob/%4":        FilterMalformed,
		"im/" + long(1022):          FilterMalformed,
		"$share/workers/app/#":      FilterShared,
		"$share/workers/im/#":       FilterShared,
		"$SYS/#":                    FilterSystem,
		"$SYS":                      FilterSystem,
		"app/#":                     FilterApp,
		"app/msg/group/+/+":         FilterApp,
		"+":                         FilterForeign,
		"/#":                        FilterForeign,
		"im":                        FilterForeign,
		"im/":                       FilterForeign,
		"im/in":                     FilterForeign,
		"im/in/c2c":                 FilterForeign,
		"im/in/c2c/":                FilterForeign,
		"im/in/c2c/bob/x":           FilterForeign,
		"im/in/c2c/bob/+":           FilterForeign,
		"im/in/room/#":              FilterForeign,
		"im/send/#":                 FilterForeign,
		"im/res/":                   FilterForeign,
		"im/text/group/alarm":       FilterForeign,
		"im/event/":                 FilterForeign,
		"im/event/presence/bob/why": FilterForeign,
		"im/event/presence/bob":     FilterUnserved,
		"im/event/presence/+":       FilterUnserved,
		"im/event/presence/#":       FilterUnserved,
		"im/event/presence":         FilterUnserved,
		"im/event/friend":           FilterUnserved,
		"im/event/none/#":           FilterUnserved,
		"home/#":                    FilterForeign,
		"1400000001/bob/im/#":       FilterForeign,
		"$queue/im/#":               FilterForeign,
	} {
		f, err := ParseFilter(filter)
		var got FilterError
		if !errors.As(err, &got) || got != want {
			t.Errorf("ParseFilter(%.40q): %v, want %v", filter, err, want)
		}
		if f.Matches(Ack) || f.Matches(In(chat.ToUser("bob"))) {
			t.Errorf("%q is refused and matches", filter)
		}
		if want.Error() == "" {
			t.Errorf("%d says nothing", want)
		}
	}
}

// Every kind of event that the core has can be asked for by name.
func TestKindsOfEventsAreThoseOfTheCore(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../chat/event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != "ConvEventKind" && of.Name != "UserEventKind" {
			return true
		}
		for _, v := range spec.Values {
			kind, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			must(t, "im/event/"+kind)
			found++
		}
		return true
	})
	if found < 4 {
		t.Errorf("found %d kinds in chat/event.go", found)
	}
}

// oracle is MQTT's matching [MQTT-4.7] level by level, with ids compared as
// decoded: slow and plainly right.
func oracle(filter string, o Outbound) bool {
	want, have := strings.Split(filter, "/"), strings.Split(o.String(), "/")
	if have[1] == "text" && (len(want) < 2 || want[1] != "text") {
		return false
	}
	for i, level := range want {
		if level == "#" {
			return true
		}
		if i == len(have) {
			return false
		}
		same := level == have[i]
		if i >= 3 && have[1] != "res" {
			a, okA := DecodeID(level)
			b, okB := DecodeID(have[i])
			same = okA && okB && a == b
		}
		if level != "+" && !same {
			return false
		}
	}
	return len(want) == len(have)
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		"#", "im/#", "im/in/c2c/bob", "im/+/+/bob", "im/res/a/+", "im/text/+/bob/#",
		"im/event/typing/%62ob", "$share/a/im/#", "im/in/c2c/%zz", "im/event/+/#", "im/res//#",
	} {
		f.Add(s, "bob", "7/8")
	}
	f.Fuzz(func(t *testing.T, filter, id, rid string) {
		parsed, err := ParseFilter(filter)
		if err != nil {
			var e FilterError
			if !errors.As(err, &e) || parsed != (Filter{}) {
				t.Fatalf("ParseFilter(%q) = %+v, %v", filter, parsed, err)
			}
			return
		}
		if again := must(t, parsed.String()); again != parsed {
			t.Fatalf("%q compiles to %+v, then to %+v", filter, parsed, again)
		}
		list := samples
		if _, ok := DecodeID(EncodeID(id)); ok {
			u := chat.UserID(id)
			list = append(list[:len(list):len(list)], In(chat.ToUser(u)), In(chat.ToGroup(chat.GroupID(id))),
				Text(chat.ToUser("bob"), u), Text(chat.ToUser(u), "bob"), Typing(u), Presence(u))
		}
		if _, ok := ParseResponse("im/res/" + rid); ok {
			list = append(list[:len(list):len(list)], Res(rid))
		}
		set := new(Set).With(Subscription{Filter: parsed, QoS: 1, ID: 9})
		for _, o := range list {
			want := oracle(filter, o)
			if got := parsed.Matches(o); got != want {
				t.Fatalf("%q matches %q: %v, want %v", filter, o, got, want)
			}
			if qos, ok := set.QoS(o); ok != want || ok && qos != 1 {
				t.Fatalf("a set of %q grants %q: %d, %v, want %v", filter, o, qos, ok, want)
			}
		}
	})
}
