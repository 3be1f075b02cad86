package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// full is an app with something in every section.
func full() chat.App {
	return chat.App{
		ID: 7, Name: "Seven", Retention: time.Hour,
		Keys:   []chat.Key{{ID: "b", Secret: "secret-b"}, {ID: "a", Secret: "secret-a", NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}},
		Admins: []chat.UserID{"administrator"},
		JWT:    chat.JWT{Algorithms: []string{"HS256"}, Secret: "secret-jwt-secret-jwt-secret-jwt-secret"},
		Webhook: chat.Webhook{
			URL: "http://localhost/hook", Token: "secret-hook", Events: map[string]bool{string(chat.StateChange): true},
			FailStop: true, Keep: time.Hour, TextEventTime: true,
		},
		Push:   chat.Push{Webhook: chat.PushWebhook{URL: "https://localhost/push", Token: "secret-push"}},
		Limits: chat.Limits{MessageBytes: 100, AppBytes: -1},
		Switches: chat.Switches{
			NoLiveBans: true, NoAutoRegister: true, NoSearch: true, NoEarlierHistory: map[chat.GroupType]bool{chat.Work: true},
			EarlierHistory: map[chat.GroupType]bool{}, InviteeConsent: map[chat.GroupType]bool{},
		},
		Custom: chat.CustomFields{Group: map[string]chat.FieldRights{
			"room": {Read: []chat.Level{chat.LevelUser}, Write: []chat.Level{chat.LevelOwner}, Types: []chat.GroupType{chat.Work}},
		}},
		AllowType: "AllowType_Type_NeedConfirm",
		Login:     chat.Login{Policy: chat.LoginDual, Instances: map[chat.Platform]int{chat.PlatformWeb: 2}},
		Media:     chat.Media{ImageBytes: 5, UserFiles: -1},
	}
}

func TestEmptyPatchChangesNothing(t *testing.T) {
	app, want := full(), full()
	if err := Patch(&app, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(app, want) {
		t.Errorf("got  %+v\nwant %+v", app, want)
	}
}

// What is shown can be sent back.
func TestShownSettingsChangeNothing(t *testing.T) {
	app, want := full(), full()
	app.Push.Webhook.CA, want.Push.Webhook.CA = "", ""
	tree, err := ShowSettings(&app)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "secret-") {
		t.Errorf("a secret shows: %s", text)
	}
	if err := Patch(&app, text); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(app, want) {
		t.Errorf("got  %+v\nwant %+v", app, want)
	}
}

func TestPatchReplacesWhatIsThere(t *testing.T) {
	app := full()
	err := Patch(&app, []byte(`{"name":"Eight","retention":"2h","limits":{"message_bytes":200},"switches":{"no_search":false},
		"login":{"instances":{"iOS":1}},"webhook":{"events":["all"],"token":"(secret)"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if app.Name != "Eight" || app.Retention != 2*time.Hour || app.Limits.MessageBytes != 200 || app.Limits.AppBytes != -1 {
		t.Errorf("%+v", app)
	}
	if app.Switches.NoSearch || !app.Switches.NoLiveBans || !app.Webhook.All || app.Webhook.Token != "secret-hook" {
		t.Errorf("%+v", app)
	}
	if want := (map[chat.Platform]int{chat.PlatformIOS: 1, chat.PlatformWeb: 2}); !reflect.DeepEqual(app.Login.Instances, want) {
		t.Errorf("instances %v, want %v", app.Login.Instances, want)
	}
	if len(app.Keys) != 2 || app.Keys[0].ID != "b" {
		t.Errorf("keys %+v", app.Keys)
	}
}

// null puts the default in place, and takes away what has a name of one's choice.
func TestPatchWithNull(t *testing.T) {
	app, want := full(), full()
	err := Patch(&app, []byte(`{"retention":null,"limits":{"message_bytes":null},"webhook":{"token":null},"push":null,
		"login":{"instances":{"Web":null,"iOS":1}},"custom":{"group":{"room":null}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want.Retention, want.Limits.MessageBytes, want.Webhook.Token, want.Push = DefaultRetention, 0, "", chat.Push{}
	want.Login.Instances, want.Custom.Group = map[chat.Platform]int{chat.PlatformIOS: 1}, nil
	if !reflect.DeepEqual(app, want) {
		t.Errorf("got  %+v\nwant %+v", app, want)
	}
}

func TestWrongPatchChangesNothing(t *testing.T) {
	for patch, want := range map[string]string{
		`[]`:                               "settings: want an object",
		`{"nam":"x"}`:                      "did you mean name",
		`{"keys":{}}`:                      "keys: is not changed here",
		`{"disabled":true}`:                "disabled: is not changed here",
		`{"limits":{"message_bytes":1.5}}`: "limits.message_bytes: is a number, want a whole number",
		`{"webhook":{"token_file":"/etc/passwd"}}`: "webhook.token_file: files of the server are not read here",
		`{"push":{"webhook":{"ca_file":"/x"}}}`:    "push.webhook.ca_file: files of the server are not read here",
		`{"jwt":{"public_keys":["/etc/passwd"]}}`:  "jwt.public_keys: want the keys themselves",
		`{"login":{"policy":"dule"}}`:              "is not known, want one of",
		`{"administrators":[""]}`:                  "administrators[0]: is not a UserID",
	} {
		app := full()
		err := Patch(&app, []byte(patch))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", patch, err, want)
		}
		if !reflect.DeepEqual(app, full()) {
			t.Errorf("%s has changed the app", patch)
		}
	}
}
