package inbox

import (
	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/form"
)

// The forms of what conversation.go writes by hand (api.Shaped).

// item is what appendConv writes.
type item struct {
	Conv         api.Conv           `json:"Conv"`
	Time         int64              `json:"MsgTime"`
	Last         lastMessage        `json:"LastMsg"`
	Max          chat.Seq           `json:"MaxSeq"`
	Rev          uint64             `json:"Rev"`
	Read         chat.Seq           `json:"ReadSeq"`
	Unread       uint64             `json:"UnreadNum"`
	Top          form.Bit           `json:"TopFlag,omitempty"`
	Flag         chat.ReceiveOption `json:"RecvOpt,omitempty"`
	Marks        []int              `json:"Marks,omitempty"`
	Custom       string             `json:"CustomMark,omitempty"`
	Groups       []string           `json:"ContactGroups,omitempty"`
	Draft        string             `json:"Draft,omitempty"`
	Cut          form.Bit           `json:"Cut,omitempty"` // the draft is left out: the client cannot take it
	PeerRead     chat.Seq           `json:"PeerReadSeq,omitempty"`
	PeerReadTime int64              `json:"PeerReadTime,omitempty"`
	Peer         peer               `json:"Peer,omitempty"`
	Mentions     []mention          `json:"GroupAtInfo,omitempty"`
	Group        groupOf            `json:"Group,omitempty"`
}

// lastMessage is null when there is none.
type lastMessage struct{}

// Either implements api.Either.
func (lastMessage) Either() []any { return []any{form.MessageShape{}, nil} }

type mention struct {
	Seq  chat.Seq    `json:"MsgSeq"`
	From chat.UserID `json:"From_Account"`
	Kind uint64      `json:"AtType"`
}

type peer struct {
	User    chat.UserID `json:"UserID"`
	Nick    string      `json:"Nick,omitempty"`
	FaceURL string      `json:"FaceUrl,omitempty"`
	Remark  string      `json:"Remark,omitempty"`
}

type groupOf struct {
	Name    string         `json:"Name"`
	FaceURL string         `json:"FaceUrl"`
	Type    chat.GroupType `json:"Type"`
	Members int            `json:"MemberNum"`
	Owner   chat.UserID    `json:"Owner_Account"`
	Self    self           `json:"Self,omitempty"`
}

type self struct {
	Role      string `json:"Role"`
	NameCard  string `json:"NameCard,omitempty"`
	MuteUntil int64  `json:"MuteUntil"`
}
