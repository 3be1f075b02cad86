package people

import (
	"context"
	"strings"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/people"
	"github.com/teahouse-im/teahouse/wire/form"
)

// How many friends one call adds and changes: our choice.
const maxFriends = 100

func friendRows() []*api.Command {
	return []*api.Command{
		api.Row(api.SNSService, "friend_add", "friend.add", api.Anyone, addFriends).Takes("AddFriendItem", 1, maxFriends).
			Shows(`{"AddFriendItem":[{"To_Account":"bob","AddSource":"AddSource_Type_Web","AddWording":"It is me","Remark":"Bobby"}]}`),
		api.Row(api.SNSService, "friend_import", "", api.Admins, importFriends).Takes("AddFriendItem", 1, maxRelations),
		api.Row(api.SNSService, "friend_update", "friend.update", api.Anyone, updateFriends).Takes("UpdateItem", 1, maxFriends).
			Shows(`{"UpdateItem":[{"To_Account":"bob","SnsItem":[{"Tag":"Tag_SNS_IM_Remark","Value":"Bobby"}]}]}`),
		api.Row(api.SNSService, "friend_delete", "friend.delete", api.Anyone, deleteFriends).Takes("To_Account", 1, maxRelations).
			Shows(`{"To_Account":["bob"],"DeleteType":"Delete_Type_Both"}`),
		api.Row(api.SNSService, "friend_delete_all", "", api.Admins, deleteAllFriends),
		api.Row(api.SNSService, "friend_check", "friend.check", api.Anyone, checkFriends).Takes("To_Account", 1, maxRelations).
			Shows(`{"To_Account":["bob"],"CheckType":"CheckResult_Type_Both"}`),
	}
}

type friendAdding struct {
	From  chat.UserID   `wire:"From_Account"`
	Items []addedFriend `wire:"!AddFriendItem"`
	Type  string        `wire:"AddType"`
	Force uint32        `wire:"ForceAddFlags"`
}

type addedFriend struct {
	User    chat.UserID `wire:"!To_Account"`
	Remark  string      `wire:"Remark"`
	Group   string      `wire:"GroupName"`
	Source  string      `wire:"AddSource"`
	Wording string      `wire:"AddWording"`
}

func addFriends(ctx context.Context, c *api.Call, r *friendAdding) (*relationResults, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("AddFriendItem", len(r.Items), 1, maxFriends); err != nil {
		return nil, err
	}
	how, err := oneOf("AddType", r.Type, "Add_Type_Both", "Add_Type_Single", "Add_Type_Both")
	if err != nil {
		return nil, err
	}
	d := people.FriendsToAdd{Owner: owner, Single: how == "Add_Type_Single", Force: r.Force == 1}
	for _, one := range r.Items {
		n := chat.NewFriend{User: one.User, Remark: one.Remark, Source: one.Source, Wording: one.Wording}
		if one.Group != "" {
			n.Groups = []string{one.Group}
		}
		d.Items = append(d.Items, n)
	}
	results, err := c.Core.People.AddFriends(ctx, c.By, d)
	if err != nil {
		return nil, err
	}
	return resultsOf(results), nil
}

type friendImport struct {
	From  chat.UserID      `wire:"From_Account"`
	Items []importedFriend `wire:"!AddFriendItem"`
}

type importedFriend struct {
	User       chat.UserID `wire:"!To_Account"`
	Remark     string      `wire:"Remark"`
	RemarkTime uint32      `wire:"RemarkTime"`
	Groups     []string    `wire:"GroupName"`
	Source     string      `wire:"AddSource"`
	Wording    string      `wire:"AddWording"`
	Added      uint32      `wire:"AddTime"`
	Custom     []customTag `wire:"CustomItem"`
}

type customTag struct {
	Tag   string `wire:"!Tag"`
	Value string `wire:"Value"`
}

func importFriends(ctx context.Context, c *api.Call, r *friendImport) (*relationResults, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("AddFriendItem", len(r.Items), 1, maxRelations); err != nil {
		return nil, err
	}
	list := make([]chat.NewFriend, len(r.Items))
	for i, one := range r.Items {
		list[i] = chat.NewFriend{
			User: one.User, Remark: one.Remark, RemarkTime: int64(one.RemarkTime), Groups: one.Groups,
			Source: one.Source, Wording: one.Wording, Added: int64(one.Added), Custom: map[string]string{},
		}
		for _, t := range one.Custom {
			key, ok := strings.CutPrefix(t.Tag, form.FriendCustomTags)
			if !ok {
				return nil, badTag(t.Tag)
			}
			list[i].Custom[key] = t.Value
		}
	}
	results, err := c.Core.People.ImportFriends(ctx, c.By, owner, list)
	if err != nil {
		return nil, err
	}
	return resultsOf(results), nil
}

func badTag(tag string) error {
	return chat.Refuse(chat.CodeRelationParameter, "%s is no field of a friend that can be written", tag)
}

type friendUpdating struct {
	From  chat.UserID     `wire:"From_Account"`
	Items []updatedFriend `wire:"!UpdateItem"`
}

type updatedFriend struct {
	User  chat.UserID `wire:"!To_Account"`
	Items []snsItem   `wire:"!SnsItem"`
}

type snsItem struct {
	Tag   string        `wire:"!Tag"`
	Value form.SNSValue `wire:"!Value"`
}

func updateFriends(ctx context.Context, c *api.Call, r *friendUpdating) (*relationResults, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("UpdateItem", len(r.Items), 1, maxFriends); err != nil {
		return nil, err
	}
	list := make([]chat.FriendUpdate, len(r.Items))
	for i := range r.Items {
		if list[i], err = r.Items[i].change(); err != nil {
			return nil, err
		}
	}
	results, err := c.Core.People.UpdateFriends(ctx, c.By, owner, list)
	if err != nil {
		return nil, err
	}
	return resultsOf(results), nil
}

func (f *updatedFriend) change() (chat.FriendUpdate, error) {
	u := chat.FriendUpdate{User: f.User, Custom: map[string]string{}}
	for i := range f.Items {
		tag, v := f.Items[i].Tag, &f.Items[i].Value
		key, custom := strings.CutPrefix(tag, form.FriendCustomTags)
		switch {
		case tag == form.TagFriendGroup && v.List:
			u.Groups = v.Texts
		case tag == form.TagFriendGroup && v.Text == "":
			u.Groups = []string{}
		case tag == form.TagFriendGroup:
			u.Groups = []string{v.Text}
		case v.List:
			return u, chat.Refuse(chat.CodeRelationParameter, "the Value of %s is text", tag)
		case tag == form.TagRemark:
			u.Remark = &v.Text
		case custom:
			u.Custom[key] = v.Text
		default:
			return u, badTag(tag)
		}
	}
	return u, nil
}

type friendDeletion struct {
	From chat.UserID   `wire:"From_Account"`
	To   []chat.UserID `wire:"!To_Account"`
	Type string        `wire:"DeleteType"`
}

func single(given string) (bool, error) {
	how, err := oneOf("DeleteType", given, "Delete_Type_Single", "Delete_Type_Single", "Delete_Type_Both")
	return how == "Delete_Type_Single", err
}

func deleteFriends(ctx context.Context, c *api.Call, r *friendDeletion) (*relationResults, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("To_Account", len(r.To), 1, maxRelations); err != nil {
		return nil, err
	}
	one, err := single(r.Type)
	if err != nil {
		return nil, err
	}
	results, err := c.Core.People.RemoveFriends(ctx, c.By, owner, r.To, one)
	if err != nil {
		return nil, err
	}
	return resultsOf(results), nil
}

type friendsDeletion struct {
	From chat.UserID `wire:"From_Account"`
	Type string      `wire:"DeleteType"`
}

func deleteAllFriends(ctx context.Context, c *api.Call, r *friendsDeletion) (*api.None, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	one, err := single(r.Type)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.People.RemoveAllFriends(ctx, c.By, owner, one)
}
