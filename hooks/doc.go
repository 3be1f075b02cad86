// Package hooks is the MQTT door: it turns the packets of a connection into
// calls of the core, and the core's answers into packets.
//
// The MQTT library (its version is pinned) is used as a codec: it decodes and encodes
// what is rare, CONNECT and SUBSCRIBE above all. Its connection loop is not used: it holds
// 20 KB of stacks per idle connection, and copies each packet several times. What is frequent, PUBLISH and
// the acknowledgements, is read in place (decode.go).
//
// It refuses to decide what a user may do (that is the core's), to keep sessions
// and to deliver (that is package broker's, through [Sessions] and [Session]),
// and to touch a socket (that is the [Transport]).
//
// Start reading at [Door.Connect] and [Link.Run], the two halves of a connection's
// life; then connect.go for who may enter, publish.go for what a client sends,
// order.go for what waits for what, inbound.go for when it is acknowledged, past.go for
// how a repetition is known, reply.go for how refusals look.
package hooks
