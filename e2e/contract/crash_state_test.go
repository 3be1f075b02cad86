//go:build e2e

package contract

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// mostStateRounds bounds the rounds of TestCrashOfState: each wants an hour of its own.
const mostStateRounds = 20

// What is kept beside messages outlives a kill: the states of users, as they were told to be
// durable; figures, which lose what was not written down and nothing else; files of an hour's
// messages, which are whole or not there.
func TestCrashOfState(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	data := t.TempDir()
	args := []string{"--no-limits", "--data", data}
	s := start(t, args...)
	for round := range min(*crashes, mostStateRounds) {
		c := newStateful(t, s, round)
		c.says(t, s)
		var asking sync.WaitGroup
		asking.Go(func() { c.asksForFile(s) })
		<-time.After(time.Duration(chance.Int64N(int64(15 * time.Millisecond)))) // while the file is made
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
		asking.Wait()
		if chance.IntN(2) == 0 {
			sound(t, data)
		}
		s = start(t, args...)
		c.check(t, s, data)
		if t.Failed() {
			t.Fatalf("after %d kills", round+1)
		}
	}
}

// stateful is what one round leaves behind.
type stateful struct {
	pushed, out, web person
	status           string
	figures          map[string]int // as they were before the last sends
	said             int            // sends acknowledged after that
	from, to         person         // whose messages the file has
	hour             time.Time
	messages         int
}

// newStateful makes what is to outlive the kill, but for what [stateful.says] does.
func newStateful(t *testing.T, s *server, round int) *stateful {
	t.Helper()
	c := &stateful{
		pushed: s.user("pushed"), out: s.user("out"), web: s.user("web"), from: s.user("from"), to: s.user("to"),
		status: fresh("on tour"), messages: 100,
		hour: time.Now().Add(-time.Duration(round+3) * time.Hour).Truncate(time.Hour),
	}
	b := s.backend()
	b.must(t, "im_open_login_svc/multiaccount_import", object{"Accounts": []string{c.from.id, c.to.id}})
	text := strings.Repeat("x", 8000)
	for n := range c.messages {
		b.must(t, "openim/importmsg", object{
			"SyncFromOldSystem": 1, "From_Account": c.from.id, "To_Account": c.to.id, "MsgSeq": n + 1, "MsgRandom": n + 1,
			"MsgTimeStamp": c.hour.Unix() + int64(n), "MsgBody": textBody(text),
		})
	}
	return c
}

// figuresNow are sums over all days, so that no midnight falls between two of them.
func figuresNow(t *testing.T, s *server) map[string]int {
	t.Helper()
	days := s.backend().attempt("openconfigsvr/getappinfo", object{}).list("Result")
	if len(days) != 30 {
		t.Fatalf("getappinfo has %d days", len(days))
	}
	sums := map[string]int{}
	number := func(day object, name string) int {
		n, err := strconv.Atoi(day.str(name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	for _, day := range days {
		for _, name := range []string{"UpMsgNum", "LoginTimes", "LoginUserNum", "ActiveUserNum"} {
			sums[name] += number(day, name)
		}
	}
	sums["RegistUserNumTotal"] = number(days[len(days)-1], "RegistUserNumTotal")
	return sums
}

// says is what is acknowledged right before the kill.
func (c *stateful) says(t *testing.T, s *server) {
	t.Helper()
	on := func(p person, platform string) *raw {
		return openRaw(t, p, rawOptions{version: 5, name: p.id + "?platform=" + platform})
	}
	pushed, out, web := on(c.pushed, "iOS"), on(c.out, "iOS"), on(c.web, "Web")
	for _, r := range []*raw{pushed, out, web} {
		r.subscribe(t, "im/#")
	}
	c.figures = figuresNow(t, s)
	for range 5 {
		pushed.send(t, "im/text/c2c/"+c.to.id, []byte("hi"), 1, "im/ack")
		c.said++
	}
	s.backend().must(t, "im_open_login_svc/account_import", object{"UserID": fresh("newcomer")})
	wantCode(t, web.ask(t, "status.set", object{"CustomStatus": c.status}), 0)
	wantCode(t, pushed.ask(t, "status.set", object{"CustomStatus": c.status}), 0)
	wantCode(t, out.ask(t, "logout", object{}), 0)
	// The state is written behind the answer: it is durable once others see it.
	for deadline := time.Now().Add(patience); ; {
		answer := pushed.ask(t, "status.get", object{"To_Account": []string{c.out.id}})
		if answer.list("QueryResult")[0].str("State") == "Offline" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("who has logged out is not Offline: %s", answer)
		}
	}
}

// asksForFile asks until the server is gone.
func (c *stateful) asksForFile(s *server) {
	for s.backend().attempt("open_msg_svc/get_history", c.file()) != nil {
	}
}

// file names the hour as it is asked for: in China Standard Time.
func (c *stateful) file() object {
	return object{"ChatType": "C2C", "MsgTime": c.hour.In(time.FixedZone("", 8*60*60)).Format("2006010215")}
}

func (c *stateful) check(t *testing.T, s *server, data string) {
	t.Helper()
	viewer := openRaw(t, s.user("viewer"), rawOptions{version: 5})
	viewer.subscribe(t, "im/#")
	states := map[string]string{}
	answer := viewer.ask(t, "status.get", object{"To_Account": []string{c.pushed.id, c.out.id, c.web.id}})
	for _, one := range answer.list("QueryResult") {
		states[one.str("To_Account")] = one.str("State") + " " + one.str("CustomStatus")
	}
	for who, want := range map[string]string{c.pushed.id: "PushOnline " + c.status, c.out.id: "Offline ", c.web.id: "Offline "} {
		if states[who] != want {
			t.Errorf("%s is %q, want %q: %s", who, states[who], want, answer)
		}
	}
	now := figuresNow(t, s)
	if got, least := now["UpMsgNum"], c.figures["UpMsgNum"]; got < least || got > least+c.said {
		t.Errorf("%d messages are counted, want %d and at most %d more", got, least, c.said)
	}
	for _, name := range []string{"LoginTimes", "LoginUserNum", "ActiveUserNum"} {
		if now[name] < c.figures[name] {
			t.Errorf("%s was %d and is %d", name, c.figures[name], now[name])
		}
	}
	// What is counted in the commit of its cause is exact: the newcomer, and who looks.
	if got, want := now["RegistUserNumTotal"], c.figures["RegistUserNumTotal"]+2; got != want {
		t.Errorf("%d accounts are counted, want %d", got, want)
	}
	c.checkFile(t, s, data)
}

// checkFile wants the file whole, and nothing of one that was not finished.
func (c *stateful) checkFile(t *testing.T, s *server, data string) {
	t.Helper()
	var found object
	for deadline := time.Now().Add(patience); len(found.list("File")) == 0; {
		if found = s.backend().call(t, "open_msg_svc/get_history", c.file()); time.Now().After(deadline) {
			t.Fatalf("the file is not made: %s", found)
		}
	}
	file := found.list("File")[0]
	res, err := http.Get(file.str("URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	packed, err := io.ReadAll(res.Body)
	if err != nil || len(packed) != file.num("GzipSize") || fmt.Sprintf("%x", md5.Sum(packed)) != file.str("GzipMD5") {
		t.Fatalf("%d bytes, %v, are not those of %s", len(packed), err, file)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || len(plain) != file.num("FileSize") || fmt.Sprintf("%x", md5.Sum(plain)) != file.str("FileMD5") {
		t.Fatalf("%d bytes unpacked, %v, are not those of %s", len(plain), err, file)
	}
	var whole struct{ MsgList []json.RawMessage }
	if err := json.Unmarshal(plain, &whole); err != nil || len(whole.MsgList) != c.messages {
		t.Errorf("%d messages, %v, want %d", len(whole.MsgList), err, c.messages)
	}
	err = filepath.WalkDir(filepath.Join(data, "history"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".part") {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
