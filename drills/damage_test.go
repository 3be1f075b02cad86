//go:build drills

package drills

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// Every file of a data folder is damaged in each of several ways. The server
// either refuses the folder in words that name a file of it, or it has everything
// that was acknowledged. It never starts without a word and without messages.
func TestDamagedFolders(t *testing.T) {
	const n = 200
	closed, killed := usedFolder(t, n)
	tally := map[string]int{}
	for state, folder := range map[string]string{"closed": closed, "killed": killed} {
		files, err := os.ReadDir(folder)
		if err != nil || len(files) < 5 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, file := range files {
			for _, way := range damages {
				t.Run(fmt.Sprint(state, " ", file.Name(), " ", way.name), func(t *testing.T) {
					dir := t.TempDir()
					copyFolder(t, folder, dir)
					if way.do(t, filepath.Join(dir, file.Name())) {
						tally[outcome(t, dir, n)]++
					}
				})
			}
		}
	}
	told(t, "%d folders refused, %d whole, %d with something lost", tally["refused"], tally["whole"], tally["lost"])
}

// damage is something that happens to a file; do reports whether it changed it.
type damage struct {
	name string
	do   func(t *testing.T, file string) bool
}

var damages = []damage{
	{"is missing", func(t *testing.T, file string) bool { return done(t, os.Remove(file)) }},
	{"is empty", func(t *testing.T, file string) bool { return done(t, os.Truncate(file, 0)) }},
	{"is cut in the middle", func(t *testing.T, file string) bool {
		return rewrite(t, file, func(used []byte) []byte { return used[:len(used)/2] })
	}},
	{"has a wrong byte at the start", func(t *testing.T, file string) bool { return flip(t, file, 0) }},
	{"has a wrong byte in the middle", func(t *testing.T, file string) bool { return flip(t, file, 0.5) }},
	{"has a wrong byte at the end", func(t *testing.T, file string) bool { return flip(t, file, 1) }},
	{"has zeros in the middle", func(t *testing.T, file string) bool {
		return rewrite(t, file, func(used []byte) []byte {
			clear(used[len(used)/2 : len(used)/2+min(4096, len(used)/4)])
			return used
		})
	}},
}

func done(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return true
}

func flip(t *testing.T, file string, at float64) bool {
	t.Helper()
	return rewrite(t, file, func(used []byte) []byte {
		if len(used) > 0 {
			used[int(at*float64(len(used)-1))] ^= 0x5a
		}
		return used
	})
}

// rewrite changes what is used of a file; the zeros behind it stay.
func rewrite(t *testing.T, file string, do func(used []byte) []byte) bool {
	t.Helper()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	used := bytes.TrimRight(whole, "\x00")
	size := int64(len(whole))
	changed := do(bytes.Clone(used))
	if bytes.Equal(changed, used) {
		return false
	}
	if len(changed) < len(used) {
		size = int64(len(changed))
	}
	done(t, os.WriteFile(file, changed, 0o600))
	return done(t, os.Truncate(file, size))
}

// outcome starts a server on a folder and tells what became of it.
func outcome(t *testing.T, dir string, n int) string {
	t.Helper()
	verdict, unsound := house.Run("verify", "--data", dir)
	s, err := house.Start("--data", dir)
	if err != nil {
		refusal := err.Error()
		if strings.Contains(refusal, "panic") || !names(t, dir, refusal) {
			t.Errorf("it is refused without naming a file: %.2000s", refusal)
		}
		if unsound == nil {
			t.Errorf("verify finds it sound, and the server does not start: %s%.2000s", verdict, refusal)
		}
		return "refused"
	}
	defer func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
	}()
	if s.Trouble() {
		t.Errorf("it starts with a panic: %s", s.Log)
	}
	if got := heldIn(t, order{Ready: s.Ready}); got != n {
		t.Errorf("it starts without a word and has %d messages of %d; verify says %s", got, n, verdict)
		return "lost"
	}
	return "whole"
}

// names reports whether a refusal names a file of the folder, or one that was in it.
func names(t *testing.T, dir, refusal string) bool {
	t.Helper()
	for _, sign := range []string{"MANIFEST", "KEYREGISTRY", "COMMITTED", "DISCARD", "LOCK", ".sst", ".mem", ".vlog"} {
		if strings.Contains(refusal, sign) {
			return true
		}
	}
	return false
}

// usedFolder is a folder after several runs of a server in which n messages
// were acknowledged: closed in good order, and as kill -9 leaves it.
func usedFolder(t *testing.T, n int) (closed, killed string) {
	t.Helper()
	closed, killed = t.TempDir(), t.TempDir()
	dir := filepath.Join(t.TempDir(), "data")
	for range 4 {
		s := mustStart(t, dir)
		say(t, order{Ready: s.Ready}, n/4)
		done(t, s.Stop())
	}
	copyFolder(t, dir, closed)
	// The same messages, the last of them in a log alone.
	dir = filepath.Join(t.TempDir(), "data")
	for run := range 4 {
		s := mustStart(t, dir)
		say(t, order{Ready: s.Ready}, n/4)
		if run < 3 {
			done(t, s.Stop())
		} else {
			done(t, s.Kill())
		}
	}
	copyFolder(t, dir, killed)
	return closed, killed
}

func mustStart(t *testing.T, dir string) *program.Server {
	t.Helper()
	s, err := house.Start("--data", dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// say sends n messages to ben, and all must be acknowledged.
func say(t *testing.T, at order, n int) {
	t.Helper()
	b, err := at.dial("127.0.0.1", at.user("ben"), login{version: 4}) // a first login makes the account
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	c, err := at.dial("127.0.0.1", at.user("ann"), login{version: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range n {
		body := fmt.Sprintf("%d %s", i, strings.Repeat(fmt.Sprint(i*i), 100))
		if err := c.put(publishing("im/text/c2c/ben", body, 1, uint16(i+1))); err != nil {
			t.Fatal(err)
		}
	}
	for acked := 0; acked < n; {
		pk, err := c.read()
		if err != nil {
			t.Fatal(err)
		}
		if pk.FixedHeader.Type == packets.Puback {
			acked++
		}
	}
}

// heldIn counts the messages of ann to ben, all of which must be readable.
func heldIn(t *testing.T, at order) (n int) {
	t.Helper()
	c, err := at.dial("127.0.0.1", at.user("ben"), login{version: 4, client: "phone"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	done(t, c.subscribe("im/res/#"))
	for {
		page := c.history(t, "c2c/ann", n)
		for _, m := range page {
			if m.MsgSeq != n+1 {
				t.Errorf("after message %d comes %d", n, m.MsgSeq)
			}
			n = m.MsgSeq
		}
		if len(page) == 0 {
			return n
		}
	}
}

// copyFolder copies the files of a folder; their holes stay holes.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		whole, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(to, f.Name())
		done(t, os.WriteFile(file, bytes.TrimRight(whole, "\x00"), 0o600))
		done(t, os.Truncate(file, int64(len(whole))))
	}
}
