package server

import (
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/teahouse-im/teahouse/certificates"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/call"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/forwarded"
	"github.com/teahouse-im/teahouse/media/s3"
	"github.com/teahouse-im/teahouse/operator"
	"github.com/teahouse-im/teahouse/origins"
)

// Options say what to start. Data is required.
type Options struct {
	Data string // folder, made when it is missing

	// MinFree is how much of its disk must be free, in bytes, or writes are refused;
	// never less than what the engine needs.
	MinFree int64

	// Addresses as host:port, port 0 for any free one; "" turns the listener off.
	MQTT, MQTTS, WS, WSS, Admin string
	Metrics                     string // a listener for /metrics and /debug/pprof alone, without a token

	TLS        TLS
	Proxies    Proxies
	Redirect   bool     // WS sends everybody to WSS, and does nothing else
	AdminTLS   bool     // serve the admin port with the certificates
	PProf      bool     // serve /debug/pprof beside /metrics
	NoDocs     bool     // the admin port has no /docs/
	AdminHosts []string // host patterns by which the admin port may be asked; see admin.Options.Host

	// AddressPackets and AddressBytes are how fast connections of one address are read
	// together, a second; see hooks.Options.
	AddressPackets, AddressBytes int

	Origins origins.List // pages of other hosts that may open a WebSocket and upload files

	// Seal encrypts the secrets of apps in the data folder; nil: they lie open there.
	Seal *core.Seal
	// Apps are those the configuration declares; they win over stored ones.
	Apps []chat.App
	Dev  *Dev // nil: serve

	// Memory is what FindMemory has found; buffers and caches follow it. Somebody calls
	// its Govern.
	Memory Memory

	// Push says how long a message is held, and may have channels in place of those of the
	// apps; see push.Options.
	Push push.Options

	NoSearch    bool           // nothing is indexed and found
	HistoryZone *time.Location // of the hours of get_history; nil: China Standard Time

	Media Media
	Web   Web

	// Calls are the servers through which sound and pictures of calls go.
	Calls call.Servers
	// ConfigFile is where Apps are declared, for those who want to change them; "": nobody says.
	ConfigFile string
	// EraseGrace is how long the end of a deleted app takes at least, 0: 3 s.
	EraseGrace time.Duration
	// Settings prints the settings in force, secrets masked, for operators; nil: they are not shown.
	Settings func() (string, error)

	// Level is that of Log; nil: Log has one that nobody changes.
	Level *Level
	// Reread reads the configuration again and says what came of it; nil: there is none. It is
	// called by one goroutine at a time.
	Reread func(*App) (operator.Reloaded, error)

	// Shutdown bounds the closing of listeners and sends, default 20 s; Drain the
	// sending of webhooks, default 10 s.
	Shutdown, Drain time.Duration

	Embed Embed // what a program has a say in that runs the server within itself

	Log *slog.Logger     // default: discards
	Now func() time.Time // default: time.Now
}

// TLS says what TLS connections are shown and asked for.
type TLS struct {
	Certificates *certificates.Options // nil: there are none, and no TLS listener may be open. Log and Now are set
	// Challenges is a listener for the authority alone, which asks over plain HTTP; "": none.
	// It sends browsers to WSS.
	Challenges string
	HSTS       time.Duration // how long browsers are told to come by TLS alone; 0: they are not told

	// AskClients has clients asked for a certificate over MQTTS. NeedClients, over MQTTS and WSS,
	// lets nobody in without.
	AskClients, NeedClients bool
}

// Proxies are the proxies that may name the client of a connection or a request.
type Proxies struct {
	From       forwarded.Prefixes // begin connections with a PROXY header
	Listeners  []string           // where they do: mqtt, mqtts, ws, wss
	Forwarders forwarded.Prefixes // have a header in each HTTP request
}

// of are the proxies in front of a listener.
func (p *Proxies) of(listener string) forwarded.Prefixes {
	if slices.Contains(p.Listeners, listener) {
		return p.From
	}
	return nil
}

// Media says where the files that users send lie. Its zero value is a folder in the data
// folder, reached through the WebSocket listener; without a listener there are no files.
type Media struct {
	Off    bool
	Dir    string      // "": media in the data folder
	S3     *s3.Options // in place of Dir; Spool and Now are set
	URL    string      // what stands before the paths of addresses; "": the listener's address
	Listen string      // host:port of a listener of their own; "": none
}

// Dev is what "teahouse dev" adds.
type Dev struct {
	Apps     int    // how many to make; at least one
	Webhook  string // turns every webhook on toward this address
	NoLimits bool   // lifts every rate limit
}

// ErrNoApp is the refusal to start without a tenant when there is no console either to make one.
var ErrNoApp = errors.New("no app: nobody could log in")

func (o Options) withDefaults() Options {
	if o.Shutdown == 0 {
		o.Shutdown = 20 * time.Second
	}
	if o.Drain == 0 {
		o.Drain = 10 * time.Second
	}
	if o.Dev != nil && o.Dev.NoLimits {
		o.AddressPackets, o.AddressBytes = -1, -1
	}
	if o.EraseGrace == 0 {
		o.EraseGrace = eraseGrace
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Level == nil {
		o.Level = new(Level)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
