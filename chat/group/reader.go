package group

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// reader answers questions about groups. A turn has one too, which sees its
// own batch. What is asked for each message hands on the Reader alone: made an interface, all
// of it would be an allocation.
type reader struct {
	*ledger.Reader
	rooms *audience.Rooms
}

// group finds a group: 10015 for a malformed id, 10010 when there is none.
func (r reader) group(ctx context.Context, app chat.AppID, id chat.GroupID) (*chat.Group, error) {
	if !id.Valid() {
		return nil, chat.Refuse(chat.CodeBadGroupID, "")
	}
	var g *chat.Group
	var err error
	if id.IsTopic() {
		g, err = r.topic(ctx, app, id)
	} else {
		g, err = r.stored(ctx, app, id)
	}
	if err == nil && g == nil {
		err = chat.Refuse(chat.CodeNoGroup, "")
	}
	return g, err
}

// stored is a group's row, nil when there is none, or only what is left of one that is over.
func (r reader) stored(ctx context.Context, app chat.AppID, id chat.GroupID) (*chat.Group, error) {
	g, err := r.left(ctx, app, id)
	if g != nil && g.Ended {
		return nil, err
	}
	return g, err
}

// left is stored, and also what is left of a group that is over; see end.go.
func (r reader) left(ctx context.Context, app chat.AppID, id chat.GroupID) (*chat.Group, error) {
	return groups.Get(ctx, r.Reader, chat.GroupShard(app, id), "")
}

// member is u's row, nil when there is none. In a topic it is that of the community,
// here and below.
func (r reader) member(ctx context.Context, app chat.AppID, id chat.GroupID, u chat.UserID) (*chat.Member, error) {
	return members.Get(ctx, r.Reader, chat.GroupShard(app, id.Home()), string(u))
}

// membersNamed are the rows of users, in the order asked, nil for those who are
// not members.
func (r reader) membersNamed(ctx context.Context, app chat.AppID, id chat.GroupID, list []chat.UserID) ([]*chat.Member, error) {
	shard := chat.GroupShard(app, id.Home())
	asks := make([]chat.RowAsk, len(list))
	for i, u := range list {
		asks[i] = members.Ask(shard, string(u))
	}
	return members.Of(ctx, r, asks)
}

// memberPage pages member rows in byte order of their users, after the given
// one ("" first).
func (r reader) memberPage(ctx context.Context, app chat.AppID, id chat.GroupID, after chat.UserID, limit int) ([]*chat.Member, error) {
	list, _, err := members.Page(ctx, r, chat.GroupShard(app, id.Home()), "", string(after), limit)
	return list, err
}

// muteEnds is when u's mute ends, Unix seconds; 0 when they are not muted now. A
// mute of the community binds in its topics.
func (r reader) muteEnds(ctx context.Context, g *chat.Group, u chat.UserID) (int64, error) {
	ends, err := r.muteIn(ctx, g.Conv().Shard(), u)
	if err != nil || !g.ID.IsTopic() {
		return ends, err
	}
	home, err := r.muteIn(ctx, chat.GroupShard(g.App, g.ID.Home()), u)
	return max(ends, home), err
}

// muteIn is muteEnds of a group or topic alone.
func (r reader) muteIn(ctx context.Context, s chat.Shard, u chat.UserID) (int64, error) {
	m, err := mutes.Get(ctx, r.Reader, s, string(u))
	if err != nil || m == nil {
		return 0, err
	}
	ends, err := r.mutesEnd(ctx, s.App, []*chat.Mute{m})
	if err != nil {
		return 0, err
	}
	return ends[0], nil
}

// mutesEnd is when each of the mutes ends, Unix seconds; 0 for those that are nil,
// over, or of an account that was deleted since.
func (r reader) mutesEnd(ctx context.Context, app chat.AppID, list []*chat.Mute) ([]int64, error) {
	ends := make([]int64, len(list))
	now := r.NowSec()
	for i, m := range list {
		if m == nil || m.Until <= now {
			continue
		}
		acc, err := r.Account(ctx, app, m.User)
		if err != nil {
			return nil, err
		}
		if acc != nil && acc.Holder == m.Holder {
			ends[i] = m.Until
		}
	}
	return ends, nil
}

// account finds an account, or refuses with the group service's code.
func (r reader) account(ctx context.Context, app chat.AppID, u chat.UserID) (*chat.Account, error) {
	acc, err := r.Account(ctx, app, u)
	if err == nil && acc == nil {
		err = unknownAccount(u)
	}
	return acc, err
}

func unknownAccount(u chat.UserID) error {
	return chat.Refuse(chat.CodeGroupNoAccount, "account %q unknown: import it, or let them log in once", u)
}

// standing is by's rank in g: an app administrator's is above the owner's,
// whether or not they are a member.
func (r reader) standing(ctx context.Context, by chat.Actor, g *chat.Group) (chat.Role, error) {
	if by.Admin() {
		return grouptype.RankApp, nil
	}
	return r.role(ctx, g, by.User)
}

// role is u's role in g, at the cost of at most one read. In an AVChatRoom
// every viewer is a member.
func (r reader) role(ctx context.Context, g *chat.Group, u chat.UserID) (chat.Role, error) {
	if u == g.Owner && u != "" {
		return chat.RoleOwner, nil
	}
	if grouptype.Of(g.Type).Members {
		return r.storedRole(ctx, g, u)
	}
	if app := r.AppEvenDisabled(g.App); app != nil && app.Switches.LiveAdmins {
		if role, err := r.storedRole(ctx, g, u); err != nil || role >= chat.RoleAdmin {
			return role, err
		}
	}
	if r.rooms.Has(g.Conv(), u) {
		return chat.RoleMember, nil
	}
	return chat.NotMember, nil
}

// roleWith is role for a caller who has read u's row, in types that have rows.
func (r reader) roleWith(ctx context.Context, g *chat.Group, u chat.UserID, m *chat.Member) (chat.Role, error) {
	switch {
	case !grouptype.Of(g.Type).Members:
		return r.role(ctx, g, u)
	case u == g.Owner && u != "":
		return chat.RoleOwner, nil
	case m == nil:
		return chat.NotMember, nil
	}
	return m.Role, nil
}

func (r reader) storedRole(ctx context.Context, g *chat.Group, u chat.UserID) (chat.Role, error) {
	m, err := r.member(ctx, g.App, g.ID, u)
	if err != nil || m == nil {
		return chat.NotMember, err
	}
	return m.Role, nil
}

// head is the state of the group's log; types without history have none.
func (r reader) head(ctx context.Context, g *chat.Group) (chat.Head, error) {
	if !grouptype.Of(g.Type).Stored {
		return chat.Head{}, nil
	}
	return r.Head(ctx, g.Conv().Shard())
}

// counted is g with its viewers counted, where they are its members.
func (r reader) counted(g *chat.Group) *chat.Group {
	if grouptype.Of(g.Type).Members {
		return g
	}
	copied := *g
	copied.Members = r.rooms.Count(g.Conv(), r.NowSec())
	return &copied
}

// maxMemberships bounds the groups of a user that are listed.
const maxMemberships = 10_000

// mirrored lists the groups that a user is said to be in, in byte order: a hint
// to be checked.
func (r reader) mirrored(ctx context.Context, app chat.AppID, u chat.UserID) ([]*chat.Membership, error) {
	list, _, err := membersOf.Page(ctx, r, chat.UserShard(app, u), "", "", maxMemberships)
	return list, err
}

// memberships lists the groups a user is in, at most 10,000, in byte order.
// stale are those that the user's shard still names though the user has left.
func (r reader) memberships(ctx context.Context, app chat.AppID, u chat.UserID) (list []chat.Membership, stale []chat.GroupID, err error) {
	hints, err := r.mirrored(ctx, app, u)
	if err != nil {
		return nil, nil, err
	}
	asks := make([]chat.RowAsk, len(hints))
	for i, m := range hints {
		asks[i] = members.Ask(chat.GroupShard(app, m.Group), string(u))
	}
	rows, err := members.Of(ctx, r, asks)
	if err != nil {
		return nil, nil, err
	}
	list = make([]chat.Membership, 0, len(hints))
	for i, m := range hints {
		if rows[i] == nil {
			stale = append(stale, m.Group)
			continue
		}
		one := *m
		one.JoinSeq, one.Flag = rows[i].JoinSeq, rows[i].Flag
		list = append(list, one)
	}
	return list, slices.Clip(stale), nil
}

// Seat is where a caller stands in a group.
type Seat struct {
	App   *chat.App
	Group *chat.Group
	Rank  chat.Role // of an administrator of the app, above the owner's
}

// May refuses what the caller may not do there.
func (s *Seat) May(a grouptype.Action) error { return grouptype.May(s.App, s.Group.Type, a, s.Rank) }

// Live reports whether the group's members are its viewers, who are in memory only.
func (s *Seat) Live() bool { return !grouptype.Of(s.Group.Type).Members }

// enter finds a group and where by stands in it.
func (r reader) enter(ctx context.Context, by chat.Actor, id chat.GroupID) (*Seat, error) {
	app, err := r.App(by.App)
	if err != nil {
		return nil, err
	}
	g, err := r.group(ctx, by.App, id)
	if err != nil {
		return nil, err
	}
	rank, err := r.standing(ctx, by, g)
	if err != nil {
		return nil, err
	}
	return &Seat{app, g, rank}, nil
}
