package api

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// Batches of the member commands: the larger figure where two pages of the
// original differ (spec/41 §4).
const (
	maxAdded   = 300
	maxRemoved = 500
	maxAsked   = 500
	maxJoined  = 5000
	// userPage is what a user gets who names no limit (spec/00 §5: answers stay
	// below 64 KiB); maxUserPage the most he may ask for.
	userPage    = 200
	maxUserPage = 500
)

func memberRows() []*Command {
	return []*Command{
		row(groupSvc, "get_joined_group_list", "group.joined", Anyone, joinedGroups),
		row(groupSvc, "get_group_member_info", "group.members", Anyone, memberInfo),
		row(groupSvc, "add_group_member", "group.invite", Anyone, addMembers),
		row(groupSvc, "delete_group_member", "group.kick", Anyone, removeMembers),
		row(groupSvc, "modify_group_member_info", "group.member", Anyone, modifyMember),
		row(groupSvc, "", "group.role", Anyone, setRole),
		row(groupSvc, "get_role_in_group", "", Admins, roles),
	}
}

// pageSize is how many entries a caller gets: all by default over REST, a
// page over MQTT.
func (c *Call) pageSize(asked *uint32, most int) int {
	n := 0
	if asked != nil {
		n = min(int(*asked), most)
	}
	if c.By.Platform == chat.PlatformREST {
		return n
	}
	if n == 0 {
		n = userPage
	}
	return min(n, maxUserPage)
}

type joinedQuery struct {
	User     chat.UserID     `wire:"Member_Account"`
	Live     int             `wire:"WithHugeGroups"`
	Inactive int             `wire:"WithNoActiveGroups"`
	Limit    *uint32         `wire:"Limit"`
	Offset   uint32          `wire:"Offset"`
	Type     typeFilter      `wire:"GroupType,Type"`
	Filter   *responseFilter `wire:"ResponseFilter"`
}

type joinedList struct {
	total int
	list  []byte
}

func (j *joinedList) appendMembers(dst []byte) []byte {
	dst = wire.PutInt(dst, "TotalCount", int64(j.total))
	dst = append(wire.PutName(dst, "GroupIdList"), '[')
	dst = append(dst, j.list...)
	return append(dst, ']')
}

func joinedGroups(ctx context.Context, c *Call, r *joinedQuery) (*joinedList, error) {
	u, err := c.self("Member_Account", r.User, chat.CodeGroupParameter, chat.CodeGroupNotAllowed)
	if err != nil {
		return nil, err
	}
	groups, total, err := c.svc.JoinedGroups(ctx, c.By, u, chat.JoinedQuery{
		Type: chat.GroupType(r.Type), WithLive: r.Live == 1, WithInactive: r.Inactive == 1,
		Offset: int(r.Offset), Limit: c.pageSize(r.Limit, maxJoined),
	})
	if err != nil {
		return nil, err
	}
	answer := joinedList{total: total}
	for i := range groups {
		if i > 0 {
			answer.list = append(answer.list, ',')
		}
		answer.list = c.appendJoined(answer.list, &groups[i], r.Filter)
		if len(answer.list) > maxAnswer {
			return nil, chat.Refuse(chat.CodeAnswerTooLong, "")
		}
	}
	return &answer, nil
}

// appendJoined writes one group of a user: its id alone unless a filter asks
// for more (spec/22a §10).
func (c *Call) appendJoined(dst []byte, g *chat.JoinedGroup, f *responseFilter) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "GroupId", g.ID)
	if f != nil && f.Base != nil {
		dst = appendFields(dst, groupFields, f.Base, c, &g.GroupView)
	}
	if f != nil && f.Self != nil {
		dst = append(wire.PutName(dst, "SelfInfo"), '{')
		dst = appendFields(dst, memberFields, f.Self, c, &g.Self)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

type memberQuery struct {
	ID     chat.GroupID `wire:"!GroupId"`
	Info   filter       `wire:"MemberInfoFilter"`
	Roles  []string     `wire:"MemberRoleFilter"`
	Custom filter       `wire:"AppDefinedDataFilter_GroupMember"`
	Limit  *uint32      `wire:"Limit"`
	Offset uint32       `wire:"Offset"`
	Next   looseText    `wire:"Next"`
}

type memberList struct {
	total    int
	list     []byte
	next     string
	withNext bool
}

func (m *memberList) appendMembers(dst []byte) []byte {
	dst = wire.PutInt(dst, "MemberNum", int64(m.total))
	dst = append(wire.PutName(dst, "MemberList"), m.list...)
	if m.withNext {
		dst = wire.PutText(dst, "Next", m.next)
	}
	return dst
}

// maxMembersAsked is the largest Limit of get_group_member_info (spec/22a §4).
const maxMembersAsked = 6000

func memberInfo(ctx context.Context, c *Call, r *memberQuery) (*memberList, error) {
	q := chat.MemberQuery{Offset: int(r.Offset), Limit: c.pageSize(r.Limit, maxMembersAsked)}
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
	g, err := c.svc.Group(ctx, c.By, r.ID)
	if err != nil {
		return nil, err
	}
	if g.Type == chat.Community && c.By.Platform == chat.PlatformREST && q.Limit == 0 {
		q.Limit = maxMembersAsked
	}
	list, total, next, err := c.svc.Members(ctx, c.By, r.ID, q)
	if err != nil {
		return nil, err
	}
	form := memberForm{info: r.Info, custom: r.Custom, withCustom: r.Info == nil || r.Custom != nil}
	answer := memberList{
		total: total, list: form.appendList(nil, c, list), next: string(next),
		withNext: g.Type == chat.Community || c.By.Platform != chat.PlatformREST,
	}
	if len(answer.list) > maxAnswer {
		return nil, chat.Refuse(chat.CodeAnswerTooLong, "")
	}
	return &answer, nil
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

func addMembers(ctx context.Context, c *Call, r *addition) (*addedList, error) {
	if err := batchOf(len(r.Members), maxAdded); err != nil {
		return nil, err
	}
	names := make([]chat.UserID, len(r.Members))
	for i, m := range r.Members {
		names[i] = m.User
	}
	results, err := c.svc.AddMembers(ctx, c.By, r.ID, names, r.Silence == 1)
	if err != nil {
		return nil, err
	}
	answer := addedList{List: make([]added, len(results))}
	for i, one := range results {
		answer.List[i] = added{one.User, one.Result}
	}
	return &answer, nil
}

// batchOf checks the size of a batch of accounts: 10004 for none, 10005 for
// too many.
func batchOf(n, most int) error {
	switch {
	case n == 0:
		return chat.Refuse(chat.CodeGroupParameter, "no account is named")
	case n > most:
		return chat.Refuse(chat.CodeGroupBatch, "more than %d accounts", most)
	}
	return nil
}

type removal struct {
	ID      chat.GroupID  `wire:"!GroupId"`
	Users   []chat.UserID `wire:"!MemberToDel_Account"`
	Silence int           `wire:"Silence"`
	Reason  string        `wire:"Reason"`
}

func removeMembers(ctx context.Context, c *Call, r *removal) (*none, error) {
	if err := batchOf(len(r.Users), maxRemoved); err != nil {
		return nil, err
	}
	return nil, c.svc.RemoveMembers(ctx, c.By, r.ID, r.Users, r.Silence == 1, r.Reason)
}

// memberChange: clients have sent a duration as ShutUpUntil too (spec/22a §0).
type memberChange struct {
	ID       chat.GroupID        `wire:"!GroupId"`
	User     chat.UserID         `wire:"Member_Account"`
	Role     *roleName           `wire:"Role"`
	Flag     *chat.ReceiveOption `wire:"MsgFlag"`
	NameCard *string             `wire:"NameCard"`
	Custom   []pair              `wire:"AppMemberDefinedData"`
	Mute     *uint32             `wire:"MuteTime,ShutUpTime,ShutUpUntil"`
}

// roleName is a role that may be given; the owner's is transferred instead.
type roleName chat.Role

func (r *roleName) readWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	role, known := chat.ParseRole(s)
	*r = roleName(role)
	return ok && known && role != chat.RoleOwner
}

func modifyMember(ctx context.Context, c *Call, r *memberChange) (*none, error) {
	u := r.User
	if u == "" {
		if c.By.Platform == chat.PlatformREST {
			return nil, chat.Refuse(chat.CodeGroupParameter, "Member_Account is missing")
		}
		u = c.By.User
	}
	return nil, c.svc.ModifyMember(ctx, c.By, r.ID, u, chat.MemberPatch{
		Role: (*chat.Role)(r.Role), Flag: r.Flag, NameCard: r.NameCard, Custom: pairMap(r.Custom), Mute: r.Mute,
	})
}

type appointment struct {
	ID   chat.GroupID `wire:"!GroupId"`
	User chat.UserID  `wire:"!Member_Account"`
	Role *roleName    `wire:"!Role"`
}

func setRole(ctx context.Context, c *Call, r *appointment) (*none, error) {
	return nil, c.svc.ModifyMember(ctx, c.By, r.ID, r.User, chat.MemberPatch{Role: (*chat.Role)(r.Role)})
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

func roles(ctx context.Context, c *Call, r *roleQuery) (*memberRoles, error) {
	if err := batchOf(len(r.Users), maxAsked); err != nil {
		return nil, err
	}
	found, err := c.svc.Roles(ctx, c.By, r.ID, r.Users)
	if err != nil {
		return nil, err
	}
	answer := memberRoles{List: make([]memberRole, len(found))}
	for i, role := range found {
		answer.List[i] = memberRole{r.Users[i], role.String()}
	}
	return &answer, nil
}
