package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"text/tabwriter"

	"github.com/teahouse-im/teahouse/chat"
)

// sessionCommands look after the connections of clients.
type sessionCommands struct {
	List sessionsList `cmd:"" help:"List who is connected, with address, platform and protocol."`
	Kick sessionsKick `cmd:"" help:"Close the connections of a user. Their tickets stay good: they may come back."`
}

type sessionsList struct {
	target
	App  chat.AppID `placeholder:"N" help:"Those of this app."`
	User string     `placeholder:"PREFIX" help:"Those of users whose names begin so."`
	JSON bool       `name:"json" help:"Print a line of JSON for each, as the API has it."`
}

// connected is a connection of the API.
type connected struct {
	App                                       chat.AppID
	User, Client, Platform, Address, Protocol string
	Since                                     int64 `json:"since_at"`
	Behind, Unacked                           int
}

// Run prints a table.
func (c sessionsList) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	q := url.Values{"user": {c.User}}
	if c.App != 0 {
		q.Set("app", strconv.FormatUint(uint64(c.App), 10))
	}
	path := "connections?" + q.Encode()
	if c.JSON {
		return printLines(ctl, path)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "APP\tUSER\tDEVICE\tPLATFORM\tADDRESS\tMQTT\tSINCE\tUNACKED\tBEHIND IN")
	err = each(ctl, path, func(s connected) error {
		_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n",
			s.App, s.User, s.Client, s.Platform, s.Address, s.Protocol, shownTime(s.Since), s.Unacked, s.Behind)
		return err
	})
	return errors.Join(err, w.Flush())
}

type sessionsKick struct {
	target
	App    chat.AppID `required:"" placeholder:"N" help:"The app."`
	User   string     `arg:"" help:"The user."`
	Device string     `placeholder:"CLIENT" help:"This one alone of their devices, as listed."`
}

// Run says how many were closed.
func (c sessionsKick) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	var done struct{ Closed int }
	path := fmt.Sprintf("apps/%d/users/%s/kick", c.App, url.PathEscape(c.User))
	if err := ctl.do(http.MethodPost, path, map[string]string{"client": c.Device}, &done); err != nil {
		return err
	}
	if done.Closed == 0 {
		return fmt.Errorf("%s has no such connection", c.User)
	}
	fmt.Printf("closed %d\n", done.Closed)
	return nil
}
