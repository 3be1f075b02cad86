package message

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// maxRecalls bounds one group_msg_recall (spec/22b §3).
const maxRecalls = 10

func groupRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "send_group_msg", "", api.Admins, sendGroup),
		api.Row(api.GroupService, "send_broadcast_msg", "", api.Admins, broadcast),
		api.Row(api.GroupService, "group_msg_recall", "", api.Admins, recallGroup).Takes("MsgSeqList", 1, maxRecalls),
		api.Row(api.GroupService, "group_msg_get_simple", "", api.Admins, groupHistory),
	}
}

// groupMessage is send_group_msg's request (spec/22b §1). A topic is a group
// with an id of its own (spec/00 §3), so TopicId, when given, is the target.
type groupMessage struct{ draft chat.Draft }

func (m *groupMessage) Knows(name string) bool {
	return name == "GroupId" || name == "TopicId" || form.IsAdminDraftMember(name)
}

func (m *groupMessage) ReadMembers(list []wire.Member) (err error) {
	group, ok := wire.LastText(list, "GroupId")
	if !ok || group == "" {
		return chat.Refuse(chat.CodeGroupParameter, "GroupId is missing")
	}
	topic, _ := wire.LastText(list, "TopicId")
	id, err := api.InTopic(chat.GroupID(group), chat.GroupID(topic))
	if err != nil {
		return err
	}
	m.draft, err = form.AdminDraftOf(list, chat.ToGroup(id))
	return err
}

// Shape implements api.Shaped.
func (*groupMessage) Shape() any {
	return struct {
		Group chat.GroupID `wire:"!GroupId"`
		Topic chat.GroupID `wire:"TopicId"`
		form.AdminDraftShape
		To []chat.UserID `wire:"To_Account"`
	}{}
}

type sentGroup struct {
	Time   int64    `json:"MsgTime"`
	Seq    chat.Seq `json:"MsgSeq"`
	Reason string   `json:"MsgDropReason,omitempty"`
}

func sendGroup(ctx context.Context, c *api.Call, r *groupMessage) (*sentGroup, error) {
	receipt, err := c.Core.Message.SendWait(ctx, c.By, r.draft)
	if err != nil {
		return nil, err
	}
	return &sentGroup{receipt.Time / 1000, receipt.Seq, receipt.DropReason}, nil
}

// broadcastMessage is send_broadcast_msg's request (spec/22b §12).
type broadcastMessage struct{ draft chat.Draft }

func (m *broadcastMessage) Knows(name string) bool { return form.IsAdminDraftMember(name) }

func (m *broadcastMessage) ReadMembers(list []wire.Member) (err error) {
	m.draft, err = form.AdminDraftOf(list, chat.ToGroup(""))
	return err
}

// Shape implements api.Shaped.
func (*broadcastMessage) Shape() any { return form.AdminDraftShape{} }

type broadcasted struct {
	Seq chat.Seq `json:"MsgSeq"`
}

func broadcast(ctx context.Context, c *api.Call, r *broadcastMessage) (*broadcasted, error) {
	seq, err := c.Core.Message.Broadcast(ctx, c.By, r.draft)
	if err != nil {
		return nil, err
	}
	return &broadcasted{seq}, nil
}

type groupRecall struct {
	ID     chat.GroupID `wire:"!GroupId"`
	Topic  chat.GroupID `wire:"TopicId"`
	List   []seqRef     `wire:"!MsgSeqList"`
	Reason string       `wire:"Reason"`
}

type seqRef struct {
	Seq uint64 `wire:"!MsgSeq"`
}

type recallResult struct {
	Seq  uint64    `json:"MsgSeq"`
	Code chat.Code `json:"RetCode"`
}

// recallResults has its list twice: one public client reads Results
// (spec/22b §3).
type recallResults struct {
	List    []recallResult `json:"RecallRetList"`
	Results []recallResult `json:"Results"`
}

// perMessage are the refusals that concern one message of a batch, not the
// group.
var perMessage = []chat.Code{
	chat.CodeGroupNoMessage, chat.CodeGroupRecallTooLate, chat.CodeNotRecallable,
	chat.CodeNoMessage, chat.CodeRecallTooLate, chat.CodeRecalledAlready,
}

func recallGroup(ctx context.Context, c *api.Call, r *groupRecall) (*recallResults, error) {
	if n := len(r.List); n == 0 || n > maxRecalls {
		return nil, chat.Refuse(chat.CodeGroupParameter, "between 1 and %d messages are needed", maxRecalls)
	}
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	list := make([]recallResult, len(r.List))
	for i, one := range r.List {
		_, err := c.Core.Message.Recall(ctx, c.By, "", chat.ToGroup(id), chat.MessageRef{Seq: chat.Seq(one.Seq)}, r.Reason)
		code := chat.CodeOf(err)
		if err != nil && !slices.Contains(perMessage, code) {
			return nil, err
		}
		list[i] = recallResult{one.Seq, code}
	}
	return &recallResults{list, list}, nil
}

type groupHistoryQuery struct {
	ID       chat.GroupID `wire:"!GroupId"`
	Topic    chat.GroupID `wire:"TopicId"`
	Count    *uint32      `wire:"!ReqMsgNumber"`
	From     *chat.Seq    `wire:"ReqMsgSeq"`
	Recalled int          `wire:"WithRecalledMsg"`
}

type groupHistoryPage struct {
	ID       chat.GroupID `json:"GroupId"`
	Finished int          `json:"IsFinished"`
	List     []groupEntry `json:"RspMsgList"`
}

// groupEntry is a message of a group's REST history (spec/22b §5).
type groupEntry struct {
	From     chat.UserID  `json:"From_Account"`
	Place    int          `json:"IsPlaceMsg"`
	Body     body         `json:"MsgBody"`
	Priority int          `json:"MsgPriority"`
	Random   uint32       `json:"MsgRandom"`
	Seq      chat.Seq     `json:"MsgSeq"`
	Time     int64        `json:"MsgTimeStamp"`
	System   int          `json:"IsSystemMsg,omitempty"`
	Cloud    string       `json:"CloudCustomData,omitempty"`
	Topic    chat.GroupID `json:"TopicId,omitempty"`
}

// IsPlaceMsg and MsgPriority on the wire (spec/22b §5).
const (
	expired        = 1
	priorityHigh   = 1
	priorityNormal = 2
	priorityLow    = 3
)

func groupHistory(ctx context.Context, c *api.Call, r *groupHistoryQuery) (*groupHistoryPage, error) {
	from := chat.Newest
	if r.From != nil {
		from = *r.From
	}
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	page, err := c.Core.Message.GroupMessages(ctx, c.By, id, from, int(*r.Count), r.Recalled == 1)
	if err != nil {
		return nil, err
	}
	answer := groupHistoryPage{ID: r.ID, Finished: page.Finished, List: []groupEntry{}}
	for _, m := range page.Messages {
		answer.List = append(answer.List, entryOf(m))
	}
	for _, seq := range page.Missing {
		answer.List = append(answer.List, groupEntry{Place: expired, Body: body{json.RawMessage("[]")}, Priority: priorityNormal, Seq: seq, Topic: r.Topic})
	}
	slices.SortFunc(answer.List, func(a, b groupEntry) int { // newest first
		return int(int64(b.Seq) - int64(a.Seq))
	})
	return &answer, nil
}

func entryOf(m *chat.Message) groupEntry {
	one := groupEntry{
		From: m.From, Body: restBody(m), Priority: priorityNormal, Random: m.Random,
		Seq: m.Seq, Time: m.Seconds(), System: wire.Bit(m.Tip != nil), Cloud: m.Cloud,
	}
	switch m.Priority {
	case chat.High:
		one.Priority = priorityHigh
	case chat.Low:
		one.Priority = priorityLow
	}
	if m.Recall != nil {
		one.Place = form.Recalled
	}
	if g := m.Conv.Group(); g.IsTopic() {
		one.Topic = g
	}
	return one
}
