package hooks

import (
	"strconv"
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/trace"
)

// The lines of the operator's log that clients cause. They are sampled; the
// cause of a protocol error is its reason code, of the others the protocol's code.
const (
	loginRefused  = "login refused"
	protocolError = "protocol error"
	limitReached  = "limit reached"
)

// noteRefusal logs and counts a CONNECT that is not let in.
func (l *Link) noteRefusal(no *refusal) {
	d := l.door
	d.opt.Counters.Connect(no.label)
	attrs := []any{"remote", l.RemoteIP(), "app", l.hello.says, "user", l.hello.named(), "client", clipped(l.hello.client)}
	if no.err == nil { // the packet itself is refused
		d.lines.Info(protocolError, no.label, append(attrs, "code", int(no.v5), "err", no.label)...)
		return
	}
	code := chat.CodeOf(no.err)
	d.opt.Counters.Login(code)
	d.logFault("connect", &l.Actor, no.err)
	if !chat.IsFault(no.err) {
		d.lines.Info(loginRefused, strconv.Itoa(int(code)), append(attrs, "code", int(code), "err", no.text)...)
	}
}

// noteProtocolError logs why a connection ends. The first reason is the one.
func (l *Link) noteProtocolError(code packets.Code) {
	if l.why == "" {
		l.why = protocolError
		l.chargeFault()
	}
	l.door.lines.Info(protocolError, code.Reason, "remote", l.RemoteIP(), "app", uint32(l.Actor.App),
		"user", string(l.Actor.User), "client", clipped(l.Actor.Device), "code", int(code.Code), "err", code.Reason)
}

// noteLimit logs a limit that has bitten, by its name or text; of is the trace of what it has
// hit, nil when there is none.
func (l *Link) noteLimit(which string, code chat.Code, of *trace.Context) {
	why := which
	if code != 0 {
		why = strconv.Itoa(int(code))
	}
	l.door.lines.Info(limitReached, why, of.Attrs("limit", which, "remote", l.RemoteIP(), "app", uint32(l.Actor.App),
		"user", string(l.Actor.User), "client", clipped(l.Actor.Device), "code", int(code))...)
}

// noteRefused is noteLimit for a command or message that was refused by one.
func (l *Link) noteRefused(err error, of *trace.Context) {
	if code := chat.CodeOf(err); err != nil && code.Class() == chat.Limited {
		_, text := chat.Outward(err)
		l.noteLimit(text, code, of)
	}
}

// named is the user that a client says it is.
func (h *hello) named() string {
	name, _, _ := strings.Cut(h.user, "?")
	return clipped(name)
}

// clipped bounds what a stranger puts into a line.
func clipped(s string) string {
	const most = 64 // bytes; a UserID has 32
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
