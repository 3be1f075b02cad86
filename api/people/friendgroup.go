package people

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
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

type ownFriendGroups struct {
	List []ownFriendGroup `json:"Groups"`
}

func friendGroups(ctx context.Context, c *api.Call, _ *nothing) (*ownFriendGroups, error) {
	list, _, err := c.Core.People.FriendGroups(ctx, c.By, "", nil, true)
	if err != nil {
		return nil, err
	}
	answer := &ownFriendGroups{List: []ownFriendGroup{}}
	for _, g := range list {
		answer.List = append(answer.List, ownFriendGroup{g.Name, g.Members})
	}
	return answer, nil
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
