// Package operator is the door of those who look after the server: /operator/v1/ on the admin
// port and on a unix socket in the data folder, for the console and the command line
// (docs/operator.md).
//
// A request is checked for who asks (a session's cookie, the server token, the socket), for
// where it comes from, and for the role that its route wants; what changes something, and every
// look at messages, is noted in the log of operators. The rules of apps, users and groups are the
// core's: this door calls what the rows of package api call.
//
// It refuses to change how apps are stored or listeners are opened: the wiring hands it
// functions. Start reading at [New] and [Handler.routes]; guard.go says who may ask.
package operator
