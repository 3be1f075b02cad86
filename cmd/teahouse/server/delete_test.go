package server

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	engine "github.com/dgraph-io/badger/v4"
	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/operator"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// holds lists what a data folder that nobody has open holds of an app: keys, and names of files
// and folders. The row of the app itself is among the keys.
func holds(t *testing.T, dir string, app chat.AppID) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), fmt.Sprint(app)) {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := engine.OpenManaged(engine.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	txn := db.NewTransactionAt(db.MaxVersion(), false)
	defer txn.Discard()
	it := txn.NewIterator(engine.IteratorOptions{})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		key := it.Item().KeyCopy(nil)
		of := len(key) >= 5 && binary.BigEndian.Uint32(key[1:]) == uint32(app)
		if of || strings.HasSuffix(string(key), fmt.Sprintf("%010d", app)) || key[0] == 'o' || key[0] == 'O' {
			list = append(list, fmt.Sprintf("key %q", key))
		}
	}
	return list
}

// gone waits until a deleted app is gone.
func gone(t *testing.T, a *App, app chat.AppID) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for a.apps.App(app) != nil {
		select {
		case <-end:
			t.Fatalf("app %d is still there", app)
		case <-tick.C:
		}
	}
}

// A deleted app lets nobody in from that moment, its connections end, and nothing of it is left in
// the folder: neither keys nor files. Its neighbour goes on meanwhile.
func TestDeletedAppLeavesNothing(t *testing.T) {
	o := devOptions(t)
	o.Dev.Apps, o.EraseGrace = 2, time.Millisecond
	a, do := startOperated(t, o)
	id, other := a.Ready().Apps[0], a.Ready().Apps[1]
	path := fmt.Sprintf("apps/%d", id.SDKAppID)
	lost := make(chan struct{})
	alice, err := connect(t, "tcp://"+a.Ready().MQTT, id.SDKAppID, id.Key, "alice", func(o *mqtt.ClientOptions) {
		o.SetCleanSession(false).SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) })
	})
	if err != nil {
		t.Fatal(err)
	}
	done(t, alice.Subscribe("im/#", 1, nil))
	done(t, alice.Publish("im/text/c2c/bob", 1, false, "hello bob"))
	done(t, alice.Publish("im/text/group/lobby", 1, false, "hello all"))
	if err := a.files.Store.Put(t.Context(), fmt.Sprintf("%d/ab/file", id.SDKAppID), strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	if err := a.core.Search.Settle(t.Context(), id.SDKAppID); err != nil {
		t.Fatal(err)
	}
	history := filepath.Join(o.Data, historyFolder, fmt.Sprint(id.SDKAppID))
	if err := os.MkdirAll(history, 0o700); err != nil {
		t.Fatal(err)
	}

	says(t, "deleting", do("DELETE", path, ""), `"deleting":true`, `"disabled":true`)
	select {
	case <-lost:
	case <-time.After(patience):
		t.Fatal("the connection stays")
	}
	if _, err := connect(t, "tcp://"+a.Ready().MQTT, id.SDKAppID, id.Key, "bob", nil); err == nil {
		t.Error("somebody logs in to a deleted app")
	}
	carol, err := connect(t, "tcp://"+a.Ready().MQTT, other.SDKAppID, other.Key, "carol", nil)
	if err != nil {
		t.Fatal(err)
	}
	done(t, carol.Publish("im/text/c2c/bob", 1, false, "still here"))
	gone(t, a, id.SDKAppID)
	if got := ask(t, a, asking{method: "GET", path: path}); got.status != http.StatusUnauthorized {
		t.Errorf("who is nobody: %d", got.status)
	}
	stop(t, a)
	if list := holds(t, o.Data, id.SDKAppID); len(list) > 0 {
		t.Errorf("left of the app: %s", strings.Join(list, "\n"))
	}
	if list := holds(t, o.Data, other.SDKAppID); len(list) < 10 {
		t.Errorf("left of the other: %s", strings.Join(list, "\n"))
	}
	if _, damage, err := badger.VerifyFiles(o.Data); err != nil || len(damage) > 0 {
		t.Errorf("%v, %v", damage, err)
	}
}

// What is deleted is refused to those who come late.
func TestDeletedAppIsRefused(t *testing.T) {
	h := newOperators(t)
	made := ask(t, h.App, h.by("POST", "apps", `{"id":77,"name":"x"}`))
	if made.status != http.StatusCreated {
		t.Fatal(made.text)
	}
	if got := ask(t, h.App, h.by("DELETE", "apps/77", "")); got.status != http.StatusAccepted {
		t.Fatal(got.text)
	}
	for _, c := range []struct{ what, method, path, body, want string }{
		{"again", "DELETE", "apps/77", "", "conflict"},
		{"enabled", "POST", "apps/77/enable", "", "conflict"},
		{"changed", "PATCH", "apps/77", `{"settings":{"name":"y"}}`, "conflict"},
		{"its number", "POST", "apps", `{"id":77,"name":"x"}`, "conflict"},
		{"a declared one", "DELETE", "apps/1400000001", "", "declared"},
		{"none", "DELETE", "apps/78", "", "not_found"},
	} {
		if got := ask(t, h.App, h.by(c.method, c.path, c.body)); got.body.Error.Code != c.want {
			t.Errorf("%s: %d %s, want %s", c.what, got.status, got.text, c.want)
		}
	}
	gone(t, h.App, 77)
	if got := ask(t, h.App, h.by("GET", "apps/77", "")); got.status != http.StatusNotFound {
		t.Errorf("one that is gone: %d %s", got.status, got.text)
	}
	if got := ask(t, h.App, h.by("POST", "apps", `{"id":77,"name":"x"}`)); got.body.Error.Code != "conflict" {
		t.Errorf("its number in the same run: %d %s", got.status, got.text)
	}
	if err := h.Reload([]chat.App{NewApp(77, "declared")}); err == nil {
		t.Error("a deleted app may be declared in the same run")
	}
}

// Where the process that is killed finds its data folder.
const killedEraser = "TEAHOUSE_TEST_ERASER_DATA"

// TestKilledEraser is no test: it is the server that TestErasingSurvivesKills kills.
func TestKilledEraser(t *testing.T) {
	dir := os.Getenv(killedEraser)
	if dir == "" {
		t.Skip("it is run by TestErasingSurvivesKills")
	}
	a, err := Start(context.Background(), Options{Data: dir, MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0", EraseGrace: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for was := int64(-1); a.apps.App(77) != nil; {
		if n := a.eraser.removed(77); n != was {
			was = n
			fmt.Println("removed", n)
		}
	}
	fmt.Println("gone")
	stop(t, a)
}

// A server that is killed again and again while it erases an app finishes that in the end.
func TestErasingSurvivesKills(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	store, err := badger.Open(badger.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range []chat.AppID{77, 78} {
		for i := range 60 {
			c := &chat.Commit{Shard: chat.UserShard(app, chat.UserID(fmt.Sprintf("u%d", i))), Raise: true}
			for j := range 200 {
				c.Rows = append(c.Rows, chat.Row{Kind: 72, Key: fmt.Sprint(j), Value: []byte("v")})
			}
			if err := store.Apply(t.Context(), []*chat.Commit{c}); err != nil {
				t.Fatal(err)
			}
		}
		made := NewApp(app, "x")
		if app == 77 {
			made = core.Husk(made)
		}
		if err := core.PutTenant(t.Context(), store, nil, made); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	whole := len(holds(t, dir, 78))
	for kills := 0; ; kills++ {
		// At once, then after something has gone, by turns: how often depends on the machine.
		if eraserRuns(t, dir, kills < 6, kills%2 == 0) {
			if kills == 0 {
				t.Error("it was not killed before the app was gone")
			}
			break
		}
	}
	if list := holds(t, dir, 77); len(list) > 0 {
		t.Errorf("left of the app: %d, %s", len(list), list[0])
	}
	if left := len(holds(t, dir, 78)); left < whole {
		t.Errorf("the other has %d keys, and had %d", left, whole)
	}
}

// eraserRuns runs the process, until it is killed, at once or after something has gone, or has ended
// by itself.
func eraserRuns(t *testing.T, dir string, kill, atOnce bool) (over bool) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledEraser$")
	c.Env = append(os.Environ(), killedEraser+"="+dir)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch line := lines.Text(); {
		case line == "gone":
			over = true
		case kill && strings.HasPrefix(line, "removed") && (atOnce || line != "removed 0"):
			_ = c.Process.Kill()
		}
	}
	_ = c.Wait()
	return over
}

// erasedAtOnce are tenants of which a deleted one is gone before its deletion is answered.
type erasedAtOnce struct {
	operator.Tenants
	gone func(chat.AppID)
}

func (e erasedAtOnce) Delete(ctx context.Context, id chat.AppID) (chat.App, error) {
	left, err := e.Tenants.Delete(ctx, id)
	e.gone(id)
	return left, err
}

// The answer to a deletion does not depend on how soon the app is gone.
func TestDeletionIsAnsweredAfterItsEnd(t *testing.T) {
	o := devOptions(t)
	o.Dev.Apps, o.EraseGrace = 2, time.Millisecond
	a, do := startOperated(t, o)
	a.operator.Tenants = erasedAtOnce{a.operator.Tenants, func(id chat.AppID) { gone(t, a, id) }}
	got := do("DELETE", fmt.Sprintf("apps/%d", a.Ready().Apps[0].SDKAppID), "")
	says(t, "gone already", got, `"deleting":true`, `"keys":[]`)
}
