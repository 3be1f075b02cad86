package server

import (
	"errors"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	chatsearch "github.com/teahouse-im/teahouse/chat/search"
	"github.com/teahouse-im/teahouse/search"
)

// searchFolder holds the indexes, in the data folder.
const searchFolder = "search"

// shelf is where indexes are kept, nil when nothing is searched.
func (a *App) shelf() chatsearch.Shelf {
	shelf := search.New(filepath.Join(a.opt.Data, searchFolder))
	if !a.opt.NoSearch {
		return shelf
	}
	if err := shelf.Begin(); err != nil { // what changes now is not in the indexes that are there
		a.log.Warn("indexes cannot be begun", "err", err)
	}
	shelf.Close()
	return nil
}

// showSearch registers what there is to say of indexes.
func (a *App) showSearch() error {
	var err error
	for _, g := range []struct {
		name, help string
		value      func(chatsearch.Figures) float64
	}{
		{"documents", "Messages, users and groups that can be found.", func(f chatsearch.Figures) float64 { return float64(f.Documents) }},
		{"bytes", "Bytes of the indexes on the disk.", func(f chatsearch.Figures) float64 { return float64(f.Bytes) }},
		{"behind_seconds", "How long that has been waiting which waits longest to be put into an index, 0 when nothing waits.", func(f chatsearch.Figures) float64 { return f.Behind.Seconds() }},
		{"making", "Indexes that are being made, or brought up to date after a start.", func(f chatsearch.Figures) float64 { return float64(f.Making) }},
	} {
		err = errors.Join(err, a.metrics.Register(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Name: "teahouse_search_" + g.name, Help: g.help},
			func() float64 { return g.value(a.core.Search.Figures()) },
		)))
	}
	return err
}
