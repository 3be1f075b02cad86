package broker

import (
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/topics"
	"github.com/teahouse-im/teahouse/wire/form"
)

// kickCodes are the reason codes of the DISCONNECT that follows im/event/kick,
// MQTT 5 §3.14.2.1. A 3.1.1 client sees its connection closed.
var kickCodes = map[chat.KickReason]byte{
	chat.KickReplaced:      packets.ErrSessionTakenOver.Code,
	chat.KickMultiLogin:    packets.ErrSessionTakenOver.Code,
	chat.KickAdmin:         packets.ErrAdministrativeAction.Code,
	chat.KickTicketExpired: packets.ErrNotAuthorized.Code,
	chat.KickTicketRevoked: packets.ErrNotAuthorized.Code,
	chat.KickBanned:        packets.ErrNotAuthorized.Code,
	chat.KickLogout:        packets.CodeDisconnect.Code,
	chat.KickServer:        packets.ErrServerShuttingDown.Code,
}

// silent reports whether a connection closed for this reason sends no Will: a user
// who has lost the right to send must not send one. A choice; MQTT would send it.
func silent(why chat.KickReason) bool {
	return why == chat.KickBanned || why == chat.KickTicketRevoked || why == chat.KickServer
}

// Kick implements chat.Deliverer. Once it returns, the connections are sent nothing
// more: their transports take no further packet.
func (b *Broker) Kick(app chat.AppID, id chat.UserID, client string, why chat.KickReason, by chat.UserID) {
	u := b.index.user(userKey{app, id})
	if u == nil {
		return
	}
	for _, s := range u.sessions() {
		if client == "" || s.client == client {
			s.kick(why, chat.KickedBy{User: by})
		}
	}
}

// kick closes the session's connection, if it has one. The session stays
// resumable; whether the user may connect again is decided at that CONNECT.
func (s *session) kick(why chat.KickReason, by chat.KickedBy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil {
		s.close(s.link, why, by)
	}
}

// close tells the session's connection why, and closes it. One that has not seen
// its CONNACK is closed by Start: nothing may come before that [MQTT-3.2.0-1].
// mu is held.
func (s *session) close(l *hooks.Link, why chat.KickReason, by chat.KickedBy) {
	if s.kicked != "" {
		return
	}
	s.kicked = why
	if !s.live {
		return
	}
	to := topics.Event("kick")
	if _, ok := s.filters.Load().QoS(to); ok {
		told := s.b.transient(s.conn, l.Version, int(l.MaxPacket), to, form.AppendKick(nil, why, by), nil)
		if !told && l.MaxPacket > 0 { // the name of the newcomer may be too long; the reason must not be lost with it
			s.b.transient(s.conn, l.Version, int(l.MaxPacket), to, form.AppendKick(nil, why, chat.KickedBy{}), nil)
		}
	}
	l.Goodbye(l.Version, kickCodes[why], string(why))
}
