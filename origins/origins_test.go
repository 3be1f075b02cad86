package origins

import (
	"net/http"
	"testing"
)

func TestAllows(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		entry, origin string
		want          bool
	}{
		{"chat.example.com", "", true},
		{"chat.example.com", "https://im.example.com", true}, // the host that is asked
		{"chat.example.com", "https://chat.example.com", true},
		{"chat.example.com", "http://chat.example.com", true},
		{"Chat.Example.com", "https://chat.example.com", true},
		{"chat.example.com", "https://chat.example.com:8443", false},
		{"chat.example.com:8443", "https://chat.example.com:8443", true},
		{"chat.example.com", "https://evil.example", false},
		{"chat.example.com", "https://chat.example.com.evil.example", false},
		{"chat.example.com", "null", false},
		{"chat.example.com", "://", false},
		{"https://chat.example.com", "https://chat.example.com", true},
		{"https://chat.example.com", "http://chat.example.com", false},
		{"HTTPS://chat.example.com:443", "https://chat.example.com", true},
		{"http://localhost:3000", "http://localhost:3000", true},
		{"http://localhost:3000", "http://localhost:3001", false},
		{"localhost:*", "http://localhost:3000", true},
		{"*.example.com", "https://chat.example.com", true},
		{"*.example.com", "https://example.com", false},
		{"https://*.example.com", "https://chat.example.com", true},
		{"https://*.example.com", "http://chat.example.com", false},
		{"[::1]:3000", "http://[::1]:3000", true},
		{"[::1]:*", "http://[::1]:3000", true},
		{"[::1]:3000", "http://:3000", false},
		{"capacitor://localhost", "capacitor://localhost", true},
		{"*", "https://evil.example", true},
		{"*", "null", true},
	} {
		list, err := Parse([]string{"other.example", row.entry})
		if err != nil {
			t.Errorf("%s: %v", row.entry, err)
			continue
		}
		r := &http.Request{Host: "im.example.com", Header: http.Header{}}
		if row.origin != "" {
			r.Header.Set("Origin", row.origin)
		}
		if got := list.Allows(r); got != row.want {
			t.Errorf("%s allows %q: %v, want %v", row.entry, row.origin, got, row.want)
		}
	}
}

func TestWhatNoPageCanHaveIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "https://", "https://chat.example.com/", "chat.example.com/", "chat.example.com/chat", "chat.example.com?x", "chat.example.com#x",
		"ann@chat.example.com", "[a", "chat.example.com:", "chat.example.com:port", "a.example, b.example", "a.example,b.example", "chat example", `"chat.example"`,
	} {
		if list, err := Parse([]string{text}); err == nil {
			t.Errorf("%q is taken: %v", text, list)
		}
	}
}
