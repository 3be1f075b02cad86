package group

import (
	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// The forms of what this package writes by hand (api.Shaped). The members that a
// filter chooses come from the tables that write them.

// groupShape is what appendGroup writes.
type groupShape struct {
	ID      chat.GroupID  `json:"GroupId"`
	Code    chat.Code     `json:"ErrorCode"`
	Info    string        `json:"ErrorInfo"`
	Custom  []api.Pair    `json:"AppDefinedData,omitempty"`
	Self    selfShape     `json:"SelfInfo,omitempty"`
	List    []memberShape `json:"MemberList,omitempty"`
	Outside int           `json:"Outside,omitempty"`
	baseShape
}

// baseShape are the members of a group's profile.
type baseShape struct{}

// Members implements api.Spread.
func (baseShape) Members() []api.Member {
	return fieldsIn(groupFields, &chat.GroupView{Group: &chat.Group{}})
}

// memberShape is what memberForm writes.
type memberShape struct {
	User    chat.UserID `json:"Member_Account"`
	Nick    string      `json:"Nick,omitempty"`
	FaceURL string      `json:"FaceUrl,omitempty"`
	Custom  []api.Pair  `json:"AppMemberDefinedData,omitempty"`
	profileShape
}

// profileShape are the members of a member's profile.
type profileShape struct{}

// Members implements api.Spread.
func (profileShape) Members() []api.Member {
	return fieldsIn(memberFields, &chat.MemberView{Member: &chat.Member{}})
}

// selfShape is what appendSelf and appendJoined write of the caller.
type selfShape struct {
	GrossRead uint64 `json:"GrossTopicReadSeq,omitempty"`
	profileShape
}

// joinedShape is what appendJoined writes.
type joinedShape struct {
	ID        chat.GroupID `json:"GroupId"`
	GrossNext uint64       `json:"GrossTopicNextMsgSeq,omitempty"`
	Self      selfShape    `json:"SelfInfo,omitempty"`
	baseShape
}

// fieldsIn lists a table as the writers of its rows show it.
func fieldsIn[T any](fields []fieldOf[T], v *T) []api.Member {
	var list []api.Member
	c := &api.Call{App: &chat.App{}}
	for _, one := range fields {
		for _, name := range one.names {
			list = append(list, memberIn(one.write([]byte{'{'}, name, c, v)))
		}
	}
	return list
}

// memberIn says what the one member of an object under way is.
func memberIn(written []byte) api.Member {
	list, err := wire.Split(append(written, '}'), nil)
	if err != nil || len(list) != 1 {
		panic("group: a field of a profile is not one member")
	}
	typ := "number"
	if wire.KindOf(list[0].Value) == wire.Text {
		typ = "text"
	}
	return api.Member{Name: string(list[0].Name), Type: typ}
}

// topicViewShape is what appendTopic writes.
type topicViewShape struct {
	Code  chat.Code      `json:"ErrorCode"`
	Info  string         `json:"ErrorInfo"`
	Self  topicSelfShape `json:"SelfInfo,omitempty"`
	Topic topicShape     `json:"TopicInfo"`
}

type topicShape struct {
	ID   chat.GroupID `json:"TopicId"`
	Home chat.GroupID `json:"GroupID"`
	topicProfileShape
}

// topicProfileShape are the members of a topic's profile.
type topicProfileShape struct{}

// Members implements api.Spread.
func (topicProfileShape) Members() []api.Member { return topicFieldsIn(topicFields) }

type topicSelfShape struct{}

// Members implements api.Spread.
func (topicSelfShape) Members() []api.Member { return topicFieldsIn(selfFields) }

func topicFieldsIn(fields []topicField) []api.Member {
	list := make([]api.Member, len(fields))
	for i, one := range fields {
		list[i] = memberIn(one.write([]byte{'{'}, one.name, &chat.TopicView{Topic: &chat.Group{}}))
	}
	return list
}
