package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/teahouse-im/teahouse/chat"
)

// webhookCommands look after what the servers of apps are told.
type webhookCommands struct {
	Dead   deadCommands  `cmd:"" help:"Show events that were given up."`
	Replay webhookReplay `cmd:"" help:"Tell events that were given up once more."`
	Test   webhookTest   `cmd:"" help:"Call the server of an app about a made-up event, and print what came of it; exit code 0 means it answered well."`
}

type deadCommands struct {
	List deadList `cmd:"" help:"List the events that were given up, oldest first."`
	Show deadShow `cmd:"" help:"Print what the app's server was told about one."`
}

type deadList struct {
	target
	App chat.AppID `placeholder:"N" help:"Those of this app; default: of all apps."`
}

// eachApp calls use for one app, or for every app when none is named.
func eachApp(c *control, app chat.AppID, use func(chat.AppID) error) error {
	if app != 0 {
		return use(app)
	}
	return each(c, "apps", func(a struct{ ID chat.AppID }) error { return use(a.ID) })
}

// Run prints a table.
func (c deadList) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "APP\tID\tCOMMAND\tTIME\tABOUT")
	err = eachApp(ctl, c.App, func(id chat.AppID) error {
		type dead struct {
			ID, Command, Key string
			At               int64
		}
		return each(ctl, fmt.Sprintf("apps/%d/webhooks/dead", id), func(e dead) error {
			_, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", id, e.ID, e.Command, shownTime(e.At), e.Key)
			return err
		})
	})
	return errors.Join(err, w.Flush())
}

type deadShow struct {
	target
	App chat.AppID `required:"" placeholder:"N" help:"The app."`
	ID  string     `arg:"" help:"The event, as listed."`
}

// Run prints JSON.
func (c deadShow) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	var got struct {
		Body  json.RawMessage
		Fault string
	}
	if err := ctl.do(http.MethodGet, fmt.Sprintf("apps/%d/webhooks/dead/%s", c.App, url.PathEscape(c.ID)), nil, &got); err != nil {
		return err
	}
	if got.Fault != "" {
		return fmt.Errorf("it cannot be told: %s", got.Fault)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, got.Body, "", "  "); err != nil {
		return err
	}
	fmt.Println(out.String())
	return nil
}

type webhookReplay struct {
	target
	App chat.AppID `placeholder:"N" help:"The app; default, with --all: every app."`
	ID  string     `arg:"" optional:"" help:"The event, as listed."`
	All bool       `help:"All that were given up."`
}

// Run says how many are told again.
func (c webhookReplay) Run() error {
	switch {
	case c.All == (c.ID != ""):
		return errors.New("name one event, or give --all")
	case c.ID != "" && c.App == 0:
		return errors.New("name the app of the event with --app")
	}
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	return eachApp(ctl, c.App, func(id chat.AppID) error {
		var done struct{ Replayed int }
		if err := ctl.do(http.MethodPost, fmt.Sprintf("apps/%d/webhooks/replay", id), map[string]string{"event": c.ID}, &done); err != nil {
			return err
		}
		if done.Replayed > 0 || c.App != 0 {
			fmt.Printf("%d: told again: %d\n", id, done.Replayed)
		}
		return nil
	})
}

type webhookTest struct {
	target
	App chat.AppID `required:"" placeholder:"N" help:"The app."`
}

// tested is how a call has ended.
type tested struct {
	Command, Outcome, Message, Answer string
	Status                            int
	Took                              int64 `json:"took_ms"`
}

// Run prints how the call went.
func (c webhookTest) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	at := fmt.Sprintf("apps/%d/webhooks", c.App)
	var hook struct{ URL string }
	if err := ctl.do(http.MethodGet, at, nil, &hook); err != nil {
		return err
	}
	var r tested
	if err := ctl.do(http.MethodPost, at+"/test", nil, &r); err != nil {
		return err
	}
	address, _, _ := strings.Cut(hook.URL, "?")
	fmt.Printf("called   %s\nabout    %s\ntook     %d ms\n", address, r.Command, r.Took)
	if r.Status != 0 {
		fmt.Printf("status   %d\n", r.Status)
	}
	if r.Answer != "" {
		fmt.Printf("answer   %q\n", r.Answer)
	}
	if r.Outcome != "ok" {
		return errors.New(r.advice())
	}
	fmt.Println("it answered well: events reach it")
	return nil
}

// advice says what went wrong, and what to look at.
func (r *tested) advice() string {
	has := func(part string) bool { return strings.Contains(r.Message, part) }
	switch r.Outcome {
	case "timeout":
		return "no answer within 2 s, which is as long as a webhook may take: answer first and work afterwards; or nothing lets the packets through on the way"
	case "unreachable":
		switch {
		case r.Status != 0:
			return fmt.Sprintf("the status %d says that nobody is there, so events wait: is it a proxy in front that does not reach the receiver?", r.Status)
		case has("certificate signed by unknown authority"):
			return "its certificate is signed by nobody whom the machine of the server trusts: " + r.Message
		case has("x509:"), has("tls:"):
			return "TLS fails: " + r.Message
		case has("HTTP response to HTTPS client"):
			return "it does not speak TLS there: is the address http://?"
		case has("no such host"):
			return "the machine of the server finds no host of this name: " + r.Message
		case has("connection refused"):
			return "nobody listens at this address, seen from the machine of the server: " + r.Message
		}
		return "it is not reached: " + r.Message
	case "status":
		if r.Status >= 300 && r.Status < 400 {
			return fmt.Sprintf("the status %d is a redirection, which is not followed: give the webhook the address it leads to", r.Status)
		}
		return fmt.Sprintf("only the status 200 counts, and it is %d", r.Status)
	case "malformed":
		return `the answer is not JSON, such as {"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}: ` + r.Message
	}
	return r.Outcome + ": " + r.Message
}
