package server

import (
	"strings"
	"testing"
)

// A terminal of 80 columns and 24 lines shows all of the banner above the prompt,
// with the longest addresses of this machine and the longest usual temporary folder.
func TestBannerFitsTerminal(t *testing.T) {
	const address = "127.255.255.254:65535"
	b := banner{
		ready: Ready{
			MQTT: address, WS: "ws://" + address + wsPath, Admin: "http://" + address,
			SDKAppID: FirstDevApp, Key: NewKey(), Identifier: Administrator,
			Apps: make([]ReadyApp, MaxDevApps),
		},
		// As on macOS, where the name of the folder is the longest.
		env: "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/teahouse-dev-4294967295/env",
	}
	lines := strings.Split(strings.TrimSuffix(b.text(), "\n"), "\n")
	if len(lines) > 23 {
		t.Errorf("%d lines, and one for the prompt, want 24", len(lines))
	}
	for _, l := range lines {
		if n := len([]rune(l)); n > 80 {
			t.Errorf("%d columns, want at most 80: %s", n, l)
		}
	}
}

// Tickets and keys stand in the file alone, which only the owner may read.
func TestBannerShowsNoSecret(t *testing.T) {
	a := start(t, devOptions(t))
	var s strings.Builder
	if err := a.Banner(&s, "/tmp/env"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.String(), a.Ready().Key) || ticketText.MatchString(s.String()) {
		t.Errorf("the banner shows a secret:\n%s", &s)
	}
	if n := strings.Count(s.String(), " -i "); n != 1 {
		t.Errorf("%d lines have a client id, want the one that keeps a session:\n%s", n, &s)
	}
}
