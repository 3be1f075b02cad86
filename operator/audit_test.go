package operator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	room "github.com/teahouse-im/teahouse/chat/operator"
	"github.com/teahouse-im/teahouse/storage/memory"
)

// Whatever becomes of a request that might change something, it leaves one line: who, what, when,
// from where, and no secret. The one route without a line looks at a link and changes nothing.
func TestEachChangeLeavesALine(t *testing.T) {
	apps := new(chat.Apps)
	apps.Set(chat.App{ID: 1, Admins: []chat.UserID{"administrator"}})
	now := time.Unix(1_800_000_000, 0) // each line has a time of its own
	clock := func() time.Time { return now }
	c := core.New(core.Options{Store: memory.New(memory.Options{Now: clock}), Apps: apps, Now: clock})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	const token = "hunter2-token"
	h := New(Options{
		Core: c, Table: commands.New(c), Apps: apps, Token: func() string { return token }, NoLimits: true, Now: clock,
		RotateToken: func() (string, error) { return "hunter2-next", nil },
	})
	lines := 0
	for _, r := range h.routes() {
		if r.method == get || r.path == "links/check" {
			continue
		}
		if r.act == "" {
			t.Errorf("%s %s has no name in the log", r.method, r.path)
			continue
		}
		path := regexp.MustCompile(`\{app\}`).ReplaceAllString(r.path, "1")
		path = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x")
		for name, from := range map[string]func(*http.Request) (http.Handler, *http.Request){
			"token": func(q *http.Request) (http.Handler, *http.Request) {
				q.Header.Set("Authorization", "Bearer "+token)
				return h, q
			},
			"socket": func(q *http.Request) (http.Handler, *http.Request) {
				return h.Socket(), q.WithContext(ByUser(q.Context(), 1000))
			},
		} {
			body := `{"name":"eve","password":"hunter2","token":"hunter2","usersig":"hunter2","settings":{"webhook":{"token":"hunter2"}}}`
			q := httptest.NewRequest(r.method, Path+path, strings.NewReader(body))
			q.Header.Set("Content-Type", "application/json")
			now = now.Add(time.Second)
			door, q := from(q)
			door.ServeHTTP(httptest.NewRecorder(), q)
			lines++
			list, _, err := c.Operators.Audit(t.Context(), room.AuditQuery{}, "", 1)
			if err != nil || len(list) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			got := list[0]
			wantFrom := map[string]string{"token": "192.0.2.1", "socket": "socket, uid 1000"}[name]
			if got.Action != r.act || got.Address != wantFrom || got.Result == "" || got.Time != now.UnixMilli() {
				t.Errorf("%s %s by %s: %+v", r.method, r.path, name, got)
			}
			if got.Kind != name && r.path != "login" && r.path != "links/redeem" { // these say who they are
				t.Errorf("%s %s by %s: of kind %s", r.method, r.path, name, got.Kind)
			}
			if strings.Contains(fmt.Sprintf("%+v", got), "hunter2") {
				t.Errorf("%s %s: a secret is in %+v", r.method, r.path, got)
			}
		}
	}
	if lines < 60 {
		t.Errorf("%d requests", lines)
	}
}
