package chat

// Connection is a live connection of a user, for operators.
type Connection struct {
	App  AppID
	User UserID
	Device
	Version    byte // of MQTT: 5, 4 for 3.1.1, 3 for 3.1
	Persistent bool // its session outlives it
	Unacked    int  // packets that the client has not acknowledged
	Behind     int  // conversations that are sent from the log
}

// ConnectionQuery says which connections are wanted; what is zero is not looked at.
type ConnectionQuery struct {
	App      AppID
	User     UserID // how it begins
	Address  string // how it begins
	Platform Platform
	// After is the last connection of the page before, by App, User and Client.
	After *Connection
}
