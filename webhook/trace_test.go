package webhook

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/trace"
)

// transport answers calls by a function.
type transport func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Calls of a trace say so, each as a span of its own; the others send no such header.
func TestCallsCarryTheirTrace(t *testing.T) {
	of := trace.Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=1")
	var got []http.Header
	c := NewClient(ClientOptions{Transport: transport(func(r *http.Request) (*http.Response, error) {
		got = append(got, r.Header)
		return response(200, `{}`), nil
	})})
	app := &chat.App{ID: 1, Webhook: chat.Webhook{URL: "http://app.example/hook", All: true}}
	for _, q := range []call{
		{app: app, kind: chat.BeforeC2C, trace: of, body: []byte(`{}`)},
		{app: app, kind: chat.AfterC2C, trace: of, body: []byte(`{}`)},
		{app: app, kind: chat.AfterC2C, body: []byte(`{}`)},
	} {
		if err := c.tell(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	one, two := got[0].Get("Traceparent"), got[1].Get("Traceparent")
	for _, parent := range []string{one, two} {
		if trace.Parse(parent, "").ID() != of.ID() || parent == of.Parent {
			t.Errorf("a call of the trace says %q", parent)
		}
	}
	if one == two || got[0].Get("Tracestate") != "a=1" {
		t.Errorf("calls say %q and %q, state %q", one, two, got[0].Get("Tracestate"))
	}
	if _, has := got[2]["Traceparent"]; has {
		t.Errorf("a call of no trace says %v", got[2])
	}
}

// A line of the log about a call names the trace of the call.
func TestFailuresNameTheirTrace(t *testing.T) {
	var log bytes.Buffer
	g := NewGate(GateOptions{
		Log: slog.New(slog.NewTextHandler(&log, nil)),
		Client: NewClient(ClientOptions{Transport: transport(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("nobody is there")
		})}),
	})
	done := make(chan struct{})
	of := trace.Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "")
	app := &chat.App{ID: 1, Webhook: chat.Webhook{URL: "http://app.example/hook", All: true}}
	conv := chat.Conversation{App: 1, Kind: chat.C2C, A: "ann", B: "bob"}
	g.Before(context.Background(), chat.Question{
		App: app, By: chat.Actor{App: 1, User: "ann", Trace: of}, Kind: chat.BeforeC2C, Message: &chat.Message{Conv: conv, From: "ann", Body: []byte(`[]`)},
	}, func(chat.Verdict, error) { close(done) })
	<-done
	g.Close()
	if text := log.String(); !strings.Contains(text, "trace_id="+of.ID()) {
		t.Errorf("the log says %s", text)
	}
}
