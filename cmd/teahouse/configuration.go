package main

import (
	"fmt"
	"os"

	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
)

type configCommands struct {
	Check   configCheck   `cmd:"" help:"Check a configuration and report every error in it."`
	Show    configShow    `cmd:"" help:"Print the configuration in force: defaults, file and environment. Secrets are not shown."`
	Default configDefault `cmd:"" help:"Print a commented default configuration."`
}

type configCheck struct {
	File string `arg:"" help:"The configuration file."`
}

// Run checks a file as serve would.
func (c configCheck) Run() error {
	conf, err := config.Load(c.File, os.Environ())
	if err != nil {
		return err
	}
	if _, err := conf.Tenants(); err != nil {
		return err
	}
	fmt.Printf("%s is good.\n", c.File)
	if len(conf.Apps) == 0 {
		fmt.Println("It declares no app: they are made in the console, or with teahouse app add.")
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
