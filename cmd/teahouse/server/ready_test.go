package server

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReadyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ready.json")
	r := Ready{
		MQTT: "127.0.0.1:1883", WS: "ws://127.0.0.1:8083/mqtt", Admin: "http://127.0.0.1:8090",
		SDKAppID: FirstDevApp, Key: "k", Identifier: Administrator, Apps: []ReadyApp{{FirstDevApp, "k"}},
	}
	for range 2 { // a file of an earlier run is replaced
		if err := r.WriteFile(file); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"mqtt":"127.0.0.1:1883","ws":"ws://127.0.0.1:8083/mqtt","admin":"http://127.0.0.1:8090",` +
		`"sdkappid":1400000001,"key":"k","identifier":"administrator","apps":[{"sdkappid":1400000001,"key":"k"}]}` + "\n"
	if string(got) != want {
		t.Errorf("got %s want %s", got, want)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
	if list, _ := os.ReadDir(filepath.Dir(file)); len(list) != 1 {
		t.Errorf("something is left beside it: %v", list)
	}
	if err := r.WriteFile(filepath.Join(t.TempDir(), "nowhere", "f")); err == nil {
		t.Error("no error for a folder that is not there")
	}
}
