package teahouse

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/sampled"
	"github.com/teahouse-im/teahouse/webhook"
)

// Webhook is asked before something happens and told after it has, as an app's own server would be by
// HTTP (docs/spec/30-webhooks.md): within 2 seconds, and from many goroutines at once. Before a message goes
// out the answer may refuse it or change it; an error lets it pass, or refuses it where the app says
// so (on_failure). What it is told was written with its cause: after an error it is told again,
// and after a crash too, so the same Event may come twice, with the same ID. It is called once Start has
// returned, with the server that it belongs to.
type Webhook func(ctx context.Context, srv *Server, e Event) (Answer, error)

// Event is what the function is asked about or told.
type Event struct {
	App     AppID
	Command string          // "C2C.CallbackBeforeSendMsg"
	ID      string          // of what is told, the same each time; "" of what is asked
	Body    json.RawMessage // a JSON object with the members of the page
}

// Before reports whether the answer decides.
func (e Event) Before() bool {
	_, name, _ := strings.Cut(e.Command, ".")
	return strings.HasPrefix(name, "CallbackBefore") || strings.HasPrefix(name, "CallbackPrev")
}

// Message is what most events are about. Members that an event does not have are empty.
type Message struct {
	From    UserID          `json:"From_Account"`
	To      UserID          `json:"To_Account"` // of one-to-one messages
	Group   string          `json:"GroupId"`    // of messages in groups
	Topic   string          `json:"TopicId"`    // and in topics of a community
	MsgBody json.RawMessage `json:"MsgBody"`
}

// Message reads the body of an event about a message.
func (e Event) Message() (m Message, err error) {
	if err = json.Unmarshal(e.Body, &m); err != nil {
		err = fmt.Errorf("teahouse: %s: %w", e.Command, err)
	}
	return m, err
}

// Text joins the texts of a message's elements.
func (m Message) Text() string {
	var elements []struct {
		MsgContent struct{ Text string }
	}
	_ = json.Unmarshal(m.MsgBody, &elements) // what has no text has ""
	var text strings.Builder
	for _, e := range elements {
		text.WriteString(e.MsgContent.Text)
	}
	return text.String()
}

// Answer is what the function says. The zero value lets go on.
type Answer struct {
	// ErrorCode refuses with 1, drops a message unseen with 2, or refuses with a code of the app's own, which
	// the caller is shown with ErrorInfo: 120001 to 130000 of one-to-one messages, 10100 to 10200 of groups.
	ErrorCode int
	ErrorInfo string
	MsgBody   json.RawMessage `json:",omitempty"` // in place of the sender's
	// CloudCustomData in place of the sender's; nil: as it is.
	CloudCustomData *string         `json:",omitempty"`
	RefusedMembers  []UserID        `json:"RefusedMembers_Account,omitempty"` // of an invitation
	ResultItem      json.RawMessage `json:",omitempty"`                       // of questions about friends
}

// program is the host of an address that leads into the process. Names below invalid are nobody's (RFC 6761).
const program = "program.teahouse.invalid"

// adapt gives apps without a webhook of their own this one. It is not stored.
func (o Options) adapt() func(App) App {
	events := map[string]bool{}
	for _, name := range o.Events {
		events[name] = true
	}
	return func(a App) App {
		if a.Webhook.URL == "" {
			a.Webhook.URL, a.Webhook.Events, a.Webhook.All = "http://"+program+"/", events, o.Events == nil
		}
		return a
	}
}

// inProcess makes the calls to the program itself; the rest goes over the network.
type inProcess struct {
	srv     *Server
	ask     Webhook
	network http.RoundTripper
	log     *slog.Logger
	causes  sampled.Causes[string] // by command: the log gets one line of each a minute
}

// beside puts the function beside the network.
func (s *Server) beside(o Options, network http.RoundTripper) http.RoundTripper {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &inProcess{
		srv: s, ask: o.Webhook, network: network, log: log.With("component", "webhook"),
		causes: sampled.Causes[string]{Lines: 1, Window: time.Minute},
	}
}

// RoundTrip implements http.RoundTripper.
func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != program {
		return p.network.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close() // it is in memory
	query := r.URL.Query()
	app, err := strconv.ParseUint(query.Get("SdkAppid"), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("SdkAppid: %w", err)
	}
	e := Event{App: AppID(app), Command: query.Get("CallbackCommand"), ID: r.Header.Get(webhook.EventIDHeader), Body: body}
	answer, err := p.answer(r.Context(), e)
	status, text := http.StatusOK, []byte(nil)
	if err == nil {
		text, err = json.Marshal(answer)
	}
	if err != nil {
		if more, say := p.causes.Take(e.Command, time.Now()); say {
			p.log.Warn("webhook of the program failed", "app", e.App, "command", e.Command, "more", more, "err", err)
		}
		status, text = http.StatusInternalServerError, []byte("{}") // it was there, and has failed: it is told again
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)), Request: r,
	}, nil
}

// answer asks the function within its time. One that panics has failed; one that does not look at
// its ctx goes on by itself, and nobody waits for it.
func (p *inProcess) answer(ctx context.Context, e Event) (Answer, error) {
	type result struct {
		Answer
		err error
	}
	select { // an event that waits from before the last end is told at once
	case <-p.srv.started:
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	done := make(chan result, 1)
	go func() {
		var got result
		defer func() {
			if cause := recover(); cause != nil {
				got.err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
			}
			done <- got
		}()
		got.Answer, got.err = p.ask(ctx, p.srv, e)
	}()
	select {
	case got := <-done:
		return got.Answer, got.err
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}
