package badger

import "github.com/teahouse-im/teahouse/chat"

func encodeGroup(b []byte, g *chat.Group) []byte {
	b = putBytes(fields(b), 1, g.Type)
	b = putBytes(b, 2, g.Name)
	b = putBytes(b, 3, g.Introduction)
	b = putBytes(b, 4, g.Notification)
	b = putBytes(b, 5, g.FaceURL)
	b = putBytes(b, 6, g.Owner)
	b = putUint(b, 7, g.Created)
	b = putUint(b, 8, g.InfoSeq)
	b = putUint(b, 9, g.InfoTime)
	b = putUint(b, 10, g.MaxMembers)
	b = putUint(b, 11, g.Members)
	b = putBytes(b, 12, g.ApplyJoin)
	b = putBytes(b, 13, g.InviteJoin)
	b = putBool(b, 14, g.MuteAll)
	b = putMap(b, 15, g.Custom)
	return putBool(b, 16, g.SupportTopic)
}

func decodeGroup(app chat.AppID, id chat.GroupID, v []byte) (*chat.Group, error) {
	g := &chat.Group{App: app, ID: id}
	err := readRecord(v, func(f field) (err error) {
		switch f.num {
		case 1:
			g.Type = groupType(f.b)
		case 2:
			g.Name = f.text()
		case 3:
			g.Introduction = f.text()
		case 4:
			g.Notification = f.text()
		case 5:
			g.FaceURL = f.text()
		case 6:
			g.Owner = chat.UserID(f.b)
		case 7:
			g.Created = int64(f.n)
		case 8:
			g.InfoSeq = f.n
		case 9:
			g.InfoTime = int64(f.n)
		case 10:
			g.MaxMembers = int(f.n)
		case 11:
			g.Members = int(f.n)
		case 12:
			g.ApplyJoin = chat.JoinOption(f.b)
		case 13:
			g.InviteJoin = chat.InviteOption(f.b)
		case 14:
			g.MuteAll = f.n != 0
		case 15:
			g.Custom, err = f.addTo(g.Custom)
		case 16:
			g.SupportTopic = f.n != 0
		}
		return err
	})
	return g, err
}

// groupType avoids a string of its own for each row read.
func groupType(b []byte) chat.GroupType {
	for _, t := range []chat.GroupType{chat.Work, chat.Public, chat.Meeting, chat.AVChatRoom, chat.Community} {
		if string(b) == string(t) {
			return t
		}
	}
	return chat.GroupType(b)
}

func encodeMember(b []byte, m *chat.Member) []byte {
	b = putUint(fields(b), 1, m.Role)
	b = putUint(b, 2, m.Joined)
	b = putUint(b, 3, m.JoinSeq)
	b = putBytes(b, 4, m.NameCard)
	b = putBytes(b, 5, m.Flag)
	return putMap(b, 6, m.Custom)
}

func decodeMember(g chat.GroupID, u chat.UserID, v []byte) (*chat.Member, error) {
	m := &chat.Member{Group: g, User: u}
	err := readRecord(v, func(f field) (err error) {
		switch f.num {
		case 1:
			m.Role = chat.Role(f.n)
		case 2:
			m.Joined = int64(f.n)
		case 3:
			m.JoinSeq = chat.Seq(f.n)
		case 4:
			m.NameCard = f.text()
		case 5:
			m.Flag = chat.ReceiveOption(f.b)
		case 6:
			m.Custom, err = f.addTo(m.Custom)
		}
		return err
	})
	return m, err
}

func encodeMembership(b []byte, m chat.Membership) []byte {
	return putUint(putUint(putBytes(fields(b), 1, m.Type), 2, m.Joined), 3, m.JoinSeq)
}

func decodeMembership(g chat.GroupID, v []byte) (chat.Membership, error) {
	m := chat.Membership{Group: g}
	err := readRecord(v, func(f field) error {
		switch f.num {
		case 1:
			m.Type = groupType(f.b)
		case 2:
			m.Joined = int64(f.n)
		case 3:
			m.JoinSeq = chat.Seq(f.n)
		}
		return nil
	})
	return m, err
}
