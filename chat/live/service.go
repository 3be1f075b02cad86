package live

import (
	"github.com/teahouse-im/teahouse/chat/audience"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Service shows and marks those who watch live rooms.
type Service struct {
	read   *ledger.Reader
	groups *group.Service
	rooms  *audience.Rooms
}

// New builds the room over a ledger, the room of groups, and the audience that groups
// let in and out.
func New(l *ledger.Ledger, groups *group.Service, rooms *audience.Rooms) *Service {
	return &Service{read: &l.Reader, groups: groups, rooms: rooms}
}
