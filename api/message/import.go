package message

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
)

// importRows: messages that were sent elsewhere (spec/04 §5, spec/22b §6).
func importRows() []*api.Command {
	return []*api.Command{
		api.Row(api.OpenIMService, "importmsg", "", api.Admins, importC2C),
		api.Row(api.GroupService, "import_group_msg", "", api.Admins, importMessages),
	}
}

type oldMessage struct {
	From   chat.UserID `wire:"!From_Account"`
	Time   uint32      `wire:"!SendTime"`
	Random *uint32     `wire:"Random"`
	Body   elements    `wire:"!MsgBody"`
}

type oldMessages struct {
	ID     chat.GroupID `wire:"!GroupId"`
	Topic  chat.GroupID `wire:"TopicId"`
	List   []oldMessage `wire:"!MsgList"`
	Recent int          `wire:"RecentContactFlag"`
}

type importResult struct {
	Seq    chat.Seq  `json:"MsgSeq"`
	Time   int64     `json:"MsgTime"`
	Result chat.Code `json:"Result"`
}

type importResults struct {
	List []importResult `json:"ImportMsgResult"`
}

func importMessages(ctx context.Context, c *api.Call, r *oldMessages) (*importResults, error) {
	id, err := api.InTopic(r.ID, r.Topic)
	if err != nil {
		return nil, err
	}
	list := make([]coremessage.Imported, len(r.List))
	for i, m := range r.List {
		list[i] = coremessage.Imported{From: m.From, Time: int64(m.Time), Random: m.Random, Body: []byte(m.Body)}
	}
	results, err := c.Core.Message.Import(ctx, c.By, id, list, r.Recent == 1)
	if err != nil {
		return nil, err
	}
	answer := importResults{List: make([]importResult, len(results))}
	for i, one := range results {
		answer.List[i] = importResult{one.Seq, one.Time, one.Code}
	}
	return &answer, nil
}

// oldC2C is importmsg's request (spec/04 §5).
type oldC2C struct {
	Mode   *coremessage.ImportMode `wire:"!SyncFromOldSystem" code:"90030"`
	From   chat.UserID             `wire:"!From_Account" code:"90008"`
	To     chat.UserID             `wire:"!To_Account" code:"90003"`
	Seq    *uint32                 `wire:"MsgSeq"`
	Random *uint32                 `wire:"MsgRandom" code:"90005"`
	Time   *uint32                 `wire:"!MsgTimeStamp" code:"90006"`
	Body   elements                `wire:"!MsgBody" code:"90007"`
	Cloud  string                  `wire:"CloudCustomData"`
}

func importC2C(ctx context.Context, c *api.Call, r *oldC2C) (*api.None, error) {
	return nil, tooLongAs(c.Core.Message.ImportC2C(ctx, c.By, coremessage.ImportedC2C{
		Mode: *r.Mode, From: r.From, To: r.To, Time: int64(*r.Time), Seq: r.Seq, Random: r.Random,
		Body: []byte(r.Body), Cloud: r.Cloud,
	}), chat.CodeRequestTooLong)
}
