package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// inspectCommand says what a data folder holds: for sizing, and for who is asked for help. It prints
// numbers alone, nothing that users have written and no names.
type inspectCommand struct {
	folder
	App  chat.AppID `placeholder:"N" help:"What this app has, by kind of entry."`
	JSON bool       `name:"json" help:"Print one object of JSON, with the kinds of all apps."`
}

// surveyed is the whole, for JSON.
type surveyed struct {
	Schema int           `json:"schema"`
	Tables int           `json:"tables"`
	Bytes  int64         `json:"table_bytes"`
	Apps   []surveyedApp `json:"apps"` // the first, 0, is what no app has
}

type surveyedApp struct {
	App           chat.AppID               `json:"app"`
	Users         int64                    `json:"users"`
	Groups        int64                    `json:"groups"`
	Conversations int64                    `json:"conversations"`
	Messages      int64                    `json:"messages"`
	Oldest        int64                    `json:"oldest_at"` // of the messages, Unix milliseconds
	Newest        int64                    `json:"newest_at"`
	Entries       int64                    `json:"entries"`
	Bytes         int64                    `json:"bytes"` // before they are packed
	Kinds         map[string]*badger.Tally `json:"kinds"`
}

// Run reads the folder. Its files are checked first, and a damaged one is left alone.
func (c inspectCommand) Run(_ context.Context, out io.Writer) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("no data folder: %w", err)
	}
	files, damage, err := badger.VerifyFiles(dir)
	if err != nil {
		return asksRunning(err)
	}
	if len(damage) > 0 {
		return fmt.Errorf("the files of %s are damaged: teahouse verify shows what is wrong", dir)
	}
	store, err := openToRead(dir, badger.Options{CheckBytes: -1})
	if err != nil {
		return asksRunning(err)
	}
	apps, err := store.Survey()
	if err = errors.Join(err, store.Close()); err != nil {
		return err
	}
	all := surveyed{Schema: badger.Schema, Tables: files.Tables, Bytes: files.Bytes, Apps: []surveyedApp{}}
	for _, id := range slices.Sorted(maps.Keys(apps)) {
		a := apps[id]
		all.Apps = append(all.Apps, surveyedApp{
			id, a.Users, a.Groups, a.Conversations, a.Messages, a.Oldest, a.Newest, a.Entries, a.Bytes, a.Kinds,
		})
	}
	if c.App != 0 {
		all.Apps = slices.DeleteFunc(all.Apps, func(a surveyedApp) bool { return a.App != c.App })
		if len(all.Apps) == 0 {
			return fmt.Errorf("the folder holds nothing of app %d", c.App)
		}
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(all)
	}
	return all.print(out, c.App != 0)
}

// asksRunning says what to do when the folder is in use.
func asksRunning(err error) error {
	if errors.Is(err, badger.ErrInUse) {
		return fmt.Errorf("%w: stop the server first, or ask it while it runs: teahouse top, teahouse app list", err)
	}
	return err
}

// sentAt is when a message was sent; 0: there is none.
func sentAt(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return shownTime(ms)
}

// print writes tables: of the apps, and of the kinds of entries of all of them or of the one.
func (s surveyed) print(out io.Writer, one bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "schema %d, %d tables of %d bytes\n\n", s.Schema, s.Tables, s.Bytes)
	fmt.Fprintln(w, "APP\tUSERS\tGROUPS\tCONVERSATIONS\tMESSAGES\tOLDEST\tNEWEST\tENTRIES\tBYTES")
	kinds := map[string]*badger.Tally{}
	for i := range s.Apps {
		a := &s.Apps[i]
		name := "server"
		if a.App != 0 {
			name = strconv.FormatUint(uint64(a.App), 10)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%d\t%d\n", name, a.Users, a.Groups, a.Conversations, a.Messages,
			sentAt(a.Oldest), sentAt(a.Newest), a.Entries, a.Bytes)
		for kind, t := range a.Kinds {
			if kinds[kind] == nil {
				kinds[kind] = new(badger.Tally)
			}
			kinds[kind].Entries += t.Entries
			kinds[kind].Bytes += t.Bytes
		}
	}
	of := "of all"
	if one {
		of = "of the app"
	}
	fmt.Fprintf(w, "\nKIND, %s\tENTRIES\tBYTES\n", of)
	for _, kind := range slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
		return cmp.Or(-cmp.Compare(kinds[a].Bytes, kinds[b].Bytes), cmp.Compare(a, b))
	}) {
		fmt.Fprintf(w, "%s\t%d\t%d\n", kind, kinds[kind].Entries, kinds[kind].Bytes)
	}
	return w.Flush()
}
