//go:build e2e

package contract

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

var operations = flag.Int("operations", 300, "of each actor in the tenants test")

// Two apps with the same users and groups, and everybody does anything, through
// both doors, for as long as it takes. All that is written carries the mark of its
// app. Nobody is ever shown the mark of the other: no device, no administrator who
// listens to the app's stream, no backend in an answer, no receiver of webhooks.
func TestTenantsNeverMeet(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	var apps [2]*tenant
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		text, _ := io.ReadAll(q.Body)
		for _, a := range apps {
			if q.URL.Query().Get("SdkAppid") == fmt.Sprint(a.app.ID) {
				a.scan("webhook "+q.URL.Query().Get("CallbackCommand"), string(text))
			}
		}
		io.WriteString(w, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`)
	}))
	t.Cleanup(hooks.Close)
	s := start(t, "--no-limits", "--apps", "2", "--webhook", hooks.URL)
	for i := range apps {
		apps[i] = newTenant(s, i)
	}
	for i, a := range apps {
		a.other = apps[1-i]
		a.settle(t)
	}
	var all sync.WaitGroup
	for _, a := range apps {
		for _, id := range append([]string{s.Identifier}, tenantUsers...) {
			one := &actor{tenant: a, who: s.known(id, a.app), chance: rand.New(rand.NewPCG(chance.Uint64(), 0))}
			all.Go(one.live)
		}
		stranger := &actor{tenant: a, who: s.known(tenantUsers[0], a.app)}
		all.Go(func() {
			for range 6 { // more of them are answered late, as guesses are
				stranger.foreign()
			}
		})
	}
	all.Wait()
	for _, a := range apps {
		for _, problem := range a.wrong {
			t.Error(problem)
		}
		t.Logf("app %d: %d operations granted, its own mark was seen %d times, %d foreign tickets refused", a.app.ID, a.granted.Load(), a.seen.Load(), a.refused.Load())
		if a.granted.Load() < int64(*operations) || a.seen.Load() < int64(*operations) || a.refused.Load() != 12 {
			t.Error("the test has no teeth")
		}
	}
}

// The scanner sees the other's mark.
func TestTenantScannerSeesForeignMark(t *testing.T) {
	t.Parallel()
	a, b := &tenant{mark: "mark-0;"}, &tenant{mark: "mark-1;"}
	a.other, b.other = b, a
	a.scan("a message", `{"Text":"mark-0;1"}`)
	if len(a.wrong) != 0 || a.seen.Load() != 1 {
		t.Errorf("its own mark: %q, seen %d times", a.wrong, a.seen.Load())
	}
	if a.scan("a message", `{"Text":"mark-1;1"}`); len(a.wrong) != 1 {
		t.Error("the mark of the other passes")
	}
}

// Both apps have these users and groups.
var (
	tenantUsers  = []string{"ann", "ben", "cat", "dan"}
	tenantGroups = []string{"tea", "cake", "room"}
)

// tenant is one app.
type tenant struct {
	s       *server
	app     app
	other   *tenant
	mark    string
	granted atomic.Int64
	refused atomic.Int64 // tickets of the other
	seen    atomic.Int64 // its own mark

	mu    sync.Mutex // guards wrong
	wrong []string
}

func newTenant(s *server, i int) *tenant {
	return &tenant{s: s, app: s.Apps[i], mark: fmt.Sprintf("mark-of-app-%d;", i)}
}

// settle makes the accounts and groups, alike in both apps.
func (a *tenant) settle(t *testing.T) {
	t.Helper()
	b := a.s.backend(a.app)
	b.must(t, "im_open_login_svc/multiaccount_import", object{"Accounts": tenantUsers})
	for i, kind := range []string{"Public", "ChatRoom", "AVChatRoom"} {
		b.must(t, "group_open_http_svc/create_group", object{"Type": kind, "Name": a.mark, "GroupId": tenantGroups[i], "Owner_Account": tenantUsers[i]})
	}
}

// scan looks at something that the app is shown.
func (a *tenant) scan(what, text string) {
	if strings.Contains(text, a.mark) {
		a.seen.Add(1)
	}
	if strings.Contains(text, a.other.mark) {
		a.fault(fmt.Sprintf("app %d is shown the other's mark in %s: %.500s", a.app.ID, what, text))
	}
}

func (a *tenant) fault(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.wrong) < 20 {
		a.wrong = append(a.wrong, what)
	}
}

// actor is a user on a device, or the app's administrator.
type actor struct {
	*tenant
	who    person
	chance *rand.Rand
	device *raw
	n      int
}

// live does the actor's operations. The device changes now and then, and what the
// old one has received is looked at.
func (a *actor) live() {
	defer a.retire()
	for a.n = range *operations {
		if a.device == nil || !a.device.box.alive() || a.n%100 == 99 {
			if a.retire(); !a.enter() {
				return
			}
		}
		operation := tenantOperations[a.chance.IntN(len(tenantOperations))]
		operation(a)
	}
	// What is under way arrives before the answer to this.
	a.ask("me", object{})
}

// enter connects with a new ticket: a kick ends all tickets of its second.
func (a *actor) enter() bool {
	o := rawOptions{version: 4 + byte(a.n&1), client: "phone", keep: a.chance.IntN(2) == 0}
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	var d *raw
	for range 100 {
		a.who.sig = program.UserSig(a.app, a.who.id, time.Now(), time.Hour)
		var code byte
		var err error
		if d, code, err = dialRaw(a.who, o); err == nil && code == 0 {
			break
		}
		d = nil
		<-pause.C
	}
	if d == nil {
		a.fault(a.who.id + " is not let in")
		return false
	}
	a.device = d
	for _, filter := range []string{"im/#", "app/#", "im/text/#", "im/event/presence/" + a.user()} {
		if _, err := d.try(filter); err != nil {
			return true // it was kicked; the next turn enters again
		}
	}
	return true
}

func (a *actor) retire() {
	if a.device == nil {
		return
	}
	for _, p := range a.device.box.seen("#") {
		a.scan("a packet to "+a.who.id, p.topic+" "+string(p.payload)+" "+string(p.correlation))
	}
	a.device.conn.Close()
	a.device = nil
}

func (a *actor) user() string  { return tenantUsers[a.chance.IntN(len(tenantUsers))] }
func (a *actor) group() string { return tenantGroups[a.chance.IntN(len(tenantGroups))] }

// words are what the actor writes: the mark of the app, and what both apps write.
func (a *actor) words() string { return fmt.Sprint(a.mark, a.chance.IntN(50)) }

func (a *actor) conv() string {
	if a.chance.IntN(2) == 0 {
		return "c2c/" + a.user()
	}
	return "group/" + a.group()
}

func (a *actor) publish(topic, payload string, qos byte) {
	if code, err := a.device.publish(publishing(topic, payload, qos, 0)); err == nil && code < 0x80 {
		a.granted.Add(1)
	}
}

func (a *actor) ask(method string, body object) {
	a.publish("im/req/"+method+"/"+fmt.Sprint("r", a.n), jsonText(body), 1)
}

// call asks over HTTP, as the app's administrator.
func (a *actor) call(path string, body object) {
	answer := a.s.backend(a.app).attempt(path, body)
	if granted(answer) {
		a.granted.Add(1)
	}
	a.scan("the answer to "+path, jsonText(answer))
}

// tenantOperations are what anybody does. Most may be refused; none may show
// anything of the other app.
var tenantOperations = []func(a *actor){
	func(a *actor) { a.publish("im/text/"+a.conv(), a.words(), byte(a.chance.IntN(3))) },
	func(a *actor) { a.publish("im/text/"+a.conv(), a.words(), 1) },
	func(a *actor) {
		a.publish("im/send/"+a.conv(), jsonText(object{
			"ClientMsgId": fmt.Sprint("same", a.chance.IntN(1000)), "MsgBody": textBody(a.words()), "CloudCustomData": a.words(),
		}), byte(a.chance.IntN(3)))
	},
	func(a *actor) { a.publish("im/read/"+a.conv(), "", 1) },
	func(a *actor) {
		a.publish("im/recall/"+a.conv(), jsonText(object{"MsgSeq": 1 + a.chance.IntN(100), "Reason": a.words()}), 1)
	},
	func(a *actor) { a.publish("im/status", a.words(), 1) },
	func(a *actor) { a.publish("im/typing/c2c/"+a.user(), "1", 0) },
	func(a *actor) { a.ask("msg.history", object{"Conv": a.conv(), "Limit": 20}) },
	func(a *actor) {
		a.ask("msg.get", object{"Conv": a.conv(), "MsgSeqs": []int{1, 2, 3}, "MsgIds": []string{a.user() + "-same1"}})
	},
	func(a *actor) {
		a.ask("msg.modify", object{"Conv": a.conv(), "MsgSeq": 1 + a.chance.IntN(50), "MsgBody": textBody(a.words())})
	},
	func(a *actor) {
		a.ask("msg.react", object{"Conv": a.conv(), "MsgSeq": 1 + a.chance.IntN(50), "ReactionId": a.words()})
	},
	func(a *actor) { a.ask("conv.list", object{}) },
	func(a *actor) { a.ask("sync", object{}) },
	func(a *actor) { a.ask("me", object{}) },
	func(a *actor) { a.ask("group.get", object{"GroupIdList": tenantGroups}) },
	func(a *actor) { a.ask("group.members", object{"GroupId": a.group()}) },
	func(a *actor) { a.ask("group.joined", object{}) },
	func(a *actor) {
		a.ask("group.create", object{"GroupId": fmt.Sprint("own", a.chance.IntN(20)), "Type": "Public", "Name": a.mark, "Introduction": a.words()})
	},
	func(a *actor) { a.ask("group.join", object{"GroupId": a.group(), "ApplyMsg": a.words()}) },
	func(a *actor) { a.ask("group.quit", object{"GroupId": a.group()}) },
	func(a *actor) {
		a.ask("group.update", object{"GroupId": a.group(), "Introduction": a.words(), "Notification": a.words()})
	},
	func(a *actor) { a.ask("status.watch", object{"To_Account": tenantUsers}) },
	func(a *actor) {
		a.call("openim/sendmsg", object{"From_Account": a.user(), "To_Account": a.user(), "MsgRandom": a.chance.IntN(100), "MsgBody": textBody(a.words())})
	},
	func(a *actor) {
		a.call("group_open_http_svc/send_group_msg", object{"GroupId": a.group(), "From_Account": a.user(), "Random": a.chance.IntN(100), "MsgBody": textBody(a.words())})
	},
	func(a *actor) {
		a.call("group_open_http_svc/add_group_member", object{"GroupId": a.group(), "MemberList": []object{{"Member_Account": a.user()}}})
	},
	func(a *actor) {
		a.call("group_open_http_svc/delete_group_member", object{"GroupId": a.group(), "MemberToDel_Account": []string{a.user()}, "Reason": a.words()})
	},
	func(a *actor) {
		a.call("group_open_http_svc/modify_group_base_info", object{"GroupId": a.group(), "Name": a.mark, "Introduction": a.words()})
	},
	func(a *actor) {
		a.call("group_open_http_svc/send_group_system_notification", object{"GroupId": a.group(), "Content": a.words()})
	},
	func(a *actor) { a.call("group_open_http_svc/get_group_info", object{"GroupIdList": tenantGroups}) },
	func(a *actor) {
		a.call("group_open_http_svc/get_group_member_info", object{"GroupId": a.group(), "Limit": 100})
	},
	func(a *actor) { a.call("group_open_http_svc/get_appid_group_list", object{"Limit": 100}) },
	func(a *actor) {
		a.call("group_open_http_svc/group_msg_get_simple", object{"GroupId": a.group(), "ReqMsgNumber": 20})
	},
	func(a *actor) {
		a.call("openim/admin_getroammsg", object{"Operator_Account": a.user(), "Peer_Account": a.user(), "MaxCnt": 50, "MinTime": 0, "MaxTime": time.Now().Unix() + 60})
	},
	func(a *actor) { a.call("openim/query_online_status", object{"To_Account": tenantUsers}) },
	func(a *actor) {
		a.call("im_open_login_svc/account_check", object{"CheckItem": []object{{"UserID": a.user()}}})
	},
	func(a *actor) {
		if a.chance.IntN(20) == 0 {
			a.call("im_open_login_svc/kick", object{"UserID": a.user()})
		}
	},
}

// foreign tries the other app's key for one's own app, and one's own for the
// other's, at both doors.
func (a *actor) foreign() {
	stranger := a.who
	stranger.sig = program.UserSig(app{ID: a.app.ID, Key: a.other.app.Key}, a.who.id, time.Now(), time.Hour)
	if d, code, err := dialRaw(stranger, rawOptions{version: 5}); err == nil && code == 0 {
		a.fault("a ticket with the other app's key is let in")
		d.conn.Close()
	} else {
		a.refused.Add(1)
	}
	b := a.s.backend(a.app) // asks about its app with the ticket of the other's
	b.sig = program.UserSig(a.other.app, b.id, time.Now(), time.Hour)
	if answer := b.attempt("group_open_http_svc/get_appid_group_list", object{"Limit": 100}); answer == nil || granted(answer) {
		a.fault("the other app's administrator is answered: " + jsonText(answer))
	} else {
		a.refused.Add(1)
		a.scan("a refusal", jsonText(answer))
	}
}
