package people

import (
	"context"
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// maxItems bounds a change of a profile: the standard fields and an app's own.
const maxItems = 12 + chat.MaxProfileFields

// SetProfile sets fields of a profile, all of them or none: our choice (spec/07 A2). Users set
// their own, app administrators anybody's. 40003 when there is no account, 40008 for what
// the caller may not write, 40009 for an unknown tag, 40601, 40605 and 40610 for a value.
// What changes is told to the user's devices, to friends and peers who are online, and to
// the app.
func (s *Service) SetProfile(ctx context.Context, by chat.Actor, of chat.UserID, items []chat.ProfileItem) error {
	app, err := s.read.App(by.App)
	switch {
	case err != nil:
		return err
	case of != by.User && !by.Admin():
		return chat.Refuse(chat.CodeProfileNeedAdmin, "")
	case len(items) == 0 || len(items) > maxItems:
		return chat.Refuse(chat.CodeProfileParameter, "between 1 and %d fields are needed", maxItems)
	}
	for i := range items {
		if err := mayWrite(app, by, of, &items[i]); err != nil {
			return err
		}
	}
	changes := make(chan []chat.ProfileItem, 1)
	err = s.ledger.Change(ctx, chat.UserShard(by.App, of), 0, func(ctx context.Context, t *ledger.Turn) error {
		changed, err := setProfile(ctx, t, app, by, items)
		replace(changes, changed)
		return err
	})
	if err != nil {
		return err
	}
	s.tells.others(app, of, <-changes)
	return nil
}

// mayWrite decides about one item, of any profile.
func mayWrite(app *chat.App, by chat.Actor, of chat.UserID, item *chat.ProfileItem) error {
	if f := standardOf(item.Tag); f != nil {
		if f.app && !by.Admin() {
			return chat.Refuse(chat.CodeProfileNotWritable, "%s is for app administrators", item.Tag)
		}
		return f.check(item)
	}
	rights, ok := customField(app, item.Tag)
	switch {
	case !ok:
		return chat.Refuse(chat.CodeProfileNoTag, "there is no %s", item.Tag)
	case !admits(rights.Write, by, of):
		return chat.Refuse(chat.CodeProfileNotWritable, "%s may not be written", item.Tag)
	case item.Numeric:
		return chat.Refuse(chat.CodeProfileBadType, "%s has to be text", item.Tag)
	case len(item.Text) > chat.MaxProfileBytes:
		return chat.Refuse(chat.CodeProfileTooLong, "")
	}
	return nil
}

// check decides about the value of a standard field.
func (f *standard) check(item *chat.ProfileItem) error {
	switch {
	case item.Numeric != (f.number != nil):
		want := "text"
		if f.number != nil {
			want = "a number"
		}
		return chat.Refuse(chat.CodeProfileBadType, "%s has to be %s", f.tag, want)
	case len(item.Text) > chat.MaxProfileBytes:
		return chat.Refuse(chat.CodeProfileTooLong, "")
	case len(item.Text) > f.most && f.text != nil:
		return chat.Refuse(chat.CodeProfileBadValue, "%s is longer than %d bytes", f.tag, f.most)
	case f.words != nil && !slices.Contains(f.words, item.Text):
		return chat.Refuse(chat.CodeProfileBadValue, "%s is one of %q", f.tag, f.words)
	}
	return nil
}

// freely are the rights of every field where an app declares none: our choice (spec/41 §7).
var freely = chat.FieldRights{Read: []chat.Level{chat.LevelUser}, Write: []chat.Level{chat.LevelSelf}}

// customField finds one of an app's own fields.
func customField(app *chat.App, tag chat.ProfileTag) (rights chat.FieldRights, ok bool) {
	key, ok := tag.Custom()
	if !ok {
		return rights, false
	}
	if len(app.Custom.Profile) == 0 {
		return freely, true
	}
	rights, ok = app.Custom.Profile[key]
	return rights, ok
}

// admits reports whether one of the levels lets somebody have a field of of's profile. App
// administrators always may.
func admits(levels []chat.Level, by chat.Actor, of chat.UserID) bool {
	return by.Admin() || slices.Contains(levels, chat.LevelUser) ||
		by.User == of && slices.Contains(levels, chat.LevelSelf)
}

// setProfile changes the profile of the turn's user, and returns what has changed of it.
func setProfile(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, items []chat.ProfileItem) ([]chat.ProfileItem, error) {
	u := t.Shard.User()
	acc, err := t.Read.Account(ctx, app.ID, u)
	if err != nil {
		return nil, err
	}
	if acc == nil {
		return nil, chat.Refuse(chat.CodeProfileNoAccount, "")
	}
	p, err := profileOf(ctx, t.Read, app.ID, u)
	if err != nil {
		return nil, err
	}
	old := cardOf(acc, p)
	now := old
	now.Custom = maps.Clone(old.Custom) // stored values are shared and never changed
	for _, item := range items {
		now.put(item)
	}
	if len(now.Custom) > chat.MaxProfileFields {
		return nil, chat.Refuse(chat.CodeProfileParameter, "more than %d custom fields", chat.MaxProfileFields)
	}
	if now.nick != old.nick || now.face != old.face {
		row := *acc
		row.Nick, row.FaceURL = now.nick, now.face
		t.PutAccount(&row)
	}
	if !now.same(&old.profile) {
		profiles.Put(t, "", &now.profile)
	}
	changed := now.changes(&old, app)
	tellProfile(t, app, by, changed)
	return changed, nil
}

// put sets any field; the map of custom ones is the card's own.
func (c *card) put(item chat.ProfileItem) {
	if f := standardOf(item.Tag); f != nil {
		f.put(c, item)
		return
	}
	key, _ := item.Tag.Custom()
	c.putCustom(key, item.Text)
}

// changes are the fields in which c differs from old, as they are now: those that are
// unset too, with nothing or their default as the value.
func (c *card) changes(old *card, app *chat.App) (list []chat.ProfileItem) {
	for i := range fields {
		f := &fields[i]
		now, _ := f.value(app, c)
		before, _ := f.value(app, old)
		if now != before {
			list = append(list, now)
		}
	}
	keys := map[string]bool{}
	for k, v := range c.Custom {
		keys[k] = old.Custom[k] != v
	}
	for k := range old.Custom {
		if _, still := c.Custom[k]; !still {
			keys[k] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if keys[k] {
			list = append(list, chat.ProfileItem{Tag: chat.CustomTag(k), Text: c.Custom[k]})
		}
	}
	return list
}
