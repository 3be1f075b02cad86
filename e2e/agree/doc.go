// Package agree lets devices of a few users live through everything that can happen to
// them, and holds what each of them has come to know against the server and against the
// others. It exists only as tests.
package agree
