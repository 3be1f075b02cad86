package push

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

// Bounds of what a provider may cost. They are choices.
const (
	// Timeout bounds one request, from the connection to the end of the answer. A Send makes at
	// most four: a token, the push, and both again when the token has run out.
	Timeout = 5 * time.Second
	// maxAnswer bounds the body of an answer; what is longer is not read.
	maxAnswer = 64 << 10
	// maxWait bounds the wait that a provider may ask for (Retry-After).
	maxWait = time.Hour
	// maxInfo bounds a provider's words, in bytes.
	maxInfo = 200
)

// client makes requests over one pool of connections.
type client struct {
	http    http.Client
	now     chat.Clock
	timeout time.Duration // Timeout, but for tests
}

// newClient makes a client that trusts the certificates of ca, in PEM; "" are the machine's.
// dial may be nil.
func newClient(ca string, now chat.Clock, dial *net.Dialer) (*client, error) {
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: Timeout},
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    Timeout,
		ResponseHeaderTimeout:  Timeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxAnswer,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if dial == nil {
		dial = &net.Dialer{}
	} else {
		t.Proxy = nil // it would be asked to go where the dialer does not
	}
	dial.Timeout, dial.KeepAlive = Timeout, 30*time.Second
	t.DialContext = dial.DialContext
	if ca != "" {
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			return nil, errCA
		}
	}
	return &client{now: now, timeout: Timeout, http: http.Client{
		Transport: t,
		// What is signed or secret is not sent elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

var errCA = errors.New("has no certificate in PEM")

func (c *client) close() { c.http.CloseIdleConnections() }

// answer is what a provider has said.
type answer struct {
	status int
	wait   time.Duration // Retry-After
	header http.Header
	body   []byte // whole, or err is set
	err    error
}

// do makes a request within its time. An error says that there was no answer; it holds
// no address.
func (c *client) do(ctx context.Context, req *http.Request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req.Header.Set("User-Agent", "teahouse")
	resp, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		return answer{}, bare(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header, wait: c.wait(resp.Header)}
	a.body, a.err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if a.err != nil {
		a.body, a.err = nil, bare(a.err)
	} else if len(a.body) > maxAnswer {
		a.body, a.err = nil, errLong
	}
	return a, nil
}

var errLong = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)

// bare takes the address off an error: tokens of devices may be in it.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// wait reads Retry-After, in seconds or as a date.
func (c *client) wait(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	var d time.Duration
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(c.now())
	}
	return min(max(d, 0), maxWait)
}

// absent is the result of a request that got no answer.
func absent(err error) room.Result {
	if errors.Is(err, context.DeadlineExceeded) {
		return room.Result{Outcome: room.Retry, Info: "no answer in time"}
	}
	return room.Result{Outcome: room.Retry, Info: words(err.Error())}
}

// failed is a result with the provider's number and words.
func failed(o room.Outcome, a answer, code int, info string) room.Result {
	r := room.Result{Outcome: o, Code: code, Info: words(info)}
	if o == room.Retry {
		r.RetryAfter = a.wait
	}
	return r
}

// strange is the result of an answer that is none of the provider's: half of one, a page of
// a proxy, a redirect. It may go later.
func strange(a answer) room.Result {
	info := "status " + strconv.Itoa(a.status) + ", and not in the provider's form"
	if a.err != nil {
		info += ": " + a.err.Error()
	}
	return failed(room.Retry, a, a.status, info)
}

// busy reports whether a status asks to come again later.
func busy(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500
}

// words makes a stranger's text fit for logs and webhooks.
func words(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return head(text, maxInfo)
}

// errorOf is the error of Check for a result that is not what it should be.
func errorOf(r room.Result) error {
	if r.Code == 0 {
		return errors.New(r.Info)
	}
	return fmt.Errorf("%s (%d)", r.Info, r.Code)
}
