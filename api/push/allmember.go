package push

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	corepush "github.com/teahouse-im/teahouse/chat/push"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// Bounds of the commands about tags and attributes (spec/09 B), and their rate, calls a second.
const (
	maxLabelled = 100
	labelRate   = 100
)

// allMemberRows are the older commands of pushes to many (spec/09 B).
func allMemberRows() []*api.Command {
	return append([]*api.Command{
		api.Row(api.AllMemberService, "im_push", "", api.Admins, pushToAll),
	}, labelRows(api.AllMemberService, "im_")...)
}

// elements is a MsgBody as it came; the core checks it.
type elements json.RawMessage

// ReadWire reads the value.
func (e *elements) ReadWire(value []byte) bool {
	*e = bytes.Clone(value)
	return true
}

// Shape implements api.Shaped.
func (*elements) Shape() any { return []form.ElementShape(nil) }

// TypeInJSON is for help.
func (*elements) TypeInJSON() string { return "list of object" }

// pushInfo is an OfflinePushInfo as it came; the core checks it.
type pushInfo json.RawMessage

// ReadWire reads the value.
func (i *pushInfo) ReadWire(value []byte) bool {
	*i = bytes.Clone(value)
	return true
}

// MarshalJSON writes it as it came.
func (i pushInfo) MarshalJSON() ([]byte, error) { return i, nil }

// Shape implements api.Shaped.
func (*pushInfo) Shape() any { return map[string]any(nil) }

// TypeInJSON is for help.
func (*pushInfo) TypeInJSON() string { return "object" }

// condition says which users a push is for.
type condition struct {
	TagsOr   []string `wire:"TagsOr" json:"TagsOr,omitempty"`
	TagsAnd  []string `wire:"TagsAnd" json:"TagsAnd,omitempty"`
	TagsNot  []string `wire:"TagsNot" json:"TagsNot,omitempty"`
	AttrsOr  texts    `wire:"AttrsOr" json:"AttrsOr,omitempty"`
	AttrsAnd texts    `wire:"AttrsAnd" json:"AttrsAnd,omitempty"`
}

func (c *condition) core() *corepush.Condition {
	if c == nil {
		return nil
	}
	return &corepush.Condition{TagsOr: c.TagsOr, TagsAnd: c.TagsAnd, TagsNot: c.TagsNot, AttrsOr: c.AttrsOr, AttrsAnd: c.AttrsAnd}
}

func conditionOf(c *corepush.Condition) *condition {
	if c == nil {
		return nil
	}
	return &condition{c.TagsOr, c.TagsAnd, c.TagsNot, c.AttrsOr, c.AttrsAnd}
}

type allPush struct {
	From      chat.UserID `wire:"From_Account" code:"90008"`
	Random    *uint32     `wire:"!MsgRandom" code:"90005"`
	Body      elements    `wire:"!MsgBody" code:"90002"`
	Cloud     string      `wire:"CloudCustomData"`
	Life      *int64      `wire:"MsgLifeTime" code:"90044"`
	Condition *condition  `wire:"Condition"`
	Info      pushInfo    `wire:"OfflinePushInfo"`
}

type taskMade struct {
	ID string `json:"TaskId"`
}

// pushToAll is im_push: without MsgLifeTime it is for those who are online alone.
func pushToAll(ctx context.Context, c *api.Call, r *allPush) (*taskMade, error) {
	d := &corepush.TaskDraft{
		Form: corepush.Passing, From: r.From, Random: *r.Random, Body: json.RawMessage(r.Body), Cloud: r.Cloud,
		Push: json.RawMessage(r.Info), Condition: r.Condition.core(),
	}
	if r.Life != nil && *r.Life != 0 {
		d.Form, d.LifeTime = corepush.Kept, *r.Life
	}
	return makeTask(ctx, c, d)
}

func makeTask(ctx context.Context, c *api.Call, d *corepush.TaskDraft) (*taskMade, error) {
	id, err := c.Core.Tasks.Make(ctx, c.By, d)
	if err != nil {
		return nil, err
	}
	return &taskMade{id}, nil
}

// labelRows are the commands about tags and attributes, which two services have under
// nearly the same names.
func labelRows(service, prefix string) []*api.Command {
	return []*api.Command{
		api.Row(service, prefix+"set_attr_name", "", api.Admins, setAttrNames).AtMost(labelRate),
		api.Row(service, prefix+"get_attr_name", "", api.Admins, attrNames).AtMost(labelRate),
		api.Row(service, prefix+"set_attr", "", api.Admins, setAttrs).AtMost(labelRate).Takes("UserAttrs", 1, maxLabelled),
		api.Row(service, prefix+"get_attr", "", api.Admins, attrs).AtMost(labelRate).Takes("To_Account", 1, maxLabelled),
		api.Row(service, prefix+"remove_attr", "", api.Admins, removeAttrs).AtMost(labelRate).Takes("UserAttrs", 1, maxLabelled),
		api.Row(service, prefix+"add_tag", "", api.Admins, addTags).AtMost(labelRate).Takes("UserTags", 1, maxLabelled),
		api.Row(service, prefix+"get_tag", "", api.Admins, tags).AtMost(labelRate).Takes("To_Account", 1, maxLabelled),
		api.Row(service, prefix+"remove_tag", "", api.Admins, removeTags).AtMost(labelRate).Takes("UserTags", 1, maxLabelled),
		api.Row(service, prefix+"remove_all_tags", "", api.Admins, removeAllTags).AtMost(labelRate).Takes("To_Account", 1, maxLabelled),
	}
}

// texts is an object whose values are all text.
type texts map[string]string

// ReadWire reads the value.
func (t *texts) ReadWire(value []byte) bool {
	var buf [16]wire.Member
	list, err := wire.Split(value, buf[:0])
	if err != nil {
		return false
	}
	*t = make(texts, len(list))
	for _, m := range list {
		if m.Null() {
			continue
		}
		text, ok := wire.ReadText(m.Value)
		if !ok {
			return false
		}
		(*t)[string(m.Name)] = text
	}
	return true
}

// Shape implements api.Shaped.
func (*texts) Shape() any { return map[string]string(nil) }

// Wanted is for who has sent something else.
func (*texts) Wanted() string { return "an object whose values are text" }

type attrNameChange struct {
	Names texts `wire:"!AttrNames"`
}

func setAttrNames(ctx context.Context, c *api.Call, r *attrNameChange) (*api.None, error) {
	names := make(map[int]string, len(r.Names))
	for place, name := range r.Names {
		n, err := strconv.Atoi(place)
		if err != nil || strconv.Itoa(n) != place {
			return nil, chat.Refuse(chat.CodeBadAttr, "the places in AttrNames are numbers from 0 to 9, in quotes")
		}
		names[n] = name
	}
	return nil, c.Core.Labels.SetAttrNames(ctx, c.By, names)
}

type attrNameList struct {
	Names map[string]string `json:"AttrNames"`
}

func attrNames(ctx context.Context, c *api.Call, _ *api.None) (*attrNameList, error) {
	names, err := c.Core.Labels.AttrNames(ctx, c.By)
	if err != nil {
		return nil, err
	}
	answer := attrNameList{Names: make(map[string]string, len(names))}
	for place, name := range names {
		answer.Names[strconv.Itoa(place)] = name
	}
	return &answer, nil
}

type attrChange struct {
	List []struct {
		User  chat.UserID `wire:"!To_Account" code:"90003"`
		Attrs texts       `wire:"!Attrs"`
	} `wire:"!UserAttrs"`
}

func setAttrs(ctx context.Context, c *api.Call, r *attrChange) (*api.None, error) {
	list := make([]corepush.UserAttrs, len(r.List))
	for i, one := range r.List {
		list[i] = corepush.UserAttrs{User: one.User, Attrs: one.Attrs}
	}
	return nil, c.Core.Labels.SetAttrs(ctx, c.By, list)
}

type usersNamed struct {
	To []chat.UserID `wire:"!To_Account" code:"90003"`
}

type attrsOfUser struct {
	User  chat.UserID       `json:"To_Account"`
	Attrs map[string]string `json:"Attrs"`
}

type attrList struct {
	List []attrsOfUser `json:"UserAttrs"`
}

func attrs(ctx context.Context, c *api.Call, r *usersNamed) (*attrList, error) {
	list, err := c.Core.Labels.Attrs(ctx, c.By, r.To)
	if err != nil {
		return nil, err
	}
	answer := attrList{List: make([]attrsOfUser, len(list))}
	for i, one := range list {
		answer.List[i] = attrsOfUser{one.User, one.Attrs}
	}
	return &answer, nil
}

type attrRemoval struct {
	List []struct {
		User  chat.UserID `wire:"!To_Account" code:"90003"`
		Attrs []string    `wire:"!Attrs"`
	} `wire:"!UserAttrs"`
}

func removeAttrs(ctx context.Context, c *api.Call, r *attrRemoval) (*api.None, error) {
	list := make([]corepush.UserTags, len(r.List))
	for i, one := range r.List {
		list[i] = corepush.UserTags{User: one.User, Tags: one.Attrs}
	}
	return nil, c.Core.Labels.RemoveAttrs(ctx, c.By, list)
}

// tagChange has Replace as the newer service does (spec/09 C); the older reads it too.
type tagChange struct {
	List []struct {
		User    chat.UserID `wire:"!To_Account" code:"90003"`
		Tags    []string    `wire:"!Tags"`
		Replace api.Bit     `wire:"Replace"`
	} `wire:"!UserTags"`
}

func (r *tagChange) tags() []corepush.UserTags {
	list := make([]corepush.UserTags, len(r.List))
	for i, one := range r.List {
		list[i] = corepush.UserTags{User: one.User, Tags: one.Tags, Replace: bool(one.Replace)}
	}
	return list
}

func addTags(ctx context.Context, c *api.Call, r *tagChange) (*api.None, error) {
	return nil, c.Core.Labels.AddTags(ctx, c.By, r.tags())
}

func removeTags(ctx context.Context, c *api.Call, r *tagChange) (*api.None, error) {
	return nil, c.Core.Labels.RemoveTags(ctx, c.By, r.tags())
}

func removeAllTags(ctx context.Context, c *api.Call, r *usersNamed) (*api.None, error) {
	return nil, c.Core.Labels.RemoveAllTags(ctx, c.By, r.To)
}

type tagsOfUser struct {
	User chat.UserID `json:"To_Account"`
	Tags []string    `json:"Tags"`
}

type tagList struct {
	List []tagsOfUser `json:"UserTags"`
}

func tags(ctx context.Context, c *api.Call, r *usersNamed) (*tagList, error) {
	list, err := c.Core.Labels.Tags(ctx, c.By, r.To)
	if err != nil {
		return nil, err
	}
	answer := tagList{List: make([]tagsOfUser, len(list))}
	for i, one := range list {
		answer.List[i] = tagsOfUser{one.User, one.Tags}
	}
	return &answer, nil
}
