package badger

import (
	"context"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
)

// stageGroup stages the group's row, joins, mutes and applications. before is the number of
// the newest message before this commit.
func (b *batch) stageGroup(c *chat.Commit, before chat.Seq) error {
	if c.Group != nil {
		if err := b.putGroup(c.Group); err != nil {
			return err
		}
	}
	if err := b.stageJoins(c, before); err != nil {
		return err
	}
	for _, m := range c.Mutes {
		if err := b.putMute(c.Conv, m); err != nil {
			return err
		}
	}
	return b.stageApplications(c)
}

func (b *batch) putGroup(g *chat.Group) error {
	old, err := b.view().group(g.App, g.ID)
	if err != nil {
		return err
	}
	if old == nil || old.Type != g.Type {
		if err := b.moveType(g.App, g.ID, old, g); err != nil {
			return err
		}
	}
	return b.put(putOne(nil, keyGroup, g.App, g.ID), encodeGroup(nil, g), 0)
}

// moveType keeps index and counts by type; old or g is nil where there is none.
func (b *batch) moveType(app chat.AppID, id chat.GroupID, old, g *chat.Group) error {
	if old != nil {
		if err := b.del(putPair(nil, keyGroupByType, app, old.Type, id)); err != nil {
			return err
		}
		if err := b.countGroups(app, old.Type, -1); err != nil {
			return err
		}
	}
	if g != nil {
		if err := b.put(putPair(nil, keyGroupByType, app, g.Type, id), fields(nil), 0); err != nil {
			return err
		}
		if err := b.countGroups(app, g.Type, 1); err != nil {
			return err
		}
	}
	if old != nil && g != nil {
		return nil
	}
	if g != nil {
		return b.countGroups(app, "", 1)
	}
	return b.countGroups(app, "", -1)
}

func (b *batch) countGroups(app chat.AppID, t chat.GroupType, by int) error {
	key := putOne(nil, keyGroupCount, app, t)
	n, err := readValue(b.view(), key, decodeNumber)
	if err != nil {
		return err
	}
	return b.put(key, encodeNumber(nil, uint64(max(int(n)+by, 0))), 0)
}

// stageJoins puts members and their mirrors. A newcomer without a JoinSeq gets
// the head before this commit's messages, so that the tip of his own joining is
// the first he sees; a row that exists takes what the caller passes.
func (b *batch) stageJoins(c *chat.Commit, before chat.Seq) error {
	if len(c.Joins) == 0 {
		return nil
	}
	app, id := c.Conv.App, c.Conv.Group()
	g := c.Group
	if g == nil {
		var err error
		if g, err = b.view().group(app, id); err != nil {
			return err
		}
		if g == nil {
			g = &chat.Group{}
		}
	}
	for _, m := range c.Joins {
		key := b.keep(putPair(b.space(), keyMember, app, id, m.User))
		if m.JoinSeq == 0 {
			has, err := b.view().has(key)
			if err != nil {
				return err
			}
			if !has {
				m.JoinSeq = before
			}
		}
		if err := b.put(key, b.keep(encodeMember(b.space(), m)), 0); err != nil {
			return err
		}
		mirror := chat.Membership{Type: g.Type, Joined: m.Joined, JoinSeq: m.JoinSeq}
		key = b.keep(putPair(b.space(), keyMembership, app, m.User, id))
		if err := b.put(key, b.keep(encodeMembership(b.space(), mirror)), 0); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) putMute(c chat.Conversation, m chat.Mute) error {
	key := b.keep(putPair(b.space(), keyMute, c.App, c.Group(), m.User))
	if m.Until <= 0 {
		return b.del(key)
	}
	return b.put(key, b.keep(encodeNumber(b.space(), uint64(m.Until))), m.Until)
}

// stageLeaves removes members, their mirrors and their marks. Mutes stay.
func (b *batch) stageLeaves(c *chat.Commit) error {
	for _, u := range c.Leaves {
		if err := b.delMember(c.Conv, u); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) delMember(c chat.Conversation, u chat.UserID) error {
	g := c.Group()
	for _, key := range [][]byte{
		b.keep(putPair(b.space(), keyMember, c.App, g, u)),
		b.keep(putPair(b.space(), keyMembership, c.App, u, g)),
		b.keep(putRow(b.space(), c, u)),
	} {
		if err := b.del(key); err != nil {
			return err
		}
	}
	return nil
}

func (v view) group(app chat.AppID, id chat.GroupID) (*chat.Group, error) {
	return readValue(v, putOne(nil, keyGroup, app, id), func(value []byte) (*chat.Group, error) {
		return decodeGroup(app, id, value)
	})
}

// Group implements chat.GroupRows.
func (s *Store) Group(_ context.Context, app chat.AppID, g chat.GroupID) (*chat.Group, error) {
	var key [keyRoom]byte
	return keptRowOf(s, putOne(key[:0], keyGroup, app, g), func(value []byte) (*chat.Group, error) {
		return decodeGroup(app, g, value)
	})
}

// Groups implements chat.GroupRows.
func (s *Store) Groups(_ context.Context, app chat.AppID, t chat.GroupType, after chat.GroupID, limit int) ([]chat.GroupID, int, error) {
	v := s.view()
	defer v.discard()
	total, err := readValue(v, putOne(nil, keyGroupCount, app, t), decodeNumber)
	if err != nil {
		return nil, 0, err
	}
	prefix := putApp(nil, keyGroup, app)
	if t != "" {
		prefix = putOne(nil, keyGroupByType, app, t)
	}
	var ids []chat.GroupID
	if limit <= 0 {
		return nil, int(total), nil
	}
	err = v.scan(prefix, beyond(prefix, after), func(key []byte, _ *engine.Item) (bool, error) {
		r := readKey(key[len(prefix):])
		ids = append(ids, chat.GroupID(r.text()))
		return len(ids) < limit, r.err()
	})
	return ids, int(total), err
}

// Member implements chat.GroupRows.
func (s *Store) Member(_ context.Context, app chat.AppID, g chat.GroupID, u chat.UserID) (*chat.Member, error) {
	var key [keyRoom]byte
	return keptRowOf(s, putPair(key[:0], keyMember, app, g, u), func(value []byte) (*chat.Member, error) {
		return decodeMember(g, u, value)
	})
}

// Members implements chat.GroupRows.
func (s *Store) Members(_ context.Context, app chat.AppID, g chat.GroupID, after chat.UserID, limit int) ([]*chat.Member, error) {
	v := s.view()
	defer v.discard()
	prefix := putOne(nil, keyMember, app, g)
	return page(v, prefix, beyond(prefix, after), limit, func(key *keyReader, value []byte) (*chat.Member, bool, error) {
		m, err := decodeMember(g, chat.UserID(key.text()), value)
		return m, true, err
	})
}

// maxMemberships bounds the lists of a user's groups and conversations
// (chat.GroupRows, chat.Log).
const maxMemberships = 10_000

// Memberships implements chat.GroupRows.
func (s *Store) Memberships(_ context.Context, app chat.AppID, u chat.UserID) ([]chat.Membership, error) {
	v := s.view()
	defer v.discard()
	return v.memberships(app, u)
}

func (v view) memberships(app chat.AppID, u chat.UserID) ([]chat.Membership, error) {
	prefix := putOne(nil, keyMembership, app, u)
	return page(v, prefix, nil, maxMemberships, func(key *keyReader, value []byte) (chat.Membership, bool, error) {
		m, err := decodeMembership(chat.GroupID(key.text()), value)
		return m, true, err
	})
}

// MuteUntil implements chat.GroupRows.
func (s *Store) MuteUntil(_ context.Context, app chat.AppID, g chat.GroupID, u chat.UserID) (int64, error) {
	var key [keyRoom]byte
	n, err := keptRowOf(s, putPair(key[:0], keyMute, app, g, u), decodeNumber)
	return int64(n), err
}

// Mutes implements chat.GroupRows.
func (s *Store) Mutes(_ context.Context, app chat.AppID, g chat.GroupID, after chat.UserID, limit int) ([]chat.Mute, error) {
	v := s.view()
	defer v.discard()
	prefix := putOne(nil, keyMute, app, g)
	return page(v, prefix, beyond(prefix, after), limit, func(key *keyReader, value []byte) (chat.Mute, bool, error) {
		n, err := decodeNumber(value)
		return chat.Mute{User: chat.UserID(key.text()), Until: int64(n)}, true, err
	})
}
