package chattest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// Runner plays one story. As names the user who acts, each verb is one request of
// that user, and Wants names the code it should have got. A request without a Wants
// should have succeeded; a failure is reported at the story's line that made it.
type Runner struct {
	t    testing.TB
	door Door
	as   chat.UserID

	// The last request: whose code has not been asked for, and where it was made.
	open  bool
	code  chat.Code
	what  string
	where string
}

// newRunner makes a runner; the story's end settles its last request.
func newRunner(t testing.TB, d Door) *Runner {
	r := &Runner{t: t, door: d}
	t.Cleanup(r.settle)
	return r
}

// settle fails the test if the last request failed and no Wants followed.
func (r *Runner) settle() {
	if r.open && r.code != 0 {
		r.t.Errorf("%s: %s: got %d (%s), want success", r.where, r.what, r.code, r.code.Meaning())
	}
	r.open = false
}

// did notes the outcome of a request made by the caller's caller.
func (r *Runner) did(code chat.Code, format string, args ...any) {
	r.settle()
	_, file, line, _ := runtime.Caller(2)
	r.open, r.code = true, code
	r.what = string(r.as) + " " + fmt.Sprintf(format, args...)
	r.where = fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

// As sets the user who acts from here on.
func (r *Runner) As(u chat.UserID) *Runner {
	r.settle()
	r.as = u
	return r
}

// Wants checks the code of the last request; 0 is success.
func (r *Runner) Wants(code chat.Code) {
	r.t.Helper()
	if !r.open {
		r.t.Fatal("Wants without a request before it")
	}
	r.open = false
	if r.code != code {
		r.t.Errorf("%s: got %d, want %d", r.what, r.code, code)
	}
}

// Create makes a group with a generated id and returns the id. It fails the test if the
// group is refused.
func (r *Runner) Create(d chat.GroupDraft) chat.GroupID {
	r.t.Helper()
	if d.Name == "" {
		d.Name = "story"
	}
	g, code := r.door.Create(r.as, d)
	r.did(code, "creates a %s group", d.Type)
	return g
}

// Destroy disbands a group.
func (r *Runner) Destroy(g chat.GroupID) { r.did(r.door.Destroy(r.as, g), "disbands %s", g) }

// Profile reads a group's profile.
func (r *Runner) Profile(g chat.GroupID) chat.Group {
	p, code := r.door.Profile(r.as, g)
	r.did(code, "reads the profile of %s", g)
	return p
}

// Modify changes a group's profile.
func (r *Runner) Modify(g chat.GroupID, p chat.GroupPatch) {
	r.did(r.door.Modify(r.as, g, p), "changes %s", g)
}

// Rename changes a group's name.
func (r *Runner) Rename(g chat.GroupID, name string) {
	r.did(r.door.Modify(r.as, g, chat.GroupPatch{Name: &name}), "names %s %q", g, name)
}

// MuteAll turns mute-all on or off.
func (r *Runner) MuteAll(g chat.GroupID, on bool) {
	r.did(r.door.Modify(r.as, g, chat.GroupPatch{MuteAll: &on}), "mutes all of %s: %t", g, on)
}

// Joined lists the actor's groups.
func (r *Runner) Joined() []chat.GroupID {
	list, code := r.door.Joined(r.as)
	r.did(code, "lists their groups")
	return list
}

// Join joins a group and reports whether the actor is in, or has to wait.
func (r *Runner) Join(g chat.GroupID) bool {
	joined, code := r.door.Join(r.as, g)
	r.did(code, "joins %s", g)
	return joined
}

// Requests lists the join requests of a group, or of all groups of the actor,
// one text for each: "bob asks", "ann brings bob", and how it was answered.
func (r *Runner) Requests(g chat.GroupID) []string {
	list, code := r.door.Requests(r.as, g)
	r.did(code, "lists who wants to join %q", g)
	told := []string{}
	for _, q := range list {
		told = append(told, q.String())
	}
	return told
}

// Approve accepts the join request of u.
func (r *Runner) Approve(g chat.GroupID, u chat.UserID) {
	r.did(r.door.Answer(r.as, Request{Group: g, Newcomer: u}, true), "lets %s into %s", u, g)
}

// Refuse refuses the join request of u.
func (r *Runner) Refuse(g chat.GroupID, u chat.UserID) {
	r.did(r.door.Answer(r.as, Request{Group: g, Newcomer: u}, false), "keeps %s out of %s", u, g)
}

// Request finds the join request for u that the actor may answer. It fails the test if
// there is none.
func (r *Runner) Request(g chat.GroupID, u chat.UserID) Request {
	r.t.Helper()
	list, code := r.door.Requests(r.as, g)
	for _, q := range list {
		if q.Newcomer == u {
			return q
		}
	}
	r.t.Fatalf("%s is asked nothing about %s: %d, %v", r.as, u, code, list)
	return Request{}
}

// Answer answers one request by its id.
func (r *Runner) Answer(q Request, yes bool) {
	r.did(r.door.Answer(r.as, q, yes), "answers %s: %t", q, yes)
}

// Quit leaves a group.
func (r *Runner) Quit(g chat.GroupID) { r.did(r.door.Quit(r.as, g), "quits %s", g) }

// Invite brings users in and returns the result of each.
func (r *Runner) Invite(g chat.GroupID, list ...chat.UserID) []int {
	results, code := r.door.Invite(r.as, g, list...)
	r.did(code, "invites %v to %s", list, g)
	return results
}

// Kick removes users.
func (r *Runner) Kick(g chat.GroupID, list ...chat.UserID) {
	r.did(r.door.Kick(r.as, g, list...), "kicks %v from %s", list, g)
}

// Transfer hands a group over.
func (r *Runner) Transfer(g chat.GroupID, to chat.UserID) {
	r.did(r.door.Transfer(r.as, g, to), "makes %s owner of %s", to, g)
}

// Appoint gives a role.
func (r *Runner) Appoint(g chat.GroupID, u chat.UserID, role chat.Role) {
	r.did(r.door.Member(r.as, g, u, chat.MemberPatch{Role: &role}), "makes %s %s of %s", u, role, g)
}

// Card sets a name card.
func (r *Runner) Card(g chat.GroupID, u chat.UserID, card string) {
	r.did(r.door.Member(r.as, g, u, chat.MemberPatch{NameCard: &card}), "writes %s's card in %s", u, g)
}

// Members lists the members of a group with their roles.
func (r *Runner) Members(g chat.GroupID) map[chat.UserID]chat.Role {
	list, code := r.door.Members(r.as, g)
	r.did(code, "lists the members of %s", g)
	return list
}

// Mute mutes a user for so many seconds; 0 lifts.
func (r *Runner) Mute(g chat.GroupID, u chat.UserID, seconds uint32) {
	r.did(r.door.Mute(r.as, g, u, seconds), "mutes %s in %s for %d s", u, g, seconds)
}

// Muted lists who is muted.
func (r *Runner) Muted(g chat.GroupID) []chat.UserID {
	list, code := r.door.Muted(r.as, g)
	r.did(code, "lists the muted of %s", g)
	return list
}

// Ban bans a user for a minute.
func (r *Runner) Ban(g chat.GroupID, u chat.UserID) {
	r.did(r.door.Ban(r.as, g, u), "bans %s from %s", u, g)
}

// SetAttr writes an attribute.
func (r *Runner) SetAttr(g chat.GroupID, key, value string) {
	r.did(r.door.SetAttr(r.as, g, key, value), "writes %s of %s", key, g)
}

// Count raises a counter.
func (r *Runner) Count(g chat.GroupID, key string) {
	r.did(r.door.Count(r.as, g, key), "counts %s of %s", key, g)
}

// Notify sends a notification to everybody.
func (r *Runner) Notify(g chat.GroupID, content string) {
	r.did(r.door.Notify(r.as, g, content), "notifies %s", g)
}

// Send sends a text.
func (r *Runner) Send(g chat.GroupID, text string) chat.Seq {
	s, code := r.door.Send(r.as, r.as, g, text)
	r.did(code, "sends %q to %s", text, g)
	return s
}

// SendAs sends a text in somebody's name.
func (r *Runner) SendAs(from chat.UserID, g chat.GroupID, text string) chat.Seq {
	s, code := r.door.Send(r.as, from, g, text)
	r.did(code, "sends %q to %s as %s", text, g, from)
	return s
}

// Recall takes a message back.
func (r *Runner) Recall(g chat.GroupID, s chat.Seq) {
	r.did(r.door.Recall(r.as, g, s), "recalls %d of %s", s, g)
}

// History reads the newest page as one text per message: "ann: hi", "tip 4",
// "recalled".
func (r *Runner) History(g chat.GroupID) []string {
	lines, code := r.door.History(r.as, g)
	r.did(code, "reads %s", g)
	told := make([]string, len(lines))
	for i, l := range lines {
		switch {
		case l.Tip != 0:
			told[i] = fmt.Sprintf("tip %d", l.Tip)
		case l.Recalled:
			told[i] = "recalled"
		default:
			told[i] = string(l.From) + ": " + l.Text
		}
	}
	return told
}

// Same checks what a request returned, printed.
func (r *Runner) Same(got, want any) {
	r.t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		r.t.Errorf("after %s:\n got %s\nwant %s", r.what, g, w)
	}
}

// Reads checks what the actor finds in a group.
func (r *Runner) Reads(g chat.GroupID, want ...string) {
	r.t.Helper()
	got := r.History(g)
	r.Wants(0)
	if !slices.Equal(got, want) {
		r.t.Errorf("%s reads\n     %s\nwant %s", r.as, strings.Join(got, " | "), strings.Join(want, " | "))
	}
}
