//go:build e2e

package browser

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// noise is a picture that cannot be packed: its file has about three bytes a pixel.
func noise(t *testing.T, width, height int) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	chance := rand.NewChaCha8([32]byte{1})
	_, _ = chance.Read(m.Pix) // it never fails
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	path := filepath.Join(t.TempDir(), "noise.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// size is what a page has loaded.
type size struct{ Width, Height int }

// listen is mosquitto_sub as a user, which prints the next message it gets.
func (h *house) listen(u string) (next func() []byte) {
	h.Helper()
	host, port, _ := strings.Cut(h.mqtt, ":")
	cmd := exec.Command("stdbuf", "-oL", "mosquitto_sub", "-h", host, "-p", port, "-u", u, "-P", h.sig(chat.UserID(u)), "-i", "phone",
		"-q", "1", "-t", "im/in/#", "-C", "1", "-W", "60", "-d")
	out, err := cmd.StdoutPipe()
	if err != nil {
		h.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.Fatal(err)
	}
	subscribed, printed := make(chan struct{}), make(chan []byte, 1)
	go func() {
		var all bytes.Buffer
		buf := make([]byte, 4096)
		for open := true; ; {
			n, err := out.Read(buf)
			all.Write(buf[:n])
			if open && bytes.Contains(all.Bytes(), []byte("Subscribed")) {
				open = false
				close(subscribed)
			}
			if err != nil {
				printed <- all.Bytes()
				return
			}
		}
	}()
	select {
	case <-subscribed:
	case <-time.After(patience):
		h.Fatal("mosquitto_sub does not subscribe")
	}
	return func() []byte {
		h.Helper()
		all := <-printed // -W bounds it
		if err := cmd.Wait(); err != nil {
			h.Fatalf("mosquitto_sub: %v\n%s", err, all)
		}
		for line := range bytes.Lines(all) {
			if bytes.HasPrefix(line, []byte("{")) {
				return line
			}
		}
		h.Fatalf("no message in\n%s", all)
		return nil
	}
}

// addresses are those of a picture: original, large, thumb.
func addresses(t *testing.T, message []byte) (list []string) {
	t.Helper()
	var m struct {
		MsgBody []struct {
			MsgContent struct{ ImageInfoArray []struct{ URL string } }
		}
	}
	if err := json.Unmarshal(message, &m); err != nil {
		t.Fatal(err)
	}
	for _, one := range m.MsgBody[0].MsgContent.ImageInfoArray {
		list = append(list, one.URL)
	}
	return list
}

// get fetches an address.
func get(t *testing.T, url string) (status int, body []byte) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

// TestPictureFromPageToPage: alice sends a large picture from a page, with progress; bob has
// it in a page and on a device. It opens after a restart and while messages are kept, and no
// longer.
func TestPictureFromPageToPage(t *testing.T) {
	h, b, site := openHouse(t), openBrowser(t), pages(t)
	alice, bob := b.open("alice", site), b.open("bob", site)
	h.login(alice, "alice", "bob")
	h.login(bob, "bob", "alice")
	phone := h.listen("bob")
	path := noise(t, 3000, 3000)
	original, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	alice.must("slow", map[string]any{"upload": 10_000_000}) // else there is nothing to see
	alice.choose("#file", path)
	alice.await("state.progress.length > 2 && !state.sent", nil)
	alice.shot("sending")
	var outcome string
	alice.await("state.sent || state.failed", &outcome)
	if strings.HasPrefix(outcome, "Error") {
		t.Fatal(outcome)
	}
	var progress []int
	alice.await("state.progress", &progress)
	if n := len(progress); n < 3 || progress[n-1] < len(original) {
		t.Errorf("progress is told %d times, of a file of %d bytes: %v", n, len(original), progress)
	}

	look := func(when string) {
		t.Helper()
		var got size
		bob.await("loaded('.thumb')", &got)
		if got != (size{198, 198}) {
			t.Errorf("%s the thumb is %v", when, got)
		}
		bob.click(".thumb")
		bob.await("loaded('#view')", &got)
		if got != (size{3000, 3000}) {
			t.Errorf("%s the original is %v", when, got)
		}
	}
	look("at once")
	bob.shot("received")
	list := addresses(t, phone())
	for i, least := range []int{len(original), 1000, 200} {
		status, body := get(t, list[i])
		if status != http.StatusOK || len(body) < least || i == 0 && !bytes.Equal(body, original) {
			t.Errorf("on a device, size %d of the picture: status %d, %d bytes", i+1, status, len(body))
		}
	}

	h.restart()
	bob = b.open("bob again", site)
	h.login(bob, "bob", "alice")
	bob.call("history", "c2c/alice")
	look("after a restart")

	h.pass(6 * 24 * time.Hour)
	bob.call("history", "c2c/alice")
	look("after 6 days")

	h.pass(2 * 24 * time.Hour) // longer than messages are kept
	if n := string(bob.call("history", "c2c/alice")); n != "0" {
		t.Errorf("after 8 days there are %s messages", n)
	}
	for i, url := range list {
		if status, _ := get(t, url); status == http.StatusOK {
			t.Errorf("after 8 days size %d of the picture still opens", i+1)
		}
	}
	alice.quiet()
	bob.quiet()
}
