package hooks

import (
	"context"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
	"github.com/teahouse-im/teahouse/topics"
)

// Bounds of CONNECT, in bytes. The contract takes any client id; these are
// choices that no real client reaches.
const (
	maxClientID = 256
	maxUserName = 512
)

// minPacket is the smallest packet size that a 3.1.1 client may name: CONNACK and
// SUBACK fit into it, and short texts.
const minPacket = 64

// keepAlives beyond this are cut: announced to MQTT 5 clients, in seconds.
const maxKeepAlive = 1200

// hello is what CONNECT said that is of no use once the session stands.
type hello struct {
	client    string // client id; "" asks for one
	user      string // user name as sent
	password  string
	keepAlive uint16 // seconds; as asked, then as granted
	cut       bool   // granted less than asked
	auth      string // authentication method
	platform  string // from user properties
	app       string // likewise
	says      uint32 // app that the ticket, or else the client, names; 0: none that exists
	will      *packets.ConnectParams
	noClient  bool // 3.1.1 asked for a kept session without naming it
	wantsInfo bool // Request Response Information
	expiry    uint32
}

// connect reads CONNECT, lets the client in or refuses it, and has its delivery
// begin. Without an error the link is to be served.
func (l *Link) connect() (err error) {
	defer l.guard(&err)
	head, body, err := l.Next()
	if err != nil {
		if errors.Is(err, ErrNotMQTT) || errors.As(err, new(packets.Code)) {
			l.chargeFault()
		}
		return err
	}
	l.greeting(len(body))
	if head != packets.Connect<<4 { // [MQTT-3.1.0-1]
		l.noteProtocolError(packets.ErrProtocolViolationRequireFirstConnect)
		return errEnd
	}
	if l.Version, err = connectForm(body); err != nil {
		return l.misconnected(err)
	}
	pk := packetOf(packets.Connect)
	defer release(pk)
	if err := decodeConnect(pk, body); err != nil {
		return l.misconnected(err) // the codec sees what we did not
	}
	l.read(pk)
	if no := l.door.admit(l); no != nil {
		l.noteRefusal(no)
		return l.refuse(no)
	}
	l.door.opt.Counters.Connect("ok")
	l.door.opt.Counters.Login(0)
	if err := l.accept(); err != nil {
		return err
	}
	l.hello = nil
	l.session.Start(l)
	return nil
}

// misconnected ends a connection whose CONNECT breaks its form. An MQTT 5 client
// is told the code. 3.1.1 has one for the version alone [MQTT-3.1.2-2]: everything
// else is closed without an answer [MQTT-3.1.4-1].
func (l *Link) misconnected(err error) error {
	l.door.opt.Counters.Connect("other")
	code := packets.ErrMalformedPacket
	coded := errors.As(err, &code)
	l.noteProtocolError(code)
	if coded && (l.Version >= 5 || code == packets.ErrUnsupportedProtocolVersion) {
		return l.refuse(&refusal{v3: packets.Err3UnsupportedProtocolVersion.Code, v5: code.Code, text: code.Reason})
	}
	return err
}

// read keeps what the client said.
func (l *Link) read(pk *packets.Packet) {
	c, props := &pk.Connect, &pk.Properties
	l.CleanStart = c.Clean
	l.Window = props.ReceiveMaximum
	l.MaxPacket = props.MaximumPacketSize
	l.NoReasons = props.RequestProblemInfoFlag && props.RequestProblemInfo == 0
	l.hello = &hello{
		client: strings.Clone(c.ClientIdentifier), user: string(c.Username), password: string(c.Password),
		keepAlive: c.Keepalive, auth: props.AuthenticationMethod, expiry: props.SessionExpiryInterval,
		noClient:  pk.ProtocolVersion < 5 && c.ClientIdentifier == "" && !c.Clean,
		wantsInfo: props.RequestResponseInfo == 1,
	}
	if pk.ProtocolVersion < 5 && !c.Clean {
		l.hello.expiry = math.MaxUint32 // 3.1.1 has no figure: as long as the broker keeps sessions
	}
	for _, p := range props.User {
		switch p.Key {
		case "platform":
			l.hello.platform = strings.Clone(p.Val)
		case "app":
			l.hello.app = p.Val
		}
	}
	if c.WillFlag {
		l.hello.will = c
	}
}

// admit does all of CONNECT, in the order in which a refusal tells least.
func (d *Door) admit(l *Link) *refusal {
	if d.draining.Load() || d.shut.Load() {
		return refuseConnect("draining", 3, packets.ErrServerUnavailable.Code, chat.Refuse(chat.CodeShutdown, ""))
	}
	if l.hello.auth != "" {
		return refuseConnect("auth-method", 5, packets.ErrBadAuthenticationMethod.Code, nil)
	}
	if l.hello.noClient || len(l.hello.client) > maxClientID || !printable(l.hello.client) {
		return refuseConnect("client-id", 2, packets.ErrClientIdentifierNotValid.Code, nil)
	}
	claims, err := d.identify(l)
	if err != nil {
		return connectRefusal(err)
	}
	if l.hello.will != nil {
		if l.Will, err = d.readWill(l, l.hello.will); err != nil {
			return refuseConnect("will", 5, reasonCode(chat.CodeOf(err)), err)
		}
	}
	return d.enter(l, claims)
}

// identify finds out who the client is, and whether the core lets them in.
func (d *Door) identify(l *Link) (ticket.Claims, error) {
	user, platform, app, err := l.credentials()
	if err != nil {
		return ticket.Claims{}, err
	}
	claims, err := d.verify(l, app, user, l.hello.password)
	if l.hello.says = claims.App; claims.App == 0 {
		l.hello.says = app
	}
	if err != nil {
		return claims, err
	}
	l.hello.password = ""
	id := chat.AppID(claims.App)
	if l.App, err = d.core.App(id); err != nil {
		return claims, err
	}
	l.paceSteps()
	l.share = d.shares.share(id)
	l.Actor = chat.Actor{App: id, User: chat.UserID(user), Platform: platform, IP: l.RemoteIP()}
	l.arriveUser()
	acc, err := d.core.Login(d.ctx, id, l.Actor.User, ticketOf(claims))
	if err != nil {
		return claims, err
	}
	l.Born = acc.Created
	l.Actor.Holder = acc.Holder
	if l.App.IsAdmin(l.Actor.User) { // an administrator is one through either door (spec/21 §1)
		l.Actor.Standing = chat.AsAdmin
	}
	return claims, nil
}

// enter fills in the link and attaches it to its session.
func (d *Door) enter(l *Link, claims ticket.Claims) *refusal {
	if l.Actor.Device = l.hello.client; l.Actor.Device == "" {
		l.Actor.Device = d.opt.NewID()
	}
	l.Expiry = l.hello.expiry
	l.setTicket(claims)
	l.keepAlive()
	s, present, err := d.opt.Sessions.Attach(l)
	if err != nil {
		return connectRefusal(err)
	}
	l.session, l.present, l.pubs = s, present, s.Publishes()
	l.pubs.enter(l)
	l.ending.Expiry = l.Expiry
	return l.still(claims)
}

// still asks the core again, now that kicks and bans find the connection: one
// that came since it was asked found nobody to close.
func (l *Link) still(claims ticket.Claims) *refusal {
	acc, err := l.door.core.Login(l.door.ctx, l.Actor.App, l.Actor.User, ticketOf(claims))
	if err == nil && acc.Created != l.Born { // deleted and made anew
		err = chat.Refuse(chat.CodeTicketRevoked, "")
	}
	if err == nil {
		return nil
	}
	l.ending.Clean = true // a client that is not let in leaves no Will
	if !l.present {
		l.ending.Expiry = 0 // and no session
	}
	l.detach() // before the refusal is heard: nothing is left of it then
	return connectRefusal(err)
}

// tokenLeeway is what the ticket check allows a JWT beyond its exp (spec/00 §1).
const tokenLeeway = time.Minute

// ticketOf is what the core has to know of a ticket.
func ticketOf(c ticket.Claims) chat.Ticket {
	t := chat.Ticket{Hash: c.Hash, Expires: c.Expires.Unix()}
	if !c.Issued.IsZero() {
		t.Issued = c.Issued.Unix()
	}
	return t
}

// setTicket keeps the ticket that the connection goes by.
func (l *Link) setTicket(c ticket.Claims) {
	l.ticket.Store(&heldTicket{ticketOf(c), c.Key})
	switch {
	case c.Expires.IsZero():
		l.expires.Store(0)
	case c.Kind == ticket.WebToken:
		l.expires.Store(c.Expires.Add(tokenLeeway).Unix())
	default:
		l.expires.Store(c.Expires.Unix())
	}
}

// keepAlive settles how long the client may be silent. An MQTT 5 client is told
// when that is less than it asked for [MQTT-3.1.2-21]; a 3.1.1 client cannot be,
// so its word counts.
func (l *Link) keepAlive() {
	h := l.hello
	if l.Version >= 5 && (h.keepAlive == 0 || h.keepAlive > maxKeepAlive) {
		h.keepAlive, h.cut = maxKeepAlive, true
	}
	l.Authenticated(l.Version, l.door.opt.MaxPacket, time.Duration(h.keepAlive)*time.Second*3/2) // [MQTT-3.1.2-22]
}

// credentials splits the user name: UserID?platform=…&app=…&packet=… (spec/00 §1), with the
// UserID escaped as in topics. User properties say the same for MQTT 5; the user
// name wins.
func (l *Link) credentials() (user string, p chat.Platform, app uint32, err error) {
	if len(l.hello.user) > maxUserName {
		return "", "", 0, chat.Refuse(chat.CodeAccountParameter, "user name too long")
	}
	user, query, _ := strings.Cut(l.hello.user, "?")
	if strings.IndexByte(user, '%') >= 0 {
		var ok bool
		if user, ok = topics.DecodeID(user); !ok {
			return "", "", 0, chat.Refuse(chat.CodeAccountParameter, "user name has an invalid escape")
		}
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", "", 0, chat.Refuse(chat.CodeAccountParameter, "user name malformed")
	}
	platform, appText := l.hello.platform, l.hello.app
	if v := values.Get("platform"); v != "" {
		platform = v
	}
	if v := values.Get("app"); v != "" {
		appText = v
	}
	if appText != "" {
		n, err := strconv.ParseUint(appText, 10, 32)
		if err != nil {
			return "", "", 0, chat.Refuse(chat.CodeBadApp, "")
		}
		app = uint32(n)
	}
	if v := values.Get("packet"); v != "" && l.Version < 5 { // MQTT 5 has a property for it
		n, err := strconv.ParseUint(v, 10, 32)
		if err != nil || n < minPacket {
			return "", "", 0, chat.Refuse(chat.CodeAccountParameter, "packet is no number from %d up", minPacket)
		}
		l.MaxPacket = uint32(n)
	}
	return user, chat.ParsePlatform(platform), app, nil
}

// verify judges a ticket. The answer to a bad one waits when the address has shown
// too many (spec/01 §8).
func (d *Door) verify(l *Link, app uint32, user, text string) (ticket.Claims, error) {
	claims, err := d.opt.Tickets.Verify(app, user, text)
	if err == nil {
		return claims, nil
	}
	if ticket.Failed(err) {
		l.chargeFault()
	}
	if ticket.Failed(err) && d.opt.Failures.Failed(d.patience, l.RemoteIP(), claims.App) {
		d.lines.Info(limitReached, "bad tickets", "limit", "bad tickets", "remote", l.RemoteIP(), "app", claims.App)
	}
	return claims, ticketError(err)
}

// ticketError makes a refusal of ours of what the ticket check said.
func ticketError(err error) error {
	var e *ticket.Error
	if errors.As(err, &e) {
		return chat.Refuse(chat.Code(e.Code), "%s", e.Msg)
	}
	return chat.Internal(chat.CodeInternal, err)
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// refresh is im/req/login.refresh: a new ticket of the same user for this
// connection (spec/00 §1).
func (l *Link) refresh(ctx context.Context, text string) error {
	claims, err := l.door.verify(l, uint32(l.Actor.App), string(l.Actor.User), text)
	if err == nil {
		_, err = l.door.core.Login(ctx, l.Actor.App, l.Actor.User, ticketOf(claims))
	}
	code := chat.Code(0)
	if err != nil {
		code = chat.CodeOf(err)
		l.door.lines.Info(loginRefused, strconv.Itoa(int(code)), "remote", l.RemoteIP(), "app", uint32(l.Actor.App),
			"user", string(l.Actor.User), "client", clipped(l.Actor.Device), "code", int(code), "err", reasonText(err))
	} else {
		l.setTicket(claims)
	}
	l.door.opt.Counters.Login(code)
	return err
}
