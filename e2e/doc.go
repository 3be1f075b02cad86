// Package e2e runs the whole program, as built, and talks to it as strangers
// do: with the clients people have, over the sockets they use. It refuses to
// look inside: what it knows comes from the banner, the ready file and the
// wire. Tests that need Go alone run with everything else; those that need
// mosquitto-clients, curl or Node.js have the build tag e2e. Start reading at
// program_test.go, which starts and stops a server.
package e2e
