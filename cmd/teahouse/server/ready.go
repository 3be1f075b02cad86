package server

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/teahouse-im/teahouse/chat"
)

// Ready is the content of a ready file: the bound addresses and, in dev, the keys.
// Listeners that are off are left out.
type Ready struct {
	MQTT  string `json:"mqtt,omitempty"`  // host:port
	MQTTS string `json:"mqtts,omitempty"` // host:port
	WS    string `json:"ws,omitempty"`    // ws://host:port/mqtt
	WSS   string `json:"wss,omitempty"`   // wss://host:port/mqtt
	Admin string `json:"admin,omitempty"` // http://host:port
	Media string `json:"media,omitempty"` // what stands before the paths of files: http://host:port
	// Metrics is the listener for metrics alone: http://host:port.
	Metrics string `json:"metrics,omitempty"`

	// Console is where operators go; in dev the link by which its reader is logged in.
	Console string `json:"console,omitempty"`

	// The first app, its key and its administrator.
	SDKAppID   chat.AppID  `json:"sdkappid,omitempty"`
	Key        string      `json:"key,omitempty"`
	Identifier chat.UserID `json:"identifier,omitempty"`
	Apps       []ReadyApp  `json:"apps,omitempty"`
}

// ReadyApp is one app of a dev server.
type ReadyApp struct {
	SDKAppID chat.AppID `json:"sdkappid"`
	Key      string     `json:"key"`
}

// WriteFile writes r as JSON, all at once: a program that waits for the file
// never reads half of it. Only the owner may read it, for it may hold keys.
func (r Ready) WriteFile(file string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := writeFile(file, append(text, '\n')); err != nil {
		return fmt.Errorf("write ready file: %w", err)
	}
	return nil
}

// writeFile writes a file that only the owner may read, all at once: nobody ever
// reads half of it.
func writeFile(file string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the first error tells more
	}
	return err
}
