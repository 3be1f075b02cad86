package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// tokenCommands look after the server token.
type tokenCommands struct {
	Rotate tokenRotate `cmd:"" help:"Print a new server token, which takes the place of the one there is at once."`
}

type tokenRotate struct{ target }

// Run prints the token alone on a line.
func (c tokenRotate) Run() error {
	ctl, err := c.reach()
	if err != nil {
		return err
	}
	var made struct{ Token string }
	if ctl != nil {
		err = ctl.do(http.MethodPost, "token/rotate", nil, &made)
	} else {
		made.Token, err = rotateStopped(c.folder)
	}
	if err == nil {
		fmt.Println(made.Token)
	}
	return err
}

// rotateStopped works on the folder of a server that is stopped.
func rotateStopped(f folder) (string, error) {
	dir, err := f.dir()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("no data folder: %w", err)
	}
	return server.RotateToken(dir)
}
