package admin

import (
	"bytes"
	"net/http"
	"testing"
)

// The descriptions are for everybody, by the names of hosts that may ask.
func TestDocumentsAreShown(t *testing.T) {
	h := open(t, nil)
	for path, begin := range map[string]string{"/openapi.yaml": "openapi: 3.1", "/asyncapi.yaml": "asyncapi: 3.0"} {
		r, err := http.NewRequest(http.MethodGet, h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, text := fetch(t, r)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/yaml" || !bytes.Contains(text, []byte("\n"+begin)) {
			t.Errorf("%s: %s, %s, %.80s", path, resp.Status, resp.Header.Get("Content-Type"), text)
		}
		r.Host = "stranger.example"
		if resp, _ := fetch(t, r); resp.StatusCode == http.StatusOK {
			t.Errorf("%s: shown to a page of another host", path)
		}
	}
}
