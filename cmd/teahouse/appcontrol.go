package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/push"
)

// controlled is a running server, asked by the API of operators.
type controlled struct{ *control }

func appPath(id chat.AppID, below string) string { return fmt.Sprintf("apps/%d%s", id, below) }

func (c controlled) list() (list []appAt, err error) {
	err = each(c.control, "apps", func(a appAt) error {
		whole, err := c.one(a.ID)
		list = append(list, whole)
		return err
	})
	return list, err
}

func (c controlled) one(id chat.AppID) (a appAt, err error) {
	err = c.do(http.MethodGet, appPath(id, ""), nil, &a)
	return a, err
}

func (c controlled) add(id chat.AppID, name string) (made keyed, err error) {
	err = c.do(http.MethodPost, "apps", map[string]any{"id": id, "name": name}, &made)
	return made, err
}

func (c controlled) change(id chat.AppID, settings map[string]any) error {
	return c.do(http.MethodPatch, appPath(id, ""), map[string]any{"settings": settings}, nil)
}

func (c controlled) disable(id chat.AppID, off bool) error {
	act := "/enable"
	if off {
		act = "/disable"
	}
	return c.do(http.MethodPost, appPath(id, act), nil, nil)
}

func (c controlled) remove(id chat.AppID) error {
	return c.do(http.MethodDelete, appPath(id, ""), nil, nil)
}

func (c controlled) rotate(id chat.AppID, overlap time.Duration) (made keyed, err error) {
	err = c.do(http.MethodPost, appPath(id, "/keys"), map[string]any{"overlap_seconds": int64(overlap / time.Second)}, &made)
	return made, err
}

func (c controlled) revoke(id chat.AppID, key string) error {
	return c.do(http.MethodDelete, appPath(id, "/keys/"+url.PathEscape(key)), nil, nil)
}

func (c controlled) checkPush(id chat.AppID, only push.ChannelName) ([]pushSaid, error) {
	var answer struct{ Items []pushSaid }
	err := c.do(http.MethodPost, appPath(id, "/push/check"), map[string]any{"channel": only}, &answer)
	return answer.Items, err
}
