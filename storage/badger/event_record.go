package badger

import (
	"github.com/teahouse-im/teahouse/chat"
)

func encodeConvEvent(b []byte, e *chat.ConvEvent) []byte {
	b = putUint(fields(b), 1, e.Time)
	b = putBytes(b, 2, e.Kind)
	b = putBytes(b, 3, e.By)
	b = putUint(b, 4, e.Seq)
	b = putBytes(b, 5, e.MsgID)
	b = putBytes(b, 6, e.Reason)
	for _, r := range e.Receipts {
		b = putItem(b, 8, encodeReceiptCount(nil, r))
	}
	return putUint(b, 7, e.Expires)
}

func decodeConvEvent(c chat.Conversation, rev uint64, v []byte) (*chat.ConvEvent, error) {
	e := &chat.ConvEvent{Conv: c, Rev: rev}
	err := readRecord(v, func(f field) (err error) {
		switch f.num {
		case 1:
			e.Time = int64(f.n)
		case 2:
			e.Kind = chat.ConvEventKind(f.b)
		case 3:
			e.By = partyOf(c, f.b)
		case 4:
			e.Seq = chat.Seq(f.n)
		case 5:
			e.MsgID = f.text()
		case 6:
			e.Reason = f.text()
		case 7:
			e.Expires = int64(f.n)
		case 8:
			var r chat.ReceiptCount
			r, err = decodeReceiptCount(f.b)
			e.Receipts = append(e.Receipts, r)
		}
		return err
	})
	return e, err
}

// putConvFields writes a conversation whose app is known as three fields from
// f on; readConvField reads them.
func putConvFields(b []byte, f int32, c chat.Conversation) []byte {
	b = putUint(b, num(f), c.Kind)
	b = putBytes(b, num(f+1), c.A)
	return putBytes(b, num(f+2), c.B)
}

func readConvField(c *chat.Conversation, base int32, f field) {
	switch f.num {
	case num(base):
		c.Kind = chat.Kind(f.n)
	case num(base + 1):
		c.A = f.text()
	case num(base + 2):
		c.B = f.text()
	}
}

func encodeUserEvent(b []byte, e *chat.UserEvent) []byte {
	b = putUint(fields(b), 1, e.Time)
	b = putBytes(b, 2, e.Kind)
	b = putConvFields(b, 3, e.Conv)
	b = putUint(b, 6, e.Read)
	b = putUint(b, 7, e.Expires)
	b = putBytes(b, 8, e.Extra)
	if n := e.Notice; n != nil {
		b = putItem(b, 9, encodeNotice(nil, n))
	}
	return b
}

func decodeUserEvent(app chat.AppID, u chat.UserID, seq uint64, v []byte) (*chat.UserEvent, error) {
	e := &chat.UserEvent{App: app, User: u, Seq: seq}
	err := readRecord(v, func(f field) (err error) {
		switch f.num {
		case 1:
			e.Time = int64(f.n)
		case 2:
			e.Kind = chat.UserEventKind(f.b)
		case 3, 4, 5:
			readConvField(&e.Conv, 3, f)
		case 6:
			e.Read = chat.Seq(f.n)
		case 7:
			e.Expires = int64(f.n)
		case 8:
			e.Extra = raw(append([]byte(nil), f.b...))
		case 9:
			e.Notice, err = decodeNotice(f.b)
		}
		return err
	})
	if e.Conv.Kind != 0 {
		e.Conv.App = app
	}
	return e, err
}

func encodeNotice(b []byte, n *chat.Notice) []byte {
	b = putUint(b, 1, int64(n.Kind))
	b = putBytes(b, 2, n.Group)
	b = putBytes(b, 3, n.Type)
	b = putBytes(b, 4, n.Name)
	b = putBytes(b, 5, n.FaceURL)
	b = putBytes(b, 6, n.Operator)
	b = putBytes(b, 7, n.Reason)
	b = putUint(b, 8, n.MuteTime)
	b = putBytes(b, 9, n.Application)
	return putBytes(b, 10, n.Request)
}

func decodeNotice(b []byte) (*chat.Notice, error) {
	n := &chat.Notice{}
	err := readFields(b, func(f field) error {
		switch f.num {
		case 1:
			n.Kind = chat.NoticeKind(f.n)
		case 2:
			n.Group = chat.GroupID(f.b)
		case 3:
			n.Type = groupType(f.b)
		case 4:
			n.Name = f.text()
		case 5:
			n.FaceURL = f.text()
		case 6:
			n.Operator = chat.UserID(f.b)
		case 7:
			n.Reason = f.text()
		case 8:
			n.MuteTime = uint32(f.n)
		case 9:
			n.Application = f.text()
		case 10:
			n.Request = f.text()
		}
		return nil
	})
	return n, err
}

// encodeEvent writes an outbox event; its message goes with it as it was at
// the commit, so that a later recall or expiry does not change what is told.
func encodeEvent(b []byte, e *chat.Event) ([]byte, error) {
	b = putUint(fields(b), 1, e.App)
	b = putBytes(b, 2, e.Kind)
	b = putBytes(b, 3, e.Key)
	b = putUint(b, 4, e.Time)
	b = putBytes(b, 5, e.By)
	b = putBytes(b, 6, e.IP)
	b = putBytes(b, 7, e.From)
	b = putConvFields(b, 8, e.Conv)
	b = putUint(b, 11, e.Unread)
	b = putList(b, 12, e.Users)
	b = putBytes(b, 13, e.Way)
	b = putBytes(b, 14, e.Action)
	b = putBytes(b, 15, e.Reason)
	b = putList(b, 16, e.Kicked)
	if g := e.Group; g != nil {
		b = putBytes(b, 17, g.ID)
		b = putItem(b, 18, encodeGroup(nil, g))
	}
	if m := e.Message; m != nil {
		b = putUint(b, 19, m.Seq)
		b = putConvFields(b, 20, m.Conv)
		inner, err := encodeMessage(nil, m)
		if err != nil {
			return b, err
		}
		b = putItem(b, 23, inner)
	}
	return b, nil
}

func decodeEvent(id string, v []byte) (*chat.Event, error) {
	e := &chat.Event{ID: id}
	var group chat.GroupID
	var seq chat.Seq
	var conv chat.Conversation
	err := readRecord(v, func(f field) (err error) {
		switch f.num {
		case 1:
			e.App = chat.AppID(f.n)
		case 2:
			e.Kind = chat.EventKind(f.b)
		case 3:
			e.Key = f.text()
		case 4:
			e.Time = int64(f.n)
		case 5:
			e.By = chat.UserID(f.b)
		case 6:
			e.IP = f.text()
		case 7:
			e.From = chat.Platform(f.b)
		case 8, 9, 10:
			readConvField(&e.Conv, 8, f)
		case 11:
			e.Unread = int64(f.n)
		case 12:
			e.Users = append(e.Users, chat.UserID(f.b))
		case 13:
			e.Way = f.text()
		case 14:
			e.Action = f.text()
		case 15:
			e.Reason = f.text()
		case 16:
			e.Kicked = append(e.Kicked, chat.Platform(f.b))
		case 17:
			group = chat.GroupID(f.b)
		case 18:
			e.Group, err = decodeGroup(e.App, group, f.b)
		case 19:
			seq = chat.Seq(f.n)
		case 20, 21, 22:
			readConvField(&conv, 20, f)
		case 23:
			conv.App = e.App
			e.Message, err = decodeMessage(conv, seq, append([]byte(nil), f.b...))
		}
		return err
	})
	if e.Conv.Kind != 0 {
		e.Conv.App = e.App
	}
	return e, err
}
