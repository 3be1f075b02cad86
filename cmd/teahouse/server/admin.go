package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"runtime"
	"strings"

	"github.com/teahouse-im/teahouse/admin"
)

// errNotReady is what /readyz says while doors are still shut or already
// closing.
var errNotReady = errors.New("starting or stopping")

// openAdmin opens the HTTP door.
func (a *App) openAdmin(context.Context) error {
	if a.opt.Admin == "" {
		return nil
	}
	log := a.log.With("component", "admin")
	handler := admin.New(admin.Options{
		Core: a.core, Table: a.table, Tickets: a.tickets, Failures: a.failures,
		Registry: a.metrics, Ready: a.isReady, Pprof: a.opt.PProf, Host: a.adminHost,
		Log: log, Now: a.now,
		Version: map[string]string{"version": Version, "go": runtime.Version()},
	})
	listener, err := net.Listen("tcp", a.opt.Admin)
	if err != nil {
		return doorError("--listen-admin", err)
	}
	scheme := "http"
	if a.opt.AdminTLS {
		scheme, listener = "https", tls.NewListener(listener, a.cert.settings())
	}
	server := admin.Server(handler, log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	a.ready.Admin = fmt.Sprintf("%s://%s", scheme, listener.Addr())
	a.onClose("admin", a.opt.Shutdown, func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		if ended := <-served; err == nil && !errors.Is(ended, http.ErrServerClosed) {
			err = ended
		}
		return err
	})
	return nil
}

// adminHost reports whether the admin port may be asked by a name: one that the
// configuration lists, or the certificate has.
func (a *App) adminHost(name string) bool {
	for _, pattern := range a.opt.AdminHosts {
		if ok, err := path.Match(strings.ToLower(pattern), name); ok && err == nil {
			return true
		}
	}
	return a.opt.AdminTLS && a.cert.names(name)
}

func (a *App) isReady() error {
	if !a.open.Load() {
		return errNotReady
	}
	return nil
}

// doorError names what chooses another address.
func doorError(setting string, err error) error {
	return fmt.Errorf("%w: choose another address with %s", err, setting)
}
