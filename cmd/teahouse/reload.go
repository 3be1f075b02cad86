package main

import (
	"crypto/sha256"
	"os"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/operator"
)

// reloading reads the configuration of a running server again.
type reloading struct {
	command serveCommand
	level   *server.Level
	first   config.Config // what the process was started with
	last    atomic.Pointer[config.Config]
	cert    [sha256.Size]byte // of the certificate's file, when it was read last
}

// certificate is the hash of a certificate's file; zero when there is none.
func certificate(t config.TLS) (sum [sha256.Size]byte) {
	if text, err := os.ReadFile(t.Cert); err == nil {
		sum = sha256.Sum256(text)
	}
	return sum
}

// reread takes what can change while the server runs: the level of the log, apps, and the contents
// of certificates. An invalid file changes nothing.
func (r *reloading) reread(a *server.App) (operator.Reloaded, error) {
	var done operator.Reloaded
	conf, err := r.command.load()
	if err != nil {
		return done, err
	}
	apps, err := conf.Tenants()
	if err != nil {
		return done, err
	}
	cert := certificate(r.first.TLS)
	if err := a.Reload(apps); err != nil {
		return done, err
	}
	if err := r.level.Set(conf.Log.Level); err != nil {
		return done, err
	}
	done.Taken, _ = config.Differences(r.last.Load(), &conf)
	_, done.Restart = config.Differences(&r.first, &conf)
	if cert != r.cert {
		done.Taken = append(done.Taken, "the file of tls.cert")
		r.cert = cert
	}
	r.last.Store(&conf)
	return done, nil
}
