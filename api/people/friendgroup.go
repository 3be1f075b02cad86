package people

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	corepeople "github.com/teahouse-im/teahouse/chat/people"
)

// maxGroupNames bounds the friend groups named in one call (spec/07 B7).
const maxGroupNames = 100

func friendGroupRows() []*api.Command {
	return []*api.Command{
		api.Row(api.SNSService, "group_add", "", api.Admins, addFriendGroups).
			Takes("GroupName", 1, maxGroupNames).Takes("To_Account", 0, maxRelations),
		api.Row(api.SNSService, "group_delete", "", api.Admins, deleteFriendGroups).Takes("GroupName", 1, maxGroupNames),
		api.Row(api.SNSService, "group_get", "", api.Admins, getFriendGroups).Takes("GroupName", 0, maxGroupNames),
		api.Row(api.SNSService, "", "friendgroup.get", api.Anyone, friendGroups).
			Shows(`{}`),
		api.Row(api.SNSService, "", "friendgroup.create", api.Anyone, putIntoGroup).
			Shows(`{"GroupName":"family","To_Account":["bob"]}`),
		api.Row(api.SNSService, "", "friendgroup.add", api.Anyone, putIntoGroup).
			Shows(`{"GroupName":"family","To_Account":["bob"]}`),
		api.Row(api.SNSService, "", "friendgroup.remove", api.Anyone, takeFromGroup).
			Shows(`{"GroupName":"family","To_Account":["bob"]}`),
		api.Row(api.SNSService, "", "friendgroup.delete", api.Anyone, deleteFriendGroup).
			Shows(`{"GroupName":"family"}`),
		api.Row(api.SNSService, "", "friendgroup.rename", api.Anyone, renameFriendGroup).
			Shows(`{"OldName":"family","NewName":"relatives"}`),
	}
}

type friendGroupAdding struct {
	From  chat.UserID   `wire:"From_Account"`
	Names []string      `wire:"!GroupName"`
	To    []chat.UserID `wire:"To_Account"`
}

type friendGroupAdded struct {
	List     []relationResult `json:"ResultItem,omitempty"`
	Fail     []chat.UserID    `json:"Fail_Account,omitempty"`
	Sequence uint64           `json:"CurrentSequence"`
}

func addFriendGroups(ctx context.Context, c *api.Call, r *friendGroupAdding) (*friendGroupAdded, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("GroupName", len(r.Names), 1, maxGroupNames); err != nil {
		return nil, err
	}
	if err := between("To_Account", len(r.To), 0, maxRelations); err != nil {
		return nil, err
	}
	results, sequence, err := c.Core.People.GroupFriends(ctx, c.By, owner, r.Names, r.To, true)
	if err != nil {
		return nil, err
	}
	list := resultsOf(results)
	return &friendGroupAdded{list.List, list.Fail, sequence}, nil
}

type friendGroupDeletion struct {
	From  chat.UserID `wire:"From_Account"`
	Names []string    `wire:"!GroupName"`
}

type friendGroupSequence struct {
	Sequence uint64 `json:"CurrentSequence"`
}

func deleteFriendGroups(ctx context.Context, c *api.Call, r *friendGroupDeletion) (*friendGroupSequence, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("GroupName", len(r.Names), 1, maxGroupNames); err != nil {
		return nil, err
	}
	sequence, err := c.Core.People.DeleteFriendGroups(ctx, c.By, owner, r.Names)
	if err != nil {
		return nil, err
	}
	return &friendGroupSequence{sequence}, nil
}

type friendGroupQuery struct {
	From  chat.UserID `wire:"From_Account"`
	Last  uint64      `wire:"LastSequence"`
	Need  string      `wire:"NeedFriend"`
	Names []string    `wire:"GroupName"`
}

type friendGroupItem struct {
	Name    string        `json:"GroupName"`
	Size    int           `json:"FriendNumber"`
	Members []chat.UserID `json:"To_Account,omitempty"`
}

type friendGroupItems struct {
	List     []friendGroupItem `json:"ResultItem"`
	Sequence uint64            `json:"CurrentSequence"`
}

// getFriendGroups answers no groups to who knows the present sequence and names none
// (spec/07 B7).
func getFriendGroups(ctx context.Context, c *api.Call, r *friendGroupQuery) (*friendGroupItems, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("GroupName", len(r.Names), 0, maxGroupNames); err != nil {
		return nil, err
	}
	need, err := oneOf("NeedFriend", r.Need, "Need_Friend_Type_No", "Need_Friend_Type_Yes", "Need_Friend_Type_No")
	if err != nil {
		return nil, err
	}
	list, sequence, err := c.Core.People.FriendGroups(ctx, c.By, owner, r.Names, need == "Need_Friend_Type_Yes")
	if err != nil {
		return nil, err
	}
	answer := &friendGroupItems{List: []friendGroupItem{}, Sequence: sequence}
	if r.Names == nil && r.Last == sequence && sequence > 0 {
		return answer, nil
	}
	for _, g := range list {
		answer.List = append(answer.List, friendGroupItem{g.Name, g.Size, g.Members})
	}
	return answer, nil
}

type ownFriendGroup struct {
	Name    string        `json:"GroupName"`
	Members []chat.UserID `json:"To_Account"`
}

// ownFriendGroups may end within a group, which the next page then goes on with.
type ownFriendGroups struct {
	List   []ownFriendGroup `json:"Groups"`
	Cursor string           `json:"Cursor"`
}

type ownFriendGroupQuery struct {
	Cursor string `wire:"Cursor"`
}

// friendGroups pages by group and friend; a cursor is the number of a group and the last
// friend of it.
func friendGroups(ctx context.Context, c *api.Call, r *ownFriendGroupQuery) (*ownFriendGroups, error) {
	group, last, err := friendGroupCursor(r.Cursor)
	if err != nil {
		return nil, err
	}
	list, _, err := c.Core.People.FriendGroups(ctx, c.By, "", nil, true)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b corepeople.FriendGroupView) int { return cmp.Compare(a.ID, b.ID) })
	answer, room := &ownFriendGroups{List: []ownFriendGroup{}}, c.Room
	for _, g := range list {
		if uint64(g.ID) < group {
			continue
		}
		if uint64(g.ID) == group {
			g.Members = slices.DeleteFunc(g.Members, func(u chat.UserID) bool { return u <= last })
		}
		n := len(g.Members)
		room -= len(`{"GroupName":"","To_Account":[]},`) + inJSON(g.Name)
		for i, u := range g.Members {
			if room -= inJSON(string(u)) + len(`,`); room < 0 && i+len(answer.List) > 0 {
				n = i
				break
			}
		}
		if n < len(g.Members) || room < 0 && len(answer.List) > 0 {
			answer.Cursor = strconv.FormatUint(uint64(g.ID), 10) + ":"
			if n > 0 {
				answer.Cursor += string(g.Members[n-1])
				answer.List = append(answer.List, ownFriendGroup{g.Name, g.Members[:n]})
			}
			return answer, nil
		}
		answer.List = append(answer.List, ownFriendGroup{g.Name, g.Members})
	}
	return answer, nil
}

// inJSON is about how many bytes a text takes in an answer, which escapes some.
func inJSON(s string) int { return len(strconv.Quote(s)) }

func friendGroupCursor(cursor string) (group uint64, last chat.UserID, err error) {
	if cursor == "" {
		return 0, "", nil
	}
	number, name, ok := strings.Cut(cursor, ":")
	if group, err = strconv.ParseUint(number, 10, 32); err != nil || !ok {
		return 0, "", chat.Refuse(chat.CodeRelationParameter, "Cursor is invalid")
	}
	return group, chat.UserID(name), nil
}

type groupMembers struct {
	Name string        `wire:"!GroupName"`
	To   []chat.UserID `wire:"To_Account"`
}

func putIntoGroup(ctx context.Context, c *api.Call, r *groupMembers) (*relationResults, error) {
	return moveInGroup(ctx, c, r, true)
}

func takeFromGroup(ctx context.Context, c *api.Call, r *groupMembers) (*relationResults, error) {
	return moveInGroup(ctx, c, r, false)
}

func moveInGroup(ctx context.Context, c *api.Call, r *groupMembers, in bool) (*relationResults, error) {
	if err := between("To_Account", len(r.To), 0, maxRelations); err != nil {
		return nil, err
	}
	results, _, err := c.Core.People.GroupFriends(ctx, c.By, "", []string{r.Name}, r.To, in)
	if err != nil {
		return nil, err
	}
	return resultsOf(results), nil
}

type friendGroupName struct {
	Name string `wire:"!GroupName"`
}

func deleteFriendGroup(ctx context.Context, c *api.Call, r *friendGroupName) (*api.None, error) {
	_, err := c.Core.People.DeleteFriendGroups(ctx, c.By, "", []string{r.Name})
	return nil, err
}

type friendGroupRenaming struct {
	Old string `wire:"!OldName"`
	New string `wire:"!NewName"`
}

func renameFriendGroup(ctx context.Context, c *api.Call, r *friendGroupRenaming) (*api.None, error) {
	return nil, c.Core.People.RenameFriendGroup(ctx, c.By, r.Old, r.New)
}
