// Package broker assembles the MQTT server: it accepts connections, keeps the
// sessions of clients, and delivers messages and events to them.
//
// It refuses to know what a packet means (that is package hooks), who may read
// or write what (package chat), and it queues no message: a session that cannot
// be sent a message now remembers a position in the log of the conversation and
// is served from there, at the pace of its own acknowledgements.
//
// A program that wants the whole server, and not this part of it, starts it by the package at the root
// of the module.
//
// It has two halves. The transport: listen.go accepts, conn.go makes a socket
// that never blocks its writers, frame.go encodes what is sent often. The
// sessions: start reading at session.go for the two states of a conversation,
// deliver.go for a message on its way out, lag.go and catchup.go for those who are
// behind, attach.go and detach.go for the life of a session, absent.go for those
// without a connection, save.go and filters.go for what survives a restart.
package broker
