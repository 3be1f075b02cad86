package admin

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"net/http"
)

// The descriptions of both doors, which package api/describe makes out of the command
// table. They are the same for every server of this version and hold nothing of an app, so that,
// like the pages about health, they are for everybody who reaches the port. The program has them
// packed, a tenth as large.
var (
	//go:embed openapi.yaml.gz
	openAPI []byte
	//go:embed asyncapi.yaml.gz
	asyncAPI []byte
)

// document shows a description (RFC 9512 has the type of YAML). It is unpacked piece by piece.
func document(packed []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = io.Copy(w, unpack(packed)) // an error means that the reader is gone
	})
}

// OpenAPI is the description of REST, in YAML.
func OpenAPI() []byte {
	text, err := io.ReadAll(unpack(openAPI))
	if err != nil {
		panic("admin: the description of REST: " + err.Error()) // it is part of the program, and tested
	}
	return text
}

// unpack reads a file that is embedded packed.
func unpack(packed []byte) io.Reader {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("admin: a description: " + err.Error()) // it is part of the program, and tested
	}
	return z
}
