package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coreinbox "github.com/teahouse-im/teahouse/chat/inbox"
)

// Bounds of spec/06 §6; the size of a page is a choice.
const (
	contactsSearched = 300
	contactsPaged    = 100
)

// contactGroupRows are the commands about groups of conversations (spec/06 §4, §6).
func contactGroupRows() []*api.Command {
	return []*api.Command{
		api.Row(api.ContactService, "create_contact_group", "", api.Admins, createContactGroup).Takes("GroupContactItem", 1, 1),
		api.Row(api.ContactService, "update_contact_group", "", api.Admins, updateContactGroup),
		api.Row(api.ContactService, "del_contact_group", "", api.Admins, deleteContactGroup).Takes("GroupName", 1, 1),
		api.Row(api.ContactService, "get_contact_group", "", api.Admins, taggedContacts),
		api.Row(api.ContactService, "search_contact_group", "", api.Admins, searchContacts),
	}
}

type groupItem struct {
	Name string `json:"GroupName"`
	ID   uint32 `json:"GroupId"`
}

func groupItems(list []chat.ConvGroup) []groupItem {
	out := make([]groupItem, len(list))
	for i, g := range list {
		out[i] = groupItem{g.Name, g.ID}
	}
	return out
}

type contactGroupMaking struct {
	From chat.UserID       `wire:"!From_Account"`
	List []newContactGroup `wire:"!GroupContactItem"`
}

type newContactGroup struct {
	Name string    `wire:"!GroupName"`
	List []contact `wire:"!ContactItem"`
}

type contactResult struct {
	Contact contactName `json:"ContactItem"`
	Code    chat.Code   `json:"ResultCode"`
	Info    string      `json:"ResultInfo"`
}

type madeContactGroup struct {
	Group groupItem       `json:"GroupItem"`
	List  []contactResult `json:"ResultItem"`
}

type madeContactGroups struct {
	List []madeContactGroup `json:"GroupResultItem"`
}

func createContactGroup(ctx context.Context, c *api.Call, r *contactGroupMaking) (*madeContactGroups, error) {
	if len(r.List) != 1 {
		return nil, chat.Refuse(chat.CodeConvParameter, "one group is needed")
	}
	list, err := contactTargets(r.List[0].List)
	if err != nil {
		return nil, err
	}
	done, err := c.Core.Inbox.CreateConvGroup(ctx, c.By, r.From, r.List[0].Name, list)
	if err != nil {
		return nil, err
	}
	made := madeContactGroup{Group: groupItem{done.Group.Name, done.Group.ID}, List: make([]contactResult, len(list))}
	for i, err := range done.Each {
		code, info := chat.Outward(err)
		made.List[i] = contactResult{newContactName(list[i]), code, info}
	}
	return &madeContactGroups{[]madeContactGroup{made}}, nil
}

type contactGroupUpdate struct {
	From   chat.UserID        `wire:"!From_Account"`
	Type   uint32             `wire:"!UpdateType"`
	Change contactGroupChange `wire:"!UpdateGroup"`
}

type contactGroupChange struct {
	Type uint32          `wire:"!UpdateGroupType"`
	Old  string          `wire:"!OldGroupName"`
	New  string          `wire:"NewGroupName"`
	List []contactChange `wire:"ContactUpdateItem"`
}

type contactChange struct {
	Type    uint32  `wire:"!ContactOptType"`
	Contact contact `wire:"!ContactItem"`
}

type contactChangeResult struct {
	Type    uint32      `json:"ContactOptType"`
	Contact contactName `json:"ContactItem"`
	Code    chat.Code   `json:"ResultCode"`
	Info    string      `json:"ResultInfo"`
}

type contactGroupResult struct {
	Type uint32                `json:"UpdateGroupType"`
	Name string                `json:"GroupName"`
	ID   uint32                `json:"GroupId"`
	Old  string                `json:"OldGroupName"`
	List []contactChangeResult `json:"ContactResultItem,omitempty"`
}

type contactGroupUpdated struct {
	Type   uint32             `json:"UpdateType"`
	Result contactGroupResult `json:"UpdateGroupResult"`
}

func updateContactGroup(ctx context.Context, c *api.Call, r *contactGroupUpdate) (*contactGroupUpdated, error) {
	change := &r.Change
	if r.Type != 1 || change.Type < 1 || change.Type > 2 {
		return nil, chat.Refuse(chat.CodeConvParameter, "UpdateType is 1, and UpdateGroupType 1 or 2")
	}
	answer := contactGroupUpdated{r.Type, contactGroupResult{Type: change.Type, Name: change.Old, Old: change.Old}}
	var done coreinbox.GroupResult
	var err error
	if change.Type == 1 {
		answer.Result.Name = change.New
		done, err = c.Core.Inbox.RenameConvGroup(ctx, c.By, r.From, change.Old, change.New)
	} else {
		answer.Result.List, done, err = refillContacts(ctx, c, r)
	}
	if err != nil {
		return nil, err
	}
	answer.Result.ID = done.Group.ID
	return &answer, nil
}

// refillContacts adds and removes conversations; the results stand in the order asked.
func refillContacts(ctx context.Context, c *api.Call, r *contactGroupUpdate) ([]contactChangeResult, coreinbox.GroupResult, error) {
	var none coreinbox.GroupResult
	var lists [2][]chat.Target // to add, to remove
	var at [2][]int
	results := make([]contactChangeResult, len(r.Change.List))
	for i := range r.Change.List {
		one := &r.Change.List[i]
		t, err := one.Contact.target()
		if err != nil {
			return nil, none, err
		}
		if one.Type < 1 || one.Type > 2 {
			return nil, none, chat.Refuse(chat.CodeConvParameter, "ContactOptType is neither 1 nor 2")
		}
		results[i] = contactChangeResult{Type: one.Type, Contact: newContactName(t)}
		lists[one.Type-1], at[one.Type-1] = append(lists[one.Type-1], t), append(at[one.Type-1], i)
	}
	done, err := c.Core.Inbox.FillConvGroup(ctx, c.By, r.From, r.Change.Old, lists[0], lists[1])
	if err != nil {
		return nil, none, err
	}
	for n, i := range append(at[0], at[1]...) {
		results[i].Code, results[i].Info = chat.Outward(done.Each[n])
	}
	return results, done, nil
}

type contactGroupDeletion struct {
	From  chat.UserID `wire:"!From_Account"`
	Names []string    `wire:"!GroupName"`
}

type groupItemList struct {
	List []groupItem `json:"GroupItem"`
}

func deleteContactGroup(ctx context.Context, c *api.Call, r *contactGroupDeletion) (*groupItemList, error) {
	if len(r.Names) != 1 {
		return nil, chat.Refuse(chat.CodeConvParameter, "one name is needed")
	}
	done, err := c.Core.Inbox.DeleteConvGroup(ctx, c.By, r.From, r.Names[0])
	if err != nil {
		return nil, err
	}
	return &groupItemList{[]groupItem{{done.Group.Name, done.Group.ID}}}, nil
}

type taggedContact struct {
	contactName
	Marks  string   `json:"StandardMark,omitempty"`
	Custom string   `json:"CustomMark,omitempty"`
	Groups []uint32 `json:"ContactGroupId,omitempty"`
	At     int64    `json:"Timestamp"`
}

func taggedContactsOf(list []coreinbox.Tagged) []taggedContact {
	out := make([]taggedContact, len(list))
	for i, t := range list {
		out[i] = taggedContact{newContactName(t.Target), t.Marks.String(), t.Custom, t.Groups, t.At / 1000}
	}
	return out
}

type taggedQuery struct {
	From  chat.UserID `wire:"!From_Account"`
	Start *uint32     `wire:"!StartIndex"`
}

type taggedPage struct {
	List     []taggedContact `json:"ContactItem"`
	Groups   []groupItem     `json:"GroupItem"`
	Complete int             `json:"CompleteFlag"`
	Next     int             `json:"NextStartIndex"`
}

func taggedContacts(ctx context.Context, c *api.Call, r *taggedQuery) (*taggedPage, error) {
	list, groups, err := c.Core.Inbox.TaggedConvs(ctx, c.By, r.From)
	if err != nil {
		return nil, err
	}
	start := min(int(*r.Start), len(list))
	end := min(start+contactsPaged, len(list))
	return &taggedPage{taggedContactsOf(list[start:end]), groupItems(groups), bit(end == len(list)), end}, nil
}

type contactSearch struct {
	From chat.UserID `wire:"!From_Account"`
	List []contact   `wire:"!ContactItem"`
}

type foundContacts struct {
	List   []taggedContact `json:"ContactResultItem"`
	Groups []groupItem     `json:"GroupItem"`
}

func searchContacts(ctx context.Context, c *api.Call, r *contactSearch) (*foundContacts, error) {
	if n := len(r.List); n == 0 || n > contactsSearched {
		return nil, chat.Refuse(chat.CodeConvBatch, "between 1 and %d conversations are needed", contactsSearched)
	}
	list, err := contactTargets(r.List)
	if err != nil {
		return nil, err
	}
	found, groups, err := c.Core.Inbox.TaggedOf(ctx, c.By, r.From, list)
	if err != nil {
		return nil, err
	}
	return &foundContacts{taggedContactsOf(found), groupItems(groups)}, nil
}
