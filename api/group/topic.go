package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// topicRows are the commands about the topics of a community (spec/22b §13).
func topicRows() []*api.Command {
	return []*api.Command{
		api.Row(api.TopicService, "create_topic", "group.topics.create", api.Anyone, createTopic).
			Shows(`{"GroupId":"@TGS#_tea","TopicName":"Green","TopicId":"@TGS#_tea@TOPIC#_green"}`),
		api.Row(api.TopicService, "get_topic", "group.topics.get", api.Anyone, getTopics).
			Shows(`{"GroupId":"@TGS#_tea","TopicIdList":["@TGS#_tea@TOPIC#_green"]}`),
		api.Row(api.TopicService, "modify_topic", "group.topics.update", api.Anyone, modifyTopic).
			Shows(`{"GroupId":"@TGS#_tea","TopicId":"@TGS#_tea@TOPIC#_green","MuteAllMember":"On"}`),
		api.Row(api.TopicService, "destroy_topic", "group.topics.delete", api.Anyone, destroyTopics).
			Shows(`{"GroupId":"@TGS#_tea","TopicIdList":["@TGS#_tea@TOPIC#_green"]}`),
		api.Row(api.GroupService, "import_topic", "", api.Admins, importTopic),
	}
}

type newTopic struct {
	Community    chat.GroupID `wire:"!GroupId"`
	Name         string       `wire:"!TopicName"`
	ID           chat.GroupID `wire:"TopicId"`
	From         chat.UserID  `wire:"From_Account"`
	CustomString string       `wire:"CustomString"`
	FaceURL      string       `wire:"FaceUrl"`
	Notification string       `wire:"Notification"`
	Introduction string       `wire:"Introduction"`
	Request      string       `wire:"RequestId"`
}

// RequestID implements api.Repeatable.
func (r *newTopic) RequestID() string { return r.Request }

type topicRef struct {
	ID chat.GroupID `json:"TopicId"`
}

func createTopic(ctx context.Context, c *api.Call, r *newTopic) (*topicRef, error) {
	by, err := operator(ctx, c, r.From)
	if err != nil {
		return nil, err
	}
	id, err := c.Core.Group.CreateTopic(ctx, by, chat.TopicDraft{
		Community: r.Community, ID: r.ID, Name: r.Name, Introduction: r.Introduction,
		Notification: r.Notification, FaceURL: r.FaceURL, CustomString: r.CustomString,
	})
	if err != nil {
		return nil, err
	}
	return &topicRef{id}, nil
}

// operator is the caller under the name of the user who, as an administrator says, does
// what is asked for.
func operator(ctx context.Context, c *api.Call, from chat.UserID) (chat.Actor, error) {
	by := c.By
	switch {
	case from == "" || from == by.User:
		return by, nil
	case !by.Admin():
		return by, chat.Refuse(chat.CodeGroupNotAllowed, "From_Account names another user")
	}
	known, err := c.Core.People.Check(ctx, by, []chat.UserID{from})
	if err == nil && !known[0] {
		err = chat.Refuse(chat.CodeGroupNoAccount, "From_Account is not registered")
	}
	by.User = from
	return by, err
}

type importedTopic struct {
	Community    chat.GroupID `wire:"!GroupId"`
	Name         string       `wire:"!TopicName"`
	Type         *typeName    `wire:"Type"`
	ID           chat.GroupID `wire:"TopicId"`
	From         chat.UserID  `wire:"From_Account"`
	CustomString string       `wire:"CustomString"`
	FaceURL      string       `wire:"FaceUrl"`
	Notification string       `wire:"Notification"`
	Introduction string       `wire:"Introduction"`
	Created      uint32       `wire:"CreateTime"`
}

func importTopic(ctx context.Context, c *api.Call, r *importedTopic) (*topicRef, error) {
	if r.Type != nil && chat.GroupType(*r.Type) != chat.Community {
		return nil, chat.Refuse(chat.CodeGroupParameter, "Type is not Community")
	}
	by, err := operator(ctx, c, r.From)
	if err != nil {
		return nil, err
	}
	id, err := c.Core.Group.ImportTopic(ctx, by, chat.TopicDraft{
		Community: r.Community, ID: r.ID, Name: r.Name, Introduction: r.Introduction,
		Notification: r.Notification, FaceURL: r.FaceURL, CustomString: r.CustomString, Created: int64(r.Created),
	})
	if err != nil {
		return nil, err
	}
	return &topicRef{id}, nil
}

type topicQuery struct {
	Community chat.GroupID   `wire:"!GroupId"`
	From      chat.UserID    `wire:"From_Account"`
	IDs       []chat.GroupID `wire:"TopicIdList"`
	Filter    filter         `wire:"ResponseFilter"`
}

// topicList is get_topic's answer, written by hand because a filter chooses its members.
type topicList struct{ list []byte }

// Shape implements api.Shaped.
func (*topicList) Shape() any {
	return struct {
		List []topicViewShape `json:"TopicAndSelfInfo"`
	}{}
}

func (l *topicList) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "TopicAndSelfInfo"), '[')
	return append(append(dst, l.list...), ']')
}

func getTopics(ctx context.Context, c *api.Call, r *topicQuery) (*topicList, error) {
	of, err := c.Self("From_Account", r.From, chat.CodeGroupParameter, chat.CodeGroupNotAllowed)
	if err != nil {
		return nil, err
	}
	views, err := c.Core.Group.TopicViews(ctx, c.By, of, r.Community, r.IDs)
	if err != nil {
		return nil, err
	}
	var answer topicList
	for i := range views {
		if i > 0 {
			answer.list = append(answer.list, ',')
		}
		answer.list = appendTopic(answer.list, r.Community, &views[i], r.Filter)
	}
	if len(answer.list) > c.Room {
		return nil, chat.Refuse(chat.CodeAnswerTooLong, "name fewer topics in TopicIdList, or fewer members in ResponseFilter")
	}
	return &answer, nil
}

// appendTopic writes one topic, or why it cannot be shown. The filter names members of
// TopicInfo and of SelfInfo.
func appendTopic(dst []byte, home chat.GroupID, v *chat.TopicView, f filter) []byte {
	code, info := chat.Outward(v.Err)
	dst = wire.PutInt(append(dst, '{'), "ErrorCode", int64(code))
	dst = wire.PutText(dst, "ErrorInfo", info)
	if v.Err == nil && v.Flag != "" {
		dst = append(wire.PutName(dst, "SelfInfo"), '{')
		dst = append(appendChosen(dst, selfFields, f, v), '}')
	}
	dst = wire.PutText(append(wire.PutName(dst, "TopicInfo"), '{'), "TopicId", v.ID)
	dst = wire.PutText(dst, "GroupID", home)
	if v.Err == nil {
		dst = appendChosen(dst, topicFields, f, v)
	}
	return append(dst, '}', '}')
}

// topicField is a member that a filter may choose.
type topicField struct {
	name  string
	write func(dst []byte, name string, v *chat.TopicView) []byte
}

func appendChosen(dst []byte, fields []topicField, f filter, v *chat.TopicView) []byte {
	for _, one := range fields {
		if f.has(one.name) {
			dst = one.write(dst, one.name, v)
		}
	}
	return dst
}

// selfFields are what one member has of a topic. ShutUpTime is when their mute in it ends.
var selfFields = []topicField{
	{"ShutUpTime", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutInt(d, n, v.Muted) }},
	{"MsgSeq", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutUint(d, n, uint64(v.Read)) }},
	{"MsgFlag", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutText(d, n, v.Flag) }},
}

// topicFields are the members of a topic's profile (spec/20 §9).
var topicFields = []topicField{
	{"TopicName", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutText(d, n, v.Topic.Name) }},
	{"FaceUrl", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutText(d, n, v.Topic.FaceURL) }},
	{"Notification", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutText(d, n, v.Topic.Notification) }},
	{"Introduction", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutText(d, n, v.Topic.Introduction) }},
	{"CustomString", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutText(d, n, v.Topic.CustomString) }},
	{"NextMsgSeq", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutUint(d, n, uint64(v.Head.Seq)+1) }},
	{"CreateTime", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutInt(d, n, v.Topic.Created) }},
	{"LastMsgTime", func(d []byte, n string, v *chat.TopicView) []byte { return wire.PutInt(d, n, v.Head.Time/1000) }},
	{"MuteAllMember", func(d []byte, n string, v *chat.TopicView) []byte {
		return wire.PutText(d, n, form.OnOff(v.Topic.MuteAll))
	}},
}

type topicChange struct {
	Community    chat.GroupID `wire:"!GroupId"`
	ID           chat.GroupID `wire:"!TopicId"`
	From         chat.UserID  `wire:"From_Account"`
	Name         *string      `wire:"TopicName"`
	FaceURL      *string      `wire:"FaceUrl"`
	Notification *string      `wire:"Notification"`
	Introduction *string      `wire:"Introduction"`
	CustomString *string      `wire:"CustomString"`
	MuteAll      *switchText  `wire:"MuteAllMember,ShutUpAllMember"`
}

func modifyTopic(ctx context.Context, c *api.Call, r *topicChange) (*api.None, error) {
	by, err := operator(ctx, c, r.From)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.Group.ModifyTopic(ctx, by, r.Community, r.ID, chat.TopicPatch{
		Name: r.Name, Introduction: r.Introduction, Notification: r.Notification, FaceURL: r.FaceURL,
		CustomString: r.CustomString, MuteAll: (*bool)(r.MuteAll),
	})
}

type topicDestruction struct {
	Community chat.GroupID   `wire:"!GroupId"`
	IDs       []chat.GroupID `wire:"!TopicIdList"`
}

type destroyedTopic struct {
	ID   chat.GroupID `json:"TopicId"`
	Code chat.Code    `json:"ErrorCode"`
	Info string       `json:"ErrorInfo"`
}

type destroyedTopics struct {
	List []destroyedTopic `json:"DestroyResultItem"`
}

func destroyTopics(ctx context.Context, c *api.Call, r *topicDestruction) (*destroyedTopics, error) {
	results, err := c.Core.Group.DestroyTopics(ctx, c.By, r.Community, r.IDs)
	if err != nil {
		return nil, err
	}
	answer := destroyedTopics{List: make([]destroyedTopic, len(results))}
	for i, err := range results {
		code, info := chat.Outward(err)
		answer.List[i] = destroyedTopic{r.IDs[i], code, info}
	}
	return &answer, nil
}
