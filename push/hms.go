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

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
)

const (
	hmsURL      = "https://push-api.cloud.huawei.com"
	hmsTokenURL = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
	// hmsMax is the size of a body without its token.
	hmsMax = 4000
	// hmsMaxTTL is how long Push Kit keeps a message at most, in seconds: 15 days.
	hmsMaxTTL = 15 * 24 * 3600
)

// hms sends over Huawei Push Kit.
type hms struct {
	set    chat.PushHMS
	to     string
	client *client
	tokens *tokens
	proved atomic.Bool // see apns.proved
}

func newHMS(set chat.PushHMS, now chat.Clock) (*hms, error) {
	if faults := checkHMS(&set); len(faults) > 0 {
		return nil, faults[0]
	}
	c, err := newClient(set.CA, now, nil)
	if err != nil {
		return nil, err
	}
	base, tokenURL, id := hmsURL, hmsTokenURL, set.AppID
	if set.URL != "" {
		base = strings.TrimSuffix(set.URL, "/")
	}
	if set.TokenURL != "" {
		tokenURL = set.TokenURL
	}
	if set.ClientID != "" {
		id = set.ClientID
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {set.Secret}}
	return &hms{
		set: set, client: c, to: base + "/v1/" + url.PathEscape(set.AppID) + "/messages:send",
		tokens: newTokens(now, func(ctx context.Context) (string, time.Duration, error) { return grant(ctx, c, tokenURL, form) }),
	}, nil
}

func (h *hms) close() { h.client.close() }

// Send implements room.Channel.
func (h *hms) Send(ctx context.Context, d *room.Device, n *room.Notice) room.Result {
	m := h.message(d.Token, n)
	if m == nil {
		return room.Result{Outcome: room.Refused, Info: "longer than a message may be"}
	}
	r := h.post(ctx, encode(hmsRequest{Message: m}))
	if r.Outcome == room.Sent {
		h.proved.Store(true)
	}
	return r
}

// Check implements room.Channel: a message that Push Kit looks at and does not send, to a
// token that nobody has.
func (h *hms) Check(ctx context.Context) error {
	n := &room.Notice{Text: "check", Title: "check", Expires: h.client.now().Unix() + 1}
	r := h.post(ctx, encode(hmsRequest{ValidateOnly: true, Message: h.message("check", n)}))
	if r.Outcome == room.Sent || r.Outcome == room.Gone {
		return nil
	}
	return errorOf(r)
}

func (h *hms) post(ctx context.Context, body []byte) room.Result {
	return h.tokens.post(ctx, h.client, h.to, "application/json; charset=utf-8", body, h.result)
}

type hmsRequest struct {
	ValidateOnly bool     `json:"validate_only"`
	Message      *hmsBody `json:"message"`
}

type hmsBody struct {
	Data    string      `json:"data,omitempty"`
	Android *hmsAndroid `json:"android"`
	Token   []string    `json:"token"`
}

type hmsAndroid struct {
	Urgency      string          `json:"urgency"`
	Category     string          `json:"category,omitempty"`
	TTL          string          `json:"ttl"`
	Notification hmsNotification `json:"notification"`
}

type hmsNotification struct {
	Title        string    `json:"title"`
	Body         string    `json:"body"`
	Sound        string    `json:"sound,omitempty"`
	DefaultSound bool      `json:"default_sound,omitempty"`
	Image        string    `json:"image,omitempty"`
	ChannelID    string    `json:"channel_id,omitempty"`
	Importance   string    `json:"importance"`
	Tag          string    `json:"tag,omitempty"` // what has the same takes the place of what is shown
	Click        hmsClick  `json:"click_action"`
	Badge        *hmsBadge `json:"badge,omitempty"`
	Foreground   bool      `json:"foreground_show"`
}

// hmsClick opens the program: by an intent (1), or as its icon does (3).
type hmsClick struct {
	Type   int    `json:"type"`
	Intent string `json:"intent,omitempty"`
}

type hmsBadge struct {
	Set uint64 `json:"set_num"`
}

// hmsData is what the program gets with the push; Push Kit hands on one text.
type hmsData struct {
	Ext    string `json:"ext,omitempty"`
	PushID string `json:"PushId,omitempty"`
}

// message is nil when a notice has no room in it, whatever is cut.
func (h *hms) message(token string, n *room.Notice) *hmsBody {
	m := &hmsBody{Token: []string{token}, Android: &hmsAndroid{
		Urgency: "HIGH", Category: n.Android.HuaWeiCategory, TTL: ttl(n, h.client.now(), hmsMaxTTL),
		Notification: hmsNotification{
			Title: n.Title, Body: n.Text, Sound: n.Android.Sound, DefaultSound: n.Android.Sound == "",
			Image: n.Image, ChannelID: n.Android.HuaWeiChannelID, Importance: importance(n), Tag: n.Collapse, Foreground: true,
		},
	}}
	show := &m.Android.Notification
	if n.Badge != nil {
		show.Badge = &hmsBadge{Set: min(*n.Badge, 99)}
	}
	ext := n.Ext
	build := func() []byte {
		show.Click = h.click(n, ext)
		if ext != "" || n.PushID != "" {
			m.Data = string(encode(hmsData{ext, n.PushID}))
		}
		return encode(m.Android)
	}
	size := func() []byte { return append(build(), encode(m.Data)...) }
	if fitOr(hmsMax, size, &ext, &show.Body, &show.Title) == nil {
		return nil
	}
	return m
}

func (h *hms) click(n *room.Notice, ext string) hmsClick {
	if n.Android.ExtAsHuaweiIntentParam != 1 || h.set.Intent == "" {
		return hmsClick{Type: 3}
	}
	value := strings.ReplaceAll(url.QueryEscape(ext), "+", "%20") // an intent is no form
	return hmsClick{Type: 1, Intent: strings.ReplaceAll(h.set.Intent, "{ext}", value)}
}

func importance(n *room.Notice) string {
	if n.Android.HuaWeiImportance == "LOW" {
		return "LOW"
	}
	return "NORMAL"
}

// The codes of access tokens that have run out.
const (
	hmsBadToken     = "80200001"
	hmsExpiredToken = "80200003"
)

// hmsOutcomes says what the codes mean.
var hmsOutcomes = map[string]room.Outcome{
	"80000000":      room.Sent,
	"80100000":      room.Gone,        // some tokens are invalid: there is one
	"80100001":      room.Refused,     // parameters
	"80100002":      room.Refused,     // number of tokens
	"80100003":      room.Refused,     // the message
	"80100004":      room.Refused,     // the time to live
	"80100013":      room.Refused,     // the collapse key
	"80100016":      room.Refused,     // forbidden words
	hmsBadToken:     room.Credentials, // after it was renewed
	hmsExpiredToken: room.Credentials, // after it was renewed
	"80300002":      room.Credentials, // not for this app; see apns.proved
	"80300007":      room.Gone,        // all tokens are invalid
	"80300008":      room.Refused,     // too long
	"80300010":      room.Refused,     // number of tokens
	"80300011":      room.Refused,     // no right to this priority
	"80600003":      room.Retry,       // their login is away
	"81000001":      room.Retry,       // system
}

// result reads an answer. expired: the token has run out, and a new one may do.
func (h *hms) result(got answer) (r room.Result, expired bool) {
	var said struct {
		Code string `json:"code"`
		Msg  string `json:"msg"`
	}
	readable := got.err == nil && json.Unmarshal(got.body, &said) == nil && said.Code != ""
	if !readable {
		return strange(got), got.status == http.StatusUnauthorized
	}
	code, err := strconv.Atoi(said.Code)
	if err != nil {
		return strange(got), false
	}
	outcome, known := hmsOutcomes[said.Code]
	switch {
	case outcome == room.Sent && got.status == http.StatusOK:
		return room.Result{Outcome: room.Sent}, false
	case outcome == room.Sent, busy(got.status):
		outcome = room.Retry
	case said.Code == "80300002" && h.proved.Load():
		outcome = room.Gone
	case !known && got.status == http.StatusUnauthorized:
		outcome = room.Credentials
	case !known:
		outcome = room.Refused
	}
	return failed(outcome, got, code, said.Msg), said.Code == hmsBadToken || said.Code == hmsExpiredToken
}
