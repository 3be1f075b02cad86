package operator

import (
	"context"
	"errors"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// LinkKind says what a link is for.
type LinkKind string

// The kinds of link. Each is good once, but for those of LinkLogin, which only a server for
// this machine makes.
const (
	LinkFirst  LinkKind = "first"  // to become the first operator; over when there is one
	LinkInvite LinkKind = "invite" // to become an operator
	LinkLogin  LinkKind = "login"  // to be logged in
)

// LinkTime is how long a link is good.
const LinkTime = 24 * time.Hour

// Link is what a link opens.
type Link struct {
	Kind    LinkKind
	Name    string // the name to have; "": that of the reader's choice
	Role    Role
	By      string // who has made it
	Expires int64  // Unix milliseconds
}

// links lie under the hash of their token.
var links = ledger.Table(record.OperatorLink, func(f *record.Fields, l *Link) {
	record.Text(f, 1, &l.Kind)
	record.Text(f, 2, &l.Name)
	record.Text(f, 3, &l.Role)
	record.Text(f, 4, &l.By)
	record.Int(f, 5, &l.Expires)
})

// Invite makes a link for a new operator; name may be "".
func (s *Service) Invite(ctx context.Context, by, name string, role Role) (token string, l Link, err error) {
	switch {
	case !role.Valid():
		return "", l, ErrRole
	case name != "":
		if err := checkName(name); err != nil {
			return "", l, err
		}
		if _, err := personOf(ctx, s.ledger, name); !errors.Is(err, ErrNotFound) {
			if err == nil {
				err = ErrTaken
			}
			return "", l, err
		}
	}
	return s.link(ctx, Link{Kind: LinkInvite, Name: name, Role: role, By: by})
}

// FirstLink makes the link for the first operator, in place of earlier ones; "" when there is
// an operator.
func (s *Service) FirstLink(ctx context.Context) (token string, err error) {
	if any, err := s.Any(ctx); any || err != nil {
		return "", err
	}
	token, _, err = s.link(ctx, Link{Kind: LinkFirst, Role: Write, By: "start"})
	return token, err
}

// LoginLink makes a link by which an operator is logged in, for a server of this machine alone:
// one with role write who has no password, and is made if there is none of the name.
func (s *Service) LoginLink(ctx context.Context, name string) (token string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	err = s.change(ctx, func(ctx context.Context, t *ledger.Turn) error {
		_, err := personOf(ctx, t.Read, name)
		if errors.Is(err, ErrNotFound) {
			people.Put(t, name, newPerson(name, Write, "", t.Ms))
			return nil
		}
		return err
	})
	if err == nil {
		token, _, err = s.link(ctx, Link{Kind: LinkLogin, Name: name, Role: Write, By: "start"})
	}
	return token, err
}

func newPerson(name string, role Role, hash string, ms int64) *person {
	return &person{Operator: Operator{Name: name, Role: role, Created: ms}, Hash: hash, Epoch: newEpoch()}
}

// link keeps a link. A new one of the first operator ends the earlier ones.
func (s *Service) link(ctx context.Context, l Link) (string, Link, error) {
	token := newToken()
	l.Expires = s.now() + LinkTime.Milliseconds()
	err := s.change(ctx, func(ctx context.Context, t *ledger.Turn) error {
		if l.Kind == LinkFirst {
			if err := endLinks(ctx, t, LinkFirst); err != nil {
				return err
			}
		}
		links.PutUntil(t, tokenKey(token), &l, l.Expires/1000+1)
		return nil
	})
	return token, l, err
}

// endLinks removes the links of a kind.
func endLinks(ctx context.Context, t *ledger.Turn, kind LinkKind) error {
	list, keys, err := links.Page(ctx, t.Read, chat.ServerShard, "", "", scanAtMost)
	for i, l := range list {
		if l.Kind == kind {
			links.Remove(t, keys[i])
		}
	}
	return err
}

// Link returns what a token opens; ErrLinkGone.
func (s *Service) Link(ctx context.Context, token string) (Link, error) {
	return linkOf(ctx, s.ledger, tokenKey(token), s.now())
}

func linkOf(ctx context.Context, r chat.RowReader, key string, ms int64) (Link, error) {
	l, err := links.Get(ctx, r, chat.ServerShard, key)
	if err != nil {
		return Link{}, err
	}
	if l == nil || ms >= l.Expires {
		return Link{}, ErrLinkGone
	}
	if l.Kind == LinkFirst {
		list, _, err := people.Page(ctx, r, chat.ServerShard, "", "", 1)
		if err != nil || len(list) > 0 {
			return Link{}, orGone(err)
		}
	}
	return *l, nil
}

func orGone(err error) error {
	if err == nil {
		return ErrLinkGone
	}
	return err
}

// Redeem uses a link and returns the session of who has it: ErrLinkGone, ErrName, ErrPassword,
// ErrTaken. A link with a name has its own.
func (s *Service) Redeem(ctx context.Context, token, name, password string, from Origin) (Session, error) {
	l, err := s.Link(ctx, token)
	if err != nil {
		return Session{}, err
	}
	if l.Kind == LinkLogin {
		p, err := personOf(ctx, s.ledger, l.Name)
		if err != nil {
			return Session{}, err
		}
		return s.open(ctx, p.Name, p.Epoch, from)
	}
	if l.Name != "" {
		name = l.Name
	}
	if err := checkName(name); err != nil {
		return Session{}, err
	}
	if err := checkPassword(name, password); err != nil {
		return Session{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Session{}, err
	}
	if len(from.Agent) > maxAgent {
		from.Agent = from.Agent[:maxAgent]
	}
	var made Session
	key, session := tokenKey(token), newToken()
	err = s.change(ctx, func(ctx context.Context, t *ledger.Turn) error {
		l, err := linkOf(ctx, t.Read, key, t.Ms) // anew: it is good once
		if err != nil {
			return err
		}
		if _, err := personOf(ctx, t.Read, name); !errors.Is(err, ErrNotFound) {
			if err == nil {
				err = ErrTaken
			}
			return err
		}
		p := newPerson(name, l.Role, hash, t.Ms)
		p.LastLogin = t.Ms
		people.Put(t, name, p)
		links.Remove(t, key)
		made = begin(t, session, p, from)
		return nil
	})
	return made, err
}
