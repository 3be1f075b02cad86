package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/raced"
)

// manyApps is what is ordinary (docs/sizing.md).
var manyApps = raced.Or(1000, 250)

// throughSocket asks the operators' API through the socket, which has no limit of requests.
func throughSocket(t *testing.T, data string) func(method, path, body string, answer any) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(data, SocketFile))
	}}}
	t.Cleanup(client.CloseIdleConnections)
	return func(method, path, body string, answer any) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://teahouse/operator/v1/"+path, bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode >= 300 || json.Unmarshal(text, answer) != nil {
			t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, text, err)
		}
	}
}

// inUse is the memory that lives, in bytes.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A thousand apps are made, listed by pages, there after a start, and serve their users; the size
// of /metrics does not depend on how many there are.
func TestAThousandApps(t *testing.T) {
	o := devOptions(t)
	o.Dev, o.Metrics, o.Web.Chat = nil, "127.0.0.1:0", false
	a, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	_, few := get(t, a.Ready().Metrics+"/metrics")
	do, before := throughSocket(t, o.Data), inUse()
	keys := map[chat.AppID]string{}
	began := time.Now()
	for i := range manyApps {
		var made struct{ Key struct{ Secret string } }
		id := FirstDevApp + chat.AppID(i)
		do("POST", "apps", fmt.Sprintf(`{"id":%d,"name":"tenant %d"}`, id, i), &made)
		keys[id] = made.Key.Secret
	}
	t.Logf("%d apps made in %s, %d bytes each", manyApps, time.Since(began).Round(time.Millisecond), (inUse()-before)/uint64(manyApps))
	stop(t, a)

	began, before = time.Now(), inUse()
	a = start(t, o)
	t.Logf("started in %s, %d bytes for each app, %d goroutines", time.Since(began).Round(time.Millisecond), (inUse()-before)/uint64(manyApps), runtime.NumGoroutine())
	do = throughSocket(t, o.Data)
	seen := map[chat.AppID]bool{}
	for cursor := ""; ; {
		var page struct {
			Items []struct{ ID chat.AppID }
			Next  string
		}
		do("GET", "apps?limit=200&cursor="+cursor, "", &page)
		for _, one := range page.Items {
			if seen[one.ID] {
				t.Errorf("app %d is listed twice", one.ID)
			}
			seen[one.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != manyApps {
		t.Errorf("%d apps are listed", len(seen))
	}
	for i := 0; i < manyApps; i += 111 {
		id := FirstDevApp + chat.AppID(i)
		alice, err := connect(t, "tcp://"+a.Ready().MQTT, id, keys[id], "alice", nil)
		if err != nil {
			t.Fatalf("app %d: %v", id, err)
		}
		done(t, alice.Publish("im/text/c2c/alice", 1, false, "hello"))
	}
	_, many := get(t, a.Ready().Metrics+"/metrics")
	t.Logf("/metrics has %d bytes, %d without apps", len(many), len(few))
	if strings.Contains(many, fmt.Sprint(FirstDevApp)) || len(many) > 2*len(few)+10_000 {
		t.Errorf("/metrics grows with the apps: %d bytes, %d without", len(many), len(few))
	}
}
