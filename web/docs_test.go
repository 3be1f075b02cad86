package web

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	hrefs   = regexp.MustCompile(`(?:href|src)="([^"]+)"`)
	ids     = regexp.MustCompile(` id="([^"]+)"`)
	comment = regexp.MustCompile(`(?s)<pre.*?</pre>`)
)

// Every link of a page leads to a page that there is, and to a heading of it. What lies outside of
// /docs/ is named.
func TestLinksOfTheDocuments(t *testing.T) {
	s := Docs()
	outside := regexp.MustCompile(`^/(openapi\.yaml|asyncapi\.yaml|console/#/try/\w+/\w+)$`)
	pages, links := map[string]string{}, 0
	for name, f := range s.files {
		if strings.HasSuffix(name, ".html") {
			text, err := unpacked(f.zipped)
			if err != nil {
				t.Fatal(err)
			}
			pages[name] = string(text)
		}
	}
	anchors := map[string]map[string]bool{}
	for name, text := range pages {
		anchors[name] = map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(text, -1) {
			anchors[name][m[1]] = true
		}
	}
	for name, text := range pages {
		for _, m := range hrefs.FindAllStringSubmatch(comment.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			file, anchor, _ := strings.Cut(m[1], "#")
			to := name
			if file != "" {
				to = path.Join("/docs", path.Dir(name), file)
				if outside.MatchString(strings.TrimSuffix(path.Join(to), "/")+strings.TrimPrefix(m[1], file)) || outside.MatchString(to+"/#"+anchor) {
					continue
				}
				to = strings.TrimPrefix(to, "/docs/")
			}
			if s.files[to] == nil {
				t.Errorf("%s: %s leads nowhere", name, m[1])
			} else if anchor != "" && !anchors[to][anchor] {
				t.Errorf("%s: %s has no #%s", name, to, anchor)
			}
		}
	}
	if len(pages) < 30 || links < 1000 {
		t.Errorf("%d pages with %d links", len(pages), links)
	}
}

// Each page below docs/ is served; go generate has been run since it was added.
func TestEveryDocumentIsServed(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		name := "/" + strings.TrimSuffix(filepath.Base(file), ".md") + ".html"
		if got := ask(t, Docs(), http.MethodGet, name); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %d; run go generate ./web", name, got.StatusCode)
		}
	}
}

// A file that is embedded packed is sent packed to clients that take it so, and unpacked to others.
func TestPackedFiles(t *testing.T) {
	plain := body(t, ask(t, Docs(), http.MethodGet, "/index.html").Body)
	if !strings.HasPrefix(plain, "<!doctype html>") {
		t.Errorf("got %.60q", plain)
	}
	packed := ask(t, Docs(), http.MethodGet, "/", "Accept-Encoding", "gzip")
	if got := packed.Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("got the encoding %q", got)
	}
	text, err := unpacked([]byte(body(t, packed.Body)))
	if err != nil || string(text) != plain {
		t.Errorf("the packed page is another (%v)", err)
	}
}

// Every file that is embedded packed can be unpacked, and is kept so for those who take no gzip.
func TestEmbeddedFilesCanBeUnpacked(t *testing.T) {
	for name, s := range map[string]*Site{"chat": Chat(), "console": Console(), "docs": Docs()} {
		packed := 0
		for path, f := range s.files {
			if !f.packed {
				continue
			}
			packed++
			want, err := unpacked(f.zipped)
			if err != nil || len(want) == 0 {
				t.Errorf("%s: %s: %d bytes, %v", name, path, len(want), err)
			}
			got := ask(t, s, http.MethodGet, "/"+path)
			if body(t, got.Body) != string(want) || got.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s: %s: other content than what is packed, encoding %q", name, path, got.Header.Get("Content-Encoding"))
			}
		}
		if packed < 10 {
			t.Errorf("%s: %d files are packed", name, packed)
		}
	}
}

// A part of a file that is embedded packed, as browsers ask for it when they go on with a download.
func TestPartOfAPackedFile(t *testing.T) {
	got := ask(t, Docs(), http.MethodGet, "/index.html", "Range", "bytes=0-14")
	if text := body(t, got.Body); got.StatusCode != http.StatusPartialContent || text != "<!doctype html>" {
		t.Errorf("got %d %q", got.StatusCode, text)
	}
}

// What the documents take of the program stays small.
func TestDocumentsAreSmall(t *testing.T) {
	size := 0
	for _, f := range Docs().files {
		size += len(f.zipped)
	}
	if size > 700_000 {
		t.Errorf("the documents take %d bytes", size)
	}
	if _, err := os.Stat("docs/dist/search.json.gz"); err != nil {
		t.Error(err)
	}
}
