package badger

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
)

func putApplicationKey(b []byte, app chat.AppID, g chat.GroupID, newcomer chat.UserID, kind chat.ApplicationKind) []byte {
	return putNumber(putPair(b, keyApplication, app, g, newcomer), uint64(kind))
}

// stageApplications puts applications; they lapse by themselves.
func (b *batch) stageApplications(c *chat.Commit) error {
	for _, a := range c.Applications {
		key := b.keep(putApplicationKey(b.space(), c.Conv.App, c.Conv.Group(), a.Newcomer, a.Kind))
		if err := b.put(key, b.keep(encodeApplication(b.space(), a)), a.Expires); err != nil {
			return err
		}
	}
	return nil
}

// applicationsCost is about what they add to a transaction.
func applicationsCost(list []*chat.Application) cost {
	n := cost{entries: len(list), bytes: 256 * len(list)}
	for _, a := range list {
		n.bytes += len(a.Text) + len(a.Answer)
	}
	return n
}

// Application implements chat.GroupRows.
func (s *Store) Application(_ context.Context, app chat.AppID, g chat.GroupID, newcomer chat.UserID, kind chat.ApplicationKind) (*chat.Application, error) {
	v := s.view()
	defer v.discard()
	a, err := readValue(v, putApplicationKey(nil, app, g, newcomer, kind), func(value []byte) (*chat.Application, error) {
		return decodeApplication(g, newcomer, kind, value)
	})
	if err != nil || a == nil || lapsed(a.Expires, s.seconds()) {
		return nil, err
	}
	return a, nil
}

// Applications implements chat.GroupRows.
func (s *Store) Applications(_ context.Context, app chat.AppID, g chat.GroupID, after *chat.Application, limit int) ([]*chat.Application, error) {
	v := s.view()
	defer v.discard()
	now := s.seconds()
	prefix := putOne(nil, keyApplication, app, g)
	from := prefix
	if after != nil {
		from = past(putApplicationKey(nil, app, g, after.Newcomer, after.Kind))
	}
	return page(v, prefix, from, limit, func(key *keyReader, value []byte) (*chat.Application, bool, error) {
		newcomer := chat.UserID(key.text())
		a, err := decodeApplication(g, newcomer, chat.ApplicationKind(key.number()), value)
		return a, !lapsed(a.Expires, now), err
	})
}

func encodeApplication(b []byte, a *chat.Application) []byte {
	b = putBytes(fields(b), 1, a.ID)
	b = putBytes(b, 2, a.Applicant)
	b = putBytes(b, 3, a.Text)
	b = putUint(b, 4, a.Time)
	b = putUint(b, 5, a.Expires)
	b = putUint(b, 6, a.HandledAt)
	b = putBytes(b, 7, a.HandledBy)
	b = putBool(b, 8, a.Accepted)
	return putBytes(b, 9, a.Answer)
}

func decodeApplication(g chat.GroupID, newcomer chat.UserID, kind chat.ApplicationKind, v []byte) (*chat.Application, error) {
	a := &chat.Application{Group: g, Newcomer: newcomer, Kind: kind}
	err := readRecord(v, func(f field) error {
		switch f.num {
		case 1:
			a.ID = f.text()
		case 2:
			a.Applicant = chat.UserID(f.b)
		case 3:
			a.Text = f.text()
		case 4:
			a.Time = int64(f.n)
		case 5:
			a.Expires = int64(f.n)
		case 6:
			a.HandledAt = int64(f.n)
		case 7:
			a.HandledBy = chat.UserID(f.b)
		case 8:
			a.Accepted = f.n != 0
		case 9:
			a.Answer = f.text()
		}
		return nil
	})
	return a, err
}
