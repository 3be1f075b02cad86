package api

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// partial is an answer that knows its own ActionStatus (batchsendmsg).
type partial interface{ ActionStatus() string }

// bare reports whether answers have ErrorCode and ErrorInfo, and no ActionStatus (spec/09
// §D).
func (c *Command) bare() bool { return c.Service == ConfigService }

// informed is an answer that has its own ErrorInfo when all went well (getappinfo).
type informed interface{ ErrorInfo() string }

// written is implemented by answers that append their own JSON members; the
// Put functions of package wire do, and put the commas.
type written interface{ AppendMembers(dst []byte) []byte }

// The forms of what Envelope writes before the members of an answer.
type (
	envelope struct {
		Status status    `json:"ActionStatus"`
		Code   chat.Code `json:"ErrorCode"`
		Info   string    `json:"ErrorInfo"`
	}
	displayed struct {
		envelope
		Display string `json:"ErrorDisplay"`
	}
	bare struct {
		Code chat.Code `json:"ErrorCode"`
		Info string    `json:"ErrorInfo"`
	}
	partly struct {
		Status partStatus `json:"ActionStatus"`
		Code   chat.Code  `json:"ErrorCode"`
		Info   string     `json:"ErrorInfo"`
	}
	status     string
	partStatus string
)

// Words implements Worded.
func (status) Words() []string { return []string{"OK", "FAIL"} }

// Words implements Worded.
func (partStatus) Words() []string { return []string{"OK", "SomeError", "FAIL"} }

// EnvelopeShape is the type whose json tags name the members of the command's envelope.
func (c *Command) EnvelopeShape() reflect.Type {
	switch {
	case c.partial:
		return reflect.TypeFor[partly]()
	case services[c.Service].display:
		return reflect.TypeFor[displayed]()
	case c.bare():
		return reflect.TypeFor[bare]()
	}
	return reflect.TypeFor[envelope]()
}

// Envelope writes what a caller gets: ActionStatus, ErrorCode, ErrorInfo, then
// the members of the answer (spec/02 §2). Of an error without a code only "internal" is
// said. c may be nil, for refusals before a command is known.
func (c *Command) Envelope(dst []byte, answer any, err error) []byte {
	code, info := chat.Outward(err)
	status := "OK"
	if code != 0 {
		status = "FAIL"
	} else if p, ok := answer.(partial); ok {
		status = p.ActionStatus()
	}
	dst = append(dst, '{')
	if c == nil || !c.bare() {
		dst = wire.PutText(dst, "ActionStatus", status)
	}
	if i, ok := answer.(informed); ok && code == 0 {
		info = i.ErrorInfo()
	}
	dst = wire.PutInt(dst, "ErrorCode", int64(code))
	dst = wire.PutText(dst, "ErrorInfo", info)
	if c != nil && services[c.Service].display {
		dst = wire.PutText(dst, "ErrorDisplay", "")
	}
	if answer != nil {
		dst = appendAnswer(dst, answer)
	}
	return append(dst, '}')
}

// appendAnswer writes an answer's members after those of the envelope.
func appendAnswer(dst []byte, answer any) []byte {
	if w, ok := answer.(written); ok {
		return w.AppendMembers(dst)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(answer) != nil {
		return dst // answers are structs of ours whose raw parts were checked when they came
	}
	members := bytes.TrimSpace(b.Bytes())
	if len(members) <= len("{}") {
		return dst
	}
	dst = append(dst, ',')
	return append(dst, members[1:len(members)-1]...)
}
