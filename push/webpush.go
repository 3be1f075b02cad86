package push

import (
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

const (
	// webPushMax is the size of a payload: what push services have to take (RFC 8030 §7.2), less
	// the header and the padding byte of the encryption (RFC 8188).
	webPushMax = 4096 - 86 - 16 - 1
	// webPushMaxTTL is how long push services are asked to keep a message at most, in seconds: 28 days.
	webPushMaxTTL = 28 * 24 * 3600
	// maxOrigins bounds how many push services are known to want a rest.
	maxOrigins = 1000
)

// webPush sends to the push services of browsers (RFC 8030, 8291, 8292). Each subscription
// names its own, so none may speak for the others: what one answers never pauses the
// channel.
type webPush struct {
	set    chat.PushWebPush
	client *client

	mu    sync.Mutex
	rests map[string]time.Time // by scheme and host: asked to come again no earlier
}

func newWebPush(set chat.PushWebPush, now chat.Clock) (*webPush, error) {
	if faults := checkWebPush(&set); len(faults) > 0 {
		return nil, faults[0]
	}
	if set.PrivateKey == "" {
		return nil, errors.New("has no keys yet")
	}
	var dial *net.Dialer
	if !set.Private {
		dial = guarded()
	}
	c, err := newClient(set.CA, now, dial)
	if err != nil {
		return nil, err
	}
	return &webPush{set: set, client: c, rests: map[string]time.Time{}}, nil
}

func (w *webPush) close() { w.client.close() }

// Check implements room.Channel. There is nobody to ask but the push services of
// subscriptions; the keys were read already.
func (w *webPush) Check(context.Context) error { return parseVAPID(w.set.PublicKey, w.set.PrivateKey) }

// Send implements room.Channel.
func (w *webPush) Send(ctx context.Context, d *room.Device, n *room.Notice) room.Result {
	if err := checkSubscription(d, w.set.Private); err != nil {
		return room.Result{Outcome: room.Gone, Info: err.Error()}
	}
	body := webPushPayload(n)
	if body == nil {
		return room.Result{Outcome: room.Refused, Info: "longer than a message may be"}
	}
	origin := originOf(d.Endpoint)
	if w.resting(origin) {
		return room.Result{Outcome: room.Retry, Info: "the push service has asked to wait"}
	}
	got, err := w.post(ctx, d, n, body)
	switch {
	case errors.Is(err, errPrivate):
		return room.Result{Outcome: room.Gone, Info: errPrivate.Error()}
	case err != nil:
		return absent(err)
	}
	w.rest(origin, got.wait)
	return webPushResult(got)
}

// post encrypts a payload and sends it.
func (w *webPush) post(ctx context.Context, d *room.Device, n *room.Notice, body []byte) (answer, error) {
	kept := &keeping{client: w.client}
	now := w.client.now()
	resp, err := webpush.SendNotificationWithContext(ctx, body, &webpush.Subscription{
		Endpoint: d.Endpoint, Keys: webpush.Keys{P256dh: d.P256dh, Auth: d.Auth},
	}, &webpush.Options{
		HTTPClient: kept, Subscriber: subscriber(w.set.Contact), Topic: topicOf(n.Collapse), Urgency: webpush.UrgencyHigh,
		TTL:            int(lifetime(n, now, webPushMaxTTL)),
		VAPIDPublicKey: w.set.PublicKey, VAPIDPrivateKey: w.set.PrivateKey,
	})
	if resp != nil {
		_ = resp.Body.Close()
	}
	return kept.answer, err
}

// keeping makes the library's request within our bounds.
type keeping struct {
	client *client
	answer answer
}

// Do implements webpush.HTTPClient. The answer is read already; the library looks at
// none of it.
func (k *keeping) Do(req *http.Request) (*http.Response, error) {
	a, err := k.client.do(req.Context(), req)
	k.answer = a
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: a.status, Body: http.NoBody}, nil
}

// subscriber is a contact as the library wants it.
func subscriber(contact string) string { return strings.TrimPrefix(contact, "mailto:") }

// checkSubscription returns what is wrong with what a client has registered.
func checkSubscription(d *room.Device, private bool) error {
	if err := checkEndpoint(d.Endpoint, private); err != nil {
		return err
	}
	point, err := base64.RawURLEncoding.DecodeString(d.P256dh)
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	if err != nil {
		return errors.New("p256dh is no public key of P-256 in unpadded base64url")
	}
	if auth, err := base64.RawURLEncoding.DecodeString(d.Auth); err != nil || len(auth) != 16 {
		return errors.New("auth is not 16 bytes in unpadded base64url")
	}
	return nil
}

// topicOf is a collapse id as the header Topic: at most 32 characters of base64url.
func topicOf(collapse string) string {
	if len(collapse) <= 32 {
		return collapse
	}
	sum := sha256.Sum256([]byte(collapse))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

func originOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// resting reports whether a push service wants to be left alone.
func (w *webPush) resting(origin string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	until, ok := w.rests[origin]
	if ok && !w.client.now().Before(until) {
		delete(w.rests, origin)
		return false
	}
	return ok
}

// rest remembers that a push service wants to be left alone. When too many do, those that
// come are asked all the same.
func (w *webPush) rest(origin string, wait time.Duration) {
	if wait <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.client.now()
	if len(w.rests) >= maxOrigins {
		maps.DeleteFunc(w.rests, func(_ string, until time.Time) bool { return !now.Before(until) })
	}
	if len(w.rests) < maxOrigins {
		w.rests[origin] = now.Add(wait)
	}
}

// webPushBody is what a service worker gets: ours, since nobody else reads it.
type webPushBody struct {
	Title  string  `json:"Title,omitempty"`
	Text   string  `json:"Text,omitempty"`
	Ext    string  `json:"Ext,omitempty"`
	Image  string  `json:"Image,omitempty"`
	Badge  *uint64 `json:"Badge,omitempty"`
	Tag    string  `json:"Tag,omitempty"`
	PushID string  `json:"PushId,omitempty"`
}

// webPushPayload is nil when a notice has no room in it, whatever is cut.
func webPushPayload(n *room.Notice) []byte {
	b := webPushBody{n.Title, n.Text, n.Ext, n.Image, n.Badge, n.Collapse, n.PushID}
	return fitOr(webPushMax, func() []byte { return encode(&b) }, &b.Ext, &b.Text, &b.Title)
}

// webPushResult says what a status means (RFC 8030 §5). A status that would be the
// operator's fault elsewhere, 401 or 403, is the endpoint's own here: a subscription
// made with another key gets it too.
func webPushResult(got answer) room.Result {
	outcome := room.Refused
	switch s := got.status; {
	case s == http.StatusOK, s == http.StatusCreated, s == http.StatusAccepted, s == http.StatusNoContent:
		return room.Result{Outcome: room.Sent}
	case s == http.StatusNotFound, s == http.StatusGone:
		outcome = room.Gone
	case s < 400, busy(s):
		outcome = room.Retry
	}
	got.wait = 0 // see resting: the others do not wait for this one
	return failed(outcome, got, got.status, http.StatusText(got.status))
}
