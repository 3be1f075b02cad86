package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/media/s3"
)

// site is where the pages of a server are.
func site(a *App) string {
	return "http://" + strings.TrimSuffix(strings.TrimPrefix(a.Ready().WS, "ws://"), wsPath)
}

// fetch asks for an address as a browser would, and follows nothing.
func fetch(t *testing.T, at, host string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		r.Host = host
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = got.Body.Close() })
	return got
}

func TestDevLogsInByAnAddress(t *testing.T) {
	a := start(t, devOptions(t))
	got := fetch(t, site(a)+"/as/bob", "")
	at, err := url.Parse(got.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(at.Fragment, "?")
	q, err := url.ParseQuery(query)
	if got.StatusCode != http.StatusSeeOther || err != nil || at.Path != "/" || at.RawQuery != "" || path != "/login" || q.Get("app") != "1400000001" || q.Get("user") != "bob" {
		t.Fatalf("got %d to %s", got.StatusCode, at)
	}
	if got.Header.Get("Cache-Control") != "no-store" {
		t.Error("caches may keep the ticket")
	}
	if _, err := a.tickets.Verify(uint32(a.Ready().SDKAppID), "bob", q.Get("sig")); err != nil {
		t.Errorf("the ticket is refused: %v", err)
	}
}

// Nobody but who sits at this machine is given a ticket.
func TestStrangersAreNotLoggedIn(t *testing.T) {
	a := start(t, devOptions(t))
	for what, c := range map[string]struct {
		path, host, from string
		want             int
	}{
		"a page of another host":       {"/as/alice", "", "cross-site", http.StatusForbidden},
		"a page of another port":       {"/as/alice", "", "same-site", http.StatusForbidden},
		"a name that leads here":       {"/as/alice", "rebound.example.com", "same-origin", http.StatusForbidden},
		"a name that begins as ours":   {"/as/alice", "127.0.0.1.example.com", "", http.StatusForbidden},
		"an administrator":             {"/as/administrator", "", "none", http.StatusNotFound},
		"somebody else":                {"/as/mallory", "", "none", http.StatusNotFound},
		"a path with more":             {"/as/alice/x", "", "none", http.StatusNotFound},
		"who sits at this machine":     {"/as/alice", "localhost:8083", "none", http.StatusSeeOther},
		"who uses the address of IPv6": {"/as/alice", "[::1]:8083", "", http.StatusSeeOther},
	} {
		var header []string
		if c.from != "" {
			header = []string{"Sec-Fetch-Site", c.from}
		}
		if got := fetch(t, site(a)+c.path, c.host, header...); got.StatusCode != c.want {
			t.Errorf("%s: got %d, want %d", what, got.StatusCode, c.want)
		}
	}
}

// A server that is no dev server gives tickets to nobody, and has the chat when it is told to.
func TestServeHasTheChatWhenAsked(t *testing.T) {
	for _, on := range []bool{false, true} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			o := devOptions(t)
			o.Dev, o.Apps = nil, []chat.App{NewApp(FirstDevApp, "pages")}
			o.Web = Web{Chat: on, Origins: []string{"https://img.example.com"}}
			a := start(t, o)
			if got := fetch(t, site(a)+"/as/alice", ""); got.StatusCode != http.StatusNotFound {
				t.Errorf("/as/alice answers %d", got.StatusCode)
			}
			policy := fetch(t, site(a)+"/", "").Header.Get("Content-Security-Policy")
			if strings.Contains(policy, "img-src 'self' blob: data: ") != on || on && !strings.Contains(policy, " https://img.example.com") {
				t.Errorf("the policy is %q", policy)
			}
		})
	}
}

// Where files are fetched from and sent to, the page may load and connect.
func TestPolicyNamesWhereFilesAre(t *testing.T) {
	a := start(t, devOptions(t))
	a.opt.Media.S3 = &s3.Options{Endpoint: "https://s3.example.com", Bucket: "files"}
	a.ready.Media = "https://media.example.com/base"
	a.trustFiles()
	policy := fetch(t, site(a)+"/", "").Header.Get("Content-Security-Policy")
	const want = "connect-src 'self' blob: data: https://files.s3.example.com https://media.example.com https://s3.example.com;"
	if !strings.Contains(policy, want) {
		t.Errorf("got %s\nwant %s", policy, want)
	}
}
