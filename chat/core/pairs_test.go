package core_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

// What is remembered of two users who have talked is not believed after a change,
// whichever core has made the change.
func TestMessagesOfUsersWhoHaveTalkedObeyChanges(t *testing.T) {
	eachTwins(t, func(w *twins) {
		toBob, both := chat.ToUser("bob"), []*core.Core{w.one, w.two}
		want := func(what string, code chat.Code) {
			w.Helper()
			for i, c := range both {
				for range 2 { // the second time from memory, if it is remembered
					if got := w.says(c, "ann", toBob); got != code {
						w.Errorf("%s: core %d answers %d, want %d", what, i, got, code)
					}
				}
			}
		}
		want("at first", 0)
		for _, c := range both {
			_, err := c.People.BlockUsers(w.Context(), as("bob"), "bob", []chat.UserID{"ann"})
			w.must(err)
			want("blocked", chat.CodeBlocked)
			_, err = c.People.UnblockUsers(w.Context(), as("bob"), "bob", []chat.UserID{"ann"})
			w.must(err)
			want("unblocked", 0)
		}
		_, err := w.one.DeleteAccounts(w.Context(), admin(), []chat.UserID{"bob"})
		w.must(err)
		want("without a receiver", chat.CodeToUnknown)
		_, err = w.two.People.Import(w.Context(), admin(), []chat.Profile{profile("bob", "New")})
		w.must(err)
		want("with the next holder", 0)
		_, err = w.two.DeleteAccounts(w.Context(), admin(), []chat.UserID{"ann"})
		w.must(err)
		want("without a sender", chat.CodeTicketRevoked)
	})
}

// When a block has been answered, no message of the blocked gets through.
func TestBlockBindsAtOnce(t *testing.T) {
	eachTwins(t, func(w *twins) {
		for range 50 {
			end := make(chan struct{})
			over := make(chan struct{})
			go func() {
				defer close(over)
				for {
					select {
					case <-end:
						return
					default:
						w.says(w.one, "ann", chat.ToUser("bob"))
					}
				}
			}()
			_, err := w.two.People.BlockUsers(w.Context(), as("bob"), "bob", []chat.UserID{"ann"})
			w.must(err)
			if got := w.says(w.one, "ann", chat.ToUser("bob")); got != chat.CodeBlocked {
				w.Errorf("a message after the block: code %d", got)
			}
			close(end)
			<-over
			_, err = w.two.People.UnblockUsers(w.Context(), as("bob"), "bob", []chat.UserID{"ann"})
			w.must(err)
		}
	})
}
