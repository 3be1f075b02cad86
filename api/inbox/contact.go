package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coreinbox "github.com/teahouse-im/teahouse/chat/inbox"
)

// maxPinItems bounds one call of top (spec/06 §3a).
const maxPinItems = 50

// contactRows are the commands about a user's recent contacts (spec/06).
func contactRows() []*api.Command {
	return []*api.Command{
		api.Row(api.ContactService, "get_list", "", api.Admins, contacts),
		api.Row(api.ContactService, "delete", "", api.Admins, deleteContact),
		api.Row(api.ContactService, "top", "", api.Admins, topContacts).Takes("RecentContactItem", 1, maxPinItems),
		api.Row(api.ContactService, "mark_contact", "", api.Admins, markContacts),
	}
}

// contact is a conversation in requests: the id of a group is spelled in three ways.
type contact struct {
	Type  uint32       `wire:"!Type"`
	To    chat.UserID  `wire:"To_Account"`
	Group chat.GroupID `wire:"ToGroupId,ToGroupid,GroupId"`
}

// target is the conversation that is meant: 50002 when there is none.
func (r *contact) target() (chat.Target, error) {
	switch {
	case r.Type == 1 && r.To != "":
		return chat.ToUser(r.To), nil
	case r.Type == 2 && r.Group != "":
		return chat.ToGroup(r.Group), nil
	case r.Type == 2 && r.To != "": // as older callers have it (spec/06 §3)
		return chat.ToGroup(chat.GroupID(r.To)), nil
	}
	return chat.Target{}, chat.Refuse(chat.CodeConvParameter, "Type is 1 with To_Account or 2 with ToGroupId")
}

// contactTargets are those that are meant; the first that is none refuses.
func contactTargets(list []contact) ([]chat.Target, error) {
	out := make([]chat.Target, len(list))
	for i := range list {
		var err error
		if out[i], err = list[i].target(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// contactName is a conversation in answers.
type contactName struct {
	Type  uint32       `json:"Type"`
	To    chat.UserID  `json:"To_Account,omitempty"`
	Group chat.GroupID `json:"ToGroupId,omitempty"`
}

func newContactName(t chat.Target) contactName {
	if t.Kind == chat.InGroup {
		return contactName{Type: 2, Group: t.Group()}
	}
	return contactName{Type: 1, To: t.User()}
}

// contactQuery pages with two places: by time and how many entries of that second were
// given, once for those that are pinned and once for the others.
type contactQuery struct {
	From     chat.UserID `wire:"!From_Account"`
	Time     *int64      `wire:"!TimeStamp"`
	Start    *uint32     `wire:"!StartIndex"`
	TopTime  *int64      `wire:"!TopTimeStamp"`
	TopStart *uint32     `wire:"!TopStartIndex"`
	Assist   *uint64     `wire:"!AssistFlags"`
}

// emptyToo is the bit of AssistFlags that asks for conversations without a message.
const emptyToo = 1 << 1

type contactItem struct {
	Type   uint32       `json:"Type"`
	To     chat.UserID  `json:"To_Account,omitempty"`
	Group  chat.GroupID `json:"GroupId,omitempty"`
	Time   int64        `json:"MsgTime"`
	Top    int          `json:"TopFlag"`
	Marks  string       `json:"StandardMark,omitempty"`
	Custom string       `json:"CustomMark,omitempty"`
	Groups []uint32     `json:"ContactGroupId,omitempty"`
}

type contactPage struct {
	List     []contactItem `json:"SessionItem"`
	Complete int           `json:"CompleteFlag"`
	Time     int64         `json:"TimeStamp"`
	Start    int           `json:"StartIndex"`
	TopTime  int64         `json:"TopTimeStamp"`
	TopStart int           `json:"TopStartIndex"`
}

func contacts(ctx context.Context, c *api.Call, r *contactQuery) (*contactPage, error) {
	page, err := c.Core.Inbox.Contacts(ctx, c.By, r.From, coreinbox.ContactQuery{
		Plain: coreinbox.ContactPlace{Second: *r.Time, Given: int(*r.Start)}, Top: coreinbox.ContactPlace{Second: *r.TopTime, Given: int(*r.TopStart)},
		Empty: *r.Assist&emptyToo != 0,
	})
	if err != nil {
		return nil, err
	}
	answer := &contactPage{
		List: make([]contactItem, len(page.List)), Complete: bit(page.Complete),
		Time: page.Plain.Second, Start: page.Plain.Given, TopTime: page.Top.Second, TopStart: page.Top.Given,
	}
	for i, one := range page.List {
		name := newContactName(one.Target)
		answer.List[i] = contactItem{
			Type: name.Type, To: name.To, Group: name.Group, Time: one.Time / 1000, Top: bit(one.Top),
			Marks: one.Marks.String(), Custom: one.Custom, Groups: one.Groups,
		}
	}
	return answer, nil
}

func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}

type contactDeletion struct {
	From  chat.UserID  `wire:"!From_Account"`
	Type  uint32       `wire:"!Type"`
	To    chat.UserID  `wire:"To_Account"`
	Group chat.GroupID `wire:"ToGroupid,ToGroupId,GroupId"`
	Clear api.Bit      `wire:"ClearRamble"`
}

func deleteContact(ctx context.Context, c *api.Call, r *contactDeletion) (*api.None, error) {
	t, err := (&contact{r.Type, r.To, r.Group}).target()
	if err != nil {
		return nil, err
	}
	return nil, c.Core.Inbox.Delete(ctx, c.By, r.From, t, bool(r.Clear))
}

type topping struct {
	From chat.UserID `wire:"!From_Account"`
	Type uint32      `wire:"!OperationType"`
	List []contact   `wire:"!RecentContactItem"`
}

func topContacts(ctx context.Context, c *api.Call, r *topping) (*api.None, error) {
	if r.Type != 1 && r.Type != 2 {
		return nil, chat.Refuse(chat.CodeConvParameter, "OperationType is neither 1 nor 2")
	}
	if n := len(r.List); n == 0 || n > maxPinItems {
		return nil, chat.Refuse(chat.CodeConvParameter, "between 1 and %d conversations are needed", maxPinItems)
	}
	list, err := contactTargets(r.List)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.Inbox.Pin(ctx, c.By, r.From, list, r.Type == 1)
}

type contactMarking struct {
	From chat.UserID   `wire:"!From_Account"`
	List []contactMark `wire:"!MarkItem"`
}

// contactMark has marks, a custom mark, or both, as OptType 1 to 3 says.
type contactMark struct {
	Type    uint32  `wire:"!OptType"`
	Contact contact `wire:"!ContactItem"`
	Clear   []int   `wire:"ClearMark"`
	Set     []int   `wire:"SetMark"`
	Custom  *string `wire:"CustomMark"`
}

type markResult struct {
	Type    uint32      `json:"OptType"`
	Contact contactName `json:"ContactItem"`
	Code    chat.Code   `json:"ResultCode"`
	Info    string      `json:"ResultInfo"`
}

type markResults struct {
	List []markResult `json:"ResultItem"`
}

func markContacts(ctx context.Context, c *api.Call, r *contactMarking) (*markResults, error) {
	list := make([]coreinbox.MarkChange, len(r.List))
	for i := range r.List {
		one, m := &r.List[i], &list[i]
		var err error
		if m.Target, err = one.Contact.target(); err != nil {
			return nil, err
		}
		if one.Type < 1 || one.Type > 3 {
			return nil, chat.Refuse(chat.CodeConvParameter, "OptType is none of 1, 2 and 3")
		}
		if one.Type&1 != 0 {
			m.Set, m.Clear = one.Set, one.Clear
		}
		if one.Type&2 != 0 {
			m.Custom = one.Custom
		}
	}
	each, err := c.Core.Inbox.Mark(ctx, c.By, r.From, list)
	if err != nil {
		return nil, err
	}
	answer := &markResults{List: make([]markResult, len(each))}
	for i, err := range each {
		code, info := chat.Outward(err)
		answer.List[i] = markResult{r.List[i].Type, newContactName(list[i].Target), code, info}
	}
	return answer, nil
}
