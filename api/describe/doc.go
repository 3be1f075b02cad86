// Package describe makes the machine-readable descriptions of both doors out of the
// command table: an OpenAPI document of the HTTP door and an AsyncAPI document of the
// MQTT door.
//
// What a command reads and answers comes from the types that its row names; types that
// read or write by hand have a shape beside them (api.Shaped). Which part of the
// specification a command belongs to is found by its name there. Topics come from package
// topics. Nothing of a command is written down here.
//
// The documents are files, made by go generate and read in review; package admin
// embeds them packed, from files with .gz behind their names, and serves them. The tests fail when a file differs from the table, and when an answer of a golden
// file has a member that is not described.
//
// Start reading at [OpenAPI] and [AsyncAPI], then schema.go.
package describe

//go:generate go test -run ^TestTheDocumentsAreOfTheTable$ . -renew
