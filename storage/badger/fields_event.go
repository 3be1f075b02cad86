package badger

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// convFields lists a conversation whose app is known, as three fields from n on.
func convFields(f *record.Fields, n int, c *chat.Conversation) {
	record.Int(f, n, &c.Kind)
	record.Text(f, n+1, &c.A)
	record.Text(f, n+2, &c.B)
}

func convEventFields(f *record.Fields, e *chat.ConvEvent) {
	record.Int(f, 1, &e.Time)
	record.Text(f, 2, &e.Kind, chat.EventRead, chat.EventReceipt, chat.EventRecall)
	record.Text(f, 3, &e.By, chat.UserID(e.Conv.A), chat.UserID(e.Conv.B))
	record.Int(f, 4, &e.Seq)
	record.Text(f, 5, &e.MsgID)
	record.Text(f, 6, &e.Reason)
	record.Int(f, 7, &e.Expires)
	record.JSON(f, 8, &e.Detail)
	record.One(f, 9, &e.Message, messageFields)
	record.Int(f, 10, &e.Clock)
}

func userEventFields(f *record.Fields, e *chat.UserEvent) {
	record.Int(f, 1, &e.Time)
	record.Text(f, 2, &e.Kind, chat.UserRead, chat.UserGroup)
	convFields(f, 3, &e.Conv)
	record.Int(f, 6, &e.Read)
	record.Int(f, 7, &e.Expires)
	record.Raw(f, 8, &e.Extra)
	record.One(f, 9, &e.Notice, noticeFields)
	record.JSON(f, 10, &e.Told)
	record.JSON(f, 11, &e.Detail)
}

func noticeFields(f *record.Fields, n *chat.Notice) {
	record.Int(f, 1, &n.Kind)
	record.Text(f, 2, &n.Group)
	record.Text(f, 3, &n.Type, groupTypes...)
	record.Text(f, 4, &n.Name)
	record.Text(f, 5, &n.FaceURL)
	record.Text(f, 6, &n.Operator.User)
	record.Text(f, 7, &n.Reason)
	record.Int(f, 8, &n.MuteTime)
	record.Text(f, 9, &n.JoinRequest)
	record.Text(f, 10, &n.Request)
	record.Text(f, 11, &n.Content)
	record.Text(f, 12, &n.Operator.Nick)
	record.Text(f, 13, &n.Operator.FaceURL)
	record.Text(f, 14, &n.Operator.NameCard)
	record.Int(f, 15, &n.Operator.Role)
	record.Text(f, 40, &n.Topic)
}

var groupTypes = []chat.GroupType{chat.Work, chat.Public, chat.Meeting, chat.AVChatRoom, chat.Community}

func decodeConvEvent(c chat.Conversation, rev uint64, v []byte) (*chat.ConvEvent, error) {
	e := &chat.ConvEvent{Conv: c, Rev: rev}
	err := record.Decode(v, e, convEventFields)
	if m := e.Message; m != nil {
		m.Conv, m.Seq = c, e.Seq
	}
	return e, err
}

// decodeUserEvent reads a record; the event keeps v.
func decodeUserEvent(app chat.AppID, u chat.UserID, seq uint64, v []byte) (*chat.UserEvent, error) {
	e := &chat.UserEvent{App: app, User: u, Seq: seq}
	err := record.Decode(v, e, userEventFields)
	if e.Conv.Kind != 0 {
		e.Conv.App = app
	}
	return e, err
}
