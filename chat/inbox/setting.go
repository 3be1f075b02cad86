package inbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of what a user sets of their conversations (spec/06, spec/41 §1). How many
// conversations have settings at all, and how long a draft is, are choices.
const (
	maxPinned     = 50
	maxTagged     = 1000 // with marks or in groups, and in one group
	maxCustomMark = 256  // bytes
	maxDraft      = 3000 // bytes: a row holds 4 KiB
	maxSettings   = maxConvs
	settingPage   = 1000
)

// setting is what a user has set of one of their conversations.
type setting struct {
	// Stamp says which holder it was set for: in a group when the user joined it, in Unix seconds, in
	// C2C which holder of the name the peer was. It counts only while that is so, but for
	// Hidden in C2C: so it ends with the membership, and nobody inherits it.
	Stamp   int64
	At      int64 // of the last change, Unix milliseconds
	Pinned  bool
	Drafted bool // there is a draft
	Marks   chat.Marks
	Custom  string             // CustomMark
	Option  chat.ReceiveOption // C2C; in groups the member's row has it
	Groups  []uint32           // ids of the groups of conversations that it is in
	Hidden  *hidden
}

// hidden is where the conversation stood when its user deleted it from their list: what was
// there then brings it back no more, and is not unread.
type hidden struct {
	Seq          chat.Seq
	Counted, Own uint64 // see chat.ReadMark
}

// settings lie under their targets in the shard of the user; numbered counts them.
var (
	settings = ledger.Table(record.ConvSetting, func(f *record.Fields, s *setting) {
		record.Int(f, 1, &s.Stamp)
		record.Int(f, 2, &s.At)
		record.Bool(f, 3, &s.Pinned)
		record.Bool(f, 4, &s.Drafted)
		record.Int(f, 5, &s.Marks)
		record.Text(f, 6, &s.Custom)
		record.Text(f, 7, &s.Option, chat.AcceptAndNotify, chat.AcceptNotNotify, chat.Discard)
		record.List(f, 8, &s.Groups, func(f *record.Fields, id *uint32) { record.Int(f, 1, id) })
		record.One(f, 9, &s.Hidden, func(f *record.Fields, h *hidden) {
			record.Int(f, 1, &h.Seq)
			record.Int(f, 2, &h.Counted)
			record.Int(f, 3, &h.Own)
		})
	})
	numbered = ledger.Counter(record.ConvSettings).Counts(record.ConvSetting, func(string) string { return "" })
)

// draft is what a user is about to say. It counts while the setting beside it says so.
type draft struct{ Text string }

var drafts = ledger.Table(record.ConvDraft, func(f *record.Fields, d *draft) { record.Text(f, 1, &d.Text) })

// blank reports whether there is nothing to keep.
func (s *setting) blank() bool {
	return !s.Pinned && !s.Drafted && s.Marks == 0 && s.Custom == "" && s.Option == "" && len(s.Groups) == 0 && s.Hidden == nil
}

// shown reports whether it alone has the conversation listed, though nothing was said.
func (s *setting) shown() bool { return s != nil && (s.Pinned || s.Drafted) }

// under is what of it counts under a stamp; nil: nothing.
func (s *setting) under(kind chat.Kind, stamp int64) *setting {
	switch {
	case s.Stamp == stamp:
		return s
	case kind == chat.C2C && s.Hidden != nil:
		return &setting{Stamp: stamp, At: s.At, Hidden: s.Hidden}
	}
	return nil
}

// settingRow is a setting as it is stored.
type settingRow struct {
	target chat.Target
	*setting
}

// settingRows lists all that a user has set, in the order of the targets' names. For most
// that is nothing, which the counter says out of memory.
func settingRows(ctx context.Context, in chat.RowReader, shard chat.Shard) (list []settingRow, err error) {
	if n, err := numbered.Get(ctx, in, shard, ""); err != nil || n == 0 {
		return nil, err
	}
	for after := ""; ; {
		page, keys, err := settings.Page(ctx, in, shard, "", after, settingPage)
		if err != nil {
			return nil, err
		}
		for i, v := range page {
			if t, ok := chat.ParseTarget(keys[i]); ok {
				list = append(list, settingRow{t, v})
			}
		}
		if len(page) < settingPage {
			return list, nil
		}
		after = keys[len(keys)-1]
	}
}

// set lists what u has set of conversations, as far as it counts. in are the groups and
// topics that they are in, by id.
func (s *Service) set(ctx context.Context, app chat.AppID, u chat.UserID, in map[chat.GroupID]int64) (map[chat.Target]*setting, error) {
	rows, err := settingRows(ctx, s.ledger, chat.UserShard(app, u))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var peers []chat.UserID
	for _, r := range rows {
		if r.target.Kind == chat.C2C {
			peers = append(peers, r.target.User())
		}
	}
	accounts, err := s.ledger.Accounts(ctx, app, peers)
	if err != nil {
		return nil, err
	}
	list := make(map[chat.Target]*setting, len(rows))
	for _, r := range rows {
		stamp := noStamp
		if r.target.Kind == chat.C2C {
			if acc := accounts[0]; acc != nil {
				stamp = int64(acc.Holder)
			}
			accounts = accounts[1:]
		} else if joined, is := in[r.target.Group().Home()]; is {
			stamp = joined
		}
		if counts := r.under(r.target.Kind, stamp); counts != nil {
			list[r.target] = counts
		}
	}
	return list, nil
}

// setOf is what u has set of a conversation: in C2C as far as it counts, in a group under
// the stamp that it has.
func (s *Service) setOf(ctx context.Context, c chat.Conversation, u chat.UserID) (*setting, error) {
	t := c.For(u)
	v, err := settings.Get(ctx, s.ledger, chat.UserShard(c.App, u), t.String())
	if err != nil || v == nil || t.Kind != chat.C2C {
		return v, err
	}
	stamp := noStamp
	acc, err := s.ledger.Account(ctx, c.App, t.User())
	if acc != nil {
		stamp = int64(acc.Holder)
	}
	return v.under(t.Kind, stamp), err
}

// noStamp is that of a conversation that the user cannot have now.
const noStamp int64 = -1

// joinedAt are the times at which a user has joined their groups, Unix seconds.
func joinedAt(in []chat.Membership) map[chat.GroupID]int64 {
	joined := make(map[chat.GroupID]int64, len(in))
	for _, m := range in {
		joined[m.Group] = m.Joined
	}
	return joined
}

// PeerWishes lists what a user wants of those peers of whose messages they do not want all.
func (s *Service) PeerWishes(ctx context.Context, app chat.AppID, u chat.UserID) ([]chat.Wish, error) {
	rows, err := settingRows(ctx, s.ledger, chat.UserShard(app, u))
	if err != nil {
		return nil, err
	}
	var list []chat.Wish
	for _, r := range rows {
		if want := r.Option.Want(); want != chat.WantAll {
			list = append(list, chat.Wish{User: u, Peer: r.target.User(), Holder: uint32(r.Stamp), Want: want})
		}
	}
	return list, nil
}

// place is a conversation that a user may set something of.
type place struct {
	chat.Target
	conv  chat.Conversation
	stamp int64
}

// place finds one: 50001 when there is no such peer, 51007 when the group is none of u's.
func (s *Service) place(ctx context.Context, app *chat.App, u chat.UserID, t chat.Target) (place, error) {
	p := place{Target: t, stamp: noStamp}
	if t.Kind == chat.InGroup {
		return p, s.inGroup(ctx, app, u, &p)
	}
	var err error
	if p.conv, err = s.messages.ConversationOf(ctx, app, u, t); err != nil {
		if chat.IsFault(err) {
			return p, err
		}
		return p, chat.Refuse(chat.CodeConvNoAccount, "%q is not registered", t.ID)
	}
	acc, err := s.ledger.Account(ctx, app.ID, t.User())
	if acc != nil {
		p.stamp = int64(acc.Holder)
	}
	return p, err
}

func (s *Service) inGroup(ctx context.Context, app *chat.App, u chat.UserID, p *place) error {
	conv, err := s.messages.ConversationOf(ctx, app, u, p.Target)
	if err != nil {
		if chat.IsFault(err) {
			return err
		}
		return chat.Refuse(chat.CodeConvGroup, "%q is no group of the user's", p.ID)
	}
	m, err := s.groups.Member(ctx, app.ID, p.Group(), u)
	if err == nil && m == nil {
		err = chat.Refuse(chat.CodeConvGroup, "%q is no group of the user's", p.ID)
	}
	if err != nil {
		return err
	}
	p.conv, p.stamp = conv, m.Joined
	return nil
}

// places is place for many, each with an error of its own; a fault ends the call.
func (s *Service) places(ctx context.Context, app *chat.App, u chat.UserID, list []chat.Target) ([]place, []error, error) {
	found, refused := make([]place, len(list)), make([]error, len(list))
	for i, t := range list {
		found[i], refused[i] = s.place(ctx, app, u, t)
		if chat.IsFault(refused[i]) {
			return nil, nil, refused[i]
		}
	}
	return found, refused, nil
}

// owner is whose list is meant: the caller's own, or that of the user an administrator
// names, who must be there (50001).
func (s *Service) owner(ctx context.Context, by chat.Actor, of chat.UserID) (*chat.App, chat.UserID, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return nil, "", err
	}
	if of == "" || of == by.User {
		of = by.User
	} else if !by.Admin() {
		return nil, "", chat.Refuse(chat.CodeConvNeedAdmin, "another user is named")
	}
	acc, err := s.ledger.Account(ctx, by.App, of)
	if err == nil && acc == nil {
		err = chat.Refuse(chat.CodeConvNoAccount, "")
	}
	return app, of, err
}

// editor changes what a user has set, within a turn of theirs.
type editor struct {
	*ledger.Turn
	expires int64
	moved   int64               // settings made, less those removed
	edited  map[string]*setting // what the turn has put, which it does not read; nil: removed
}

// setting is what stands under a key, nil when there is nothing.
func (e *editor) setting(ctx context.Context, key string) (*setting, error) {
	if v, edited := e.edited[key]; edited {
		return v, nil
	}
	return settings.Get(ctx, e.Read, e.Shard, key)
}

// put puts v under key where was stands, or removes that.
func (e *editor) put(key string, was, v *setting) {
	if e.edited == nil {
		e.edited = map[string]*setting{}
	}
	switch {
	case !v.blank():
		settings.Put(e.Turn, key, v)
		e.edited[key] = v
		if was == nil {
			e.moved++
		}
	case was != nil:
		settings.Remove(e.Turn, key)
		e.edited[key] = nil
		e.moved--
	}
}

// edit changes one setting. change says what devices are told, nil when nothing was to be
// done. What is under another stamp has ended.
func (e *editor) edit(ctx context.Context, p place, change func(*setting) *chat.ConvChange) error {
	key := p.String()
	row, err := e.setting(ctx, key)
	if err != nil {
		return err
	}
	next := setting{Stamp: p.stamp}
	if row != nil {
		if counts := row.under(p.Kind, p.stamp); counts != nil {
			next = *counts
			next.Groups = slices.Clone(next.Groups)
		}
	}
	told := change(&next)
	if told == nil {
		return nil
	}
	next.At = e.Ms
	e.put(key, row, &next)
	if row != nil && row.Drafted && !next.Drafted {
		drafts.Remove(e.Turn, key)
	}
	e.Commit.Notices = append(e.Commit.Notices, &chat.UserEvent{
		App: e.Shard.App, User: e.Shard.User(), Time: e.Ms, Kind: chat.UserChanged, Conv: p.conv, Detail: &chat.UserDetail{Changed: told}, Expires: e.expires,
	})
	return nil
}

// close counts what was made.
func (e *editor) close(ctx context.Context) error {
	if e.moved == 0 {
		return nil
	}
	have, err := numbered.Get(ctx, e.Read, e.Shard, "")
	if err != nil {
		return err
	}
	if e.moved > 0 && have+e.moved > maxSettings {
		return chat.Refuse(chat.CodeConvTooMany, "too many conversations have settings")
	}
	numbered.Add(e.Turn, "", e.moved)
	return nil
}

// share changes settings that no others have to be looked at for.
func (s *Service) share(ctx context.Context, app *chat.App, u chat.UserID, do func(context.Context, *editor) error) error {
	return s.ledger.Share(ctx, chat.UserShard(app.ID, u), 0, 512, editing(app, do))
}

// editing is a turn that edits.
func editing(app *chat.App, do func(context.Context, *editor) error) func(context.Context, *ledger.Turn) error {
	return func(ctx context.Context, t *ledger.Turn) error {
		e := &editor{Turn: t, expires: t.Read.Expiry(app)}
		if err := do(ctx, e); err != nil {
			return err
		}
		return e.close(ctx)
	}
}

// change changes settings that are bounded in number, with all of the user's at hand. When
// there is no room, which do says with 51008 or 51012, it is done once more after settings
// that have ended are taken away; then last is set.
func (s *Service) change(ctx context.Context, app *chat.App, u chat.UserID, do func(ctx context.Context, e *editor, rows []settingRow, last bool) error) error {
	last := false
	try := func() error {
		return s.ledger.Change(ctx, chat.UserShard(app.ID, u), 0, editing(app, func(ctx context.Context, e *editor) error {
			rows, err := settingRows(ctx, e.Read, e.Shard)
			if err != nil {
				return err
			}
			return do(ctx, e, rows, last)
		}))
	}
	err := try()
	if code := chat.CodeOf(err); code != chat.CodeConvTooMany && code != chat.CodeTooManyPinned {
		return err
	}
	if err := s.sweep(ctx, app, u); err != nil {
		return err
	}
	last = true
	return try()
}

// sweep takes away settings of conversations that the user has no more.
func (s *Service) sweep(ctx context.Context, app *chat.App, u chat.UserID) error {
	in, err := s.groups.Memberships(ctx, app.ID, u)
	if err != nil {
		return err
	}
	counts, err := s.set(ctx, app.ID, u, joinedAt(in))
	if err != nil {
		return err
	}
	rows, err := settingRows(ctx, s.ledger, chat.UserShard(app.ID, u))
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r settingRow) bool {
		now := counts[r.target]
		return now != nil && (now.Stamp == r.Stamp || r.Hidden != nil)
	})
	shard := chat.UserShard(app.ID, u)
	for some := range slices.Chunk(rows, settingPage) {
		err := s.ledger.Change(ctx, shard, 0, func(ctx context.Context, t *ledger.Turn) error {
			return drop(ctx, t, some)
		})
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}

// drop removes settings that are as they were.
func drop(ctx context.Context, t *ledger.Turn, rows []settingRow) error {
	gone := int64(0)
	for _, r := range rows {
		key := r.target.String()
		now, err := settings.Get(ctx, t.Read, t.Shard, key)
		if err != nil {
			return err
		}
		if now == nil || now.Stamp != r.Stamp {
			continue
		}
		settings.Remove(t, key)
		if now.Drafted {
			drafts.Remove(t, key)
		}
		gone++
	}
	if gone > 0 {
		numbered.Add(t, "", -gone)
	}
	return nil
}
