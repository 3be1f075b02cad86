package people

import (
	"context"
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Profiles reads the named fields of profiles, in the order asked; no tags: all that the
// caller may read. Fields that are unset are left out, but for those that have a default
// (spec/07 A3). A result has 40003 when there is no account, 40007 when a named field is not
// for the caller; an unknown tag ends the call with 40009.
func (s *Service) Profiles(ctx context.Context, by chat.Actor, list []chat.UserID, tags []chat.ProfileTag) ([]chat.ProfileResult, error) {
	app, err := s.read.App(by.App)
	if err != nil {
		return nil, err
	}
	for _, tag := range tags {
		if _, known := customField(app, tag); !known && standardOf(tag) == nil {
			return nil, chat.Refuse(chat.CodeProfileNoTag, "there is no %s", tag)
		}
	}
	accounts, err := s.read.Accounts(ctx, by.App, list)
	if err != nil {
		return nil, err
	}
	asks := make([]chat.RowAsk, len(list))
	for i, u := range list {
		asks[i] = profiles.Ask(chat.UserShard(by.App, u), "")
	}
	found, err := profiles.Of(ctx, s.read, asks)
	if err != nil {
		return nil, err
	}
	results := make([]chat.ProfileResult, len(list))
	for i, u := range list {
		r := &results[i]
		r.User = u
		if accounts[i] == nil {
			r.ItemResult = resultOf(u, chat.Refuse(chat.CodeProfileNoAccount, ""))
			continue
		}
		c := cardOf(accounts[i], found[i])
		if tags == nil {
			r.Items = c.readable(app, by, u)
		} else if r.Items, err = c.named(app, by, u, tags); err != nil {
			r.ItemResult = resultOf(u, err)
		}
	}
	return results, nil
}

// readable is all that somebody may read of u's card.
func (c *card) readable(app *chat.App, by chat.Actor, u chat.UserID) []chat.ProfileItem {
	list := make([]chat.ProfileItem, 0, len(fields))
	for i := range fields {
		if item, ok := fields[i].value(app, c); ok {
			list = append(list, item)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.Custom)) {
		item := chat.ProfileItem{Tag: chat.CustomTag(k), Text: c.Custom[k]}
		if mayRead(app, by, u, item.Tag) {
			list = append(list, item)
		}
	}
	return list
}

// mayRead reports whether somebody may read a field of u's profile. One that is not
// declared any more is for app administrators.
func mayRead(app *chat.App, by chat.Actor, u chat.UserID, tag chat.ProfileTag) bool {
	if standardOf(tag) != nil {
		return true
	}
	rights, _ := customField(app, tag)
	return admits(rights.Read, by, u)
}

// named are the fields with these tags, in the order of their tags.
func (c *card) named(app *chat.App, by chat.Actor, u chat.UserID, tags []chat.ProfileTag) ([]chat.ProfileItem, error) {
	list := make([]chat.ProfileItem, 0, len(tags))
	for _, tag := range tags {
		if !mayRead(app, by, u, tag) {
			return nil, chat.Refuse(chat.CodeProfileNotReadable, "%s may not be read", tag)
		}
		if f := standardOf(tag); f != nil {
			if item, ok := f.value(app, c); ok {
				list = append(list, item)
			}
			continue
		}
		key, _ := tag.Custom()
		if text := c.Custom[key]; text != "" {
			list = append(list, chat.ProfileItem{Tag: tag, Text: text})
		}
	}
	return list, nil
}
