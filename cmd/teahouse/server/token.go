package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// tokenFile holds the server token in the data folder.
const tokenFile = "server.token"

// serverToken is the token that opens what shows the inside of the server, and the API of
// operators for programs.
type serverToken struct {
	text  atomic.Pointer[string] // nil: there is none, as in dev
	isNew bool                   // this start has made it
	mu    sync.Mutex             // one rotation at a time
}

// now is the token, "" when there is none.
func (t *serverToken) now() string {
	if p := t.text.Load(); p != nil {
		return *p
	}
	return ""
}

// readToken reads the server token, or makes one when there is none; see keepToken.
func (a *App) readToken() error {
	file := filepath.Join(a.opt.Data, tokenFile)
	read, err := os.ReadFile(file)
	text := strings.TrimSpace(string(read))
	switch {
	case err == nil && text == "":
		return fmt.Errorf("server token: %s is empty: delete it, and a new one is made", file)
	case errors.Is(err, fs.ErrNotExist):
		text, a.token.isNew = rand.Text(), true
	case err != nil:
		return fmt.Errorf("server token: %w", err)
	}
	a.token.text.Store(&text)
	return nil
}

// keepToken writes a new token down. It is the last step of a start: after one that
// fails the next makes a token again, and shows it.
func (a *App) keepToken(context.Context) error {
	if !a.token.isNew {
		return nil
	}
	return putToken(a.opt.Data, a.token.now())
}

// NewToken is the server token if this start has made it, else "": it is shown
// once.
func (a *App) NewToken() string {
	if a.token.isNew {
		return a.token.now()
	}
	return ""
}

// rotateToken puts a new server token in place of the one there is, which is worth nothing from
// then on.
func (a *App) rotateToken() (string, error) {
	a.token.mu.Lock()
	defer a.token.mu.Unlock()
	text, err := RotateToken(a.opt.Data)
	if err == nil {
		a.token.text.Store(&text)
	}
	return text, err
}

// RotateToken makes a new server token in the data folder of a server that is stopped.
func RotateToken(data string) (string, error) {
	text := rand.Text()
	return text, putToken(data, text)
}

func putToken(data, text string) error {
	if err := writeFile(filepath.Join(data, tokenFile), []byte(text+"\n")); err != nil {
		return fmt.Errorf("server token: %w", err)
	}
	return nil
}
