package group

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// A member wants the messages of a topic as those of its community, until they have set a
// receive option for the topic (spec/21 §6).

// topicFlag is such an option. It counts while its member belongs to the community since
// then, in Unix seconds.
type topicFlag struct {
	Flag   chat.ReceiveOption
	Joined int64
}

// topicFlags lie under their users in the shard of the topic. topicFlagsOf mirror them in
// the shards of the users, under the topics.
var (
	topicFlags = ledger.Table(record.TopicFlag, func(f *record.Fields, v *topicFlag) {
		record.Text(f, 1, &v.Flag, chat.AcceptAndNotify, chat.AcceptNotNotify, chat.Discard)
		record.Int(f, 2, &v.Joined)
	}).MirroredBy(func(s chat.Shard, key string, _ *topicFlag) []chat.RowAsk {
		return []chat.RowAsk{topicFlagsOf.Ask(chat.UserShard(s.App, chat.UserID(key)), string(s.Conv().Group()))}
	})
	topicFlagsOf = ledger.Table(record.TopicFlagOf, func(*record.Fields, *listed) {})
)

// maxTopicFlags bounds how many topics with options of one user's own are looked at: a
// choice.
const maxTopicFlags = 1000

// setTopicFlag is ModifyMember in a topic, of which members have no other fields.
func (s *Service) setTopicFlag(ctx context.Context, by chat.Actor, id chat.GroupID, u chat.UserID, p chat.MemberPatch) error {
	if p.Flag == nil || p.Role != nil || p.NameCard != nil || p.Mute != nil || len(p.Custom) > 0 {
		return errTopicMembers
	}
	return s.alter(ctx, by, id, func(ctx context.Context, t *Turn) error {
		m, err := t.subject(ctx, u, p)
		if err != nil {
			return err
		}
		if err := t.mayPatch(&p, m); err != nil {
			return err
		}
		was, err := t.flagIn(ctx, t.app.ID, id, &m)
		if err != nil || was == *p.Flag {
			return err
		}
		topicFlags.Put(t.Turn, string(u), &topicFlag{*p.Flag, m.Joined})
		t.Mirror(chat.UserShard(t.app.ID, u), topicFlagsOf.Row(string(id), &listed{}))
		t.accepts(u, *p.Flag)
		return nil
	})
}

// flagIn is how a member wants the messages of a topic of their community.
func (r reader) flagIn(ctx context.Context, app chat.AppID, topic chat.GroupID, m *chat.Member) (chat.ReceiveOption, error) {
	own, err := topicFlags.Get(ctx, r, chat.GroupShard(app, topic), string(m.User))
	if err != nil || own == nil || own.Joined != m.Joined {
		return m.Flag, err
	}
	return own.Flag, nil
}

// dropFlag takes away what a user who leaves a topic has set for it.
func dropFlag(ctx context.Context, t *ledger.Turn, u chat.UserID) error {
	has, err := topicFlags.Has(ctx, t.Read, t.Shard, string(u))
	if err != nil || !has {
		return err
	}
	topicFlags.Remove(t, string(u))
	t.Mirror(chat.UserShard(t.Shard.App, u), topicFlagsOf.Gone(string(t.Shard.Conv().Group())))
	return nil
}

// endFlags takes away what a user, who is in no group any more, has set for topics: leaving
// does so too, unless the server was killed meanwhile.
func (s *Service) endFlags(ctx context.Context, app chat.AppID, u chat.UserID) error {
	after := ""
	for {
		_, keys, err := topicFlagsOf.Page(ctx, s.read, chat.UserShard(app, u), "", after, maxTopicFlags)
		if err != nil {
			return err
		}
		for _, k := range keys {
			err := s.ledger.Change(ctx, chat.GroupShard(app, chat.GroupID(k)), 0, func(ctx context.Context, t *ledger.Turn) error {
				return dropFlag(ctx, t, u)
			})
			if err != nil {
				return err
			}
			after = k
		}
		if len(keys) < maxTopicFlags {
			return nil
		}
	}
}

// TopicFlags lists the topics for which a user has set an option of their own, as if they
// were members of each; in are the groups they are in.
func (s *Service) TopicFlags(ctx context.Context, app chat.AppID, u chat.UserID, in []chat.Membership) ([]chat.Membership, error) {
	homes := map[chat.GroupID]chat.Membership{}
	for _, m := range in {
		if grouptype.Of(m.Type).Topics {
			homes[m.Group] = m
		}
	}
	if len(homes) == 0 {
		return nil, nil
	}
	_, keys, err := topicFlagsOf.Page(ctx, s.read, chat.UserShard(app, u), "", "", maxTopicFlags)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	asks := make([]chat.RowAsk, len(keys))
	for i, k := range keys {
		asks[i] = topicFlags.Ask(chat.GroupShard(app, chat.GroupID(k)), string(u))
	}
	rows, err := topicFlags.Of(ctx, s.read, asks)
	if err != nil {
		return nil, err
	}
	var list []chat.Membership
	for i, own := range rows {
		m, in := homes[chat.GroupID(keys[i]).Home()]
		switch {
		case own == nil: // the topic is gone
			s.forget(app, chat.GroupID(keys[i]), u, topicFlags.Has, topicFlagsOf.Gone)
		case in && own.Joined == m.Joined:
			m.Group, m.Flag = chat.GroupID(keys[i]), own.Flag
			list = append(list, m)
		}
	}
	return list, nil
}
