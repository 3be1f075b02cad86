// Package admin is the HTTP door: what app backends call (spec/02) and what
// operators watch.
//
// A call is a POST to /v4/{service}/{command}; the door finds out for which app
// and who asks, looks the command up in the table of package api, runs it and answers
// with status 200 and an envelope, whatever the outcome. It also serves /livez, /readyz and
// /version and, to those with the server token, /metrics and, when switched on,
// /debug/pprof; [Inside] serves these two on a port of their own.
//
// It refuses to know what a command does or who may do it to whom: that is the
// table's and the core's. It opens no sockets: package cmd binds them, with
// [Server] for limits and timeouts.
//
// Start reading at [New] in admin.go, which holds the routes; call.go has a
// call's checks in their order, respond.go the one place where outcomes become answers.
package admin
