package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/cmd/teahouse/config"
	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
	"github.com/teahouse-im/teahouse/ticket"
)

// userSig makes and checks tickets without a server; it only needs the key.
type userSig struct {
	Make  userSigMake  `cmd:"" help:"Print a ticket for a user."`
	Check userSigCheck `cmd:"" help:"Show the content of a ticket and, if it is invalid, why; exit code 1 means invalid."`
}

// secretFlags give a key, directly or in a file, which keeps it out of the list of
// processes.
type secretFlags struct {
	Key     string `help:"The app's key, as text." xor:"key" required:""`
	KeyFile string `help:"A file with the key." xor:"key" required:""`
}

func (s secretFlags) secret() (string, error) {
	if s.KeyFile == "" {
		return s.Key, nil
	}
	text, err := os.ReadFile(s.KeyFile)
	return strings.TrimRight(string(text), "\r\n"), err
}

type userSigMake struct {
	secretFlags
	SDKAppID uint32        `name:"sdkappid" required:"" help:"The app."`
	User     string        `required:"" help:"The UserID."`
	Link     string        `placeholder:"URL" help:"Print an address that logs the user in: of the chat at this address, such as https://chat.example.com."`
	JWT      bool          `name:"jwt" help:"Make a JWT (HS256), which is shorter: for devices whose packets are small. The app must accept HS256."`
	Expire   time.Duration `default:"4320h" help:"Lifetime (${default}: 180 days)."`
}

// Validate checks the flags before anything is made; kong calls it.
func (c userSigMake) Validate() error {
	if c.Link != "" && (!config.WebURL(c.Link) || strings.ContainsAny(c.Link, "?#")) {
		return fmt.Errorf("--link %q: is not an http:// or https:// address of a page", c.Link)
	}
	return nil
}

// Run prints the ticket alone on a line, or an address with it.
func (c userSigMake) Run() error {
	key, err := c.secret()
	if err != nil {
		return err
	}
	mint := ticket.Mint
	if c.JWT {
		mint = ticket.MintJWT
	}
	text, err := mint(c.SDKAppID, c.User, key, time.Now(), c.Expire)
	if err != nil {
		return err
	}
	if c.Link != "" {
		text = server.LoginLink(c.Link, chat.AppID(c.SDKAppID), chat.UserID(c.User), text)
	}
	fmt.Println(text)
	return nil
}

type userSigCheck struct {
	secretFlags
	SDKAppID uint32 `name:"sdkappid" help:"The app to check it for; default: the one in the ticket."`
	User     string `help:"The user to check it for; default: the one in the ticket."`
	Ticket   string `arg:"" help:"The ticket."`
}

// Run prints what each step of the check found.
func (c userSigCheck) Run() error {
	key, err := c.secret()
	if err != nil {
		return err
	}
	failed := 0
	for _, f := range c.verifier(key).Explain(c.SDKAppID, c.User, c.Ticket) {
		mark := "ok  "
		if !f.OK {
			mark = fmt.Sprintf("FAIL %d", f.Code)
			failed++
		}
		fmt.Printf("%-11s %s %s\n", f.Step, mark, f.Text)
	}
	if failed > 0 {
		return errors.New("ticket is invalid")
	}
	return nil
}

// verifier knows one app: the one asked about, with the one key given.
func (c userSigCheck) verifier(key string) *ticket.Verifier {
	return ticket.NewVerifier(ticket.Options{Apps: func(id uint32) (*ticket.App, bool) {
		app := &ticket.App{ID: id, Keys: []ticket.Key{{ID: "given", Secret: key}}}
		app.JWT.Algorithms = []string{"HS256"}
		return app, c.SDKAppID == 0 || id == c.SDKAppID
	}})
}
