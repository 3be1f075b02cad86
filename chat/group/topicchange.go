package group

import (
	"context"
	"errors"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// maxTopicsNamed bounds the topics of one call: as many as a community may have.
const maxTopicsNamed = maxTopics

// ModifyTopic changes a topic, for those who may create one (spec/22b §13). Values equal
// to the present ones change and tell nothing.
func (s *Service) ModifyTopic(ctx context.Context, by chat.Actor, home, id chat.GroupID, p chat.TopicPatch) error {
	if err := inside(home, id); err != nil {
		return err
	}
	if err := checkTopicPatch(&p); err != nil {
		return err
	}
	refused := s.changed(ctx, by.App, &p.Name, &p.Introduction, &p.Notification)
	return s.alter(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := t.May(grouptype.EditTopics); err != nil {
			return err
		}
		if refused != nil {
			return refused
		}
		own, _, err := t.topicRows(ctx, t.app.ID, id)
		if err != nil || own == nil {
			return err
		}
		next := *own
		change := patchTopic(&next, &p)
		muted := set(&next.MuteAll, p.MuteAll)
		if change == (chat.GroupChange{}) && muted == nil {
			return nil
		}
		next.InfoSeq++
		next.InfoTime = t.Sec()
		groups.Put(t.Turn, "", &next)
		return t.tellTopic(ctx, change, muted)
	})
}

// patchTopic applies p and says what has changed of the profile.
func patchTopic(g *chat.Group, p *chat.TopicPatch) chat.GroupChange {
	return chat.GroupChange{
		Name: set(&g.Name, p.Name), Introduction: set(&g.Introduction, p.Introduction),
		Notification: set(&g.Notification, p.Notification), FaceURL: set(&g.FaceURL, p.FaceURL),
		CustomString: set(&g.CustomString, p.CustomString),
	}
}

// tellTopic tells of a changed topic: the members of all, the app of the four fields that
// its webhook has.
func (t *Turn) tellTopic(ctx context.Context, change chat.GroupChange, muted *bool) error {
	told := change
	told.CustomString = nil
	if told != (chat.GroupChange{}) {
		t.Tell(chat.AfterTopicInfo, func(e *chat.Event) { e.Change = &told })
	}
	tips := t.rules().Tips
	var err error
	if change != (chat.GroupChange{}) {
		err = t.addTip(ctx, tips.Profile, chat.Tip{Kind: chat.TipTopicInfo, Change: &change})
	}
	if muted != nil {
		err = errors.Join(err, t.addTip(ctx, tips.Options, chat.Tip{Kind: chat.TipTopicInfo, Change: &chat.GroupChange{MuteAll: muted}}))
	}
	return err
}

// inside refuses a topic that is not one of the community.
func inside(home, id chat.GroupID) error {
	if !id.Valid() || !id.IsTopic() || id.Home() != home {
		return chat.Refuse(chat.CodeBadGroupID, "TopicId is not of a topic of the group")
	}
	return nil
}

// DestroyTopics deletes topics with their history, each with a result of its own: nil, or
// 110003 for one that is not there (spec/22b §13). A fault of ours ends the call.
func (s *Service) DestroyTopics(ctx context.Context, by chat.Actor, home chat.GroupID, list []chat.GroupID) ([]error, error) {
	if n := len(list); n == 0 || n > maxTopicsNamed {
		return nil, chat.Refuse(chat.CodeGroupParameter, "between 1 and %d topics are needed", maxTopicsNamed)
	}
	app, err := s.read.App(by.App)
	if err != nil {
		return nil, err
	}
	if _, err := s.read.editTopics(ctx, app, by, home); err != nil {
		return nil, err
	}
	results := make([]error, len(list))
	for i, id := range list {
		err := inside(home, id)
		if err == nil {
			err = s.destroyTopic(ctx, by, id)
		}
		if chat.IsFault(err) {
			return nil, err
		}
		results[i] = err
	}
	return results, nil
}

func (s *Service) destroyTopic(ctx context.Context, by chat.Actor, id chat.GroupID) error {
	err := s.alter(ctx, by, id, func(ctx context.Context, t *Turn) error {
		if err := t.May(grouptype.EditTopics); err != nil {
			return err
		}
		t.Mirror(chat.GroupShard(t.app.ID, id.Home()), topicList.Gone(string(id)))
		t.addWebhook(chat.AfterTopicGone, "", nil)
		t.Commit.Drop = true
		return t.noticeAll(ctx, chat.NoticeTopicDeleted)
	})
	if chat.CodeOf(err) == chat.CodeNoGroup {
		return chat.Refuse(chat.CodeTopicDeleted, "")
	}
	return err
}

// TopicViews returns topics of a community as one of its members has them: those named,
// each with its own refusal, or all. of "" is the caller; administrators may name another,
// or be none of the members.
func (s *Service) TopicViews(ctx context.Context, by chat.Actor, of chat.UserID, home chat.GroupID, ids []chat.GroupID) ([]chat.TopicView, error) {
	if len(ids) > maxTopicsNamed {
		return nil, chat.Refuse(chat.CodeGroupParameter, "more than %d topics", maxTopicsNamed)
	}
	if of == "" {
		of = by.User
	}
	if of != by.User && !by.Admin() {
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "another user's topics")
	}
	seat, err := s.read.readable(ctx, by, home)
	switch {
	case err != nil:
		return nil, err
	case !seat.Group.SupportTopic:
		return nil, noTopics()
	}
	g := seat.Group
	found, err := s.read.topicsOf(ctx, g)
	if err != nil {
		return nil, err
	}
	m, err := s.read.member(ctx, by.App, home, of)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		for _, own := range found {
			ids = append(ids, own.ID)
		}
	}
	byID := make(map[chat.GroupID]*chat.Group, len(found))
	for _, own := range found {
		byID[own.ID] = own
	}
	list := make([]chat.TopicView, len(ids))
	for i, id := range ids {
		list[i] = chat.TopicView{ID: id, Topic: byID[id]}
		if list[i].Topic == nil {
			if list[i].Err = inside(home, id); list[i].Err == nil {
				list[i].Err = chat.Refuse(chat.CodeTopicDeleted, "")
			}
			continue
		}
		if err := s.read.fillTopic(ctx, &list[i], of, m); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fillTopic adds the state of a topic, and of the user in it if they are a member.
func (r reader) fillTopic(ctx context.Context, v *chat.TopicView, of chat.UserID, m *chat.Member) (err error) {
	conv := v.Topic.Conv()
	if v.Head, err = r.Head(ctx, conv.Shard()); err != nil {
		return fmt.Errorf("read head: %w", err)
	}
	if m == nil {
		return nil
	}
	mark, err := r.Mark(ctx, conv, of)
	if err != nil {
		return err
	}
	joined, err := r.joinedTopic(ctx, v.Topic, v.Head, m.Joined)
	if err != nil {
		return err
	}
	v.Read = max(mark.Seq, joined)
	if v.Flag, err = r.flagIn(ctx, v.Topic.App, v.Topic.ID, m); err != nil {
		return err
	}
	v.Muted, err = r.muteIn(ctx, conv.Shard(), of)
	return err
}
