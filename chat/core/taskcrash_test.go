package core_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/chat/record"
	"github.com/teahouse-im/teahouse/raced"
	"github.com/teahouse-im/teahouse/storage/badger"
	"github.com/teahouse-im/teahouse/storage/memory"
)

var (
	pushedTo = flag.Int("pushed-to", raced.Or(3_000, 900), "to how many accounts the push goes that is killed on its way")
	kills    = flag.Int("push-kills", 3, "how often it is killed, the last time when all have it")
)

// Where the process that is killed finds its data folder and the provider, and how many
// accounts there are to be.
const (
	killedData     = "TEAHOUSE_TEST_PUSH_DATA"
	killedProvider = "TEAHOUSE_TEST_PUSH_PROVIDER"
	killedAccounts = "TEAHOUSE_TEST_PUSH_ACCOUNTS"
)

// overHTTP is a channel to the provider of the test.
type overHTTP struct{ to string }

func (overHTTP) Check(context.Context) error { return nil }

func (c overHTTP) Send(ctx context.Context, d *push.Device, n *push.Notice) push.Result {
	form := url.Values{"user": {string(d.User)}, "task": {n.TaskID}, "collapse": {n.Collapse}, "text": {n.Text}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.to, strings.NewReader(form.Encode()))
	if err != nil {
		return push.Result{Outcome: push.Refused, Info: err.Error()}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return push.Result{Outcome: push.Retry, Info: err.Error()}
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
		return push.Result{Outcome: push.Retry}
	}
	return push.Result{Outcome: push.Sent}
}

// TestPushKilledProcess is no test: it is the process that TestTasksSurviveKills kills.
func TestPushKilledProcess(t *testing.T) {
	dir := os.Getenv(killedData)
	if dir == "" {
		t.Skip("it is run by TestTasksSurviveKills")
	}
	store, err := badger.Open(badger.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
	channel := overHTTP{os.Getenv(killedProvider)}
	c := core.New(core.Options{Store: store, Apps: apps, Push: push.Options{
		Channels: func(chat.AppID, push.ChannelName) push.Channel { return channel },
	}})
	var accounts int
	if _, err := fmt.Sscan(os.Getenv(killedAccounts), &accounts); err != nil {
		t.Fatal(err)
	}
	if accounts > 0 { // the first one registers them, and ends in order
		furnishAccounts(t, c, accounts)
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
	if _, err := c.Tasks.Make(t.Context(), admin(), &push.TaskDraft{Form: push.Notification, Random: 1, Push: []byte(`{"Desc":"tea"}`)}); err != nil {
		t.Fatal(err)
	}
	fmt.Println("working")
	if err := c.Resume(t.Context(), []chat.AppID{app}); err != nil {
		t.Fatal(err)
	}
	select {} // until it is killed
}

// furnishAccounts makes accounts with a device each.
func furnishAccounts(t *testing.T, c *core.Core, n int) {
	t.Helper()
	if _, err := c.People.Login(t.Context(), app, "admin", chat.Ticket{}); err != nil {
		t.Fatal(err)
	}
	users := make(chan chat.UserID)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for u := range users {
				by := chat.Actor{App: app, User: u, Device: "phone", Platform: chat.PlatformAndroid}
				if _, err := c.People.Login(t.Context(), app, u, chat.Ticket{}); err != nil {
					t.Error(err)
				} else if err := c.Push.Register(t.Context(), by, push.Device{Channel: push.FCM, Token: "token-" + string(u)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		users <- chat.UserID(fmt.Sprintf("u%06d", i))
	}
	close(users)
	all.Wait()
}

// standIn is a provider that counts what it is handed.
type standIn struct {
	mu       sync.Mutex
	got      map[string][]string // of each user: the Collapse of each
	calls    int
	progress chan struct{}
}

func (p *standIn) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	user, what := r.FormValue("user"), r.FormValue("task")+" "+r.FormValue("collapse")+" "+r.FormValue("text")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got[user] = append(p.got[user], what)
	p.calls++
	select {
	case p.progress <- struct{}{}:
	default:
	}
}

func (p *standIn) reached() (users, calls int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.got), p.calls
}

// A push to all users whose process is killed again and again reaches each device once, or,
// where a kill has lost the answer, once more with the same Collapse.
func TestTasksSurviveKills(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes its time")
	}
	p := &standIn{got: map[string][]string{}, progress: make(chan struct{}, 1)}
	server := httptest.NewServer(p)
	defer server.Close()
	dir := t.TempDir()
	begin := func(accounts int) *exec.Cmd {
		t.Helper()
		cmd := exec.Command(os.Args[0], "-test.run", "^TestPushKilledProcess$")
		cmd.Env = append(os.Environ(), killedData+"="+dir, killedProvider+"="+server.URL, fmt.Sprintf("%s=%d", killedAccounts, accounts))
		cmd.Stderr = os.Stderr
		return cmd
	}
	if out, err := begin(*pushedTo).Output(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for kill := 1; kill <= *kills; kill++ {
		cmd := begin(0)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line := bufio.NewScanner(out); !line.Scan() || line.Text() != "working" {
			t.Errorf("the process says %q", line.Text())
		}
		want := *pushedTo * kill / *kills
		late := time.After(5 * time.Minute)
		for users, _ := p.reached(); users < want; users, _ = p.reached() {
			select {
			case <-p.progress:
			case <-late:
				t.Fatalf("%d of %d users have it", users, want)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
	}
	users, calls := p.reached()
	if users != *pushedTo {
		t.Errorf("%d users have it, want %d", users, *pushedTo)
	}
	for user, list := range p.got {
		// Each kill can lose the answer to what was on its way then; the last comes after all.
		if first := list[0]; len(list) > *kills || slices.ContainsFunc(list, func(one string) bool { return one != first }) {
			t.Errorf("%s has it %d times: %q", user, len(list), list)
		}
	}
	t.Logf("%d users, %d kills, %d sent twice", users, *kills, calls-users)
}

// endless is a store whose app has as many accounts as one likes, which nobody stored.
type endless struct {
	chat.Store
	users int
	value []byte // of every account's row
}

func (e *endless) Users(_ context.Context, _ chat.AppID, after chat.UserID, limit int) (list []chat.UserID, err error) {
	next := 0
	if after != "" {
		if _, err := fmt.Sscanf(string(after), "u%d", &next); err != nil {
			return nil, err
		}
		next++
	}
	for ; next < e.users && len(list) < limit; next++ {
		list = append(list, chat.UserID(fmt.Sprintf("u%07d", next)))
	}
	return list, nil
}

func (e *endless) RowsOf(ctx context.Context, asks []chat.RowAsk) ([]*chat.Cell, error) {
	if len(asks) == 0 || asks[0].Kind != chat.RowKind(record.Account) || !strings.HasPrefix(string(asks[0].Shard.User()), "u") {
		return e.Store.RowsOf(ctx, asks)
	}
	cells := make([]*chat.Cell, len(asks))
	for i, ask := range asks {
		cells[i] = &chat.Cell{Row: chat.Row{Kind: ask.Kind, Key: ask.Key, Value: e.value}}
	}
	return cells, nil
}

// A push to very many takes as much memory as one to a page of them.
func TestPushesToManyTakeLittleMemory(t *testing.T) {
	if raced.On {
		t.Skip("it measures")
	}
	const accounts, mostBytes = 60_000, 4 << 20
	store := &endless{Store: memory.New(memory.Options{}), users: accounts}
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}})
	c := core.New(core.Options{Store: store, Apps: apps})
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, err := c.People.Login(t.Context(), app, "admin", chat.Ticket{}); err != nil {
		t.Fatal(err)
	}
	cell, err := store.Row(t.Context(), chat.UserShard(app, "admin"), chat.RowKind(record.Account), "")
	if err != nil || cell == nil {
		t.Fatal(err)
	}
	store.value = cell.Value
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	enqueued := 0
	tasks := push.NewTasks(push.TasksOptions{
		Ledger: c.Ledger(), Apps: apps, Send: c.Message.Send,
		Devices: func(_ context.Context, _ chat.AppID, list []chat.UserID) (all []*push.Device, err error) {
			for _, u := range list {
				all = append(all, &push.Device{User: u, Client: "phone", Channel: push.FCM})
			}
			return all, nil
		},
		Enqueue: func(_ *ledger.Turn, to []push.Target, _, _ string, _ int64) { enqueued += len(to) },
	})
	_, err = tasks.Make(t.Context(), admin(), &push.TaskDraft{Form: push.Notification, Random: 1, Push: []byte(`{"Desc":"tea"}`)})
	if err != nil {
		t.Fatal(err)
	}
	tasks.Work(t.Context())
	before, most := heap(), uint64(0)
	for page := range accounts {
		if rest := tasks.Work(t.Context()); rest >= 10*time.Second {
			break
		}
		if page%50 == 0 {
			most = max(most, heap())
		}
	}
	if most > before+mostBytes {
		t.Errorf("the heap has grown from %d to %d bytes", before, most)
	}
	if enqueued != accounts {
		t.Errorf("%d devices got it, want %d", enqueued, accounts)
	}
	t.Logf("the heap went from %d to at most %d bytes", before, most)
}
