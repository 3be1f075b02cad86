package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// script is long enough to be worth packing.
var script = "export const words = [" + strings.Repeat("'word',", 200) + "]\n"

func site() *Site {
	return newSite(fstest.MapFS{
		".keep":                 {Data: []byte("")},
		"index.html":            {Data: []byte("<!doctype html><title>page</title>")},
		"assets/a-ABCD1234.js":  {Data: []byte(script)},
		"assets/manifest.json":  {Data: []byte("{}")},
		"assets/a.ABCD1234.css": {Data: []byte("a{}")},
	})
}

// ask asks for a path as it stands, which no client library would send.
func ask(t *testing.T, s http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "/", nil)
	r.URL.Path = path
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFilesAreServedByTheirPaths(t *testing.T) {
	for _, c := range []struct{ path, kind, cache string }{
		{"/", "text/html; charset=utf-8", revalidate},
		{"/index.html", "text/html; charset=utf-8", revalidate},
		{"/assets/a-ABCD1234.js", "text/javascript; charset=utf-8", forever},
		{"/assets/a.ABCD1234.css", "text/css; charset=utf-8", forever},
		{"/assets/manifest.json", "application/json", revalidate},
	} {
		got := ask(t, site(), http.MethodGet, c.path)
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != c.kind || got.Header.Get("Cache-Control") != c.cache {
			t.Errorf("%s: got %d %v, want %s, %s", c.path, got.StatusCode, got.Header, c.kind, c.cache)
		}
	}
}

func TestNoPathLeadsElsewhere(t *testing.T) {
	for _, path := range []string{
		"/../site.go", "/assets/../index.html", "/assets/..%2findex.html", "//index.html", "/./index.html", "/assets", "/assets/",
		"/.keep", "/index.html/", "/INDEX.HTML", "/index.html\x00", "/assets\\a-ABCD1234.js", "/etc/passwd", "/dist/index.html",
	} {
		got := ask(t, site(), http.MethodGet, path)
		if got.StatusCode != http.StatusNotFound {
			t.Errorf("%q: got %d, want 404", path, got.StatusCode)
		}
		checkSecure(t, got.Header)
	}
}

func TestOnlyReading(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "get"} {
		got := ask(t, site(), method, "/")
		if got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: got %d %v", method, got.StatusCode, got.Header)
		}
		checkSecure(t, got.Header)
	}
	head := ask(t, site(), http.MethodHead, "/")
	if head.StatusCode != http.StatusOK || body(t, head.Body) != "" || head.Header.Get("ETag") == "" {
		t.Errorf("HEAD: got %d %v", head.StatusCode, head.Header)
	}
}

func checkSecure(t *testing.T, h http.Header) {
	t.Helper()
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(policy+";", want+";") {
			t.Errorf("the policy has no %q: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("the policy is loose: %s", policy)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin",
	} {
		if h.Get(name) != want {
			t.Errorf("%s: got %q want %q", name, h.Get(name), want)
		}
	}
	if p := h.Get("Permissions-Policy"); !strings.Contains(p, "camera=(self)") || !strings.Contains(p, "microphone=(self)") {
		t.Errorf("the page may not use camera and microphone: %s", p)
	}
}

func TestGzipWhenAcceptedAndSmaller(t *testing.T) {
	const path = "/assets/a-ABCD1234.js"
	s := site()
	for accepted, want := range map[string]bool{
		"gzip": true, "br, gzip": true, "deflate, GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "": false, "br": false, "x-gzip": false,
	} {
		got := ask(t, s, http.MethodGet, path, "Accept-Encoding", accepted)
		if zipped := got.Header.Get("Content-Encoding") == "gzip"; zipped != want {
			t.Errorf("%q: packed %v, want %v", accepted, zipped, want)
		}
		if got.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: caches are not told that the answer varies", accepted)
		}
		var r io.Reader = got.Body
		if want {
			z, err := gzip.NewReader(r)
			if err != nil {
				t.Fatal(err)
			}
			r = z
		}
		if body(t, r) != script {
			t.Errorf("%q: another content", accepted)
		}
	}
	if got := ask(t, s, http.MethodGet, "/assets/manifest.json", "Accept-Encoding", "gzip"); got.Header.Get("Content-Encoding") != "" {
		t.Error("a file is packed that is smaller as it is")
	}
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	s := site()
	plain := ask(t, s, http.MethodGet, "/assets/a-ABCD1234.js").Header.Get("ETag")
	packed := ask(t, s, http.MethodGet, "/assets/a-ABCD1234.js", "Accept-Encoding", "gzip").Header.Get("ETag")
	if plain == packed || plain == "" {
		t.Fatalf("ETags %s and %s, want two", plain, packed)
	}
	got := ask(t, s, http.MethodGet, "/assets/a-ABCD1234.js", "Accept-Encoding", "gzip", "If-None-Match", packed)
	if got.StatusCode != http.StatusNotModified {
		t.Errorf("got %d, want 304", got.StatusCode)
	}
	checkSecure(t, got.Header)
}

func TestTrustedOriginsAreInThePolicy(t *testing.T) {
	s := site()
	s.Trust("https://files.example.com/media/x?y#z", "wss://calls.example.com", "javascript:alert(1)", "file:///etc", "data:text/html,x",
		"https://a.example.com; script-src *", "//b.example.com", "", "https://files.example.com")
	got := ask(t, s, http.MethodGet, "/")
	checkSecure(t, got.Header)
	for _, name := range []string{"img-src 'self' blob: data:", "media-src 'self' blob: data:", "connect-src 'self' blob: data:"} {
		if want := name + " https://files.example.com wss://calls.example.com;"; !strings.Contains(got.Header.Get("Content-Security-Policy"), want) {
			t.Errorf("want %q in %s", want, got.Header.Get("Content-Security-Policy"))
		}
	}
}

// What is embedded is a page, or nothing yet; it asks for nothing that a strict policy refuses.
func TestEmbeddedPagesKeepToThePolicy(t *testing.T) {
	for name, s := range map[string]*Site{"chat": Chat(), "console": Console()} {
		index, ok := s.files[indexFile]
		if !ok {
			t.Logf("%s is not built", name)
			continue
		}
		html := string(index.text())
		for _, bad := range []string{"<script>", " style=", "<style", " onload=", " onclick=", "javascript:", "http://", "https://"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s/index.html has %q", name, bad)
			}
		}
		if got := ask(t, s, http.MethodGet, "/"); got.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d", name, got.StatusCode)
		}
	}
}
