package admin

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// Over MQTT the caller acts: a member that names somebody else as the actor is
// refused by every method, also by those that have no use for it (spec/00 §5).
func TestNobodyActsAsSomebodyElse(t *testing.T) {
	h := open(t, nil)
	h.users("ann", "bob")
	h.ok("group_open_http_svc/create_group", `{"GroupId":"g","Type":"Public","Name":"g","Owner_Account":"ann"}`)
	foreign := map[string][]chat.Code{"": {90008, 10007}, "group_open_http_svc": {10007}, "group_open_attr_http_svc": {10007}, "openim_msg_ext_http_svc": {10007}, "openim": {90008}, "sns": {30004}, "million_group_open_http_svc": {10007}, "profile": {40004}, "follow": {30004}, "media": {90008}, "search": {90008}}
	tried := 0
	for _, row := range h.table.Rows() {
		if row.Method == "" || row.Method == "msg.send" { // the core's: an administrator may
			continue
		}
		for _, member := range []string{"From_Account", "Operator_Account", "Report_Account"} {
			if (row.Service == "sns" || row.Service == "follow" || row.Service == "million_group_open_http_svc" || row.Method == "user.set" || row.Method == "media.upload") && member == "From_Account" {
				continue // read by the command
			}
			tried++
			a := h.as("ann", row.Method, `{"`+member+`":"bob"}`)
			if want := foreign[row.Service]; a.ErrorCode != want[0] && a.ErrorCode != want[len(want)-1] {
				t.Errorf("%s with %s of somebody else: %s, want %v", row.Method, member, a.text, want)
			}
			for _, own := range []string{`"ann"`, `null`} {
				if a := h.as("ann", row.Method, `{"`+member+`":`+own+`}`); strings.Contains(a.ErrorInfo, member) {
					t.Errorf("%s with %s %s: %s", row.Method, member, own, a.text)
				}
			}
		}
	}
	if tried < 60 {
		t.Errorf("%d tried, want every method", tried)
	}
	for _, c := range []struct {
		method, body string
		want         chat.Code
	}{
		{"msg.history", `{"Conv":"c2c/bob","From_Account":"bob"}`, 90008},
		{"msg.history", `{"Conv":"group/g","From_Account":"bob"}`, 10007},
		{"msg.history", `{"Conv":"c2c/bob","From_Account":7}`, 90008},
		{"group.update", `{"GroupId":"g","Name":"x","Operator_Account":"bob"}`, 10007},
		{"group.topics.create", `{"GroupId":"g","TopicName":"x","From_Account":"bob"}`, 10007},
		{"group.topics.get", `{"GroupId":"g","From_Account":"bob"}`, 10007},
		{"group.topics.update", `{"GroupId":"g","TopicId":"@TGS#_g@TOPIC#_t","From_Account":"bob"}`, 10007},
		{"group.create", `{"Type":"Public","Name":"x","Owner_Account":"bob"}`, 10007},
		{"msg.send", `{"Conv":"c2c/bob","From_Account":"bob","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`, 90008},
		{"msg.send", `{"Conv":"c2c/bob","Operator_Account":"bob","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`, 90008},
		{"black.get", `{"From_Account":"bob"}`, 30004},
		{"user.set", `{"From_Account":"bob","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"x"}]}`, 40004},
		{"user.set", `{"From_Account":"ann","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"x"}]}`, 0},
		{"group.update", `{"GroupId":"g","Name":"x","Operator_Account":"ann"}`, 0},
	} {
		if a := h.as("ann", c.method, c.body); a.ErrorCode != c.want {
			t.Errorf("%s %s: %s, want %d", c.method, c.body, a.text, c.want)
		}
	}
	// REST callers are administrators, and what they name beside is not looked at.
	h.ok("group_open_http_svc/modify_group_base_info", `{"GroupId":"g","Name":"y","Operator_Account":"bob"}`)
}

// lockedBuffer may be written to by several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

// Members that a command does not know are accepted, and named in the log for
// a reader who looks for a spelling mistake.
func TestUnknownMembersAreLogged(t *testing.T) {
	var log lockedBuffer
	h := openLogged(t, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	h.users("ann", "bob")
	log.take()
	for _, c := range []struct{ body, want string }{
		{`{"UserID":"ann","nick":"secret","Colour":"red"}`, `members="[nick Colour]"`},
		{`{"UserID":"ann","Nick":"Ann"}`, ""},
	} {
		h.ok("im_open_login_svc/account_import", c.body)
		got := log.take()
		if c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "secret") || strings.Contains(got, "red") {
			t.Errorf("%s: %q, want %q", c.body, got, c.want)
		}
	}
	send := `{"Conv":"c2c/bob","MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}],"ClientMsgId":"c","cloudCustomData":"x"}`
	if a := h.as("ann", "msg.send", send); a.ErrorCode != 0 {
		t.Errorf("%s", a.text)
	}
	if got := log.take(); !strings.Contains(got, "members=[cloudCustomData]") || !strings.Contains(got, "command=msg.send") {
		t.Errorf("msg.send: %q", got)
	}
	h.ok("openim/sendmsg", `{"To_Account":"bob","MsgRandom":1,"SyncOtherMachine":2,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]}`)
	if got := log.take(); got != "" {
		t.Errorf("sendmsg without unknown members: %q", got)
	}
}
