package live

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// Bounds of the list of those online (spec/22b §12).
const (
	onlineListed    = 1000 // who can be listed, the newest, with the switch LiveMemberList
	onlineListedFew = 30   // without it
	maxOnlinePage   = 500
	maxMarkedAtOnce = 500
)

// enter finds a group that must be an AVChatRoom, or another type without stored
// members, and whose profile by may read: 10007 for the rest.
func (s *Service) enter(ctx context.Context, by chat.Actor, id chat.GroupID) (*group.Seat, error) {
	seat, err := s.groups.Enter(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if !seat.Live() {
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "for AVChatRooms only")
	}
	return seat, seat.May(grouptype.ReadProfile)
}

// OnlineNum counts who is online in an AVChatRoom, as of now (spec/22b §12). Users who may
// read its profile may ask.
func (s *Service) OnlineNum(ctx context.Context, by chat.Actor, id chat.GroupID) (int, error) {
	seat, err := s.enter(ctx, by, id)
	if err != nil {
		return 0, err
	}
	return s.rooms.Count(seat.Group.Conv(), s.read.NowSec()), nil
}

// OnlineQuery pages the viewers of an AVChatRoom, those who came last first.
type OnlineQuery struct {
	Before int64 // what the page before said comes next; 0: the first page
	Mark   int   // those with this mark only; 0: all but those with mark 600
	Limit  int   // at most 500; 0: that
}

// OnlineMember is a viewer of an AVChatRoom.
type OnlineMember struct {
	chat.Person
	Joined int64 // Unix seconds
	Marks  []int // ascending
}

// OnlineMembers lists who watches an AVChatRoom, for administrators of the app
// (spec/22b §12): the newest 1,000, or 30 without the switch LiveMemberList. next asks for
// those behind the page, 0 when there are none.
func (s *Service) OnlineMembers(ctx context.Context, by chat.Actor, id chat.GroupID, q OnlineQuery) (list []OnlineMember, next int64, err error) {
	seat, err := s.enter(ctx, by, id)
	if err != nil {
		return nil, 0, err
	}
	if !by.Admin() {
		return nil, 0, chat.Refuse(chat.CodeGroupNotAllowed, "for administrators of the app")
	}
	among := onlineListedFew
	if seat.App.Switches.LiveMemberList {
		among = onlineListed
	}
	most := chat.PageSize(q.Limit, maxOnlinePage, maxOnlinePage)
	page := s.rooms.Newest(seat.Group.Conv(), audience.Query{Before: q.Before, Mark: q.Mark, Among: among, Limit: most + 1})
	if len(page) > most {
		page, next = page[:most], page[most-1].Came
	}
	for _, v := range page {
		list = append(list, OnlineMember{Person: chat.Person{User: v.User}, Joined: v.Came / 1e6, Marks: v.Marks})
	}
	return list, next, s.introduce(ctx, by.App, list)
}

// introduce adds names and pictures.
func (s *Service) introduce(ctx context.Context, app chat.AppID, list []OnlineMember) error {
	users := make([]chat.UserID, len(list))
	for i := range list {
		users[i] = list[i].User
	}
	accounts, err := s.read.Accounts(ctx, app, users)
	if err != nil {
		return err
	}
	for i, acc := range accounts {
		if acc != nil {
			list[i].Nick, list[i].FaceURL = acc.Nick, acc.FaceURL
		}
	}
	return nil
}

// MarkMembers sets or removes marks of at most 500 viewers of an AVChatRoom (spec/22b
// §12): 1000 and above are for its owner and for administrators of the app, 500 and 600 for
// the latter; others are refused (10004). A room has at most 10 marks, each for at most 1,000
// viewers. It returns those that were done; 10001 when none of the named watches.
func (s *Service) MarkMembers(ctx context.Context, by chat.Actor, id chat.GroupID, set bool, list []audience.Marking) ([]audience.Marking, error) {
	seat, err := s.enter(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if seat.Rank < chat.RoleOwner {
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "only the owner marks viewers")
	}
	if len(list) > maxMarkedAtOnce {
		return nil, chat.Refuse(chat.CodeGroupBatch, "more than %d viewers", maxMarkedAtOnce)
	}
	for _, m := range list {
		if err := checkMarks(by, m.Marks); err != nil {
			return nil, err
		}
	}
	done, watched := s.rooms.Mark(seat.Group.Conv(), set, list, s.read.NowSec())
	if len(list) > 0 && !watched {
		return nil, chat.Refuse(chat.CodeGroupNotOnline, "")
	}
	return done, nil
}

func checkMarks(by chat.Actor, list []int) error {
	if len(list) == 0 || len(list) > audience.MaxMarks {
		return chat.Refuse(chat.CodeGroupParameter, "Marks: 1 to %d of them", audience.MaxMarks)
	}
	for _, m := range list {
		switch {
		case m >= audience.MarkOwn:
		case m != audience.MarkOnline && m != audience.MarkHidden:
			return chat.Refuse(chat.CodeGroupParameter, "Marks: %d is not in use", m)
		case !by.Admin():
			return chat.Refuse(chat.CodeGroupNotAllowed, "mark %d is for administrators of the app", m)
		}
	}
	return nil
}
