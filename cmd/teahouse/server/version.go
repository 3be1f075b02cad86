package server

import (
	"runtime"
	"runtime/debug"

	"github.com/teahouse-im/teahouse/storage/badger"
)

// Version is the version of the program, in CHANGELOG.md too.
const Version = "0.1.0"

// commit is set by the linker where the source is built without its repository:
// -X github.com/teahouse-im/teahouse/cmd/teahouse/server.commit=...
var commit string

// Build is what the program was built from, and for.
type Build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"` // of the source; "": not known
	Go       string `json:"go"`
	Platform string `json:"platform"` // os/arch
	Schema   int    `json:"schema"`   // of data folders; another one is refused
}

// ThisBuild tells of the running program.
func ThisBuild() Build {
	return Build{
		Version: Version, Commit: sourceCommit(), Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Schema: badger.Schema,
	}
}

// sourceCommit is what the linker was told, or what the go command has noted.
func sourceCommit() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	found := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			found = s.Value + found
		case s.Key == "vcs.modified" && s.Value == "true":
			found += "+changes"
		}
	}
	return found
}
