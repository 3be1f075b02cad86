package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime"
	"strings"

	"github.com/teahouse-im/teahouse/admin"
	"github.com/teahouse-im/teahouse/forwarded"
)

// errNotReady is the answer of /readyz while the server starts or stops.
var errNotReady = errors.New("starting or stopping")

// openAdmin opens the admin listener. In dev, which is for this machine only, /metrics
// needs no token.
func (a *App) openAdmin(context.Context) error {
	if a.opt.Admin == "" {
		return nil
	}
	log := a.log.With("component", "admin")
	handler := admin.New(admin.Options{
		Core: a.core, Table: a.table, Tickets: a.tickets, Failures: a.failures,
		Registry: a.metrics, Token: a.adminToken(), OpenMetrics: a.opt.Dev != nil, Pprof: a.opt.PProf,
		Ready: a.isReady, Host: a.adminHost, Log: log, Now: a.now,
		Operator: a.operator, Console: console(), Docs: a.docs(),
		NoHolds: a.opt.Dev != nil && a.opt.Dev.NoLimits,
		Version: map[string]string{"version": Version, "go": runtime.Version(), "commit": sourceCommit()},
	})
	secure := (*tls.Config)(nil)
	if a.opt.AdminTLS {
		secure = a.certs.TLS()
	}
	at, err := a.serveHTTP("admin", a.opt.Admin, secure, forwarded.Handler(a.besideAdmin(handler), a.opt.Proxies.Forwarders), log)
	if err != nil {
		return listenError("--listen-admin", err)
	}
	a.ready.Admin = at
	return nil
}

// adminToken is what opens metrics and profiles on the admin listener, nil in dev.
func (a *App) adminToken() func() string {
	if a.opt.Dev != nil {
		return nil
	}
	return a.token.now
}

// openMetrics opens the listener for metrics, if there is to be one.
func (a *App) openMetrics(context.Context) error {
	if a.opt.Metrics == "" {
		return nil
	}
	handler := admin.Inside(admin.Options{Registry: a.metrics, Pprof: a.opt.PProf, Host: a.adminHost})
	at, err := a.serveHTTP("metrics", a.opt.Metrics, nil, handler, a.log.With("component", "metrics"))
	if err != nil {
		return listenError("listen.metrics in the configuration", err)
	}
	a.ready.Metrics = at
	return nil
}

// serveHTTP serves a handler on an address, with TLS if there are settings for
// it, until the App is closed. It returns the URL.
func (a *App) serveHTTP(what, addr string, secure *tls.Config, h http.Handler, log *slog.Logger) (string, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	scheme := "http"
	if secure != nil {
		scheme, listener = "https", tls.NewListener(listener, secure)
	}
	server := admin.Server(h, log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	a.onClose(what, a.opt.Shutdown, func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		if ended := <-served; err == nil && !errors.Is(ended, http.ErrServerClosed) {
			err = ended
		}
		return err
	})
	return fmt.Sprintf("%s://%s", scheme, listener.Addr()), nil
}

// adminHost reports whether the admin port may be asked by a name: one that the
// configuration lists, or the certificate has.
func (a *App) adminHost(name string) bool {
	for _, pattern := range a.opt.AdminHosts {
		if ok, err := path.Match(strings.ToLower(pattern), name); ok && err == nil {
			return true
		}
	}
	return a.opt.AdminTLS && a.certs.Covers(name)
}

// isReady is why clients should not be sent here, nil when they may.
func (a *App) isReady() error {
	if !a.open.Load() {
		return errNotReady
	}
	if a.drain.on() {
		return errDraining
	}
	return a.refuses()
}

// listenError adds the setting that chooses another address.
func listenError(setting string, err error) error {
	return fmt.Errorf("%w: choose another address with %s", err, setting)
}
