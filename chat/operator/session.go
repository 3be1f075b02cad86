package operator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// How long a session lasts: without a request, and at most. A choice.
const (
	IdleTime   = 2 * time.Hour
	LongestUse = 24 * time.Hour
	// usedEvery is how often the time of the last request is written down.
	usedEvery = 5 * time.Minute
)

// Origin is from where somebody logs in.
type Origin struct {
	Address string // without a port
	Agent   string // the browser, as it names itself
}

// Session is a login of an operator. Times are Unix milliseconds.
type Session struct {
	Operator string
	Role     Role
	Token    string // of the one who asks; "" in lists
	ID       string // names it in lists, and opens nothing
	Origin
	Created, Used, Expires int64
}

// Idle is when it ends without a request, Unix milliseconds.
func (s *Session) Idle() int64 { return min(s.Expires, s.Used+IdleTime.Milliseconds()) }

// CSRF is the token that goes with every change. The session's own cannot be found from it.
func (s *Session) CSRF() string {
	h := sha256.Sum256([]byte("csrf:" + s.Token))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// FitsCSRF reports whether a text is the session's CSRF token.
func (s *Session) FitsCSRF(text string) bool {
	return subtle.ConstantTimeCompare([]byte(text), []byte(s.CSRF())) == 1
}

// login is a session as it is kept, under the hash of its token.
type login struct {
	Operator               string
	Epoch                  uint64
	Address, Agent         string
	Created, Used, Expires int64
}

var logins = ledger.Table(record.OperatorSession, func(f *record.Fields, l *login) {
	record.Text(f, 1, &l.Operator)
	record.Int(f, 2, &l.Epoch)
	record.Text(f, 3, &l.Address)
	record.Text(f, 4, &l.Agent)
	record.Int(f, 5, &l.Created)
	record.Int(f, 6, &l.Used)
	record.Int(f, 7, &l.Expires)
})

// put keeps a session until it ends.
func (l *login) put(t *ledger.Turn, key string) { logins.PutUntil(t, key, l, l.Expires/1000+1) }

// idBytes of the hash are the id of a session in lists.
const idBytes = 12

func (l *login) session(key string) Session {
	return Session{
		Operator: l.Operator, ID: hex.EncodeToString([]byte(key[:idBytes])),
		Origin: Origin{l.Address, l.Agent}, Created: l.Created, Used: l.Used, Expires: l.Expires,
	}
}

// ended reports whether nobody may use it any more.
func (l *login) ended(ms int64) bool {
	return ms >= l.Expires || ms >= l.Used+IdleTime.Milliseconds()
}

// maxAgent bounds what a browser says of itself, in bytes.
const maxAgent = 200

// open makes a session of an operator whose password has this epoch; ErrWrongLogin when it has
// changed.
func (s *Service) open(ctx context.Context, name string, epoch uint64, from Origin) (Session, error) {
	if len(from.Agent) > maxAgent {
		from.Agent = from.Agent[:maxAgent]
	}
	token := newToken()
	var made Session
	err := s.change(ctx, func(ctx context.Context, t *ledger.Turn) error {
		now, err := personOf(ctx, t.Read, name)
		if errors.Is(err, ErrNotFound) || err == nil && (now.Epoch != epoch || now.Disabled) {
			return ErrWrongLogin
		}
		if err != nil {
			return err
		}
		p := *now
		p.LastLogin = t.Ms
		people.Put(t, name, &p)
		made = begin(t, token, &p, from)
		return nil
	})
	return made, err
}

// begin puts a new session of an operator.
func begin(t *ledger.Turn, token string, p *person, from Origin) Session {
	l := &login{
		Operator: p.Name, Epoch: p.Epoch, Address: from.Address, Agent: from.Agent,
		Created: t.Ms, Used: t.Ms, Expires: t.Ms + LongestUse.Milliseconds(),
	}
	key := tokenKey(token)
	l.put(t, key)
	s := l.session(key)
	s.Token, s.Role = token, p.Role
	return s
}

// Session returns the session of a token and notes that it is used; ErrNotFound.
func (s *Service) Session(ctx context.Context, token string) (Session, error) {
	found, err := s.Look(ctx, token)
	ms := s.now()
	if err != nil || ms-found.Used < usedEvery.Milliseconds() {
		return found, err
	}
	if err := s.touch(ctx, tokenKey(token)); err != nil && chat.CodeOf(err) != chat.CodeBusy {
		return Session{}, err
	}
	found.Used = ms
	return found, nil
}

// Look returns the session of a token, which is no use of it: it ends as if nobody had asked.
// ErrNotFound.
func (s *Service) Look(ctx context.Context, token string) (Session, error) {
	key := tokenKey(token)
	l, err := logins.Get(ctx, s.ledger, chat.ServerShard, key)
	if err != nil {
		return Session{}, err
	}
	if l == nil || l.ended(s.now()) {
		return Session{}, ErrNotFound
	}
	p, err := personOf(ctx, s.ledger, l.Operator)
	if err != nil {
		return Session{}, err
	}
	if p.Disabled || p.Epoch != l.Epoch {
		return Session{}, ErrNotFound
	}
	found := l.session(key)
	found.Token, found.Role = token, p.Role
	return found, nil
}

// touch notes that a session is used.
func (s *Service) touch(ctx context.Context, key string) error {
	return s.change(ctx, func(ctx context.Context, t *ledger.Turn) error {
		l, err := logins.Get(ctx, t.Read, chat.ServerShard, key)
		if err != nil || l == nil {
			return err // it was ended meanwhile
		}
		used := *l
		used.Used = t.Ms
		used.put(t, key)
		return nil
	})
}

// keepSession lets a session outlive a change of the password.
func keepSession(ctx context.Context, t *ledger.Turn, token string, epoch uint64) error {
	if token == "" {
		return nil
	}
	key := tokenKey(token)
	l, err := logins.Get(ctx, t.Read, chat.ServerShard, key)
	if err != nil || l == nil {
		return err
	}
	kept := *l
	kept.Epoch = epoch
	kept.put(t, key)
	return nil
}

// Logout ends the session of a token.
func (s *Service) Logout(ctx context.Context, token string) error {
	return s.change(ctx, func(_ context.Context, t *ledger.Turn) error {
		logins.Remove(t, tokenKey(token))
		return nil
	})
}

// scanAtMost bounds the rows that a page of a list looks at.
const scanAtMost = 5000

// Sessions pages the sessions that have not ended, those of one operator if there is a name, in
// the order of their ids after the given one; next is "" at the end.
func (s *Service) Sessions(ctx context.Context, name, after string, limit int) (list []Session, next string, err error) {
	key, err := keyOf(after)
	if err != nil {
		return nil, "", err
	}
	for range scanAtMost / peoplePage {
		rows, keys, err := logins.Page(ctx, s.ledger, chat.ServerShard, "", key, peoplePage)
		if err != nil {
			return nil, "", err
		}
		for i, l := range rows {
			key = keys[i]
			if name != "" && l.Operator != name {
				continue
			}
			live, err := s.alive(ctx, l)
			if err != nil {
				return nil, "", err
			}
			if live == nil {
				continue
			}
			one := l.session(key)
			one.Role = live.Role
			list = append(list, one)
			if len(list) == limit {
				return list, hex.EncodeToString([]byte(key)), nil
			}
		}
		if len(rows) < peoplePage {
			return list, "", nil
		}
	}
	return list, hex.EncodeToString([]byte(key)), nil
}

// alive is the operator of a session that can still be used, nil when it cannot.
func (s *Service) alive(ctx context.Context, l *login) (*person, error) {
	if l.ended(s.now()) {
		return nil, nil
	}
	p, err := personOf(ctx, s.ledger, l.Operator)
	if errors.Is(err, ErrNotFound) || err == nil && (p.Disabled || p.Epoch != l.Epoch) {
		return nil, nil
	}
	return p, err
}

// keyOf reads a cursor.
func keyOf(cursor string) (string, error) {
	b, err := hex.DecodeString(cursor)
	if err != nil {
		return "", ErrNotFound
	}
	return string(b), nil
}

// End ends a session by its id, of one operator if there is a name; ErrNotFound.
func (s *Service) End(ctx context.Context, id, name string) (operator string, err error) {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != idBytes {
		return "", ErrNotFound
	}
	rows, keys, err := logins.Page(ctx, s.ledger, chat.ServerShard, string(b), "", 1)
	if err != nil {
		return "", err
	}
	if len(rows) == 0 || name != "" && rows[0].Operator != name {
		return "", ErrNotFound
	}
	key := keys[0]
	return rows[0].Operator, s.change(ctx, func(_ context.Context, t *ledger.Turn) error {
		logins.Remove(t, key)
		return nil
	})
}
