package push

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of what a device registers: choices, but for a token's (spec/40 §5).
const (
	maxDevices  = 20 // of a user; the one that was there longest ago makes room
	maxToken    = 256
	maxEndpoint = 2048
	maxAppKey   = 128
	maxLang     = 35
	p256dhBytes = 65
	authBytes   = 16
)

// keptFor is how long a device is pushed to without a connection, in seconds (spec/08 §1).
const keptFor = 7 * 24 * 60 * 60

// seenAgain is how old Seen of a device may be, in seconds, when it is there: so that
// coming and going in quick turn writes nothing.
const seenAgain = 60 * 60

// devices lie under their client ids in the shard of the user. users mirrors them in the
// shard of the app, under the user, while there is one; tokens under the hash of the token,
// so that a token belongs to the device that has registered it last: who sends asks there.
var (
	devices = ledger.Table(record.PushDevice, func(f *record.Fields, d *Device) {
		record.Text(f, 1, &d.Platform)
		record.Text(f, 2, &d.Channel, ChannelNames...)
		record.Text(f, 3, &d.Token)
		record.Text(f, 4, &d.Endpoint)
		record.Text(f, 5, &d.P256dh)
		record.Text(f, 6, &d.Auth)
		record.Text(f, 7, &d.AppKey)
		record.Text(f, 8, &d.Lang)
		record.Int(f, 9, &d.Since)
		record.Int(f, 10, &d.Seen)
		record.Int(f, 11, &d.Holder)
	}).Named(func(d *Device, s chat.Shard, key string) {
		d.User, d.Client = s.User(), key
	}).MirroredBy(func(s chat.Shard, _ string, d *Device) []chat.RowAsk {
		app := chat.AppShard(s.App)
		return []chat.RowAsk{users.Ask(app, string(d.User)), tokens.Ask(app, d.tokenKey())}
	})
	users  = ledger.Table(record.PushUser, func(*record.Fields, *struct{}) {})
	tokens = ledger.Table(record.PushToken, func(f *record.Fields, o *owner) {
		record.Text(f, 1, &o.User)
		record.Text(f, 2, &o.Client)
	})
)

// owner is whose a token is.
type owner struct {
	User   chat.UserID
	Client string
}

// tokenKey is what the device's token lies under.
func (d *Device) tokenKey() string {
	sum := sha256.Sum256([]byte(string(d.Channel) + "\x00" + d.AppKey + "\x00" + d.Token + "\x00" + d.Endpoint))
	return string(sum[:16])
}

// same reports whether two registrations reach the same device in the same way.
func (d *Device) same(other *Device) bool {
	return d.Channel == other.Channel && d.Token == other.Token && d.Endpoint == other.Endpoint &&
		d.P256dh == other.P256dh && d.Auth == other.Auth && d.AppKey == other.AppKey
}

// Lapsed reports whether the device has been away for too long to be pushed to; now is in
// Unix seconds.
func (d *Device) Lapsed(now int64) bool { return now >= d.Seen+keptFor }

// check refuses what is no registration.
func (d *Device) check() error {
	if d.Channel.Number() == 0 {
		return chat.Refuse(chat.CodeAccountParameter, "Channel has to be apns, fcm, hms, webpush or webhook")
	}
	if len(d.AppKey) > maxAppKey || len(d.Lang) > maxLang {
		return chat.Refuse(chat.CodeAccountParameter, "AppKey has at most %d bytes, Lang %d", maxAppKey, maxLang)
	}
	if d.Channel == WebPush {
		return d.checkSubscription()
	}
	switch {
	case d.Endpoint != "":
		return chat.Refuse(chat.CodeAccountParameter, "Subscription is for webpush alone")
	case d.Token == "":
		return chat.Refuse(chat.CodeNoPushToken, "")
	case len(d.Token) > maxToken:
		return chat.Refuse(chat.CodePushTokenLong, "")
	case strings.ContainsFunc(d.Token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return chat.Refuse(chat.CodeAccountParameter, "Token has a space, or another character that is not printable ASCII")
	}
	return nil
}

func (d *Device) checkSubscription() error {
	switch {
	case d.Token != "":
		return chat.Refuse(chat.CodeAccountParameter, "webpush takes a Subscription and no Token")
	case d.Endpoint == "":
		return chat.Refuse(chat.CodeNoPushToken, "Subscription has no endpoint")
	case len(d.Endpoint) > maxEndpoint:
		return chat.Refuse(chat.CodePushTokenLong, "endpoint has more than %d bytes", maxEndpoint)
	}
	u, err := url.Parse(d.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return chat.Refuse(chat.CodeAccountParameter, "endpoint is no https address")
	}
	var ok bool
	if d.P256dh, ok = plainBase64(d.P256dh, p256dhBytes); !ok {
		return chat.Refuse(chat.CodeAccountParameter, "keys.p256dh is no public key in base64url")
	}
	if d.Auth, ok = plainBase64(d.Auth, authBytes); !ok {
		return chat.Refuse(chat.CodeAccountParameter, "keys.auth is no secret of 16 bytes in base64url")
	}
	return nil
}

// plainBase64 is a text in base64, of whichever alphabet, as unpadded base64url; ok is false
// when it does not stand for so many bytes.
func plainBase64(text string, size int) (plain string, ok bool) {
	if len(text) > 2*size+4 {
		return "", false
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return text, err == nil && len(raw) == size
}

// Register says where pushes to the caller's device go (spec/00 §5): one place for each
// device, the newest. 22001 when the app has no such channel. Of d, User, Client, Platform and
// the times are the caller's.
func (s *Service) Register(ctx context.Context, by chat.Actor, d Device) error {
	if _, err := s.read.App(by.App); err != nil {
		return err
	}
	if err := ownDevice(by); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	if s.channels(by.App, d.Channel) == nil {
		return chat.Refuse(chat.CodeNoPushChannel, "")
	}
	d.User, d.Client, d.Platform, d.Holder = by.User, by.Device, by.Platform, by.Holder
	was, err := tokens.Get(ctx, s.read, chat.AppShard(by.App), d.tokenKey())
	if err != nil {
		return err
	}
	if err := s.beginCursor(ctx, by.App); err != nil {
		return err
	}
	err = s.ledger.Share(ctx, chat.UserShard(by.App, by.User), 0, 512, func(ctx context.Context, t *ledger.Turn) error {
		return register(ctx, t, d)
	})
	if err != nil {
		return err
	}
	s.ledger.Deliverer().StateMoved(by.App, by.User)
	if was != nil && was.User != by.User { // it has another user now
		return s.drop(ctx, by.App, was.User, func(old *Device) bool { return old.Client == was.Client && old.same(&d) })
	}
	return nil
}

// ownDevice refuses a caller who has no device that could be pushed to.
func ownDevice(by chat.Actor) error {
	if by.Device == "" || by.Standing == chat.AsSystem {
		return chat.Refuse(chat.CodeNoPushChannel, "this is for devices")
	}
	return nil
}

// register is the turn of Register.
func register(ctx context.Context, t *ledger.Turn, d Device) error {
	acc, err := t.Read.Account(ctx, t.Shard.App, d.User)
	if err != nil {
		return err
	}
	if acc == nil || acc.Holder != d.Holder {
		return chat.Refuse(chat.CodeNoAccount, "")
	}
	list, err := devicesIn(ctx, t.Read, t.Shard)
	if err != nil {
		return err
	}
	d.Since, d.Seen = t.Sec(), t.Sec()
	var others []*Device
	for _, old := range list {
		switch {
		case old.Client == d.Client && old.same(&d) && old.Holder == d.Holder:
			d.Since = old.Since
		case old.Client == d.Client, old.same(&d): // another token, or this one under another client id
			if err := remove(ctx, t, old); err != nil {
				return err
			}
		default:
			others = append(others, old)
		}
	}
	for len(others) >= maxDevices {
		oldest := slices.MinFunc(others, func(a, b *Device) int { return cmp.Compare(a.Seen, b.Seen) })
		if err := remove(ctx, t, oldest); err != nil {
			return err
		}
		others = slices.DeleteFunc(others, func(one *Device) bool { return one == oldest })
	}
	devices.Put(t, d.Client, &d)
	app := chat.AppShard(t.Shard.App)
	t.Mirror(app, users.Row(string(d.User), &struct{}{}))
	t.Mirror(app, tokens.Row(d.tokenKey(), &owner{d.User, d.Client}))
	return nil
}

// remove takes a device of the turn's user away, and the mirror of its token, unless the
// token is somebody else's by now.
func remove(ctx context.Context, t *ledger.Turn, d *Device) error {
	devices.Remove(t, d.Client)
	app := chat.AppShard(t.Shard.App)
	is, err := tokens.Get(ctx, t.Read, app, d.tokenKey())
	if err == nil && is != nil && is.User == d.User && is.Client == d.Client {
		t.Mirror(app, tokens.Gone(d.tokenKey()))
	}
	return err
}

// devicesIn lists the devices in the shard of a user.
func devicesIn(ctx context.Context, r chat.RowReader, shard chat.Shard) ([]*Device, error) {
	list, _, err := devices.Page(ctx, r, shard, "", "", maxDevices+1)
	return list, err
}

// Unregister ends the pushes to the caller's device. Where there are none it does
// nothing.
func (s *Service) Unregister(ctx context.Context, by chat.Actor) error {
	if _, err := s.read.App(by.App); err != nil {
		return err
	}
	if err := ownDevice(by); err != nil {
		return err
	}
	return s.drop(ctx, by.App, by.User, func(d *Device) bool { return d.Client == by.Device })
}

// LoggedOut ends the pushes to a device that has logged out (spec/08 §1).
func (s *Service) LoggedOut(ctx context.Context, by chat.Actor) error {
	return s.drop(ctx, by.App, by.User, func(d *Device) bool { return d.Client == by.Device })
}

// PushedOut ends the pushes to a user's devices of some platforms that are not connected:
// newer logins have taken their place (spec/08 §5).
func (s *Service) PushedOut(ctx context.Context, app chat.AppID, u chat.UserID, platforms []chat.Platform) error {
	if len(platforms) == 0 {
		return nil
	}
	connected := s.ledger.Deliverer().Devices(app, u)
	return s.drop(ctx, app, u, func(d *Device) bool {
		return slices.Contains(platforms, d.Platform) &&
			!slices.ContainsFunc(connected, func(c chat.Device) bool { return c.Client == d.Client && !c.Leaving })
	})
}

// Forget ends the pushes to all devices of a user: they were kicked, or their account is
// being deleted.
func (s *Service) Forget(ctx context.Context, app chat.AppID, u chat.UserID) error {
	return s.drop(ctx, app, u, func(*Device) bool { return true })
}

// drop takes those devices of a user away that which names. It costs nothing when the user
// has none.
func (s *Service) drop(ctx context.Context, app chat.AppID, u chat.UserID, which func(*Device) bool) error {
	shard := chat.UserShard(app, u)
	list, err := devicesIn(ctx, s.read, shard)
	if err != nil || !slices.ContainsFunc(list, which) {
		return err
	}
	err = s.ledger.Share(ctx, shard, 0, 256, func(ctx context.Context, t *ledger.Turn) error {
		return dropDevices(ctx, t, which)
	})
	s.ledger.Deliverer().StateMoved(app, u)
	return err
}

func dropDevices(ctx context.Context, t *ledger.Turn, which func(*Device) bool) error {
	list, err := devicesIn(ctx, t.Read, t.Shard)
	if err != nil {
		return err
	}
	left := 0
	for _, d := range list {
		if !which(d) {
			left++
			continue
		}
		if err := remove(ctx, t, d); err != nil {
			return err
		}
	}
	if left == 0 && len(list) > 0 {
		t.Mirror(chat.AppShard(t.Shard.App), users.Gone(string(t.Shard.User())))
	}
	t.Commit.Rules = 0
	return nil
}

// Present notes that a device has come or gone, so that pushes to it go on for the time of
// spec/08 §1 from now. It waits for nothing.
func (s *Service) Present(ctx context.Context, by chat.Actor) {
	shard := chat.UserShard(by.App, by.User)
	if has, err := s.holds(ctx, by.App, by.User); err != nil || !has || by.Device == "" {
		return
	}
	now := s.read.NowSec()
	d, err := devices.Get(ctx, s.read, shard, by.Device)
	if err != nil || d == nil || now < d.Seen+seenAgain {
		return
	}
	err = s.ledger.Go(shard, false, func(ctx context.Context, t *ledger.Turn) error {
		d, err := devices.Get(ctx, t.Read, t.Shard, by.Device)
		if err != nil || d == nil {
			return err
		}
		next := *d
		next.Seen = t.Sec()
		devices.Put(t, by.Device, &next)
		return nil
	}, nil)
	if err != nil {
		s.log.Warn("presence of a push device not noted", "app", by.App, "user", by.User, "err", err)
	}
}

// Devices lists where pushes to users go, connected or not; by the order of
// users, then of client ids.
func (s *Service) Devices(ctx context.Context, app chat.AppID, list []chat.UserID) ([]*Device, error) {
	now := s.read.NowSec()
	var all []*Device
	for _, u := range list {
		has, err := s.holds(ctx, app, u)
		if err != nil {
			return nil, err
		}
		if !has {
			continue
		}
		own, err := devicesIn(ctx, s.read, chat.UserShard(app, u))
		if err != nil {
			return nil, err
		}
		for _, d := range own {
			if !d.Lapsed(now) {
				all = append(all, d)
			}
		}
	}
	return all, nil
}

// PushOnline says by which platforms each of some users is reached by pushes, and until when (Unix
// seconds), were they not connected (spec/08 §1).
func (s *Service) PushOnline(ctx context.Context, app chat.AppID, list []chat.UserID) ([][]chat.Pushed, error) {
	all := make([][]chat.Pushed, len(list))
	for i, u := range list {
		found, err := s.Devices(ctx, app, []chat.UserID{u})
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			all[i] = append(all[i], chat.Pushed{Platform: d.Platform, Until: d.Seen + keptFor})
		}
	}
	return all, nil
}

// hash is of names, for keys.
func hash(names ...string) string {
	h := sha256.New()
	var length [4]byte
	for _, n := range names {
		binary.BigEndian.PutUint32(length[:], uint32(len(n)))
		h.Write(length[:])
		h.Write([]byte(n))
	}
	return string(h.Sum(nil)[:16])
}
