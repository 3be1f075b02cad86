package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// topicWork is what a change of a community leaves to do in its topics before the call
// answers.
type topicWork struct {
	moved bool           // who hears of them has changed
	again bool           // what is under way there is to be decided again
	left  []chat.UserID  // who is in them no more
	gone  []chat.GroupID // all of them: they ended with the community
}

// binds says that somebody may do less than before.
func (t *Turn) binds() { t.topics.again = t.topics.again || t.group.SupportTopic }

// moves reports whether the commit changes who hears of a community's topics.
func (t *Turn) moves() bool {
	c := t.Commit
	return t.group.SupportTopic && len(c.Arrived)+len(c.Left)+len(c.Wishes) > 0
}

// endTopics takes away the topics of a community that is disbanded, in the same commit:
// a crash leaves of them at most messages that nobody reaches.
func (t *Turn) endTopics(ctx context.Context) error {
	if !t.group.SupportTopic {
		return nil
	}
	ids, err := t.topicNames(ctx, t.app.ID, t.group.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		t.Mirror(chat.GroupShard(t.app.ID, id), groups.Gone(""))
	}
	t.topics.gone = ids
	return nil
}

// follow does what a change of a community has left to do. What is decided in a topic is
// decided under the revision of its own rules, so that has to move.
func (s *Service) follow(ctx context.Context, app chat.AppID, home chat.GroupID, w topicWork) error {
	switch {
	case len(w.gone) > 0:
		return s.clear(ctx, app, w.gone)
	case !w.again && !w.moved:
		return nil
	}
	ids, err := s.read.topicNames(ctx, app, home)
	if err != nil || len(ids) == 0 {
		return err
	}
	if w.moved {
		if err := s.delivered(ctx, chat.GroupShard(app, home)); err != nil {
			return err
		}
	}
	if !w.again {
		return nil
	}
	return s.ledger.ChangeAll(ctx, topicShards(app, ids), func(ctx context.Context, t *ledger.Turn) error {
		t.Commit.Raise = true
		return leave(ctx, t, w.left)
	})
}

// delivered waits until what is durable in a shard has been handed to delivery, which a
// lane does right after it has answered: what is said in a topic next has a lane of its own.
func (s *Service) delivered(ctx context.Context, shard chat.Shard) error {
	return s.ledger.Share(ctx, shard, 0, 0, func(context.Context, *ledger.Turn) error { return nil })
}

func topicShards(app chat.AppID, ids []chat.GroupID) []chat.Shard {
	shards := make([]chat.Shard, len(ids))
	for i, id := range ids {
		shards[i] = chat.GroupShard(app, id)
	}
	return shards
}

// leave notes where those stand who leave a topic, if they have read or said anything in
// it: should they come back, they count from there what is their own. What they have set for
// the topic ends.
func leave(ctx context.Context, t *ledger.Turn, users []chat.UserID) error {
	for _, u := range users {
		if err := dropFlag(ctx, t, u); err != nil {
			return err
		}
	}
	if t.Head.Seq == 0 {
		return nil
	}
	convs := []chat.Conversation{t.Shard.Conv()}
	for _, u := range users {
		mark, err := t.Read.Mark(ctx, convs[0], u)
		if err != nil {
			return err
		}
		said, err := t.Read.Senders(ctx, convs, u)
		if err != nil {
			return err
		}
		if err := t.LeaveView(ctx, u); err != nil {
			return err
		}
		if mark != (chat.ReadMark{User: u}) || said[0].LastSeq > 0 {
			t.SetMark(u, 0)
		}
	}
	return nil
}

// clear drops what is left in the shards of topics that are gone. One that has been made
// anew since stays.
func (s *Service) clear(ctx context.Context, app chat.AppID, ids []chat.GroupID) error {
	read := s.read
	return s.ledger.ChangeAll(ctx, topicShards(app, ids), func(ctx context.Context, base *ledger.Turn) error {
		r := reader{Reader: base.Read, rooms: read.rooms}
		own, _, err := r.topicRows(ctx, app, base.Shard.Conv().Group())
		base.Commit.Drop = err == nil && own == nil
		return err
	})
}
