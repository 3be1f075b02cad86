package chat

import "github.com/teahouse-im/teahouse/trace"

// Role of a caller in the app, not in a group.
type Standing uint8

// Who is asking. Doors establish it; only the core decides what it may do.
const (
	// AsUser is a user on a device, who may act only for themselves.
	AsUser Standing = iota
	// AsAdmin is an app administrator calling from a backend (spec/21 §1): acts as
	// owner in every group and may name another sender.
	AsAdmin
	// AsSystem is the server itself.
	AsSystem
)

// Actor is a caller: who, from which device, with which standing.
type Actor struct {
	App AppID
	// Holder is that of the user's account when they were let in: what outlives the
	// account, such as a Will, is not the next holder's.
	Holder   uint32
	User     UserID
	Standing Standing
	Device   string   // MQTT client id; "" for backends
	Platform Platform // of the device; PlatformREST for backends
	IP       string   // peer address without port, for webhooks
	// Session is the broker's number of the sending connection's session, so that
	// a message is not delivered back to it. Zero: none.
	Session uint64
	// Trace is the distributed trace that the call belongs to, nil when its caller has named none.
	// What apps are asked and told because of the call carries it on.
	Trace *trace.Context
}

// Admin reports whether the actor has the powers of an app administrator.
func (a Actor) Admin() bool { return a.Standing != AsUser }

// Platform is what a device says it runs on (spec/00 §1), in webhook spelling
// (spec/30 §1).
type Platform string

// The platforms of spec/00 §1 and spec/30 §1. A client that names none counts
// as IoT.
const (
	PlatformIOS     Platform = "iOS"
	PlatformAndroid Platform = "Android"
	PlatformWeb     Platform = "Web"
	PlatformWindows Platform = "Windows"
	PlatformMac     Platform = "Mac"
	PlatformIPad    Platform = "iPad"
	PlatformLinux   Platform = "Linux"
	PlatformIoT     Platform = "IoT"
	PlatformREST    Platform = "RESTAPI"
)

// ParsePlatform reads a client's declared platform; unknown or absent names
// give PlatformIoT.
func ParsePlatform(s string) Platform {
	switch p := Platform(s); p {
	case PlatformIOS, PlatformAndroid, PlatformWeb, PlatformWindows, PlatformMac, PlatformIPad, PlatformLinux:
		return p
	}
	return PlatformIoT
}

// Device is one live connection of a user, as the broker knows it.
type Device struct {
	Client   string // MQTT client id
	Platform Platform
	IP       string
	Since    int64 // Unix milliseconds
	Ticket   Ticket
	Leaving  bool // it has been told to go
}
