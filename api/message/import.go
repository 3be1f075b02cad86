package message

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremessage "github.com/teahouse-im/teahouse/chat/message"
)

// importRows: messages that were sent elsewhere (spec/22b §6).
func importRows() []*api.Command {
	return []*api.Command{
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
