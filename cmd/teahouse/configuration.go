package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
)

type configCommands struct {
	Check   configCheck   `cmd:"" help:"Check a configuration and report every error in it."`
	Show    configShow    `cmd:"" help:"Print the configuration in force: defaults, file and environment. Secrets are not shown."`
	Default configDefault `cmd:"" help:"Print a commented default configuration."`
	Reload  configReload  `cmd:"" help:"Have a running server read its configuration again, as SIGHUP does, and print what came of it; exit code 1: the file has a mistake, and nothing has changed."`
}

type configCheck struct {
	addressFlags
	File   string `arg:"" optional:"" help:"The configuration file."`
	Config string `placeholder:"FILE" help:"The same, as other commands name it."`
	Strict bool   `help:"Exit code 1 for warnings too."`
}

// file is the one that is named, in either way.
func (c configCheck) file() (string, error) {
	if (c.File == "") == (c.Config == "") {
		return "", errors.New("name one configuration file: teahouse config check FILE")
	}
	return c.File + c.Config, nil
}

// Run checks a file as serve would with these flags, and what it names on this machine.
func (c configCheck) Run() error {
	file, err := c.file()
	if err != nil {
		return err
	}
	conf, err := serveCommand{listenFlags: listenFlags{addressFlags: c.addressFlags}, Config: file}.load()
	if err != nil {
		return err
	}
	if _, err := conf.Tenants(); err != nil {
		return err
	}
	grave, warnings := 0, 0
	for _, f := range conf.Findings(time.Now()) {
		kind := "warning"
		if f.Grave {
			kind = "error"
			grave++
		} else {
			warnings++
		}
		fmt.Printf("%s: %s: %s\n", kind, f.Path, f.Text)
	}
	if grave > 0 || c.Strict && warnings > 0 {
		return fmt.Errorf("%s: errors: %d, warnings: %d", file, grave, warnings)
	}
	fmt.Printf("%s is good.\n", file)
	if len(conf.Apps) == 0 {
		fmt.Println("It declares no app: its apps are those of the data folder, made in the console or with teahouse app add.")
	}
	return nil
}

type configReload struct{ target }

// Run prints what the server has taken, and what it has not.
func (c configReload) Run() error {
	ctl, err := c.mustRun()
	if err != nil {
		return err
	}
	var done struct{ Taken, Restart []string }
	if err := ctl.do(http.MethodPost, "config/reload", nil, &done); err != nil {
		return err
	}
	if len(done.Taken)+len(done.Restart) == 0 {
		fmt.Println("nothing has changed")
	}
	for _, name := range done.Taken {
		fmt.Println("taken:", name)
	}
	for _, name := range done.Restart {
		fmt.Println("needs a restart:", name)
	}
	return nil
}

type configShow struct {
	File string `arg:"" optional:"" help:"The configuration file; without one, defaults and environment."`
}

// Run prints YAML.
func (c configShow) Run() error {
	conf, err := loaded(c.File)
	if err != nil {
		return err
	}
	text, err := conf.Show()
	fmt.Print(text)
	return err
}

type configDefault struct{}

// Run prints the commented file.
func (configDefault) Run() error {
	fmt.Print(config.DefaultFile)
	return nil
}

// loaded reads a configuration, or defaults and environment without a file.
func loaded(file string) (config.Config, error) {
	if file == "" {
		return config.Parse(nil, os.Environ())
	}
	return config.Load(file, os.Environ())
}
