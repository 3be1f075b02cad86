package people

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// AnswerFriend answers a request that somebody has made to the caller. remark is for the
// caller's own list. 30614 when there is no request; 30010 or 30014 when one of the lists is
// full, and the request waits on.
func (s *Service) AnswerFriend(ctx context.Context, by chat.Actor, from chat.UserID, a chat.FriendAnswer, remark string) error {
	app, owner, err := s.ownList(ctx, by, "")
	if err != nil {
		return err
	}
	if len(remark) > chat.MaxRemark {
		return badRemark()
	}
	shard := chat.UserShard(by.App, owner)
	if has, err := requests.Has(ctx, s.read, shard, waitsIn+string(from)); err != nil {
		return err
	} else if !has {
		return chat.Refuse(chat.CodeNoFriendRequest, "")
	}
	n := chat.NewFriend{User: from, Remark: remark}
	if err := s.askAnswer(ctx, app, by, owner, &n, a); err != nil {
		return err
	}
	if err := s.settle(ctx, by.App, owner); err != nil {
		return err
	}
	err = s.ledger.Change(ctx, shard, 0, func(ctx context.Context, t *ledger.Turn) error {
		return answer(ctx, t, app, by, &n, a)
	})
	if err != nil || a == chat.RejectFriend {
		return err
	}
	return s.half(ctx, by.App, owner, from)
}

// answer does the first half of an answer: the request becomes a debt to who asked, whose
// list is next.
func answer(ctx context.Context, t *ledger.Turn, app *chat.App, by chat.Actor, n *chat.NewFriend, a chat.FriendAnswer) error {
	l, err := openListing(ctx, t, app)
	if err != nil {
		return err
	}
	both, err := t.Read.Accounts(ctx, app.ID, []chat.UserID{n.User, l.owner()})
	if err != nil {
		return err
	}
	r, err := requests.Get(ctx, t.Read, t.Shard, waitsIn+string(n.User))
	switch {
	case err != nil:
		return err
	case r == nil || both[0] == nil || both[1] == nil || both[0].Holder != r.From || both[1].Holder != r.To:
		return chat.Refuse(chat.CodeNoFriendRequest, "")
	}
	defer l.close()
	if a == chat.RejectFriend {
		l.dropRequest(n.User)
		return nil
	}
	return l.agree(ctx, both, r, by, n, a)
}

func (l *listing) agree(ctx context.Context, both []*chat.Account, r *requestRow, by chat.Actor, n *chat.NewFriend, a chat.FriendAnswer) error {
	from, me := both[0], both[1]
	if err := l.mayBefriend(ctx, from.User); err != nil {
		return err
	}
	o := &owed{
		Owner: me.Holder, Other: from.Holder, Remark: r.Remark, Source: r.Source, Group: r.Group, Wording: r.Wording, Added: l.Sec(),
		Tell: &chat.RelationChange{Cmd: "friend_response", Owner: from.User},
	}
	if a == chat.AgreeAndAdd {
		row, err := l.friendRow(ctx, from)
		if err != nil {
			return err
		}
		if row == nil {
			if l.full() {
				return chat.Refuse(chat.CodeFriendsFull, "")
			}
			n.Source, n.Wording = r.Source, r.Wording
			if err := l.befriend(ctx, from, n); err != nil {
				return err
			}
			o.Tell.Pairs = []chat.RelationPair{{From: me.User, To: from.User, Initiator: from.User}}
		}
	}
	l.dropRequest(from.User)
	l.owe(from.User, o.calledBy(by))
	return nil
}

// mayBefriend reports why nobody may put the owner of the list and a peer into each other's
// lists: a block, or that the peer's list is full.
func (l *listing) mayBefriend(ctx context.Context, peer chat.UserID) error {
	theirs := chat.UserShard(l.app.ID, peer)
	mine, err := blocks.Has(ctx, l.Read, l.Shard, string(peer))
	if err != nil {
		return err
	}
	their, err := blocks.Has(ctx, l.Read, theirs, string(l.owner()))
	if err != nil {
		return err
	}
	state, err := relationsOf(ctx, l.Read, theirs)
	if err != nil {
		return err
	}
	has, err := friends.Has(ctx, l.Read, theirs, string(l.owner()))
	switch most := l.app.Limits.Friends; {
	case err != nil:
		return err
	case mine:
		return chat.Refuse(chat.CodeIsBlocked, "")
	case their:
		return chat.Refuse(chat.CodeHasBlocked, "")
	case !has && most >= 0 && state.Friends >= most:
		return chat.Refuse(chat.CodePeerFriendsFull, "")
	}
	return nil
}
