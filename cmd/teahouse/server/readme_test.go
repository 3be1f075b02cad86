package server

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// The commands in README.md are those that dev prints, and the output it shows is the
// real one. A test of e2e/contract pastes the lines and runs them.
func TestReadmeMatchesDev(t *testing.T) {
	text := read(t, "../../../README.md")
	makefile := read(t, "../../../Makefile")
	gate := read(t, "../../../.ci/run")
	a := start(t, devOptions(t))
	var banner bytes.Buffer
	if err := a.Banner(&banner, "/tmp/teahouse-dev-1/env"); err != nil {
		t.Fatal(err)
	}
	var printed []string
	for line := range strings.Lines(banner.String()) {
		if l, ok := strings.CutPrefix(line, "  "); ok {
			printed = append(printed, timeless(strings.TrimRight(l, "\n")))
		}
	}
	pasted := 0
	for _, l := range fenced(text, "sh") {
		target, isMake := strings.CutPrefix(l, "make ")
		switch {
		case l == "go run ./cmd/teahouse dev": // what start has done, on other ports
		case l == "go test ./..." && strings.Contains(gate, " "+l+" "): // the gate calls just this
		case isMake && strings.Contains(makefile, "\n"+target+":"):
		case slices.Contains(printed, timeless(l)):
			pasted++
		default:
			t.Errorf("README.md has a line that nothing prints:\n%s\nprinted are:\n%s", timeless(l), strings.Join(printed, "\n"))
		}
	}
	if pasted < 2 {
		t.Errorf("README.md has %d lines to paste, want one that receives and one that sends", pasted)
	}
	seen := helloAtBob(t, a)
	if shown := fenced(text, "text"); !slices.ContainsFunc(shown, func(l string) bool { return timeless(l) == timeless(seen) }) {
		t.Errorf("bob sees\n%s\nREADME.md shows\n%s", seen, strings.Join(shown, "\n"))
	}
}

// helloAtBob is the line that mosquitto_sub -v prints for alice's hello.
func helloAtBob(t *testing.T, a *App) string {
	t.Helper()
	alice, bob := in(t, a, "alice"), in(t, a, "bob")
	lines := make(chan string, 1)
	done(t, bob.Subscribe("im/#", 1, func(_ mqtt.Client, m mqtt.Message) {
		lines <- m.Topic() + " " + string(m.Payload())
	}))
	done(t, alice.Publish("im/text/c2c/bob", 1, false, "hello bob"))
	select {
	case l := <-lines:
		return l
	case <-time.After(patience):
		t.Fatal("bob got nothing")
		return ""
	}
}

// fenced are the lines of the fenced blocks of one language.
func fenced(markdown, language string) (list []string) {
	in := false
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			in = line == "```"+language
		case in && line != "":
			list = append(list, line)
		}
	}
	return list
}

var (
	ticketText = regexp.MustCompile(`'?eJ[A-Za-z0-9*_-]+'?`)
	portText   = regexp.MustCompile(`-p \d+|127\.0\.0\.1:\d+`)
	envText    = regexp.MustCompile(`\S+/env$`)
	numberText = regexp.MustCompile(`\d{5,}`)
)

// timeless takes out what differs from run to run: tickets and their
// file, ports, times and random numbers.
func timeless(line string) string {
	line = ticketText.ReplaceAllString(line, "TICKET")
	line = envText.ReplaceAllString(line, "ENV")
	line = portText.ReplaceAllString(line, "PORT")
	return numberText.ReplaceAllString(line, "N")
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
