package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
	"time"
)

// operatorCommands look after the operators of a running server.
type operatorCommands struct {
	Link     operatorLink     `cmd:"" help:"Print a link by which somebody becomes an operator. It is good once, for 24 hours."`
	List     operatorList     `cmd:"" help:"List the operators."`
	Disable  operatorDisable  `cmd:"" help:"Let an operator in no more, and end their sessions."`
	Enable   operatorEnable   `cmd:"" help:"Let a disabled operator in again."`
	Remove   operatorRemove   `cmd:"" help:"Remove an operator."`
	Sessions operatorSessions `cmd:"" help:"List who is logged in."`
	End      operatorEnd      `cmd:"" help:"End a session."`
	Log      operatorLog      `cmd:"" help:"Print what was done by operators, newest first: who, what, when, from where."`
}

type operatorLink struct {
	target
	Role string `default:"write" enum:"read,write" help:"read or write."`
	Name string `help:"The name to have; default: that of their choice."`
}

// Run prints the link alone on a line.
func (c operatorLink) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	var made struct{ Path string }
	if err := ctl.do(http.MethodPost, "operators/invite", map[string]string{"role": c.Role, "name": c.Name}, &made); err != nil {
		return err
	}
	var at struct{ Listeners struct{ Admin string } }
	if err := ctl.do(http.MethodGet, "overview", nil, &at); err != nil {
		return err
	}
	fmt.Println(at.Listeners.Admin + made.Path)
	return nil
}

// shownTime is a time of the API for people.
func shownTime(ms int64) string {
	if ms == 0 {
		return "never"
	}
	return time.UnixMilli(ms).UTC().Format(time.DateTime)
}

type operatorList struct{ target }

// Run prints a table.
func (c operatorList) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE\tSTATE\tSESSIONS\tLAST LOGIN")
	type operator struct {
		Name, Role string
		Disabled   bool
		Sessions   int
		LastLogin  int64 `json:"last_login_at"`
	}
	err = each(ctl, "operators", func(o operator) error {
		state := "on"
		if o.Disabled {
			state = "off"
		}
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", o.Name, o.Role, state, o.Sessions, shownTime(o.LastLogin))
		return err
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// named is an operator of a running server.
type named struct {
	target
	Name string `arg:"" help:"The operator."`
}

func (c named) ask(method string, body any) error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	return ctl.do(method, "operators/"+url.PathEscape(c.Name), body, nil)
}

type operatorDisable struct{ named }

// Run disables an operator.
func (c operatorDisable) Run() error {
	return c.ask(http.MethodPatch, map[string]bool{"disabled": true})
}

type operatorEnable struct{ named }

// Run enables an operator.
func (c operatorEnable) Run() error {
	return c.ask(http.MethodPatch, map[string]bool{"disabled": false})
}

type operatorRemove struct{ named }

// Run removes an operator.
func (c operatorRemove) Run() error { return c.ask(http.MethodDelete, nil) }

type operatorSessions struct{ target }

// Run prints a table.
func (c operatorSessions) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SESSION\tOPERATOR\tADDRESS\tLAST USED")
	type session struct {
		ID, Operator, Address string
		Used                  int64 `json:"used_at"`
	}
	err = each(ctl, "sessions", func(s session) error {
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.ID, s.Operator, s.Address, shownTime(s.Used))
		return err
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

type operatorEnd struct {
	target
	Session string `arg:"" help:"The session, as listed."`
}

// Run ends a session.
func (c operatorEnd) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	return ctl.do(http.MethodDelete, "sessions/"+url.PathEscape(c.Session), nil, nil)
}
