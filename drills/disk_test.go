//go:build drills && linux

package drills

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/teahouse-im/teahouse/ticket"
)

// TestDiskFull fills a small file system through the server and from outside. The
// server refuses writes before its engine runs out of room, says so, goes on when there is
// room, and does not start without. Nothing that was acknowledged is lost or there twice.
func TestDiskFull(t *testing.T) {
	program := diskBuild(t)
	for kind, mount := range map[string]func(*testing.T) string{"tmpfs": diskTmpfs, "ext4": diskExt4} {
		t.Run(kind, func(t *testing.T) {
			d := &diskDrill{t: t, program: program, at: mount(t)}
			d.ballast("ballast", diskBallast)
			d.ballast("spare", diskSpare)
			d.start()
			d.enlist(8)

			d.writeUntilFull()
			d.wantReady(http.StatusServiceUnavailable)
			d.wantLines(1)
			d.verify()

			d.remove("ballast")
			d.writeAgain()
			d.wantReady(http.StatusOK)
			d.verify()

			d.writeUntilFull()
			d.fillFromOutside()
			d.refusedSoon()
			d.verify() // reads go on
			d.stop()
			d.wantNoStart()
			d.wantNoStart() // and nothing has become worse
			d.remove("filler")
			d.remove("spare")
			d.start()
			d.writeAgain()

			d.fillFromOutside()
			d.refusedSoon()
			d.kill()
			d.wantNoStart()
			d.remove("filler")
			d.start()
			d.writeAgain()
			d.verify()
			d.stop()
		})
	}
}

const (
	diskBytes    = 384 << 20
	diskBallast  = 64 << 20
	diskSpare    = 64 << 20
	diskPatience = time.Minute
	// diskRefused is how many refusals in a row, so far apart, show that the engine's own
	// work gives back no room any more.
	diskRefused = 30
	diskPause   = 100 * time.Millisecond
)

// diskBuild builds the program.
func diskBuild(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "teahouse")
	build := exec.Command("go", "build", "-o", program, "github.com/teahouse-im/teahouse/cmd/teahouse")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// diskTmpfs mounts a file system in memory.
func diskTmpfs(t *testing.T) string {
	return diskMount(t, "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", diskBytes), "none")
}

// diskExt4 mounts one in a file.
func diskExt4(t *testing.T) string {
	t.Helper()
	image := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, diskBytes); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", image).CombinedOutput(); err != nil {
		t.Skipf("an ext4 image cannot be made here: %v %s", err, out)
	}
	return diskMount(t, "-o", "loop", image)
}

// diskMount mounts, for one test, what the arguments say. It needs root.
func diskMount(t *testing.T, args ...string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	at := t.TempDir()
	if out, err := exec.Command("mount", append(args, at)...).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", at).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return at
}

// diskDrill is a server on a small disk.
type diskDrill struct {
	t       *testing.T
	program string
	at      string // where the disk is mounted
	writers []*diskWriter

	cmd   *exec.Cmd
	log   *diskLog
	ended chan struct{} // closed when the server has ended
	err   error         // how, then
	ready diskReady
}

// diskReady is what a drill needs of the ready file.
type diskReady struct {
	MQTT     string `json:"mqtt"`
	Admin    string `json:"admin"`
	SDKAppID uint32 `json:"sdkappid"`
	Key      string `json:"key"`
}

// diskLog is what a server prints.
type diskLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *diskLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *diskLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// launch starts the server; it may end at once.
func (d *diskDrill) launch() (readyFile string) {
	d.t.Helper()
	readyFile = filepath.Join(d.t.TempDir(), "ready")
	d.log, d.ended = &diskLog{}, make(chan struct{})
	cmd := exec.Command(d.program, "dev", "--no-limits", "--data", filepath.Join(d.at, "data"), "--ready-file", readyFile,
		"--listen-mqtt", "127.0.0.1:0", "--listen-ws", "127.0.0.1:0", "--listen-admin", "127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = io.Discard, d.log
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.cmd = cmd
	ended := d.ended
	go func() {
		d.err = cmd.Wait()
		close(ended)
	}()
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended, unless the test failed
		<-ended
	})
	return readyFile
}

// start starts the server and waits until it is ready.
func (d *diskDrill) start() {
	d.t.Helper()
	file := d.launch()
	tick := time.NewTicker(5 * time.Millisecond) // there is no event for a file
	defer tick.Stop()
	for deadline := time.After(diskPatience); ; {
		if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &d.ready) == nil {
			return
		}
		select {
		case <-d.ended:
			d.t.Fatalf("the server does not start: %v\n%s", d.err, d.log)
		case <-deadline:
			d.t.Fatalf("the server is not ready\n%s", d.log)
		case <-tick.C:
		}
	}
}

// wantNoStart starts the server and wants it to refuse.
func (d *diskDrill) wantNoStart() {
	d.t.Helper()
	d.launch()
	select {
	case <-d.ended:
	case <-time.After(diskPatience):
		d.t.Fatal("the server starts on a full disk")
	}
	var exit *exec.ExitError
	if !errors.As(d.err, &exit) || exit.ExitCode() != 1 || !strings.Contains(d.log.String(), "the disk of the data folder is full") {
		d.t.Fatalf("on a full disk the server ends with %v and says\n%s", d.err, d.log)
	}
}

// stop ends the server as an operator does.
func (d *diskDrill) stop() {
	d.t.Helper()
	d.alive()
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(diskPatience):
		d.t.Fatalf("the server does not stop\n%s", d.log)
	}
	if d.err != nil {
		d.t.Fatalf("SIGTERM: %v\n%s", d.err, d.log)
	}
}

func (d *diskDrill) kill() {
	d.t.Helper()
	d.alive()
	_ = d.cmd.Process.Kill()
	<-d.ended
}

// alive fails the test when the server has ended.
func (d *diskDrill) alive() {
	d.t.Helper()
	select {
	case <-d.ended:
		d.t.Fatalf("the server has ended: %v\n%s", d.err, d.log)
	default:
	}
}

// ballast takes room on the disk, all there is when bytes is negative.
func (d *diskDrill) ballast(name string, bytes int) {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.at, name))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for chunk := make([]byte, 1<<20); bytes != 0; bytes -= len(chunk) {
		if _, err := f.Write(chunk); err != nil && bytes < 0 {
			if len(chunk) == 1 {
				break
			}
			chunk = chunk[:len(chunk)/2] // what is left of the disk is less
		} else if err != nil {
			d.t.Fatal(err)
		}
	}
	_ = f.Sync()
}

// fillFromOutside is another program that takes the last byte.
func (d *diskDrill) fillFromOutside() {
	d.t.Helper()
	d.ballast("filler", -1)
	d.alive()
}

func (d *diskDrill) remove(name string) {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.at, name)); err != nil {
		d.t.Fatal(err)
	}
}

// wantReady asks /readyz until it answers so.
func (d *diskDrill) wantReady(status int) {
	d.t.Helper()
	deadline := time.Now().Add(diskPatience)
	for {
		answer, err := http.Get(d.ready.Admin + "/readyz")
		if err != nil {
			d.t.Fatalf("/readyz: %v\n%s", err, d.log)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		full := strings.Contains(string(text), "the disk of the data folder is full")
		if answer.StatusCode == status && full == (status != http.StatusOK) {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("/readyz says %d %s", answer.StatusCode, text)
		}
		time.Sleep(diskPause)
	}
}

// wantLines checks that the log tells when writing ends, each time once.
func (d *diskDrill) wantLines(full int) {
	d.t.Helper()
	text := d.log.String()
	began, ended := strings.Count(text, "writes are refused until there is room"), strings.Count(text, "there is room again")
	if began < 1 || began-ended != full {
		d.t.Errorf("%d lines that writes are refused, %d that they go on:\n%s", began, ended, text)
	}
	if began > 10 {
		d.t.Errorf("%d times in and out of a full disk:\n%s", began, text)
	}
}

// diskWriter is who writes to one peer, and what of it was acknowledged.
type diskWriter struct {
	user, peer string
	sent       int
	acked      map[string]bool
}

// enlist makes writers. Their peers log in once, so that they are known.
func (d *diskDrill) enlist(n int) {
	d.t.Helper()
	for i := range n {
		w := &diskWriter{user: fmt.Sprint("disk", i), peer: fmt.Sprint("peer", i), acked: map[string]bool{}}
		c, err := d.connect(w.peer, nil)
		if err != nil {
			d.t.Fatalf("%s: %v\n%s", w.peer, err, d.log)
		}
		_ = c.Disconnect(&paho.Disconnect{})
		d.writers = append(d.writers, w)
	}
}

// writeUntilFull writes as fast as it goes, until the server refuses all and the engine's
// own work has come to rest.
func (d *diskDrill) writeUntilFull() {
	d.t.Helper()
	acked := d.acked()
	began := time.Now()
	var all sync.WaitGroup
	for _, w := range d.writers {
		all.Go(func() { w.write(d, func(refused int) bool { return refused >= diskRefused }) })
	}
	all.Wait()
	d.alive()
	if d.acked() == acked {
		d.t.Fatal("nothing was acknowledged before the disk was full")
	}
	d.t.Logf("%d messages of 8 KiB acknowledged in %v, then refused", d.acked()-acked, time.Since(began).Round(time.Second))
}

// writeAgain writes until one message of each writer is acknowledged.
func (d *diskDrill) writeAgain() {
	d.t.Helper()
	var all sync.WaitGroup
	for _, w := range d.writers {
		all.Go(func() {
			before, deadline := len(w.acked), time.Now().Add(diskPatience)
			w.write(d, func(int) bool { return len(w.acked) > before || time.Now().After(deadline) })
			if len(w.acked) == before {
				d.t.Errorf("%s cannot write although there is room", w.user)
			}
		})
	}
	all.Wait()
	d.alive()
}

// refusedSoon waits until the server has noticed, which it does within a second.
func (d *diskDrill) refusedSoon() {
	d.t.Helper()
	d.wantReady(http.StatusServiceUnavailable)
	w, before := d.writers[0], len(d.writers[0].acked)
	w.write(d, func(refused int) bool { return refused >= 3 })
	if len(w.acked) != before {
		d.t.Error("a write on a full disk is acknowledged")
	}
	d.alive()
}

func (d *diskDrill) acked() (n int) {
	for _, w := range d.writers {
		n += len(w.acked)
	}
	return n
}

// write sends one message after the other until it is enough; refused is how many
// have been refused in a row.
func (w *diskWriter) write(d *diskDrill, enough func(refused int) bool) {
	c, err := d.connect(w.user, nil)
	if err != nil {
		d.t.Errorf("%s: %v\n%s", w.user, err, d.log)
		return
	}
	defer c.Disconnect(&paho.Disconnect{})
	text := make([]byte, 6<<10)
	for refused := 0; !enough(refused); {
		_, _ = rand.Read(text)
		name := fmt.Sprint(w.sent)
		w.sent++
		ctx, cancel := context.WithTimeout(context.Background(), diskPatience)
		ack, err := c.Publish(ctx, &paho.Publish{Topic: "im/send/c2c/" + w.peer, QoS: 1, Payload: diskBody(name, text)})
		cancel()
		switch {
		case ack == nil:
			d.t.Errorf("%s: %v\n%s", w.user, err, d.log)
			return
		case ack.ReasonCode == 0:
			w.acked[name] = true
			refused = 0
		case ack.ReasonCode == 0x97: // quota exceeded
			refused++
			time.Sleep(diskPause)
		default:
			d.t.Errorf("%s: refused with 0x%02x %v", w.user, ack.ReasonCode, ack.Properties)
			return
		}
	}
}

// diskBody is a message that cannot be packed.
func diskBody(name string, text []byte) []byte {
	body, err := json.Marshal(map[string]any{
		"ClientMsgId": name,
		"MsgBody": []any{map[string]any{
			"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": base64.StdEncoding.EncodeToString(text)},
		}},
	})
	if err != nil {
		panic(err)
	}
	return body
}

// connect opens a session that ends with its connection.
func (d *diskDrill) connect(user string, received func(*paho.Publish)) (*paho.Client, error) {
	conn, err := net.DialTimeout("tcp", d.ready.MQTT, diskPatience)
	if err != nil {
		return nil, err
	}
	sig, err := ticket.Mint(d.ready.SDKAppID, user, d.ready.Key, time.Now(), time.Hour)
	if err != nil {
		return nil, err
	}
	c := paho.NewClient(paho.ClientConfig{
		Conn: conn, PacketTimeout: diskPatience,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(m paho.PublishReceived) (bool, error) {
			if received != nil {
				received(m.Packet)
			}
			return true, nil
		}},
	})
	ctx, cancel := context.WithTimeout(context.Background(), diskPatience)
	defer cancel()
	_, err = c.Connect(ctx, &paho.Connect{
		ClientID: user, KeepAlive: 300, CleanStart: true, Username: user, UsernameFlag: true, Password: []byte(sig), PasswordFlag: true,
	})
	return c, err
}

// verify reads every conversation: consecutive numbers, each acknowledged message once.
func (d *diskDrill) verify() {
	d.t.Helper()
	for _, w := range d.writers {
		found := map[string]int{}
		last := 0
		d.history(w, func(seq int, name string) {
			if last++; seq != last {
				d.t.Fatalf("%s: message %d follows %d", w.user, seq, last-1)
			}
			found[name]++
		})
		for name := range w.acked {
			if found[name] != 1 {
				d.t.Errorf("%s: message %s was acknowledged and is there %d times", w.user, name, found[name])
			}
		}
		for name, n := range found {
			if n > 1 {
				d.t.Errorf("%s: message %s is there %d times", w.user, name, n)
			}
		}
	}
	d.t.Logf("%d acknowledged messages are there, once", d.acked())
}

// diskPage is an answer of msg.history.
type diskPage struct {
	ErrorCode  int
	IsFinished int
	MsgList    []struct {
		MsgSeq      int
		ClientMsgId string
	}
}

// history hands on all messages of a writer, as the peer reads them.
func (d *diskDrill) history(w *diskWriter, use func(seq int, name string)) {
	d.t.Helper()
	pages := make(chan []byte, 1)
	c, err := d.connect(w.peer, func(m *paho.Publish) { pages <- m.Payload })
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", w.peer, err, d.log)
	}
	defer c.Disconnect(&paho.Disconnect{})
	ctx, cancel := context.WithTimeout(context.Background(), diskPatience)
	defer cancel()
	if _, err := c.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: "im/res/#", QoS: 1}}}); err != nil {
		d.t.Fatal(err)
	}
	for last := 0; ; {
		query, _ := json.Marshal(map[string]any{"Conv": "c2c/" + w.user, "After": max(last, 1), "Inclusive": min(1, max(0, 1-last)), "Limit": 100})
		if _, err := c.Publish(ctx, &paho.Publish{
			Topic: "im/req/msg.history", QoS: 1, Payload: query, Properties: &paho.PublishProperties{ResponseTopic: "im/res/page"},
		}); err != nil {
			d.t.Fatal(err)
		}
		var p diskPage
		select {
		case text := <-pages:
			if err := json.Unmarshal(text, &p); err != nil || p.ErrorCode != 0 {
				d.t.Fatalf("history: %v %.300s", err, text)
			}
		case <-ctx.Done():
			d.t.Fatal("no answer to msg.history")
		}
		for _, m := range p.MsgList {
			use(m.MsgSeq, m.ClientMsgId)
			last = m.MsgSeq
		}
		if p.IsFinished == 1 || len(p.MsgList) == 0 {
			return
		}
	}
}
