package push

import (
	"context"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of tags (spec/09 C).
const (
	maxLabelled = 100  // users of a call
	maxTagsCall = 10   // tags a call gives a user; as many as they may have when it replaces theirs
	maxTags     = 100  // of a user
	maxAllTags  = 1000 // different ones of an app
	maxLabel    = 50   // bytes of a tag, and of the name and the value of an attribute
)

// Labels are the tags and attributes of users, by which a push chooses its users
// (spec/09 B, C). They are for administrators of the app.
type Labels struct {
	ledger *ledger.Ledger
}

// NewLabels builds Labels.
func NewLabels(l *ledger.Ledger) *Labels { return &Labels{l} }

// label is a tag of a user, or an attribute with its value.
type label struct {
	Since int64 // Unix seconds
	Value string
}

// The first byte of a label's key says what it is; the rest is its name.
const (
	isTag  = "t"
	isAttr = "a"
)

// Labels lie in the shards of their users. How many users have a tag is counted in the
// shard of the app, so that the tags of an app are known.
var (
	labels = ledger.Table(record.PushLabel, func(f *record.Fields, l *label) {
		record.Int(f, 1, &l.Since)
		record.Text(f, 2, &l.Value)
	})
	tagCounts = ledger.Counter(record.PushTagCount)
)

// UserTags are tags of one user.
type UserTags struct {
	User chat.UserID
	Tags []string
	// Replace says that those are all the tags the user has from now on.
	Replace bool
}

// AddTags gives users tags: at most 100 users (90018), 10 tags each, or 100 that replace
// theirs (90032), each of 1 to 50 bytes (90040, 90034). A user has at most 100 tags and an app
// 1000 different ones (90032, our choice; tags that are new at the same time may be a few
// more). A user without an account is 90048, and then nobody gets any.
func (s *Labels) AddTags(ctx context.Context, by chat.Actor, list []UserTags) error {
	if len(list) > maxLabelled {
		return tooMany()
	}
	for _, one := range list {
		most := maxTagsCall
		if one.Replace {
			most = maxTags
		}
		if err := checkTags(one.Tags, most, one.Replace); err != nil {
			return err
		}
	}
	if err := s.roomForTags(ctx, by.App, list); err != nil {
		return err
	}
	return eachLabelled(ctx, s.ledger, by, list, func(one UserTags) chat.UserID { return one.User }, addTags)
}

// RemoveTags takes tags from users; those that they do not have are passed over.
func (s *Labels) RemoveTags(ctx context.Context, by chat.Actor, list []UserTags) error {
	if len(list) > maxLabelled {
		return tooMany()
	}
	for _, one := range list {
		if err := checkTags(one.Tags, maxTags, false); err != nil {
			return err
		}
	}
	return eachLabelled(ctx, s.ledger, by, list, func(one UserTags) chat.UserID { return one.User }, removeTags)
}

// RemoveAllTags takes all tags from users.
func (s *Labels) RemoveAllTags(ctx context.Context, by chat.Actor, list []chat.UserID) error {
	return eachLabelled(ctx, s.ledger, by, list, func(u chat.UserID) chat.UserID { return u },
		func(ctx context.Context, t *ledger.Turn, _ chat.UserID) error { return setTags(ctx, t, nil) })
}

// Tags are the tags of users, in byte order.
func (s *Labels) Tags(ctx context.Context, by chat.Actor, list []chat.UserID) ([]UserTags, error) {
	if err := labelled(ctx, &s.ledger.Reader, by, list); err != nil {
		return nil, err
	}
	all := make([]UserTags, len(list))
	for i, u := range list {
		tags, err := tagsOf(ctx, s.ledger, chat.UserShard(by.App, u))
		if err != nil {
			return nil, err
		}
		all[i] = UserTags{User: u, Tags: tags}
	}
	return all, nil
}

// Forget removes what a user whose account is being deleted has. It may be repeated.
func (s *Labels) Forget(ctx context.Context, app chat.AppID, u chat.UserID) error {
	return s.ledger.Share(ctx, chat.UserShard(app, u), 0, 256, func(ctx context.Context, t *ledger.Turn) error {
		if err := setTags(ctx, t, nil); err != nil {
			return err
		}
		return forgetAttrs(ctx, t)
	})
}

// checkTags checks how many tags there are, and each of them.
func checkTags(tags []string, most int, none bool) error {
	switch {
	case len(tags) == 0 && !none:
		return chat.Refuse(chat.CodeEmptyTag, "Tags is empty")
	case len(tags) > most:
		return chat.Refuse(chat.CodeTooManyTags, "more than %d tags", most)
	}
	for _, tag := range tags {
		if err := checkTag(tag); err != nil {
			return err
		}
	}
	return nil
}

func checkTag(tag string) error {
	switch {
	case tag == "":
		return chat.Refuse(chat.CodeEmptyTag, "")
	case len(tag) > maxLabel:
		return chat.Refuse(chat.CodeTagTooLong, "")
	case chat.HasControl(tag):
		return chat.Refuse(chat.CodeBadJSON, "a tag has control characters")
	}
	return nil
}

// labelled checks which users a call is about.
func labelled(ctx context.Context, read *ledger.Reader, by chat.Actor, list []chat.UserID) error {
	if _, err := read.App(by.App); err != nil {
		return err
	}
	switch {
	case !by.Admin():
		return chat.Refuse(chat.CodeMsgNeedAdmin, "")
	case len(list) == 0:
		return chat.Refuse(chat.CodeBadJSON, "nobody is named")
	case len(list) > maxLabelled:
		return tooMany()
	}
	accounts, err := read.Accounts(ctx, by.App, list)
	if err != nil {
		return err
	}
	for i, a := range accounts {
		if a == nil {
			return chat.Refuse(chat.CodeAccountUnknown, "there is no account %q", list[i])
		}
	}
	return nil
}

func tooMany() error {
	return chat.Refuse(chat.CodeTooManyLabelled, "more than %d accounts", maxLabelled)
}

// eachLabelled does something for each item of a list in a turn of its user, those of one
// user in one turn. A user whose account goes meanwhile is passed over.
func eachLabelled[T any](ctx context.Context, l *ledger.Ledger, by chat.Actor, list []T, user func(T) chat.UserID, do func(context.Context, *ledger.Turn, T) error) error {
	users := make([]chat.UserID, len(list))
	for i, one := range list {
		users[i] = user(one)
	}
	if err := labelled(ctx, &l.Reader, by, users); err != nil {
		return err
	}
	items := map[chat.Shard][]T{}
	var shards []chat.Shard
	for i, u := range users {
		shard := chat.UserShard(by.App, u)
		if items[shard] == nil {
			shards = append(shards, shard)
		}
		items[shard] = append(items[shard], list[i])
	}
	return l.ChangeAll(ctx, shards, func(ctx context.Context, t *ledger.Turn) error {
		acc, err := t.Read.Account(ctx, t.Shard.App, t.Shard.User())
		if err != nil || acc == nil {
			return err
		}
		mine := items[t.Shard]
		for i, one := range mine {
			if err := do(ctx, t, one); err != nil {
				return err
			}
			if i+1 < len(mine) { // the next does not see what this one has put
				return chat.Refuse(chat.CodeBadJSON, "%q is named twice", t.Shard.User())
			}
		}
		return nil
	})
}

func addTags(ctx context.Context, t *ledger.Turn, one UserTags) error {
	want := map[string]bool{}
	if !one.Replace {
		have, err := tagsOf(ctx, t.Read, t.Shard)
		if err != nil {
			return err
		}
		for _, tag := range have {
			want[tag] = true
		}
	}
	for _, tag := range one.Tags {
		want[tag] = true
	}
	if len(want) > maxTags {
		return chat.Refuse(chat.CodeTooManyTags, "the user would have more than %d tags", maxTags)
	}
	return setTags(ctx, t, want)
}

func removeTags(ctx context.Context, t *ledger.Turn, one UserTags) error {
	have, err := tagsOf(ctx, t.Read, t.Shard)
	if err != nil {
		return err
	}
	want := map[string]bool{}
	for _, tag := range have {
		want[tag] = true
	}
	for _, tag := range one.Tags {
		delete(want, tag)
	}
	return setTags(ctx, t, want)
}

// setTags makes the tags of a user what they are to be, and moves their counters.
func setTags(ctx context.Context, t *ledger.Turn, want map[string]bool) error {
	have, err := tagsOf(ctx, t.Read, t.Shard)
	if err != nil {
		return err
	}
	all := chat.AppShard(t.Shard.App)
	stays := make(map[string]bool, len(have))
	for _, tag := range have {
		if stays[tag] = want[tag]; !want[tag] {
			labels.Remove(t, isTag+tag)
			t.Mirror(all, tagCounts.Row(tag, -1))
		}
	}
	for tag := range want {
		if !stays[tag] {
			labels.Put(t, isTag+tag, &label{Since: t.Sec()})
			t.Mirror(all, tagCounts.Row(tag, 1))
		}
	}
	return nil
}

// tagsOf are the tags of a user, in byte order.
func tagsOf(ctx context.Context, r chat.RowReader, s chat.Shard) ([]string, error) {
	_, keys, err := labels.Page(ctx, r, s, isTag, "", 2*maxTags) // never so many
	if err != nil {
		return nil, err
	}
	tags := make([]string, len(keys))
	for i, k := range keys {
		tags[i] = strings.TrimPrefix(k, isTag)
	}
	return tags, nil
}

// roomForTags refuses tags that are new to an app which has as many as it may.
func (s *Labels) roomForTags(ctx context.Context, app chat.AppID, list []UserTags) error {
	shard := chat.AppShard(app)
	var asks []chat.RowAsk
	named := map[string]bool{}
	for _, one := range list {
		for _, tag := range one.Tags {
			if !named[tag] {
				named[tag] = true
				asks = append(asks, tagCounts.Ask(shard, tag))
			}
		}
	}
	counts, err := tagCounts.Of(ctx, s.ledger, asks)
	if err != nil {
		return err
	}
	fresh := 0
	for _, n := range counts {
		if n == 0 {
			fresh++
		}
	}
	if fresh == 0 {
		return nil
	}
	have, err := s.ledger.Rows(ctx, shard, chat.RowKind(record.PushTagCount), "", "", maxAllTags)
	if err != nil {
		return err
	}
	if len(have)+fresh > maxAllTags {
		return chat.Refuse(chat.CodeTooManyTags, "the app would have more than %d tags", maxAllTags)
	}
	return nil
}
