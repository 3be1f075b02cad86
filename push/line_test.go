package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	room "github.com/teahouse-im/teahouse/chat/push"
)

// cut ends a connection without an answer.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// half promises more than it says.
func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"na`)
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// endless says more than anybody reads.
func endless(w http.ResponseWriter, _ *http.Request) {
	line := strings.Repeat("x", 64<<10)
	for range 256 {
		if _, err := io.WriteString(w, line); err != nil {
			return
		}
	}
}

const page500 = "<!doctype html><title>Oh</title>"

// What a bad line does is no verdict about the push, nor about the credentials.
func TestABadLine(t *testing.T) {
	for _, c := range room.ChannelNames {
		for _, row := range []struct {
			name string
			with http.HandlerFunc
		}{
			{"cut", cut},
			{"half an answer", half},
			{"a page of a proxy", say(200, page500, "Content-Type", "text/html")},
			{"a page that says 502", say(502, page500)},
			{"a page that says 403", say(407, page500)},
			{"endless", endless},
			{"a redirect", say(307, "", "Location", "/elsewhere")},
			{"a list", say(200, `["code"]`)},
			{"half of JSON", say(200, `{"code":`)},
			{"numbers for texts", say(200, `{"code":80000000,"name":5,"reason":7,"ErrorCode":"x"}`)},
			{"busy", say(503, "", "Retry-After", "Sun, 15 Jun 2025 15:07:00 GMT")},
		} {
			if row.with == nil || (c == room.APNs || c == room.WebPush) && acceptedByStatus[row.name] || c == room.WebPush && row.name == "a page that says 403" {
				continue
			}
			t.Run(string(c)+" "+row.name, func(t *testing.T) {
				s := newSet(t)
				got := s.answered(c, row.with)
				if c == room.Webhook && row.name == "a page that says 403" {
					if got.Outcome != room.Refused {
						t.Errorf("got %+v", got)
					}
					return
				}
				if got.Outcome != room.Retry {
					t.Errorf("got %+v, want retry", got)
				}
				sane(t, got)
				for _, r := range s.requests("/elsewhere") {
					t.Errorf("it was sent on to %s", r.path)
				}
			})
		}
	}
}

// acceptedByStatus are bodies that nobody reads where the status alone says that a push was taken.
var acceptedByStatus = map[string]bool{
	"half an answer": true, "a page of a proxy": true, "endless": true, "a list": true, "half of JSON": true, "numbers for texts": true,
}

// What is read of an answer has a bound, whatever it is.
func TestLongAnswers(t *testing.T) {
	s := newSet(t)
	s.answers(say(200, `{"ErrorCode":0}`+strings.Repeat(" ", maxAnswer)))
	if got := s.send(room.Webhook); got.Outcome != room.Retry || !strings.Contains(got.Info, errLong.Error()) {
		t.Errorf("got %+v", got)
	}
}

// sane checks what holds of every result.
func sane(t *testing.T, r room.Result) {
	t.Helper()
	switch {
	case r.Outcome.String() == "unknown":
		t.Errorf("no outcome: %+v", r)
	case r.RetryAfter < 0 || r.RetryAfter > time.Hour || r.RetryAfter > 0 && r.Outcome != room.Retry:
		t.Errorf("waits %v: %+v", r.RetryAfter, r)
	case len(r.Info) > maxInfo || !utf8.ValidString(r.Info) || strings.ContainsAny(r.Info, "\r\n\x00"):
		t.Errorf("says %q", r.Info)
	case r.Outcome == room.Sent && r != room.Result{Outcome: room.Sent}:
		t.Errorf("taken, and yet: %+v", r)
	}
}

// hangs answers a request no earlier than its client has gone.
func hangs(came chan<- struct{}) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case came <- struct{}{}:
		default:
		}
		<-r.Context().Done()
	}
}

func TestAProviderThatHangs(t *testing.T) {
	for _, c := range room.ChannelNames {
		s := newSet(t)
		s.answered(c, say(http.StatusServiceUnavailable, "")) // it has an access token from here on
		quick(s.channel(c), 50*time.Millisecond)
		came := make(chan struct{}, 1)
		got := s.answered(c, hangs(came))
		if got.Outcome != room.Retry || got.Info != "no answer in time" {
			t.Errorf("%s: %+v", c, got)
		}
	}
}

// quick shortens the time of a channel's requests.
func quick(c room.Channel, d time.Duration) {
	switch c := c.(type) {
	case *apns:
		c.client.timeout = d
	case *fcm:
		c.client.timeout = d
	case *hms:
		c.client.timeout = d
	case *webPush:
		c.client.timeout = d
	case *hook:
		c.client.timeout = d
	}
}

func TestASendEndsWithItsContext(t *testing.T) {
	for _, c := range room.ChannelNames {
		s := newSet(t)
		came := make(chan struct{}, 1)
		s.answers(granting(hangs(came)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan room.Result, 1)
		go func() { done <- s.channel(c).Send(ctx, s.device(c), s.notice()) }()
		await(t, came)
		cancel()
		select {
		case got := <-done:
			if got.Outcome != room.Retry {
				t.Errorf("%s: %+v", c, got)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: it goes on", c)
		}
	}
}

func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

func TestNobodyThere(t *testing.T) {
	for _, c := range room.ChannelNames {
		s := newSet(t)
		s.server.Close()
		got := s.send(c)
		if got.Outcome != room.Retry || got.Info == "" {
			t.Errorf("%s: %+v", c, got)
		}
		if strings.Contains(got.Info, "token-of-ann") || strings.Contains(got.Info, "http") {
			t.Errorf("%s: an address is in %q", c, got.Info)
		}
		sane(t, got)
	}
}

// A certificate that nobody has vouched for is not spoken to.
func TestCertificatesAreChecked(t *testing.T) {
	s := newSet(t)
	s.push.APNs.CA, s.push.FCM.CA, s.push.HMS.CA, s.push.WebPush.CA, s.push.Webhook.CA = "", "", "", "", ""
	s.again()
	for _, c := range room.ChannelNames {
		s.answers(ok(c))
		if got := s.send(c); got.Outcome != room.Retry || !strings.Contains(got.Info, "certificate") {
			t.Errorf("%s: %+v", c, got)
		}
	}
	if n := len(s.requests("")); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

// A connection that ends between two pushes is made anew; one that ends in the middle of
// many fails no more than those that were under way.
func TestConnectionsAreKeptAndMadeAnew(t *testing.T) {
	s := newSet(t)
	s.answers(ok(room.APNs))
	for range 20 {
		if got := s.send(room.APNs); got.Outcome != room.Sent {
			t.Fatal(got)
		}
	}
	from := map[string]bool{}
	for _, r := range s.requests("") {
		from[r.from] = true
	}
	if len(from) != 1 {
		t.Errorf("%d connections for 20 pushes", len(from))
	}
	if p := s.last().proto; p != 2 {
		t.Errorf("HTTP/%d", p)
	}
	s.server.CloseClientConnections()
	var got room.Result
	for range 5 { // the end of the connection may be seen late
		if got = s.send(room.APNs); got.Outcome == room.Sent {
			break
		}
	}
	if got.Outcome != room.Sent {
		t.Errorf("after the end of the connection: %+v", got)
	}
}

// A server that says GOAWAY, as providers do every now and then, costs nothing.
func TestGoAway(t *testing.T) {
	s := newSet(t)
	s.answers(each(say(200, "", "Connection", "close"), ok(room.APNs)))
	for i := range 3 {
		if got := s.send(room.APNs); got.Outcome != room.Sent {
			t.Errorf("push %d: %+v", i, got)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	s := newSet(t)
	for _, c := range room.ChannelNames {
		s.answers(ok(c))
		var all sync.WaitGroup
		results := make([]room.Result, 100)
		for i := range results {
			all.Go(func() { results[i] = s.send(c) })
		}
		all.Wait()
		for i, r := range results {
			if r.Outcome != room.Sent {
				t.Fatalf("%s %d: %+v", c, i, r)
			}
		}
	}
	if n := len(s.requests("/token")); n != 2 {
		t.Errorf("%d access tokens were fetched, want one for each of two channels", n)
	}
}

func TestTokensAreFetchedOnce(t *testing.T) {
	clock := newClock()
	fetched := 0
	release := make(chan struct{})
	var fail error
	tok := newTokens(clock.now, func(context.Context) (string, time.Duration, error) {
		fetched++
		<-release
		return fmt.Sprint("token-", fetched), time.Hour, fail
	})
	get := func(spent string) (string, error) { return tok.get(t.Context(), spent) }
	close(release)
	first, err := get("")
	if err != nil || first != "token-1" {
		t.Fatal(first, err)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got, err := get(first); got != "token-2" || err != nil {
				t.Error(got, err)
			}
		})
	}
	all.Wait()
	clock.pass(time.Hour)
	if got, _ := get(""); got != "token-3" || fetched != 3 {
		t.Error(got, fetched)
	}
	fail = errors.New("no")
	clock.pass(time.Hour)
	if _, err := get(""); !errors.Is(err, fail) {
		t.Error(err)
	}
	fail = nil
	if got, err := get(""); got != "token-5" || err != nil {
		t.Error(got, err)
	}
}

// Those who wait for a token that cannot be had do not ask one after the other.
func TestOneFailureIsForAllWhoWait(t *testing.T) {
	asked, release := make(chan struct{}, 100), make(chan struct{})
	no := errors.New("no")
	tok := newTokens(newClock().now, func(context.Context) (string, time.Duration, error) {
		asked <- struct{}{}
		<-release
		return "", 0, no
	})
	var all sync.WaitGroup
	begun := make(chan struct{}, 20)
	for range 20 {
		all.Go(func() {
			begun <- struct{}{}
			if _, err := tok.get(t.Context(), ""); !errors.Is(err, no) {
				t.Error(err)
			}
		})
	}
	for range 20 {
		await(t, begun)
	}
	await(t, asked)
	close(release)
	all.Wait()
	if n := len(asked); n >= 19 {
		t.Errorf("asked %d times", n+1)
	}
}

func TestWhoeverGoesDoesNotFailTheOthers(t *testing.T) {
	asked := make(chan struct{}, 1)
	n := 0
	tok := newTokens(newClock().now, func(ctx context.Context) (string, time.Duration, error) {
		if n++; n == 1 {
			asked <- struct{}{}
			<-ctx.Done()
			return "", 0, ctx.Err()
		}
		return "token", time.Hour, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := tok.get(ctx, "")
		first <- err
	}()
	await(t, asked)
	second := make(chan error, 1)
	go func() {
		_, err := tok.get(t.Context(), "")
		second <- err
	}()
	cancel()
	if err := await(t, first); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := await(t, second); err != nil {
		t.Error(err)
	}
}
