package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/broker"
	"github.com/teahouse-im/teahouse/certificates"
)

// readCertificates opens what TLS connections are shown.
func (a *App) readCertificates(context.Context) (err error) {
	if a.opt.TLS.Certificates == nil {
		if a.opt.MQTTS != "" || a.opt.WSS != "" || a.opt.AdminTLS {
			return errors.New("a listener with TLS needs a certificate")
		}
		return a.metrics.Register(a.certs)
	}
	o := *a.opt.TLS.Certificates
	o.Log, o.Now = a.log.With("component", "certificates"), a.opt.Now
	if a.certs, err = certificates.Open(o); err != nil {
		return err
	}
	return a.metrics.Register(a.certs)
}

// keepCertificates begins to get and renew those of the authority, as soon as its challenges can be answered.
func (a *App) keepCertificates(context.Context) error {
	if a.certs == nil {
		return nil
	}
	running, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.certs.Run(running)
	}()
	a.onClose("certificates", a.opt.Shutdown, func(context.Context) error {
		stop()
		<-ended
		return nil
	})
	return nil
}

// clientTLS is the configuration of a TLS listener for clients.
func (a *App) clientTLS(ask bool, protocols ...string) *tls.Config {
	if ask {
		return a.certs.VerifyClients(a.opt.TLS.NeedClients, protocols...)
	}
	return a.certs.TLS(protocols...)
}

func (a *App) listenMQTTS(addr string) (net.Addr, error) {
	// It offers no protocols: some devices ask for one that nobody else knows.
	return a.broker.Behind(a.opt.Proxies.of("mqtts")).ListenTLS(addr, a.clientTLS(a.opt.TLS.AskClients))
}

// listenWSS opens the listener for everything. Browsers ask their users for a certificate when a
// server wants to see one, so it does not when it does without.
func (a *App) listenWSS(addr string) (net.Addr, error) {
	return a.broker.Behind(a.opt.Proxies.of("wss")).ListenWS(addr, a.clientTLS(a.opt.TLS.NeedClients, broker.Protocols...))
}

// listenWS listens without TLS: behind a proxy that has the certificate, for this machine, or to
// send everybody to the listener with TLS.
func (a *App) listenWS(addr string) (net.Addr, error) {
	in := a.broker.Behind(a.opt.Proxies.of("ws"))
	if a.opt.Redirect {
		return in.ListenHTTP(addr, nil, a.certs.Challenges(a.toTLS()))
	}
	return in.ListenWS(addr, nil)
}

// boundWS notes where clients come in without TLS, if they do.
func (a *App) boundWS(at string) {
	if !a.opt.Redirect {
		a.ready.WS = "ws://" + at + wsPath
	}
}

func (a *App) listenChallenges(addr string) (net.Addr, error) {
	rest := http.NotFoundHandler()
	if a.opt.WSS != "" {
		rest = a.toTLS()
	}
	return a.broker.ListenHTTP(addr, nil, a.certs.Challenges(rest))
}

// toTLS sends everybody to the listener with TLS: by the name they have asked for, if there is a
// certificate for it.
func (a *App) toTLS() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // the port may change
		http.Redirect(w, r, "https://"+a.secureHost(hostname(r.Host))+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

// secureHost is the host and port of the listener with TLS, by a name that there is a certificate
// for: the one that is wanted, or else one of ours.
func (a *App) secureHost(wanted string) string {
	at := strings.TrimPrefix(strings.TrimSuffix(a.ready.WSS, wsPath), "wss://")
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		return at // it was bound, so it is one
	}
	host := wanted
	if host == "" || !a.certs.Covers(host) {
		host = a.certs.Name()
	}
	if host == "" {
		return reachable(at)
	}
	if port == "443" {
		return strings.TrimSuffix(net.JoinHostPort(host, ""), ":")
	}
	return net.JoinHostPort(host, port)
}

// overTLSAlone tells browsers not to come without TLS any more (HSTS, RFC 6797), by the names
// that there are certificates for.
func (a *App) overTLSAlone(h http.Handler) http.Handler {
	if a.opt.TLS.HSTS <= 0 || a.certs == nil {
		return h
	}
	text := fmt.Sprintf("max-age=%d", int64(a.opt.TLS.HSTS/time.Second))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := hostname(r.Host); r.TLS != nil && net.ParseIP(name) == nil && a.certs.Covers(name) {
			w.Header().Set("Strict-Transport-Security", text)
		}
		h.ServeHTTP(w, r)
	})
}

// hostname is a Host without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Trim(host, "[]")
}
