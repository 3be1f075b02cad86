// Command site makes the pages that the admin port serves at /docs/ out of the Markdown of this
// module: HTML without anything from elsewhere, an index of all words, a style sheet and a script.
// It writes them, packed, to web/docs/dist, where the program embeds them. A link that leads
// nowhere is an error. It is called by go generate in the folder web.
package main

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/teahouse-im/teahouse/tools/packed"
)

//go:embed assets
var assets embed.FS

// Paths from the folder of this module.
const (
	root = ".."
	dist = "../web/docs/dist"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	pages, err := readPages(root)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, p := range pages.list {
		if files[p.out], err = pages.html(p); err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
	}
	if err := errors.Join(pages.broken()...); err != nil {
		return err
	}
	if files["search.json"], err = pages.index(); err != nil {
		return err
	}
	for _, name := range []string{"docs.css", "docs.js", "icon.svg", "theme.js"} {
		if files[name], err = assets.ReadFile("assets/" + name); err != nil {
			return err
		}
	}
	return write(files)
}

// write replaces what is in the folder.
func write(files map[string][]byte) error {
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	for name, content := range files {
		file := filepath.Join(dist, name+packed.Suffix)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		small, err := packed.Gzip(content)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, small, 0o644); err != nil {
			return err
		}
	}
	return nil
}
