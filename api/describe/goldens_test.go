package describe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exchange is a request and its answer in a golden file.
type exchange struct {
	where         string // file and number of the exchange
	name          string // service/command, or method
	body, answer  string
	rest, overNet bool // over REST; over MQTT itself, not by the table alone
}

// exchanges reads the transcripts of both doors: "service/command body" or
// "user method body", and the answer in the next line. Other lines are passed over.
func exchanges(t *testing.T) (list []exchange) {
	t.Helper()
	files, err := filepath.Glob("../../admin/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts of the HTTP door: %v", err)
	}
	for _, file := range append(files, "../../hooks/testdata/methods.txt") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for i := 1; i < len(lines); i++ {
			if !strings.HasPrefix(lines[i], `{"ActionStatus"`) && !strings.HasPrefix(lines[i], `{"ErrorCode"`) {
				continue
			}
			e := exchange{where: filepath.Base(file) + ": " + lines[i-1], answer: lines[i], overNet: strings.Contains(file, "hooks")}
			head, body, _ := strings.Cut(lines[i-1], " {")
			e.body = "{" + body
			e.rest = strings.Contains(head, "/")
			if e.name = head; !e.rest {
				_, e.name, _ = strings.Cut(head, " ")
			}
			list = append(list, e)
		}
	}
	return list
}

// payload is a golden file with what a topic carries.
type payload struct{ file, message string }

// payloads are the golden files of package form, each with its message in the
// AsyncAPI document. One shows a kind of event that is to come, and is left out.
func payloads(t *testing.T) (list []payload) {
	t.Helper()
	files, err := filepath.Glob("../../wire/form/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files of package form: %v", err)
	}
	special := map[string]string{
		"event-own-read": "event.read", "event-muted": "event.group", "event-application": "event.group",
		"event-friend-gone": "event.friend", "event-friend-request": "event.friend", "event-friendgroup-gone": "event.friendgroup",
		"event-accepted": "event.group", "event-topic": "event.group", "event-notice": "event.group", "event-recall-told": "event.recall", "event-modify-told": "event.modify",
		"event-conversation-deleted": "event.conversation", "event-gap": "event.conversation",
		"event-conversation-item": "event.conversation", "event-conversation-empty": "event.conversation", "event-conversation-last": "event.conversation",
		"event-convgroup-large":   "event.convgroup",
		"event-convgroup-renamed": "event.convgroup", "event-convgroup-deleted": "event.convgroup",
		"event-receipt-c2c": "event.receipt", "kick": "event.kick", "kick-admin": "event.kick", "kick-server": "event.kick", "presence": "event.presence", "presence-unknown": "event.presence", "message-c2c": "in.c2c",
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		first, _, _ := strings.Cut(name, "-")
		message, ok := special[name]
		switch {
		case ok:
		case name == "event-other":
			continue
		case first == "event":
			message = strings.Replace(name, "-", ".", 1)
		case first == "message":
			message = "in.group"
		default:
			message = first // ack, err
		}
		list = append(list, payload{file, message})
	}
	return list
}
