package api

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// maxMuted bounds one forbid_send_msg (spec/22a §13).
const maxMuted = 500

func muteRows() []*Command {
	return []*Command{
		row(groupSvc, "forbid_send_msg", "group.mute", Anyone, muteMembers),
		row(groupSvc, "get_group_muted_account", "group.muted", Anyone, mutedMembers),
		row(groupSvc, "get_group_shutted_uin", "", Admins, shuttedMembers),
	}
}

type muting struct {
	ID    chat.GroupID  `wire:"!GroupId"`
	Users []chat.UserID `wire:"!Members_Account"`
	Time  *uint32       `wire:"!MuteTime,ShutUpTime"`
}

func muteMembers(ctx context.Context, c *Call, r *muting) (*none, error) {
	if err := batchOf(len(r.Users), maxMuted); err != nil {
		return nil, err
	}
	return nil, c.svc.MuteMembers(ctx, c.By, r.ID, r.Users, *r.Time)
}

// mutedList is the answer of both commands that list mutes, each in its own
// names (spec/22a §14).
type mutedList struct {
	id          chat.GroupID
	mutes       []chat.Mute
	list, until string
}

func (m *mutedList) appendMembers(dst []byte) []byte {
	dst = wire.PutText(dst, "GroupId", m.id)
	dst = append(wire.PutName(dst, m.list), '[')
	for i, one := range m.mutes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		dst = wire.PutText(dst, "Member_Account", one.User)
		dst = append(wire.PutName(dst, m.until), strconv.FormatInt(one.Until, 10)...)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func mutedMembers(ctx context.Context, c *Call, r *groupRef) (*mutedList, error) {
	mutes, err := c.svc.MutedMembers(ctx, c.By, r.ID)
	if err != nil {
		return nil, err
	}
	return &mutedList{r.ID, mutes, "MutedAccountList", "MutedUntil"}, nil
}

func shuttedMembers(ctx context.Context, c *Call, r *groupRef) (*mutedList, error) {
	mutes, err := c.svc.MutedMembers(ctx, c.By, r.ID)
	if err != nil {
		return nil, err
	}
	return &mutedList{r.ID, mutes, "ShuttedUinList", "ShuttedUntil"}, nil
}
