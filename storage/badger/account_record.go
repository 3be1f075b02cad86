package badger

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/teahouse-im/teahouse/chat"
)

func num(n int32) protowire.Number { return protowire.Number(n) }

func encodeAccount(b []byte, a *chat.Account) []byte {
	b = putBytes(fields(b), 1, a.Nick)
	b = putBytes(b, 2, a.FaceURL)
	b = putUint(b, 3, a.Created)
	b = putUint(b, 4, a.KickedAt)
	return putBool(b, 5, a.Blocked)
}

func decodeAccount(app chat.AppID, u chat.UserID, v []byte) (*chat.Account, error) {
	a := &chat.Account{App: app, User: u}
	err := readRecord(v, func(f field) error {
		switch f.num {
		case 1:
			a.Nick = f.text()
		case 2:
			a.FaceURL = f.text()
		case 3:
			a.Created = int64(f.n)
		case 4:
			a.KickedAt = int64(f.n)
		case 5:
			a.Blocked = f.n != 0
		}
		return nil
	})
	return a, err
}

func encodeSession(b []byte, s *chat.SessionState) []byte {
	return putBytes(putUint(fields(b), 1, s.Expires), 2, s.Data)
}

func decodeSession(app chat.AppID, u chat.UserID, client string, v []byte) (*chat.SessionState, error) {
	s := &chat.SessionState{App: app, User: u, Client: client}
	err := readRecord(v, func(f field) error {
		switch f.num {
		case 1:
			s.Expires = int64(f.n)
		case 2:
			s.Data = append([]byte(nil), f.b...)
		}
		return nil
	})
	return s, err
}
