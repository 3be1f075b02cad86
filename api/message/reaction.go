package message

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// reactionRows are the methods about reactions (spec/00 §5); REST has none.
func reactionRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.react", api.Anyone, react(true)).
			Shows(`{"Conv":"group/tea","MsgSeq":42,"ReactionId":"thumbs-up"}`),
		api.Row(api.NoService, "", "msg.unreact", api.Anyone, react(false)).
			Shows(`{"Conv":"group/tea","MsgSeq":42,"ReactionId":"thumbs-up"}`),
		api.Row(api.NoService, "", "msg.reactions", api.Anyone, reactions).
			Shows(`{"Conv":"group/tea","MsgSeqs":[42],"MaxUsers":10}`),
		api.Row(api.NoService, "", "msg.reaction.users", api.Anyone, reactors).
			Shows(`{"Conv":"group/tea","MsgSeq":42,"ReactionId":"thumbs-up","Count":100}`),
	}
}

type reactionChange struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
	Seq  uint64   `wire:"!MsgSeq"`
	ID   string   `wire:"!ReactionId"`
}

func react(on bool) func(context.Context, *api.Call, *reactionChange) (*api.None, error) {
	return func(ctx context.Context, c *api.Call, r *reactionChange) (*api.None, error) {
		return nil, c.Core.Message.React(ctx, c.By, chat.Target(r.Conv), chat.Seq(r.Seq), r.ID, on)
	}
}

type reactionsQuery struct {
	Conv  api.Conv `wire:"!Conv" code:"50002"`
	Seqs  []uint64 `wire:"!MsgSeqs"`
	Users *uint32  `wire:"MaxUsers"`
}

type reactionsList []coremessage.MessageReactions

// Shape implements api.Shaped.
func (*reactionsList) Shape() any {
	return struct {
		List []reactionsOf `json:"List"`
	}{}
}

// reactionsOf is the form of an entry of msg.reactions.
type reactionsOf struct {
	Seq  chat.Seq             `json:"MsgSeq"`
	ID   string               `json:"MsgId"`
	List []form.ReactionShape `json:"ReactionList"`
}

// AppendMembers implements api.Written.
func (l *reactionsList) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "List"), '[')
	for i, m := range *l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutUint(append(dst, '{'), "MsgSeq", uint64(m.Seq))
		dst = wire.PutText(dst, "MsgId", m.ID)
		dst = form.PutReactionList(dst, m.List, true)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func reactions(ctx context.Context, c *api.Call, r *reactionsQuery) (*reactionsList, error) {
	seqs := make([]chat.Seq, len(r.Seqs))
	for i, n := range r.Seqs {
		seqs[i] = chat.Seq(n)
	}
	most := 10 // the most; naming fewer is the caller's choice
	if r.Users != nil {
		most = int(min(*r.Users, 10))
	}
	for {
		list, err := c.Core.Message.Reactions(ctx, c.By, chat.Target(r.Conv), seqs, most)
		if err != nil {
			return nil, err
		}
		answer := (*reactionsList)(&list)
		// Those an answer has no room for are named by msg.reaction.users.
		if most == 0 || len(answer.AppendMembers([]byte("{"))) <= c.Room {
			return answer, nil
		}
		most /= 2
	}
}

type reactorsQuery struct {
	Conv   api.Conv    `wire:"!Conv" code:"50002"`
	Seq    uint64      `wire:"!MsgSeq"`
	ID     string      `wire:"!ReactionId"`
	Cursor chat.UserID `wire:"Cursor"`
	Count  *uint32     `wire:"Count"`
}

type reactorsList struct {
	users  []chat.Person
	cursor chat.UserID
}

// Shape implements api.Shaped.
func (*reactorsList) Shape() any {
	return struct {
		Users  []form.PersonShape `json:"Users"`
		Cursor chat.UserID        `json:"Cursor"`
	}{}
}

// AppendMembers implements api.Written.
func (l *reactorsList) AppendMembers(dst []byte) []byte {
	return wire.PutText(form.PutPersons(dst, "Users", l.users), "Cursor", l.cursor)
}

func reactors(ctx context.Context, c *api.Call, r *reactorsQuery) (*reactorsList, error) {
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*reactorsList, int, int, error) {
		users, next, err := c.Core.Message.Reactors(ctx, c.By, chat.Target(r.Conv), chat.Seq(r.Seq), r.ID, r.Cursor, most)
		if err != nil {
			return nil, 0, 0, err
		}
		list := &reactorsList{users, next}
		return list, len(users), len(list.AppendMembers([]byte("{"))), nil
	})
}
