package people

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

func friendRequestRows() []*api.Command {
	return []*api.Command{
		api.Row(api.SNSService, "", "friend.requests", api.Anyone, friendRequests).
			Shows(`{"Limit":20}`),
		api.Row(api.SNSService, "", "friend.requests.read", api.Anyone, readFriendRequests).
			Shows(`{}`),
		api.Row(api.SNSService, "", "friend.requests.delete", api.Anyone, deleteFriendRequest).
			Shows(`{"UserID":"bob","Type":"in"}`),
		api.Row(api.SNSService, "", "friend.accept", api.Anyone, acceptFriend).
			Shows(`{"To_Account":"bob","Remark":"Bobby"}`),
		api.Row(api.SNSService, "", "friend.refuse", api.Anyone, refuseFriend).
			Shows(`{"To_Account":"bob"}`),
	}
}

type friendRequestQuery struct {
	Limit  *uint32 `wire:"Limit"`
	Cursor string  `wire:"Cursor"`
}

// friendRequestPage is a page of requests that wait.
type friendRequestPage struct {
	list   []byte
	unread int
	cursor string
}

// Shape implements api.Shaped.
func (*friendRequestPage) Shape() any {
	return struct {
		List   []form.FriendRequestShape `json:"Requests"`
		Unread int64                     `json:"UnreadNum"`
		Cursor string                    `json:"Cursor"`
	}{}
}

func (p *friendRequestPage) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "Requests"), '[')
	dst = append(append(dst, p.list...), ']')
	dst = wire.PutInt(dst, "UnreadNum", int64(p.unread))
	return wire.PutText(dst, "Cursor", p.cursor)
}

func friendRequests(ctx context.Context, c *api.Call, r *friendRequestQuery) (*friendRequestPage, error) {
	return api.Fitting(c.Room, api.PageSize(r.Limit), func(most int) (*friendRequestPage, int, int, error) {
		list, unread, next, err := c.Core.People.FriendRequests(ctx, c.By, r.Cursor, most)
		if err != nil {
			return nil, 0, 0, err
		}
		answer := &friendRequestPage{unread: unread, cursor: next}
		for i := range list {
			if i > 0 {
				answer.list = append(answer.list, ',')
			}
			answer.list = form.AppendFriendRequest(answer.list, &list[i])
		}
		return answer, len(list), len(answer.list), nil
	})
}

type nothing struct{}

func readFriendRequests(ctx context.Context, c *api.Call, _ *nothing) (*api.None, error) {
	return nil, c.Core.People.ReadFriendRequests(ctx, c.By)
}

type friendRequestName struct {
	User chat.UserID `wire:"!UserID"`
	Type string      `wire:"!Type"`
}

func deleteFriendRequest(ctx context.Context, c *api.Call, r *friendRequestName) (*api.None, error) {
	way, err := oneOf("Type", r.Type, "", "in", "out")
	if err != nil {
		return nil, err
	}
	return nil, c.Core.People.DeleteFriendRequest(ctx, c.By, r.User, way == "in")
}

type acceptance struct {
	To     chat.UserID `wire:"!To_Account"`
	Type   string      `wire:"ResponseType"`
	Remark string      `wire:"Remark"`
}

func acceptFriend(ctx context.Context, c *api.Call, r *acceptance) (*api.None, error) {
	both, one := string(chat.AgreeAndAdd), string(chat.AgreeOnly)
	how, err := oneOf("ResponseType", r.Type, both, one, both)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.People.AnswerFriend(ctx, c.By, r.To, chat.FriendAnswer(how), r.Remark)
}

type refusal struct {
	To chat.UserID `wire:"!To_Account"`
}

func refuseFriend(ctx context.Context, c *api.Call, r *refusal) (*api.None, error) {
	return nil, c.Core.People.AnswerFriend(ctx, c.By, r.To, chat.RejectFriend, "")
}
