package server

import (
	"fmt"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/ticket"
)

// WriteEnv writes a file for a shell to read, with the tickets of the first app of
// a dev server and what its backend needs: ALICE, BOB and CAROL are tickets,
// IM_REST and IM_ADMIN the two halves of a REST address, IM_SDKAPPID and IM_KEY
// what more tickets are made of. Only the owner may read it.
func (a *App) WriteEnv(file string) error {
	r := a.Ready()
	var s strings.Builder
	set := func(name, value string) { fmt.Fprintf(&s, "export %s=%s\n", name, quote(value)) }
	for _, u := range DevUsers {
		t, err := a.devTicket(u)
		if err != nil {
			return err
		}
		set(strings.ToUpper(string(u)), t)
	}
	t, err := a.devTicket(r.Identifier)
	if err != nil {
		return err
	}
	set("IM_REST", r.Admin+"/v4")
	set("IM_ADMIN", fmt.Sprintf("sdkappid=%d&identifier=%s&usersig=%s&random=1&contenttype=json", r.SDKAppID, r.Identifier, t))
	set("IM_SDKAPPID", fmt.Sprint(r.SDKAppID))
	set("IM_KEY", r.Key)
	if err := writeFile(file, []byte(s.String())); err != nil {
		return fmt.Errorf("write tickets: %w", err)
	}
	return nil
}

func (a *App) devTicket(u chat.UserID) (string, error) {
	t, err := ticket.Mint(uint32(a.ready.SDKAppID), string(u), a.ready.Key, a.now(), devTicketLife)
	if err != nil {
		return "", fmt.Errorf("make a ticket: %w", err)
	}
	return t, nil
}
