package operator

import (
	"context"
	"errors"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Operator is somebody who looks after the server. Times are Unix milliseconds, 0: never.
type Operator struct {
	Name      string
	Role      Role
	Disabled  bool
	Created   int64
	LastLogin int64
}

// person is an operator as they are kept, under their name.
type person struct {
	Operator
	Hash  string // of the password; "": there is none, and no login by it
	Epoch uint64 // of the password; see newEpoch
}

var people = ledger.Table(record.Operator, func(f *record.Fields, p *person) {
	record.Text(f, 1, &p.Role)
	record.Bool(f, 2, &p.Disabled)
	record.Int(f, 3, &p.Created)
	record.Int(f, 4, &p.LastLogin)
	record.Text(f, 5, &p.Hash)
	record.Int(f, 6, &p.Epoch)
	record.Text(f, 7, &p.Name)
})

// peoplePage is how many operators are read at a time.
const peoplePage = 200

// Any reports whether there is an operator.
func (s *Service) Any(ctx context.Context) (bool, error) {
	list, _, err := people.Page(ctx, s.ledger, chat.ServerShard, "", "", 1)
	return len(list) > 0, err
}

// Operators pages the operators by name, those after the given one.
func (s *Service) Operators(ctx context.Context, after string, limit int) ([]Operator, error) {
	rows, _, err := people.Page(ctx, s.ledger, chat.ServerShard, "", after, limit)
	list := make([]Operator, len(rows))
	for i, p := range rows {
		list[i] = p.Operator
	}
	return list, err
}

// Operator returns one; ErrNotFound.
func (s *Service) Operator(ctx context.Context, name string) (Operator, error) {
	p, err := personOf(ctx, s.ledger, name)
	if err != nil {
		return Operator{}, err
	}
	return p.Operator, nil
}

// personOf reads an operator; ErrNotFound.
func personOf(ctx context.Context, r chat.RowReader, name string) (*person, error) {
	if checkName(name) != nil {
		return nil, ErrNotFound
	}
	p, err := people.Get(ctx, r, chat.ServerShard, name)
	if err == nil && p == nil {
		err = ErrNotFound
	}
	return p, err
}

// Patch is a change of an operator; nil leaves what is there.
type Patch struct {
	Role     *Role
	Disabled *bool
}

// Modify changes an operator: ErrNotFound, ErrRole, ErrLast. Who is disabled has no session
// any more.
func (s *Service) Modify(ctx context.Context, name string, c Patch) (Operator, error) {
	if c.Role != nil && !c.Role.Valid() {
		return Operator{}, ErrRole
	}
	var changed Operator
	err := s.change(ctx, func(ctx context.Context, t *ledger.Turn) error {
		was, err := personOf(ctx, t.Read, name)
		if err != nil {
			return err
		}
		p := *was
		if c.Role != nil {
			p.Role = *c.Role
		}
		if c.Disabled != nil {
			p.Disabled = *c.Disabled
		}
		if p.Disabled || p.Role != Write {
			if err := keepsWriter(ctx, t.Read, was); err != nil {
				return err
			}
		}
		if p.Disabled && !was.Disabled {
			p.Epoch = newEpoch()
		}
		changed = p.Operator
		people.Put(t, name, &p)
		return nil
	})
	return changed, err
}

// Remove removes an operator with their sessions: ErrNotFound, ErrLast.
func (s *Service) Remove(ctx context.Context, name string) error {
	return s.change(ctx, func(ctx context.Context, t *ledger.Turn) error {
		p, err := personOf(ctx, t.Read, name)
		if err != nil {
			return err
		}
		if err := keepsWriter(ctx, t.Read, p); err != nil {
			return err
		}
		people.Remove(t, name)
		return nil
	})
}

// keepsWriter refuses to take the last one with role write away.
func keepsWriter(ctx context.Context, r chat.RowReader, gone *person) error {
	if gone.Role != Write || gone.Disabled {
		return nil
	}
	for after := ""; ; {
		list, keys, err := people.Page(ctx, r, chat.ServerShard, "", after, peoplePage)
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.Name != gone.Name && p.Role == Write && !p.Disabled {
				return nil
			}
		}
		if len(list) < peoplePage {
			return ErrLast
		}
		after = keys[len(keys)-1]
	}
}

// SetPassword changes an operator's own password: ErrWrongLogin when old is not the present
// one, ErrPassword. All sessions but keep, a token, are over.
func (s *Service) SetPassword(ctx context.Context, name, old, password, keep string) error {
	if err := checkPassword(name, password); err != nil {
		return err
	}
	p, err := personOf(ctx, s.ledger, name)
	if err != nil {
		return err
	}
	switch ok, err := s.hasher.fits(ctx, p.Hash, old); {
	case err != nil:
		return err
	case !ok:
		return ErrWrongLogin
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	epoch, seen := newEpoch(), p.Epoch
	return s.change(ctx, func(ctx context.Context, t *ledger.Turn) error {
		now, err := personOf(ctx, t.Read, name)
		if err != nil {
			return err
		}
		if now.Epoch != seen {
			return ErrWrongLogin // somebody was faster
		}
		p := *now
		p.Hash, p.Epoch = hash, epoch
		people.Put(t, name, &p)
		return keepSession(ctx, t, keep, epoch)
	})
}

// Login returns a new session for who knows a password: ErrWrongLogin whatever is wrong, after
// the same time.
func (s *Service) Login(ctx context.Context, name, password string, from Origin) (Session, error) {
	p, err := personOf(ctx, s.ledger, name)
	if errors.Is(err, ErrNotFound) {
		p, err = &person{}, nil
	}
	if err != nil {
		return Session{}, err
	}
	ok, err := s.hasher.fits(ctx, p.Hash, password)
	if err != nil {
		return Session{}, err
	}
	if !ok || p.Disabled {
		return Session{}, ErrWrongLogin
	}
	return s.open(ctx, p.Name, p.Epoch, from)
}
