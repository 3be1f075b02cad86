package core_test

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
)

// numbered is a draft whose sender chose MsgSeq 9 and MsgRandom 7.
func numbered(to chat.Target, s string) chat.Draft {
	random, seq := uint32(7), uint32(9)
	return chat.Draft{To: to, Body: text(s), Random: &random, SenderSeq: &seq}
}

func TestTwoMessagesOfAConversationNeverShareAKey(t *testing.T) {
	h := open(t, nil)
	sent := map[string]chat.UserID{}
	say := func(by chat.Actor, from chat.UserID, d chat.Draft) chat.Receipt {
		t.Helper()
		if by.Admin() {
			d.From = from
		}
		r, err := h.Message.SendWait(h.ctx, by, d)
		h.wants(err, 0)
		if other, taken := sent[r.Key]; taken {
			t.Errorf("a message of %s has key %s, which one of %s has", from, r.Key, other)
		}
		sent[r.Key] = from
		return r
	}
	first := say(as("ann"), "ann", numbered(chat.ToUser("bob"), "ping"))
	answer := say(admin(), "bob", numbered(chat.ToUser("ann"), "pong"))
	named := numbered(chat.ToUser("bob"), "ping by name")
	named.ClientMsgID = "c-1"
	say(as("ann"), "ann", named)
	passing := numbered(chat.ToUser("bob"), "ping in passing")
	passing.Control = chat.OnlineOnly
	say(as("ann"), "ann", passing)

	again, err := h.Message.SendWait(h.ctx, admin(), func() chat.Draft {
		d := numbered(chat.ToUser("ann"), "pong")
		d.From = "bob"
		return d
	}())
	h.wants(err, 0)
	if again.Key != answer.Key || !again.Duplicate {
		t.Errorf("a repetition got %+v, want the first answer %+v", again, answer)
	}
	if first.Key != "9_7_1700000000" {
		t.Errorf("the first message has key %s, want the one its sender chose", first.Key)
	}

	taken, err := h.Message.Recall(h.ctx, as("bob"), "", chat.ToUser("ann"), chat.MessageRef{Key: answer.Key}, "")
	h.wants(err, 0)
	if taken.Seq != answer.Seq {
		t.Errorf("the key of message %d took back message %d", answer.Seq, taken.Seq)
	}
	page, err := h.Message.History(h.ctx, as("ann"), message.HistoryQuery{Target: chat.ToUser("bob")})
	h.wants(err, 0)
	for _, m := range page.Messages {
		if sent[m.Key()] != m.From {
			t.Errorf("history shows message %d of %s with key %s, which no answer had", m.Seq, m.From, m.Key())
		}
	}
}
