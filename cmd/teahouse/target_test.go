package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/certificates"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// remote is a server whose admin port speaks TLS, and what is needed to reach it.
type remote struct {
	data, url, ca, token string // ca and token are files
}

func startRemote(t *testing.T) remote {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	cert, key := certificateFiles(t, "im.example.com", time.Now().Add(time.Hour))
	app, err := server.Start(t.Context(), server.Options{
		Data: data, MQTT: "127.0.0.1:0", Admin: "127.0.0.1:0", AdminTLS: true,
		TLS:  server.TLS{Certificates: &certificates.Options{Files: []certificates.Pair{{Cert: cert, Key: key}}}},
		Apps: []chat.App{server.NewApp(77, "declared")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	return remote{data: data, url: app.Ready().Admin, ca: cert, token: filepath.Join(data, "server.token")}
}

// A server is reached over the network and by its socket, by flags and by the environment.
func TestServerReached(t *testing.T) {
	r := startRemote(t)
	socket := "unix:" + filepath.Join(r.data, server.SocketFile)
	for what, c := range map[string]struct {
		at  target
		env map[string]string
	}{
		"network":                       {at: target{Server: r.url, TokenFile: r.token, CA: r.ca}},
		"a slash at its end":            {at: target{Server: r.url + "/", TokenFile: r.token, CA: r.ca}},
		"environment":                   {at: target{CA: r.ca}, env: map[string]string{serverVariable: r.url, tokenVariable: r.token}},
		"socket":                        {at: target{Server: socket}},
		"socket as an URL":              {at: target{Server: strings.Replace(socket, "unix:", "unix://", 1)}},
		"folder":                        {at: target{folder: folder{Data: r.data}}},
		"folder, whatever is said else": {at: target{folder: folder{Data: r.data}}, env: map[string]string{serverVariable: "http://127.0.0.1:1"}},
	} {
		t.Run(what, func(t *testing.T) {
			for _, name := range []string{serverVariable, tokenVariable} {
				t.Setenv(name, c.env[name])
			}
			if got := printed(t, appList{c.at}.Run); !strings.Contains(got, "\n77 ") {
				t.Errorf("printed %q", got)
			}
		})
	}
}

// Why a server is not reached is said so that one knows what to do.
func TestServerNotReached(t *testing.T) {
	r := startRemote(t)
	strange, _ := certificateFiles(t, "x", time.Now().Add(time.Hour))
	wrong, empty := filepath.Join(t.TempDir(), "wrong"), filepath.Join(t.TempDir(), "empty")
	keep(t, wrong, []byte("nothing\n"))
	keep(t, empty, nil)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + free.Addr().String()
	_ = free.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	for what, c := range map[string]struct {
		at   target
		want string
	}{
		"nobody listens":        {target{Server: nobody, TokenFile: r.token}, "nobody listens there"},
		"no socket":             {target{Server: "unix:/nowhere"}, "nobody listens there"},
		"wrong token":           {target{Server: r.url, TokenFile: wrong, CA: r.ca}, "is not the server token: is the file that of this server?"},
		"no token":              {target{Server: r.url, CA: r.ca}, "give --token-file"},
		"no token file":         {target{Server: r.url, CA: r.ca, TokenFile: "nowhere"}, "no such file"},
		"an empty token":        {target{Server: r.url, CA: r.ca, TokenFile: empty}, "holds none"},
		"unknown CA":            {target{Server: r.url, TokenFile: r.token}, "name the certificate of its CA with --ca"},
		"another CA":            {target{Server: r.url, TokenFile: r.token, CA: strange}, "signed by nobody who is trusted"},
		"no certificate":        {target{Server: r.url, TokenFile: r.token, CA: empty}, "holds no certificate in PEM"},
		"another name":          {target{Server: strings.Replace(r.url, "127.0.0.1", "localhost", 1), TokenFile: r.token, CA: r.ca}, "is for another name"},
		"TLS spoken to HTTP":    {target{Server: strings.Replace(other.URL, "http:", "https:", 1), TokenFile: r.token}, "use http://"},
		"HTTP spoken to TLS":    {target{Server: strings.Replace(r.url, "https:", "http:", 1), TokenFile: r.token}, "use https://"},
		"another program":       {target{Server: other.URL, TokenFile: r.token}, "not the admin port"},
		"no address":            {target{Server: "127.0.0.1:8090", TokenFile: r.token}, "want http://HOST:PORT"},
		"a path":                {target{Server: r.url + "/console/", TokenFile: r.token}, "a host and a port alone"},
		"a server and a folder": {target{Server: r.url, folder: folder{Data: r.data}}, "leave out --data"},
		"a token for a socket":  {target{TokenFile: r.token, folder: folder{Data: r.data}}, "belong to --server"},
	} {
		t.Run(what, func(t *testing.T) {
			err := appList{c.at}.Run()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "nothing") {
				t.Errorf("the token is in %q", err)
			}
		})
	}
}
