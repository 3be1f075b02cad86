package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
)

// printKey shows the newest key of an app. It is the one place where a key is
// shown outside dev.
func printKey(made keyed, err error) error {
	if err == nil {
		fmt.Printf("sdkappid       %d\nkey            %s\nkey id         %s\nadministrators %v\n", made.App.ID, made.Key.Secret, made.Key.ID, made.App.Admins)
	}
	return err
}

type appList struct{ target }

// Run prints a table.
func (c appList) Run() error {
	return c.at(false, func(p place) error {
		apps, err := p.list()
		if err != nil {
			return err
		}
		slices.SortFunc(apps, func(a, b appAt) int { return cmp.Compare(a.ID, b.ID) })
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "SDKAPPID\tNAME\tKEYS\tADMINISTRATORS\tSTATE")
		for _, a := range apps {
			fmt.Fprintf(w, "%d\t%s\t%s\t%v\t%s\n", a.ID, a.Name, keyNames(a), a.Admins, stateOf(a))
		}
		return w.Flush()
	})
}

// stateOf is how an app stands, in words.
func stateOf(a appAt) string {
	state := "on"
	switch {
	case a.Deleting && a.Removed > 0:
		return fmt.Sprintf("deleting, %d entries removed", a.Removed)
	case a.Deleting:
		return "deleting"
	case a.Disabled:
		state = "off"
	}
	if a.Declared {
		state += ", declared in the configuration file"
	}
	return state
}

func keyNames(a appAt) string {
	text := ""
	for i, k := range a.Keys {
		if i > 0 {
			text += ", "
		}
		text += k.ID
		if k.NotAfter != 0 {
			text += " until " + shownTime(k.NotAfter)
		}
	}
	return text
}

type appKeys struct{ of }

// Run prints a table.
func (c appKeys) Run() error {
	return c.at(false, func(p place) error {
		a, err := p.one(c.SDKAppID)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "KEY\tENDS")
		for _, k := range a.Keys {
			fmt.Fprintf(w, "%s\t%s\n", k.ID, shownTime(k.NotAfter))
		}
		return w.Flush()
	})
}

type appShow struct {
	of
	All bool `help:"Show every setting, those with their defaults too."`
}

// Run prints YAML.
func (c appShow) Run() error {
	return c.at(false, func(p place) error {
		a, err := p.one(c.SDKAppID)
		if err != nil {
			return err
		}
		var keys []config.ShownKey
		for _, k := range a.Keys {
			one := config.ShownKey{ID: k.ID}
			if k.NotAfter != 0 {
				one.NotAfter = time.UnixMilli(k.NotAfter)
			}
			keys = append(keys, one)
		}
		text, err := config.ShowApp(a.ID, a.Settings, a.Disabled, keys, c.All)
		fmt.Print(text)
		return err
	})
}
