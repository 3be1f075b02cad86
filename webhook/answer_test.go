package webhook

import (
	"strings"
	"testing"
)

// What an app says to an event is not read: that it says something in JSON is all
// (spec/30 §1, §3).
func TestAnswersToEvents(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		reply  string
		want   outcome
	}{
		{"success", 200, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`, answered},
		{"a code as text", 200, `{"ErrorCode":"1"}`, answered},
		{"a refusal", 200, `{"ActionStatus":"FAIL","ErrorCode":1}`, answered},
		{"a code of nothing", 200, `{"ErrorCode":"OK"}`, answered},
		{"members of another form", 200, `{"ErrorCode":[],"ErrorInfo":0,"MsgBody":7,"CloudCustomData":{}}`, answered},
		{"an empty object", 200, " {}\n", answered},
		{"another JSON", 200, `"ok"`, answered},
		{"a word", 200, `OK`, badAnswer},
		{"nothing", 200, ``, badAnswer},
		{"half an object", 200, `{"ErrorCode":0`, badAnswer},
		{"too much", 200, `"` + strings.Repeat("x", maxAnswer) + `"`, badAnswer},
		{"created", 201, `{"ErrorCode":0}`, badStatus},
		{"no content", 204, ``, badStatus},
		{"moved", 302, ``, badStatus},
		{"not found", 404, `{"ErrorCode":0}`, badStatus},
		{"broken", 500, `{"ErrorCode":0}`, badStatus},
		{"broken, with many words", 500, strings.Repeat("x", maxAnswer+1), badStatus},
		{"slow down", 429, ``, unreachable},
		{"bad gateway", 502, ``, unreachable},
		{"not now", 503, ``, unreachable},
		{"nobody behind the gateway", 504, ``, unreachable},
	} {
		inWorld(t, func(w *world) {
			w.out.set(func(told) error { return reply{c.status, c.reply} })
			w.say(1, 1, "a")
			w.start()
			w.settle()
			label := w.metrics.attempts.WithLabelValues("Group.CallbackAfterSendMsg", string(c.want))
			if n := value(t, label); n != 1 {
				t.Errorf("%s is not counted as %s", c.name, c.want)
			}
		})
	}
}
