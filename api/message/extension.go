package message

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// extensionRows are the commands about keys and values on messages (spec/00 §5,
// spec/04 §10, spec/22b §9).
func extensionRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.ext.set", api.Anyone, setExtensions).
			Shows(`{"Conv":"group/tea","MsgSeq":42,"ExtensionList":[{"Key":"votes","Value":"3","Seq":0}]}`),
		api.Row(api.NoService, "", "msg.ext.get", api.Anyone, getExtensions).
			Shows(`{"Conv":"group/tea","MsgSeq":42,"StartSeq":0}`),
		api.Row(api.NoService, "", "msg.ext.delete", api.Anyone, deleteExtensions).
			Shows(`{"Conv":"group/tea","MsgSeq":42,"Keys":["votes"]}`),
		api.Row(api.ExtensionService, "group_set_key_values", "", api.Admins, groupSetKeyValues),
		api.Row(api.ExtensionService, "group_get_key_values", "", api.Admins, groupGetKeyValues),
		api.Row(api.ExtensionService, "set_key_values", "", api.Admins, setKeyValues),
		api.Row(api.ExtensionService, "get_key_values", "", api.Admins, getKeyValues),
	}
}

// extension is an entry of a write.
type extension struct {
	Key   string `wire:"!Key"`
	Value string `wire:"Value"`
	Seq   uint64 `wire:"Seq"`
}

func extensionsOf(list []extension) []chat.Extension {
	all := make([]chat.Extension, len(list))
	for i, e := range list {
		all[i] = chat.Extension(e)
	}
	return all
}

// extensionResults is the answer to a write.
type extensionResults []chat.ExtensionResult

// Shape implements api.Shaped.
func (*extensionResults) Shape() any {
	return struct {
		List []extensionResult `json:"ExtensionList"`
	}{}
}

// extensionResult is the form of an entry of it.
type extensionResult struct {
	Code      chat.Code           `json:"ErrorCode"`
	Extension form.ExtensionShape `json:"Extension"`
}

// AppendMembers implements api.Written.
func (l *extensionResults) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "ExtensionList"), '[')
	for i, r := range *l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutInt(append(dst, '{'), "ErrorCode", int64(r.Code))
		dst = append(form.AppendExtension(wire.PutName(dst, "Extension"), r.Extension), '}')
	}
	return append(dst, ']')
}

func extend(ctx context.Context, c *api.Call, on coremessage.ExtensionTarget, op coremessage.ExtensionOp, list []chat.Extension) (*extensionResults, error) {
	results, err := c.Core.Message.Extend(ctx, c.By, on, op, list)
	if err != nil {
		return nil, err
	}
	return (*extensionResults)(&results), nil
}

// extensionList is what is on a message.
type extensionList struct{ coremessage.ExtensionPage }

// Shape implements api.Shaped.
func (*extensionList) Shape() any {
	return struct {
		List     []form.ExtensionShape `json:"ExtensionList"`
		Complete form.Bit              `json:"CompleteFlag"`
		Latest   uint64                `json:"LatestSeq"`
		Clear    uint64                `json:"ClearSeq"`
	}{}
}

// AppendMembers implements api.Written.
func (l *extensionList) AppendMembers(dst []byte) []byte {
	dst = form.PutExtensions(dst, "ExtensionList", l.List)
	dst = wire.PutBit(dst, "CompleteFlag", l.Complete)
	dst = wire.PutUint(dst, "LatestSeq", l.Latest)
	return wire.PutUint(dst, "ClearSeq", l.Clear)
}

func listExtensions(ctx context.Context, c *api.Call, on coremessage.ExtensionTarget, from uint64) (*extensionList, error) {
	return api.Fitting(c.Room, 0, func(most int) (*extensionList, int, int, error) {
		page, err := c.Core.Message.Extensions(ctx, c.By, on, from, most)
		if err != nil {
			return nil, 0, 0, err
		}
		list := &extensionList{page}
		return list, len(page.List), len(list.AppendMembers([]byte("{"))), nil
	})
}

// extensionRef names the message of a method.
func extensionRef(conv api.Conv, seq uint64) coremessage.ExtensionTarget {
	return coremessage.ExtensionTarget{Target: chat.Target(conv), Ref: chat.MessageRef{Seq: chat.Seq(seq)}}
}

type extensionWrite struct {
	Conv api.Conv    `wire:"!Conv" code:"50002"`
	Seq  uint64      `wire:"!MsgSeq"`
	List []extension `wire:"!ExtensionList"`
}

func setExtensions(ctx context.Context, c *api.Call, r *extensionWrite) (*extensionResults, error) {
	return extend(ctx, c, extensionRef(r.Conv, r.Seq), coremessage.SetExtensions, extensionsOf(r.List))
}

type extensionQuery struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	Seq  uint64   `wire:"!MsgSeq"`
	From uint64   `wire:"StartSeq"`
}

func getExtensions(ctx context.Context, c *api.Call, r *extensionQuery) (*extensionList, error) {
	return listExtensions(ctx, c, extensionRef(r.Conv, r.Seq), r.From)
}

type extensionDeletion struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	Seq  uint64   `wire:"!MsgSeq"`
	Keys []string `wire:"Keys"`
}

func deleteExtensions(ctx context.Context, c *api.Call, r *extensionDeletion) (*extensionResults, error) {
	if r.Keys == nil {
		return extend(ctx, c, extensionRef(r.Conv, r.Seq), coremessage.ClearExtensions, nil)
	}
	list := make([]chat.Extension, len(r.Keys))
	for i, k := range r.Keys {
		list[i].Key = k
	}
	return extend(ctx, c, extensionRef(r.Conv, r.Seq), coremessage.DeleteExtensions, list)
}

type groupKeyValues struct {
	ID    chat.GroupID             `wire:"!GroupId"`
	Topic chat.GroupID             `wire:"TopicId"`
	Seq   uint64                   `wire:"!MsgSeq"`
	Op    *coremessage.ExtensionOp `wire:"!OperateType"`
	List  []extension              `wire:"ExtensionList"`
}

func groupRef(id, topic chat.GroupID, seq uint64) (coremessage.ExtensionTarget, error) {
	g, err := api.InTopic(id, topic)
	return coremessage.ExtensionTarget{Target: chat.ToGroup(g), Ref: chat.MessageRef{Seq: chat.Seq(seq)}}, err
}

func groupSetKeyValues(ctx context.Context, c *api.Call, r *groupKeyValues) (*extensionResults, error) {
	on, err := groupRef(r.ID, r.Topic, r.Seq)
	if err != nil {
		return nil, err
	}
	return extend(ctx, c, on, *r.Op, extensionsOf(r.List))
}

type groupKeyQuery struct {
	ID    chat.GroupID `wire:"!GroupId"`
	Topic chat.GroupID `wire:"TopicId"`
	Seq   uint64       `wire:"!MsgSeq"`
	From  uint64       `wire:"StartSeq"`
}

func groupGetKeyValues(ctx context.Context, c *api.Call, r *groupKeyQuery) (*extensionList, error) {
	on, err := groupRef(r.ID, r.Topic, r.Seq)
	if err != nil {
		return nil, err
	}
	return listExtensions(ctx, c, on, r.From)
}

type keyValues struct {
	From chat.UserID              `wire:"From_Account"`
	To   chat.UserID              `wire:"!To_Account"`
	Key  string                   `wire:"!MsgKey"`
	Op   *coremessage.ExtensionOp `wire:"!OperateType"`
	List []extension              `wire:"ExtensionList"`
}

func keyRef(from, to chat.UserID, key string) coremessage.ExtensionTarget {
	return coremessage.ExtensionTarget{Of: from, Target: chat.ToUser(to), Ref: chat.MessageRef{Key: key}}
}

func setKeyValues(ctx context.Context, c *api.Call, r *keyValues) (*extensionResults, error) {
	return extend(ctx, c, keyRef(r.From, r.To, r.Key), *r.Op, extensionsOf(r.List))
}

type keyQuery struct {
	From  chat.UserID `wire:"From_Account"`
	To    chat.UserID `wire:"!To_Account"`
	Key   string      `wire:"!MsgKey"`
	Start uint64      `wire:"StartSeq"`
}

func getKeyValues(ctx context.Context, c *api.Call, r *keyQuery) (*extensionList, error) {
	return listExtensions(ctx, c, keyRef(r.From, r.To, r.Key), r.Start)
}
