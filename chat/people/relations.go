package people

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// friendRow is a name in a list of friends, in the shard of the list's owner under the
// friend. A friendship is a row in each of two lists; one alone is a one-way friendship.
type friendRow struct {
	Holder     uint32 // of the friend's name: who has it later is no friend; see chat.Account
	Added      int64  // Unix seconds
	Remark     string
	RemarkTime int64 // Unix seconds
	Source     string
	Wording    string
	Groups     []groupRef
}

// groupRef is a friend group by its number, which outlives its name. One that is gone is
// passed over.
type groupRef struct{ ID uint32 }

// relations are what a user's lists have as a whole, one row of the user's shard.
type relations struct {
	Friends                    int
	Standard, Custom, Grouping uint64 // how often friends, their custom fields, groups have changed
	Blacklist                  uint64 // and the blocklist
	LastGroup                  uint32 // the highest number given to a group
	Groups                     []friendGroup
	ReadAt                     int64 // requests up to here have been read, Unix milliseconds
}

type friendGroup struct {
	ID   uint32
	Name string
	Size int
}

// detail is a custom field of a friend, or stands for a friend's place in a group.
type detail struct{ Value string }

var (
	friends = ledger.Table(record.Friend, func(f *record.Fields, r *friendRow) {
		record.Int(f, 1, &r.Holder)
		record.Int(f, 2, &r.Added)
		record.Text(f, 3, &r.Remark)
		record.Int(f, 4, &r.RemarkTime)
		record.Text(f, 5, &r.Source)
		record.Text(f, 6, &r.Wording)
		record.List(f, 7, &r.Groups, func(f *record.Fields, g *groupRef) { record.Int(f, 1, &g.ID) })
	}).MirroredBy(func(s chat.Shard, key string, _ *friendRow) []chat.RowAsk {
		return []chat.RowAsk{friendOf.Ask(chat.UserShard(s.App, chat.UserID(key)), string(s.User()))}
	})

	// friendOf lies in the friend's shard under the owner of the list.
	friendOf = ledger.Table(record.FriendOf, func(*record.Fields, *listedBy) {})

	relation = ledger.Table(record.Relations, func(f *record.Fields, r *relations) {
		record.Int(f, 1, &r.Friends)
		record.Int(f, 2, &r.Standard)
		record.Int(f, 3, &r.Custom)
		record.Int(f, 4, &r.Grouping)
		record.Int(f, 5, &r.Blacklist)
		record.Int(f, 6, &r.LastGroup)
		record.List(f, 7, &r.Groups, func(f *record.Fields, g *friendGroup) {
			record.Int(f, 1, &g.ID)
			record.Text(f, 2, &g.Name)
			record.Int(f, 3, &g.Size)
		})
		record.Int(f, 8, &r.ReadAt)
	}).Counts(record.Friend, func(r *relations) (int64, bool) { return int64(r.Friends), true })

	// details lie in the owner's shard: fields under f, the friend and the key, places
	// under g, the group and the friend. No name holds a zero byte.
	details = ledger.Table(record.FriendDetail, func(f *record.Fields, d *detail) { record.Text(f, 1, &d.Value) })
)

type listedBy struct{}

func fieldsOf(u chat.UserID) string { return "f" + string(u) + "\x00" }

func fieldKey(u chat.UserID, key string) string { return fieldsOf(u) + key }

func placesIn(group uint32) string { return "g" + strconv.FormatUint(uint64(group), 10) + "\x00" }

func placeKey(group uint32, u chat.UserID) string { return placesIn(group) + string(u) }

// group returns the group of a name, nil when there is none.
func (r *relations) group(name string) *friendGroup {
	i := slices.IndexFunc(r.Groups, func(g friendGroup) bool { return g.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Groups[i]
}

// byID returns the group of a number, nil when it is gone.
func (r *relations) byID(id uint32) *friendGroup {
	i := slices.IndexFunc(r.Groups, func(g friendGroup) bool { return g.ID == id })
	if i < 0 {
		return nil
	}
	return &r.Groups[i]
}

// names are those of a friend's groups.
func (r *relations) names(row *friendRow) []string {
	var list []string
	for _, ref := range row.Groups {
		if g := r.byID(ref.ID); g != nil {
			list = append(list, g.Name)
		}
	}
	return list
}

// relationsOf returns what a user's lists have as a whole; nobody changes it.
func relationsOf(ctx context.Context, in chat.RowReader, s chat.Shard) (*relations, error) {
	r, err := relation.Get(ctx, in, s, "")
	if r == nil {
		r = &relations{}
	}
	return r, err
}

// listing is a list of friends under change, in a turn of its owner.
type listing struct {
	*ledger.Turn
	app *chat.App
	relations
	friend, custom, grouped, black bool // has changed
}

func openListing(ctx context.Context, t *ledger.Turn, app *chat.App) (*listing, error) {
	r, err := relationsOf(ctx, t.Read, t.Shard)
	if err != nil {
		return nil, err
	}
	l := &listing{Turn: t, app: app, relations: *r}
	l.Groups = slices.Clone(r.Groups)
	return l, nil
}

func (l *listing) owner() chat.UserID { return l.Shard.User() }

// close puts what has changed as a whole; every turn that changes a list ends with it.
func (l *listing) close() {
	for _, c := range []struct {
		changed bool
		count   *uint64
	}{{l.friend, &l.Standard}, {l.custom, &l.Custom}, {l.grouped, &l.Grouping}, {l.black, &l.Blacklist}} {
		if c.changed {
			*c.count++
		}
	}
	if l.friend || l.custom || l.grouped || l.black {
		relation.Put(l.Turn, "", &l.relations)
	}
}

// tell gives all devices of a user an event.
func (l *listing) tell(u chat.UserID, kind chat.UserEventKind, d *chat.UserDetail) {
	l.Commit.Notices = append(l.Commit.Notices, userEvent(l.Turn, l.app, u, kind, d))
}

// userEvent is an event about a user's lists, kept as long as messages are.
func userEvent(t *ledger.Turn, app *chat.App, u chat.UserID, kind chat.UserEventKind, d *chat.UserDetail) *chat.UserEvent {
	return &chat.UserEvent{App: t.Shard.App, User: u, Time: t.Ms, Kind: kind, Detail: d, Expires: t.Read.Expiry(app)}
}

// put writes the row of a friend, new or old, and the places in groups that differ.
func (l *listing) put(u chat.UserID, old, row *friendRow) {
	friends.Put(l.Turn, string(u), row)
	l.friend = true
	if old == nil {
		l.Mirror(chat.UserShard(l.app.ID, u), friendOf.Row(string(l.owner()), &listedBy{}))
		l.Friends++
		old = &friendRow{}
	}
	l.place(u, old.Groups, row.Groups)
}

// place moves a friend between groups. Groups that are gone are passed over.
func (l *listing) place(u chat.UserID, old, now []groupRef) {
	for _, ref := range old {
		if g := l.byID(ref.ID); g != nil && !slices.Contains(now, ref) {
			details.Remove(l.Turn, placeKey(g.ID, u))
			g.Size--
			l.grouped = true
		}
	}
	for _, ref := range now {
		if g := l.byID(ref.ID); g != nil && !slices.Contains(old, ref) {
			details.Put(l.Turn, placeKey(g.ID, u), &detail{})
			g.Size++
			l.grouped = true
		}
	}
}

// remove takes a friend off the list with everything that the owner has said of them.
func (l *listing) remove(ctx context.Context, u chat.UserID, row *friendRow) error {
	friends.Remove(l.Turn, string(u))
	l.Mirror(chat.UserShard(l.app.ID, u), friendOf.Gone(string(l.owner())))
	l.Friends--
	l.friend = true
	l.place(u, row.Groups, nil)
	_, keys, err := details.Page(ctx, l.Read, l.Shard, fieldsOf(u), "", maxFields)
	if err != nil {
		return err
	}
	for _, k := range keys {
		details.Remove(l.Turn, k)
		l.custom = true
	}
	return nil
}

// maxFields is more fields than a friend has, also when others are declared than once were.
const maxFields = 1000

// setFields writes custom fields of a friend; an empty value removes one.
func (l *listing) setFields(ctx context.Context, u chat.UserID, fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	have, err := fieldsFor(ctx, l.Read, l.Shard, u)
	if err != nil {
		return err
	}
	for k, v := range fields {
		if v == "" {
			delete(have, k)
		} else {
			have[k] = v
		}
	}
	if len(have) > chat.MaxFriendFields {
		return chat.Refuse(chat.CodeRelationParameter, "more than %d custom fields", chat.MaxFriendFields)
	}
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		l.custom = true
		if fields[k] == "" {
			details.Remove(l.Turn, fieldKey(u, k))
		} else {
			details.Put(l.Turn, fieldKey(u, k), &detail{fields[k]})
		}
	}
	return nil
}

// fieldsFor are the custom fields of a friend by their keys.
func fieldsFor(ctx context.Context, in chat.RowReader, s chat.Shard, u chat.UserID) (map[string]string, error) {
	list, keys, err := details.Page(ctx, in, s, fieldsOf(u), "", maxFields)
	if err != nil {
		return nil, err
	}
	fields := make(map[string]string, len(list))
	for i, d := range list {
		fields[strings.TrimPrefix(keys[i], fieldsOf(u))] = d.Value
	}
	return fields, nil
}

// maxGroups bounds the friend groups of a user whatever the app allows: one row holds them.
const maxGroups = 64

func mostGroups(app *chat.App) int {
	if most := app.Limits.FriendGroups; most >= 0 {
		return min(most, maxGroups)
	}
	return maxGroups
}

// room makes the groups of names that are not there yet, and returns all of them: 30011
// when there would be too many.
func (l *listing) room(names []string) ([]groupRef, error) {
	fresh := 0
	for i, n := range names {
		if l.group(n) == nil && !slices.Contains(names[:i], n) {
			fresh++
		}
	}
	if fresh > 0 && len(l.Groups)+fresh > mostGroups(l.app) {
		return nil, chat.Refuse(chat.CodeFriendGroupsFull, "")
	}
	var refs []groupRef
	for _, n := range names {
		g := l.group(n)
		if g == nil {
			l.LastGroup++
			l.grouped = true
			l.Groups = append(l.Groups, friendGroup{ID: l.LastGroup, Name: n})
			g = &l.Groups[len(l.Groups)-1]
		}
		if !slices.Contains(refs, groupRef{g.ID}) {
			refs = append(refs, groupRef{g.ID})
		}
	}
	return refs, nil
}

// shown is a friend as events show them.
func (r *relations) shown(acc *chat.Account, row *friendRow, fields map[string]string) *chat.Friend {
	return &chat.Friend{
		User: acc.User, Added: row.Added, Remark: row.Remark, RemarkTime: row.RemarkTime,
		Source: row.Source, Wording: row.Wording, Groups: r.names(row), Custom: fields,
		Profile: namesOf(acc),
	}
}

// namesOf are the fields of a profile that stand in for the user.
func namesOf(acc *chat.Account) []chat.ProfileItem {
	var list []chat.ProfileItem
	if acc.Nick != "" {
		list = append(list, chat.ProfileItem{Tag: chat.TagNick, Text: acc.Nick})
	}
	if acc.FaceURL != "" {
		list = append(list, chat.ProfileItem{Tag: chat.TagImage, Text: acc.FaceURL})
	}
	return list
}
