package push

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

const (
	apnsURL     = "https://api.push.apple.com"
	apnsSandbox = "https://api.sandbox.push.apple.com"
	// apnsTokenLife is how long a token is used: Apple takes it for an hour, and wants no
	// new one more often than every 20 minutes.
	apnsTokenLife = 50 * time.Minute
	// apnsMax is the size of a payload.
	apnsMax = 4096
	// apnsNobody is a token of the right form that no device has, for Check.
	apnsNobody = "0000000000000000000000000000000000000000000000000000000000000000"
)

// apns sends over Apple's push service.
type apns struct {
	set    chat.PushAPNs
	base   string
	client *client
	tokens *tokens
	// proved: these credentials have reached a device. A token of another program is
	// then its device's fault, not the operator's: clients name the tokens.
	proved atomic.Bool
}

// newAPNs makes the channel; signed may be tokens made before with the same key, nil: none.
func newAPNs(set chat.PushAPNs, now chat.Clock, signed *tokens) (*apns, error) {
	if faults := checkAPNs(&set); len(faults) > 0 {
		return nil, faults[0]
	}
	c, err := newClient(set.CA, now, nil)
	if err != nil {
		return nil, err
	}
	a := &apns{set: set, base: apnsURL, client: c, tokens: signed}
	if set.Sandbox {
		a.base = apnsSandbox
	}
	if set.URL != "" {
		a.base = strings.TrimSuffix(set.URL, "/")
	}
	if a.tokens == nil {
		a.tokens = newAPNsTokens(set, now)
	}
	return a, nil
}

// newAPNsTokens signs tokens with a checked key.
func newAPNsTokens(set chat.PushAPNs, now chat.Clock) *tokens {
	return newTokens(now, func(context.Context) (string, time.Duration, error) {
		key, err := parseEC(set.Key)
		if err != nil {
			return "", 0, err
		}
		t := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": set.Team, "iat": now().Unix()})
		t.Header["kid"] = set.KeyID
		text, err := t.SignedString(key)
		return text, apnsTokenLife, err
	})
}

func (a *apns) close() { a.client.close() }

// Send implements room.Channel.
func (a *apns) Send(ctx context.Context, d *room.Device, n *room.Notice) room.Result {
	topic := a.set.Topic
	if d.AppKey != "" && d.AppKey != topic {
		if !slices.Contains(a.set.Topics, d.AppKey) {
			return room.Result{Outcome: room.Refused, Info: "the AppKey of the device is no topic of the app"}
		}
		topic = d.AppKey
	}
	body := apnsPayload(n)
	if body == nil {
		return room.Result{Outcome: room.Refused, Info: "longer than a payload may be"}
	}
	r := a.post(ctx, d.Token, topic, body, http.Header{
		"Apns-Expiration":  {strconv.FormatInt(n.Expires, 10)},
		"Apns-Collapse-Id": {n.Collapse},
		"Apns-Id":          {apnsID(n.PushID, d.Token)},
	})
	if r.Outcome == room.Sent {
		a.proved.Store(true)
	}
	return r
}

// Check implements room.Channel: Apple looks at the token and the topic first, and then at
// that of the device, which is nobody's.
func (a *apns) Check(ctx context.Context) error {
	n := &room.Notice{Text: "check"}
	r := a.post(ctx, apnsNobody, a.set.Topic, apnsPayload(n), http.Header{"Apns-Expiration": {"0"}})
	if r.Outcome == room.Sent || r.Outcome == room.Gone {
		return nil
	}
	return errorOf(r)
}

// post makes the request, once more when the token has run out.
func (a *apns) post(ctx context.Context, device, topic string, body []byte, h http.Header) room.Result {
	h.Set("apns-topic", topic)
	h.Set("apns-push-type", "alert")
	h.Set("apns-priority", "10")
	h.Set("content-type", "application/json")
	for name, v := range h {
		if v[0] == "" {
			delete(h, name)
		}
	}
	spent := ""
	for {
		token, err := a.tokens.get(ctx, spent)
		if err != nil {
			return absent(err)
		}
		req, err := http.NewRequest(http.MethodPost, a.base+"/3/device/"+url.PathEscape(device), bytes.NewReader(body))
		if err != nil {
			return room.Result{Outcome: room.Gone, Info: "the token is not in its form"}
		}
		req.Header = h.Clone()
		req.Header.Set("authorization", "bearer "+token)
		got, err := a.client.do(ctx, req)
		if err != nil {
			return absent(err)
		}
		r, expired := a.result(got)
		if !expired || spent != "" {
			return r
		}
		spent = token
	}
}

// apnsID is the id of a push to a device, the same when it is sent again.
func apnsID(push, device string) string {
	sum := sha256.Sum256([]byte(push + "\x00" + device))
	x := hex.EncodeToString(sum[:16])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// apnsBody is the payload of spec/09 A. PushId is ours, for push.clicked, and image for the
// program's notification service extension.
type apnsBody struct {
	APS struct {
		Alert struct {
			Title    string `json:"title,omitempty"`
			SubTitle string `json:"subtitle,omitempty"`
			Body     string `json:"body,omitempty"`
		} `json:"alert"`
		Badge   *uint64 `json:"badge,omitempty"`
		Sound   string  `json:"sound,omitempty"`
		Mutable int     `json:"mutable-content,omitempty"`
		Thread  string  `json:"thread-id,omitempty"`
	} `json:"aps"`
	Ext    string `json:"ext,omitempty"`
	Image  string `json:"image,omitempty"`
	PushID string `json:"PushId,omitempty"`
}

// apnsPayload is nil when a notice has no room in it, whatever is cut.
func apnsPayload(n *room.Notice) []byte {
	var b apnsBody
	b.APS.Alert.Title, b.APS.Alert.SubTitle, b.APS.Alert.Body = n.Title, n.SubTitle, n.Text
	b.APS.Badge, b.APS.Thread = n.Badge, n.Collapse
	b.Ext, b.PushID, b.Image = n.Ext, n.PushID, n.Image
	if b.APS.Sound = n.Sound; b.APS.Sound == "" {
		b.APS.Sound = "default"
	}
	if n.MutableContent {
		b.APS.Mutable = 1
	}
	alert := &b.APS.Alert
	return fitOr(apnsMax, func() []byte { return encode(&b) }, &b.Ext, &alert.Body, &alert.SubTitle, &alert.Title)
}

// apnsOutcomes says what the reasons mean; those of 429 and 5xx may all go later.
var apnsOutcomes = map[string]room.Outcome{
	"BadDeviceToken":            room.Gone,
	"Unregistered":              room.Gone,
	"ExpiredToken":              room.Gone,
	"DeviceTokenNotForTopic":    room.Credentials, // see apns.proved
	"BadTopic":                  room.Credentials,
	"MissingTopic":              room.Credentials,
	"TopicDisallowed":           room.Credentials,
	"InvalidProviderToken":      room.Credentials,
	"ExpiredProviderToken":      room.Credentials, // after it was renewed
	"MissingProviderToken":      room.Credentials,
	"BadCertificate":            room.Credentials,
	"BadEnvironmentKeyInToken":  room.Credentials,
	"BadCertificateEnvironment": room.Credentials,
	"Forbidden":                 room.Credentials,
	"UnrelatedKeyIdInToken":     room.Credentials,
	"IdleTimeout":               room.Retry,
	"BadCollapseId":             room.Refused,
	"BadExpirationDate":         room.Refused,
	"BadMessageId":              room.Refused,
	"BadPath":                   room.Refused,
	"BadPriority":               room.Refused,
	"DuplicateHeaders":          room.Refused,
	"InvalidPushType":           room.Refused,
	"MethodNotAllowed":          room.Refused,
	"MissingDeviceToken":        room.Gone,
	"PayloadEmpty":              room.Refused,
	"PayloadTooLarge":           room.Refused,
}

// result reads an answer. expired: the token has run out, and a new one may do.
func (a *apns) result(got answer) (r room.Result, expired bool) {
	if got.status == http.StatusOK {
		return room.Result{Outcome: room.Sent}, false
	}
	var said struct {
		Reason string `json:"reason"`
	}
	readable := got.err == nil && json.Unmarshal(got.body, &said) == nil && said.Reason != ""
	outcome, known := apnsOutcomes[said.Reason]
	switch {
	case busy(got.status):
		outcome = room.Retry
	case got.status == http.StatusGone:
		outcome = room.Gone
	case got.status == http.StatusRequestEntityTooLarge:
		outcome = room.Refused
	case !readable:
		return strange(got), false
	case !known && got.status == http.StatusForbidden:
		outcome = room.Credentials
	case !known:
		outcome = room.Refused
	case said.Reason == "DeviceTokenNotForTopic" && a.proved.Load():
		outcome = room.Gone
	}
	return failed(outcome, got, got.status, said.Reason), said.Reason == "ExpiredProviderToken"
}
