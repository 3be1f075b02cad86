package group

import (
	"cmp"
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// A topic of a community is a group with an id, a row and a conversation of its own
// (spec/20 §9). Members, roles and the mutes that bind everywhere are the community's, which
// the topic's id names.

// topicList mirrors the topics of a community in its shard, under their ids.
var topicList = ledger.Table(record.TopicList, func(*record.Fields, *listed) {})

// topicsRead is how many topics are read at a time.
const topicsRead = 500

// topic is a topic with what its community says, nil when there is none.
func (r reader) topic(ctx context.Context, app chat.AppID, id chat.GroupID) (*chat.Group, error) {
	own, home, err := r.topicRows(ctx, app, id)
	if err != nil || own == nil {
		return nil, err
	}
	return inCommunity(own, home), nil
}

// inCommunity is a topic's row with what its community says.
func inCommunity(own, home *chat.Group) *chat.Group {
	g := *own
	g.Owner, g.Members, g.MaxMembers = home.Owner, home.Members, home.MaxMembers
	g.ApplyJoin, g.InviteJoin = home.ApplyJoin, home.InviteJoin
	g.MuteAll = own.MuteAll || home.MuteAll
	return &g
}

// topicRows are the rows of a topic and its community, nil when there is no such topic:
// one that the community has outlived, under the same id, is none.
func (r reader) topicRows(ctx context.Context, app chat.AppID, id chat.GroupID) (own, home *chat.Group, err error) {
	rows, err := groups.Of(ctx, r, []chat.RowAsk{
		groups.Ask(chat.GroupShard(app, id), ""), groups.Ask(chat.GroupShard(app, id.Home()), ""),
	})
	if err != nil || !belongs(rows[0], rows[1]) {
		return nil, nil, err
	}
	return rows[0], rows[1], nil
}

// belongs reports whether a topic's row is of that community; both may be missing.
func belongs(own, home *chat.Group) bool {
	return own != nil && home != nil && !home.Ended && own.Founded == home.Founded
}

// topicNames lists the ids in a community's list of topics, in byte order.
func (r reader) topicNames(ctx context.Context, app chat.AppID, home chat.GroupID) (ids []chat.GroupID, err error) {
	after := ""
	for {
		_, keys, err := topicList.Page(ctx, r, chat.GroupShard(app, home), "", after, topicsRead)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			ids = append(ids, chat.GroupID(k))
		}
		if len(keys) < topicsRead {
			return ids, nil
		}
		after = keys[len(keys)-1]
	}
}

// topicsOf are the rows of the topics of some communities.
func (r reader) topicsOf(ctx context.Context, homes ...*chat.Group) (list []*chat.Group, err error) {
	for _, home := range homes {
		if home == nil || !home.SupportTopic {
			continue
		}
		ids, err := r.topicNames(ctx, home.App, home.ID)
		if err != nil {
			return nil, err
		}
		asks := make([]chat.RowAsk, len(ids))
		for i, id := range ids {
			asks[i] = groups.Ask(chat.GroupShard(home.App, id), "")
		}
		rows, err := groups.Of(ctx, r, asks)
		if err != nil {
			return nil, err
		}
		for _, own := range rows {
			if belongs(own, home) {
				list = append(list, own)
			}
		}
	}
	return list, nil
}

// joinSeq is Member.JoinSeq in a group's own numbers: in a topic that of the last message
// before the second in which the member joined the community.
func (r reader) joinSeq(ctx context.Context, app chat.AppID, id chat.GroupID, m *chat.Member) (chat.Seq, error) {
	if !id.IsTopic() {
		return m.JoinSeq, nil
	}
	next, err := r.SeqAtTime(ctx, chat.GroupOf(app, id), m.Joined*1000)
	if err != nil {
		return 0, fmt.Errorf("find time: %w", err)
	}
	return next - 1, nil
}

// Topics lists the topics of a user's communities that hold a message, as if the user
// were a member of each.
func (s *Service) Topics(ctx context.Context, app chat.AppID, u chat.UserID, in []chat.Membership) ([]chat.Membership, error) {
	var asks []chat.RowAsk
	member := map[chat.GroupID]chat.Membership{}
	for _, m := range in {
		if grouptype.Of(m.Type).Topics {
			asks = append(asks, groups.Ask(chat.GroupShard(app, m.Group), ""))
			member[m.Group] = m
		}
	}
	if len(asks) == 0 {
		return nil, nil
	}
	homes, err := groups.Of(ctx, s.read, asks)
	if err != nil {
		return nil, err
	}
	topics, err := s.read.topicsOf(ctx, homes...)
	if err != nil {
		return nil, err
	}
	shards := make([]chat.Shard, len(topics))
	for i, g := range topics {
		shards[i] = g.Conv().Shard()
	}
	heads, err := s.read.Heads(ctx, shards)
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	flags, err := s.TopicFlags(ctx, app, u, in)
	if err != nil {
		return nil, err
	}
	own := map[chat.GroupID]chat.ReceiveOption{}
	for _, m := range flags {
		own[m.Group] = m.Flag
	}
	var list []chat.Membership
	for i, g := range topics {
		if heads[i].Seq == 0 {
			continue
		}
		m := member[g.ID.Home()]
		m.Group, m.Flag = g.ID, cmp.Or(own[g.ID], m.Flag)
		if m.JoinSeq, err = s.read.joinedTopic(ctx, g, heads[i], m.Joined); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// joinedTopic is joinSeq where the head is known, which mostly answers already. joined
// is in Unix seconds.
func (r reader) joinedTopic(ctx context.Context, g *chat.Group, head chat.Head, joined int64) (chat.Seq, error) {
	switch {
	case head.Time < joined*1000:
		return head.Seq, nil
	case g.Created > joined:
		return 0, nil
	}
	return r.joinSeq(ctx, g.App, g.ID, &chat.Member{Joined: joined})
}

// hasTopics reports whether a group of a user's is a community with topics.
func (r reader) hasTopics(ctx context.Context, app chat.AppID, m chat.Membership) (bool, error) {
	if !grouptype.Of(m.Type).Topics {
		return false, nil
	}
	g, err := r.stored(ctx, app, m.Group)
	return g != nil && g.SupportTopic, err
}

// addTopics adds up what a member has in the topics of a community.
func (r reader) addTopics(ctx context.Context, j *JoinedGroup, u chat.UserID) error {
	topics, err := r.topicsOf(ctx, j.Group)
	if err != nil {
		return err
	}
	for _, g := range topics {
		v := chat.TopicView{Topic: g}
		if err := r.fillTopic(ctx, &v, u, j.Self.Member); err != nil {
			return err
		}
		j.Said += v.Head.Seq
		j.Read += v.Read
	}
	return nil
}
