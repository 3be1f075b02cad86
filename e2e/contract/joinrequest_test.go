//go:build e2e

package contract

import "testing"

// A Public group asks before it lets anybody in (spec/20 §2): who decides is
// told at once, and so is who asked.
func TestJoinRequests(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		ann, bob := open(s.user("ann"), options{}), open(s.user("bob"), options{})
		id := fresh("asking")
		mustAsk(t, ann, "group.create", object{"Type": "Public", "Name": "Tea", "GroupId": id})
		apply := func(text string) string {
			t.Helper()
			if answer := mustAsk(t, bob, "group.join", object{"GroupId": id, "ApplyMsg": text}); answer.num("Joined") != 0 {
				t.Errorf("group.join: %s", answer)
			}
			e := notice(t, ann, id, 1)
			if e.str("RequestMsg") != text || e.str("ApplicationId") == "" || e.obj("Operator").str("UserID") != bob.user().id {
				t.Errorf("the owner is told %s", e)
			}
			return e.str("ApplicationId")
		}

		first := apply("let me in")
		mustRefuse(t, bob, "im/text/group/"+id, "hello?", 1, 10007)
		mustDeny(t, bob, "group.approve", object{"ApplicationId": first, "Action": "Approve"}, 10007)
		mustDeny(t, bob, "group.requests", object{"GroupId": id}, 10007)
		mustAsk(t, ann, "group.approve", object{"ApplicationId": first, "Action": "Refuse", "Msg": "not now"})
		if e := notice(t, bob, id, 3); e.str("HandleMsg") != "not now" || e.str("ApplicationId") != first {
			t.Errorf("who is refused is told %s", e)
		}
		mustDeny(t, ann, "group.approve", object{"ApplicationId": first, "Action": "Approve"}, 10024)

		second := apply("please")
		list := mustAsk(t, ann, "group.requests", object{}).list("Requests")
		if len(list) != 1 || list[0].str("ApplicationId") != second || list[0].str("ApplyMsg") != "please" ||
			list[0].str("GroupName") != "Tea" || list[0].num("Handled") != 0 {
			t.Errorf("group.requests: %v", list)
		}
		mustAsk(t, ann, "group.approve", object{"GroupId": id, "Applicant_Account": bob.user().id, "Action": "Approve", "Msg": "welcome"})
		if e := notice(t, bob, id, 2); e.str("HandleMsg") != "welcome" || e.obj("Operator").str("UserID") != ann.user().id {
			t.Errorf("who is let in is told %s", e)
		}
		mustSend(t, bob, "im/text/group/"+id, "thanks", 1)
		ann.in().body(t, "im/in/group/"+id, saying("thanks"))
		mustSend(t, ann, "im/text/group/"+id, "you are welcome", 1)
		bob.in().body(t, "im/in/group/"+id, saying("you are welcome"))
		mustDeny(t, ann, "group.approve", object{"ApplicationId": second, "Action": "Refuse"}, 10024)
		if list := mustAsk(t, ann, "group.requests", object{"GroupId": id}).list("Requests"); len(list) != 1 ||
			list[0].num("Handled") != 2 || list[0].num("Result") != 1 {
			t.Errorf("afterwards: %v", list)
		}
	})
}

// notice awaits a device's next notice of a kind about a group (spec/23 §3).
func notice(t testing.TB, d device, group string, kind int) object {
	t.Helper()
	return d.in().body(t, "im/event/group", func(o object) bool { return o.num("OpType") == kind && o.str("GroupId") == group })
}
