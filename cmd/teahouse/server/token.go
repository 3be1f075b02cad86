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
)

// tokenFile holds the server token in the data folder.
const tokenFile = "server.token"

// readToken reads the token that opens what shows the inside of the server, or
// makes one when there is none; see keepToken.
func (a *App) readToken() error {
	file := filepath.Join(a.opt.Data, tokenFile)
	text, err := os.ReadFile(file)
	switch {
	case err == nil && strings.TrimSpace(string(text)) != "":
		a.token = strings.TrimSpace(string(text))
		return nil
	case err == nil:
		return fmt.Errorf("server token: %s is empty: delete it, and a new one is made", file)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("server token: %w", err)
	}
	a.token, a.tokenIsNew = rand.Text(), true
	return nil
}

// keepToken writes a new token down. It is the last step of a start: after one that
// fails the next makes a token again, and shows it.
func (a *App) keepToken(context.Context) error {
	if !a.tokenIsNew {
		return nil
	}
	if err := writeFile(filepath.Join(a.opt.Data, tokenFile), []byte(a.token+"\n")); err != nil {
		return fmt.Errorf("server token: %w", err)
	}
	return nil
}

// NewToken is the server token if this start has made it, else "": it is shown
// once.
func (a *App) NewToken() string {
	if a.tokenIsNew {
		return a.token
	}
	return ""
}
