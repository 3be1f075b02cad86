package broker

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

func TestTheSlowestComeFirst(t *testing.T) {
	for by, want := range map[chat.SlowBy]string{chat.SlowByStuck: "ab", chat.SlowByUnacked: "bc", chat.SlowByWaiting: "ca", chat.SlowByBehind: "cb"} {
		list := []chat.Connection{
			{User: "b", Stuck: 2 * time.Second, Unacked: 9, Waiting: 1, Behind: 1},
			{User: "c", Stuck: time.Second, Unacked: 8, Waiting: 3, Behind: 2},
			{User: "a", Stuck: time.Minute, Unacked: 7, Waiting: 2},
		}
		got := ""
		for _, c := range slowest(list, by, 2) {
			got += string(c.User)
		}
		if got != want {
			t.Errorf("by %s: %s, want %s", by, got, want)
		}
	}
}
