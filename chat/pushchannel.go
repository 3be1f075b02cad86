package chat

// Push is how the devices of an app are reached while they have no connection (spec/09
// A): a section for each channel. A channel is there when something of its section is set.
// Secrets are sealed in the store like the others of an app.
type Push struct {
	APNs    PushAPNs    `json:",omitzero"`
	FCM     PushFCM     `json:",omitzero"`
	HMS     PushHMS     `json:",omitzero"`
	WebPush PushWebPush `json:",omitzero"`
	Webhook PushWebhook `json:",omitzero"`
}

// PushGateway is where a provider is, when it is not where it says itself.
type PushGateway struct {
	URL string // "": the provider's own
	CA  string // PEM of the certificates that are trusted there; "": the machine's
}

// PushAPNs are the credentials for Apple's push service, with a token key.
type PushAPNs struct {
	Key     string   // PEM, the text of the .p8 file; a secret
	KeyID   string   // 10 characters
	Team    string   // 10 characters
	Topic   string   // the bundle id of the program
	Topics  []string // those of the app's other programs, which devices may name (AppKey)
	Sandbox bool     // devices of programs under development
	PushGateway
}

// PushFCM are the credentials for Firebase Cloud Messaging, version 1.
type PushFCM struct {
	Account string // JSON, the text of a service account's key file; a secret
	PushGateway
}

// PushHMS are the credentials for Huawei Push Kit.
type PushHMS struct {
	AppID    string
	Secret   string // the client secret
	ClientID string // "": the AppID
	// Intent opens the program for a push with ExtAsHuaweiIntentParam 1, with {ext} where Ext
	// goes; "": the program is just opened.
	Intent   string
	TokenURL string // where access tokens are given out; "": the provider's own
	PushGateway
}

// PushWebPush are the keys by which push services of browsers know the server (RFC 8292).
type PushWebPush struct {
	// Contact is where a push service writes to, a mailto: or https: address. Web Push is on
	// when there is one.
	Contact string
	// PublicKey and PrivateKey are of P-256 in unpadded base64url, as programs for VAPID keys
	// print them. With neither, the server makes a pair for the app and keeps it.
	PublicKey, PrivateKey string
	// Private lets endpoints be on this machine and in private networks, on this machine
	// without TLS too. Endpoints are named by clients.
	Private bool
	CA      string // PEM; "": the machine's
}

// PushWebhook is a server of the operator's that takes each push as JSON.
type PushWebhook struct {
	URL   string
	Token string // signs requests when not empty (spec/30 §2); a secret
	CA    string // PEM; "": the machine's
}

// On reports whether anything is set.
func (a *PushAPNs) On() bool {
	return a.Key != "" || a.KeyID != "" || a.Team != "" || a.Topic != "" || len(a.Topics) > 0 || a.Sandbox || a.PushGateway != PushGateway{}
}

// On reports whether anything is set.
func (f *PushFCM) On() bool { return *f != PushFCM{} }

// On reports whether anything is set.
func (h *PushHMS) On() bool { return *h != PushHMS{} }

// On reports whether anything is set.
func (w *PushWebPush) On() bool { return *w != PushWebPush{} }

// On reports whether anything is set.
func (w *PushWebhook) On() bool { return *w != PushWebhook{} }
