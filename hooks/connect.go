package hooks

import (
	"context"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/time/rate"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

// Bounds of CONNECT, in bytes. The contract takes any client id; these are
// choices that no real client reaches.
const (
	maxClientID = 256
	maxUserName = 512
)

// keepAlives beyond this are cut: announced to MQTT 5 clients, in seconds.
const maxKeepAlive = 1200

// hello is what CONNECT said that is of no use once the session stands.
type hello struct {
	client    string // client id; "" asks for one
	user      string // user name as sent
	password  string
	keepAlive uint16
	auth      string // authentication method
	platform  string // from user properties
	app       string // likewise
	will      *packets.ConnectParams
	noClient  bool // 3.1.1 asked for a kept session without naming it
	wantsInfo bool // Request Response Information
	expiry    uint32
}

// readConnect keeps what the client meant and gives the library a CONNECT that
// makes it keep nothing: a clean session without expiry, Will, aliases or
// password.
func (d *Door) readConnect(l *Link, cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if l.client != nil { // [MQTT-3.1.0-2]
		return nothing, l.fail(packets.ErrProtocolViolation.Code, "")
	}
	l.client = cl
	c, props := &pk.Connect, &pk.Properties
	l.Version = pk.ProtocolVersion
	l.CleanStart = c.Clean
	l.Window = props.ReceiveMaximum
	l.MaxPacket = props.MaximumPacketSize
	l.NoReasons = props.RequestProblemInfoFlag && props.RequestProblemInfo == 0
	l.hello = hello{
		client: c.ClientIdentifier, user: string(c.Username), password: string(c.Password),
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
			l.hello.platform = p.Val
		case "app":
			l.hello.app = p.Val
		}
	}
	if c.WillFlag {
		will := *c
		l.hello.will = &will
	}
	c.Clean, c.WillFlag, c.WillRetain, c.WillQos, c.WillTopic, c.WillPayload = true, false, false, 0, "", nil
	c.Password, c.PasswordFlag = nil, false
	props.SessionExpiryInterval, props.SessionExpiryIntervalFlag, props.TopicAliasMaximum = 0, false, 0
	return pk, nil
}

// OnConnect admits the client or refuses it with our own CONNACK: an error from
// here makes the library close without one.
func (d *Door) OnConnect(cl *mqtt.Client, _ packets.Packet) (err error) {
	l := linkOf(cl)
	defer l.guard(&err)
	if d.failures.blocked(l.RemoteIP(), d.opt.Now()) {
		d.opt.Counters.Connect("too-many-failures")
		d.penalty()
		return packets.ErrBadUsernameOrPassword
	}
	if no := d.admit(l, cl); no != nil {
		d.opt.Counters.Connect(no.label)
		_ = d.server.SendConnack(cl, no.code(l.Version), false, nil)
		return packets.ErrNotAuthorized
	}
	d.opt.Counters.Connect("ok")
	return nil
}

// OnConnectAuthenticate lets pass whom OnConnect has admitted.
func (d *Door) OnConnectAuthenticate(cl *mqtt.Client, _ packets.Packet) bool {
	return linkOf(cl).session != nil
}

// admit does all of CONNECT, in the order in which a refusal tells least.
func (d *Door) admit(l *Link, cl *mqtt.Client) *refusal {
	if d.draining.Load() {
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
		no := connectRefusal(err)
		// A genuine ticket that is merely too old is no guess.
		if no.v3 == 4 && chat.CodeOf(err) != chat.CodeTicketExpired {
			d.failures.add(l.RemoteIP(), d.opt.Now())
		}
		return no
	}
	if l.hello.will != nil {
		if l.Will, err = d.readWill(l, l.hello.will); err != nil {
			return refuseConnect("will", 5, reasonCode(chat.CodeOf(err)), err)
		}
	}
	return d.enter(l, cl, claims)
}

// identify finds out who the client is, and whether the core lets him in.
func (d *Door) identify(l *Link) (ticket.Claims, error) {
	user, platform, app, err := l.credentials()
	if err != nil {
		return ticket.Claims{}, err
	}
	claims, err := d.opt.Tickets.Verify(app, user, l.hello.password)
	if err != nil {
		return claims, ticketError(err)
	}
	l.hello.password = ""
	id := chat.AppID(claims.App)
	if l.App, err = d.core.App(id); err != nil {
		return claims, err
	}
	acc, err := d.core.Login(d.ctx, id, chat.UserID(user), claims.Issued)
	if err != nil {
		return claims, err
	}
	l.Born = acc.Created
	l.Actor = chat.Actor{App: id, User: chat.UserID(user), Platform: platform, IP: l.RemoteIP()}
	return claims, nil
}

// enter fills in the link and attaches it to its session.
func (d *Door) enter(l *Link, cl *mqtt.Client, claims ticket.Claims) *refusal {
	l.Actor.Device = cl.ID // as sent, or as the library assigned it
	l.Expiry = l.hello.expiry
	l.setExpires(claims)
	if r := l.App.Limits.UserRequestRate; r > 0 {
		l.limit = rate.NewLimiter(rate.Limit(r), r)
	}
	l.keepAlive(cl)
	s, present, err := d.opt.Sessions.Attach(l)
	if err != nil {
		return connectRefusal(err)
	}
	l.session, l.present, l.pubs, l.hello.will = s, present, s.Publishes(), nil
	l.pubs.enter(l)
	l.ending.Expiry = l.Expiry
	cl.ID = l.name()
	return nil
}

// tokenLeeway is what the ticket check allows a JWT beyond its exp (spec/00 §1).
const tokenLeeway = time.Minute

func (l *Link) setExpires(c ticket.Claims) {
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
func (l *Link) keepAlive(cl *mqtt.Client) {
	k := l.hello.keepAlive
	if l.Version >= 5 && (k == 0 || k > maxKeepAlive) {
		k = maxKeepAlive
		cl.State.ServerKeepalive = true
	}
	cl.State.Keepalive = k
	l.Authenticated(l.Version, l.door.opt.MaxPacket, time.Duration(k)*time.Second*3/2)
}

// credentials splits the user name: UserID?platform=…&app=… (spec/00 §1). User
// properties say the same for MQTT 5; the user name wins.
func (l *Link) credentials() (user string, p chat.Platform, app uint32, err error) {
	if len(l.hello.user) > maxUserName {
		return "", "", 0, chat.Refuse(chat.CodeAccountParameter, "user name too long")
	}
	user, query, _ := strings.Cut(l.hello.user, "?")
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
	return user, chat.ParsePlatform(platform), app, nil
}

// ticketError makes a refusal of ours of what the ticket check said.
func ticketError(err error) error {
	var e *ticket.Error
	if errors.As(err, &e) {
		return chat.Refuse(chat.Code(e.Code), "%s", e.Msg)
	}
	return chat.Internal(chat.CodeInternal, err)
}

// penalty holds a connection whose address has failed too often: a guesser gets
// a slow answer and no information.
func (d *Door) penalty() {
	if !d.failures.hold() {
		return
	}
	defer d.failures.let()
	t := time.NewTimer(d.opt.PenaltyDelay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-d.ctx.Done():
	}
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// refresh is im/req/login.refresh: a new ticket of the same user for this
// connection (spec/00 §1).
func (l *Link) refresh(ctx context.Context, text string) error {
	claims, err := l.door.opt.Tickets.Verify(uint32(l.Actor.App), string(l.Actor.User), text)
	if err != nil {
		return ticketError(err)
	}
	if _, err := l.door.core.Login(ctx, l.Actor.App, l.Actor.User, claims.Issued); err != nil {
		return err
	}
	l.setExpires(claims)
	return nil
}
