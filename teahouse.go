// Package teahouse runs the chat server inside another Go program: one process, one folder,
// and the program has its say in who logs in and what is said.
//
//	srv, err := teahouse.Start(ctx, teahouse.Options{Data: "data", MQTT: "127.0.0.1:1883"})
//	app, err := srv.App(ctx, 0, "my app")
//	ticket, err := srv.Ticket(app, "alice", time.Hour)
//
// Clients then talk MQTT as docs/clients.md says. [Server.Call] makes the calls of a backend
// without HTTP, [Options.Webhook] is told and asked what an app's own server would be, and
// [Options.Login] lets users in by something other than a UserSig or JWT.
//
// It refuses to be a second way to configure everything: what is not in [Options] is a setting of
// an [App], or as the program's defaults have it. Start reading at [Start]; examples/embed is a
// program made with it.
package teahouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/teahouse-im/teahouse/certificates"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/operator"
	"github.com/teahouse-im/teahouse/ticket"
)

// App is a tenant: its keys, administrators, limits, switches and webhook.
type App = chat.App

// AppID is an SDKAppID.
type AppID = chat.AppID

// UserID names a user of an app.
type UserID = chat.UserID

// Addresses are where the server listens, as host:port and as URLs.
type Addresses = server.Ready

// Options say what to start. Data is required, and one of the listeners to be of use.
type Options struct {
	// Data is the folder of everything that is kept, made when it is missing. One process at a time
	// has it.
	Data string

	// Listeners as host:port, port 0 for any free one; "" for none. MQTT is plain TCP, MQTTS
	// is TLS with CertFile and KeyFile, WebSocket has /mqtt, the chat page and files, WSS the same over
	// TLS, Admin the REST commands, metrics and the console.
	MQTT, MQTTS, WebSocket, WSS, Admin string
	CertFile, KeyFile                  string // PEM

	// Apps are made by the program at each start, and not stored. Use [Server.App] for apps that are kept
	// in the data folder.
	Apps []App

	// Webhook is asked before and told after, for each app that has no webhook URL of its own
	// (docs/spec/30-webhooks.md); nil: nobody is. Events are the commands it wants,
	// such as "C2C.CallbackBeforeSendMsg"; nil: all. See [Webhook].
	Webhook Webhook
	Events  []string

	// Login judges what clients show in place of a ticket; nil: tickets alone. See [Login].
	Login Login

	Log *slog.Logger // default: discards
}

// certificates are the pair of files, if there is one.
func (o *Options) certificates() *certificates.Options {
	if o.CertFile == "" && o.KeyFile == "" {
		return nil
	}
	return &certificates.Options{Files: []certificates.Pair{{Cert: o.CertFile, Key: o.KeyFile}}}
}

// Server is a running chat server.
type Server struct {
	app     *server.App
	started chan struct{} // closed when app is there
}

// Start starts a server and returns when every listener is open. ctx bounds the start alone. After
// an error nothing is left behind.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Data == "" {
		return nil, errors.New("teahouse: Options.Data is empty: name a folder")
	}
	s := &Server{started: make(chan struct{})}
	so := server.Options{
		Data: o.Data, MQTT: o.MQTT, MQTTS: o.MQTTS, WS: o.WebSocket, Admin: o.Admin,
		TLS: server.TLS{Certificates: o.certificates()}, WSS: o.WSS, Apps: o.Apps, Log: o.Log,
		Web: server.Web{Chat: o.WebSocket != "" || o.WSS != ""}, Memory: server.FindMemory(0),
		Embed: server.Embed{AppsLater: true},
	}
	if o.Webhook != nil {
		so.Embed.Adapt, so.Embed.Webhooks = o.adapt(), func(network http.RoundTripper) http.RoundTripper {
			return s.beside(o, network)
		}
	}
	if o.Login != nil {
		so.Embed.Check = o.Login.check
	}
	var err error
	if s.app, err = server.Start(ctx, so); err != nil {
		return nil, fmt.Errorf("teahouse: %w", err)
	}
	close(s.started)
	return s, nil
}

// Ready are the addresses that are bound.
func (s *Server) Ready() Addresses { return s.app.Ready() }

// Failed gets the fault of a store that can commit no more. Nothing is acknowledged after it: close the
// server, and end.
func (s *Server) Failed() <-chan error { return s.app.Failed() }

// Close disconnects the clients, finishes what is under way and closes the folder. Nothing that
// was acknowledged is lost without it either.
func (s *Server) Close() error { return s.app.Close() }

// App is the app with this number, made with a fresh key and the administrator "administrator" when
// there is none, and kept in the data folder. id 0 is the first app of the folder, else the next free
// number.
func (s *Server) App(ctx context.Context, id AppID, name string) (AppID, error) {
	if id == 0 {
		if all := s.app.Apps(); len(all) > 0 {
			return all[0], nil
		}
	} else if s.app.AppNow(id) != nil {
		return id, nil
	}
	made, err := s.app.Tenants().Create(ctx, id, name)
	if errors.Is(err, operator.ErrAppTaken) { // somebody was faster
		return id, nil
	}
	if err != nil {
		return 0, fmt.Errorf("teahouse: make app: %w", err)
	}
	return made.ID, nil
}

// Change changes an app of the data folder, in force at once and for good: its limits, switches,
// administrators. change gets it as it is kept, with zeros where it has defaults.
func (s *Server) Change(ctx context.Context, id AppID, change func(*App) error) error {
	if _, err := s.app.Tenants().Change(ctx, id, change); err != nil {
		return fmt.Errorf("teahouse: change app %d: %w", id, err)
	}
	return nil
}

// Ticket makes a UserSig of a user, signed with the newest key of the app: the password of MQTT, for
// this long (1 s to 50 years). The account is made when it is first used.
func (s *Server) Ticket(id AppID, user UserID, life time.Duration) (string, error) {
	app := s.app.AppNow(id)
	if app == nil || len(app.Keys) == 0 {
		return "", fmt.Errorf("teahouse: app %d has no key", id)
	}
	text, err := ticket.Mint(uint32(id), string(user), app.Keys[len(app.Keys)-1].Secret, time.Now(), life)
	if err != nil {
		return "", fmt.Errorf("teahouse: %w", err)
	}
	return text, nil
}

// Refusal is the answer of a command that was refused.
type Refusal struct {
	Code int    `json:"ErrorCode"` // docs/spec/40-error-codes.md
	Info string `json:"ErrorInfo"`
}

// Error implements error.
func (r *Refusal) Error() string { return fmt.Sprintf("%d %s", r.Code, r.Info) }

// Call makes the call of a backend, such as "openim/sendmsg" (docs/rest.md), as the app's first
// administrator: without HTTP, a ticket, and the rates of the admin port. request is its body, nil for
// {}; the answer is read into answer, unless that is nil. A refusal is a [*Refusal].
func (s *Server) Call(ctx context.Context, id AppID, command string, request, answer any) error {
	body := []byte("{}")
	var err error
	if request != nil {
		if body, err = json.Marshal(request); err != nil {
			return fmt.Errorf("teahouse: %s: %w", command, err)
		}
	}
	got, err := s.app.Call(ctx, id, command, body)
	if err != nil {
		return fmt.Errorf("teahouse: %w", err)
	}
	refusal := new(Refusal)
	if err := json.Unmarshal(got, refusal); err != nil {
		return fmt.Errorf("teahouse: %s: %w", command, err)
	}
	if refusal.Code != 0 {
		return fmt.Errorf("teahouse: %s: %w", command, refusal)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(got, answer); err != nil {
		return fmt.Errorf("teahouse: %s: %w", command, err)
	}
	return nil
}
