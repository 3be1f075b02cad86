package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// controlTime bounds one request to a running server.
const controlTime = 30 * time.Second

// control asks a running server by the API of operators (docs/operator.md): through the socket in
// its data folder, or over the network with the server token.
type control struct {
	http  http.Client
	base  string // what stands before the paths, without a slash at its end
	name  string // of the server, for messages
	token string // "": none is sent
}

// throughSocket is the way through a unix socket.
func throughSocket(file string) *control {
	return &control{http: socketClient(file), base: "http://localhost", name: file}
}

// running returns the way to the server that has a data folder open; nil when none has.
func running(dir string) (*control, error) {
	file := filepath.Join(dir, server.SocketFile)
	conn, err := net.Dial("unix", file)
	switch {
	case err == nil:
		return throughSocket(file), conn.Close()
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, nil // nobody listens; the folder itself says whether it is in use
	case errors.Is(err, syscall.EINVAL):
		return nil, nil // the path is too long for a socket, so the server has opened none
	}
	return nil, unreached(file, err)
}

// do makes a request; body and answer may be nil.
func (c *control) do(method, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(context.Background(), controlTime)
	defer cancel()
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	return nil
}

// send makes a request and returns an answer that is no refusal, for the caller to read and close;
// it may take as long as ctx allows. body may be nil.
func (c *control) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+"/operator/v1/"+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		var f *url.Error
		if errors.As(err, &f) {
			err = f.Err // the address is named once
		}
		return nil, unreached(c.name, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		defer resp.Body.Close()
		return nil, c.refused(resp)
	}
	return resp, nil
}

// maxRefusal bounds what is read of an answer that refuses, in bytes.
const maxRefusal = 64 << 10

// refused is what an answer that refuses says.
func (c *control) refused(resp *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	if err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	var f struct{ Error struct{ Message string } }
	switch known := json.Unmarshal(text, &f) == nil && f.Error.Message != ""; {
	case known && resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%s: %s: is the file that of this server?", c.name, f.Error.Message)
	case known:
		return errors.New(f.Error.Message)
	case bytes.Contains(text, []byte("HTTP request to an HTTPS server")):
		return fmt.Errorf("%s: it speaks TLS there: use https://", c.name)
	case resp.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s: it has no API of operators: this is not the admin port of a teahouse", c.name)
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("%s: the server refuses: %s: %.200q", c.name, resp.Status, line)
}

// each hands on the items of a list, page by page. path may have a query.
func each[T any](c *control, path string, use func(T) error) error {
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	for cursor := ""; ; {
		var page struct {
			Items []T
			Next  string
		}
		if err := c.do(http.MethodGet, path+join+"limit=200&cursor="+url.QueryEscape(cursor), nil, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := use(item); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// printLines prints each item of a list as a line of JSON.
func printLines(c *control, path string) error {
	return each(c, path, func(item json.RawMessage) error {
		_, err := fmt.Println(string(item))
		return err
	})
}
