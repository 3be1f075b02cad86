// Package hooks is the MQTT door: it turns the packets of a connection into
// calls of the core, and the core's answers into packets.
//
// The MQTT library (pinned, DESIGN §4) decodes packets and drives a connection
// from CONNECT to its end. Everything that has a meaning is taken over before
// the library sees it: [Door.OnPacketRead] handles PUBLISH, SUBSCRIBE,
// UNSUBSCRIBE and all acknowledgements and hands the library a packet that does
// nothing. The library's own sessions, subscriptions, in-flight messages,
// retained messages and wills stay empty.
//
// It refuses to decide what a user may do (that is the core's), to keep sessions
// and to deliver (that is package broker's, through [Sessions] and [Session]),
// and to touch a socket (that is the [Transport]).
//
// Start reading at [Door.Serve], the life of one connection; then connect.go for
// who may enter, publish.go for what a client sends, inbound.go for when it is
// acknowledged, reply.go for how refusals look.
package hooks
