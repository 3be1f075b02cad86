package inbox

import (
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/message"
)

// Options are what a Service is built from. All are required.
type Options struct {
	Ledger   *ledger.Ledger
	Groups   *group.Service
	Messages *message.Service
}

// Service lists conversations and keeps how far they are read.
type Service struct {
	ledger   *ledger.Ledger
	groups   *group.Service
	messages *message.Service
}

// New builds a Service.
func New(o Options) *Service {
	return &Service{ledger: o.Ledger, groups: o.Groups, messages: o.Messages}
}
