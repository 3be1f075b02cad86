//go:build e2e

package contract

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// mosquitto is a user with mosquitto's command line: mosquitto_sub to
// listen, one process for each set of filters, and mosquitto_rr to say something and
// read what comes of it. Each process is a connection with a client id of its own.
type mosquitto struct {
	who person
	o   options
	box *inbox

	mu   sync.Mutex // guards subs
	subs []*listener
}

// listener is a mosquitto_sub process.
type listener struct {
	cmd     *exec.Cmd
	granted chan byte     // how each filter was answered
	done    chan struct{} // closed when the process has ended and is read out
}

func openMosquitto(t testing.TB, who person, o options) device {
	t.Helper()
	needs(t, "mosquitto_sub", "mosquitto_rr")
	d := &mosquitto{who: who, o: o, box: newInbox()}
	if o.keep {
		d.listen(t) // resumes: what was missed comes without a subscription
	}
	t.Cleanup(func() { d.end(t, os.Interrupt) })
	return d
}

// args are the arguments all of the tools share.
func (d *mosquitto) args(client string) []string {
	host, port, err := net.SplitHostPort(d.who.home.MQTT)
	if err != nil {
		panic(err)
	}
	return []string{"-h", host, "-p", port, "-i", client, "-u", escape(d.who.id) + d.o.extra, "-P", d.who.sig}
}

func (d *mosquitto) subscribe(t testing.TB, filters ...string) {
	t.Helper()
	l := d.listen(t, filters...)
	for _, f := range filters {
		if code := l.answer(t); code > 2 {
			t.Fatalf("mosquitto_sub -t %q: code 0x%02x", f, code)
		}
	}
}

func (d *mosquitto) subscribed(t testing.TB, filter string) byte {
	t.Helper()
	return d.listen(t, filter).answer(t)
}

func (l *listener) answer(t testing.TB) byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case code := <-l.granted:
		return code
	case <-l.done:
		select {
		case code := <-l.granted:
			return code
		default:
		}
		t.Fatal("mosquitto_sub ended without a SUBACK")
	case <-ctx.Done():
		t.Fatal("mosquitto_sub: no SUBACK")
	}
	return 0
}

// listen starts a mosquitto_sub. A kept session is that of the first one.
func (d *mosquitto) listen(t testing.TB, filters ...string) *listener {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	client := fresh(d.o.client)
	args := []string{"-V", "311", "-q", "1", "-d", "-F", "MESSAGE %q %r %x %t"}
	if d.o.keep {
		client = d.o.client
		args = append(args, "-c")
		if len(filters) == 0 {
			// mosquitto_sub insists on a filter; this one brings nothing.
			filters = []string{"im/res/none"}
		}
		d.halt(t, os.Interrupt)
	}
	for _, f := range filters {
		args = append(args, "-t", f)
	}
	l := &listener{granted: make(chan byte, len(filters)+1), done: make(chan struct{})}
	// mosquitto_sub would keep what it prints for itself: stdbuf makes it speak by lines.
	l.cmd = exec.Command("stdbuf", append([]string{"-oL", "mosquitto_sub"}, append(d.args(client), args...)...)...)
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	l.cmd.Stderr = l.cmd.Stdout
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.subs = append(d.subs, l)
	go func() {
		defer close(l.done)
		d.read(l, out)
		l.cmd.Wait()
		d.box.over("mosquitto_sub has ended", 0)
	}()
	return l
}

// read turns what mosquitto_sub prints into packets.
func (d *mosquitto) read(l *listener, out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, "MESSAGE "); ok {
			part := strings.SplitN(rest, " ", 4)
			if len(part) != 4 {
				continue
			}
			payload, err := hex.DecodeString(part[2])
			if err != nil {
				continue
			}
			d.box.add(packet{topic: part[3], payload: payload, qos: part[0][0] - '0', retain: part[1] == "1"})
		}
		if rest, ok := strings.CutPrefix(line, "Subscribed (mid: "); ok {
			_, codes, _ := strings.Cut(rest, ": ")
			for code := range strings.SplitSeq(codes, ", ") {
				if n, err := strconv.Atoi(strings.TrimSpace(code)); err == nil {
					l.granted <- byte(n)
				}
			}
		}
	}
}

// rr runs mosquitto_rr and returns what came on the topic.
func (d *mosquitto) rr(t testing.TB, version, topic, response string, payload []byte, qos byte) []byte {
	t.Helper()
	args := append(d.args(fresh(d.o.client)), "-V", version, "-q", strconv.Itoa(int(qos)),
		"-t", topic, "-e", response, "-W", "20")
	if len(payload) == 0 {
		args = append(args, "-n")
	} else {
		args = append(args, "-m", string(payload))
	}
	if version == "5" {
		args = append(args, "-D", "publish", "correlation-data", "rr")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "mosquitto_rr", append(args, "-F", "ANSWER %x")...)
	out, err := cmd.CombinedOutput()
	text, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "ANSWER ")
	if !ok {
		t.Fatalf("mosquitto_rr -t %s -e %s: nothing came (%v): %s", topic, response, err, out)
	}
	got, err := hex.DecodeString(text)
	if err != nil {
		t.Fatalf("mosquitto_rr printed %q: %v", out, err)
	}
	return got
}

func (d *mosquitto) send(t testing.TB, topic string, payload []byte, qos byte, want string) (object, byte) {
	t.Helper()
	return parse(t, d.rr(t, "311", topic, want, payload, qos)), 0
}

// ask speaks version 5, which is mosquitto_rr's own way.
func (d *mosquitto) ask(t testing.TB, method string, body any) object {
	t.Helper()
	return parse(t, d.rr(t, "5", "im/req/"+method, "im/res/"+fresh("rr"), encoded(t, body), 1))
}

func (d *mosquitto) in() *inbox   { return d.box }
func (d *mosquitto) user() person { return d.who }

func (d *mosquitto) bye(t testing.TB) { d.end(t, os.Interrupt) }
func (d *mosquitto) cut(t testing.TB) { d.end(t, os.Kill) }

// end stops every mosquitto_sub of the device with a signal; an interrupt
// makes it send DISCONNECT.
func (d *mosquitto) end(t testing.TB, how os.Signal) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.halt(t, how)
}

func (d *mosquitto) halt(t testing.TB, how os.Signal) {
	t.Helper()
	for _, l := range d.subs {
		if err := l.cmd.Process.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(fmt.Errorf("end mosquitto_sub: %w", err))
		}
		<-l.done
	}
	d.subs = nil
}
