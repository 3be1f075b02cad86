package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/trace"
)

// Timeout is how long one webhook may take from the request on (spec/30 §4).
const Timeout = 2 * time.Second

// EventIDHeader carries an event's id, the same over all retries, so that a
// receiver can tell a repetition.
const EventIDHeader = "X-Teahouse-Event-Id"

// maxAnswer bounds an answer: a rewritten message and room to spare.
const maxAnswer = 256 << 10

// ClientOptions are what a Client is built from; the zero value works.
type ClientOptions struct {
	Transport http.RoundTripper // default: Network
	Now       chat.Clock        // default: time.Now
	Metrics   *Metrics          // default: none
	// Count is told of each call, and of each that was answered with 200 (spec/09 §F).
	// Default: nobody counts.
	Count func(chat.AppID, chat.Figure)
}

// Client makes the calls of a Gate and an Outbox over one pool of connections.
type Client struct {
	http    http.Client
	now     chat.Clock
	metrics *Metrics
	count   func(chat.AppID, chat.Figure)
	recent  recent
}

// Network makes calls over the network: pooled, keep-alive, by the environment's proxy.
func Network() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: Timeout, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   2 * perAppQuestions, // keep what a burst has opened
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   Timeout,
		ExpectContinueTimeout: time.Second,
	}
}

// NewClient makes a Client.
func NewClient(o ClientOptions) *Client {
	if o.Transport == nil {
		o.Transport = Network()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Count == nil {
		o.Count = func(chat.AppID, chat.Figure) {}
	}
	return &Client{
		count: o.Count,
		http: http.Client{
			Transport: o.Transport,
			// A redirect is not a 200, and a signed body is not sent elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		now:     o.Now,
		metrics: o.Metrics,
	}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call is one webhook to be made.
type call struct {
	app      *chat.App
	kind     chat.EventKind
	ip       string
	platform chat.Platform
	eventID  string         // "" for questions
	trace    *trace.Context // nil: none
	body     []byte
}

// ask makes the call of a question and returns the answer, or a *failure.
func (c *Client) ask(ctx context.Context, q call) (answer, error) {
	began := c.now()
	body, err := c.post(ctx, q)
	var said answer
	if err == nil {
		said, err = readAnswer(body)
	}
	c.ended(&q, began, err)
	return said, err
}

// tell makes the call of an event; an error is a *failure.
func (c *Client) tell(ctx context.Context, q call) error {
	_, _, err := c.told(ctx, q)
	return err
}

// told is tell, and says how it went and what was answered.
func (c *Client) told(ctx context.Context, q call) (Result, []byte, error) {
	began := c.now()
	body, err := c.post(ctx, q)
	if err == nil {
		err = checkReceipt(body)
	}
	return c.ended(&q, began, err), body, err
}

// post makes a call within its time and returns the body of the answer, which may be there beside a
// *failure.
func (c *Client) post(ctx context.Context, q call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	to := address(q.app, q.kind, q.ip, q.platform, c.now())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(q.body))
	if err != nil {
		return nil, &failure{outcome: unsendable, err: bare(err)}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "teahouse")
	if q.eventID != "" {
		req.Header.Set(EventIDHeader, q.eventID)
	}
	q.trace.Send(req.Header)
	c.count(q.app.ID, chat.FigureCalls)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, transportFailure(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, transportFailure(err)
	}
	if err := checkStatus(resp.StatusCode); err != nil {
		return body, err
	}
	if len(body) > maxAnswer {
		return body, malformed("answer is longer than %d bytes", maxAnswer)
	}
	c.count(q.app.ID, chat.FigureAnswers)
	return body, nil
}

func transportFailure(err error) *failure {
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return &failure{outcome: timedOut, err: bare(err)}
	}
	return &failure{outcome: unreachable, err: bare(err)}
}

// bare takes the address off an error: it holds a signature and perhaps a
// password, and errors go to the log.
func bare(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
