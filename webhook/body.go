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

	chat.BeforeGroup: `GroupId Type From_Account Operator_Account Random OnlineOnlyFlag MsgBody CloudCustomData EventTime`,
	chat.AfterGroup: `GroupId Type From_Account Operator_Account Random OnlineOnlyFlag MsgBody CloudCustomData
		MsgSeq MsgTime EventTime`,

	chat.AfterCreateGroup: `GroupId Operator_Account Owner_Account Type Name MemberList UserDefinedDataList EventTime`,
	chat.AfterMemberJoin:  `GroupId Type JoinType Operator_Account NewMemberList EventTime`,
	chat.AfterMemberExit:  `GroupId Type ExitType Operator_Account ExitMemberList EventTime`,
	chat.AfterDestroy:     `GroupId Type Owner_Account Name MemberList? EventTime`,

	chat.StateChange: `EventTime Info KickedDevice?`,
}

// fact is what a body is made of: an event, for one app.
type fact struct {
	*chat.Event
	app *chat.App
}

// members says what stands behind each name.
var members = map[string]func(f *fact) any{
	"From_Account":     func(f *fact) any { return f.Message.From },
	"To_Account":       func(f *fact) any { return f.Message.Peer() },
	"Operator_Account": func(f *fact) any { return f.By },
	"MsgSeq":           func(f *fact) any { return f.Message.MsgKey().Seq },
	"MsgRandom":        func(f *fact) any { return f.Message.Random },
	"Random":           func(f *fact) any { return f.Message.Random },
	"MsgTime":          func(f *fact) any { return f.Message.Seconds() },
	"MsgKey":           func(f *fact) any { return f.Message.Key() },
	"MsgId":            msgID,
	"OnlineOnlyFlag":   func(f *fact) any { return flag(f.Message.Control.Has(chat.OnlineOnly)) },
	"MsgBody":          func(f *fact) any { return f.Message.Body },
	"CloudCustomData":  func(f *fact) any { return f.Message.Cloud },
	"SupportMessageExtension": func(f *fact) any {
		return flag(f.Message.Control.Has(chat.Extensible))
	},
	"SendMsgResult": func(*fact) any { return 0 },
	"ErrorInfo":     func(*fact) any { return "send msg succeed" },
	"UnreadMsgNum":  func(f *fact) any { return f.Unread },

	"GroupId":             groupID,
	"Type":                func(f *fact) any { return f.Group.Type.WireName(f.app.Switches.NewTypeNames) },
	"Name":                func(f *fact) any { return f.Group.Name },
	"Owner_Account":       func(f *fact) any { return f.Group.Owner },
	"MemberList":          accounts,
	"NewMemberList":       accounts,
	"ExitMemberList":      accounts,
	"JoinType":            func(f *fact) any { return f.Way },
	"ExitType":            func(f *fact) any { return f.Way },
	"UserDefinedDataList": custom,

	"Info":         info,
	"KickedDevice": kicked,
	"EventTime":    eventTime,
}

// body makes the JSON of an event. It fails for an event that lacks what its
// kind needs, which no retry will cure.
func body(f *fact) (b []byte, err error) {
	row, ok := bodies[f.Kind]
	if !ok {
		return nil, fmt.Errorf("no body for %q", f.Kind)
	}
	if strings.Contains(row, "MsgBody") && f.Message == nil || strings.Contains(row, "GroupId") && f.Group == nil ||
		strings.Contains(row, "Info ") && len(f.Users) == 0 {
		return nil, fmt.Errorf("event %s of kind %q is incomplete", f.ID, f.Kind)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // a message goes out as it came in
	out.WriteString(`{"CallbackCommand":`)
	put := func(v any) {
		if err == nil {
			err = enc.Encode(v)
			out.Truncate(max(out.Len()-1, 0)) // the encoder's line feed
		}
	}
	put(f.Kind)
	for name := range strings.FieldsSeq(row) {
		name, optional := strings.CutSuffix(name, "?")
		v := members[name](f)
		if optional && empty(v) {
			continue
		}
		out.WriteString(`,"` + name + `":`)
		put(v)
	}
	if err != nil {
		return nil, fmt.Errorf("body of %q: %w", f.Kind, err)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []account:
		return len(v) == 0
	case []device:
		return len(v) == 0
	}
	return false
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

// groupID is the conversation's: a before-webhook has a group, too.
func groupID(f *fact) any { return f.Group.ID }

// msgID is left out of a question whose message has no lasting id yet.
func msgID(f *fact) any {
	if f.Message.ClientMsgID == "" && f.Kind == chat.BeforeC2C {
		return ""
	}
	return f.Message.ID()
}

type account struct {
	Account chat.UserID `json:"Member_Account"`
}

func accounts(f *fact) any {
	list := make([]account, len(f.Users))
	for i, u := range f.Users {
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

func info(f *fact) any {
	return struct {
		Action  string
		Account chat.UserID `json:"To_Account"`
		Reason  string
	}{f.Action, f.Users[0], f.Reason}
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
