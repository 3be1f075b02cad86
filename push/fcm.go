package push

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

const (
	fcmURL      = "https://fcm.googleapis.com"
	fcmTokenURL = "https://oauth2.googleapis.com/token"
	fcmScope    = "https://www.googleapis.com/auth/firebase.messaging"
	fcmGrant    = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	// fcmMax is what notification and data may take together; FCM counts 4096 bytes.
	fcmMax = 4000
	// fcmMaxTTL is how long FCM keeps a message at most, in seconds: 28 days.
	fcmMaxTTL = 28 * 24 * 3600
	// fcmTopic is nobody's, for Check.
	fcmTopic = "teahouse-check"
)

// account is what is read of the key file of a service account.
type account struct {
	Type     string `json:"type"`
	Project  string `json:"project_id"`
	KeyID    string `json:"private_key_id"`
	Key      string `json:"private_key"`
	Email    string `json:"client_email"`
	TokenURL string `json:"token_uri"`
}

// fcm sends over Firebase Cloud Messaging.
type fcm struct {
	to     string
	client *client
	tokens *tokens
	proved atomic.Bool // see apns.proved
}

func newFCM(set chat.PushFCM, now chat.Clock) (*fcm, error) {
	of, faults := readAccount(&set)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	c, err := newClient(set.CA, now, nil)
	if err != nil {
		return nil, err
	}
	base := fcmURL
	if set.URL != "" {
		base = strings.TrimSuffix(set.URL, "/")
	}
	f := &fcm{client: c, to: base + "/v1/projects/" + url.PathEscape(of.Project) + "/messages:send"}
	f.tokens = newTokens(now, func(ctx context.Context) (string, time.Duration, error) { return of.grant(ctx, c) })
	return f, nil
}

// grant trades a token signed with the account's key for an access token (RFC 7523 §2.1).
func (a *account) grant(ctx context.Context, c *client) (string, time.Duration, error) {
	key, err := parseRSA(a.Key)
	if err != nil {
		return "", 0, err
	}
	at := c.now()
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": a.Email, "scope": fcmScope, "aud": a.TokenURL, "iat": at.Unix(), "exp": at.Add(time.Hour).Unix(),
	})
	t.Header["kid"] = a.KeyID
	assertion, err := t.SignedString(key)
	if err != nil {
		return "", 0, err
	}
	return grant(ctx, c, a.TokenURL, url.Values{"grant_type": {fcmGrant}, "assertion": {assertion}})
}

func (f *fcm) close() { f.client.close() }

// Send implements room.Channel.
func (f *fcm) Send(ctx context.Context, d *room.Device, n *room.Notice) room.Result {
	m := fcmMessage(d, n, f.client.now())
	if m == nil {
		return room.Result{Outcome: room.Refused, Info: "longer than a message may be"}
	}
	r := f.post(ctx, encode(fcmRequest{Message: m}))
	if r.Outcome == room.Sent {
		f.proved.Store(true)
	}
	return r
}

// Check implements room.Channel: a message that FCM looks at and does not send.
func (f *fcm) Check(ctx context.Context) error {
	m := &fcmBody{Topic: fcmTopic, Data: map[string]string{"check": "1"}}
	if r := f.post(ctx, encode(fcmRequest{ValidateOnly: true, Message: m})); r.Outcome != room.Sent {
		return errorOf(r)
	}
	return nil
}

func (f *fcm) post(ctx context.Context, body []byte) room.Result {
	return f.tokens.post(ctx, f.client, f.to, "application/json", body, f.result)
}

type fcmRequest struct {
	ValidateOnly bool     `json:"validate_only,omitempty"`
	Message      *fcmBody `json:"message"`
}

type fcmBody struct {
	Token   string            `json:"token,omitempty"`
	Topic   string            `json:"topic,omitempty"`
	Android *fcmAndroid       `json:"android,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
}

type fcmAndroid struct {
	CollapseKey  string          `json:"collapse_key,omitempty"`
	Priority     string          `json:"priority,omitempty"`
	TTL          string          `json:"ttl,omitempty"`
	Notification fcmNotification `json:"notification"`
}

type fcmNotification struct {
	Title     string `json:"title,omitempty"`
	Body      string `json:"body,omitempty"`
	ChannelID string `json:"channel_id,omitempty"`
	Sound     string `json:"sound,omitempty"`
	Image     string `json:"image,omitempty"`
	Tag       string `json:"tag,omitempty"` // what has the same takes the place of what is shown
	Count     uint64 `json:"notification_count,omitempty"`
}

// fcmMessage is nil when a notice has no room in it, whatever is cut.
func fcmMessage(d *room.Device, n *room.Notice, now time.Time) *fcmBody {
	m := &fcmBody{Token: d.Token, Data: map[string]string{}, Android: &fcmAndroid{
		CollapseKey: n.Collapse, Priority: "HIGH", TTL: ttl(n, now, fcmMaxTTL),
		Notification: fcmNotification{
			Title: n.Title, Body: n.Text, ChannelID: n.Android.GoogleChannelID,
			Sound: androidSound(n), Image: n.Image, Tag: n.Collapse,
		},
	}}
	show := &m.Android.Notification
	if n.Badge != nil {
		show.Count = min(*n.Badge, 1<<31-1)
	}
	if n.PushID != "" {
		m.Data["PushId"] = n.PushID
	}
	ext := n.Ext
	build := func() []byte {
		delete(m.Data, "ext")
		if ext != "" {
			m.Data["ext"] = ext
		}
		return encode([]any{show, m.Data})
	}
	if fitOr(fcmMax, build, &ext, &show.Body, &show.Title) == nil {
		return nil
	}
	return m
}

// androidSound is the name of a sound on Android.
func androidSound(n *room.Notice) string {
	if n.Android.Sound != "" {
		return n.Android.Sound
	}
	return "default"
}

// ttl is how long a provider keeps a push, in seconds, as "86400s".
func ttl(n *room.Notice, now time.Time, most int64) string {
	return strconv.FormatInt(lifetime(n, now, most), 10) + "s"
}

func lifetime(n *room.Notice, now time.Time, most int64) int64 {
	return min(max(n.Expires-now.Unix(), 1), most)
}

// fcmOutcomes says what the error codes mean. The first two columns differ for those which
// a token can cause, and clients name the tokens: they are the operator's fault only while
// nothing has gone out yet.
var fcmOutcomes = map[string]struct{ first, proved room.Outcome }{
	"UNREGISTERED":           {room.Gone, room.Gone},
	"SENDER_ID_MISMATCH":     {room.Credentials, room.Gone},
	"THIRD_PARTY_AUTH_ERROR": {room.Credentials, room.Refused},
	"QUOTA_EXCEEDED":         {room.Retry, room.Retry},
	"UNAVAILABLE":            {room.Retry, room.Retry},
	"INTERNAL":               {room.Retry, room.Retry},
	"UNSPECIFIED_ERROR":      {room.Retry, room.Retry},
	"UNAUTHENTICATED":        {room.Credentials, room.Credentials}, // after the token was renewed
	"PERMISSION_DENIED":      {room.Credentials, room.Credentials},
	"NOT_FOUND":              {room.Credentials, room.Credentials}, // the project
	"INVALID_ARGUMENT":       {room.Refused, room.Refused},         // but for the token; see badToken
}

type fcmError struct {
	Name  string `json:"name"` // of a message that was taken
	Error struct {
		Message string `json:"message"`
		Status  string `json:"status"`
		Details []struct {
			Code       string `json:"errorCode"`
			Violations []struct {
				Field string `json:"field"`
			} `json:"fieldViolations"`
		} `json:"details"`
	} `json:"error"`
}

// code is the most exact one there is.
func (e *fcmError) code() string {
	for _, d := range e.Error.Details {
		if d.Code != "" {
			return d.Code
		}
	}
	return e.Error.Status
}

// badToken reports whether what FCM does not like is the token.
func (e *fcmError) badToken() bool {
	for _, d := range e.Error.Details {
		for _, v := range d.Violations {
			return v.Field == "message.token"
		}
	}
	return strings.Contains(e.Error.Message, "registration token")
}

// result reads an answer. expired: the token has run out, and a new one may do.
func (f *fcm) result(got answer) (r room.Result, expired bool) {
	var said fcmError
	if got.err != nil || json.Unmarshal(got.body, &said) != nil {
		return strange(got), got.status == http.StatusUnauthorized
	}
	if got.status == http.StatusOK {
		if said.Name == "" {
			return strange(got), false
		}
		return room.Result{Outcome: room.Sent}, false
	}
	code := said.code()
	row, known := fcmOutcomes[code]
	outcome := row.first
	if f.proved.Load() {
		outcome = row.proved
	}
	switch {
	case busy(got.status):
		outcome = room.Retry
	case code == "INVALID_ARGUMENT" && said.badToken():
		outcome = room.Gone
	case known:
	case code == "":
		return strange(got), got.status == http.StatusUnauthorized
	default:
		outcome = room.Refused
	}
	return failed(outcome, got, got.status, code+": "+said.Error.Message), code == "UNAUTHENTICATED"
}
