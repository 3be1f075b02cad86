package chat

import "time"

// Connection is a live connection of a user, for operators.
type Connection struct {
	App  AppID
	User UserID
	Device
	Version    byte // of MQTT: 5, 4 for 3.1.1, 3 for 3.1
	Transport  Transport
	Persistent bool // its session outlives it
	Unacked    int  // packets that the client has not acknowledged
	Behind     int  // conversations that are sent from the log
	Waiting    int  // bytes that wait for the client to take them
	// Stuck is for how long, at least, the oldest unacknowledged packet has been looked at: it
	// grows from one look at all connections to the next and is 0 at the first.
	Stuck time.Duration
}

// Transport is what carries the MQTT of a connection: tcp, tls, ws (a WebSocket), or wss.
type Transport string

// Transports are all there are.
const (
	OverTCP Transport = "tcp"
	OverTLS Transport = "tls"
	OverWS  Transport = "ws"
	OverWSS Transport = "wss"
)

// ConnectionQuery says which connections are wanted; what is zero is not looked at.
type ConnectionQuery struct {
	App      AppID
	User     UserID // how it begins
	Address  string // how it begins
	Platform Platform
	// After is the last connection of the page before, by App, User and Client.
	After *Connection
}

// SlowBy is what slow connections are sorted by, the slowest first.
type SlowBy string

// What there is to sort by.
const (
	SlowByStuck   SlowBy = "stuck"   // the oldest unacknowledged packet
	SlowByUnacked SlowBy = "unacked" // packets that are not acknowledged
	SlowByWaiting SlowBy = "waiting" // bytes that wait
	SlowByBehind  SlowBy = "behind"  // conversations that are sent from the log
)

// Glance is what there is of connections at a moment, for operators.
type Glance struct {
	Connected, Detached int // sessions
	Transports          map[Transport]int
	Versions            map[byte]int // as [Connection.Version]
	// Slow are the connections of which something waits, the slowest first.
	Slow []Connection
}

// Traffic is what an app's clients make of the server since it started.
type Traffic struct {
	Sent       int64 // messages, those of administrators and backends included
	Delivered  int64 // messages that devices were sent
	PacketsIn  int64
	PacketsOut int64
	BytesIn    int64
	BytesOut   int64
}
