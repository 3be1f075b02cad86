package teahouse_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/teahouse-im/teahouse"
)

// patience bounds every wait; what is waited for is an event.
const patience = 30 * time.Second

func Example() {
	ctx := context.Background()
	data, err := os.MkdirTemp("", "teahouse-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(data)
	srv, err := teahouse.Start(ctx, teahouse.Options{Data: data, MQTT: "127.0.0.1:0"})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	app, err := srv.App(ctx, 0, "my app")
	if err != nil {
		panic(err)
	}
	for _, user := range []string{"alice", "bob"} {
		if err := srv.Call(ctx, app, "im_open_login_svc/account_import", map[string]any{"UserID": user}, nil); err != nil {
			panic(err)
		}
	}
	var answer struct{ MsgKey string }
	err = srv.Call(ctx, app, "openim/sendmsg", map[string]any{
		"From_Account": "alice", "To_Account": "bob", "MsgRandom": 1,
		"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": "hello bob"}}},
	}, &answer)
	fmt.Println(app, err, answer.MsgKey != "")
	// Output: 1400000001 <nil> true
}

// client is a user with an MQTT client; heard gets what comes on im/in and im/err.
type client struct {
	paho.Client
	heard chan string
}

func connect(t *testing.T, srv *teahouse.Server, user, password string) (*client, error) {
	t.Helper()
	c := &client{heard: make(chan string, 100)}
	o := paho.NewClientOptions().AddBroker("tcp://" + srv.Ready().MQTT).SetUsername(user).SetPassword(password).SetConnectRetry(false)
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) { c.heard <- m.Topic() + " " + string(m.Payload()) })
	c.Client = paho.NewClient(o)
	for _, step := range []func() paho.Token{
		c.Connect,
		func() paho.Token { return c.SubscribeMultiple(map[string]byte{"im/in/#": 1, "im/err": 0}, nil) },
	} {
		token := step()
		if !token.WaitTimeout(patience) {
			t.Fatal("no answer")
		}
		if token.Error() != nil {
			return nil, token.Error()
		}
	}
	t.Cleanup(func() { c.Disconnect(0) })
	return c, nil
}

func (c *client) hears(t *testing.T, text string) {
	t.Helper()
	select {
	case got := <-c.heard:
		if !strings.Contains(got, text) {
			t.Fatalf("heard %s, want %s", got, text)
		}
	case <-time.After(patience):
		t.Fatalf("%s is not heard", text)
	}
}

func start(t *testing.T, o teahouse.Options) *teahouse.Server {
	t.Helper()
	o.MQTT = "127.0.0.1:0"
	srv, err := teahouse.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv
}

// A program decides who is let in, by a check of its own beside tickets, and what is said, in a
// function; what that function fails at is told again, also after a restart.
func TestEmbed(t *testing.T) {
	told := make(chan teahouse.Event, 10)
	failing := make(chan struct{}, 1)
	failing <- struct{}{}
	o := teahouse.Options{
		Data: t.TempDir(),
		Login: func(_ context.Context, a teahouse.Attempt) (teahouse.Pass, error) {
			switch {
			case a.User != "ann":
				return teahouse.Pass{}, teahouse.ErrTicket
			case a.Password != "apple":
				return teahouse.Pass{}, errors.New("wrong password")
			}
			return teahouse.Pass{}, nil
		},
		Events: []string{"C2C.CallbackBeforeSendMsg", "C2C.CallbackAfterSendMsg"},
		Webhook: func(_ context.Context, _ *teahouse.Server, e teahouse.Event) (teahouse.Answer, error) {
			m, err := e.Message()
			switch {
			case err != nil:
				return teahouse.Answer{}, err
			case e.Before() && m.Text() == "coffee":
				return teahouse.Answer{ErrorCode: 120007, ErrorInfo: "tea only"}, nil
			case e.Before() && m.Text() == "panic":
				panic("the program's own") // it lets pass, as a webhook that fails does
			case e.Before():
				return teahouse.Answer{}, nil
			}
			told <- e
			select {
			case <-failing:
				return teahouse.Answer{}, errors.New("not now")
			default:
				return teahouse.Answer{}, nil
			}
		},
	}
	srv := start(t, o)
	app, err := srv.App(t.Context(), 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := srv.App(t.Context(), 0, "test"); err != nil || again != app {
		t.Errorf("a second app %d, %v", again, err)
	}
	if _, err := connect(t, srv, "ann", "pear"); err == nil {
		t.Error("a wrong password is let in")
	}
	if _, err := connect(t, srv, "bob", "apple"); err == nil {
		t.Error("what is no ticket is let in")
	}
	ann, err := connect(t, srv, "ann", "apple")
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := srv.Ticket(app, "bob", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	bob, err := connect(t, srv, "bob", ticket)
	if err != nil {
		t.Fatal(err)
	}
	ann.Publish("im/text/c2c/bob", 1, false, "coffee")
	ann.hears(t, `"ErrorCode":120007,"ErrorInfo":"tea only"`)
	ann.Publish("im/text/c2c/bob", 1, false, "panic")
	bob.hears(t, `"Text":"panic"`)
	first, again := <-told, <-told
	if first.ID == "" || first.ID != again.ID || first.App != app {
		t.Errorf("told %+v, then %+v", first, again)
	}
	if err := srv.Change(t.Context(), app, func(a *teahouse.App) error { a.Switches.FriendsOnly = true; return nil }); err != nil {
		t.Fatal(err)
	}
	ann.Publish("im/text/c2c/bob", 1, false, "friends?")
	ann.hears(t, `"ErrorCode":20009`)
	var refusal *teahouse.Refusal
	if err := srv.Call(t.Context(), app, "openim/nosuch", nil, nil); !errors.As(err, &refusal) || refusal.Code != 60009 {
		t.Errorf("an unknown command: %v", err)
	}
}

func TestStartRefuses(t *testing.T) {
	if _, err := teahouse.Start(t.Context(), teahouse.Options{}); err == nil {
		t.Error("started without a folder")
	}
	data := t.TempDir()
	start(t, teahouse.Options{Data: data})
	if _, err := teahouse.Start(t.Context(), teahouse.Options{Data: data, MQTT: "127.0.0.1:0"}); err == nil {
		t.Error("two servers share a folder")
	}
}
