package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// Who may call a command at all; what they may do with it is the core's matter.
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
	// Packets is how many packets a request over MQTT counts as in the budgets of
	// reading; 0: one (spec/41 §7).
	Packets int

	table   *Table
	knows   func(member string) bool
	run     func(context.Context, *Call, []byte) (any, error)
	request reflect.Type // see Request
	answer  reflect.Type // see Answer
	partial bool         // the answer says its own ActionStatus
	bounds  map[string]Bounds
	members []Member        // of the request
	example json.RawMessage // of a request, for help
}

// Call is one call of a command.
type Call struct {
	By    chat.Actor
	App   *chat.App
	Core  *core.Core
	Table *Table
	// Room is about how many bytes the members of the answer may take: paged
	// commands answer fewer entries rather than more.
	Room int
	row  *Command
}

// Row makes a command out of a request type, an answer type and what lies
// between; the page in doc.go says how both are read and written. svc names the
// REST service, whose codes serve for the command over MQTT too. A nil answer is
// the bare envelope; an answer beside an error goes into the envelope of the
// refusal.
func Row[Req, Resp any](svc, name, method string, who Who, do func(context.Context, *Call, *Req) (*Resp, error)) *Command {
	_, partly := any(new(Resp)).(partial)
	return &Command{
		knows:   knows(reflect.TypeFor[*Req]()),
		Service: svc, Name: name, Method: method, Who: who,
		request: shapeOf[Req](), answer: shapeOf[Resp](), partial: partly, members: membersOf(shapeOf[Req]()),
		run: func(ctx context.Context, c *Call, body []byte) (any, error) {
			var req Req
			if err := c.read(ctx, body, &req); err != nil {
				return nil, err
			}
			var resp *Resp
			err := c.once(ctx, &req, func(ctx context.Context) (err error) {
				resp, err = do(ctx, c, &req)
				return err
			})
			if resp == nil {
				return nil, err
			}
			return resp, err
		},
	}
}

// Also gives a command older names of its own service.
func (c *Command) Also(names ...string) *Command {
	c.Aliases = names
	return c
}

// Weighs sets Packets.
func (c *Command) Weighs(packets int) *Command {
	c.Packets = packets
	return c
}

// AtMost sets the command's own default limit, in calls a second.
func (c *Command) AtMost(perSecond int) *Command {
	c.Rate = perSecond
	return c
}

// Run decodes a body, calls the core as by, and returns the answer, to be
// written by [Command.Envelope]; most is how many bytes that may be. Both values may be
// set.
func (c *Command) Run(ctx context.Context, by chat.Actor, body []byte, most int) (answer any, err error) {
	app, err := c.table.core.App(by.App)
	if err != nil {
		return nil, err
	}
	if c.Who == Admins && !by.Admin() {
		return nil, chat.Refuse(services[c.Service].needAdmin, "")
	}
	if len(body) == 0 { // a request that says nothing; REST has refused it (spec/02 §1)
		body = []byte("{}")
	}
	answer, err = c.run(ctx, &Call{By: by, App: app, Core: c.table.core, Table: c.table, Room: max(most-envelopeBytes, 1), row: c}, body)
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

// Faults are the codes that a command's service has for a member that is missing or wrong, and
// for a fault of the server.
func (c *Command) Faults() []chat.Code {
	return []chat.Code{services[c.Service].parameter, services[c.Service].fault}
}

// Self is the user a call is about, where a member names them: over MQTT the
// caller when it is left out, and nobody else (spec/00 §5); a REST caller must
// name them. The codes are for a name that is missing and for one of somebody
// else.
func (c *Call) Self(name string, named chat.UserID, missing, foreign chat.Code) (chat.UserID, error) {
	switch {
	case named == "" && c.By.Platform == chat.PlatformREST:
		return "", chat.Refuse(missing, "%s is missing", name)
	case named == "":
		return c.By.User, nil
	case named != c.By.User && !c.By.Admin():
		return "", chat.Refuse(foreign, "%s names another user", name)
	}
	return named, nil
}

// Table is all commands, found by REST name or MQTT method.
type Table struct {
	core    *core.Core
	rows    []*Command
	rest    map[[2]string]*Command
	methods map[string]*Command
}

// New builds a table of the commands of all families over the core. The list of
// families stands in package api/commands.
func New(core *core.Core, families ...[]*Command) *Table {
	t := &Table{core: core, rest: map[[2]string]*Command{}, methods: map[string]*Command{}}
	for _, list := range families {
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
// they are here only to be listed and explained.
var doorMethods = map[string]*Command{
	"login.refresh": {
		Method: "login.refresh", request: reflect.TypeFor[Refresh](), answer: reflect.TypeFor[None](),
		members: membersOf(reflect.TypeFor[Refresh]()),
		example: json.RawMessage(`{"UserSig":"eJw1zcEKgkAUheG..."}`),
	},
	"status.watch": (&Command{
		Method: "status.watch", request: reflect.TypeFor[Watch](), answer: reflect.TypeFor[Watched](),
		members: membersOf(reflect.TypeFor[Watch]()), example: json.RawMessage(`{"To_Account":["bob"]}`),
	}).Takes("To_Account", 1, MostWatched),
	"status.unwatch": (&Command{
		Method: "status.unwatch", request: reflect.TypeFor[Unwatch](), answer: reflect.TypeFor[Watched](),
		members: membersOf(reflect.TypeFor[Unwatch]()), example: json.RawMessage(`{"To_Account":["bob"]}`),
	}).Takes("To_Account", 0, MostWatched),
	"logout": {
		Method: "logout", request: reflect.TypeFor[None](), answer: reflect.TypeFor[None](),
		members: []Member{}, example: json.RawMessage(`{}`),
	},
}

// MostWatched bounds the users of one status.watch (spec/00 §5).
const MostWatched = 100

// Watch is the request of status.watch.
type Watch struct {
	To []chat.UserID `wire:"!To_Account" code:"90003"`
}

// Unwatch is the request of status.unwatch; without names it is about all.
type Unwatch struct {
	To []chat.UserID `wire:"To_Account" code:"90003"`
}

// Watched is the answer to both: the users that it did not come about for.
type Watched struct {
	Errors []TargetError `json:"ErrorList"`
}

// Refresh is the request of login.refresh: a UserSig or a JWT of the same user. It is
// the ticket's check that refuses an absent one.
type Refresh struct {
	Ticket string `wire:"!UserSig"`
}

// Explained finds what help can say of a method that the caller may use.
func (t *Table) Explained(name string, admin bool) (*Command, bool) {
	if c, ok := doorMethods[name]; ok {
		return c, true
	}
	c, ok := t.methods[name]
	return c, ok && (admin || c.Who == Anyone)
}

// Methods lists the methods a caller may use, sorted.
func (t *Table) Methods(admin bool) []string {
	names := slices.Collect(maps.Keys(doorMethods))
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

// None is an answer that is the envelope alone, and a request without members.
type None struct{}
