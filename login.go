package teahouse

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/teahouse-im/teahouse/ticket"
)

// ErrTicket, from a [Login], means that what the client shows is a ticket: it is judged as one.
var ErrTicket = errors.New("it is a ticket")

// loginTime bounds a Login, below the 10 s that a client has for its CONNECT.
const loginTime = 5 * time.Second

// Attempt is what a client shows at the door.
type Attempt struct {
	App      AppID  // what it names beside its user name (?app=…), 0: none
	User     UserID // who it says to be
	Password string // at most 64 KiB; do not log it
}

// Pass lets a client in.
type Pass struct {
	App AppID // which app the user is in; 0: the one that the attempt names, else the only one there is
	// Until is when the session ends; the client is told, and shows something new. Zero: never.
	Until time.Time
}

// Login judges an attempt, over MQTT and for administrators over REST, at every connect and
// call: keep it quick, and remember what is slow to find out. ctx ends after 5 seconds. An error refuses the
// attempt (70009) with its text, which the client is shown; many of one address are answered slowly.
// [ErrTicket] has it judged as a ticket, so that both can be used side by side.
//
// What is let in is not bound to a key of the app: it ends at Until, by a kick, or by
// disabling the app, but not with the rotation of a key.
type Login func(ctx context.Context, a Attempt) (Pass, error)

// check is Login in the form of the server.
func (l Login) check(app uint32, user, text string) (c ticket.Claims, mine bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), loginTime)
	defer cancel()
	pass, err := l(ctx, Attempt{App: AppID(app), User: UserID(user), Password: text})
	switch {
	case errors.Is(err, ErrTicket):
		return c, false, nil
	case err != nil:
		return ticket.Claims{App: app}, true, &ticket.Error{Code: ticket.CodeSignature, Msg: err.Error()}
	case pass.App == 0:
		pass.App = AppID(app)
	case app != 0 && uint32(pass.App) != app:
		return ticket.Claims{App: app}, true, &ticket.Error{Code: ticket.CodeOtherApp, Msg: "the user is in another app"}
	}
	now := time.Now()
	if pass.Until.IsZero() {
		pass.Until = now.Add(ticket.MaxLifetime)
	}
	if !pass.Until.After(now) {
		return ticket.Claims{App: app}, true, &ticket.Error{Code: ticket.CodeExpired, Msg: "the time of this login is over"}
	}
	shown := sha256.Sum256([]byte(user + "\n" + text))
	c = ticket.Claims{App: uint32(pass.App), User: user, Issued: now, Expires: pass.Until, Kind: ticket.UserSig}
	copy(c.Hash[:], shown[:])
	return c, true, nil
}
