package group

import (
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire/wiretest"
)

func TestJoinRequests(t *testing.T) {
	view := func(a chat.JoinRequest) chat.JoinRequestView {
		a.ID, a.Group, a.Time = "AAB", "g", 1700000000
		return chat.JoinRequestView{JoinRequest: &a, GroupName: "Tea", Nick: "B\u00f6b"}
	}
	list := requestList{next: "AAC"}
	for i, a := range []chat.JoinRequest{
		{Newcomer: "bob", Applicant: "bob", Text: "let me in"},
		{Kind: chat.InviteToJoin, Newcomer: "cid", Applicant: "bob"},
		{Newcomer: "bob", Applicant: "bob", HandledAt: 1, HandledBy: "alice", Accepted: true},
		{Newcomer: "bob", Applicant: "bob", HandledAt: 1, HandledBy: "carol"},
	} {
		if i > 0 {
			list.list = append(list.list, ',')
		}
		v := view(a)
		list.list = appendRequest(list.list, &v, "alice")
	}
	wiretest.Golden(t, "requests", append(list.AppendMembers([]byte("{")), '}'))
}
