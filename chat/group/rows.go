package group

import (
	"context"
	"fmt"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// The stored nouns of the room. Those without another word lie in the shard of
// the group.

// groups has one row, under "". A topic's has its own profile only.
var groups = ledger.Table(record.Group, func(f *record.Fields, g *chat.Group) {
	record.Text(f, 1, &g.Type, chat.Work, chat.Public, chat.Meeting, chat.AVChatRoom, chat.Community)
	record.Text(f, 2, &g.Name)
	record.Text(f, 3, &g.Introduction)
	record.Text(f, 4, &g.Notification)
	record.Text(f, 5, &g.FaceURL)
	record.Text(f, 6, &g.Owner)
	record.Int(f, 7, &g.Created)
	record.Int(f, 8, &g.InfoSeq)
	record.Int(f, 9, &g.InfoTime)
	record.Int(f, 10, &g.MaxMembers)
	record.Int(f, 11, &g.Members)
	record.Text(f, 12, &g.ApplyJoin)
	record.Text(f, 13, &g.InviteJoin)
	record.Bool(f, 14, &g.MuteAll)
	record.Map(f, 15, &g.Custom)
	record.Bool(f, 16, &g.SupportTopic)
	record.Text(f, 30, &g.CustomString)
	record.Int(f, 31, &g.Founded)
	record.Bool(f, 32, &g.Ended)
}).Named(func(g *chat.Group, s chat.Shard, _ string) {
	g.App, g.ID = s.App, s.Conv().Group()
}).MirroredBy(func(s chat.Shard, _ string, g *chat.Group) []chat.RowAsk {
	if g.ID.IsTopic() {
		return []chat.RowAsk{topicList.Ask(chat.GroupShard(s.App, g.ID.Home()), string(g.ID))}
	}
	app := chat.AppShard(s.App)
	if g.Ended {
		return []chat.RowAsk{endings.Ask(app, string(g.ID))}
	}
	return []chat.RowAsk{lists.Ask(app, listKey(allGroups, g.ID)), lists.Ask(app, listKey(g.Type, g.ID))}
}).Counts(record.Member, func(g *chat.Group) (int64, bool) {
	return int64(g.Members), grouptype.Of(g.Type).Members
})

// members lie under their users.
var members = ledger.Table(record.Member, func(f *record.Fields, m *chat.Member) {
	record.Int(f, 1, &m.Role)
	record.Int(f, 2, &m.Joined)
	record.Int(f, 3, &m.JoinSeq)
	record.Text(f, 4, &m.NameCard)
	record.Text(f, 5, &m.Flag, chat.AcceptAndNotify, chat.AcceptNotNotify, chat.Discard)
	record.Map(f, 6, &m.Custom)
}).Named(func(m *chat.Member, s chat.Shard, key string) {
	m.Group, m.User = s.Conv().Group(), chat.UserID(key)
}).MirroredBy(func(s chat.Shard, key string, _ *chat.Member) []chat.RowAsk {
	return []chat.RowAsk{membersOf.Ask(chat.UserShard(s.App, chat.UserID(key)), string(s.Conv().Group()))}
})

// membersOf mirror members in the shards of the users, under the groups. They hold
// what does not change.
var membersOf = ledger.Table(record.MemberOf, func(f *record.Fields, m *chat.Membership) {
	record.Text(f, 1, &m.Type, chat.Work, chat.Public, chat.Meeting, chat.AVChatRoom, chat.Community)
	record.Int(f, 2, &m.Joined)
}).Named(func(m *chat.Membership, _ chat.Shard, key string) { m.Group = chat.GroupID(key) })

// mutes lie under the muted users, who need not be members; they expire.
var mutes = ledger.Table(record.Mute, func(f *record.Fields, m *chat.Mute) {
	record.Int(f, 1, &m.Until)
	record.Int(f, 2, &m.Holder)
}).Named(func(m *chat.Mute, _ chat.Shard, key string) { m.User = chat.UserID(key) })

// bans lie under the banned users; they expire.
var bans = ledger.Table(record.Ban, func(f *record.Fields, b *chat.Ban) {
	record.Int(f, 1, &b.Until)
	record.Int(f, 2, &b.Holder)
}).Named(func(b *chat.Ban, _ chat.Shard, key string) { b.User = chat.UserID(key) })

// requests lie under newcomer and kind; see requestKey. They expire.
var requests = ledger.Table(record.JoinRequest, func(f *record.Fields, q *chat.JoinRequest) {
	record.Text(f, 1, &q.ID)
	record.Text(f, 2, &q.Applicant)
	record.Text(f, 3, &q.Text)
	record.Int(f, 4, &q.Time)
	record.Int(f, 5, &q.Expires)
	record.Int(f, 6, &q.HandledAt)
	record.Text(f, 7, &q.HandledBy)
	record.Bool(f, 8, &q.Accepted)
	record.Text(f, 9, &q.Answer)
	record.Int(f, 10, &q.Holder)
}).Named(func(q *chat.JoinRequest, s chat.Shard, key string) {
	q.Group = s.Conv().Group()
	q.Newcomer, q.Kind = chat.UserID(key[:len(key)-2]), chat.JoinRequestKind(key[len(key)-1])
})

// listed is a group in the lists of its app.
type listed struct{}

// lists mirror groups in the shard of the app: each stands in the list of all
// and in that of its type, under list name, a zero byte and its id. counts tell how many each
// list has, under the list's name.
var (
	lists  = ledger.Table(record.GroupList, func(*record.Fields, *listed) {})
	counts = ledger.Counter(record.GroupCount).Counts(record.GroupList, listOf)
)

// allGroups is the name of the list of all groups; the others are the types'.
const allGroups chat.GroupType = ""

func listKey(list chat.GroupType, id chat.GroupID) string { return string(list) + "\x00" + string(id) }

// listOf is the name of the list that a key of lists is of.
func listOf(key string) string {
	list, _, _ := strings.Cut(key, "\x00")
	return list
}

// list enters the turn's group in the lists of its app; unlist takes it off.
func (t *Turn) list() {
	app := chat.AppShard(t.app.ID)
	for _, l := range []chat.GroupType{allGroups, t.group.Type} {
		t.Mirror(app, lists.Row(listKey(l, t.group.ID), &listed{}))
		t.Mirror(app, counts.Row(string(l), 1))
	}
	t.grew(1)
}

func (t *Turn) unlist() {
	app := chat.AppShard(t.app.ID)
	for _, l := range []chat.GroupType{allGroups, t.group.Type} {
		t.Mirror(app, lists.Gone(listKey(l, t.group.ID)))
		t.Mirror(app, counts.Row(string(l), -1))
	}
	t.grew(-1)
}

// listPage pages the ids of a list in byte order, after the given one ("" first).
// A group that is gone meanwhile is left out.
func (r reader) listPage(ctx context.Context, app chat.AppID, list chat.GroupType, after chat.GroupID, limit int) ([]chat.GroupID, error) {
	from := ""
	if after != "" {
		from = listKey(list, after)
	}
	_, keys, err := lists.Page(ctx, r, chat.AppShard(app), listKey(list, ""), from, limit)
	if err != nil {
		return nil, err
	}
	asks := make([]chat.RowAsk, len(keys))
	ids := make([]chat.GroupID, len(keys))
	for i, k := range keys {
		ids[i] = chat.GroupID(k[len(list)+1:])
		asks[i] = groups.Ask(chat.GroupShard(app, ids[i]), "")
	}
	found, err := r.RowsOf(ctx, asks)
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	kept := ids[:0]
	for i, g := range found {
		if g != nil {
			kept = append(kept, ids[i])
		}
	}
	return kept, nil
}

// everyGroup pages the groups of an app in byte order, after the given one (""
// first). last is where the next page begins, "" at the end.
func (r reader) everyGroup(ctx context.Context, app chat.AppID, after chat.GroupID, limit int) (page []*chat.Group, last chat.GroupID, err error) {
	from := ""
	if after != "" {
		from = listKey(allGroups, after)
	}
	_, keys, err := lists.Page(ctx, r, chat.AppShard(app), listKey(allGroups, ""), from, limit)
	if err != nil || len(keys) == 0 {
		return nil, "", err
	}
	for _, k := range keys {
		last = chat.GroupID(k[len(allGroups)+1:])
		g, err := r.stored(ctx, app, last)
		if err != nil {
			return nil, "", err
		}
		if g != nil {
			page = append(page, g)
		}
	}
	return page, last, nil
}
