package message

import (
	"bytes"
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// modifyRows are the commands that change stored messages (spec/00 §5, spec/04 §9,
// spec/22b §4, §7).
func modifyRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.modify", api.Anyone, modifyMessage).
			Shows(`{"Conv":"c2c/bob","MsgId":"42~1-2","CloudCustomData":"done","MsgVersion":0}`),
		api.Row(api.OpenIMService, "modify_c2c_msg", "", api.Admins, modifyC2C),
		api.Row(api.OpenIMService, "modify_group_msg", "", api.Admins, modifyGroupMessage),
		api.Row(api.GroupService, "delete_group_msg_by_sender", "", api.Admins, deleteBySender),
	}
}

// elements is a MsgBody: the core checks its form.
type elements []byte

// ReadWire reads the value.
func (e *elements) ReadWire(value []byte) bool {
	*e = bytes.Clone(value)
	return value[0] == '['
}

// TypeInJSON is for help.
func (*elements) TypeInJSON() string { return "list of object" }

// Shape implements api.Shaped.
func (*elements) Shape() any { return []form.ElementShape(nil) }

type modification struct {
	Conv    api.Conv `wire:"!Conv" code:"50002"`
	ID      string   `wire:"MsgId"`
	Seq     uint64   `wire:"MsgSeq"`
	Key     string   `wire:"MsgKey"`
	Body    elements `wire:"MsgBody" code:"90007"`
	Cloud   *string  `wire:"CloudCustomData"`
	Version *uint32  `wire:"MsgVersion"`
}

// modified is the message after the change, or the newest one after a conflict.
type modified struct{ *chat.Message }

// Shape implements api.Shaped.
func (*modified) Shape() any {
	return struct {
		Message form.MessageShape `json:"Message"`
	}{}
}

// AppendMembers implements api.Written.
func (m *modified) AppendMembers(dst []byte) []byte {
	return form.AppendMessage(wire.PutName(dst, "Message"), m.Message, m.Seq-1)
}

func modifyMessage(ctx context.Context, c *api.Call, r *modification) (*modified, error) {
	ref := chat.MessageRef{Seq: chat.Seq(r.Seq), ID: r.ID, Key: r.Key}
	if ref == (chat.MessageRef{}) {
		return nil, chat.Refuse(chat.CodeBadJSON, "MsgId is missing")
	}
	m, err := c.Core.Message.Modify(ctx, c.By, coremessage.Modification{
		Target: chat.Target(r.Conv), Ref: ref, Body: []byte(r.Body), Cloud: r.Cloud, Version: r.Version,
	})
	if m == nil {
		return nil, err
	}
	return &modified{m}, err
}

type c2cModification struct {
	From  chat.UserID `wire:"!From_Account" code:"90008"`
	To    chat.UserID `wire:"!To_Account" code:"90003"`
	Key   string      `wire:"!MsgKey" code:"90054"`
	Body  elements    `wire:"MsgBody" code:"90007"`
	Cloud *string     `wire:"CloudCustomData"`
}

func modifyC2C(ctx context.Context, c *api.Call, r *c2cModification) (*api.None, error) {
	_, err := c.Core.Message.Modify(ctx, c.By, coremessage.Modification{
		Of: r.From, Target: chat.ToUser(r.To), Ref: chat.MessageRef{Key: r.Key}, Body: []byte(r.Body), Cloud: r.Cloud,
	})
	return nil, err
}

type groupModification struct {
	ID    chat.GroupID `wire:"!GroupId"`
	Topic chat.GroupID `wire:"TopicId"`
	Seq   uint64       `wire:"!MsgSeq"`
	Body  elements     `wire:"MsgBody" code:"90007"`
	Cloud *string      `wire:"CloudCustomData"`
}

func modifyGroupMessage(ctx context.Context, c *api.Call, r *groupModification) (*api.None, error) {
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	_, err = c.Core.Message.Modify(ctx, c.By, coremessage.Modification{
		Target: chat.ToGroup(id), Ref: chat.MessageRef{Seq: chat.Seq(r.Seq)}, Body: []byte(r.Body), Cloud: r.Cloud,
	})
	return nil, err
}

type deletion struct {
	ID    chat.GroupID `wire:"!GroupId"`
	Topic chat.GroupID `wire:"TopicId"`
	From  chat.UserID  `wire:"!Sender_Account"`
}

func deleteBySender(ctx context.Context, c *api.Call, r *deletion) (*api.None, error) {
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.Message.DeleteBySender(ctx, c.By, id, r.From)
}
