package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/cmd/teahouse/top"
)

// topCommand shows what a running server does at the moment.
type topCommand struct {
	target
	Every time.Duration `default:"1s" help:"Time between two samples, 500ms to 1h."`
	App   chat.AppID    `placeholder:"N" help:"This app alone."`
	By    string        `default:"stuck" enum:"stuck,unacked,waiting,behind" help:"Sort slow connections by the age of the oldest packet that is not acknowledged (stuck), by how many are not (unacked), by bytes not taken (waiting) or by conversations behind (behind)."`
	Once  bool          `help:"Print one table and end; so it is without a terminal, too."`
	JSON  bool          `name:"json" help:"Print an object of JSON for each sample; with --once one."`
}

// Run draws a screen, or prints.
func (c topCommand) Run(ctx context.Context, out io.Writer) error {
	if c.Every < top.Shortest || c.Every > time.Hour {
		return fmt.Errorf("--every %s: want %s to 1h", c.Every, top.Shortest)
	}
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	o := top.Options{Ask: asker(ctl), Every: c.Every, By: c.By, App: uint32(c.App), Plain: os.Getenv("NO_COLOR") != ""}
	if file, ok := out.(*os.File); ok && !c.Once && !c.JSON && top.IsTerminal(os.Stdin, file) {
		return top.Run(ctx, os.Stdin, file, o)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.JSON {
		return top.Stream(ctx, out, os.Stderr, c.Once, o)
	}
	wide := 0
	if file, ok := out.(*os.File); ok {
		wide, _, _ = term.GetSize(int(file.Fd())) // 0: it is no terminal
	}
	return top.Print(ctx, out, wide, o)
}

// asker asks a server for what it does.
func asker(ctl *control) top.Ask {
	return func(ctx context.Context, query url.Values, into *top.Sample) error {
		resp, err := ctl.send(ctx, http.MethodGet, "top?"+query.Encode(), nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			return fmt.Errorf("answer of the server: %w", err)
		}
		return nil
	}
}
