package message

import (
	"encoding/json"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

const app chat.AppID = 1400000001

// hello is a body whose blanks, escapes and number forms must survive.
const hello = `[ {"MsgType":"TIMTextElem","MsgContent":{"Text":"hi \u0040bob","X":29.340656774469956} } ]`

func c2cMessage() *chat.Message {
	return &chat.Message{
		Conv: chat.C2COf(app, "alice", "bob"), Seq: 42, From: "bob", Time: 1700000000123,
		Random: 7, SenderSeq: 99, Body: json.RawMessage(hello),
	}
}

func groupMessageOf() *chat.Message {
	return &chat.Message{
		Conv: chat.GroupOf(app, "@TGS#1"), Seq: 3, From: "alice", Time: 1700000000999, Random: 8,
		ClientMsgID: "c-1", Body: json.RawMessage(hello), Cloud: `k="v"`, Quote: json.RawMessage(`{"MsgSeq":1}`),
		Priority: chat.High, At: []chat.UserID{chat.AtAll, "bob"}, To: []chat.UserID{"bob", "carol"},
		Control: chat.NoUnread | chat.NoLastMsg | chat.NeedReceipt | chat.Extensible,
	}
}

func TestHistoryWithReceipts(t *testing.T) {
	read, unread := c2cMessage(), c2cMessage()
	read.Control = chat.NeedReceipt
	unread.Control, unread.Seq = chat.NeedReceipt, 43
	plain := c2cMessage()
	plain.Seq = 44
	one := newHistoryPage(coremessage.HistoryPage{First: 41, Messages: []*chat.Message{read, unread, plain}, Receipts: map[chat.Seq]chat.ReceiptCount{
		42: {Seq: 42, Of: 1, Read: 1}, 43: {Seq: 43, Of: 1},
	}}, false)
	wiretest.Golden(t, "history-receipts-c2c", append(one.AppendMembers([]byte("{")), '}'))
	many := newHistoryPage(coremessage.HistoryPage{
		First: 2, Messages: []*chat.Message{groupMessageOf()}, Receipts: map[chat.Seq]chat.ReceiptCount{3: {Seq: 3, Of: 2, Read: 1}},
	}, false)
	wiretest.Golden(t, "history-receipts-group", append(many.AppendMembers([]byte("{")), '}'))
}
