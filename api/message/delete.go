package message

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// maxNamed is how many messages delete_c2c_msg_ramble names (spec/04 §7a).
const maxNamed = 30

// deleteRows are the commands about one's own view of messages (spec/00 §5, spec/04 §7a).
func deleteRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.get", api.Anyone, getMessages).
			Shows(`{"Conv":"c2c/bob","MsgIds":["42~1-2"]}`),
		api.Row(api.NoService, "", "msg.delete", api.Anyone, deleteMessages).
			Shows(`{"Conv":"c2c/bob","MsgSeqs":[41,42]}`),
		api.Row(api.NoService, "", "msg.clear", api.Anyone, clearMessages).
			Shows(`{"Conv":"c2c/bob"}`),
		api.Row(api.OpenIMService, "delete_c2c_msg_ramble", "", api.Admins, deleteOneWay).Takes("MsgKeyList", 1, maxNamed),
	}
}

type messageNames struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	IDs  []string `wire:"!MsgIds"`
}

// namedList are messages that were asked for by name.
type namedList struct {
	page   coremessage.HistoryPage
	before []chat.Seq
}

// Shape implements api.Shaped.
func (*namedList) Shape() any {
	return struct {
		List []form.MessageShape `json:"MsgList"`
	}{}
}

// AppendMembers implements api.Written.
func (l *namedList) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "MsgList"), '[')
	for i, m := range l.page.Messages {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = form.AppendEntry(dst, m, l.before[i], form.Around{
			Receipt: receiptOf(l.page.Receipts, m), Pinned: slices.Contains(l.page.Pinned, m.Seq),
		})
	}
	return append(dst, ']')
}

func getMessages(ctx context.Context, c *api.Call, r *messageNames) (*namedList, error) {
	refs := make([]chat.MessageRef, len(r.IDs))
	for i, id := range r.IDs {
		refs[i] = chat.MessageRef{ID: id}
	}
	page, before, err := c.Core.Message.Get(ctx, c.By, chat.Target(r.Conv), refs)
	if err != nil {
		return nil, err
	}
	list := &namedList{page, before}
	if len(list.AppendMembers([]byte("{"))) > c.Room { // there is no paging: one names fewer
		return nil, chat.Refuse(chat.CodeAnswerTooLong, "")
	}
	return list, nil
}

type messageNumbers struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	Seqs []uint64 `wire:"!MsgSeqs"`
}

func deleteMessages(ctx context.Context, c *api.Call, r *messageNumbers) (*api.None, error) {
	refs := make([]chat.MessageRef, len(r.Seqs))
	for i, seq := range r.Seqs {
		refs[i] = chat.MessageRef{Seq: chat.Seq(seq)}
	}
	return nil, c.Core.Message.Delete(ctx, c.By, "", chat.Target(r.Conv), refs)
}

type clearing struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
}

func clearMessages(ctx context.Context, c *api.Call, r *clearing) (*api.None, error) {
	return nil, c.Core.Message.Clear(ctx, c.By, "", chat.Target(r.Conv))
}

type oneWayDeletion struct {
	Of   chat.UserID `wire:"!Operator_Account" code:"90008"`
	Peer chat.UserID `wire:"!Peer_Account" code:"90003"`
	Keys []string    `wire:"!MsgKeyList" code:"90054"`
}

func deleteOneWay(ctx context.Context, c *api.Call, r *oneWayDeletion) (*api.None, error) {
	refs := make([]chat.MessageRef, len(r.Keys))
	for i, k := range r.Keys {
		if _, err := chat.ParseMsgKey(k); err != nil {
			return nil, err
		}
		refs[i] = chat.MessageRef{Key: k}
	}
	return nil, c.Core.Message.Delete(ctx, c.By, r.Of, chat.ToUser(r.Peer), refs)
}
