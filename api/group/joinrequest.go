package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

func joinRequestRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "", "group.join", api.Anyone, joinGroup).
			Shows(`{"GroupId":"tea","ApplyMsg":"I like tea"}`),
		api.Row(api.GroupService, "", "group.requests", api.Anyone, requests).
			Shows(`{"GroupId":"tea","Limit":20}`),
		api.Row(api.GroupService, "", "group.approve", api.Anyone, approve).
			Shows(`{"GroupId":"tea","Applicant_Account":"bob","Action":"Approve"}`),
	}
}

type joining struct {
	ID   chat.GroupID `wire:"!GroupId"`
	Text string       `wire:"ApplyMsg"`
}

// joined: 0 when the request waits.
type joined struct {
	Joined int `json:"Joined"`
}

func joinGroup(ctx context.Context, c *api.Call, r *joining) (*joined, error) {
	in, err := c.Core.Group.Join(ctx, c.By, r.ID, r.Text)
	if err != nil {
		return nil, err
	}
	return &joined{wire.Bit(in)}, nil
}

type requestQuery struct {
	ID    chat.GroupID `wire:"GroupId"`
	Limit *uint32      `wire:"Limit"`
	Next  string       `wire:"Next"`
}

// requestList is a page of requests to join.
type requestList struct {
	list []byte
	next string
}

// Shape implements api.Shaped.
func (*requestList) Shape() any {
	return struct {
		List []request `json:"Requests"`
		Next string    `json:"Next"`
	}{}
}

// request is what appendRequest writes.
type request struct {
	ID        string       `json:"ApplicationId"`
	Group     chat.GroupID `json:"GroupId"`
	Name      string       `json:"GroupName"`
	Kind      uint64       `json:"Type"`
	Applicant chat.UserID  `json:"Applicant_Account"`
	Nick      string       `json:"Nick"`
	FaceURL   string       `json:"FaceUrl,omitempty"`
	Invitee   chat.UserID  `json:"Invitee,omitempty"`
	Text      string       `json:"ApplyMsg"`
	Time      int64        `json:"Time"`
	Handled   uint64       `json:"Handled"`
	Result    uint64       `json:"Result"`
}

func (l *requestList) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "Requests"), '[')
	dst = append(dst, l.list...)
	dst = append(dst, ']')
	return wire.PutText(dst, "Next", l.next)
}

func requests(ctx context.Context, c *api.Call, r *requestQuery) (*requestList, error) {
	return api.Fitting(c.Room, api.PageSize(r.Limit), func(most int) (*requestList, int, int, error) {
		list, next, err := c.Core.Group.JoinRequests(ctx, c.By, r.ID, most, r.Next)
		if err != nil {
			return nil, 0, 0, err
		}
		answer := requestList{next: next}
		for i := range list {
			if i > 0 {
				answer.list = append(answer.list, ',')
			}
			answer.list = appendRequest(answer.list, &list[i], c.By.User)
		}
		return &answer, len(list), len(answer.list), nil
	})
}

// appendRequest writes a request to join (spec/00 §5). Handled tells viewer
// whether the answer was their own; Result is 1 when it was yes: a choice.
func appendRequest(dst []byte, a *chat.JoinRequestView, viewer chat.UserID) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "ApplicationId", a.ID)
	dst = wire.PutText(dst, "GroupId", a.Group)
	dst = wire.PutText(dst, "GroupName", a.GroupName)
	dst = wire.PutUint(dst, "Type", uint64(a.Kind))
	dst = wire.PutText(dst, "Applicant_Account", a.Applicant)
	dst = wire.PutText(dst, "Nick", a.Nick)
	dst = wire.PutTextIf(dst, "FaceUrl", a.FaceURL)
	if a.Kind != chat.ApplyToJoin {
		dst = wire.PutText(dst, "Invitee", a.Newcomer)
	}
	dst = wire.PutText(dst, "ApplyMsg", a.Text)
	dst = wire.PutInt(dst, "Time", a.Time)
	handled := uint64(0)
	switch {
	case a.Open():
	case a.HandledBy == viewer:
		handled = 2
	default:
		handled = 1
	}
	dst = wire.PutUint(dst, "Handled", handled)
	dst = wire.PutBit(dst, "Result", a.Accepted)
	return append(dst, '}')
}

// approval names the request by its id, or a waiting applicant by group and
// name.
type approval struct {
	Application string       `wire:"ApplicationId"`
	Group       chat.GroupID `wire:"GroupId"`
	Applicant   chat.UserID  `wire:"Applicant_Account"`
	Action      *decision    `wire:"!Action"`
	Msg         string       `wire:"Msg"`
}

// decision is "Approve" or "Refuse".
type decision bool

func (d *decision) ReadWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	*d = s == "Approve"
	return ok && (s == "Approve" || s == "Refuse")
}

func (*decision) TypeInJSON() string { return "text" }

// Words implements api.Worded.
func (*decision) Words() []string { return []string{"Approve", "Refuse"} }

func approve(ctx context.Context, c *api.Call, r *approval) (*api.None, error) {
	if r.Application == "" && (r.Group == "" || r.Applicant == "") {
		return nil, chat.Refuse(chat.CodeGroupParameter, "ApplicationId, or GroupId and Applicant_Account, are needed")
	}
	ref := chat.JoinRequestRef{ID: r.Application, Group: r.Group, Applicant: r.Applicant}
	return nil, c.Core.Group.Approve(ctx, c.By, ref, bool(*r.Action), r.Msg)
}
