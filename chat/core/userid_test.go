package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// A UserID that may not be registered gets in by no way (spec/01 §7).
func TestRefusedUserIDs(t *testing.T) {
	refused := map[string]chat.UserID{
		"empty": "", "too long": chat.UserID(strings.Repeat("x", 33)), "no UTF-8": "a\xff",
		"leading blank": " a", "trailing blank": "a\u3000", "control": "a\nb", "control of Latin-1": "a\u0085b", "DEL": "a\x7f",
		"not found": "@TLS#NOT_FOUND", "system": chat.SystemUser, "system's": "@TIM#x", "group": "@TGS#1", "robot": "@RBT#1",
	}
	invisible := map[string]chat.UserID{
		"zero width space": "a\u200bb", "joiner": "a\u200d", "byte order mark": "\ufeffa", "soft hyphen": "a\u00adb",
		"right to left override": "a\u202eb", "isolate": "\u2066a", "Arabic letter mark": "a\u061c",
		"line separator": "a\u2028b", "Hangul filler": "\u3164", "variation selector": "a\ufe0f", "tag": "a\U000e0041",
		"Braille blank": "a\u2800", "Mongolian vowel separator": "a\u180e", "interlinear anchor": "a\ufff9", "no character": "a\uffff",
	}
	allowed := []chat.UserID{"a", "administrator", "Alice_1-x", "a b", "@alice", "@TLS", "é", "空の茶屋", "😀", "שלום", "مرحبا", "TIM#SYSTEM"}

	for name, off := range map[string]bool{"by default": false, "with the switch": true} {
		h := open(t, nil)
		a := *h.apps.App(app)
		a.Switches.InvisibleUserIDs = off
		h.apps.Set(a)
		all := map[string]chat.UserID{}
		for what, u := range refused {
			all[what] = u
		}
		if !off {
			for what, u := range invisible {
				all[what] = u
			}
		}
		g := h.group("bob", chat.Public)
		for what, u := range all {
			// As if it had been registered before there was a check.
			if u != "" && len(u) < 33 {
				if err := h.put(&chat.Account{App: app, User: u, Created: 1}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := h.People.Login(h.ctx, app, u, chat.Ticket{})
			if chat.CodeOf(err) != chat.CodeAccountParameter {
				t.Errorf("%s, %s: login says %v", name, what, err)
			}
			failed, err := h.People.Import(h.ctx, admin(), []chat.Profile{{User: u}})
			if err != nil || len(failed) != 1 || failed[0].Code != chat.CodeAccountParameter {
				t.Errorf("%s, %s: import says %v %v", name, what, failed, err)
			}
			_, err = h.Group.AddMembers(h.ctx, admin(), g, []chat.UserID{u}, true)
			if chat.CodeOf(err) != chat.CodeGroupNoAccount {
				t.Errorf("%s, %s: adding to a group says %v", name, what, err)
			}
			if u == "" {
				continue // the caller themselves
			}
			_, err = h.Group.Create(h.ctx, admin(), chat.GroupDraft{Type: chat.Public, Name: "g", Owner: u})
			if chat.CodeOf(err) != chat.CodeGroupNoAccount {
				t.Errorf("%s, %s: owning a group says %v", name, what, err)
			}
			for _, to := range []chat.Target{chat.ToUser("bob"), chat.ToGroup(g)} {
				_, err = h.Message.SendWait(h.ctx, admin(), chat.Draft{From: u, To: to, Body: text("x")})
				if code := chat.CodeOf(err); code != chat.CodeBadFrom && code != chat.CodeGroupNoAccount {
					t.Errorf("%s, %s: sending in this name to %s says %v", name, what, to, err)
				}
			}
		}
		admitted := slices.Clone(allowed)
		if off {
			for _, u := range invisible {
				admitted = append(admitted, u)
			}
		}
		for _, u := range admitted {
			if _, err := h.People.Login(h.ctx, app, u, chat.Ticket{}); err != nil {
				t.Errorf("%s: %q is refused: %v", name, u, err)
			}
		}
	}
}

func TestUserIDsOfPrintableASCIIOnly(t *testing.T) {
	h := open(t, nil)
	a := *h.apps.App(app)
	a.Switches.ASCIIUserIDs = true
	h.apps.Set(a)
	for u, want := range map[chat.UserID]chat.Code{"é": chat.CodeAccountParameter, "a b~": 0, "空": chat.CodeAccountParameter} {
		_, err := h.People.Login(h.ctx, app, u, chat.Ticket{})
		h.wants(err, want)
	}
}
