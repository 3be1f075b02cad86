package topics

import (
	"errors"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestParsePublish(t *testing.T) {
	bob, lobby := chat.ToUser("bob"), chat.ToGroup("lobby")
	for topic, want := range map[string]Publish{
		"im/text/c2c/bob":               {Verb: SendText, Target: bob},
		"im/text/group/lobby":           {Verb: SendText, Target: lobby},
		"im/send/c2c/bob":               {Verb: SendMessage, Target: bob},
		"im/send/group/%40TGS%232J4S":   {Verb: SendMessage, Target: chat.ToGroup("@TGS#2J4S")},
		"im/send/c2c/%e7%A9%ba":         {Verb: SendMessage, Target: chat.ToUser("空")},
		"im/send/c2c/a%2Fb%2Bc":         {Verb: SendMessage, Target: chat.ToUser("a/b+c")},
		"im/send/c2c/$x":                {Verb: SendMessage, Target: chat.ToUser("$x")},
		"im/read/c2c/bob":               {Verb: MarkRead, Target: bob},
		"im/recall/group/lobby":         {Verb: Recall, Target: lobby},
		"im/typing/c2c/bob":             {Verb: SetTyping, Target: bob},
		"im/status":                     {Verb: SetStatus},
		"im/req/group.create":           {Verb: Request, Method: "group.create"},
		"im/req/group.create/7":         {Verb: Request, Method: "group.create", RID: "7"},
		"im/req/msg.history/%zz is raw": {Verb: Request, Method: "msg.history", RID: "%zz is raw"},
	} {
		got, err := ParsePublish(topic)
		if err != nil || got != want {
			t.Errorf("ParsePublish(%q) = %+v, %v, want %+v", topic, got, err, want)
		}
	}
}

func TestParsePublishRefuses(t *testing.T) {
	for topic, want := range map[string]chat.Code{
		"hello":                 chat.CodeUnknownCommand,
		"IM/send/c2c/bob":       chat.CodeUnknownCommand,
		"/im/send/c2c/bob":      chat.CodeUnknownCommand,
		"im":                    chat.CodeUnknownCommand,
		"im/":                   chat.CodeUnknownCommand,
		"im/send":               chat.CodeUnknownCommand,
		"im/send/":              chat.CodeUnknownCommand,
		"im/send/c2c":           chat.CodeUnknownCommand,
		"im/send/room/x":        chat.CodeUnknownCommand,
		"im/send/c2c/bob/x":     chat.CodeUnknownCommand,
		"im/send/c2c/bob/":      chat.CodeUnknownCommand,
		"im/in/c2c/bob":         chat.CodeUnknownCommand,
		"im/typing/group/lobby": chat.CodeUnknownCommand,
		"im/status/busy":        chat.CodeUnknownCommand,
		"im/status/":            chat.CodeUnknownCommand,
		"im/req":                chat.CodeUnknownCommand,
		"im/req/a/b/c":          chat.CodeUnknownCommand,
		"$SYS/broker":           chat.CodeUnknownCommand,
		"app/msg/c2c/a/b":       chat.CodeUnknownCommand,

		"":                          chat.CodeBadPath,
		"im/send/c2c/":              chat.CodeBadPath,
		"im/send/c2c/%":             chat.CodeBadPath,
		"im/send/c2c/%4":            chat.CodeBadPath,
		"im/send/c2c/%zz":           chat.CodeBadPath,
		"im/send/c2c/%FF":           chat.CodeBadPath,
		"im/send/c2c/\xff":          chat.CodeBadPath,
		"im/send/c2c/+":             chat.CodeBadPath,
		"im/send/group/a#b":         chat.CodeBadPath,
		"im/#":                      chat.CodeBadPath,
		"im/send/c2c/a\x00b":        chat.CodeBadPath,
		"im/req/":                   chat.CodeBadPath,
		"im/req//7":                 chat.CodeBadPath,
		"im/req/me/":                chat.CodeBadPath,
		"nowhere/" + long(1020):     chat.CodeUnknownCommand,
		"im/send/c2c/" + long(1013): chat.CodeUnknownCommand,
	} {
		got, err := ParsePublish(topic)
		if chat.CodeOf(err) != want {
			t.Errorf("ParsePublish(%.40q) = %+v, %v, want %d", topic, got, err, want)
		}
		if got != (Publish{}) {
			t.Errorf("ParsePublish(%.40q) refuses and returns %+v", topic, got)
		}
	}
	if _, err := ParsePublish("im/send/c2c/" + long(1012)); err != nil {
		t.Errorf("a topic of 1024 bytes: %v", err)
	}
}

func long(n int) string { return strings.Repeat("x", n) }

func TestWillTopics(t *testing.T) {
	for topic, want := range map[string]bool{
		"im/text/group/alarm": true,
		"im/send/c2c/bob":     true,
		"im/status":           true,
		"im/read/c2c/bob":     false,
		"im/recall/c2c/bob":   false,
		"im/typing/c2c/bob":   false,
		"im/req/me":           false,
	} {
		p, err := ParsePublish(topic)
		if err != nil || p.MayBeWill() != want {
			t.Errorf("%s may be a Will: %v, %v, want %v", topic, p.MayBeWill(), err, want)
		}
	}
	if (Publish{}).MayBeWill() {
		t.Error("no topic may be a Will")
	}
}

func TestParseResponse(t *testing.T) {
	for topic, want := range map[string]string{
		"im/res/7":     "7",
		"im/res/a/b/c": "a/b/c",
		"im/res/%zz":   "%zz",
		"im/res//":     "/",
		"im/res/":      "", "im/res": "", "im/in/c2c/bob": "", "": "", "other": "",
		"im/res/+": "", "im/res/#": "", "im/res/a\x00": "", "im/res/\xff": "", "im/res/" + long(1018): "",
	} {
		got, ok := ParseResponse(topic)
		if ok != (want != "") || ok && got != want {
			t.Errorf("ParseResponse(%.40q) = %q, %v, want %q", topic, got, ok, want)
		}
	}
}

func FuzzParsePublish(f *testing.F) {
	for _, s := range []string{
		"im/text/c2c/bob", "im/send/group/%40TGS%232J4S", "im/req/a.b/7", "im/status",
		"im/typing/c2c/%e7%a9%ba", "im/read/c2c/", "im/#", "im/send/c2c/%zz", "x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, topic string) {
		p, err := ParsePublish(topic)
		if err != nil {
			var e *chat.Error
			if !errors.As(err, &e) || e.Code != chat.CodeUnknownCommand && e.Code != chat.CodeBadPath {
				t.Fatalf("ParsePublish(%q): %v", topic, err)
			}
			return
		}
		canonical := p.String()
		if len(canonical) > MaxBytes {
			return // escaping makes bare text longer
		}
		again, err := ParsePublish(canonical)
		if err != nil || again != p {
			t.Fatalf("%q reads as %+v, prints as %q, which reads as %+v, %v", topic, p, canonical, again, err)
		}
		if again.String() != canonical {
			t.Fatalf("%q is not canonical: %q", canonical, again.String())
		}
	})
}

func BenchmarkParsePublish(b *testing.B) {
	for _, c := range []struct{ name, topic string }{
		{"plain", "im/send/group/lobby-1.x"},
		{"escaped", "im/send/group/%40TGS%232J4S"},
		{"request", "im/req/msg.history/42"},
		{"malformed", "im/send/c2c/%zz"},
		{"unknown", "home/kitchen/lamp"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := ParsePublish(c.topic)
				if err == nil && p.Verb == 0 {
					b.Fatal("nothing parsed")
				}
			}
		})
	}
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	o := In(chat.ToGroup("lobby"))
	set := new(Set).With(Subscription{Filter: must(t, "im/in/group/lobby"), QoS: 1}, Subscription{Filter: must(t, "im/event/#")})
	buf := make([]byte, 0, 64)
	for name, f := range map[string]func(){
		"parse":  func() { ParsePublish("im/send/group/lobby-1.x") },
		"refuse": func() { ParsePublish("im/send/group/%zz") },
		"qos":    func() { set.QoS(o) },
		"choose": func() { set.Message(chat.ToGroup("lobby"), "ann", true) },
		"print":  func() { buf = o.Append(buf[:0]) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
