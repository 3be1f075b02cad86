package badger

import (
	"fmt"
	"os"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

func TestLinesOfMappings(t *testing.T) {
	for what, c := range map[string]struct {
		line string
		want mapping
		ok   bool
	}{
		"a table":          {"7f0000000000-7f0000002000 rw-s 00000000 08:01 42                         /data/000001.sst\n", mapping{0x7f0000000000, 0x7f0000002000, "/data/000001.sst"}, true},
		"blanks in it":     {"1000-2000 rw-s 00000000 08:01 42 /my data/000001.sst\n", mapping{0x1000, 0x2000, "/my data/000001.sst"}, true},
		"deleted":          {"1000-2000 rw-s 00000000 08:01 42 /data/000001.sst (deleted)\n", mapping{0x1000, 0x2000, "/data/000001.sst (deleted)"}, true},
		"a private one":    {"1000-2000 rw-p 00000000 08:01 42 /data/000001.sst\n", mapping{}, false},
		"without a file":   {"c000000000-c000400000 rw-p 00000000 00:00 0 \n", mapping{}, false},
		"shared, no file":  {"1000-2000 rw-s 00000000 00:01 9 [anon]\n", mapping{}, false},
		"no line":          {"\n", mapping{}, false},
		"no address":       {"x-y rw-s 00000000 08:01 42 /data/000001.sst\n", mapping{}, false},
		"an empty stretch": {"1000-1000 rw-s 00000000 08:01 42 /data/000001.sst\n", mapping{}, false},
	} {
		got, ok := parseMapping(c.line)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %+v, %v", what, got, ok)
		}
	}
}

// The pages of tables leave the process and what is in them is still read.
func TestTablesAreTakenOutAndStillRead(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	const messages = 100
	for n := range messages {
		if err := s.Apply(t.Context(), one(text(pair, fmt.Sprint(n)))); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.unmapTables(); got != 0 {
		t.Errorf("%d bytes trimmed of no tables", got)
	}
	if err := s.Close(); err != nil { // writes a table
		t.Fatal(err)
	}
	if got := s.unmapTables(); got != 0 {
		t.Errorf("%d bytes trimmed of a closed store", got)
	}
	s = mustOpen(t, Options{Dir: dir})
	if got := s.unmapTables(); got < uintptr(os.Getpagesize()) {
		t.Errorf("%d bytes trimmed", got)
	}
	page, err := s.Messages(t.Context(), pair, 1, false, messages, 0)
	if err != nil || len(page) != messages {
		t.Fatalf("%d messages, %v", len(page), err)
	}
	for i, m := range page {
		if m.Seq != chat.Seq(i+1) || string(m.Body) != fmt.Sprint(i) {
			t.Errorf("message %d is %d %s", i+1, m.Seq, m.Body)
		}
	}
}
