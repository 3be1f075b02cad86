package operator

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/operator"
	"github.com/teahouse-im/teahouse/chat/push"
)

// Refusals of the wiring.
var (
	ErrDeclared = errors.New("the app is declared in the configuration file: change it there")
	ErrAppTaken = errors.New("there is an app with this number")
	ErrNoApp    = errors.New("there is no such app")
	// ErrDeleting: nothing of such an app is changed any more.
	ErrDeleting = errors.New("the app is being deleted")
	// ErrNumberUsed: what is left of an app in memory must not meet another of its number.
	ErrNumberUsed = errors.New("an app with this number was deleted since the server was started: the number is free after its next start")
	ErrManyApps   = fmt.Errorf("there are %d apps, and there may be no more: delete one first", MaxApps)
)

// MaxApps bounds the apps that there may be: each costs memory while the server runs
// (docs/operating.md).
const MaxApps = 10_000

// Tenants keeps the apps of the data folder and makes changes known at once.
type Tenants interface {
	// Tenant is an app as it is kept, with zeros where it has defaults; declared reports that
	// it is in the configuration file. ErrNoApp.
	Tenant(ctx context.Context, id chat.AppID) (app chat.App, declared bool, err error)
	// Create makes an app with one key; id 0 takes the next free number. ErrAppTaken, ErrNumberUsed, ErrManyApps.
	Create(ctx context.Context, id chat.AppID, name string) (chat.App, error)
	// Change changes an app: ErrDeclared, ErrNoApp, ErrDeleting, and what change refuses.
	Change(ctx context.Context, id chat.AppID, change func(*chat.App) error) (chat.App, error)
	// Delete begins to erase an app with all its data, at once for those who use it and in the
	// background for the data: ErrDeclared, ErrNoApp, ErrDeleting. Removed is how many entries and files
	// of it have gone since the server was started. What is returned stays of the app until
	// everything has gone, which may be before Delete returns.
	Delete(ctx context.Context, id chat.AppID) (chat.App, error)
	Removed(id chat.AppID) int64
	// CheckPush asks the providers of an app's channels, or of one, whether they take its
	// credentials; it takes some seconds.
	CheckPush(ctx context.Context, id chat.AppID, only push.ChannelName) ([]PushCheck, error)
	// Rotated is an app with a new key, the last of its keys; the others end after the overlap.
	Rotated(app chat.App, overlap time.Duration) chat.App
	// Settings are an app's settings and the numbers that stand for 0 in them; Patch changes them
	// by a part of them. An error of Patch has the method BadSettings.
	Settings(app *chat.App) (settings, defaults map[string]any, err error)
	Patch(app *chat.App, patch []byte) error
}

func (h *Handler) appRoutes() []route {
	return []route{
		{method: get, path: "apps", role: room.Read, do: h.apps},
		{method: post, path: "apps", role: room.Write, act: "app.create", do: h.createApp},
		{method: get, path: "apps/{app}", role: room.Read, do: h.oneApp},
		{method: patch, path: "apps/{app}", role: room.Write, act: "app.change", do: h.changeApp},
		{method: post, path: "apps/{app}/disable", role: room.Write, act: "app.disable", do: h.switchApp(true)},
		{method: post, path: "apps/{app}/enable", role: room.Write, act: "app.enable", do: h.switchApp(false)},
		{method: remove, path: "apps/{app}", role: room.Write, act: "app.delete", do: h.deleteApp},
		{method: post, path: "apps/{app}/push/check", role: room.Write, act: "push.check", do: h.checkPush},
		{method: post, path: "apps/{app}/keys", role: room.Write, act: "key.rotate", do: h.rotateKey},
		{method: remove, path: "apps/{app}/keys/{key}", role: room.Write, act: "key.remove", do: h.removeKey},
	}
}

// idText is the number of an app as text.
func idText(id chat.AppID) string { return strconv.FormatUint(uint64(id), 10) }

// appView is an app in a list.
type appView struct {
	ID             chat.AppID         `json:"id"`
	Name           string             `json:"name"`
	Disabled       bool               `json:"disabled"`
	Deleting       bool               `json:"deleting"`
	Removed        int64              `json:"removed"`
	Declared       bool               `json:"declared"`
	Administrators []chat.UserID      `json:"administrators"`
	Online         int64              `json:"online"`
	Connections    int64              `json:"connections"`
	Accounts       int64              `json:"accounts"`
	Groups         int64              `json:"groups"`
	Webhook        bool               `json:"webhook"`
	Push           []push.ChannelName `json:"push"`
	Search         bool               `json:"search"`
}

func (h *Handler) appView(ctx context.Context, a *chat.App) (appView, error) {
	v := appView{
		ID: a.ID, Name: a.Name, Disabled: a.Disabled, Deleting: a.Deleting, Removed: h.Tenants.Removed(a.ID), Administrators: append([]chat.UserID{}, a.Admins...),
		Webhook: a.Webhook.URL != "", Push: channelsOf(&a.Push), Search: h.Core.Search.On(a),
	}
	if h.Live != nil {
		v.Online, v.Connections = h.Live.Online(a.ID), h.Live.Connected(a.ID)
	}
	var err error
	if v.Accounts, err = h.Core.People.AccountCount(ctx, a.ID); err != nil {
		return v, err
	}
	if v.Groups, err = h.Core.Group.Count(ctx, a.ID); err != nil {
		return v, err
	}
	if _, v.Declared, err = h.Tenants.Tenant(ctx, a.ID); errors.Is(err, ErrNoApp) {
		err = nil // it was deleted meanwhile
	}
	return v, err
}

func channelsOf(p *chat.Push) []push.ChannelName {
	list := []push.ChannelName{}
	for _, c := range []struct {
		name push.ChannelName
		on   bool
	}{
		{push.APNs, p.APNs.On()}, {push.FCM, p.FCM.On()}, {push.HMS, p.HMS.On()}, {push.WebPush, p.WebPush.On()}, {push.Webhook, p.Webhook.On()},
	} {
		if c.on {
			list = append(list, c.name)
		}
	}
	return list
}

func (h *Handler) apps(ctx context.Context, c *call) (any, error) {
	limit, cursor, err := c.page()
	if err != nil {
		return nil, err
	}
	after := chat.AppID(0)
	if cursor != "" {
		if after, err = parseApp(cursor); err != nil {
			return nil, bad("cursor: is none of ours")
		}
	}
	all := h.Apps.All()
	slices.SortFunc(all, func(a, b *chat.App) int { return cmp.Compare(a.ID, b.ID) })
	q := strings.ToLower(c.query("q"))
	var items []appView
	for _, a := range all {
		if a.ID <= after || !strings.HasPrefix(idText(a.ID), q) && !strings.Contains(strings.ToLower(a.Name), q) {
			continue
		}
		if len(items) == limit {
			return listOf(items, idText(items[limit-1].ID)), nil
		}
		v, err := h.appView(ctx, a)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	return listOf(items, ""), nil
}

// keyView is a key without its secret.
type keyView struct {
	ID       string `json:"id"`
	NotAfter int64  `json:"not_after_at"`
}

// appDetail is an app with all that is known of it but its secrets.
type appDetail struct {
	appView
	Keys     []keyView        `json:"keys"`
	Settings map[string]any   `json:"settings"`
	Defaults map[string]any   `json:"defaults"`
	Figures  []map[string]any `json:"figures"`
}

func (h *Handler) appDetail(ctx context.Context, id chat.AppID) (*appDetail, error) {
	a := h.Apps.App(id)
	if a == nil {
		return nil, ErrNoApp
	}
	kept, _, err := h.Tenants.Tenant(ctx, id)
	if err != nil {
		return nil, err // it is gone since, perhaps
	}
	return h.detailOf(ctx, a, kept)
}

// detailOf shows an app in use, with its settings and keys as they are kept.
func (h *Handler) detailOf(ctx context.Context, a *chat.App, kept chat.App) (*appDetail, error) {
	v, err := h.appView(ctx, a)
	if err != nil {
		return nil, err
	}
	d := &appDetail{appView: v, Keys: []keyView{}, Figures: []map[string]any{}}
	for _, k := range kept.Keys {
		one := keyView{ID: k.ID}
		if !k.NotAfter.IsZero() {
			one.NotAfter = k.NotAfter.UnixMilli()
		}
		d.Keys = append(d.Keys, one)
	}
	if d.Settings, d.Defaults, err = h.Tenants.Settings(&kept); err != nil {
		return nil, err
	}
	if a.Disabled {
		return d, nil // nothing is counted
	}
	days, err := h.Core.Figures(ctx, chat.Actor{App: a.ID, Standing: chat.AsSystem})
	if err != nil {
		return nil, err
	}
	for _, day := range slices.Backward(days) {
		one := map[string]any{"day": time.Unix(day.Day*24*60*60, 0).UTC().Format(time.DateOnly)}
		for f, n := range day.Figures {
			one[string(f)] = n
		}
		d.Figures = append(d.Figures, one)
	}
	return d, nil
}

func (h *Handler) oneApp(ctx context.Context, c *call) (any, error) { return h.appDetail(ctx, c.app) }

type newApp struct {
	ID   chat.AppID `json:"id"`
	Name string     `json:"name"`
}

// keyShown is a key with its secret: it is shown when it is made and never again.
type keyShown struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

type appWithKey struct {
	App *appDetail `json:"app"`
	Key keyShown   `json:"key"`
}

// maxAppName bounds the name of an app, in bytes.
const maxAppName = 200

func (h *Handler) createApp(ctx context.Context, c *call) (any, error) {
	var r newApp
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if len(r.Name) > maxAppName {
		return nil, bad("name: at most %d bytes", maxAppName)
	}
	a, err := h.Tenants.Create(ctx, r.ID, r.Name)
	if err != nil {
		return nil, err
	}
	c.app, c.status, c.detail = a.ID, http.StatusCreated, "name="+r.Name
	return h.withKey(ctx, a)
}

// withKey shows the newest key of an app.
func (h *Handler) withKey(ctx context.Context, a chat.App) (any, error) {
	d, err := h.appDetail(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	k := a.Keys[len(a.Keys)-1]
	return appWithKey{d, keyShown{k.ID, k.Secret}}, nil
}

type appPatch struct {
	Settings json.RawMessage `json:"settings"`
}

func (h *Handler) changeApp(ctx context.Context, c *call) (any, error) {
	var r appPatch
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if len(r.Settings) == 0 {
		return nil, bad("settings: is missing")
	}
	c.detail = changedNames(r.Settings)
	if _, err := h.Tenants.Change(ctx, c.app, func(a *chat.App) error { return h.Tenants.Patch(a, r.Settings) }); err != nil {
		return nil, err
	}
	return h.appDetail(ctx, c.app)
}

// changedNames are the names of the settings that a patch has, without their values.
func changedNames(patch json.RawMessage) string {
	var tree map[string]any
	if json.Unmarshal(patch, &tree) != nil {
		return ""
	}
	var names []string
	var walk func(path string, tree map[string]any)
	walk = func(path string, tree map[string]any) {
		for name, v := range tree {
			if below, ok := v.(map[string]any); ok && len(below) > 0 {
				walk(path+name+".", below)
			} else {
				names = append(names, path+name)
			}
		}
	}
	walk("", tree)
	slices.Sort(names)
	return strings.Join(names, " ")
}

func (h *Handler) switchApp(off bool) func(context.Context, *call) (any, error) {
	return func(ctx context.Context, c *call) (any, error) {
		_, err := h.Tenants.Change(ctx, c.app, func(a *chat.App) error {
			a.Disabled = off
			return nil
		})
		if err != nil {
			return nil, err
		}
		if off && h.Live != nil {
			c.detail = "closed=" + strconv.Itoa(h.Live.CutOff(c.app))
		}
		return h.appDetail(ctx, c.app)
	}
}

// deleteApp cuts everybody off and has the data erased behind the answer.
func (h *Handler) deleteApp(ctx context.Context, c *call) (any, error) {
	left, err := h.Tenants.Delete(ctx, c.app)
	if err != nil {
		return nil, err
	}
	if h.Live != nil {
		c.detail = "closed=" + strconv.Itoa(h.Live.CutOff(c.app))
	}
	c.status = http.StatusAccepted
	return h.detailOf(ctx, &left, left)
}

// PushCheck is what a provider says of an app's credentials.
type PushCheck struct {
	Channel push.ChannelName `json:"channel"`
	Good    bool             `json:"good"`
	Text    string           `json:"text"` // why not; "" when they are good
}

type pushQuestion struct {
	Channel push.ChannelName `json:"channel"`
}

func (h *Handler) checkPush(ctx context.Context, c *call) (any, error) {
	var r pushQuestion
	if err := c.read(&r); err != nil {
		return nil, err
	}
	if r.Channel != "" && !slices.Contains(push.ChannelNames, r.Channel) {
		return nil, bad("channel: want one of %v", push.ChannelNames)
	}
	c.object = string(r.Channel)
	checks, err := h.Tenants.CheckPush(ctx, c.app, r.Channel)
	if err != nil {
		return nil, err
	}
	return listOf(checks, ""), nil
}

// Bounds of the overlap of two keys.
const (
	defaultOverlap = 24 * time.Hour
	maxOverlap     = 180 * 24 * time.Hour // the life of a ticket (spec/01 §6)
)

type rotation struct {
	Overlap *int64 `json:"overlap_seconds"`
}

func (h *Handler) rotateKey(ctx context.Context, c *call) (any, error) {
	var r rotation
	if err := c.read(&r); err != nil {
		return nil, err
	}
	overlap := defaultOverlap
	if r.Overlap != nil {
		overlap = time.Duration(*r.Overlap) * time.Second
		if *r.Overlap < 0 || *r.Overlap > int64(maxOverlap/time.Second) {
			return nil, bad("overlap_seconds: want 0 to %d", int64(maxOverlap/time.Second))
		}
	}
	a, err := h.Tenants.Change(ctx, c.app, func(a *chat.App) error {
		*a = h.Tenants.Rotated(*a, overlap)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.object, c.status = a.Keys[len(a.Keys)-1].ID, http.StatusCreated
	c.detail = fmt.Sprintf("overlap=%s", overlap)
	return h.withKey(ctx, a)
}

func (h *Handler) removeKey(ctx context.Context, c *call) (any, error) {
	id := c.r.PathValue("key")
	c.object = id
	_, err := h.Tenants.Change(ctx, c.app, func(a *chat.App) error {
		rest, err := a.WithoutKey(id, h.Now())
		switch {
		case errors.Is(err, chat.ErrNoKey):
			return notFound("the app has no key %q", id)
		case err != nil:
			return conflict("%v", err)
		}
		a.Keys = rest
		return nil
	})
	if err != nil {
		return nil, err
	}
	return h.appDetail(ctx, c.app)
}
