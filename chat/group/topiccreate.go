package group

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Bounds of topics (spec/20 §9). maxTopicNotices is a choice: in a larger community
// nobody is notified that topics come and go.
const (
	maxTopics       = 200 // of a community
	maxTopicID      = 96  // bytes
	maxTopicCustom  = 3000
	maxTopicNotices = 10_000 // members
)

// assignedTopicMark begins what the server chooses of a topic's id.
const assignedTopicMark = chat.TopicMark + chat.TopicMark

var (
	errTopicTaken = chat.Refuse(chat.CodeGroupIDYours, "")
	// errLeftover says that a topic of this id has been, of which something may be left.
	errLeftover = errors.New("an earlier topic has to be cleared away")
)

// CreateTopic makes a topic in a community that has topics, for its owner, its admins and
// administrators (spec/22b §13), and returns its id.
func (s *Service) CreateTopic(ctx context.Context, by chat.Actor, d chat.TopicDraft) (chat.GroupID, error) {
	if first := chat.ClaimOf(ctx).Repeats(); first != nil && first.Conv.Kind == chat.InGroup {
		return first.Conv.Group(), nil
	}
	return s.createTopic(ctx, by, d, true)
}

// ImportTopic is CreateTopic by administrators for a topic that was elsewhere: nobody is
// asked or told.
func (s *Service) ImportTopic(ctx context.Context, by chat.Actor, d chat.TopicDraft) (chat.GroupID, error) {
	if !by.Admin() {
		return "", chat.Refuse(chat.CodeGroupNotAllowed, "app administrators only")
	}
	if d.Created > s.read.NowSec() {
		return "", chat.Refuse(chat.CodeGroupParameter, "CreateTime is yet to come")
	}
	return s.createTopic(ctx, by, d, false)
}

func (s *Service) createTopic(ctx context.Context, by chat.Actor, d chat.TopicDraft, told bool) (chat.GroupID, error) {
	app, err := s.read.App(by.App)
	if err != nil {
		return "", err
	}
	home, err := s.read.editTopics(ctx, app, by, d.Community)
	if err != nil {
		return "", err
	}
	if err := checkTopic(&d); err != nil {
		return "", err
	}
	switch list, err := s.read.topicsOf(ctx, home); {
	case err != nil:
		return "", err
	case len(list) >= maxTopics: // two at once may pass it by one, which harms nobody
		return "", chat.Refuse(chat.CodeTooManyGroups, "the community has %d topics", len(list))
	}
	if err := s.read.topicUntaken(ctx, home, d.ID); err != nil {
		return "", err
	}
	if err := s.words(ctx, app.ID, &d.Name, &d.Introduction, &d.Notification); err != nil {
		return "", err
	}
	if told {
		g := &chat.Group{App: app.ID, ID: home.ID, Type: home.Type, Name: d.Name, Owner: home.Owner}
		if _, err := s.ask(ctx, chat.Question{App: app, By: by, Kind: chat.BeforeTopic, Group: g}); err != nil {
			return "", err
		}
	}
	assigned := d.ID == ""
	for try := 1; ; try++ {
		if assigned {
			d.ID = s.read.newTopicID(d.Community)
		}
		err := s.foundTopic(ctx, app, by, &d, told)
		if assigned && try < idTries && errors.Is(err, errTopicTaken) {
			continue
		}
		return d.ID, err
	}
}

// topicUntaken refuses the id of a topic that the community has.
func (r reader) topicUntaken(ctx context.Context, home *chat.Group, id chat.GroupID) error {
	if id == "" {
		return nil
	}
	own, err := r.stored(ctx, home.App, id)
	if err == nil && belongs(own, home) {
		err = errTopicTaken
	}
	return err
}

// editTopics is a community whose topics by may edit.
func (r reader) editTopics(ctx context.Context, app *chat.App, by chat.Actor, id chat.GroupID) (*chat.Group, error) {
	if id.IsTopic() {
		return nil, chat.Refuse(chat.CodeBadGroupID, "a topic has no topics")
	}
	seat, err := r.enter(ctx, by, id)
	switch {
	case err != nil:
		return nil, err
	case app.Switches.NoCommunity:
		return nil, chat.Refuse(chat.CodeCommunityOff, "")
	case !seat.Group.SupportTopic:
		return nil, noTopics()
	}
	return seat.Group, seat.May(grouptype.EditTopics)
}

func noTopics() error {
	return chat.Refuse(chat.CodeCommunityOff, "the group has no topics: only a Community has that was created with SupportTopic 1")
}

// checkTopic is the form of a draft.
func checkTopic(d *chat.TopicDraft) error {
	if err := checkTopicPatch(&chat.TopicPatch{
		Name: &d.Name, Introduction: &d.Introduction, Notification: &d.Notification, FaceURL: &d.FaceURL, CustomString: &d.CustomString,
	}); err != nil || d.ID == "" {
		return err
	}
	own, ours := strings.CutPrefix(string(d.ID), string(d.Community)+chat.TopicMark)
	switch {
	case !ours || own == "" || !d.ID.Valid() || len(d.ID) > maxTopicID:
		return chat.Refuse(chat.CodeBadGroupID, "TopicId is not GroupId, %s and a name, of at most %d bytes of ASCII", chat.TopicMark, maxTopicID)
	case strings.HasPrefix(own, chat.TopicMark) || strings.Contains(own, chat.CommunityMark):
		return chat.Refuse(chat.CodeBadGroupID, "the topic's own name has a mark that is reserved for the server")
	}
	return nil
}

func checkTopicPatch(p *chat.TopicPatch) error {
	if p.CustomString != nil {
		if err := checkText("CustomString", *p.CustomString, maxTopicCustom); err != nil {
			return err
		}
	}
	return checkProfile("TopicName", p.Name, p.Introduction, p.Notification, p.FaceURL)
}

// newTopicID makes an id; see newGroupID.
func (r reader) newTopicID(home chat.GroupID) chat.GroupID {
	var b [8]byte
	binary.BigEndian.PutUint32(b[:4], r.Random())
	binary.BigEndian.PutUint32(b[4:], r.Random())
	return home + assignedTopicMark + chat.GroupID(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// foundTopic writes a topic, unless its id is taken. What an earlier one has left is
// cleared away first.
func (s *Service) foundTopic(ctx context.Context, app *chat.App, by chat.Actor, d *chat.TopicDraft, told bool) error {
	read, fresh := s.read, false
	found := func(ctx context.Context, base *ledger.Turn) error {
		t := read.begin(base, app, by)
		home, err := t.editTopics(ctx, app, by, d.Community)
		if err != nil {
			return err
		}
		own, err := t.stored(ctx, app.ID, d.ID)
		switch {
		case err != nil:
			return err
		case belongs(own, home):
			return errTopicTaken
		case !fresh && (own != nil || t.Head.Rules > 1):
			return errLeftover
		}
		return t.foundTopic(ctx, home, d, told)
	}
	shard := chat.GroupShard(app.ID, d.ID)
	err := s.ledger.Change(ctx, shard, 0, found)
	if !errors.Is(err, errLeftover) {
		return err
	}
	if err := s.clear(chat.WithClaim(ctx, nil), app.ID, []chat.GroupID{d.ID}); err != nil {
		return err
	}
	fresh = true
	return s.ledger.Change(ctx, shard, 0, found)
}

// foundTopic fills a new topic.
func (t *Turn) foundTopic(ctx context.Context, home *chat.Group, d *chat.TopicDraft, told bool) error {
	own := &chat.Group{
		App: t.app.ID, ID: d.ID, Type: home.Type, Name: d.Name, Introduction: d.Introduction,
		Notification: d.Notification, FaceURL: d.FaceURL, CustomString: d.CustomString,
		Created: d.Created, InfoTime: t.Sec(), InfoSeq: 1, Founded: home.Founded,
	}
	if own.Created == 0 {
		own.Created = t.Sec()
	}
	groups.Put(t.Turn, "", own)
	t.Mirror(home.Conv().Shard(), topicList.Row(string(d.ID), &listed{}))
	if !told {
		return nil
	}
	t.group = inCommunity(own, home)
	t.addWebhook(chat.AfterTopic, "", nil)
	return t.noticeAll(ctx, chat.NoticeTopicCreated)
}

// noticeAll gives every member of the community a notice about the topic.
func (t *Turn) noticeAll(ctx context.Context, kind chat.NoticeKind) error {
	if t.group.Members > maxTopicNotices {
		return nil
	}
	users, err := t.everybody(ctx)
	for _, u := range users {
		t.addNotice(u, chat.Notice{Kind: kind})
	}
	return err
}
