package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// dated is a ticket that is valid for an hour from its date, told apart by its number.
func (h *house) dated(n byte, ahead time.Duration) chat.Ticket {
	issued := h.clock().Add(ahead)
	return chat.Ticket{Hash: [16]byte{n}, Issued: issued.Unix(), Expires: issued.Add(time.Hour).Unix()}
}

func (h *house) login(u chat.UserID, t chat.Ticket, want chat.Code) {
	h.Helper()
	_, err := h.People.Login(h.ctx, app, u, t)
	h.wants(err, want)
}

// A ticket in use at a kick, and one that was refused for its date since, is
// refused until it expires, whatever it says about its date.
func TestKickRevokesTicketsDatedAhead(t *testing.T) {
	for _, how := range []string{"kick", "delete"} {
		h, l := openLodge(t, nil)
		soon, far, next := h.dated(1, 50*time.Second), h.dated(2, 10*time.Minute), h.dated(3, 20*time.Minute)
		unused := h.dated(4, 50*time.Second)
		for _, ticket := range []chat.Ticket{soon, far, next} {
			h.login("ann", ticket, 0)
		}
		l.devices["ann"] = []chat.Device{{Client: "a", Ticket: soon}, {Client: "b", Ticket: far}}
		if how == "kick" {
			h.wants(h.People.Kick(h.ctx, admin(), "ann"), 0)
		} else {
			_, err := h.DeleteAccounts(h.ctx, admin(), []chat.UserID{"ann"})
			h.wants(err, 0)
		}
		l.devices["ann"] = nil
		for _, ticket := range []chat.Ticket{soon, far, next} {
			h.login("ann", ticket, chat.CodeTicketRevoked)
		}
		h.wait(30 * time.Minute) // all of their dates have come
		for _, ticket := range []chat.Ticket{soon, far, next} {
			h.login("ann", ticket, chat.CodeTicketRevoked)
		}
		h.login("ann", unused, 0) // nothing tells it from one minted just after
		h.login("ann", h.dated(5, 0), 0)
		h.wants(h.People.Kick(h.ctx, admin(), "ann"), 0)
		h.wait(2 * time.Hour)
		h.wants(h.People.Kick(h.ctx, admin(), "ann"), 0)
		acc, err := h.Ledger().Account(h.ctx, app, "ann")
		h.same(how+": remembered after all have expired", []any{len(acc.Revoked), err}, []any{0, nil})
	}
}

// A connection that is let in while the kick is made durable is not missed.
func TestKickRevokesTicketsOfConnectionsLetInMeanwhile(t *testing.T) {
	h, l := openLodge(t, nil)
	ticket := h.dated(1, 50*time.Second)
	l.late = []chat.Device{{Client: "a", Ticket: ticket}}
	h.wants(h.People.Kick(h.ctx, admin(), "ann"), 0)
	h.login("ann", ticket, chat.CodeTicketRevoked)
}

func TestRevokedTicketsAreBounded(t *testing.T) {
	h := open(t, nil)
	h.wants(h.People.Kick(h.ctx, admin(), "ann"), 0)
	for n := range 150 {
		h.login("ann", h.dated(byte(n), time.Hour+time.Duration(n)*time.Minute), chat.CodeTicketRevoked)
	}
	acc, err := h.Ledger().Account(h.ctx, app, "ann")
	h.wants(err, 0)
	h.same("remembered", fmt.Sprint(len(acc.Revoked), " from ", acc.Revoked[0].Hash[0]), "100 from 50")
	h.login("ann", h.dated(149, 1), chat.CodeTicketRevoked)
}
