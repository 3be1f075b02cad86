package push

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// Fault is what is wrong with one setting.
type Fault struct {
	Key  string // as in the configuration, such as apns.key
	What string // without the value, which may be a secret
}

func (f Fault) Error() string { return f.Key + ": " + f.What }

// Faults lists what can be seen to be wrong with settings without asking a provider. Channels
// that are not there have no faults.
func Faults(p *chat.Push) []error {
	var all []error
	for _, one := range []struct {
		on    bool
		check func() []error
	}{
		{p.APNs.On(), func() []error { return checkAPNs(&p.APNs) }},
		{p.FCM.On(), func() []error { _, faults := readAccount(&p.FCM); return faults }},
		{p.HMS.On(), func() []error { return checkHMS(&p.HMS) }},
		{p.WebPush.On(), func() []error { return checkWebPush(&p.WebPush) }},
		{p.Webhook.On(), func() []error { return checkWebhook(&p.Webhook) }},
	} {
		if one.on {
			all = append(all, one.check()...)
		}
	}
	return all
}

// faults gathers what is wrong with one channel.
type faults struct {
	channel string
	list    []error
}

func (f *faults) add(key, format string, args ...any) {
	f.list = append(f.list, Fault{f.channel + "." + key, fmt.Sprintf(format, args...)})
}

func (f *faults) check(key string, err error) {
	if err != nil {
		f.add(key, "%s", err.Error())
	}
}

func (f *faults) required(key, have, what string) {
	if have == "" {
		f.add(key, "is missing: %s", what)
	}
}

func (f *faults) gateway(at chat.PushGateway) {
	if at.URL != "" {
		f.check("url", checkURL(at.URL))
	}
	f.ca(at.CA)
}

func (f *faults) ca(pem string) {
	if pem != "" {
		_, err := newClient(pem, nil, nil)
		f.check("ca", err)
	}
}

func checkAPNs(a *chat.PushAPNs) []error {
	f := faults{channel: "apns"}
	f.required("key", a.Key, "the .p8 file that Apple gives out with it")
	if a.Key != "" {
		_, err := parseEC(a.Key)
		f.check("key", err)
	}
	f.id("key_id", a.KeyID, "the key")
	f.id("team", a.Team, "the developer account")
	f.required("topic", a.Topic, "the bundle id of the program, such as com.example.chat")
	for i, topic := range append([]string{a.Topic}, a.Topics...) {
		if strings.ContainsFunc(topic, func(r rune) bool { return r <= ' ' || r > '~' }) || len(topic) > 128 {
			f.add([]string{"topic", "topics"}[min(i, 1)], "is no bundle id")
		}
	}
	f.gateway(a.PushGateway)
	return f.list
}

// id checks one of Apple's: 10 letters and digits.
func (f *faults) id(key, have, of string) {
	switch {
	case have == "":
		f.add(key, "is missing: the id of %s, 10 characters", of)
	case len(have) != 10 || strings.ContainsFunc(have, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	}):
		f.add(key, "is not 10 digits and capital letters")
	}
}

// readAccount reads the key file of a service account.
func readAccount(set *chat.PushFCM) (*account, []error) {
	f := faults{channel: "fcm"}
	f.gateway(set.PushGateway)
	a := &account{}
	if set.Account == "" {
		f.add("account", "is missing: the JSON file of the service account's key")
		return nil, f.list
	}
	if err := json.Unmarshal([]byte(set.Account), a); err != nil {
		f.add("account", "is not the JSON file of a service account's key")
		return nil, f.list
	}
	if a.TokenURL == "" {
		a.TokenURL = fcmTokenURL
	}
	if a.Type != "service_account" {
		f.add("account", `is not of a service account: its "type" is another`)
	}
	for _, m := range []struct{ name, have string }{
		{"project_id", a.Project}, {"private_key", a.Key}, {"client_email", a.Email},
	} {
		if m.have == "" {
			f.add("account", "has no %q", m.name)
		}
	}
	if a.Key != "" {
		if _, err := parseRSA(a.Key); err != nil {
			f.add("account", `"private_key" %s`, err.Error())
		}
	}
	if err := checkURL(a.TokenURL); err != nil {
		f.add("account", `"token_uri" %s`, err.Error())
	}
	return a, f.list
}

func checkHMS(h *chat.PushHMS) []error {
	f := faults{channel: "hms"}
	f.required("app_id", h.AppID, "the App ID of AppGallery Connect")
	if strings.ContainsFunc(h.AppID, func(r rune) bool { return r < '0' || r > '9' }) {
		f.add("app_id", "is not a number")
	}
	f.required("secret", h.Secret, "the client secret of AppGallery Connect")
	if h.TokenURL != "" {
		f.check("token_url", checkURL(h.TokenURL))
	}
	f.gateway(h.PushGateway)
	return f.list
}

func checkWebPush(w *chat.PushWebPush) []error {
	f := faults{channel: "webpush"}
	switch u, err := url.Parse(w.Contact); {
	case w.Contact == "":
		f.add("contact", "is missing: whom a push service writes to, such as mailto:ops@example.com")
	case err != nil || (u.Scheme != "mailto" || !strings.Contains(u.Opaque, "@")) && (u.Scheme != "https" || u.Host == ""):
		f.add("contact", "is not a mailto: or https: address")
	}
	switch {
	case (w.PublicKey == "") != (w.PrivateKey == ""):
		f.add("private_key", "comes together with public_key; with neither the server makes a pair")
	case w.PrivateKey != "":
		f.check("private_key", parseVAPID(w.PublicKey, w.PrivateKey))
	}
	f.ca(w.CA)
	return f.list
}

func checkWebhook(w *chat.PushWebhook) []error {
	f := faults{channel: "webhook"}
	u, err := url.Parse(w.URL)
	switch {
	case w.URL == "":
		f.add("url", "is missing")
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		f.add("url", "is not an http:// or https:// address")
	}
	f.ca(w.CA)
	return f.list
}
