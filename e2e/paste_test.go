//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The lines that dev prints are pasted as they are, one after the other, as a
// newcomer would.
func TestBannerLinesWork(t *testing.T) {
	needs(t, "bash", "mosquitto_sub", "mosquitto_pub", "mosquitto_rr", "curl")
	lines := commands(start(t).banner)
	if len(lines) != 5 {
		t.Fatalf("the banner has %d commands, want 5:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	sub, hello, lobby, history, backend := lines[0], lines[1], lines[2], lines[3], lines[4]

	heard := listen(t, sub)
	// mosquitto_sub does not say when it has subscribed: alice says hello until
	// bob hears it.
	first := ""
	for first == "" {
		paste(t, hello)
		select {
		case first = <-heard:
		default:
		}
	}
	wants(t, first, "im/in/c2c/alice", "alice", "hello bob")
	paste(t, lobby)
	wants(t, following(t, heard, "im/in/group/lobby"), "im/in/group/lobby", "alice", "hello all")

	var page struct {
		ErrorCode int
		MsgList   []message
	}
	if err := json.Unmarshal([]byte(paste(t, history)), &page); err != nil || page.ErrorCode != 0 || len(page.MsgList) == 0 {
		t.Errorf("history: got %+v, %v", page, err)
	}
	var answer struct {
		ActionStatus string
		ErrorCode    int
	}
	text := paste(t, backend)
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.ActionStatus != "OK" || answer.ErrorCode != 0 {
		t.Errorf("backend: got %s, %v", text, err)
	}
	wants(t, following(t, heard, "im/in/c2c/carol"), "im/in/c2c/carol", "carol", "hello from a backend")
}

// What README.md tells a newcomer to type is what dev prints, and what it says
// he will see is what there is to see.
func TestReadmeTellsTheTruth(t *testing.T) {
	needs(t, "bash", "mosquitto_sub", "mosquitto_pub")
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	lines := commands(start(t).banner)
	var printed []string
	for _, l := range lines {
		printed = append(printed, timeless(l))
	}
	pasted := 0
	for _, l := range fenced(string(text), "sh") {
		target, isMake := strings.CutPrefix(l, "make ")
		switch {
		case l == "go run ./cmd/teahouse dev": // what start has run, with other ports
		case isMake && strings.Contains(string(makefile), "\n"+target+":"):
		case slices.Contains(printed, timeless(l)):
			pasted++
		default:
			t.Errorf("README.md has a line that nothing prints:\n%s\nprinted are:\n%s", timeless(l), strings.Join(printed, "\n"))
		}
	}
	if pasted < 2 {
		t.Errorf("README.md has %d lines to paste, want those that receive and send", pasted)
	}

	heard := listen(t, lines[0])
	got := ""
	for got == "" {
		paste(t, lines[1])
		select {
		case got = <-heard:
		default:
		}
	}
	if shown := fenced(string(text), "text"); !slices.ContainsFunc(shown, func(l string) bool { return timeless(l) == timeless(got) }) {
		t.Errorf("bob sees\n%s\nREADME.md shows\n%s", got, strings.Join(shown, "\n"))
	}
}

// commands are the indented lines of a banner.
func commands(banner string) (list []string) {
	for line := range strings.Lines(banner) {
		if l, ok := strings.CutPrefix(line, "  "); ok {
			list = append(list, strings.TrimRight(l, "\n"))
		}
	}
	return list
}

// fenced are the lines of the fenced blocks of one language.
func fenced(markdown, language string) (list []string) {
	in := false
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			in = line == "```"+language
		case in && line != "" && !strings.HasPrefix(line, "#"):
			list = append(list, line)
		}
	}
	return list
}

var (
	ticketText = regexp.MustCompile(`'?eJ[A-Za-z0-9*_-]+'?|'?\.\.\.'?`)
	portText   = regexp.MustCompile(`-p \d+|127\.0\.0\.1:\d+`)
	numberText = regexp.MustCompile(`\d{3,}|"MsgSeq":\d+|"\d+~`)
)

// timeless takes out what differs from run to run: tickets, ports, times.
func timeless(line string) string {
	line = ticketText.ReplaceAllString(line, "TICKET")
	line = portText.ReplaceAllString(line, "PORT")
	return numberText.ReplaceAllString(line, "N")
}

// needs fails when a tool is missing; make e2e says how to get them.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is needed: apt-get install mosquitto-clients curl nodejs npm", tool)
		}
	}
}

// paste runs a line in bash and returns what it printed.
func paste(t *testing.T, line string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "bash", "-c", line).CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", line, err, out)
	}
	return string(out)
}

// listen runs a line in bash and passes on what it prints, line by line.
func listen(t *testing.T, line string) <-chan string {
	t.Helper()
	cmd := exec.Command("bash", "-c", "exec "+line)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 1024)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			heard <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		_ = cmd.Wait()
	})
	return heard
}

// following waits for a line on a topic, passing over others.
func following(t *testing.T, heard <-chan string, topic string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		select {
		case line := <-heard:
			if strings.HasPrefix(line, topic+" ") {
				return line
			}
		case <-ctx.Done():
			t.Fatalf("nothing came in on %s", topic)
		}
	}
}

func wants(t *testing.T, line, topic, from, text string) {
	t.Helper()
	got, body, _ := strings.Cut(line, " ")
	var m message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if got != topic || m.From != from || !strings.Contains(body, text) {
		t.Errorf("got %s, want %q from %s on %s", line, text, from, topic)
	}
}
