// Package trace reads and writes the context of a distributed trace as W3C Trace Context (level 1,
// with the random flag of level 2) defines it: traceparent and tracestate. A client or a backend
// sends one, and the calls that the server makes because of it carry it on, so that a tool for
// traces shows them together.
//
// It refuses to record anything: the server makes no spans of its own and sends none anywhere.
// Start reading at [Parse].
package trace

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The names of the two texts as user properties of an MQTT 5 PUBLISH.
const (
	ParentName = "traceparent"
	StateName  = "tracestate"
)

// The same as keys of net/http's headers.
const (
	parentHeader = "Traceparent"
	stateHeader  = "Tracestate"
)

// Context is what came with a call. It is never changed, so it may be shared.
type Context struct {
	// Parent is the caller's traceparent in version 00: 55 characters, lower case, with no flags
	// but sampled and random.
	Parent string
	// State is the caller's tracestate, at most [MostState] bytes; "": none.
	State string
}

// The form of version 00: version, trace id, id of the caller's span, flags.
const (
	parentLength = 55
	traceFrom    = 3
	traceTo      = 35
	spanFrom     = 36
	spanTo       = 52
	flagsFrom    = 53
)

// knownFlags are sampled (level 1) and random (level 2); all others are to be sent as 0.
const knownFlags = 0x01 | 0x02

// Parse reads what a caller has sent, and returns nil when parent is no valid traceparent
// (W3C Trace Context, section 3.2.2): then there is no trace, as if nothing had been sent. A
// state that is not valid is left out (section 3.3.1). The result shares no memory with the texts.
func Parse(parent, state string) *Context {
	if len(parent) < parentLength || parent[2] != '-' || parent[traceTo] != '-' || parent[spanTo] != '-' {
		return nil
	}
	version, id, span, flags := parent[:2], parent[traceFrom:traceTo], parent[spanFrom:spanTo], parent[flagsFrom:parentLength]
	if !isHex(version) || !isHex(id) || !isHex(span) || !isHex(flags) || version == "ff" || allZero(id) || allZero(span) {
		return nil
	}
	// A later version may have more behind a dash; what this one knows of it counts (section 3.2.4).
	if len(parent) > parentLength && (version == "00" || parent[parentLength] != '-') {
		return nil
	}
	set := (hexDigit(flags[0])<<4 | hexDigit(flags[1])) & knownFlags
	return &Context{
		Parent: fmt.Sprintf("00-%s-%s-%02x", id, span, set),
		State:  cleanState(state),
	}
}

// Of reads what came with an HTTP request, whose net/http headers h is. Several traceparents count as
// none; several tracestates are one list (W3C Trace Context, section 3.3).
func Of(h map[string][]string) *Context {
	parents := h[parentHeader]
	if len(parents) != 1 {
		return nil
	}
	return Parse(parents[0], strings.Join(h[stateHeader], ","))
}

// Send puts the headers of a call that is made because of c; nil has none.
func (c *Context) Send(h map[string][]string) {
	child := c.Child()
	if child == "" {
		return
	}
	h[parentHeader] = []string{child}
	if c.State != "" {
		h[stateHeader] = []string{c.State}
	}
}

// ID is the id of the trace, 32 hexadecimal digits; "" of nil.
func (c *Context) ID() string {
	if c == nil || len(c.Parent) != parentLength {
		return ""
	}
	return c.Parent[traceFrom:traceTo]
}

// Child is the traceparent of a call that is made because of c: the same trace and flags, and a span id
// of its own. It is "" of nil, and of a Context that Parse has not made.
func (c *Context) Child() string {
	if c == nil || len(c.Parent) != parentLength {
		return ""
	}
	span := rand.Uint64()
	for span == 0 { // means that there is none
		span = rand.Uint64()
	}
	return fmt.Sprintf("%s%016x%s", c.Parent[:spanFrom], span, c.Parent[spanTo:])
}

// Attrs adds the id of the trace to the attributes of a line of the log, if there is one.
func (c *Context) Attrs(attrs ...any) []any {
	if id := c.ID(); id != "" {
		return append(attrs, "trace_id", id)
	}
	return attrs
}

// isHex reports whether s has nothing but hexadecimal digits in lower case.
func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func allZero(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}

// hexDigit is the value of a digit that isHex has let pass.
func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}
