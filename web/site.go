package web

import (
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"
)

// Site serves one page with all it loads. Every file is known by its exact path, so there is
// no path that leads anywhere else. It may be used by many goroutines.
type Site struct {
	files  map[string]*file // by the path of the URL, without the slash it begins with
	policy atomic.Pointer[string]
}

// packedSuffix ends the names of files that are embedded packed.
const packedSuffix = ".gz"

// indexFile is served for the folder itself.
const indexFile = "index.html"

// Chat serves the chat for users. It is mounted at the root, beside the WebSocket that it
// speaks MQTT over.
func Chat() *Site { return open("chat/dist") }

// Console serves the console for operators. Who mounts it below a path strips that.
func Console() *Site { return open("console/dist") }

// Docs serves the documents of this module as pages. Who mounts it below a path strips that.
func Docs() *Site { return open("docs/dist") }

// open reads the files of a folder that is embedded.
func open(dir string) *Site {
	sub, err := fs.Sub(built, dir)
	if err != nil {
		panic("web: " + err.Error()) // the folder is a constant
	}
	return newSite(sub)
}

func newSite(root fs.FS) *Site {
	s := &Site{files: map[string]*file{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if plain, packed := strings.CutSuffix(name, packedSuffix); packed && err == nil {
			s.files[plain], err = newPacked(plain, content)
		} else if err == nil {
			s.files[name] = newFile(name, content)
		}
		return err
	})
	if err != nil {
		panic("web: " + err.Error()) // embedded files can be read
	}
	if index, ok := s.files[indexFile]; ok {
		s.files[""] = index
	}
	s.Trust()
	return s
}

// Trust names the other origins, such as https://files.example.com, that the page may load
// pictures, sound and films from and connect to, in place of those named before. What is no
// http, https, ws or wss address is left out, and of an address nothing but its origin counts.
func (s *Site) Trust(origins ...string) {
	policy := contentPolicy(origins)
	s.policy.Store(&policy)
}

// ServeHTTP answers GET and HEAD.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header(), *s.policy.Load())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	f, ok := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	f.serve(w, r)
}
