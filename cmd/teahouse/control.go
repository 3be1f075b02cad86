package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// controlTime bounds one request to a running server.
const controlTime = 30 * time.Second

// control asks a running server through the socket in its data folder, by the API of operators
// (docs/operator.md).
type control struct{ http http.Client }

// running returns the way to the server that has a data folder open; nil when none has, or none
// that listens there.
func running(dir string) *control {
	file := filepath.Join(dir, server.SocketFile)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", file)
	}
	conn, err := dial(context.Background(), "", "")
	if err != nil {
		return nil // nobody listens; the folder itself says whether it is in use
	}
	_ = conn.Close()
	return &control{http.Client{Timeout: controlTime, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

var errNotRunning = errors.New("no server runs with this data folder: start it first")

// mustRun is running, or the fault that nothing does.
func (f folder) mustRun() (*control, error) {
	dir, err := f.dir()
	if err != nil {
		return nil, err
	}
	c := running(dir)
	if c == nil {
		return nil, fmt.Errorf("%s: %w", dir, errNotRunning)
	}
	return c, nil
}

// do makes a request; body and answer may be nil.
func (c *control) do(method, path string, body, answer any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(context.Background(), method, "http://localhost/operator/v1/"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer resp.Body.Close()
	d := json.NewDecoder(resp.Body)
	if resp.StatusCode >= http.StatusBadRequest {
		var f struct{ Error struct{ Message string } }
		if err := d.Decode(&f); err != nil || f.Error.Message == "" {
			return fmt.Errorf("the server refuses: %s", resp.Status)
		}
		return errors.New(f.Error.Message)
	}
	if answer == nil {
		return nil
	}
	if err := d.Decode(answer); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	return nil
}

// each hands on the items of a list, page by page.
func each[T any](c *control, path string, use func(T) error) error {
	for cursor := ""; ; {
		var page struct {
			Items []T
			Next  string
		}
		if err := c.do(http.MethodGet, path+"?limit=200&cursor="+url.QueryEscape(cursor), nil, &page); err != nil {
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
