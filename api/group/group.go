package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// createPackets is what a creation counts as: several commits, and shards that stay.
const createPackets = 50

// profileRows are the commands about a group as a whole.
func profileRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "create_group", "group.create", api.Anyone, createGroup).Weighs(createPackets).
			Shows(`{"Type":"Public","Name":"Tea","GroupId":"tea","MemberList":[{"Member_Account":"bob"}]}`),
		api.Row(api.GroupService, "get_group_info", "group.get", api.Anyone, groupInfo).Takes("GroupIdList", 1, maxGroups).
			Shows(`{"GroupIdList":["tea"]}`),
		api.Row(api.GroupService, "get_appid_group_list", "", api.Admins, groupList).AtMost(groupListRate),
		api.Row(api.GroupService, "modify_group_base_info", "group.update", api.Anyone, modifyGroup).
			Shows(`{"GroupId":"tea","Notification":"Closed on Mondays"}`),
		api.Row(api.GroupService, "change_group_owner", "group.transfer", api.Anyone, changeOwner).
			Shows(`{"GroupId":"tea","NewOwner_Account":"bob"}`),
		api.Row(api.GroupService, "destroy_group", "group.destroy", api.Anyone, destroyGroup).
			Shows(`{"GroupId":"tea"}`),
		api.Row(api.GroupService, "", "group.muteall", api.Anyone, muteAll).
			Shows(`{"GroupId":"tea","MuteAllMember":"On"}`),
		api.Row(api.GroupService, "", "group.quit", api.Anyone, quitGroup).
			Shows(`{"GroupId":"tea"}`),
	}
}

// switchText is "On" or "Off".
type switchText bool

func (s *switchText) ReadWire(value []byte) bool {
	v, ok := wire.ReadText(value)
	*s = v == "On"
	return ok && (v == "On" || v == "Off")
}

func (*switchText) TypeInJSON() string { return "text" }

// Words implements api.Worded.
func (*switchText) Words() []string { return []string{"On", "Off"} }

// typeName is a group type in either spelling.
type typeName chat.GroupType

func (t *typeName) ReadWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	if !ok {
		return false
	}
	known, ok := chat.ParseGroupType(s)
	*t = typeName(known)
	return ok
}

func (*typeName) Wanted() string { return "Work, Public, Meeting, AVChatRoom or Community" }

// Words implements api.Worded.
func (*typeName) Words() []string {
	var words []string
	for _, t := range chat.GroupTypes() {
		words = append(words, string(t))
		if old := t.WireName(false); old != string(t) {
			words = append(words, old)
		}
	}
	return words
}

// typeFilter is a type to filter by: a name that is none matches nothing
// rather than being refused, since BChatRoom is a filter of old clients (spec/20 §1).
type typeFilter chat.GroupType

func (t *typeFilter) ReadWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	*t = typeFilter(s)
	if known, is := chat.ParseGroupType(s); is {
		*t = typeFilter(known)
	}
	return ok
}

type newGroup struct {
	Type         typeName          `wire:"!Type"`
	Name         string            `wire:"!Name"`
	Owner        chat.UserID       `wire:"Owner_Account"`
	ID           chat.GroupID      `wire:"GroupId"`
	Introduction string            `wire:"Introduction"`
	Notification string            `wire:"Notification"`
	FaceURL      string            `wire:"FaceUrl"`
	MaxMembers   *uint32           `wire:"MaxMemberCount,MaxMemberNum"`
	ApplyJoin    chat.JoinOption   `wire:"ApplyJoinOption"`
	InviteJoin   chat.InviteOption `wire:"InviteJoinOption"`
	Custom       []api.Pair        `wire:"AppDefinedData"`
	Members      []newMember       `wire:"MemberList"`
	SupportTopic int               `wire:"SupportTopic"`
	Request      string            `wire:"RequestId"`
}

// RequestID implements api.Repeatable.
func (r *newGroup) RequestID() string { return r.Request }

type newMember struct {
	User   chat.UserID `wire:"!Member_Account"`
	Role   string      `wire:"Role"`
	Custom []api.Pair  `wire:"AppMemberDefinedData"`
}

type createdGroup struct {
	ID   chat.GroupID `json:"GroupId"`
	Type string       `json:"Type,omitempty"`
}

func createGroup(ctx context.Context, c *api.Call, r *newGroup) (*createdGroup, error) {
	if r.Owner != "" && r.Owner != c.By.User && !c.By.Admin() {
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "Owner_Account names another user")
	}
	d := chat.GroupDraft{
		ID: r.ID, Type: chat.GroupType(r.Type), Name: r.Name, Introduction: r.Introduction,
		Notification: r.Notification, FaceURL: r.FaceURL, Owner: r.Owner, MaxMembers: memberLimit(r.MaxMembers),
		ApplyJoin: r.ApplyJoin, InviteJoin: r.InviteJoin, Custom: api.PairMap(r.Custom),
		SupportTopic: r.SupportTopic == 1,
	}
	for _, m := range r.Members {
		one := chat.NewMember{User: m.User, Custom: api.PairMap(m.Custom)}
		if m.Role != "" {
			role, ok := chat.ParseRole(m.Role)
			if !ok {
				return nil, chat.Refuse(chat.CodeGroupParameter, "Role %q is unknown", m.Role)
			}
			one.Role = role
		}
		d.Members = append(d.Members, one)
	}
	g, err := c.Core.Group.Create(ctx, c.By, d)
	if err != nil {
		return nil, err
	}
	return created(c, g), nil
}

// memberLimit is a draft's MaxMembers; a 0 that is given is a limit like every other,
// and below the least.
func memberLimit(given *uint32) int {
	switch {
	case given == nil:
		return 0
	case *given == 0:
		return -1
	}
	return int(*given)
}

func created(c *api.Call, g *chat.Group) *createdGroup {
	answer := createdGroup{ID: g.ID}
	if g.SupportTopic {
		answer.Type = typeOf(c, g)
	}
	return &answer
}

// typeOf is a group's type as the caller wants it spelled: clients know the
// current names, backends the older ones unless the app says otherwise (spec/20 §1).
func typeOf(c *api.Call, g *chat.Group) string {
	return g.Type.WireName(c.App.Switches.NewTypeNames || c.By.Platform != chat.PlatformREST)
}

type groupRef struct {
	ID chat.GroupID `wire:"!GroupId" json:"GroupId"`
}

type modification struct {
	ID           chat.GroupID       `wire:"!GroupId"`
	Name         *string            `wire:"Name"`
	Introduction *string            `wire:"Introduction"`
	Notification *string            `wire:"Notification"`
	FaceURL      *string            `wire:"FaceUrl"`
	MaxMembers   *uint32            `wire:"MaxMemberNum,MaxMemberCount"`
	ApplyJoin    *chat.JoinOption   `wire:"ApplyJoinOption"`
	InviteJoin   *chat.InviteOption `wire:"InviteJoinOption"`
	Custom       []api.Pair         `wire:"AppDefinedData"`
	MuteAll      *switchText        `wire:"MuteAllMember,ShutUpAllMember"`
}

func modifyGroup(ctx context.Context, c *api.Call, r *modification) (*api.None, error) {
	p := chat.GroupPatch{
		Name: r.Name, Introduction: r.Introduction, Notification: r.Notification, FaceURL: r.FaceURL,
		ApplyJoin: r.ApplyJoin, InviteJoin: r.InviteJoin, MuteAll: (*bool)(r.MuteAll), Custom: api.PairMap(r.Custom),
	}
	if r.MaxMembers != nil {
		n := int(*r.MaxMembers)
		p.MaxMembers = &n
	}
	return nil, c.Core.Group.Modify(ctx, c.By, r.ID, p)
}

type muteAllRequest struct {
	ID   chat.GroupID `wire:"!GroupId"`
	Mute *switchText  `wire:"!MuteAllMember,ShutUpAllMember"`
}

func muteAll(ctx context.Context, c *api.Call, r *muteAllRequest) (*api.None, error) {
	return nil, c.Core.Group.Modify(ctx, c.By, r.ID, chat.GroupPatch{MuteAll: (*bool)(r.Mute)})
}

type transfer struct {
	ID chat.GroupID `wire:"!GroupId"`
	To chat.UserID  `wire:"!NewOwner_Account"`
}

func changeOwner(ctx context.Context, c *api.Call, r *transfer) (*api.None, error) {
	return nil, c.Core.Group.Transfer(ctx, c.By, r.ID, r.To)
}

func destroyGroup(ctx context.Context, c *api.Call, r *groupRef) (*api.None, error) {
	return nil, c.Core.Group.Destroy(ctx, c.By, r.ID)
}

func quitGroup(ctx context.Context, c *api.Call, r *groupRef) (*api.None, error) {
	return nil, c.Core.Group.Quit(ctx, c.By, r.ID)
}
