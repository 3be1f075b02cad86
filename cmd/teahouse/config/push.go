package config

import (
	"errors"
	"os"
	"reflect"

	"go.yaml.in/yaml/v3"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/push"
)

// Push is how devices without a connection are reached; see [chat.Push]. A section in which
// nothing is set is a channel that is not there.
type Push struct {
	APNs    PushAPNs    `yaml:"apns,omitempty"`
	FCM     PushFCM     `yaml:"fcm,omitempty"`
	HMS     PushHMS     `yaml:"hms,omitempty"`
	WebPush PushWebPush `yaml:"webpush,omitempty"`
	Webhook PushWebhook `yaml:"webhook,omitempty"`
}

// PushAPNs is Apple's push service.
type PushAPNs struct {
	Key     Secret   `yaml:"key,omitempty"` // the .p8 file
	KeyID   string   `yaml:"key_id,omitempty"`
	Team    string   `yaml:"team,omitempty"`
	Topic   string   `yaml:"topic,omitempty"`
	Topics  []string `yaml:"topics,omitempty"` // of other programs, which devices may name
	Sandbox bool     `yaml:"sandbox,omitempty"`
	URL     string   `yaml:"url,omitempty"`
	CAFile  string   `yaml:"ca_file,omitempty"` // PEM
}

// PushFCM is Firebase Cloud Messaging.
type PushFCM struct {
	Account Secret `yaml:"account,omitempty"` // the JSON file of a service account's key
	URL     string `yaml:"url,omitempty"`
	CAFile  string `yaml:"ca_file,omitempty"`
}

// PushHMS is Huawei Push Kit.
type PushHMS struct {
	AppID    string `yaml:"app_id,omitempty"`
	Secret   Secret `yaml:"secret,omitempty"`
	ClientID string `yaml:"client_id,omitempty"`
	Intent   string `yaml:"intent,omitempty"`
	TokenURL string `yaml:"token_url,omitempty"`
	URL      string `yaml:"url,omitempty"`
	CAFile   string `yaml:"ca_file,omitempty"`
}

// PushWebPush is the push services of browsers.
type PushWebPush struct {
	Contact    string `yaml:"contact,omitempty"`
	PublicKey  string `yaml:"public_key,omitempty"`
	PrivateKey Secret `yaml:"private_key,omitempty"`
	Private    bool   `yaml:"private,omitempty"`
	CAFile     string `yaml:"ca_file,omitempty"`
}

// PushWebhook is a server of the operator's.
type PushWebhook struct {
	URL    string `yaml:"url,omitempty"`
	Token  Secret `yaml:"token,omitempty"`
	CAFile string `yaml:"ca_file,omitempty"`
}

// settings reads the files with certificates.
func (p *Push) settings() (chat.Push, error) {
	var (
		ca   = map[string]string{} // by file
		errs []error
	)
	for _, at := range []struct{ key, file string }{
		{"apns", p.APNs.CAFile}, {"fcm", p.FCM.CAFile}, {"hms", p.HMS.CAFile}, {"webpush", p.WebPush.CAFile}, {"webhook", p.Webhook.CAFile},
	} {
		if at.file == "" {
			continue
		}
		if isPEM(at.file) {
			ca[at.file] = at.file
			continue
		}
		text, err := os.ReadFile(at.file)
		if err != nil {
			errs = append(errs, push.Fault{Key: at.key + ".ca_file", What: err.Error()})
		}
		ca[at.file] = string(text)
	}
	return chat.Push{
		APNs: chat.PushAPNs{
			Key: string(p.APNs.Key), KeyID: p.APNs.KeyID, Team: p.APNs.Team, Topic: p.APNs.Topic, Topics: p.APNs.Topics,
			Sandbox: p.APNs.Sandbox, PushGateway: chat.PushGateway{URL: p.APNs.URL, CA: ca[p.APNs.CAFile]},
		},
		FCM: chat.PushFCM{Account: string(p.FCM.Account), PushGateway: chat.PushGateway{URL: p.FCM.URL, CA: ca[p.FCM.CAFile]}},
		HMS: chat.PushHMS{
			AppID: p.HMS.AppID, Secret: string(p.HMS.Secret), ClientID: p.HMS.ClientID, Intent: p.HMS.Intent,
			TokenURL: p.HMS.TokenURL, PushGateway: chat.PushGateway{URL: p.HMS.URL, CA: ca[p.HMS.CAFile]},
		},
		WebPush: chat.PushWebPush{
			Contact: p.WebPush.Contact, PublicKey: p.WebPush.PublicKey, PrivateKey: string(p.WebPush.PrivateKey),
			Private: p.WebPush.Private, CA: ca[p.WebPush.CAFile],
		},
		Webhook: chat.PushWebhook{URL: p.Webhook.URL, Token: string(p.Webhook.Token), CA: ca[p.Webhook.CAFile]},
	}, errors.Join(errs...)
}

func (p *Push) check(list *Problems, path string) {
	set, err := p.settings()
	faults := push.Faults(&set)
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		faults = append(joined.Unwrap(), faults...)
	}
	for _, err := range faults {
		if f, ok := errors.AsType[push.Fault](err); ok {
			list.add(join(path, f.Key), "%s", f.What)
		}
	}
}

// ShowPush prints the channels of an app as they stand in a file, of settings as [ShowSettings] has
// them. Secrets show only that they are set, and so do certificates.
func ShowPush(settings map[string]any) (string, error) {
	var (
		p Push
		d decoder
	)
	d.value("push", reflect.ValueOf(&p).Elem(), whole(settings["push"]))
	if err := d.problems.err(); err != nil {
		return "", err
	}
	text, err := yaml.Marshal(p)
	return string(text), err
}

// pushOf are the channels of an app as they stand in a file.
func pushOf(p *chat.Push) Push {
	return Push{
		APNs: PushAPNs{
			Key: Secret(p.APNs.Key), KeyID: p.APNs.KeyID, Team: p.APNs.Team, Topic: p.APNs.Topic, Topics: p.APNs.Topics,
			Sandbox: p.APNs.Sandbox, URL: p.APNs.URL, CAFile: stored(p.APNs.CA),
		},
		FCM: PushFCM{Account: Secret(p.FCM.Account), URL: p.FCM.URL, CAFile: stored(p.FCM.CA)},
		HMS: PushHMS{
			AppID: p.HMS.AppID, Secret: Secret(p.HMS.Secret), ClientID: p.HMS.ClientID, Intent: p.HMS.Intent,
			TokenURL: p.HMS.TokenURL, URL: p.HMS.URL, CAFile: stored(p.HMS.CA),
		},
		WebPush: PushWebPush{
			Contact: p.WebPush.Contact, PublicKey: p.WebPush.PublicKey, PrivateKey: Secret(p.WebPush.PrivateKey),
			Private: p.WebPush.Private, CAFile: stored(p.WebPush.CA),
		},
		Webhook: PushWebhook{URL: p.Webhook.URL, Token: Secret(p.Webhook.Token), CAFile: stored(p.Webhook.CA)},
	}
}

// withCertificates puts the certificates of an app in the place of what stands for them.
func (p *Push) withCertificates(have *chat.Push) {
	for _, one := range []struct {
		file *string
		text string
	}{
		{&p.APNs.CAFile, have.APNs.CA},
		{&p.FCM.CAFile, have.FCM.CA},
		{&p.HMS.CAFile, have.HMS.CA},
		{&p.WebPush.CAFile, have.WebPush.CA},
		{&p.Webhook.CAFile, have.Webhook.CA},
	} {
		if *one.file == stored("x") {
			*one.file = one.text
		}
	}
}

// stored stands for a file whose text is in the data folder.
func stored(text string) string {
	if text == "" {
		return ""
	}
	return "(stored)"
}
