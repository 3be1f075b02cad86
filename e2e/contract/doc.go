// Package contract tests the program as strangers use it: it builds
// cmd/teahouse, starts it on free ports and talks to it with mosquitto's clients, the Paho
// libraries for MQTT 3.1.1 and 5, MQTT.js over WebSocket, HTTP and curl. What it
// expects is the contract (spec/00 and the pages beside it), never the code: it
// calls nothing of the server except chat/chattest, whose stories it lets the
// two doors tell. Starting the program and writing packets stand beside it, in
// e2e/program and e2e/codec, because the drills do that too.
//
// It refuses to sleep: every wait is for an event, with a generous deadline.
// Silence is shown by an event that comes after it (see barrier).
//
// The tests carry the build tag e2e, because they need Debian's
// mosquitto-clients, curl, nodejs and python3-paho-mqtt beside Go; "make e2e" prepares and runs
// them. Flags of the test binary: -race-server builds the program with the race
// detector, -teahouse names a program that is already built; -crashes, -messages and
// -operations say how long the crash, proxy and tenants tests go on, and -seed repeats one.
//
// Start reading at device_test.go, the one picture of a client that four
// families of clients implement, then c2c_test.go, the first story.
package contract
