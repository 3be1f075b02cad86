package top

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// plainWide is how wide a table is that no terminal bounds.
const plainWide = 120

// Print prints one table of what the server does in Every, so wide (0: 120), and ends.
func Print(ctx context.Context, out io.Writer, wide int, o Options) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	var m Meter
	r, err := o.next(ctx, &m)
	if err == nil {
		r, err = o.next(ctx, &m)
	}
	if err != nil {
		return err
	}
	if wide <= 0 {
		wide = plainWide
	}
	for _, l := range Screen(r, &View{By: o.By, App: o.App, Now: o.Now(), Wide: wide}) {
		if _, err := fmt.Fprintln(out, l); err != nil {
			return err
		}
	}
	return nil
}

// Stream prints an object of JSON for each sample but the first, without end or (once) one. When the
// server does not answer it says so on warn, once, and goes on; at first that is an error.
func Stream(ctx context.Context, out, warn io.Writer, once bool, o Options) error {
	var m Meter
	if _, err := o.next(ctx, &m); err != nil {
		return err
	}
	encode := json.NewEncoder(out)
	for silent := false; ; {
		r, err := o.next(ctx, &m)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && once:
			return err
		case err != nil:
			if !silent {
				fmt.Fprintln(warn, "no answer, asking again:", err)
			}
			silent = true
			continue
		case silent:
			fmt.Fprintln(warn, "the server answers again")
			silent = false
		}
		if r.Rates == nil {
			continue // it was started anew
		}
		if err := encode.Encode(r); err != nil || once {
			return err
		}
	}
}

// next takes a sample, Every after the one before.
func (o *Options) next(ctx context.Context, m *Meter) (*Report, error) {
	if m.asked {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(o.Every):
		}
	}
	m.asked = true
	s, err := o.sample(ctx)
	if err != nil {
		return nil, err
	}
	return m.Take(s), nil
}
