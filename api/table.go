package api

import (
	"context"
	"errors"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Who may call a command at all; what he may do with it is the core's matter.
type Who uint8

// The callers.
const (
	Anyone Who = iota // users too
	Admins            // app administrators
)

// Command is one row of the table.
type Command struct {
	Service string // REST service, "" when the command has no REST twin
	Name    string // REST command
	Aliases []string
	Method  string // MQTT method, "" when there is none
	Who     Who
	// Rate is how many calls a second an app may make over REST unless its limits
	// say otherwise; 0: the app's default (spec/02 §5).
	Rate int

	table *Table
	run   func(context.Context, *Call, []byte) (any, error)
}

// Call is one call of a command.
type Call struct {
	By  chat.Actor
	App *chat.App

	svc   *chat.Service
	table *Table
}

// row makes a command out of a request type, an answer type and what lies
// between. A nil answer is the bare envelope; an answer beside an error goes into the envelope
// of the refusal.
func row[Req, Resp any](svc, name, method string, who Who, do func(context.Context, *Call, *Req) (*Resp, error)) *Command {
	return &Command{
		Service: svc, Name: name, Method: method, Who: who,
		run: func(ctx context.Context, c *Call, body []byte) (any, error) {
			var req Req
			if err := decode(body, &req, services[svc].parameter); err != nil {
				return nil, err
			}
			resp, err := do(ctx, c, &req)
			if resp == nil {
				return nil, err
			}
			return resp, err
		},
	}
}

// also gives a command older names of its own service.
func (c *Command) also(names ...string) *Command {
	c.Aliases = names
	return c
}

// rate sets the command's own default limit.
func (c *Command) rate(perSecond int) *Command {
	c.Rate = perSecond
	return c
}

// Run decodes a body, calls the core as by, and returns the answer, to be
// written by [Command.Envelope]. Both values may be set.
func (c *Command) Run(ctx context.Context, by chat.Actor, body []byte) (answer any, err error) {
	app, err := c.table.svc.App(by.App)
	if err != nil {
		return nil, err
	}
	if c.Who == Admins && !by.Admin() {
		return nil, chat.Refuse(services[c.Service].needAdmin, "")
	}
	if len(body) == 0 { // a request that says nothing; REST has refused it (spec/02 §1)
		body = []byte("{}")
	}
	answer, err = c.run(ctx, &Call{By: by, App: app, svc: c.table.svc, table: c.table}, body)
	return answer, c.coded(err)
}

// coded gives an error without a code that of the service's faults.
func (c *Command) coded(err error) error {
	var known *chat.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return chat.Internal(services[c.Service].fault, err)
}

// self is the user a call is about, where a member names him: over MQTT the
// caller when it is left out, and nobody else (spec/00 §5); a REST caller must name him.
func (c *Call) self(name string, named chat.UserID, missing, foreign chat.Code) (chat.UserID, error) {
	switch {
	case named == "" && c.By.Platform == chat.PlatformREST:
		return "", chat.Refuse(missing, "%s is missing", name)
	case named == "":
		return c.By.User, nil
	case named != c.By.User && !c.By.Admin():
		return "", chat.Refuse(foreign, "%s names somebody else", name)
	}
	return named, nil
}

// Table is all commands, found by REST name or MQTT method.
type Table struct {
	svc     *chat.Service
	rows    []*Command
	rest    map[[2]string]*Command
	methods map[string]*Command
}

// New builds the table over the core.
func New(svc *chat.Service) *Table {
	t := &Table{svc: svc, rest: map[[2]string]*Command{}, methods: map[string]*Command{}}
	for _, list := range [][]*Command{
		accountRows(), presenceRows(), c2cRows(), groupRows(), applicationRows(), memberRows(), muteRows(), groupMessageRows(),
		relationRows(), messageRows(), receiptRows(), conversationRows(), ownRows(),
	} {
		for _, c := range list {
			t.add(c)
		}
	}
	return t
}

// add enters a row; a name twice is a mistake in the table.
func (t *Table) add(c *Command) {
	c.table = t
	t.rows = append(t.rows, c)
	if c.Name != "" {
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			key := [2]string{c.Service, name}
			if t.rest[key] != nil {
				panic("api: two rows for " + c.Service + "/" + name)
			}
			t.rest[key] = c
		}
	}
	if c.Method == "" {
		return
	}
	if t.methods[c.Method] != nil {
		panic("api: two rows for " + c.Method)
	}
	t.methods[c.Method] = c
}

// REST finds a command by service and command name, aliases included.
func (t *Table) REST(service, command string) (*Command, bool) {
	c, ok := t.rest[[2]string{service, command}]
	return c, ok
}

// Method finds a command by its MQTT method.
func (t *Table) Method(name string) (*Command, bool) {
	c, ok := t.methods[name]
	return c, ok
}

// doorMethods are about the connection itself: the MQTT door serves them, and
// they are here only to be listed.
var doorMethods = []string{"login.refresh", "logout"}

// Methods lists the methods a caller may use, sorted.
func (t *Table) Methods(admin bool) []string {
	names := slices.Clone(doorMethods)
	for name, c := range t.methods {
		if admin || c.Who == Anyone {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Rows lists all commands in the order of the table; the slice is shared.
func (t *Table) Rows() []*Command { return t.rows }

// none is an answer that is the envelope alone, and a request without members.
type none struct{}
