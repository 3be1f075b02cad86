//go:build e2e

package contract

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

var migrants = flag.Int("migrants", 300, "accounts of the migration test; ten old messages for each")

// A service of another make is brought over with examples/migrate.py, as docs/migrate.md
// tells: the script and the server are killed on the way and go on. Then everybody finds
// their friends, groups, messages, order and unread numbers as they were, and the first
// live message goes on where the old ones end.
func TestMigration(t *testing.T) {
	t.Parallel()
	m := newMove(t, *migrants)
	data := t.TempDir()
	s := start(t, "--no-limits", "--data", data)
	address := strings.TrimPrefix(s.Admin, "http://")
	m.begin(t, s)
	m.awaitProgress(t, "groupmessages")
	m.end(t, true) // the script is killed
	m.begin(t, s)
	m.awaitProgress(t, "messages")
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	s = start(t, "--no-limits", "--data", data, "--listen-admin", address)
	out := m.end(t, false)
	if !strings.HasSuffix(out, "\ndone, 0 lines refused\n") {
		refused, _ := os.ReadFile(m.dir + "/refused.jsonl")
		t.Fatalf("%s\n%s", out, tail(string(refused), 2000))
	}
	t.Log(out)
	m.check(t, s)
}

// move is a service that is brought over.
type move struct {
	dir    string
	chance *rand.Rand
	users  []string
	start  int64 // Unix seconds of the first message

	friends map[string][]string
	members map[string][]string    // of each group
	unread  map[[2]string]int      // by user and conversation
	said    map[[2]string][]string // texts, oldest first, by user and conversation
	last    map[[2]string]int64    // time of the last one

	run *exec.Cmd
	out strings.Builder
}

func newMove(t *testing.T, n int) *move {
	m := &move{
		dir: t.TempDir(), chance: seeded(t), start: time.Now().Unix() - 40*24*3600,
		friends: map[string][]string{}, members: map[string][]string{}, unread: map[[2]string]int{}, said: map[[2]string][]string{}, last: map[[2]string]int64{},
	}
	for i := range n {
		m.users = append(m.users, fmt.Sprintf("old%05d", i))
	}
	m.write(t, "accounts", n, func(i int) object {
		return object{"UserID": m.users[i], "Nick": "Nick of " + m.users[i]}
	})
	m.write(t, "friends", 3*n, func(i int) object {
		from, to := m.users[i/3], m.users[(i/3+1+i%3)%n]
		m.friends[from] = append(m.friends[from], to)
		return object{"From_Account": from, "To_Account": to, "AddSource": "AddSource_Type_Old", "Remark": "friend", "AddTime": m.start}
	})
	m.groups(t, n)
	m.privates(t, n)
	return m
}

func (m *move) write(t *testing.T, name string, n int, line func(i int) object) {
	t.Helper()
	f, err := os.Create(m.dir + "/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	to := json.NewEncoder(w)
	for i := range n {
		if err := to.Encode(line(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

// groups are as many as there are dozens of users; each user is in two. They have half of
// the messages.
func (m *move) groups(t *testing.T, n int) {
	g := max(2, n/12)
	name := func(i int) string { return fmt.Sprintf("oldgroup%d", i%g) }
	for i, u := range m.users {
		for _, id := range []string{name(i), name(i + 1)} {
			m.members[id] = append(m.members[id], u)
		}
	}
	m.write(t, "groups", g, func(i int) object {
		return object{"GroupId": name(i), "Type": "Public", "Name": name(i), "Owner_Account": m.members[name(i)][0], "CreateTime": m.start - 100}
	})
	counts := map[string]int{}
	m.write(t, "groupmessages", 5*n, func(i int) object {
		id := name(i)
		from, text := m.members[id][m.chance.IntN(len(m.members[id]))], fmt.Sprint("group message ", i)
		counts[id]++
		for _, u := range m.members[id] {
			k := [2]string{u, "group/" + id}
			m.said[k], m.last[k] = append(m.said[k], text), m.start+int64(i)
		}
		return object{"GroupId": id, "From_Account": from, "SendTime": m.start + int64(i), "Random": i, "MsgBody": textBody(text)}
	})
	type place struct{ id, user string }
	var all []place
	for i := range g {
		for _, u := range m.members[name(i)] {
			all = append(all, place{name(i), u})
		}
	}
	m.write(t, "members", len(all), func(i int) object {
		p := all[i]
		unread := min(m.chance.IntN(4), counts[p.id])
		m.unread[[2]string{p.user, "group/" + p.id}] = unread
		o := object{"GroupId": p.id, "Member_Account": p.user, "JoinTime": m.start - 50, "UnreadMsgNum": unread}
		if i%7 == 3 {
			o["Role"] = "Admin"
		}
		return o
	})
}

// privates are one-to-one conversations, each user with the next two.
func (m *move) privates(t *testing.T, n int) {
	m.write(t, "messages", 5*n, func(i int) object {
		a, b := m.users[i%n], m.users[(i+1+i/n%2)%n]
		if m.chance.IntN(2) == 0 {
			a, b = b, a
		}
		text, at := fmt.Sprint("message ", i), m.start+int64(5*n+i)
		for _, k := range [][2]string{{a, "c2c/" + b}, {b, "c2c/" + a}} {
			m.said[k], m.last[k] = append(m.said[k], text), at
		}
		o := object{"From_Account": a, "To_Account": b, "MsgTimeStamp": at, "MsgSeq": i, "MsgRandom": i, "MsgBody": textBody(text)}
		if i >= 3*n { // the later ones nobody has read
			o["Unread"] = 1
			m.unread[[2]string{b, "c2c/" + a}]++
		}
		return o
	})
}

// begin starts the script.
func (m *move) begin(t *testing.T, s *server) {
	t.Helper()
	path, err := filepath.Abs("../../examples/migrate.py")
	if err != nil {
		t.Fatal(err)
	}
	m.run = exec.Command(program.Python(t), path, m.dir)
	m.run.Env = append(os.Environ(), "IM_REST="+s.Admin+"/v4", fmt.Sprint("IM_SDKAPPID=", s.App.ID), "IM_KEY="+s.App.Key)
	m.out.Reset()
	m.run.Stdout, m.run.Stderr = &m.out, &m.out
	if err := m.run.Start(); err != nil {
		t.Fatal(err)
	}
	run := m.run
	t.Cleanup(func() { _ = run.Process.Kill() })
}

// end waits for the script, or kills it.
func (m *move) end(t *testing.T, kill bool) string {
	t.Helper()
	if kill {
		_ = m.run.Process.Kill()
	}
	timer := time.AfterFunc(8*time.Minute, func() { _ = m.run.Process.Kill() })
	defer timer.Stop()
	if err := m.run.Wait(); err != nil && !kill {
		t.Fatalf("%v\n%s", err, m.out.String())
	}
	return m.out.String()
}

// awaitProgress waits until the script has noted that some lines of a file are done. It
// writes that once a second; nothing tells of a file that changes.
func (m *move) awaitProgress(t *testing.T, name string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(8 * time.Minute); ; {
		text, _ := os.ReadFile(m.dir + "/progress.json")
		var done map[string]int
		if json.Unmarshal(text, &done) == nil {
			for lane := range done {
				if strings.HasPrefix(lane, name+"/") {
					return
				}
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no %s were brought over", name)
		}
	}
}

// check looks at some users.
func (m *move) check(t *testing.T, s *server) {
	t.Helper()
	for range 25 {
		u := m.users[m.chance.IntN(len(m.users))]
		d := openPaho3(t, s.known(u), options{})
		d.subscribe(t, "im/res/+")
		m.checkList(t, d)
		m.checkFriends(t, s, u)
		if t.Failed() {
			return
		}
	}
	seen := map[string]bool{}
	for range 10 {
		u := m.users[m.chance.IntN(len(m.users))]
		convs := m.conversations(u)
		conv := convs[m.chance.IntN(len(convs))]
		pair := []string{"c2c/" + u, conv}
		if slices.Sort(pair); strings.HasPrefix(conv, "group/") {
			pair[0] = ""
		}
		if key := strings.Join(pair, " "); !seen[key] {
			seen[key] = true
			m.firstMessage(t, s, u, conv)
		}
	}
}

// conversations are those of a user, the newest first.
func (m *move) conversations(u string) (all []string) {
	for k := range m.said {
		if k[0] == u {
			all = append(all, k[1])
		}
	}
	slices.SortFunc(all, func(a, b string) int { return int(m.last[[2]string{u, b}] - m.last[[2]string{u, a}]) })
	return all
}

func (m *move) checkList(t *testing.T, d device) {
	t.Helper()
	u := d.user().id
	list := mustAsk(t, d, "conv.list", object{}).list("Convs")
	var names []string
	for _, item := range list {
		names = append(names, item.str("Conv"))
		k := [2]string{u, item.str("Conv")}
		if got := item.num("UnreadNum"); got != m.unread[k] {
			t.Errorf("%s has %d unread, want %d", k, got, m.unread[k])
		}
		if got := int64(item.num("MsgTime")); got != m.last[k] {
			t.Errorf("%s is of %d, want %d", k, got, m.last[k])
		}
		if got := m.history(t, d, item.str("Conv")); !slices.Equal(got, m.said[k]) {
			t.Errorf("%s holds %q, want %q", k, got, m.said[k])
		}
	}
	if want := m.conversations(u); !slices.Equal(names, want) {
		t.Errorf("%s has %q, want %q", u, names, want)
	}
}

func (m *move) history(t *testing.T, d device, conv string) (texts []string) {
	t.Helper()
	for after := 0; ; {
		page := mustAsk(t, d, "msg.history", object{"Conv": conv, "After": after, "Limit": 100})
		for _, one := range page.list("MsgList") {
			after = one.num("MsgSeq")
			texts = append(texts, one.text())
		}
		if page.num("IsFinished") == 1 {
			return texts
		}
	}
}

func (m *move) checkFriends(t *testing.T, s *server, u string) {
	t.Helper()
	answer := s.backend().must(t, "sns/friend_get", object{"From_Account": u, "StartIndex": 0})
	var names []string
	for _, f := range answer.list("UserDataItem") {
		names = append(names, f.str("To_Account"))
	}
	want := slices.Sorted(slices.Values(m.friends[u]))
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("%s has the friends %q, want %q", u, names, want)
	}
}

// firstMessage sends the first live one in a conversation of u's.
func (m *move) firstMessage(t *testing.T, s *server, u, conv string) {
	t.Helper()
	k := [2]string{u, conv}
	from := strings.TrimPrefix(conv, "c2c/")
	to := "c2c/" + u
	if group, ok := strings.CutPrefix(conv, "group/"); ok {
		to = conv
		for _, other := range m.members[group] {
			if from = other; other != u {
				break
			}
		}
	}
	d := openPaho3(t, s.known(from), options{})
	d.subscribe(t, "im/ack", "im/err")
	ack, _ := d.send(t, "im/text/"+to, []byte("live"), 1, "im/ack")
	if got, want := ack.num("MsgSeq"), len(m.said[k])+1; got != want {
		t.Errorf("the first live message in %s of %s has number %d, want %d", conv, u, got, want)
	}
	m.said[k] = append(m.said[k], "live")
	m.unread[k]++
	d = openPaho3(t, s.known(u), options{})
	d.subscribe(t, "im/res/+")
	top := mustAsk(t, d, "conv.list", object{"Count": 1}).list("Convs")[0]
	if top.str("Conv") != conv || top.num("UnreadNum") != m.unread[k] || top.obj("LastMsg").text() != "live" {
		t.Errorf("after a live message in %s (%d unread) the list of %s begins with %s", conv, m.unread[k], u, top)
	}
}
