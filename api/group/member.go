package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coregroup "github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/wire"
)

const (
	// userPage is what a user gets who names no limit (spec/00 §5: answers stay
	// below 64 KiB); maxUserPage the most they may ask for.
	userPage    = 200
	maxUserPage = 500
)

func memberRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "get_joined_group_list", "group.joined", api.Anyone, joinedGroups).
			Shows(`{"Limit":20,"Offset":0}`),
		api.Row(api.GroupService, "get_group_member_info", "group.members", api.Anyone, memberInfo).
			Shows(`{"GroupId":"tea","Limit":100,"Offset":0}`),
		api.Row(api.GroupService, "add_group_member", "group.invite", api.Anyone, addMembers).
			Shows(`{"GroupId":"tea","MemberList":[{"Member_Account":"bob"}]}`),
		api.Row(api.GroupService, "delete_group_member", "group.kick", api.Anyone, removeMembers).
			Shows(`{"GroupId":"tea","MemberToDel_Account":["bob"],"Reason":"noise"}`),
		api.Row(api.GroupService, "modify_group_member_info", "group.member", api.Anyone, modifyMember).
			Shows(`{"GroupId":"tea","NameCard":"Alice, owner"}`),
		api.Row(api.GroupService, "", "group.role", api.Anyone, setRole).
			Shows(`{"GroupId":"tea","Member_Account":"bob","Role":"Admin"}`),
		api.Row(api.GroupService, "get_role_in_group", "", api.Admins, roles),
	}
}

// pageSize is how many entries a caller gets: over REST as many as were asked
// for, as many as the core gives when that is left out, over MQTT a page.
func pageSize(c *api.Call, asked *uint32) int {
	n := api.PageSize(asked)
	if c.By.Platform == chat.PlatformREST {
		return n
	}
	if n == 0 {
		n = userPage
	}
	return min(n, maxUserPage)
}

type memberQuery struct {
	ID     chat.GroupID  `wire:"!GroupId"`
	Info   filter        `wire:"MemberInfoFilter"`
	Roles  []string      `wire:"MemberRoleFilter"`
	Users  []chat.UserID `wire:"Accounts"`
	Custom filter        `wire:"AppDefinedDataFilter_GroupMember"`
	Limit  *uint32       `wire:"Limit"`
	Offset uint32        `wire:"Offset"`
	Next   api.LooseText `wire:"Next"`
}

type memberList struct {
	total    int
	list     []byte
	next     string
	withNext bool
}

// Shape implements api.Shaped.
func (*memberList) Shape() any {
	return struct {
		Total int           `json:"MemberNum"`
		List  []memberShape `json:"MemberList"`
		Next  string        `json:"Next,omitempty"`
	}{}
}

func (m *memberList) AppendMembers(dst []byte) []byte {
	dst = wire.PutInt(dst, "MemberNum", int64(m.total))
	dst = append(wire.PutName(dst, "MemberList"), m.list...)
	if m.withNext {
		dst = wire.PutText(dst, "Next", m.next)
	}
	return dst
}

func memberInfo(ctx context.Context, c *api.Call, r *memberQuery) (*memberList, error) {
	q := chat.MemberQuery{
		Users: r.Users, Offset: int(r.Offset), Limit: pageSize(c, r.Limit), Named: c.By.Platform != chat.PlatformREST,
	}
	if r.Next != "" && r.Next != "0" { // 0 is the older first value
		q.After = chat.UserID(r.Next)
	}
	for _, name := range r.Roles {
		role, ok := chat.ParseRole(name)
		if !ok {
			return nil, chat.Refuse(chat.CodeGroupParameter, "MemberRoleFilter: %q is unknown", name)
		}
		q.Roles = append(q.Roles, role)
	}
	g, err := c.Core.Group.Get(ctx, c.By, r.ID)
	if err != nil {
		return nil, err
	}
	form := memberForm{info: r.Info, custom: r.Custom, withCustom: r.Info == nil || r.Custom != nil, named: q.Named}
	withNext := g.Type == chat.Community || c.By.Platform != chat.PlatformREST
	get := func(most int) (*memberList, int, int, error) {
		q.Limit = most
		list, total, next, err := c.Core.Group.Members(ctx, c.By, r.ID, q)
		if err != nil {
			return nil, 0, 0, err
		}
		answer := memberList{total: total, list: form.appendList(nil, c, list), next: string(next), withNext: withNext}
		return &answer, len(list), len(answer.list), nil
	}
	if withNext {
		return api.Fitting(c.Room, q.Limit, get)
	}
	answer, _, bytes, err := get(q.Limit) // nothing in it would say that there are more
	if bytes > c.Room {
		return nil, chat.Refuse(chat.CodeAnswerTooLong, "")
	}
	return answer, err
}

type memberRef struct {
	User chat.UserID `wire:"!Member_Account"`
}

type addition struct {
	ID      chat.GroupID `wire:"!GroupId"`
	Members []memberRef  `wire:"!MemberList"`
	Silence int          `wire:"Silence"`
}

type added struct {
	User   chat.UserID `json:"Member_Account"`
	Result int         `json:"Result"`
}

type addedList struct {
	List []added `json:"MemberList"`
}

func addMembers(ctx context.Context, c *api.Call, r *addition) (*addedList, error) {
	names := make([]chat.UserID, len(r.Members))
	for i, m := range r.Members {
		names[i] = m.User
	}
	results, err := c.Core.Group.AddMembers(ctx, c.By, r.ID, names, r.Silence == 1)
	if err != nil {
		return nil, err
	}
	return addedOf(results), nil
}

func addedOf(results []coregroup.AddResult) *addedList {
	answer := addedList{List: make([]added, len(results))}
	for i, one := range results {
		answer.List[i] = added{one.User, one.Result}
	}
	return &answer
}

type removal struct {
	ID      chat.GroupID  `wire:"!GroupId"`
	Users   []chat.UserID `wire:"!MemberToDel_Account"`
	Silence int           `wire:"Silence"`
	Reason  string        `wire:"Reason"`
}

func removeMembers(ctx context.Context, c *api.Call, r *removal) (*api.None, error) {
	return nil, c.Core.Group.RemoveMembers(ctx, c.By, r.ID, r.Users, r.Silence == 1, r.Reason)
}

// memberChange: clients have sent a duration as ShutUpUntil too (spec/22a §0).
// memberChange: with TopicId it is about MsgFlag alone.
type memberChange struct {
	ID       chat.GroupID        `wire:"!GroupId"`
	Topic    chat.GroupID        `wire:"TopicId"`
	User     chat.UserID         `wire:"Member_Account"`
	Role     *roleName           `wire:"Role"`
	Flag     *chat.ReceiveOption `wire:"MsgFlag"`
	NameCard *string             `wire:"NameCard"`
	Custom   []api.Pair          `wire:"AppMemberDefinedData"`
	Mute     *uint32             `wire:"MuteTime,ShutUpTime,ShutUpUntil"`
	Request  string              `wire:"RequestId"`
}

// RequestID implements api.Repeatable: seconds from now are others each time.
func (r *memberChange) RequestID() string { return r.Request }

// roleName is a role that may be given; the owner's is transferred instead.
type roleName chat.Role

func (r *roleName) ReadWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	role, known := chat.ParseRole(s)
	*r = roleName(role)
	return ok && known && role != chat.RoleOwner
}

func (*roleName) TypeInJSON() string { return "text" }

// Words implements api.Worded.
func (*roleName) Words() []string { return []string{"Admin", "Member"} }

func modifyMember(ctx context.Context, c *api.Call, r *memberChange) (*api.None, error) {
	u := r.User
	if u == "" {
		if c.By.Platform == chat.PlatformREST {
			return nil, chat.Refuse(chat.CodeGroupParameter, "Member_Account is missing")
		}
		u = c.By.User
	}
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	return nil, c.Core.Group.ModifyMember(ctx, c.By, id, u, chat.MemberPatch{
		Role: (*chat.Role)(r.Role), Flag: r.Flag, NameCard: r.NameCard, Custom: api.PairMap(r.Custom), Mute: r.Mute,
	})
}

type appointment struct {
	ID   chat.GroupID `wire:"!GroupId"`
	User chat.UserID  `wire:"!Member_Account"`
	Role *roleName    `wire:"!Role"`
}

func setRole(ctx context.Context, c *api.Call, r *appointment) (*api.None, error) {
	return nil, c.Core.Group.ModifyMember(ctx, c.By, r.ID, r.User, chat.MemberPatch{Role: (*chat.Role)(r.Role)})
}

type roleQuery struct {
	ID    chat.GroupID  `wire:"!GroupId"`
	Users []chat.UserID `wire:"!User_Account"`
}

type memberRole struct {
	User chat.UserID `json:"Member_Account"`
	Role string      `json:"Role"`
}

type memberRoles struct {
	List []memberRole `json:"UserIdList"`
}

func roles(ctx context.Context, c *api.Call, r *roleQuery) (*memberRoles, error) {
	if len(r.Users) == 0 {
		return nil, chat.Refuse(chat.CodeGroupParameter, "no account is named")
	}
	found, err := c.Core.Group.Roles(ctx, c.By, r.ID, r.Users)
	if err != nil {
		return nil, err
	}
	answer := memberRoles{List: make([]memberRole, len(found))}
	for i, role := range found {
		answer.List[i] = memberRole{r.Users[i], role.String()}
	}
	return &answer, nil
}
