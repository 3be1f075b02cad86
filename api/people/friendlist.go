package people

import (
	"context"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

func friendListRows() []*api.Command {
	return []*api.Command{
		api.Row(api.SNSService, "friend_get", "", api.Admins, friendsByPlace),
		api.Row(api.SNSService, "friend_get_list", "", api.Admins, friendsByTag).
			Takes("To_Account", 1, maxFriends).Takes("TagList", 1, maxTags),
		api.Row(api.SNSService, "", "friend.get", api.Anyone, friends).
			Shows(`{"Count":100}`),
	}
}

type friendQuery struct {
	From     chat.UserID `wire:"From_Account"`
	Start    uint32      `wire:"StartIndex"`
	Standard uint64      `wire:"StandardSequence"`
	Custom   uint64      `wire:"CustomSequence"`
}

// friendPage is a page of friend_get.
type friendPage struct {
	list             []byte
	standard, custom uint64
	total, next      int
	complete         bool
}

// Shape implements api.Shaped.
func (*friendPage) Shape() any {
	return struct {
		List []struct {
			User  chat.UserID         `json:"To_Account"`
			Items []form.SNSItemShape `json:"ValueItem"`
		} `json:"UserDataItem"`
		Standard uint64   `json:"StandardSequence"`
		Custom   uint64   `json:"CustomSequence"`
		Total    int64    `json:"FriendNum"`
		Complete form.Bit `json:"CompleteFlag"`
		Next     int64    `json:"NextStartIndex"`
	}{}
}

func (p *friendPage) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "UserDataItem"), '[')
	dst = append(append(dst, p.list...), ']')
	dst = wire.PutUint(dst, "StandardSequence", p.standard)
	dst = wire.PutUint(dst, "CustomSequence", p.custom)
	dst = wire.PutInt(dst, "FriendNum", int64(p.total))
	dst = wire.PutBit(dst, "CompleteFlag", p.complete)
	return wire.PutInt(dst, "NextStartIndex", int64(p.next))
}

// friendsByPlace leaves out what has not changed since the sequences of the caller (spec/07
// B7); with both as they are the page is empty and the last.
func friendsByPlace(ctx context.Context, c *api.Call, r *friendQuery) (*friendPage, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	after, err := c.Core.People.FriendBefore(ctx, c.By, owner, int(r.Start))
	if err != nil {
		return nil, err
	}
	return api.Fitting(c.Room, 0, func(most int) (*friendPage, int, int, error) {
		page, err := c.Core.People.Friends(ctx, c.By, owner, after, most)
		if err != nil {
			return nil, 0, 0, err
		}
		standard, custom := page.Standard != r.Standard, page.Custom != r.Custom
		answer := &friendPage{standard: page.Standard, custom: page.Custom, total: page.Total}
		if !standard && !custom {
			answer.complete = true
			return answer, 0, 0, nil
		}
		answer.complete = page.Next == ""
		if !answer.complete {
			answer.next = int(r.Start) + page.Read
		}
		for i := range page.List {
			f := &page.List[i]
			if i > 0 {
				answer.list = append(answer.list, ',')
			}
			answer.list = wire.PutText(append(answer.list, '{'), "To_Account", f.User)
			answer.list = form.PutFriendItems(answer.list, "ValueItem", f, func(tag string) bool {
				if strings.HasPrefix(tag, form.FriendCustomTags) {
					return custom
				}
				return standard && strings.HasPrefix(tag, "Tag_SNS_IM_")
			})
			answer.list = append(answer.list, '}')
		}
		return answer, len(page.List), len(answer.list), nil
	})
}

type friendTagQuery struct {
	From chat.UserID   `wire:"From_Account"`
	To   []chat.UserID `wire:"!To_Account"`
	Tags []string      `wire:"!TagList"`
}

// friendItems is the answer of friend_get_list.
type friendItems struct {
	list []byte
	fail []chat.UserID
}

// Shape implements api.Shaped.
func (*friendItems) Shape() any {
	return struct {
		List []form.FriendItemShape `json:"InfoItem"`
		Fail []chat.UserID          `json:"Fail_Account,omitempty"`
	}{}
}

func (l *friendItems) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "InfoItem"), '[')
	dst = append(append(dst, l.list...), ']')
	return putFailed(dst, l.fail)
}

func putFailed(dst []byte, fail []chat.UserID) []byte {
	if len(fail) == 0 {
		return dst
	}
	dst = append(wire.PutName(dst, "Fail_Account"), '[')
	for i, u := range fail {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendText(dst, u)
	}
	return append(dst, ']')
}

func friendsByTag(ctx context.Context, c *api.Call, r *friendTagQuery) (*friendItems, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("To_Account", len(r.To), 1, maxFriends); err != nil {
		return nil, err
	}
	if err := between("TagList", len(r.Tags), 1, maxTags); err != nil {
		return nil, err
	}
	for _, t := range r.Tags {
		if !strings.HasPrefix(t, "Tag_SNS_") && !strings.HasPrefix(t, "Tag_Profile_") {
			return nil, chat.Refuse(chat.CodeRelationParameter, "there is no field %s", t)
		}
	}
	found, _, err := c.Core.People.FriendsNamed(ctx, c.By, owner, r.To)
	if err != nil {
		return nil, err
	}
	answer := &friendItems{}
	answer.list, answer.fail = appendFriends(nil, r.To, found, func(tag string) bool { return slices.Contains(r.Tags, tag) })
	return answer, nil
}

// appendFriends writes those of list that are friends, and who are none.
func appendFriends(dst []byte, list []chat.UserID, found []*chat.Friend, wanted func(string) bool) ([]byte, []chat.UserID) {
	var fail []chat.UserID
	for i, f := range found {
		if i > 0 {
			dst = append(dst, ',')
		}
		if f != nil {
			dst = form.AppendFriend(dst, f, wanted)
			continue
		}
		fail = append(fail, list[i])
		dst = wire.PutText(append(dst, '{'), "To_Account", list[i])
		dst = wire.PutUint(dst, "ResultCode", uint64(chat.CodeNotFriends))
		dst = append(wire.PutText(dst, "ResultInfo", chat.CodeNotFriends.Meaning()), '}')
	}
	return dst, fail
}

type ownFriends struct {
	To     []chat.UserID `wire:"To_Account"`
	Cursor chat.UserID   `wire:"Cursor"`
	Count  *uint32       `wire:"Count"`
}

// friendList is a page of friend.get.
type friendList struct {
	list   []byte
	total  int
	cursor chat.UserID
}

// Shape implements api.Shaped.
func (*friendList) Shape() any {
	return struct {
		List   []form.FriendItemShape `json:"InfoItem"`
		Total  int64                  `json:"FriendNum"`
		Cursor chat.UserID            `json:"Cursor"`
	}{}
}

func (l *friendList) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "InfoItem"), '[')
	dst = append(append(dst, l.list...), ']')
	dst = wire.PutInt(dst, "FriendNum", int64(l.total))
	return wire.PutText(dst, "Cursor", l.cursor)
}

func friends(ctx context.Context, c *api.Call, r *ownFriends) (*friendList, error) {
	if len(r.To) > 0 {
		return namedFriends(ctx, c, r.To)
	}
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*friendList, int, int, error) {
		page, err := c.Core.People.Friends(ctx, c.By, "", r.Cursor, most)
		if err != nil {
			return nil, 0, 0, err
		}
		answer := &friendList{total: page.Total, cursor: page.Next}
		for i := range page.List {
			if i > 0 {
				answer.list = append(answer.list, ',')
			}
			answer.list = form.AppendFriend(answer.list, &page.List[i], nil)
		}
		return answer, len(page.List), len(answer.list), nil
	})
}

func namedFriends(ctx context.Context, c *api.Call, list []chat.UserID) (*friendList, error) {
	if err := between("To_Account", len(list), 0, maxFriends); err != nil {
		return nil, err
	}
	found, total, err := c.Core.People.FriendsNamed(ctx, c.By, "", list)
	if err != nil {
		return nil, err
	}
	answer := &friendList{total: total}
	answer.list, _ = appendFriends(nil, list, found, nil)
	return answer, nil
}
