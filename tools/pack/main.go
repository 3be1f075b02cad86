// Command pack compresses the files of folders, so that the program which embeds them is smaller:
// a file that gets smaller is replaced by one of the same name with .gz behind it. It is called by
// web/build.sh.
//
//	go run -C tools ./pack ../web/chat/dist
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/teahouse-im/teahouse/tools/packed"
)

func main() {
	for _, dir := range os.Args[1:] {
		if err := pack(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// pack replaces the files of a folder and of those below it.
func pack(dir string) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(file, packed.Suffix) {
			return err
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		small, err := packed.Gzip(content)
		if err != nil || len(small) >= len(content) {
			return err
		}
		return errors.Join(os.WriteFile(file+packed.Suffix, small, 0o644), os.Remove(file))
	})
}
