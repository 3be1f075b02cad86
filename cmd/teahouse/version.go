package main

import (
	"fmt"
	"runtime"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

type versionCommand struct{}

// Run prints one line.
func (versionCommand) Run() error {
	fmt.Printf("teahouse %s %s %s/%s\n", server.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
