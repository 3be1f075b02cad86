package server

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

// patience bounds every wait; it is reached only when something is wrong.
const patience = 30 * time.Second

// devOptions are those of "teahouse dev" on free ports.
func devOptions(t *testing.T) Options {
	t.Helper()
	return Options{
		Data: filepath.Join(t.TempDir(), "data"),
		MQTT: "127.0.0.1:0", WS: "127.0.0.1:0", Admin: "127.0.0.1:0", Dev: new(Dev), Web: Web{Chat: true},
	}
}

// start starts a server that ends with the test and leaves nothing running.
func start(t *testing.T, o Options) *App {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	a, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, a) })
	return a
}

func stop(t *testing.T, a *App) {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// connect connects a user with a UserSig signed by key; it fails if CONNECT is
// refused.
func connect(t *testing.T, address string, app chat.AppID, key, user string, change func(*mqtt.ClientOptions)) (mqtt.Client, error) {
	t.Helper()
	text, err := ticket.Mint(uint32(app), user, key, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	o := mqtt.NewClientOptions().AddBroker(address).SetClientID(user + "-test").SetUsername(user).SetPassword(text).
		SetAutoReconnect(false).SetConnectTimeout(patience).SetProtocolVersion(4)
	if change != nil {
		change(o)
	}
	c := mqtt.NewClient(o)
	if token := c.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		return nil, token.Error()
	}
	t.Cleanup(func() { c.Disconnect(0) })
	return c, nil
}

// in is connect for somebody who must be let in.
func in(t *testing.T, a *App, user string) mqtt.Client {
	t.Helper()
	c, err := connect(t, "tcp://"+a.Ready().MQTT, a.Ready().SDKAppID, a.Ready().Key, user, nil)
	if err != nil {
		t.Fatalf("%s may not come in: %v", user, err)
	}
	return c
}

// done waits for what a client asked for.
func done(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("no answer in time: %v", token.Error())
	}
}

// journal is a log that is read while it is written.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
