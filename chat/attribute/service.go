package attribute

import (
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Service reads and changes the attributes and counters of groups. Methods that change
// something wait until it is durable.
type Service struct {
	ledger *ledger.Ledger
	groups *group.Service
}

// New builds the room over a ledger and the room of groups.
func New(l *ledger.Ledger, groups *group.Service) *Service {
	return &Service{ledger: l, groups: groups}
}
