// Command go-client is a user of the chat in a terminal, with Eclipse Paho for MQTT 5:
//
//	TICKET=$ALICE go run ./examples/go-client -user alice -to c2c/bob
//
// What you type is sent, what comes in is printed. A line has a ClientMsgId and goes out again after each
// connect until the server has said what became of it; what comes in is numbered (MsgSeq), so that it
// is printed once, and a gap is asked for. The session is kept: what was said while the program was
// not connected comes when it is.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
)

// client is one device. Its callbacks run one at a time; what else touches its fields holds mu.
type client struct {
	conn *autopaho.ConnectionManager
	to   string

	mu     sync.Mutex
	last   map[string]uint64        // conversation: the highest MsgSeq
	unsent map[string]*paho.Publish // ClientMsgId: what has no answer yet
	asked  map[string]func([]byte)  // topic of an answer: who waits for it
	ended  chan error               // why there is no use in going on
}

func main() {
	server := flag.String("server", "mqtt://127.0.0.1:1883", "address of the server")
	user := flag.String("user", "alice", "UserID; the ticket is in TICKET")
	to := flag.String("to", "c2c/bob", "the conversation: c2c/USER or group/GROUP")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *server, *user, *to); err != nil {
		fmt.Fprintln(os.Stderr, "go-client:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, server, user, to string) error {
	at, err := url.Parse(server)
	if err != nil {
		return err
	}
	c := &client{
		to: to, last: map[string]uint64{}, unsent: map[string]*paho.Publish{}, asked: map[string]func([]byte){}, ended: make(chan error, 1),
	}
	c.conn, err = autopaho.NewConnection(ctx, autopaho.ClientConfig{
		ServerUrls: []*url.URL{at}, KeepAlive: 60,
		ConnectUsername: escape(user), ConnectPassword: []byte(os.Getenv("TICKET")),
		SessionExpiryInterval: 7 * 24 * 3600, // seconds: the most that the server keeps
		ReconnectBackoff:      autopaho.NewExponentialBackoff(time.Second, time.Minute, 2*time.Second, 2),
		OnConnectionUp:        c.up,
		OnConnectError:        c.refused,
		ClientConfig: paho.ClientConfig{
			ClientID:          "go-client-" + user,
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){c.received},
		},
	})
	if err != nil {
		return err
	}
	lines := make(chan string)
	go func() { // it ends with the program: nothing ends a read of a terminal
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			lines <- in.Text()
		}
	}()
	for {
		select {
		case text := <-lines:
			c.say(ctx, text)
		case err := <-c.ended:
			return err
		case <-ctx.Done():
			<-c.conn.Done() // it disconnects by itself
			return nil
		}
	}
}

// up subscribes, and sends what has no answer yet. It must not wait for what comes in.
func (c *client) up(conn *autopaho.ConnectionManager, _ *paho.Connack) {
	go func() {
		if _, err := conn.Subscribe(context.Background(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "im/#", QoS: 1}}}); err != nil {
			return // the connection is gone again
		}
		fmt.Println("connected")
		c.mu.Lock()
		again := make([]*paho.Publish, 0, len(c.unsent))
		for _, p := range c.unsent {
			again = append(again, p)
		}
		c.mu.Unlock()
		for _, p := range again {
			c.publish(p)
		}
	}()
}

// refused ends the program when the ticket is: it needs another. Everything else passes.
func (c *client) refused(err error) {
	var no *autopaho.ConnackError
	if errors.As(err, &no) && (no.ReasonCode == 0x86 || no.ReasonCode == 0x87 || no.ReasonCode == 0x8A) {
		c.end(fmt.Errorf("not let in: %s", no.Reason))
	}
}

func (c *client) end(err error) {
	select {
	case c.ended <- err:
	default: // told already
	}
}
