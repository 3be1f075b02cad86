package top

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// busy are two samples of a server, two seconds apart.
func busy(apps, slow int) (was, now *Sample) {
	make1 := func(at int64, f float64) *Sample {
		s := &Sample{
			At: at, Started: 1_700_000_000_000 - 93_784_000, Version: "1.2.3", Ready: true, AppsInAll: apps,
			Counters: map[string]float64{
				"sent": 2468 * f, "delivered": 246_913 * f, "refused": f, "rest": 20 * f, "connects": 5 * f, "connects_refused": .5 * f,
				"in_bytes": 3 << 20 * f, "out_bytes": 50 << 20 * f, "acks": 1000 * f, "ack_seconds": 1.25 * f,
				"commits": 100 * f, "commit_seconds": .2 * f, "webhook_calls": 30 * f, "webhook_failed": 2 * f, "cpu_seconds": 2.5 * f,
			},
			Gauges: map[string]float64{
				"connected": 12_345, "detached": 678, "behind": 9, "buffered_bytes": 5 << 20, "store_queue": 3, "webhook_queue": 1234,
				"webhook_age": 3723, "memory": 300 << 20, "heap": 120 << 20, "goroutines": 12_400, "disk_used": 7 << 30, "disk_free": 90 << 30, "disk_needed": 100 << 20,
			},
			Transports: map[string]int{"tcp": 9000, "wss": 3345}, Protocols: map[string]int{"5": 12_000, "3.1.1": 345},
		}
		for i := range apps {
			s.Apps = append(s.Apps, App{
				ID: uint32(1_400_000_001 + i), Name: []string{"shop", "茶馆", "a long name of an app that fits in no column of a table"}[i%3],
				Online: 900, Connections: 1_000_000, Sent: float64(100-i) * f, Delivered: 7 * f, BytesIn: 1000 * f, BytesOut: 2e6 * f,
			})
		}
		for i := range slow {
			s.Slow = append(s.Slow, Slow{
				App: uint32(1_400_000_001 + i%2), User: fmt.Sprintf("user%d", i), Client: []string{"phone", "\x1b[2Jevil\u202e", "手机"}[i%3], Platform: "Android",
				Address: "203.0.113.77", Protocol: "5", Transport: "wss", Behind: 2, Unacked: 20, Waiting: 1 << 20, Stuck: float64(4000 - 97*i),
			})
		}
		return s
	}
	return make1(1_700_000_000_000, 0), make1(1_700_000_002_000, 2)
}

// The screens are as the golden files have them. They are for people: look at the difference.
func TestScreens(t *testing.T) {
	clock := time.Date(2026, 11, 30, 13, 14, 15, 0, time.UTC)
	for _, c := range []struct {
		name       string
		apps, slow int
		first      bool // there is one sample alone
		view       View
		change     func(*Sample)
	}{
		{name: "usual", apps: 3, slow: 30, view: View{Wide: 80, High: 24, Keys: true, Chosen: 1, Coloured: true}},
		{name: "nocolour", apps: 3, slow: 30, view: View{Wide: 80, High: 24, Keys: true, Chosen: 1}},
		{name: "wide", apps: 40, slow: 3, view: View{Wide: 160, High: 30, Keys: true, Chosen: 20}},
		{name: "narrow", apps: 2, slow: 5, view: View{Wide: 40, High: 20, Keys: true}},
		{name: "tiny", apps: 2, slow: 5, view: View{Wide: 9, High: 3, Keys: true}},
		{name: "oneapp", apps: 1, slow: 2, view: View{Wide: 80, High: 24, Keys: true, App: 1_400_000_001, By: "waiting"}},
		{name: "begin", apps: 2, first: true, view: View{Wide: 80, High: 24, Keys: true}},
		{name: "silent", apps: 1, slow: 1, view: View{Wide: 80, High: 24, Keys: true, Coloured: true, Fault: "control.sock: nobody\x1b listens there", Silent: 75 * time.Second}},
		{name: "notready", apps: 1, view: View{Wide: 80, High: 24, Coloured: true}, change: func(s *Sample) { s.Ready, s.Why = false, "the disk is full: 10 MiB are free" }},
		{name: "print", apps: 3, slow: 4, view: View{Wide: plainWide}},
	} {
		t.Run(c.name, func(t *testing.T) {
			was, now := busy(c.apps, c.slow)
			if c.change != nil {
				c.change(now)
			}
			var m Meter
			r := m.Take(was)
			if !c.first {
				r = m.Take(now)
			}
			c.view.Now = clock
			if c.view.By == "" {
				c.view.By = "stuck"
			}
			lines := Screen(r, &c.view)
			if c.view.High > 0 && len(lines) != c.view.High {
				t.Errorf("%d lines, want %d", len(lines), c.view.High)
			}
			for _, l := range lines {
				if n := columnsOf(withoutStyle(l)); n > c.view.Wide {
					t.Errorf("%d columns: %q", n, l)
				}
			}
			text := strings.ReplaceAll(strings.Join(lines, "\n")+"\n", "\x1b", "<ESC>")
			file := filepath.Join("testdata", c.name+".screen")
			if *update {
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != text {
				t.Errorf("%v; got\n%s\nwant\n%s\nrenew it with: go test ./cmd/teahouse/top -run TestScreens -update", err, text, want)
			}
		})
	}
}

func withoutStyle(l string) string {
	for _, code := range codes {
		l = strings.ReplaceAll(l, code, "")
	}
	return strings.ReplaceAll(l, "\x1b[0m", "")
}

// Nothing that a user has chosen reaches the terminal as a sequence.
func TestTextIsCleaned(t *testing.T) {
	for text, want := range map[string]string{
		"bob": "bob", "\x1b]0;title\x07": "?]0;title?", "a\r\nb": "a??b", "\u202eevil": "?evil", "zero\u200bwidth": "zero?width", "\u009b2J": "?2J",
		"\xff\xfe": "??", "茶馆": "茶馆", "é": "é", "e\u0301": "e\u0301", "\u2028": "?", "a\u00a0b": "a\u00a0b", "\ufe0f": "?", "\t": "?",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestTextFits(t *testing.T) {
	for _, c := range []struct {
		text  string
		wide  int
		right bool
		want  string
	}{
		{"abc", 5, false, "abc  "},
		{"abc", 5, true, "  abc"},
		{"abcdef", 5, false, "abcd…"},
		{"茶馆茶馆", 5, false, "茶馆…"},
		{"茶馆茶馆", 6, false, "茶馆… "},
		{"e\u0301x", 2, false, "e\u0301x"},
		{"abc", 0, false, ""},
		{"abc", 1, false, "…"},
		{"abc", -3, false, ""},
	} {
		if got := fit(c.text, c.wide, c.right); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.wide, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{count(0), "0"},
		{count(999), "999"},
		{count(12_345), "12,345"},
		{count(123_456), "123k"},
		{count(1_250_000), "1.2M"},
		{count(3e9), "3.0G"},
		{count(999.7), "1000"},
		{rate(0), "0"},
		{rate(.01), "0.1"},
		{rate(3.14), "3.1"},
		{rate(9.96), "10"},
		{rate(1234.4), "1,234"},
		{size(0), "0 B"},
		{size(999), "999 B"},
		{size(1000), "1.0 KiB"},
		{size(200 << 20), "200 MiB"},
		{size(5 << 40), "5.0 TiB"},
		{lasting(0), "0s"},
		{lasting(59.9), "59s"},
		{lasting(61), "1m01s"},
		{lasting(3723), "1h02m"},
		{lasting(90_000), "1d01h"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
