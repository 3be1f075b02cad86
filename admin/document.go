package admin

import (
	_ "embed"
	"net/http"
)

// The descriptions of both doors, which package api/describe makes out of the command
// table. They are the same for every server of this version and hold nothing of an app, so that,
// like the pages about health, they are for everybody who reaches the port.
var (
	//go:embed openapi.yaml
	openAPI []byte
	//go:embed asyncapi.yaml
	asyncAPI []byte
)

// document shows a description (RFC 9512 has the type of YAML).
func document(text []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { page(w, http.StatusOK, "application/yaml", text) })
}

// OpenAPI is the description of REST, in YAML.
func OpenAPI() []byte { return openAPI }
