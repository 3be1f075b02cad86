package group

import (
	"context"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// invited lie under the groups that ask a user whether they want to join, in the user's
// shard: hints to be checked, which expire with the requests.
var invited = ledger.Table(record.InvitedTo, func(*record.Fields, *listed) {})

// maxInvited bounds the groups whose invitations a user is shown at once.
const maxInvited = 500

// consents reports whether invited users are asked. Backends add.
func (t *Turn) consents() bool {
	return t.rank != grouptype.RankApp && t.app.Switches.InviteeConsent[t.group.Type]
}

// askInvitees leaves the caller's invitations with the invitees, with a notice for each that
// is new.
func (t *Turn) askInvitees(ctx context.Context, them []chat.UserID) error {
	for _, u := range them {
		a, repeated, err := t.waiting(ctx, requestKey{Group: t.group.ID, Newcomer: u, Kind: chat.AskInvitee})
		switch {
		case err != nil:
			return err
		case repeated: // who invited first hears of the answer
			continue
		}
		t.file(a)
		row := invited.Row(string(a.Group), &listed{})
		row.Expires = t.Sec() + int64(requestLife.Seconds())
		t.Mirror(chat.UserShard(t.app.ID, u), row)
		t.addNotice(u, chat.Notice{Kind: chat.NoticeInvited, JoinRequest: a.ID})
	}
	return nil
}

// mayAnswer decides whether the caller may answer a request: the invitee alone, or who
// approves.
func (t *Turn) mayAnswer(key requestKey) error {
	if key.Kind != chat.AskInvitee {
		return t.May(grouptype.Approve)
	}
	if t.by.User != key.Newcomer {
		return chat.Refuse(chat.CodeGroupNotAllowed, "only the invitee answers")
	}
	return nil
}

// meant is the key of the request that a caller means who names it by group and applicant:
// the applicant's own, or their invitation to the caller.
func (r reader) meant(ctx context.Context, by chat.Actor, ref chat.JoinRequestRef) (requestKey, error) {
	key := requestKey{Group: ref.Group, Newcomer: by.User, Kind: chat.AskInvitee}
	q, err := r.request(ctx, by.App, key)
	if err == nil && q != nil && q.Applicant == ref.Applicant {
		return key, nil
	}
	return requestKey{Group: ref.Group, Newcomer: ref.Applicant, Kind: chat.ApplyToJoin}, err
}

// withInvited adds to the caller's groups those that ask them whether they want to join.
func (p *requestPage) withInvited(ctx context.Context, mine []chat.Membership) ([]chat.Membership, error) {
	_, keys, err := invited.Page(ctx, p.read, chat.UserShard(p.app.ID, p.by.User), "", "", maxInvited)
	if err != nil || len(keys) == 0 {
		return mine, err
	}
	for _, k := range keys {
		mine = append(mine, chat.Membership{Group: chat.GroupID(k)})
	}
	slices.SortStableFunc(mine, func(a, b chat.Membership) int { return strings.Compare(string(a.Group), string(b.Group)) })
	return slices.CompactFunc(mine, func(a, b chat.Membership) bool { return a.Group == b.Group }), nil
}

// own adds the invitation that a group has for the caller, if there is one.
func (p *requestPage) own(ctx context.Context, g *chat.Group) error {
	if p.after.Group == g.ID && p.after.Newcomer != "" || p.limit == 0 {
		return nil
	}
	q, err := p.read.request(ctx, p.app.ID, requestKey{Group: g.ID, Newcomer: p.by.User, Kind: chat.AskInvitee})
	if err != nil || q == nil {
		return err
	}
	if len(p.list) == p.limit {
		p.next = p.list[len(p.list)-1].ID
		return nil
	}
	return p.add(ctx, g, q)
}
