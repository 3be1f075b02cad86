package api

import (
	"context"
	"log/slog"
	"reflect"
	"runtime"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// knows tells which members a type of request reads, given as a pointer.
func knows(t reflect.Type) func(member string) bool {
	if t.Implements(reflect.TypeFor[object]()) {
		return reflect.Zero(t).Interface().(object).Knows
	}
	return func(member string) bool {
		_, known := planOf(t.Elem()).names[member]
		return known
	}
}

// largeBody is from how many bytes on a body is worth a turn: reading it takes a
// processor for as long as hundreds of messages do.
const largeBody = 16 << 10

// readingLarge has room for those that read a large body: half of the processors stay
// for everybody else. Nothing is waited for while one is read.
var readingLarge = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))

// read reads the body of a call. Over MQTT a member that names another user as
// the caller is refused also where the command has no use for it (spec/00 §5).
func (c *Call) read(ctx context.Context, body []byte, into any) error {
	if len(body) >= largeBody {
		readingLarge <- struct{}{}
		defer func() { <-readingLarge }()
	}
	var buf [24]wire.Member
	list, err := form.Split(body, buf[:0])
	svc := services[c.row.Service]
	if err != nil {
		if c.row.Service == ConfigService { // it has a code of its own for what is not JSON
			_, text := chat.Outward(err)
			return chat.Refuse(chat.CodeConfigJSON, "%s", text)
		}
		return err
	}
	if name := c.foreign(list); name != "" {
		if target, err := ConvOf(list); err == nil && c.row.Service == NoService {
			return form.RefuseForeign(name, target.Kind)
		}
		return chat.Refuse(svc.foreign, "%s names another user", name)
	}
	c.logUnknown(ctx, list)
	return decode(list, into, svc.parameter)
}

func (c *Call) foreign(list []wire.Member) string {
	if c.By.Platform == chat.PlatformREST {
		return ""
	}
	return form.Foreign(list, c.By.User, c.row.knows)
}

// Bounds of what the log says of unknown members.
const (
	loggedMembers = 10
	loggedBytes   = 64 // of a name
)

// logUnknown names the members that the command does not know: they may be spelling
// mistakes. Their values are not logged.
func (c *Call) logUnknown(ctx context.Context, list []wire.Member) {
	log := c.Core.Log()
	if !log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	var unknown []string
	for _, m := range list {
		if c.row.knows(string(m.Name)) || len(unknown) == loggedMembers {
			continue
		}
		unknown = append(unknown, string(m.Name[:min(len(m.Name), loggedBytes)]))
	}
	if unknown != nil {
		name := c.row.Method
		if c.By.Platform == chat.PlatformREST {
			name = c.row.Service + "/" + c.row.Name
		}
		log.Debug("unknown members", "command", name, "app", uint32(c.By.App), "user", string(c.By.User), "members", unknown)
	}
}

// Read reads the body of a method that the MQTT door serves itself, as commands
// read theirs.
func (t *Table) Read(by chat.Actor, body []byte, into any) error {
	if len(body) == 0 {
		body = []byte("{}")
	}
	var buf [24]wire.Member
	list, err := form.Split(body, buf[:0])
	if err != nil {
		return err
	}
	if name := form.Foreign(list, by.User, nil); name != "" {
		return form.RefuseForeign(name, chat.C2C)
	}
	return decode(list, into, services[NoService].parameter)
}
