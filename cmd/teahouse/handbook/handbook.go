package handbook

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teahouse-im/teahouse/admin"
	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// handbook is all that the pages are made of.
type handbook struct {
	root        fs.FS // the root of the module
	table       *api.Table
	registry    *prometheus.Registry
	open, async node // the descriptions of both doors
	record      *record
	differences []difference
	specCodes   []specCode
	hooks       map[string]specHook
}

// Pages makes the pages, by the names of their files. The registry is that of a server that runs.
func Pages(root fs.FS, table *api.Table, registry *prometheus.Registry) (map[string]string, error) {
	h := &handbook{root: root, table: table, registry: registry}
	if err := h.read(); err != nil {
		return nil, err
	}
	plain := func(f func() (string, error)) func(string) (string, error) {
		return func(string) (string, error) { return f() }
	}
	pages := map[string]string{}
	for file, p := range map[string]struct {
		mark string
		make func(page string) (string, error)
	}{
		"docs/rest.md":                     {mark, h.rest},
		"docs/mqtt.md":                     {mark, plain(h.mqtt)},
		"docs/errors.md":                   {mark, plain(h.errors)},
		"docs/webhooks.md":                 {mark, plain(h.webhooks)},
		"docs/metrics.md":                  {mark, plain(h.metrics)},
		"docs/configuration.md":            {configurationMark, h.configuration},
		"docs/coming-from-tencent-chat.md": {mark, plain(h.coming)},
	} {
		page, err := fs.ReadFile(root, file)
		if err != nil {
			return nil, err
		}
		text, err := p.make(string(page))
		if err == nil {
			pages[file], err = made(string(page), p.mark, text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return pages, nil
}

func (h *handbook) read() (err error) {
	if h.open, err = document(admin.OpenAPI()); err != nil {
		return err
	}
	async, err := fs.ReadFile(h.root, "admin/asyncapi.yaml")
	if err != nil {
		return err
	}
	if h.async, err = document(async); err != nil {
		return err
	}
	if h.record, err = readRecord(h.root); err != nil {
		return err
	}
	if h.differences, err = readDifferences(h.root); err != nil {
		return err
	}
	if h.specCodes, err = readCodes(h.root); err != nil {
		return err
	}
	h.hooks, err = readHooks(h.root)
	return err
}

// known reports whether a number is a code of the table.
func (h *handbook) known(n int) bool { return slices.Contains(chat.Codes(), chat.Code(n)) }
