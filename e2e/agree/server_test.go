//go:build e2e

package agree

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// serverAhead is how far the clock of a server is ahead when it starts, in seconds.
const serverAhead = "TEAHOUSE_AGREE_AHEAD"

// patience bounds every wait.
const patience = program.Patience

// house is a server in a process of its own, which can be killed, and whose clock can be
// set. The next one has the same folder.
type house struct {
	*testing.T
	program.Ready
	data  string
	ahead int64 // seconds

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func openHouse(t *testing.T) *house {
	h := &house{T: t, data: t.TempDir()}
	h.start()
	t.Cleanup(h.stop)
	return h
}

func (h *house) start() {
	h.Helper()
	h.cmd = exec.Command(os.Args[0])
	h.cmd.Env = append(os.Environ(), serverData+"="+h.data, serverAhead+"="+strconv.FormatInt(h.ahead, 10))
	h.cmd.Stderr = os.Stderr
	var err error
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		h.Fatal(err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		h.Fatal(err)
	}
	if err = h.cmd.Start(); err != nil {
		h.Fatal(err)
	}
	h.out = bufio.NewReader(out)
	var r program.Ready
	if err := json.Unmarshal([]byte(h.line()), &r); err != nil {
		h.Fatal(err)
	}
	h.Ready = r
}

// line reads what the server prints next.
func (h *house) line() string {
	h.Helper()
	type read struct {
		text string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		text, err := h.out.ReadString('\n')
		done <- read{text, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			h.Fatal("the server has ended:", r.err)
		}
		return r.text
	case <-time.After(patience):
		h.Fatal("the server says nothing")
	}
	return ""
}

// kill ends the server without a word, and starts another.
func (h *house) kill() {
	h.Helper()
	if err := h.cmd.Process.Kill(); err != nil {
		h.Fatal(err)
	}
	_ = h.cmd.Wait() // it says that it was killed
	h.start()
}

// stop ends it as an operator would.
func (h *house) stop() {
	h.in.Close()
	timer := time.AfterFunc(patience, func() { _ = h.cmd.Process.Kill() })
	defer timer.Stop()
	if err := h.cmd.Wait(); err != nil {
		h.Error("the server:", err)
	}
}

// setClock sets how far its clock is ahead.
func (h *house) setClock(ahead int64) {
	h.Helper()
	h.ahead = ahead
	if _, err := fmt.Fprintln(h.in, ahead); err != nil {
		h.Fatal(err)
	}
	h.line()
}

// sig is a ticket that no jump of the clock makes invalid.
func (h *house) sig(user string) string {
	return program.UserSig(h.App, user, time.Now().Add(-30*24*time.Hour), 365*24*time.Hour)
}

// call calls a command over REST; refusals with one of the codes are answers.
func (h *house) call(command string, body object, codes ...int) object {
	h.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		h.Fatal(err)
	}
	q := url.Values{
		"sdkappid": {fmt.Sprint(h.App.ID)}, "identifier": {h.Identifier}, "usersig": {h.sig(h.Identifier)},
		"random": {"1"}, "contenttype": {"json"},
	}
	client := http.Client{Timeout: patience}
	resp, err := client.Post(h.Admin+"/v4/"+command+"?"+q.Encode(), "application/json", bytes.NewReader(text))
	if err != nil {
		h.Fatal(err)
	}
	defer resp.Body.Close()
	var answer object
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		h.Fatal(err)
	}
	h.accept(command+" "+string(text), answer, codes)
	return answer
}

// accept fails unless the answer has code 0 or one of those.
func (h *house) accept(what string, answer object, codes []int) {
	h.Helper()
	code := int(answer.number("ErrorCode"))
	for _, c := range append(codes, 0) {
		if code == c {
			return
		}
	}
	h.Fatalf("%s: %v", what, answer)
}

// object is JSON.
type object map[string]any

func (o object) number(name string) float64 { n, _ := o[name].(float64); return n }
func (o object) text(name string) string    { s, _ := o[name].(string); return s }
func (o object) has(name string) bool       { _, ok := o[name]; return ok }

func (o object) inner(name string) object { m, _ := o[name].(map[string]any); return m }

func (o object) list(name string) (all []object) {
	l, _ := o[name].([]any)
	for _, v := range l {
		m, _ := v.(map[string]any)
		all = append(all, m)
	}
	return all
}
