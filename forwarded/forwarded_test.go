package forwarded

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// v2 builds a header of version 2.
func v2(command, family byte, more string) string {
	return signature + string([]byte{command, family, byte(len(more) >> 8), byte(len(more))}) + more
}

const (
	four = "\xc0\x00\x02\x07\x0a\x00\x00\x01\x30\x39\x07\x5b" // 192.0.2.7:12345 to 10.0.0.1:1883
	six  = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07" +
		"\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x30\x39\x07\x5b"
	tlv = "\x04\x00\x03abc"
)

func TestHeaders(t *testing.T) {
	rows := []struct {
		name, sent string
		want       string // address; "": the proxy's own
		bad        bool
	}{
		{"version 2, IPv4", v2(0x21, 0x11, four), "192.0.2.7:12345", false},
		{"version 2, IPv6", v2(0x21, 0x21, six), "[2001:db8::7]:12345", false},
		{"version 2, IPv4 with an extension", v2(0x21, 0x11, four+tlv), "192.0.2.7:12345", false},
		{"version 2, IPv6 with many extensions", v2(0x21, 0x21, six+strings.Repeat(tlv, 500)), "[2001:db8::7]:12345", false},
		{"version 2, an IPv4 address as IPv6", v2(0x21, 0x21, strings.Repeat("\x00", 10)+"\xff\xff"+four[:4]+six[16:]), "192.0.2.7:12345", false},
		{"version 2, a health check", v2(0x20, 0x00, ""), "", false},
		{"version 2, a health check with addresses", v2(0x20, 0x11, four), "", false},
		{"version 2, unknown addresses", v2(0x21, 0x00, "whatever"), "", false},
		{"version 2, a unix socket", v2(0x21, 0x31, strings.Repeat("\x00", 216)), "", false},
		{"version 2, datagrams", v2(0x21, 0x12, four), "", true},
		{"version 2, too short for its addresses", v2(0x21, 0x11, four[:11]), "", true},
		{"version 2, IPv6 too short", v2(0x21, 0x21, six[:35]), "", true},
		{"version 2, an unknown command", v2(0x22, 0x11, four), "", true},
		{"version 3", v2(0x31, 0x11, four), "", true},
		{"version 2, nobody's address", v2(0x21, 0x11, "\x00\x00\x00\x00"+four[4:]), "", true},
		{"version 2, a multicast address", v2(0x21, 0x11, "\xe0\x00\x00\x01"+four[4:]), "", true},
		{"version 2, larger than the bound", v2(0x21, 0x11, four+strings.Repeat("x", moreMax)), "", true},
		{"version 1, IPv4", "PROXY TCP4 192.0.2.7 10.0.0.1 12345 1883\r\n", "192.0.2.7:12345", false},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::7 fd00::1 12345 1883\r\n", "[2001:db8::7]:12345", false},
		{"version 1, unknown", "PROXY UNKNOWN\r\n", "", false},
		{"version 1, unknown with addresses", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "", false},
		{"version 1, the wrong family", "PROXY TCP6 192.0.2.7 10.0.0.1 12345 1883\r\n", "", true},
		{"version 1, no port", "PROXY TCP4 192.0.2.7 10.0.0.1 99999 1883\r\n", "", true},
		{"version 1, a word missing", "PROXY TCP4 192.0.2.7 10.0.0.1 12345\r\n", "", true},
		{"version 1, no destination", "PROXY TCP4 192.0.2.7 here 12345 1883\r\n", "", true},
		{"version 1, a line without an end", "PROXY TCP4 " + strings.Repeat("1", 200), "", true},
		{"MQTT", "\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04abcd", "", true},
		{"HTTP", "GET / HTTP/1.1\r\n\r\n", "", true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			const rest = "\x10 what follows"
			in := strings.NewReader(row.sent + rest)
			got, err := Read(in)
			if row.bad {
				if !errors.Is(err, ErrHeader) {
					t.Fatalf("got %v, %v; want a refusal", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want netip.AddrPort
			if row.want != "" {
				want = netip.MustParseAddrPort(row.want)
			}
			if got != want {
				t.Errorf("address %v, want %v", got, want)
			}
			if left, _ := io.ReadAll(in); string(left) != rest {
				t.Errorf("%q is left, want %q", left, rest)
			}
			for n := range len(row.sent) { // cut anywhere
				_, err := Read(strings.NewReader(row.sent[:n]))
				switch {
				case n == 0 && !errors.Is(err, io.EOF):
					t.Errorf("nothing: %v, want the end", err)
				case n > 0 && !errors.Is(err, io.ErrUnexpectedEOF):
					t.Errorf("cut after %d bytes: %v", n, err)
				}
			}
		})
	}
}

// Whatever is sent, no more is read than the header may have, and what is taken for one is known
// again.
func FuzzRead(f *testing.F) {
	for _, s := range []string{v2(0x21, 0x11, four), v2(0x21, 0x21, six+tlv), v2(0x20, 0, ""), "PROXY TCP4 192.0.2.7 10.0.0.1 12345 1883\r\n", "PROXY UNKNOWN\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		in := bytes.NewReader(sent)
		from, err := Read(in)
		if read := len(sent) - in.Len(); read > 16+moreMax {
			t.Fatalf("%d bytes were read", read)
		}
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(sent[:len(sent)-in.Len()]))
		if err != nil || again != from {
			t.Fatalf("%v, %v at the second reading, %v at the first", again, err, from)
		}
	})
}

func TestClientBehindProxies(t *testing.T) {
	proxies, err := Parse([]string{"10.0.0.0/8", "192.0.2.200", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name, peer string
		header     http.Header
		want       string // "": the peer itself
	}{
		{"a client says that it is another", "203.0.113.9:1", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, ""},
		{"a proxy says nothing", "10.1.2.3:1", nil, ""},
		{"a proxy", "10.1.2.3:1", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		{"a proxy by one address", "192.0.2.200:1", http.Header{"X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		{"a proxy over IPv6", "[fd00::1]:1", http.Header{"X-Forwarded-For": {"2001:db8::1"}}, "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:10.1.2.3]:1", http.Header{"X-Forwarded-For": {"::ffff:198.51.100.1"}}, "198.51.100.1"},
		{"the client has written something before", "10.1.2.3:1", http.Header{"X-Forwarded-For": {"8.8.8.8, 198.51.100.1"}}, "198.51.100.1"},
		{"two proxies", "10.1.2.3:1", http.Header{"X-Forwarded-For": {"8.8.8.8, 198.51.100.1, 10.9.9.9"}}, "198.51.100.1"},
		{"several headers", "10.1.2.3:1", http.Header{"X-Forwarded-For": {"8.8.8.8", "198.51.100.1"}}, "198.51.100.1"},
		{"all are proxies", "10.1.2.3:1", http.Header{"X-Forwarded-For": {"10.4.4.4, 10.5.5.5"}}, "10.4.4.4"},
		{"with a port", "10.1.2.3:1", http.Header{"X-Forwarded-For": {"198.51.100.1:4711"}}, "198.51.100.1"},
		{"nonsense", "10.1.2.3:1", http.Header{"X-Forwarded-For": {"nobody"}}, ""},
		{"nonsense behind a proxy", "10.1.2.3:1", http.Header{"X-Forwarded-For": {"nobody, 10.5.5.5"}}, "10.5.5.5"},
		{"Forwarded", "10.1.2.3:1", http.Header{"Forwarded": {`for=8.8.8.8, for="[2001:db8::1]:4711";proto=https`}}, "2001:db8::1"},
		{"Forwarded, hidden", "10.1.2.3:1", http.Header{"Forwarded": {"for=_hidden"}}, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			h := Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }), proxies)
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = row.peer
			for name, values := range row.header {
				r.Header[name] = values
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			want := row.peer
			if row.want != "" {
				want = netip.AddrPortFrom(netip.MustParseAddr(row.want), 0).String()
			}
			if got != want {
				t.Errorf("served as %s, want %s", got, want)
			}
			if r.RemoteAddr != row.peer {
				t.Error("the request of the caller was changed")
			}
		})
	}
}

func TestRangesThatAreNone(t *testing.T) {
	for _, text := range []string{"", "example.com", "10.0.0.0/33", "10.0.0.1:80"} {
		if _, err := Parse([]string{text}); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if Prefixes(nil).Has(netip.MustParseAddr("127.0.0.1")) {
		t.Error("without proxies somebody is one")
	}
}
