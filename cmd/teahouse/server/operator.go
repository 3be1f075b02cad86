package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/teahouse-im/teahouse/admin"
	"github.com/teahouse-im/teahouse/operator"
	"github.com/teahouse-im/teahouse/web"
	"github.com/teahouse-im/teahouse/webhook"
)

// Of the data folder: the socket by which the command line reaches a running server, and the link
// for the first operator, while nobody has used it.
const (
	SocketFile = "control.sock"
	linkFile   = "console.link"
)

// DevOperator is the operator of a dev server.
const DevOperator = "dev"

// makeOperator makes the door of operators, which admin listener and socket share.
func (a *App) makeOperator(context.Context) error {
	if a.opt.Dev == nil {
		if err := a.readToken(); err != nil {
			return err
		}
	}
	a.tenants.declare(a.opt.Apps)
	a.operator = operator.New(operator.Options{
		Core: a.core, Table: a.table, Apps: a.apps, Tenants: a.tenants, Live: a.broker, Webhooks: hooked{a.outbox, a.calls}, Tickets: a.tickets,
		Process:  running{a},
		Gatherer: a.metrics, Registerer: a.metrics, Ready: a.isReady, Config: a.opt.Settings, OpenAPI: sync.OnceValues(openAPI), Backup: a.backup,
		About: operator.About{
			Version: Version, Go: runtime.Version(), Started: a.now(), Data: a.opt.Data, Listeners: a.listeners,
		},
		Token: a.adminToken(), RotateToken: a.rotateToken, Redeemed: a.linkUsed, ConfigFile: a.opt.ConfigFile, NoLimits: a.opt.Dev != nil && a.opt.Dev.NoLimits,
		Log: a.log.With("component", "operator"), Now: a.now,
	})
	life, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.operator.Run(life)
	}()
	a.onClose("operator", a.opt.Shutdown, func(context.Context) error {
		stop()
		<-ended
		a.drain.close()
		return nil
	})
	return nil
}

// besideAdmin serves what the admin listener has in dev besides: the address at which one is
// logged in as the operator.
func (a *App) besideAdmin(admin http.Handler) http.Handler {
	if a.opt.Dev == nil {
		return admin
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet || r.URL.Path != asPath+DevOperator:
			admin.ServeHTTP(w, r)
		case !askedHere(r):
			http.Error(w, "only for this machine: open the address yourself", http.StatusForbidden)
		default:
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, strings.TrimPrefix(a.ready.Console, a.ready.Admin), http.StatusSeeOther)
		}
	})
}

// listeners are the addresses that are open, by name.
func (a *App) listeners() map[string]string {
	list := map[string]string{}
	for name, at := range map[string]string{
		"mqtt": a.ready.MQTT, "mqtts": a.ready.MQTTS, "ws": a.ready.WS, "wss": a.ready.WSS, "admin": a.ready.Admin, "media": a.ready.Media, "metrics": a.ready.Metrics,
	} {
		if at != "" {
			list[name] = at
		}
	}
	return list
}

// openAPI is the description of REST as JSON.
func openAPI() ([]byte, error) {
	var tree any
	if err := yaml.Unmarshal(admin.OpenAPI(), &tree); err != nil {
		return nil, fmt.Errorf("read description: %w", err)
	}
	return json.Marshal(tree)
}

// openSocket opens the socket of the command line. Without it the server runs all the same: some
// systems bound the length of its path.
func (a *App) openSocket(context.Context) error {
	file := filepath.Join(a.opt.Data, SocketFile)
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a server that was killed; the folder is ours
		return fmt.Errorf("socket: %w", err)
	}
	listener, err := net.Listen("unix", file)
	if err == nil {
		err = os.Chmod(file, 0o600)
	}
	if err != nil {
		a.log.Warn("no socket for the command line", "err", err)
		return nil
	}
	server := admin.Server(a.besideSocket(a.operator.Socket()), a.log.With("component", "operator"))
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if uid, ok := peerUser(c); ok {
			return operator.ByUser(ctx, uid)
		}
		return ctx
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	a.onClose("socket", a.opt.Shutdown, func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		if ended := <-served; err == nil && !errors.Is(ended, http.ErrServerClosed) {
			err = ended
		}
		return err
	})
	return nil
}

// besideSocket serves /readyz at the socket too, for a server without an admin listener.
func (a *App) besideSocket(operators http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", operators)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := a.isReady(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n") // who asked may be gone
	})
	return mux
}

// welcome makes the link that lets somebody in: in dev who has it, else the first operator.
// A store without room keeps no link, and the server runs all the same.
func (a *App) welcome(ctx context.Context) error {
	if a.ready.Admin == "" {
		return nil
	}
	at := openable(a.ready.Admin)
	a.ready.Console = at + "/console/"
	if a.opt.Dev != nil {
		token, err := a.core.Operators.LoginLink(ctx, DevOperator)
		if err != nil {
			return fmt.Errorf("link for operators: %w", err)
		}
		a.ready.Console = at + operator.LinkPath(token)
		return nil
	}
	token, err := a.core.Operators.FirstLink(ctx)
	if err == nil && token != "" {
		a.firstLink = at + operator.LinkPath(token)
		err = writeFile(filepath.Join(a.opt.Data, linkFile), []byte(a.firstLink+"\n"))
	} else if err == nil {
		a.linkUsed()
	}
	if err != nil {
		a.log.Warn("no link for the first operator", "err", err)
	}
	return nil
}

// openable is a URL that a browser can open: one of all addresses (0.0.0.0, [::]) names this
// machine. From elsewhere the name has to be put in its place.
func openable(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("localhost", u.Port())
	}
	return u.String()
}

// linkUsed removes the link for the first operator.
func (a *App) linkUsed() {
	if err := os.Remove(filepath.Join(a.opt.Data, linkFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.log.Warn("a used link stays in the data folder", "err", err)
	}
}

// FirstLink is where the first operator is made, "" when there is one.
func (a *App) FirstLink() string { return a.firstLink }

// console serves the operators' pages.
func console() http.Handler { return http.StripPrefix("/console", web.Console()) }

// docs serves the documents, nil when they are not wanted.
func (a *App) docs() http.Handler {
	if a.opt.NoDocs {
		return nil
	}
	return http.StripPrefix("/docs", web.Docs())
}

// hooked is what operators are shown of webhooks.
type hooked struct {
	*webhook.Outbox
	*webhook.Client
}
