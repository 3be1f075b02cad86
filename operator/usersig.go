package operator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
	"github.com/teahouse-im/teahouse/ticket"
)

func (h *Handler) ticketRoutes() []route {
	return []route{
		{method: post, path: "apps/{app}/usersig", role: room.Write, act: "usersig.make", do: h.makeUserSig},
		{method: post, path: "apps/{app}/usersig/check", role: room.Write, act: "usersig.check", do: h.checkUserSig},
	}
}

// Life of a ticket that an operator makes: a day, and at most that of the libraries (spec/01 §6).
const (
	ticketLife    = 24 * time.Hour
	maxTicketLife = 180 * 24 * time.Hour
)

type ticketOrder struct {
	User   chat.UserID `json:"user"`
	Expire int64       `json:"expire_seconds"`
}

type ticketMade struct {
	UserSig string `json:"usersig"`
	Expires int64  `json:"expires_at"`
}

// makeUserSig signs with the key that lasts longest, the newest of those.
func (h *Handler) makeUserSig(_ context.Context, c *call) (any, error) {
	var r ticketOrder
	if err := c.read(&r); err != nil {
		return nil, err
	}
	c.object = string(r.User)
	app, err := c.someApp()
	if err != nil {
		return nil, err
	}
	if !app.Admits(r.User) {
		return nil, bad("user: is not a UserID")
	}
	life := ticketLife
	if r.Expire != 0 {
		life = time.Duration(r.Expire) * time.Second
	}
	if r.Expire < 0 || r.Expire > int64(maxTicketLife/time.Second) {
		return nil, bad("expire_seconds: want 1 to %d", int64(maxTicketLife/time.Second))
	}
	now := h.Now()
	keys := slices.DeleteFunc(slices.Clone(app.Keys), func(k chat.Key) bool { return !k.NotAfter.IsZero() && !k.NotAfter.After(now) })
	if len(keys) == 0 {
		return nil, conflict("the app has no key that is still good")
	}
	key := keys[0]
	for _, k := range keys[1:] {
		if key.NotAfter.IsZero() && !k.NotAfter.IsZero() || !k.NotAfter.IsZero() && k.NotAfter.Before(key.NotAfter) {
			continue
		}
		key = k
	}
	text, err := ticket.Mint(uint32(c.app), string(r.User), key.Secret, now, life)
	if err != nil {
		return nil, err
	}
	c.detail = fmt.Sprintf("life=%s", life)
	return ticketMade{text, now.Add(life).UnixMilli()}, nil
}

type ticketQuery struct {
	UserSig string      `json:"usersig"`
	User    chat.UserID `json:"user"`
}

type ticketStep struct {
	Step string `json:"step"`
	OK   bool   `json:"ok"`
	Code int    `json:"code"`
	Text string `json:"text"`
}

type ticketChecked struct {
	Valid bool         `json:"valid"`
	Steps []ticketStep `json:"steps"`
}

func (h *Handler) checkUserSig(_ context.Context, c *call) (any, error) {
	var r ticketQuery
	if err := c.read(&r); err != nil {
		return nil, err
	}
	c.object = string(r.User)
	answer := ticketChecked{Valid: true, Steps: []ticketStep{}}
	for _, f := range h.Tickets.Explain(uint32(c.app), string(r.User), r.UserSig) {
		answer.Valid = answer.Valid && f.OK
		answer.Steps = append(answer.Steps, ticketStep{f.Step, f.OK, f.Code, f.Text})
	}
	return answer, nil
}
