package badger

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
	"github.com/teahouse-im/teahouse/trace"
)

// outboxEvent is an event of the outbox with what messageFields leaves to the
// key. The message goes with the event as it was at the commit, so that a later
// recall or expiry does not change what is told.
type outboxEvent struct {
	*chat.Event
	seq  chat.Seq
	conv chat.Conversation
}

func eventFields(f *record.Fields, e *outboxEvent) {
	record.Int(f, 1, &e.App)
	record.Text(f, 2, &e.Kind)
	record.Text(f, 3, &e.Key)
	record.Int(f, 4, &e.Time)
	record.Text(f, 5, &e.By)
	record.Text(f, 6, &e.IP)
	record.Text(f, 7, &e.From)
	convFields(f, 8, &e.Conv)
	record.Int(f, 11, &e.Unread)
	record.Texts(f, 12, &e.Users)
	record.Text(f, 13, &e.Way)
	record.Text(f, 14, &e.Action)
	record.Text(f, 15, &e.Reason)
	record.Texts(f, 16, &e.Kicked)
	record.One(f, 17, &e.Group, groupFields)
	record.Int(f, 18, &e.seq)
	convFields(f, 19, &e.conv)
	record.One(f, 22, &e.Message, messageFields)
	record.List(f, 23, &e.Attrs, attrFields)
	record.JSON(f, 30, &e.Change)
	record.JSON(f, 31, &e.Member)
	record.List(f, 32, &e.Receipts, func(f *record.Fields, r *chat.ReceiptTold) {
		record.Int(f, 1, &r.Seq)
		record.Int(f, 2, &r.Read)
		record.Int(f, 3, &r.Unread)
		record.Texts(f, 4, &r.By)
	})
	record.Int(f, 33, &e.Code)
	record.Text(f, 34, &e.Info)
	record.Int(f, 35, &e.Used)
	record.Int(f, 36, &e.Quota)
	record.List(f, 37, &e.Profile, profileItemFields)
	record.JSON(f, 38, &e.Relation)
	record.List(f, 39, &e.Pushes, pushFields)
	record.One(f, 40, &e.Trace, traceFields)
}

func traceFields(f *record.Fields, t *trace.Context) {
	record.Text(f, 1, &t.Parent)
	record.Text(f, 2, &t.State)
}

func pushFields(f *record.Fields, p *chat.PushTold) {
	record.Text(f, 1, &p.From)
	record.Text(f, 2, &p.To)
	record.Text(f, 3, &p.Group)
	record.Text(f, 4, &p.Key)
	record.Int(f, 5, &p.Seq)
	record.Int(f, 6, &p.Random)
	record.Int(f, 7, &p.MsgTime)
	record.Text(f, 8, &p.PushID)
	record.Int(f, 9, &p.Platform)
	record.Int(f, 10, &p.Stage)
	record.Int(f, 11, &p.Code)
	record.Text(f, 12, &p.Info)
	record.Int(f, 13, &p.Time)
	record.Text(f, 14, &p.Task)
	record.Int(f, 15, &p.TaskTime)
	record.Bool(f, 16, &p.Online)
	record.Text(f, 17, &p.Data)
}

func profileItemFields(f *record.Fields, i *chat.ProfileItem) {
	record.Text(f, 1, &i.Tag)
	record.Text(f, 2, &i.Text)
	record.Int(f, 3, &i.Number)
	record.Bool(f, 4, &i.Numeric)
}

func attrFields(f *record.Fields, a *chat.Attr) {
	record.Text(f, 1, &a.Key)
	record.Text(f, 2, &a.Value)
}

// groupFields lists a group as an event tells of it. The app is the event's.
func groupFields(f *record.Fields, g *chat.Group) {
	record.Text(f, 1, &g.ID)
	record.Text(f, 2, &g.Type, groupTypes...)
	record.Text(f, 3, &g.Name)
	record.Text(f, 4, &g.Introduction)
	record.Text(f, 5, &g.Notification)
	record.Text(f, 6, &g.FaceURL)
	record.Text(f, 7, &g.Owner)
	record.Int(f, 8, &g.Created)
	record.Int(f, 9, &g.InfoSeq)
	record.Int(f, 10, &g.InfoTime)
	record.Int(f, 11, &g.MaxMembers)
	record.Int(f, 12, &g.Members)
	record.Text(f, 13, &g.ApplyJoin)
	record.Text(f, 14, &g.InviteJoin)
	record.Bool(f, 15, &g.MuteAll)
	record.Map(f, 16, &g.Custom)
	record.Bool(f, 17, &g.SupportTopic)
	record.Text(f, 40, &g.CustomString)
}

func encodeEvent(b []byte, e *chat.Event) []byte {
	x := outboxEvent{Event: e}
	if m := e.Message; m != nil {
		x.seq, x.conv = m.Seq, m.Conv
	}
	return record.Encode(b, &x, eventFields)
}

// decodeEvent reads a record; the event keeps v.
func decodeEvent(id string, v []byte) (*chat.Event, error) {
	e := &chat.Event{ID: id}
	x := outboxEvent{Event: e}
	err := record.Decode(v, &x, eventFields)
	if e.Conv.Kind != 0 {
		e.Conv.App = e.App
	}
	if e.Group != nil {
		e.Group.App = e.App
	}
	if m := e.Message; m != nil {
		m.Seq, m.Conv = x.seq, x.conv
		m.Conv.App = e.App
	}
	return e, err
}
