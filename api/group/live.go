package group

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/live"
	"github.com/teahouse-im/teahouse/wire"
)

// liveRows are the commands about the viewers of AVChatRooms (spec/22b §12).
func liveRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "get_online_member_num", "group.online", api.Anyone, onlineNum).
			Shows(`{"GroupId":"live"}`),
		api.Row(api.LiveService, "get_members", "", api.Admins, onlineMembers),
		api.Row(api.LiveService, "modify_user_info", "", api.Admins, markMembers),
	}
}

type onlineNumber struct {
	N int `json:"OnlineMemberNum"`
}

func onlineNum(ctx context.Context, c *api.Call, r *groupRef) (*onlineNumber, error) {
	n, err := c.Core.Live.OnlineNum(ctx, c.By, r.ID)
	if err != nil {
		return nil, err
	}
	return &onlineNumber{n}, nil
}

// onlineQuery: Timestamp is 0 first, then NextTimestamp of the page before.
type onlineQuery struct {
	ID   chat.GroupID `wire:"!GroupId"`
	From uint64       `wire:"!Timestamp"`
	Mark uint32       `wire:"Mark"`
}

type onlineList struct {
	list []live.OnlineMember
	next int64
}

// Shape implements api.Shaped.
func (*onlineList) Shape() any {
	return struct {
		List []viewer `json:"MemberList"`
		Next int64    `json:"NextTimestamp"`
	}{}
}

// viewer is the form of an entry of it.
type viewer struct {
	User    chat.UserID `json:"Member_Account"`
	Joined  int64       `json:"JoinTime"`
	Nick    string      `json:"NickName"`
	FaceURL string      `json:"Avatar"`
	Marks   []int       `json:"Marks"`
}

// AppendMembers implements api.Written.
func (l *onlineList) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "MemberList"), '[')
	for i, m := range l.list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutText(append(dst, '{'), "Member_Account", m.User)
		dst = wire.PutInt(dst, "JoinTime", m.Joined)
		dst = wire.PutText(dst, "NickName", m.Nick)
		dst = wire.PutText(dst, "Avatar", m.FaceURL)
		dst = append(wire.PutName(dst, "Marks"), '[')
		dst = append(appendMarks(dst, m.Marks), ']', '}')
	}
	return wire.PutInt(append(dst, ']'), "NextTimestamp", l.next)
}

func appendMarks(dst []byte, list []int) []byte {
	for i, m := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(m), 10)
	}
	return dst
}

func onlineMembers(ctx context.Context, c *api.Call, r *onlineQuery) (*onlineList, error) {
	return api.Fitting(c.Room, 0, func(most int) (*onlineList, int, int, error) {
		list, next, err := c.Core.Live.OnlineMembers(ctx, c.By, r.ID, live.OnlineQuery{
			Before: int64(r.From), Mark: int(r.Mark), Limit: most,
		})
		if err != nil {
			return nil, 0, 0, err
		}
		answer := &onlineList{list, next}
		return answer, len(list), len(answer.AppendMembers([]byte("{"))), nil
	})
}

// Values of CommandType.
const (
	setMarks    = 1
	removeMarks = 2
)

type markChange struct {
	ID      chat.GroupID `wire:"!GroupId"`
	Command int          `wire:"!CommandType"`
	List    []marking    `wire:"!MemberList"`
}

type marking struct {
	User  chat.UserID `wire:"!Member_Account" json:"Member_Account"`
	Marks []uint32    `wire:"!Marks" json:"Marks"`
}

type marked struct {
	Command int       `json:"CommandType"`
	List    []marking `json:"MemberList"`
}

func markMembers(ctx context.Context, c *api.Call, r *markChange) (*marked, error) {
	if r.Command != setMarks && r.Command != removeMarks {
		return nil, chat.Refuse(chat.CodeGroupParameter, "CommandType is neither 1 nor 2")
	}
	list := make([]audience.Marking, len(r.List))
	for i, m := range r.List {
		list[i].User = m.User
		for _, mark := range m.Marks {
			list[i].Marks = append(list[i].Marks, int(mark))
		}
	}
	done, err := c.Core.Live.MarkMembers(ctx, c.By, r.ID, r.Command == setMarks, list)
	if err != nil {
		return nil, err
	}
	answer := marked{Command: r.Command, List: make([]marking, len(done))}
	for i, m := range done {
		answer.List[i].User = m.User
		for _, mark := range m.Marks {
			answer.List[i].Marks = append(answer.List[i].Marks, uint32(mark))
		}
	}
	return &answer, nil
}
