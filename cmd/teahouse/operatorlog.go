package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

type operatorLog struct {
	target
	Since  string     `default:"24h" placeholder:"TIME" help:"From then on: a time ago such as 24h, or a moment such as 2027-01-31T00:00:00Z."`
	Actor  string     `placeholder:"NAME" help:"What this operator has done."`
	Action string     `placeholder:"PREFIX" help:"What begins so, such as app. or user.kick."`
	App    chat.AppID `placeholder:"N" help:"What was about this app."`
	JSON   bool       `name:"json" help:"Print a line of JSON for each, as the API has it."`
}

// Run prints a table.
func (c operatorLog) Run() error {
	from, err := c.from(time.Now())
	if err != nil {
		return err
	}
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	q := url.Values{"from": {strconv.FormatInt(from.UnixMilli(), 10)}, "actor": {c.Actor}, "action": {c.Action}}
	if c.App != 0 {
		q.Set("app", strconv.FormatUint(uint64(c.App), 10))
	}
	path := "audit?" + q.Encode()
	if c.JSON {
		return printLines(ctl, path)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tWHO\tFROM\tACTION\tOBJECT\tAPP\tRESULT\tDETAIL")
	type entry struct {
		At                                                   int64
		Actor, Kind, Address, Action, Object, Result, Detail string
		App                                                  uint32
	}
	err = each(ctl, path, func(e entry) error {
		who, app := e.Actor, "-"
		if who == "" {
			who = "(" + e.Kind + ")"
		}
		if e.App != 0 {
			app = strconv.FormatUint(uint64(e.App), 10)
		}
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", shownTime(e.At), who, e.Address, e.Action, e.Object, app, e.Result, e.Detail)
		return err
	})
	return errors.Join(err, w.Flush())
}

// from is the moment that Since means.
func (c operatorLog) from(now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(c.Since); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, form := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if at, err := time.Parse(form, c.Since); err == nil {
			return at, nil
		}
	}
	return now, fmt.Errorf("--since %q: want a time ago such as 24h, or a moment such as 2027-01-31T00:00:00Z", c.Since)
}
