package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coregroup "github.com/teahouse-im/teahouse/chat/group"
)

// importRows are the commands that bring in what was elsewhere (spec/22a §16, §17);
// messages are imported in package message.
func importRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "import_group", "", api.Admins, importGroup),
		api.Row(api.GroupService, "import_group_member", "", api.Admins, importMembers),
	}
}

// oldGroup is create_group's request without members, and CreateTime.
type oldGroup struct {
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
	SupportTopic int               `wire:"SupportTopic"`
	Created      uint32            `wire:"CreateTime"`
}

func importGroup(ctx context.Context, c *api.Call, r *oldGroup) (*createdGroup, error) {
	d := chat.GroupDraft{
		ID: r.ID, Type: chat.GroupType(r.Type), Name: r.Name, Introduction: r.Introduction,
		Notification: r.Notification, FaceURL: r.FaceURL, Owner: r.Owner, MaxMembers: memberLimit(r.MaxMembers),
		ApplyJoin: r.ApplyJoin, InviteJoin: r.InviteJoin, Custom: api.PairMap(r.Custom),
		SupportTopic: r.SupportTopic == 1,
	}
	g, err := c.Core.Group.Import(ctx, c.By, d, int64(r.Created))
	if err != nil {
		return nil, err
	}
	return created(c, g), nil
}

type oldMember struct {
	User   chat.UserID `wire:"!Member_Account"`
	Role   string      `wire:"Role"`
	Joined uint32      `wire:"JoinTime"`
	Unread uint32      `wire:"UnreadMsgNum"`
}

type oldMembers struct {
	ID   chat.GroupID `wire:"!GroupId"`
	List []oldMember  `wire:"!MemberList"`
}

func importMembers(ctx context.Context, c *api.Call, r *oldMembers) (*addedList, error) {
	list := make([]coregroup.ImportedMember, len(r.List))
	for i, m := range r.List {
		if m.Role != "" && m.Role != chat.RoleAdmin.String() && m.Role != chat.RoleMember.String() {
			return nil, chat.Refuse(chat.CodeGroupParameter, "Role of %s is not Admin", m.User)
		}
		list[i] = coregroup.ImportedMember{
			User: m.User, Admin: m.Role == chat.RoleAdmin.String(), Joined: int64(m.Joined), Unread: uint64(m.Unread),
		}
	}
	results, err := c.Core.Group.ImportMembers(ctx, c.By, r.ID, list)
	if err != nil {
		return nil, err
	}
	return addedOf(results), nil
}
