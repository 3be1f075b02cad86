package badger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

// rowOf is a row of a user's conversations as its key and value say.
type rowOf struct {
	target chat.Target
	read   chat.ReadMark
}

// Conversations implements chat.Log: the rows and the memberships together.
func (s *Store) Conversations(_ context.Context, app chat.AppID, u chat.UserID) ([]chat.UserConv, error) {
	v := s.view()
	defer v.discard()
	joined, err := v.memberships(app, u)
	if err != nil {
		return nil, err
	}
	list := make([]chat.UserConv, 0, len(joined)+16)
	places := make(map[chat.GroupID]int, len(joined))
	for _, m := range joined {
		places[m.Group] = len(list)
		list = append(list, chat.UserConv{
			Conv: chat.GroupOf(app, m.Group), Read: chat.ReadMark{User: u}, Joined: true, JoinSeq: m.JoinSeq,
		})
	}
	rows, err := v.rows(app, u)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.target.Kind == chat.InGroup {
			if i, ok := places[r.target.Group()]; ok {
				list[i].Read = r.read
			}
			continue
		}
		if len(list) < maxMemberships {
			list = append(list, chat.UserConv{Conv: r.target.Of(app, u), Read: r.read, Joined: true})
		}
	}
	return list, nil
}

// rows lists the rows of a user, twice as many as may be listed: some are
// marks in groups.
func (v view) rows(app chat.AppID, u chat.UserID) ([]rowOf, error) {
	prefix := putOne(nil, keyRow, app, u)
	return page(v, prefix, nil, 2*maxMemberships, func(key *keyReader, value []byte) (rowOf, bool, error) {
		r := rowOf{target: key.target()}
		var err error
		r.read, err = decodeMark(u, value)
		return r, true, err
	})
}

// Conversation implements chat.Log.
func (s *Store) Conversation(_ context.Context, c chat.Conversation, u chat.UserID) (chat.UserConv, bool, error) {
	v := s.view()
	defer v.discard()
	row := chat.UserConv{Conv: c, Read: chat.ReadMark{User: u}}
	found, err := v.get(putRow(nil, c, u), func(value []byte) (err error) {
		row.Read, err = decodeMark(u, value)
		return err
	})
	if err != nil {
		return row, false, err
	}
	if c.Kind == chat.C2C {
		row.Joined = found
		return row, found, nil
	}
	row.Joined, err = v.get(putPair(nil, keyMembership, c.App, u, c.Group()), func(value []byte) error {
		m, err := decodeMembership(c.Group(), value)
		row.JoinSeq = m.JoinSeq
		return err
	})
	return row, row.Joined, err
}
