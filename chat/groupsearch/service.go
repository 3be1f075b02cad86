package groupsearch

import (
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Service finds groups and members. It changes nothing.
type Service struct {
	read   *ledger.Reader
	groups *group.Service
}

// New builds the room over a ledger and the room of groups.
func New(l *ledger.Ledger, groups *group.Service) *Service {
	return &Service{read: &l.Reader, groups: groups}
}
