package top

// Sample is what the server says of itself at a moment: GET top of the API of operators. Counters only
// grow while the server runs.
type Sample struct {
	At         int64              `json:"at"`         // Unix milliseconds
	Started    int64              `json:"started_at"` // Unix milliseconds
	Version    string             `json:"version"`
	Ready      bool               `json:"ready"`
	Why        string             `json:"why"` // it is not ready
	Counters   map[string]float64 `json:"counters"`
	Gauges     map[string]float64 `json:"gauges"`
	Transports map[string]int     `json:"transports"` // connections by what carries them: tcp, tls, ws, wss
	Protocols  map[string]int     `json:"protocols"`  // connections by version of MQTT
	AppsInAll  int                `json:"apps_in_all"`
	Apps       []App              `json:"apps"` // those that do most
	Slow       []Slow             `json:"slow"` // the slowest first
}

// App is an app. In a sample Sent to BytesOut are counted since the server was started, in a report they
// are a second's.
type App struct {
	ID          uint32  `json:"id"`
	Name        string  `json:"name"`
	Online      int64   `json:"online"` // users
	Connections int64   `json:"connections"`
	Sent        float64 `json:"sent"`      // messages
	Delivered   float64 `json:"delivered"` // messages to devices
	PacketsIn   float64 `json:"in_packets"`
	PacketsOut  float64 `json:"out_packets"`
	BytesIn     float64 `json:"in_bytes"`
	BytesOut    float64 `json:"out_bytes"`
}

// Slow is a connection of which something waits.
type Slow struct {
	App       uint32  `json:"app"`
	User      string  `json:"user"`
	Client    string  `json:"client"`
	Platform  string  `json:"platform"`
	Address   string  `json:"address"`
	Since     int64   `json:"since_at"` // Unix milliseconds
	Protocol  string  `json:"protocol"`
	Transport string  `json:"transport"`
	Behind    int     `json:"behind"`        // conversations that are read from the history
	Unacked   int     `json:"unacked"`       // packets without an acknowledgement
	Waiting   int     `json:"waiting_bytes"` // that the client has not taken
	Stuck     float64 `json:"stuck_seconds"` // for how long the oldest of them has been seen, at least
}

// By are the members of a slow connection that the server sorts by, in the order of the key s.
var By = []string{"stuck", "unacked", "waiting", "behind"}
