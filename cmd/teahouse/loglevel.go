package main

import (
	"fmt"
	"net/http"
	"time"
)

// logCommands are about the log of a running server.
type logCommands struct {
	Level logLevel `cmd:"" help:"Show or change what a running server logs."`
}

type logLevel struct {
	target
	Level string        `arg:"" optional:"" enum:",debug,info,warn,error" default:"" help:"debug, info, warn or error; without one it is shown."`
	For   time.Duration `placeholder:"TIME" help:"Go back by itself after this time, such as 10m; default: when the configuration is read again."`
}

// Run prints the level in force.
func (c logLevel) Run() error {
	if c.Level == "" && c.For != 0 {
		return fmt.Errorf("--for belongs to a level")
	}
	if c.For != 0 && c.For < time.Second {
		return fmt.Errorf("--for: want one second or more")
	}
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	var now struct {
		Level, Usual string
		Back         int64 `json:"back_at"`
	}
	if c.Level == "" {
		err = ctl.do(http.MethodGet, "log", nil, &now)
	} else {
		order := map[string]any{"level": c.Level, "for_seconds": int64(c.For / time.Second)}
		err = ctl.do(http.MethodPost, "log", order, &now)
	}
	if err != nil {
		return err
	}
	switch {
	case now.Back != 0:
		fmt.Printf("%s until %s, then %s\n", now.Level, shownTime(now.Back), now.Usual)
	case now.Level != now.Usual:
		fmt.Printf("%s until the configuration is read again, which says %s\n", now.Level, now.Usual)
	default:
		fmt.Println(now.Level)
	}
	return nil
}
