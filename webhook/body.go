package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// bodies is the table of webhooks: the members of each body in order, after
// CallbackCommand (spec/30 §6). A name ending in ? is left out when it is
// empty. To add a webhook, add its row, and to members what no other row has.
var bodies = map[chat.EventKind]string{
	chat.BeforeC2C: `From_Account To_Account MsgSeq MsgRandom MsgTime MsgKey OnlineOnlyFlag MsgBody CloudCustomData
		MsgId? SupportMessageExtension EventTime`,
	chat.AfterC2C: `From_Account To_Account MsgSeq MsgRandom MsgTime MsgKey OnlineOnlyFlag MsgBody CloudCustomData
		MsgId? SupportMessageExtension SendMsgResult ErrorInfo UnreadMsgNum EventTime`,

	chat.BeforeGroup: `GroupId Type From_Account Operator_Account Random OnlineOnlyFlag MsgBody CloudCustomData TopicId? EventTime`,
	chat.AfterGroup: `GroupId Type From_Account Operator_Account Random OnlineOnlyFlag MsgBody CloudCustomData
		MsgSeq MsgTime TopicId? EventTime`,

	chat.BeforeCreate: `Operator_Account Owner_Account Type Name CreateGroupNum MemberList EventTime`,
	chat.BeforeApply:  `GroupId Type Requestor_Account EventTime`,
	chat.BeforeInvite: `GroupId Type Operator_Account DestinationMembers EventTime`,

	chat.AfterCreateGroup: `GroupId Operator_Account Owner_Account Type Name MemberList UserDefinedDataList EventTime`,
	chat.AfterMemberJoin:  `GroupId Type JoinType Operator_Account NewMemberList EventTime`,
	chat.AfterMemberExit:  `GroupId Type ExitType Operator_Account ExitMemberList EventTime`,
	chat.AfterDestroy:     `GroupId Type Owner_Account Name MemberList? EventTime`,

	chat.AfterGroupInfo:   `GroupId Type Operator_Account Name? Introduction? Notification? FaceUrl? EventTime`,
	chat.AfterMemberField: `GroupId Type Operator_Account Member_Account Role? NameCard? EventTime`,
	chat.AfterGroupOwner:  `GroupId Type Operator_Account OldOwner_Account NewOwner_Account EventTime`,
	chat.AfterAttrs:       `GroupId Type Operator_Account OptionType GroupAttr EventTime`,
	chat.AfterGroupFull:   `GroupId EventTime`,
	chat.AfterGroupRecall: `GroupId Type Operator_Account MsgSeqList TopicId? EventTime`,
	chat.AfterC2CRecall:   `From_Account To_Account MsgKey UnreadMsgNum`,
	chat.AfterC2CRead:     `Report_Account Peer_Account LastReadTime UnreadMsgNum`,
	chat.AfterReceipt:     `GroupId Type GroupMsgReceiptList EventTime`,
	chat.SendException: `GroupId Type From_Account Operator_Account Random OnlineOnlyFlag MsgBody CloudCustomData
		ErrorCode ErrorInfo TopicId? EventTime`,

	chat.BeforeTopic:    `Operator_Account Type Name EventTime`,
	chat.AfterTopic:     `GroupId TopicId Operator_Account Owner_Account Type Name UserDefinedDataList EventTime`,
	chat.AfterTopicGone: `GroupId Type TopicIdList EventTime`,
	chat.AfterTopicInfo: `GroupId TopicId Type Operator_Account Name? Introduction? Notification? FaceUrl? EventTime`,

	chat.ViewerState: `GroupId EventType EventCause MemberList EventTime`,
	chat.GroupQuota:  `QuotaUsed Quota EventTime`,

	chat.StateChange:  `EventTime Info KickedDevice?`,
	chat.AfterProfile: `EventTime Operator_Account From_Account ProfileItem`,

	chat.BeforeFriend:    `Requester_Account From_Account FriendItem AddType ForceAddFlags EventTime`,
	chat.BeforeAnswer:    `Requester_Account From_Account ResponseFriendItem EventTime`,
	chat.AfterFriend:     `PairList ClientCmd Admin_Account ForceFlag EventTime`,
	chat.AfterFriendGone: `PairList EventTime`,
	chat.AfterBlock:      `PairList EventTime`,
	chat.AfterUnblock:    `PairList EventTime`,
	chat.AfterFollow:     `EventTime From_Account FollowList`,
	chat.AfterUnfollow:   `EventTime From_Account FollowList`,

	chat.OfflinePush:   `Events`,
	chat.AllMemberPush: `Events`,
}

// fact is what a body is made of: an event, for one app.
type fact struct {
	*chat.Event
	app  *chat.App
	made int // BeforeCreate
}

// members says what stands behind each name.
var members = map[string]func(f *fact) any{
	"From_Account":      from,
	"To_Account":        func(f *fact) any { return f.Message.Peer() },
	"Operator_Account":  func(f *fact) any { return f.By },
	"Requestor_Account": func(f *fact) any { return f.By },
	"MsgSeq":            func(f *fact) any { return f.Message.MsgKey().Seq },
	"MsgRandom":         func(f *fact) any { return f.Message.Random },
	"Random":            func(f *fact) any { return f.Message.Random },
	"MsgTime":           func(f *fact) any { return f.Message.Seconds() },
	"MsgKey":            func(f *fact) any { return f.Message.Key() },
	"MsgId":             msgID,
	"OnlineOnlyFlag":    func(f *fact) any { return bit(f.Message.Control.Has(chat.OnlineOnly)) },
	"MsgBody":           func(f *fact) any { return f.Message.Body },
	"CloudCustomData":   func(f *fact) any { return f.Message.Cloud },
	"SupportMessageExtension": func(f *fact) any {
		return bit(f.Message.Control.Has(chat.Extensible))
	},
	"SendMsgResult":  func(*fact) any { return 0 },
	"ErrorCode":      func(f *fact) any { return f.Code },
	"ErrorInfo":      errorInfo,
	"Report_Account": func(f *fact) any { return f.Users[0] },
	"Peer_Account":   func(f *fact) any { return f.Users[1] },
	"LastReadTime":   func(f *fact) any { return f.Message.Seconds() },
	"UnreadMsgNum":   func(f *fact) any { return f.Unread },

	"GroupId":             func(f *fact) any { return f.Group.ID.Home() },
	"TopicId":             topicID,
	"TopicIdList":         func(f *fact) any { return []chat.GroupID{f.Group.ID} },
	"Type":                func(f *fact) any { return f.Group.Type.WireName(f.app.Switches.NewTypeNames) },
	"Name":                changed(func(f *fact) any { return f.Group.Name }, func(c *chat.GroupChange) *string { return c.Name }),
	"Introduction":        changed(nil, func(c *chat.GroupChange) *string { return c.Introduction }),
	"Notification":        changed(nil, func(c *chat.GroupChange) *string { return c.Notification }),
	"FaceUrl":             changed(nil, func(c *chat.GroupChange) *string { return c.FaceURL }),
	"Member_Account":      func(f *fact) any { return f.Users[0] },
	"OldOwner_Account":    func(f *fact) any { return f.Users[0] },
	"NewOwner_Account":    func(f *fact) any { return f.Users[1] },
	"Role":                role,
	"NameCard":            nameCard,
	"MsgSeqList":          func(f *fact) any { return []seqRef{{f.Message.Seq}} },
	"GroupMsgReceiptList": receipts,
	"Owner_Account":       func(f *fact) any { return f.Group.Owner },
	"MemberList":          accounts,
	"NewMemberList":       accounts,
	"DestinationMembers":  accounts,
	"CreateGroupNum":      func(f *fact) any { return f.made },
	"ExitMemberList":      accounts,
	"JoinType":            func(f *fact) any { return f.Way },
	"OptionType":          func(f *fact) any { return f.Way },
	"GroupAttr":           attrs,
	"ExitType":            func(f *fact) any { return f.Way },
	"UserDefinedDataList": custom,

	"EventType":  func(f *fact) any { return f.Action },
	"EventCause": func(f *fact) any { return f.Reason },
	"QuotaUsed":  func(f *fact) any { return f.Used },
	"Quota":      func(f *fact) any { return f.Quota },

	"ProfileItem": profile,

	"Requester_Account":  func(f *fact) any { return f.By },
	"FriendItem":         friendItems,
	"ResponseFriendItem": answeredItems,
	"AddType":            func(f *fact) any { return addType(f.Relation.Single) },
	"ForceAddFlags":      func(f *fact) any { return bit(f.Relation.Force) },
	"ForceFlag":          func(f *fact) any { return bit(f.Relation.Force) },
	"ClientCmd":          func(f *fact) any { return f.Relation.Cmd },
	"Admin_Account":      func(f *fact) any { return f.Relation.Admin },
	"PairList":           pairs,
	"FollowList":         followed,

	"Events": pushes,

	"Info":         info,
	"KickedDevice": kicked,
	"EventTime":    eventTime,
}

// column is one member of a row, ready for use.
type column struct {
	name     string
	label    string // ,"name":
	optional bool
	value    func(f *fact) any
}

// rows is bodies, read once.
var rows = func() map[chat.EventKind][]column {
	all := map[chat.EventKind][]column{}
	for kind, row := range bodies {
		for name := range strings.FieldsSeq(row) {
			name, optional := strings.CutSuffix(name, "?")
			all[kind] = append(all[kind], column{name, `,"` + name + `":`, optional, members[name]})
		}
	}
	return all
}()

// Member is a member of a webhook's body.
type Member struct {
	Name     string
	Optional bool // it is left out when it is empty
}

// Members lists the members of a webhook's body in their order, after CallbackCommand.
func Members(kind chat.EventKind) (list []Member) {
	for _, c := range rows[kind] {
		list = append(list, Member{c.name, c.optional})
	}
	return list
}

// lacks names a member whose source the event does not have.
func (f *fact) lacks(row []column) string {
	for _, c := range row {
		if has := needs[c.name]; has != nil && !has(f) {
			return c.name
		}
	}
	return ""
}

// needs says when the source of a member is there.
var needs = map[string]func(f *fact) bool{
	"MsgBody":             func(f *fact) bool { return f.Message != nil },
	"MsgKey":              func(f *fact) bool { return f.Message != nil },
	"MsgSeqList":          func(f *fact) bool { return f.Message != nil },
	"GroupId":             func(f *fact) bool { return f.Group != nil },
	"Introduction":        func(f *fact) bool { return f.Change != nil },
	"GroupMsgReceiptList": func(f *fact) bool { return f.Message != nil || len(f.Receipts) > 0 },
	"NameCard":            func(f *fact) bool { return f.Member != nil },
	"Member_Account":      func(f *fact) bool { return len(f.Users) > 0 },
	"ProfileItem":         func(f *fact) bool { return len(f.Users) > 0 && len(f.Profile) > 0 },
	"Requester_Account":   func(f *fact) bool { return f.Relation != nil },
	"PairList":            func(f *fact) bool { return f.Relation != nil },
	"FollowList":          func(f *fact) bool { return f.Relation != nil && len(f.Relation.Pairs) > 0 },
	"Events":              func(f *fact) bool { return len(f.Pushes) > 0 },
	"Info":                func(f *fact) bool { return len(f.Users) > 0 },
	"Peer_Account":        func(f *fact) bool { return len(f.Users) > 1 },
	"LastReadTime":        func(f *fact) bool { return f.Message != nil },
	"NewOwner_Account":    func(f *fact) bool { return len(f.Users) > 1 },
}

// Body is the JSON body of the webhook that tells an app of an event (spec/30 §6).
func Body(app *chat.App, e *chat.Event) ([]byte, error) { return body(&fact{Event: e, app: app}) }

// body makes the JSON of an event. It fails for an event that lacks what its
// kind needs, which no retry will cure.
func body(f *fact) ([]byte, error) {
	row, ok := rows[f.Kind]
	if !ok {
		return nil, fmt.Errorf("no body for %q", f.Kind)
	}
	if name := f.lacks(row); name != "" {
		return nil, fmt.Errorf("body of %q: nothing to make %s of", f.Kind, name)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // a message goes out as it came in
	put := func(v any) error {
		err := enc.Encode(v)
		out.Truncate(max(out.Len()-1, 0)) // the encoder's line feed
		return err
	}
	out.WriteString(`{"CallbackCommand":`)
	if err := put(f.Kind); err != nil {
		return nil, err
	}
	for _, c := range row {
		v := c.value(f)
		if c.optional && empty(v) {
			continue
		}
		out.WriteString(c.label)
		if err := put(v); err != nil {
			return nil, fmt.Errorf("body of %q: %s: %w", f.Kind, c.name, err)
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []account:
		return len(v) == 0
	case []device:
		return len(v) == 0
	}
	return false
}

// changed is the value that an event says has changed, for the others what whole
// gives.
func changed(whole func(*fact) any, of func(*chat.GroupChange) *string) func(*fact) any {
	return func(f *fact) any {
		if f.Change == nil && whole != nil {
			return whole(f)
		}
		return orNothing(of(f.Change))
	}
}

// orNothing is what a pointer points at, nil for nil.
func orNothing(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

func role(f *fact) any {
	if f.Member.Role == nil {
		return nil
	}
	return f.Member.Role.String()
}

func nameCard(f *fact) any { return orNothing(f.Member.NameCard) }

// from is who has sent a message, or whose profile or list it is.
func from(f *fact) any {
	switch {
	case f.Kind == chat.AfterProfile:
		return f.Users[0]
	case f.Relation == nil:
		return f.Message.From
	case len(f.Relation.Pairs) > 0:
		return f.Relation.Pairs[0].From
	}
	return f.Relation.Owner
}

// profile lists fields of a profile; a value is a text or a number.
func profile(f *fact) any {
	type field struct {
		Tag   chat.ProfileTag
		Value any
	}
	list := make([]field, len(f.Profile))
	for i, item := range f.Profile {
		list[i] = field{item.Tag, item.Text}
		if item.Numeric {
			list[i].Value = item.Number
		}
	}
	return list
}

// errorInfo is the reason of a failure; of what was sent, the original's words.
func errorInfo(f *fact) any {
	if f.Kind == chat.SendException {
		return f.Info
	}
	return "send msg succeed"
}

type seqRef struct {
	Seq chat.Seq `json:"MsgSeq"`
}

func receipts(f *fact) any {
	type told struct {
		seqRef
		Read   int       `json:"ReadNum"`
		Unread int       `json:"UnreadNum"`
		By     []account `json:"ReadReceiptMembers"`
	}
	all := f.Receipts
	if len(all) == 0 { // just sent
		all = []chat.ReceiptTold{{Seq: f.Message.Seq, Unread: int(f.Message.Audience)}}
	}
	list := make([]told, len(all))
	for i, r := range all {
		list[i] = told{seqRef{r.Seq}, r.Read, r.Unread, accountList(r.By)}
	}
	return list
}

func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}

// topicID is there for topics, which are groups of their own to us.
func topicID(f *fact) any {
	if !f.Group.ID.IsTopic() {
		return nil
	}
	return f.Group.ID
}

// msgID is left out of a question whose message has no lasting id yet.
func msgID(f *fact) any {
	if f.Message.ClientMsgID == "" && f.Kind == chat.BeforeC2C {
		return nil
	}
	return f.Message.ID()
}

type account struct {
	Account chat.UserID `json:"Member_Account"`
}

func accounts(f *fact) any { return accountList(f.Users) }

func accountList(users []chat.UserID) []account {
	list := make([]account, len(users))
	for i, u := range users {
		list[i].Account = u
	}
	return list
}

// custom lists the group's own fields, in the order of their keys.
func custom(f *fact) any {
	type field struct{ Key, Value string }
	list := []field{}
	for _, k := range slices.Sorted(maps.Keys(f.Group.Custom)) {
		list = append(list, field{k, f.Group.Custom[k]})
	}
	return list
}

// attrs lists attributes; its names are in lower case (spec/30 §6.4).
func attrs(f *fact) any {
	type attr struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	list := make([]attr, len(f.Attrs))
	for i, a := range f.Attrs {
		list[i] = attr(a)
	}
	return list
}

func info(f *fact) any {
	var status *string
	if f.Action == chat.StatusChange {
		status = &f.Info
	}
	return struct {
		Action  string
		Account chat.UserID `json:"To_Account"`
		Reason  string
		Status  *string `json:"CustomStatus,omitempty"`
	}{f.Action, f.Users[0], f.Reason, status}
}

type device struct{ Platform string }

func kicked(f *fact) any {
	list := make([]device, len(f.Kicked))
	for i, p := range f.Kicked {
		list[i].Platform = platform("", p) // as listed, without the query's IOS
	}
	return list
}

// eventTime is milliseconds: a number, and for group webhooks a string where
// the app asks for it. The other samples of spec/30 §5 show numbers only.
func eventTime(f *fact) any {
	if f.app.Webhook.TextEventTime && strings.HasPrefix(string(f.Kind), "Group.") {
		return strconv.FormatInt(f.Time, 10)
	}
	return f.Time
}
