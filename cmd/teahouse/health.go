package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

type healthCommand struct {
	Address    string        `arg:"" optional:"" help:"The admin listener, host:port or a URL, or unix:PATH, the socket in the data folder; default: 127.0.0.1:8090."`
	Config     string        `placeholder:"FILE" help:"Find address, TLS and certificate in the server's configuration, in place of an address."`
	CA         string        `name:"ca" placeholder:"FILE" help:"Trust these certificates (PEM) in place of the system's."`
	ServerName string        `placeholder:"NAME" help:"The name that the certificate has to be for; default: that in the address."`
	Timeout    time.Duration `default:"3s" help:"How long to wait for the answer."`
}

// Run asks the server whether it is ready.
func (h healthCommand) Run() error {
	c, ask, err := h.way()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), h.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, ask, nil)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		var f *url.Error
		if errors.As(err, &f) {
			err = f.Err
		}
		return fmt.Errorf("no answer: %w", unreached(c.name, err))
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("incomplete answer: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		return fmt.Errorf("not ready: %s: %s", answer.Status, line)
	}
	fmt.Println("ready")
	return nil
}

// way is how the server is asked, and what.
func (h healthCommand) way() (*control, string, error) {
	if h.Config != "" {
		if h.Address != "" {
			return nil, "", errors.New("--config says the address: leave one of them out")
		}
		return h.configured()
	}
	if file, ok := strings.CutPrefix(h.Address, "unix:"); ok {
		c := throughSocket(strings.TrimPrefix(file, "//"))
		return c, c.base + readyPath, nil
	}
	address := h.Address
	if address == "" {
		address = "127.0.0.1:8090"
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := adminURL(address)
	if err != nil {
		return nil, "", err
	}
	return h.network(u, h.ServerName, h.CA)
}

// readyPath says whether a server is ready, at its admin port and its socket.
const readyPath = "/readyz"

func (h healthCommand) network(u *url.URL, name, ca string) (*control, string, error) {
	secure, err := trust(ca, name)
	if err != nil {
		return nil, "", err
	}
	return &control{http: client(secure), name: u.String()}, u.String() + readyPath, nil
}

// configured is the way that the server's own configuration shows. Without an admin listener, or
// with one at any free port, the socket is asked. Without --ca and --server-name the certificate is not looked at: it is this
// machine that is asked, nothing secret is said, and a certificate that was renewed but not read yet
// makes no server ill.
func (h healthCommand) configured() (*control, string, error) {
	conf, err := loaded(h.Config)
	if err != nil {
		return nil, "", err
	}
	host, port, err := net.SplitHostPort(conf.Listen.Admin)
	if conf.Listen.Admin == config.Off || err == nil && strings.Trim(port, "0") == "" {
		c := throughSocket(filepath.Join(conf.Data, server.SocketFile))
		return c, c.base + readyPath, nil
	}
	if err != nil {
		return nil, "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	u := &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port)}
	if !conf.Admin.TLS {
		return h.network(u, "", "")
	}
	u.Scheme = "https"
	if h.CA != "" || h.ServerName != "" {
		return h.network(u, h.ServerName, h.CA)
	}
	own := client(&tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}) // see above
	return &control{http: own, name: u.String()}, u.String() + readyPath, nil
}
