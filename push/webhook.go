package push

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/trace"
)

// hook sends to a server of the operator's.
type hook struct {
	app    chat.AppID
	set    chat.PushWebhook
	client *client
}

func newHook(app chat.AppID, set chat.PushWebhook, now chat.Clock) (*hook, error) {
	if faults := checkWebhook(&set); len(faults) > 0 {
		return nil, faults[0]
	}
	c, err := newClient(set.CA, now, nil)
	if err != nil {
		return nil, err
	}
	return &hook{app, set, c}, nil
}

func (h *hook) close() { h.client.close() }

// Send implements room.Channel.
func (h *hook) Send(ctx context.Context, d *room.Device, n *room.Notice) room.Result {
	return h.post(ctx, encode(hookBody{App: h.app, Device: hookDevice{
		User: d.User, Client: d.Client, Platform: d.Platform, Token: d.Token, AppKey: d.AppKey, Lang: d.Lang,
	}, Notice: noticeOf(n)}), n.Trace)
}

// Check implements room.Channel: a request with Check alone, which is answered like any
// other.
func (h *hook) Check(ctx context.Context) error {
	if r := h.post(ctx, encode(hookBody{App: h.app, Check: true}), nil); r.Outcome != room.Sent {
		return errorOf(r)
	}
	return nil
}

func (h *hook) post(ctx context.Context, body []byte, of *trace.Context) room.Result {
	req, err := http.NewRequest(http.MethodPost, h.address(), bytes.NewReader(body))
	if err != nil {
		return absent(bare(err))
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	of.Send(req.Header)
	got, err := h.client.do(ctx, req)
	if err != nil {
		return absent(err)
	}
	return hookResult(got)
}

// address is the URL with what the original's push webhooks have in theirs, signed
// (spec/30 §1, §2).
func (h *hook) address() string {
	u, err := url.Parse(h.set.URL)
	if err != nil {
		return h.set.URL // it was checked
	}
	q := u.Query()
	q.Set("SdkAppid", strconv.FormatUint(uint64(h.app), 10))
	q.Set("contenttype", "json")
	if h.set.Token != "" {
		at := strconv.FormatInt(h.client.now().Unix(), 10)
		sum := sha256.Sum256([]byte(h.set.Token + at))
		q.Set("Sign", hex.EncodeToString(sum[:]))
		q.Set("RequestTime", at)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// hookBody is documented in docs/push.md.
type hookBody struct {
	App    chat.AppID  `json:"SdkAppid"`
	Check  bool        `json:"Check,omitempty"`
	Device hookDevice  `json:"Device,omitzero"`
	Notice *hookNotice `json:"Notice,omitempty"`
}

type hookDevice struct {
	User     chat.UserID   `json:"UserID"`
	Client   string        `json:"ClientId"`
	Platform chat.Platform `json:"Platform"`
	Token    string        `json:"Token"`
	AppKey   string        `json:"AppKey,omitempty"`
	Lang     string        `json:"Lang,omitempty"`
}

type hookNotice struct {
	PushID   string       `json:"PushId"`
	TaskID   string       `json:"TaskId,omitempty"`
	Collapse string       `json:"Collapse"`
	Title    string       `json:"Title"`
	SubTitle string       `json:"SubTitle,omitempty"`
	Text     string       `json:"Text"`
	Ext      string       `json:"Ext,omitempty"`
	Sound    string       `json:"Sound,omitempty"`
	Image    string       `json:"Image,omitempty"`
	Badge    *uint64      `json:"Badge,omitempty"`
	Mutable  bool         `json:"MutableContent,omitempty"`
	Android  hookAndroid  `json:"AndroidInfo,omitzero"`
	Expires  int64        `json:"Expires"`
	From     chat.UserID  `json:"From_Account,omitempty"`
	Group    chat.GroupID `json:"GroupId,omitempty"`
	Seq      chat.Seq     `json:"MsgSeq,omitempty"`
	Time     int64        `json:"MsgTime,omitempty"`
}

// hookAndroid is AndroidInfo of spec/09 A.
type hookAndroid struct {
	Sound                    string `json:",omitempty"`
	HuaWeiChannelID          string `json:",omitempty"`
	XiaoMiChannelID          string `json:",omitempty"`
	OPPOChannelID            string `json:",omitempty"`
	GoogleChannelID          string `json:",omitempty"`
	VIVOClassification       *int64 `json:",omitempty"`
	VIVOCategory             string `json:",omitempty"`
	HuaWeiCategory           string `json:",omitempty"`
	OPPOCategory             string `json:",omitempty"`
	HuaWeiImportance         string `json:",omitempty"`
	HonorImportance          string `json:",omitempty"`
	MeiZuNoticeMsgType       int64  `json:",omitempty"`
	OPPOPrivateMsgTemplateID string `json:"OPPOPrivateMsgTemplateId,omitempty"`
	ExtAsHuaweiIntentParam   int64  `json:",omitempty"`
}

func noticeOf(n *room.Notice) *hookNotice {
	return &hookNotice{
		PushID: n.PushID, TaskID: n.TaskID, Collapse: n.Collapse, Title: n.Title, SubTitle: n.SubTitle, Text: n.Text,
		Ext: n.Ext, Sound: n.Sound, Image: n.Image, Badge: n.Badge, Mutable: n.MutableContent,
		Android: hookAndroid(n.Android), Expires: n.Expires,
		From: n.From, Group: n.Conv.Group(), Seq: n.Seq, Time: n.Time,
	}
}

// hookResult says what an answer means: 200 with ErrorCode 0 is taken, as in spec/30 §3, 410 that
// there is no such device. The others are by their class, our choice.
func hookResult(got answer) room.Result {
	var said struct {
		Code int    `json:"ErrorCode"`
		Info string `json:"ErrorInfo"`
	}
	readable := got.err == nil && bytes.HasPrefix(bytes.TrimSpace(got.body), []byte("{")) && json.Unmarshal(got.body, &said) == nil
	info := said.Info
	if info == "" {
		info = http.StatusText(got.status)
	}
	switch s := got.status; {
	case s == http.StatusOK && !readable:
		return strange(got)
	case s == http.StatusOK && said.Code == 0:
		return room.Result{Outcome: room.Sent}
	case s == http.StatusOK:
		return failed(room.Refused, got, said.Code, info)
	case s == http.StatusGone:
		return failed(room.Gone, got, s, info)
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		return failed(room.Credentials, got, s, info)
	case s < 400, s == http.StatusNotFound, busy(s):
		return failed(room.Retry, got, s, info)
	default:
		return failed(room.Refused, got, s, info)
	}
}
