// Command embed is a program with a chat server inside: a help desk. Its users log in with the
// password that they have in the program anyway, a message with a word that is not wanted
// is refused before anybody sees it, and what users write to "desk" is answered.
//
//	go run ./examples/embed -data DIR
//
// Then, in two other terminals:
//
//	mosquitto_sub -V 5 -p 1883 -u ann -P apple -i phone -c -q 1 -v -t 'im/in/#'
//	mosquitto_pub -V 5 -p 1883 -u ann -P apple -q 1 -t im/text/c2c/desk -m 'my tea is cold'
package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/teahouse-im/teahouse"
)

// passwords are the users of the program. A real one has hashes, in a table of its own.
var passwords = map[teahouse.UserID]string{"ann": "apple", "ben": "berry"}

// desk is the user that the program answers as.
const desk = "desk"

func main() {
	data := flag.String("data", "", "folder of the chat server")
	mqtt := flag.String("mqtt", "127.0.0.1:1883", "where it listens, host:port")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *data, *mqtt); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, data, mqtt string) (err error) {
	chat, err := teahouse.Start(ctx, teahouse.Options{
		Data: data, MQTT: mqtt, Login: login,
		Webhook: webhook, Events: []string{"C2C.CallbackBeforeSendMsg", "C2C.CallbackAfterSendMsg"},
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, chat.Close()) }()
	app, err := chat.App(ctx, 0, "help desk") // made at the first start, and kept
	if err != nil {
		return err
	}
	if err := chat.Call(ctx, app, "im_open_login_svc/account_import", map[string]any{"UserID": desk, "Nick": "Help desk"}, nil); err != nil {
		return err
	}
	fmt.Println("listening on", chat.Ready().MQTT)
	select {
	case <-ctx.Done():
		return nil
	case err := <-chat.Failed():
		return err
	}
}

// login lets the program's own users in, and everybody with a ticket of the app.
func login(_ context.Context, a teahouse.Attempt) (teahouse.Pass, error) {
	want, ok := passwords[a.User]
	if !ok {
		return teahouse.Pass{}, teahouse.ErrTicket
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(a.Password)) != 1 {
		return teahouse.Pass{}, errors.New("wrong password")
	}
	return teahouse.Pass{}, nil
}

// webhook is asked before each message, and told of it afterwards.
func webhook(ctx context.Context, chat *teahouse.Server, e teahouse.Event) (teahouse.Answer, error) {
	m, err := e.Message()
	if err != nil {
		return teahouse.Answer{}, err
	}
	if e.Before() {
		if strings.Contains(strings.ToLower(m.Text()), "coffee") {
			return teahouse.Answer{ErrorCode: 120001, ErrorInfo: "this is a tea house"}, nil
		}
		return teahouse.Answer{}, nil
	}
	if m.To != desk {
		return teahouse.Answer{}, nil
	}
	// The same event may come twice. Its ID as ClientMsgId makes the second answer the first one again.
	return teahouse.Answer{}, chat.Call(ctx, e.App, "openim/sendmsg", map[string]any{
		"From_Account": desk, "To_Account": m.From, "MsgRandom": 1, "ClientMsgId": e.ID,
		"MsgBody": []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": "we look into it: " + m.Text()}}},
	}, nil)
}
