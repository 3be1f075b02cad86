//go:build e2e

package browser

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// patience bounds every wait.
const patience = program.Patience

// browser is Chromium with some pages; the driver moves it.
type browser struct {
	*testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  chan answer
	last int
}

type answer struct {
	ID    int             `json:"id"`
	Value json.RawMessage `json:"value"`
	Error string          `json:"error"`
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is not installed: apt-get install chromium")
	}
	if _, err := os.Stat("../node_modules/playwright-core/package.json"); err != nil {
		t.Fatal("playwright-core is not installed: npm --prefix e2e ci, or make e2e, which does it")
	}
	b := &browser{T: t, cmd: exec.Command("node", "driver.mjs"), out: make(chan answer)}
	b.cmd.Env = append(os.Environ(), "CHROMIUM="+chromium)
	log := &program.Record{}
	b.cmd.Stderr = log
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go b.read(out)
	t.Cleanup(func() {
		b.in.Close() // the driver ends when it has nothing more to read
		timer := time.AfterFunc(patience, func() { _ = b.cmd.Process.Kill() })
		defer timer.Stop()
		for range b.out { // until it has ended
		}
		if err := b.cmd.Wait(); err != nil {
			t.Errorf("driver: %v\n%s", err, log)
		}
	})
	return b
}

func (b *browser) read(out io.Reader) {
	defer close(b.out)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			a.Error = fmt.Sprintf("not a line of the driver: %s", lines.Bytes())
		}
		b.out <- a
	}
}

// do gives an order and waits for its answer.
func (b *browser) do(order map[string]any) (json.RawMessage, error) {
	b.Helper()
	b.last++
	order["id"] = b.last
	text, err := json.Marshal(order)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := b.in.Write(append(text, '\n')); err != nil {
		b.Fatal(err)
	}
	select {
	case a, ok := <-b.out:
		switch {
		case !ok || a.ID != b.last:
			b.Fatalf("the driver has ended, or answers something else: %+v", a)
		case a.Error != "":
			return nil, fmt.Errorf("%s", a.Error)
		}
		return a.Value, nil
	case <-time.After(2 * patience):
		b.Fatalf("the driver does not answer %s", text)
	}
	return nil, nil
}

// page is one page, with storage of its own.
type page struct {
	*browser
	name string
}

func (b *browser) open(name, url string) page {
	b.Helper()
	p := page{b, name}
	p.must("open", map[string]any{"url": url})
	return p
}

func (p page) must(op string, more map[string]any) json.RawMessage {
	p.Helper()
	more["op"], more["page"] = op, p.name
	value, err := p.do(more)
	if err != nil {
		p.shot("failed")
		p.Fatalf("%s: %s %v: %v", p.name, op, more, err)
	}
	return value
}

// call calls a function of the page and waits for what it promises.
func (p page) call(name string, args ...any) json.RawMessage {
	p.Helper()
	return p.must("call", map[string]any{"name": name, "args": args})
}

// await waits until an expression of the page is true, and decodes its value.
func (p page) await(expression string, into any) {
	p.Helper()
	value := p.must("await", map[string]any{"expression": expression})
	if into == nil {
		return
	}
	if err := json.Unmarshal(value, into); err != nil {
		p.Fatal(err)
	}
}

func (p page) click(selector string) {
	p.Helper()
	p.must("click", map[string]any{"selector": selector})
}

// choose gives a file to an input of the page.
func (p page) choose(selector, path string) {
	p.Helper()
	p.must("file", map[string]any{"selector": selector, "path": path})
}

// shot keeps a picture of the page in the folder $ARTIFACTS, if that is set.
func (p page) shot(name string) {
	dir := os.Getenv("ARTIFACTS")
	if dir == "" {
		return
	}
	path := filepath.Join(dir, p.Name()+"-"+p.name+"-"+name+".png")
	if _, err := p.do(map[string]any{"op": "shot", "page": p.name, "path": path}); err != nil {
		p.Log(err)
	}
}

// quiet fails the test if the page has had errors, or asked another host.
func (p page) quiet() {
	p.Helper()
	var troubles []string
	if err := json.Unmarshal(p.must("troubles", map[string]any{}), &troubles); err != nil {
		p.Fatal(err)
	}
	for _, t := range troubles {
		p.Errorf("%s: %s", p.name, t)
	}
}
