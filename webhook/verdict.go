package webhook

import (
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// decision is a row of spec/30 §3: what the codes of an answer mean.
type decision struct {
	refuse      chat.Code // for 1, and for codes of no meaning (a choice there)
	first, last chat.Code // the app's own range
	drops       bool      // 2 has a meaning
}

var decisions = map[chat.EventKind]decision{
	chat.BeforeC2C:    {chat.CodeC2CRefused, chat.C2CWebhookFirst, chat.C2CWebhookLast, true},
	chat.BeforeGroup:  {chat.CodeGroupRefused, chat.GroupWebhookFirst, chat.GroupWebhookLast, true},
	chat.BeforeCreate: {chat.CodeGroupRefused, chat.GroupWebhookFirst, chat.GroupWebhookLast, false},
	chat.BeforeApply:  {chat.CodeGroupRefused, chat.GroupWebhookFirst, chat.GroupWebhookLast, false},
	chat.BeforeInvite: {chat.CodeGroupRefused, chat.GroupWebhookFirst, chat.GroupWebhookLast, false},
	chat.BeforeTopic:  {chat.CodeGroupRefused, chat.GroupWebhookFirst, chat.GroupWebhookLast, false},
	chat.BeforeFriend: {chat.SNSWebhookFirst, chat.SNSWebhookFirst, chat.SNSWebhookLast, false}, // of items
	chat.BeforeAnswer: {chat.SNSWebhookFirst, chat.SNSWebhookFirst, chat.SNSWebhookLast, false},
}

// maxErrorInfo bounds the app's words to the sender, in bytes.
const maxErrorInfo = 1024

// verdict reads an answer to a question. A *failure means that the answer is
// no answer, another error is a refusal for the sender.
func verdict(q chat.Question, a answer) (chat.Verdict, error) {
	d := decisions[q.Kind]
	if q.Relation != nil {
		return chat.Verdict{Items: d.items(a.Items)}, nil
	}
	code := chat.Code(a.ErrorCode)
	switch {
	case code == 0 && q.Message != nil:
		return rewrite(q, a)
	case code == 0:
		return chat.Verdict{Refused: a.RefusedMembers}, nil
	case code == 2 && d.drops:
		return chat.Verdict{Drop: true}, nil
	case code >= d.first && code <= d.last:
		return chat.Verdict{}, refusal(code, a.ErrorInfo)
	}
	return chat.Verdict{}, chat.Refuse(d.refuse, "")
}

// items are the items that the app refuses, with codes of the app's own range; others
// count as the first of it (a choice). The code of the whole answer does not count
// (spec/30 §3).
func (d decision) items(list []answeredItem) []chat.ItemResult {
	var refused []chat.ItemResult
	for _, one := range list {
		if one.Code == 0 {
			continue
		}
		code := chat.Code(one.Code)
		if code < d.first || code > d.last {
			code = d.refuse
		}
		refused = append(refused, chat.ItemResult{User: one.User, Code: code, Info: cut(one.Info)})
	}
	return refused
}

func cut(info string) string {
	if len(info) > maxErrorInfo {
		info = strings.ToValidUTF8(info[:maxErrorInfo], "")
	}
	return info
}

func refusal(code chat.Code, info string) error {
	if info = cut(info); info == "" {
		return chat.Refuse(code, "")
	}
	return chat.Refuse(code, "%s", info)
}

// rewrite takes over a changed message. One that breaks the rules of form or
// size is treated as a webhook that failed: spec/30 §3's proposal.
func rewrite(q chat.Question, a answer) (chat.Verdict, error) {
	v := chat.Verdict{Cloud: a.CloudCustomData}
	if len(a.MsgBody) > 0 && string(a.MsgBody) != "null" {
		if err := chat.CheckBody(a.MsgBody); err != nil {
			return chat.Verdict{}, malformed("rewritten message: %w", err)
		}
		v.Body = a.MsgBody
	}
	if v.Body == nil && v.Cloud == nil {
		return v, nil
	}
	body, cloud := q.Message.Body, q.Message.Cloud
	if v.Body != nil {
		body = v.Body
	}
	if v.Cloud != nil {
		cloud = *v.Cloud
	}
	if err := chat.CheckFits(&q.App.Limits, body, cloud); err != nil {
		return chat.Verdict{}, malformed("rewritten message: %w", err)
	}
	return v, nil
}
