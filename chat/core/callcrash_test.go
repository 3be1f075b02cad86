package core_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/call"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// Where the process that is killed finds its data folder, and how many users call.
const (
	killedCalls = "TEAHOUSE_TEST_CALL_DATA"
	callers     = 10
	callsEach   = 10
)

// saysTimeouts prints a line for every timeout that is delivered.
type saysTimeouts struct{ ears }

func (s *saysTimeouts) Deliver(m *chat.Message, _ uint64) {
	if strings.Contains(string(m.Body), `actionType\":5`) {
		fmt.Println("timeout")
	}
}

// TestCallKilledProcess is no test: it is the process that TestTimeoutsSurviveKills kills.
func TestCallKilledProcess(t *testing.T) {
	dir := os.Getenv(killedCalls)
	if dir == "" {
		t.Skip("it is run by TestTimeoutsSurviveKills")
	}
	store, err := badger.Open(badger.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: app})
	c := core.New(core.Options{Store: store, Apps: apps})
	c.Attach(&saysTimeouts{})
	acc, err := c.Ledger().Account(t.Context(), app, "u0")
	if err != nil {
		t.Fatal(err)
	}
	if acc == nil {
		makeCalls(t, c)
	}
	if err := c.Resume(t.Context(), []chat.AppID{app}); err != nil {
		t.Fatal(err)
	}
	if !eventually(func() bool { return c.Calls.Waiting() == 0 }) {
		t.Error("calls wait still")
	}
	if err := c.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	fmt.Println("over")
}

func makeCalls(t *testing.T, c *core.Core) {
	t.Helper()
	for i := range callers {
		if _, err := c.People.Login(t.Context(), app, caller(i), chat.Ticket{}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range callers {
		for n := range callsEach {
			_, err := c.Calls.Invite(t.Context(), as(caller(i)), call.Invitation{
				To: chat.ToUser(caller((i + 1) % callers)), ID: fmt.Sprint("c", i, ".", n), Timeout: 1,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func caller(i int) chat.UserID { return chat.UserID(fmt.Sprint("u", i)) }

// A process that is killed while calls time out sends each timeout once, over all its starts.
func TestTimeoutsSurviveKills(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes its time")
	}
	dir := t.TempDir()
	for kill := 1; ; kill++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestCallKilledProcess$")
		cmd.Env = append(os.Environ(), killedCalls+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, timeouts, over := bufio.NewScanner(out), 0, false
		for lines.Scan() {
			over = over || lines.Text() == "over"
			if lines.Text() == "timeout" {
				timeouts++
			}
			if kill < 4 && timeouts >= 20 {
				break
			}
		}
		t.Logf("start %d: %d timeouts", kill, timeouts)
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed, or is over
		if kill >= 4 || over {
			if !over {
				t.Fatal("the process has not ended")
			}
			break
		}
	}
	store, err := badger.Open(badger.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	for i := range callers {
		conv := chat.C2COf(app, caller(i), caller((i+1)%callers))
		page, err := store.Messages(t.Context(), conv, 1, false, 100, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		invites, timeouts := 0, 0
		for _, m := range page {
			switch signalIn(t, m)[:2] {
			case "(1":
				invites++
			case "5 ":
				timeouts++
			}
		}
		if invites != callsEach || timeouts != callsEach {
			t.Errorf("%s: %d calls and %d timeouts", conv, invites, timeouts)
		}
	}
}
