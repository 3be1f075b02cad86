package message

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// receiptRows are the commands about read receipts (spec/00 §5, spec/04 §9,
// spec/22b §8).
func receiptRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.receipt.send", api.Anyone, sendReceipts).
			Shows(`{"Conv":"group/tea","MsgSeqs":[41,42]}`),
		api.Row(api.NoService, "", "msg.receipts", api.Anyone, receiptCounts).
			Shows(`{"Conv":"group/tea","MsgSeqs":[41,42]}`),
		api.Row(api.NoService, "", "msg.readers", api.Anyone, messageReaders).
			Shows(`{"Conv":"group/tea","MsgSeq":42,"Filter":0,"Count":100}`),
		api.Row(api.OpenIMService, "c2c_msg_read_receipt", "", api.Admins, sendReceiptsC2C),
		api.Row(api.GroupService, "get_group_msg_receipt", "", api.Admins, groupReceipts),
		api.Row(api.GroupService, "get_group_msg_receipt_detail", "", api.Admins, groupReaders),
	}
}

// receiptOf is the count of one message of a page, nil when it has none.
func receiptOf(counts map[chat.Seq]chat.ReceiptCount, m *chat.Message) *chat.ReceiptCount {
	if r, ok := counts[m.Seq]; ok {
		return &r
	}
	return nil
}

type receiptQuery struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	Seqs []uint64 `wire:"!MsgSeqs"`
}

func (q *receiptQuery) numbers() []chat.Seq {
	seqs := make([]chat.Seq, len(q.Seqs))
	for i, n := range q.Seqs {
		seqs[i] = chat.Seq(n)
	}
	return seqs
}

func sendReceipts(ctx context.Context, c *api.Call, r *receiptQuery) (*api.None, error) {
	refs := make([]chat.MessageRef, len(r.Seqs))
	for i, seq := range r.numbers() {
		refs[i] = chat.MessageRef{Seq: seq}
	}
	return nil, c.Core.Message.SendReceipts(ctx, c.By, "", chat.Target(r.Conv), refs)
}

type receiptList struct {
	kind chat.Kind
	list []chat.ReceiptCount
}

// Shape implements api.Shaped.
func (*receiptList) Shape() any {
	return struct {
		List []form.ReceiptCountShape `json:"ReceiptList"`
	}{}
}

func (l *receiptList) AppendMembers(dst []byte) []byte {
	return form.PutReceiptList(dst, l.kind, l.list)
}

func receiptCounts(ctx context.Context, c *api.Call, r *receiptQuery) (*receiptList, error) {
	list, err := c.Core.Message.Receipts(ctx, c.By, "", chat.Target(r.Conv), r.numbers())
	if err != nil {
		return nil, err
	}
	return &receiptList{chat.Target(r.Conv).Kind, list}, nil
}

// c2cReceipts is c2c_msg_read_receipt's request (spec/04 §9).
type c2cReceipts struct {
	Reader chat.UserID  `wire:"!Operator_Account" code:"90008"`
	Author chat.UserID  `wire:"!Peer_Account" code:"90003"`
	List   []receiptRef `wire:"!C2CMsgInfo" code:"90002"`
}

type receiptRef struct {
	From chat.UserID `wire:"!From_Account" code:"90008"`
	To   chat.UserID `wire:"!To_Account" code:"90003"`
	Key  string      `wire:"!MsgKey" code:"90054"`
}

func sendReceiptsC2C(ctx context.Context, c *api.Call, r *c2cReceipts) (*api.None, error) {
	refs := make([]chat.MessageRef, len(r.List))
	for i, one := range r.List {
		if one.From != r.Author || one.To != r.Reader {
			return nil, chat.Refuse(chat.CodeBadBody, "a message is not from Peer_Account to Operator_Account")
		}
		refs[i] = chat.MessageRef{Key: one.Key}
	}
	return nil, c.Core.Message.SendReceipts(ctx, c.By, r.Reader, chat.ToUser(r.Author), refs)
}

type groupReceiptQuery struct {
	ID    chat.GroupID `wire:"!GroupId"`
	Topic chat.GroupID `wire:"TopicId"`
	List  []seqRef     `wire:"!MsgSeqList"`
}

type groupReceipt struct {
	Code   chat.Code `json:"Code"`
	Seq    chat.Seq  `json:"MsgSeq"`
	Read   int       `json:"ReadNum"`
	Unread int       `json:"UnreadNum"`
}

type groupReceiptList struct {
	List []groupReceipt `json:"GroupMsgReceiptList"`
}

func groupReceipts(ctx context.Context, c *api.Call, r *groupReceiptQuery) (*groupReceiptList, error) {
	seqs := make([]chat.Seq, len(r.List))
	for i, one := range r.List {
		seqs[i] = chat.Seq(one.Seq)
	}
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	list, err := c.Core.Message.Receipts(ctx, c.By, "", chat.ToGroup(id), seqs)
	if err != nil {
		return nil, err
	}
	answer := &groupReceiptList{make([]groupReceipt, len(list))}
	for i, one := range list {
		answer.List[i] = groupReceipt{one.Code, one.Seq, one.Read, one.Unread()}
	}
	return answer, nil
}

// readerPage is which readers of a message are wanted.
type readerPage struct {
	seq    uint64
	filter uint32
	cursor chat.UserID
	count  *uint32
}

// The values of Filter.
const (
	filterRead = iota
	filterUnread
)

type readersQuery struct {
	Conv   api.Conv    `wire:"!Conv" code:"50002"`
	Seq    uint64      `wire:"!MsgSeq"`
	Filter uint32      `wire:"Filter"`
	Cursor chat.UserID `wire:"Cursor"`
	Count  *uint32     `wire:"Count"`
}

type groupReadersQuery struct {
	ID     chat.GroupID `wire:"!GroupId"`
	Topic  chat.GroupID `wire:"TopicId"`
	Seq    uint64       `wire:"!MsgSeq"`
	Filter uint32       `wire:"Filter"`
	Cursor chat.UserID  `wire:"Cursor"`
	Count  *uint32      `wire:"Count"`
}

type reader struct {
	User chat.UserID `json:"Read_Account"`
}

type nonReader struct {
	User chat.UserID `json:"Unread_Account"`
}

// readerList has its end under both names of the documents (spec/22b §8), and
// one of the lists.
type readerList struct {
	Seq      uint64       `json:"MsgSeq"`
	Finish   int          `json:"IsFinish"`
	Finished int          `json:"IsFinished"`
	Cursor   chat.UserID  `json:"Cursor"`
	Read     *[]reader    `json:"ReadList,omitempty"`
	Unread   *[]nonReader `json:"UnreadList,omitempty"`
}

func messageReaders(ctx context.Context, c *api.Call, r *readersQuery) (*readerList, error) {
	return readers(ctx, c, chat.Target(r.Conv), chat.CodeBadJSON, readerPage{r.Seq, r.Filter, r.Cursor, r.Count})
}

func groupReaders(ctx context.Context, c *api.Call, r *groupReadersQuery) (*readerList, error) {
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	return readers(ctx, c, chat.ToGroup(id), chat.CodeGroupParameter, readerPage{r.Seq, r.Filter, r.Cursor, r.Count})
}

// readerListBytes is about what the users take in a readerList.
func readerListBytes(users []chat.UserID) int {
	n := 128
	for _, u := range users {
		n += len(`{"Unread_Account":},`) + len(wire.AppendText(nil, u))
	}
	return n
}

func readers(ctx context.Context, c *api.Call, t chat.Target, parameter chat.Code, p readerPage) (*readerList, error) {
	if p.filter > filterUnread {
		return nil, chat.Refuse(parameter, "Filter is neither 0 nor 1")
	}
	page, err := api.Fitting(c.Room, api.PageSize(p.count), func(most int) (coremessage.ReadersPage, int, int, error) {
		page, err := c.Core.Message.Readers(ctx, c.By, coremessage.ReadersQuery{
			Target: t, Seq: chat.Seq(p.seq), Unread: p.filter == filterUnread,
			After: p.cursor, Limit: most,
		})
		return page, len(page.Users), readerListBytes(page.Users), err
	})
	if err != nil {
		return nil, err
	}
	answer := &readerList{Seq: p.seq, Finish: wire.Bit(page.Finished), Finished: wire.Bit(page.Finished)}
	if !page.Finished {
		answer.Cursor = p.cursor
		if n := len(page.Users); n > 0 {
			answer.Cursor = page.Users[n-1]
		}
	}
	if p.filter == filterUnread {
		list := make([]nonReader, len(page.Users))
		for i, u := range page.Users {
			list[i].User = u
		}
		answer.Unread = &list
		return answer, nil
	}
	list := make([]reader, len(page.Users))
	for i, u := range page.Users {
		list[i].User = u
	}
	answer.Read = &list
	return answer, nil
}
