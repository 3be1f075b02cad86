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
	AppMessage("ann", chat.ToUser("bob")), AppMessage("空/+#", chat.ToUser("ann")), AppMessage("bob", chat.ToGroup("@TGS#2")),
	AppEvent(chat.AfterC2C), AppEvent(chat.StateChange), System("version"), System("clients/connected"), System("bytes/sent"),
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
		appC2C  = "app/msg/c2c/ann/bob app/msg/c2c/%E7%A9%BA%2F%2B%23/ann"
		appMsg  = appC2C + " app/msg/group/%40TGS%232/bob"
		appEv   = "app/event/C2C.CallbackAfterSendMsg app/event/State.StateChange"
		system  = "$SYS/broker/version $SYS/broker/clients/connected $SYS/broker/bytes/sent"
		json    = inUser + " " + inGroup + " im/ack im/err " + res + " " + event + " " + typing + " " + pres
	)
	for filter, want := range map[string]string{
		"#":                           json,
		"+/#":                         json,
		"im/#":                        json,
		"im/in/#":                     inUser + " " + inGroup,
		"+/in/#":                      inUser + " " + inGroup,
		"im/in/+/#":                   inUser + " " + inGroup,
		"im/in/+/+":                   inUser + " " + inGroup,
		"im/in/c2c/#":                 inUser,
		"im/in/c2c/+":                 inUser,
		"im/in/c2c/+/#":               inUser,
		"im/in/group/+":               inGroup,
		"im/in/c2c/bob":               "im/in/c2c/bob",
		"im/in/c2c/%62o%62":           "im/in/c2c/bob",
		"im/in/c2c/bob/#":             "im/in/c2c/bob",
		"im/in/group/@TGS%232":        "im/in/group/%40TGS%232",
		"im/in/c2c/空%2f%2b%23":        "im/in/c2c/%E7%A9%BA%2F%2B%23",
		"im/in/+/bob":                 "im/in/c2c/bob im/in/group/bob",
		"im/in/group/nobody":          "",
		"im/+":                        "im/ack im/err",
		"+/+":                         "im/ack im/err",
		"im/ack":                      "im/ack",
		"im/err":                      "im/err",
		"im/err/#":                    "im/err",
		"im/res/#":                    res,
		"im/res/+":                    "im/res/7 im/res/bob",
		"im/res/7":                    "im/res/7",
		"im/res/a/+":                  "im/res/a/b",
		"im/res/a/#":                  "im/res/a/b",
		"im/res/a/b/#":                "im/res/a/b",
		"im/res/+/b":                  "im/res/a/b",
		"im/res/in/#":                 "im/res/in/c2c/bob",
		"im/event/#":                  event + " " + typing + " " + pres,
		"im/event/+":                  event,
		"im/event/+/#":                event + " " + typing + " " + pres,
		"im/event/recall":             "im/event/recall",
		"im/event/typing/#":           typing,
		"im/event/typing/+":           typing,
		"im/event/typing/bob":         "im/event/typing/bob",
		"im/event/+/bob":              "im/event/typing/bob im/event/presence/bob",
		"im/+/+/bob":                  "im/in/c2c/bob im/in/group/bob im/event/typing/bob im/event/presence/bob",
		"im/+/#":                      json,
		"im/text/#":                   text,
		"+/text/#":                    text,
		"im/text/c2c/#":               "im/text/c2c/bob/ann",
		"im/text/group/+/+":           "im/text/group/%40TGS%232/bob im/text/group/bob/%E7%A9%BA%2F%2B%23",
		"im/text/+/bob/+":             "im/text/c2c/bob/ann im/text/group/bob/%E7%A9%BA%2F%2B%23",
		"im/text/+/bob/#":             "im/text/c2c/bob/ann im/text/group/bob/%E7%A9%BA%2F%2B%23",
		"im/text/group/+/bob":         "im/text/group/%40TGS%232/bob",
		"im/text/group/%62ob/空/#":     "",
		"im/text/group/%62ob/空%2F+":   "!",
		"app/#":                       appMsg + " " + appEv,
		"app/+/#":                     appMsg + " " + appEv,
		"app/msg/#":                   appMsg,
		"app/msg/c2c/#":               appC2C,
		"app/msg/c2c/+/ann":           "app/msg/c2c/%E7%A9%BA%2F%2B%23/ann",
		"app/msg/c2c/ann/+":           "app/msg/c2c/ann/bob",
		"app/msg/c2c/空%2F%2b%23/#":    "app/msg/c2c/%E7%A9%BA%2F%2B%23/ann",
		"app/msg/+/+/bob":             "app/msg/c2c/ann/bob app/msg/group/%40TGS%232/bob",
		"app/msg/group/+/#":           "app/msg/group/%40TGS%232/bob",
		"app/msg/group/%40TGS%232":    "!",
		"app/event/#":                 appEv,
		"app/event/+":                 appEv,
		"app/event/State.StateChange": "app/event/State.StateChange",
		"$SYS/#":                      system,
		"$SYS/broker/#":               system,
		"$SYS/+/#":                    system,
		"$SYS/broker/+":               "$SYS/broker/version",
		"$SYS/broker/+/+":             "$SYS/broker/clients/connected $SYS/broker/bytes/sent",
		"$SYS/broker/bytes/#":         "$SYS/broker/bytes/sent",
		"$SYS/broker/version":         "$SYS/broker/version",
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
		"":                                    FilterMalformed,
		"im/in/#/x":                           FilterMalformed,
		"im/in#":                              FilterMalformed,
		"im/+in/x":                            FilterMalformed,
		"im/in+/x":                            FilterMalformed,
		"im/##":                               FilterMalformed,
		"im/\x00":                             FilterMalformed,
		"im/\xff":                             FilterMalformed,
		"im/in/c2c/%zz":                       FilterMalformed,
		"im/in/c2c/%FF":                       FilterMalformed,
		"im/text/c2c/bob/%4":                  FilterMalformed,
		"im/" + long(1022):                    FilterMalformed,
		"$share/workers/im/#":                 FilterShared,
		"$share/workers/app/msg/#":            FilterShared,
		"$share/workers/#":                    FilterShared,
		"$share/workers/$SYS/#":               FilterShared,
		"$share/workers":                      FilterMalformed,
		"$share//app/#":                       FilterMalformed,
		"$share/+/app/#":                      FilterMalformed,
		"$share":                              FilterForeign,
		"$SYS":                                FilterForeign,
		"$SYS/broker/load/#":                  FilterUnserved,
		"$SYS/broker":                         FilterForeign,
		"app":                                 FilterForeign,
		"app/":                                FilterForeign,
		"app/msg":                             FilterForeign,
		"app/event/C2C.CallbackBeforeSendMsg": FilterUnserved,
		"app/event/none":                      FilterUnserved,
		"+/msg/#":                             FilterForeign,
		"+/broker/#":                          FilterForeign,
		"+":                                   FilterForeign,
		"/#":                                  FilterForeign,
		"im":                                  FilterForeign,
		"im/":                                 FilterForeign,
		"im/in":                               FilterForeign,
		"im/in/c2c":                           FilterForeign,
		"im/in/c2c/":                          FilterForeign,
		"im/in/c2c/bob/x":                     FilterForeign,
		"im/in/c2c/bob/+":                     FilterForeign,
		"im/in/room/#":                        FilterForeign,
		"im/send/#":                           FilterForeign,
		"im/res/":                             FilterForeign,
		"im/text/group/alarm":                 FilterForeign,
		"im/event/":                           FilterForeign,
		"im/event/presence/bob/why":           FilterForeign,
		"im/event/nothing":                    FilterUnserved,
		"im/event/none/#":                     FilterUnserved,
		"home/#":                              FilterForeign,
		"1400000001/bob/im/#":                 FilterForeign,
		"$queue/im/#":                         FilterForeign,
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

// Every kind of event and every after-webhook that the core has can be asked for by
// name.
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
		of, ok := spec.Type.(*ast.Ident)
		if !ok {
			return true
		}
		below, known := map[string]string{"ConvEventKind": "im/event/", "UserEventKind": "im/event/", "EventKind": "app/event/"}[of.Name]
		for _, v := range spec.Values {
			if lit, ok := v.(*ast.BasicLit); ok && known && !strings.Contains(lit.Value, "Before") && !strings.Contains(lit.Value, "Prev") {
				kind, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				must(t, below+kind)
				found++
			}
		}
		return true
	})
	if found < 13 {
		t.Errorf("found %d kinds in chat/event.go", found)
	}
}

// oracle is MQTT's matching [MQTT-4.7] level by level, with ids compared as
// decoded: slow and plainly right.
func oracle(filter string, o Outbound) bool {
	want, have := strings.Split(filter, "/"), strings.Split(o.String(), "/")
	if have[1] == "text" && (len(want) < 2 || want[1] != "text") || have[0] != "im" && want[0] != have[0] {
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
		if i >= 3 && have[1] != "res" && have[0] != "$SYS" {
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
		"im/event/typing/%62ob", "$share/a/im/#", "$share/a/app/#", "app/msg/+/+/bob", "$SYS/+/bytes/#", "im/in/c2c/%zz", "im/event/+/#", "im/res//#",
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
		if parsed.Shared() {
			filter = "app/#"
		}
		set := new(Set).With(Subscription{Filter: parsed, QoS: 1, ID: 9})
		for _, o := range list {
			want := oracle(filter, o)
			if got := parsed.Matches(o); got != want {
				t.Fatalf("%q matches %q: %v, want %v", filter, o, got, want)
			}
			want = want && !parsed.Shared() // it is no one's own
			if qos, ok := set.QoS(o); ok != want || ok && qos != 1 {
				t.Fatalf("a set of %q grants %q: %d, %v, want %v", filter, o, qos, ok, want)
			}
		}
	})
}
