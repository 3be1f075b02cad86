package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// Environment variables that stand for flags of [target].
const (
	serverVariable = "TEAHOUSE_SERVER"
	tokenVariable  = "TEAHOUSE_TOKEN_FILE"
)

// target says which server a command asks: the one that has a data folder open, through the socket
// in it, or one that is named, on another machine or in a container.
type target struct {
	folder
	Server    string `placeholder:"URL" help:"The server, in place of a data folder: the address of its admin port, http://… or https://…, or unix:PATH, its socket. Default: TEAHOUSE_SERVER."`
	TokenFile string `placeholder:"FILE" help:"A file with the server token, which the admin port asks for. Default: TEAHOUSE_TOKEN_FILE."`
	CA        string `name:"ca" placeholder:"FILE" help:"Trust these certificates (PEM) in place of the system's."`
}

// reach returns the way to the server. It is nil when a data folder is meant and no server has it
// open; whether a server that was named answers is seen by the first request.
func (t target) reach() (*control, error) {
	at := t.Server
	switch {
	case at != "" && (t.Data != "" || t.Config != ""):
		return nil, errors.New("--server names the server already: leave out --data and --config")
	case at == "" && t.Data == "" && t.Config == "":
		at = os.Getenv(serverVariable)
	}
	if at == "" {
		if t.TokenFile != "" || t.CA != "" {
			return nil, errors.New("--token-file and --ca belong to --server: the socket in a data folder needs neither")
		}
		dir, err := t.dir()
		if err != nil {
			return nil, err
		}
		return running(dir)
	}
	if file, ok := strings.CutPrefix(at, "unix:"); ok {
		return throughSocket(strings.TrimPrefix(file, "//")), nil
	}
	return t.overNetwork(at)
}

// mustRun is reach, or the fault that no server runs.
func (t target) mustRun() (*control, error) {
	c, err := t.reach()
	if err != nil || c != nil {
		return c, err
	}
	dir, err := t.dir()
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%s: %w", dir, errNotRunning)
}

var errNotRunning = errors.New("no server runs with this data folder: start it first, or name another server with --server")

// overNetwork is the way to an admin port.
func (t target) overNetwork(at string) (*control, error) {
	u, err := adminURL(at)
	if err != nil {
		return nil, fmt.Errorf("--server: %w", err)
	}
	token, err := t.token()
	if err != nil {
		return nil, err
	}
	secure, err := trust(t.CA, "")
	if err != nil {
		return nil, err
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		fmt.Fprintf(os.Stderr, "teahouse: the token goes to %s unencrypted: use https://, or the server's socket\n", u.Host)
	}
	return &control{http: client(secure), base: u.String(), name: u.String(), token: token}, nil
}

// token reads the server token.
func (t target) token() (string, error) {
	file := t.TokenFile
	if file == "" {
		file = os.Getenv(tokenVariable)
	}
	if file == "" {
		return "", errors.New("the admin port asks for the server token: give --token-file FILE; it is in server.token of the server's data folder")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("server token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsAny(token, " \t\r\n") || len(token) > maxToken {
		return "", fmt.Errorf("server token: %s holds none: want one word alone", file)
	}
	return token, nil
}

// maxToken is far beyond the length of a server token, in bytes.
const maxToken = 1 << 10

// adminURL reads the address of an admin port.
func adminURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%q is not an address: want http://HOST:PORT, https://HOST:PORT or unix:PATH", text)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return nil, fmt.Errorf("want a host and a port alone, such as %s://%s", u.Scheme, u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
