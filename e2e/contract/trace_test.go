//go:build e2e

package contract

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// A trace as W3C Trace Context writes it.
const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceSpan   = "00f067aa0ba902b7"
	traceParent = "00-" + traceID + "-" + traceSpan + "-01"
	traceState  = "vendor=1"
)

// A trace that a client or a backend sends along is in every call that comes of it: before and after
// webhooks, those told after a crash, and pushes to a server of one's own. Each call is a span of its own.
func TestTraceIsCarriedOn(t *testing.T) {
	t.Parallel()
	needs(t, "mosquitto_pub", "mosquitto_rr")
	pushes := make(chan http.Header, 16)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		pushes <- q.Header
		_, _ = w.Write([]byte(`{"ErrorCode":0}`))
	}))
	t.Cleanup(gateway.Close)
	data := t.TempDir()
	for _, args := range [][]string{{"add"}, {"push", "set", "1400000001", "webhook", "url=" + gateway.URL}} {
		if out, err := house.Run(append(append([]string{"app"}, args...), "--data", data)...); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	r := newReceiver(t)
	s := start(t, "--data", data, "--webhook", r.url())
	spans := map[string]bool{traceSpan: true}

	runMosquitto(t, s, "mosquitto_rr", "alice", "-c", "-t", "im/req/push.register/1", "-e", "im/res/1", "-m", `{"Channel":"webhook","Token":"phone"}`)
	runMosquitto(t, s, "mosquitto_pub", "bob", "-t", "im/text/c2c/alice", "-m", "traced",
		"-D", "PUBLISH", "user-property", "traceparent", traceParent, "-D", "PUBLISH", "user-property", "tracestate", traceState)
	traced(t, spans, r.told(t, beforeC2C, saying("traced")).header, traceState)
	traced(t, spans, r.told(t, afterC2C, saying("traced")).header, traceState)
	traced(t, spans, <-pushes, traceState)

	b := s.backend()
	send := func(text string, header http.Header) {
		t.Helper()
		q, err := http.NewRequest(http.MethodPost, b.url("openim/sendmsg"), bytes.NewReader(encoded(t, object{
			"From_Account": "bob", "To_Account": "carol", "MsgRandom": 7, "ClientMsgId": text, "MsgBody": textBody(text),
		})))
		if err != nil {
			t.Fatal(err)
		}
		q.Header = header
		res, err := hasty.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if answer, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(answer), `"ErrorCode":0`) {
			t.Fatalf("%v %s", err, answer)
		}
	}
	send("over HTTP", http.Header{"Traceparent": {traceParent}})
	traced(t, spans, r.told(t, beforeC2C, saying("over HTTP")).header, "")
	traced(t, spans, r.told(t, afterC2C, saying("over HTTP")).header, "")

	for name, header := range map[string]http.Header{
		"invalid": {"Traceparent": {traceParent[1:]}, "Tracestate": {traceState}}, "twice": {"Traceparent": {traceParent, traceParent}}, "none": {},
	} {
		send(name, header)
		for _, command := range []string{beforeC2C, afterC2C} {
			if got := r.told(t, command, saying(name)).header; got.Get("Traceparent")+got.Get("Tracestate") != "" {
				t.Errorf("%s, %s: %v", name, command, got)
			}
		}
	}

	r.down()
	runMosquitto(t, s, "mosquitto_pub", "bob", "-t", "im/text/c2c/carol", "-m", "before the crash", "-D", "PUBLISH", "user-property", "traceparent", traceParent)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	r.up()
	start(t, "--data", data, "--webhook", r.url())
	traced(t, spans, r.told(t, afterC2C, saying("before the crash")).header, "")
}

// traced checks the headers of a call that belongs to the trace.
func traced(t *testing.T, spans map[string]bool, h http.Header, state string) {
	t.Helper()
	parts := strings.Split(h.Get("Traceparent"), "-")
	if len(parts) != 4 || parts[0] != "00" || parts[1] != traceID || len(parts[2]) != 16 || parts[3] != "01" || h.Get("Tracestate") != state {
		t.Fatalf("got %v, want the trace %s and state %q", h, traceID, state)
	}
	if spans[parts[2]] {
		t.Errorf("the span %s is that of another call", parts[2])
	}
	spans[parts[2]] = true
}

// runMosquitto runs one of mosquitto's clients for a user, with MQTT 5 and QoS 1.
func runMosquitto(t *testing.T, s *server, program, user string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, mosquittoArgs(s, user, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

func mosquittoArgs(s *server, user string, args ...string) []string {
	host, port, _ := strings.Cut(s.MQTT, ":") // of this machine, by its IPv4 address
	return append([]string{"-V", "5", "-h", host, "-p", port, "-u", user, "-P", s.known(user).sig, "-i", "phone", "-q", "1"}, args...)
}
