package ledger_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

func speak(t *testing.T, l *ledger.Ledger, c chat.Conversation) {
	t.Helper()
	err := l.Change(t.Context(), c.Shard(), 0, func(_ context.Context, turn *ledger.Turn) error {
		turn.Commit.Messages = append(turn.Commit.Messages, &chat.Message{Conv: c, From: "ann", Time: 1, Body: []byte("x")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func messagesAlone(c *chat.Commit) bool { return len(c.Messages) > 0 }

func awaitFeed(t *testing.T, f *ledger.Feed) {
	t.Helper()
	select {
	case <-f.Ready():
	case <-time.After(10 * time.Second):
		t.Fatal("the feed tells nothing")
	}
}

func TestFeedTellsOnceWhatHasMoved(t *testing.T) {
	l, _ := open(t)
	feed := l.Follow(messagesAlone)
	other := chat.C2COf(app, "ann", "cid")
	for _, c := range []chat.Conversation{conv, conv, other} {
		speak(t, l, c)
	}
	if err := l.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	awaitFeed(t, feed)
	if got, lost := feed.Take(1); lost || !slices.Equal(got, []chat.Shard{conv.Shard()}) {
		t.Fatalf("took %v, lost %v", got, lost)
	}
	awaitFeed(t, feed) // for there is more
	if got, _ := feed.Take(9); !slices.Equal(got, []chat.Shard{other.Shard()}) {
		t.Fatalf("took %v", got)
	}
	speak(t, l, conv)
	awaitFeed(t, feed)
	if got, _ := feed.Take(9); !slices.Equal(got, []chat.Shard{conv.Shard()}) {
		t.Fatalf("after it was taken, took %v", got)
	}
}

func TestFeedTellsOnlyWhatIsWanted(t *testing.T) {
	l, _ := open(t)
	feed := l.Follow(func(*chat.Commit) bool { return false })
	closed := l.Follow(messagesAlone)
	closed.Close()
	wanted := l.Follow(messagesAlone)
	speak(t, l, conv)
	awaitFeed(t, wanted)
	for _, f := range []*ledger.Feed{feed, closed} {
		if got, lost := f.Take(9); lost || len(got) > 0 {
			t.Fatalf("took %v, lost %v", got, lost)
		}
	}
}

func TestFeedThatIsNotReadIsLost(t *testing.T) {
	l, _ := open(t)
	feed := l.Follow(messagesAlone)
	defer feed.Close()
	for i := range ledger.MaxFed + 1 {
		ledger.Note(feed, &chat.Commit{Shard: chat.UserShard(app, chat.UserID(strconv.Itoa(i))), Messages: []*chat.Message{say("x")}})
	}
	awaitFeed(t, feed)
	if got, lost := feed.Take(9); !lost || len(got) > 0 {
		t.Fatalf("took %v, lost %v", got, lost)
	}
	speak(t, l, conv)
	awaitFeed(t, feed)
	if got, lost := feed.Take(9); lost || len(got) != 1 {
		t.Fatalf("after the loss, took %v, lost %v", got, lost)
	}
}
