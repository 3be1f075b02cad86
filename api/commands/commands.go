// Package commands puts the families of commands together into the one table
// that both doors serve.
//
// A family that is not in the list of [New] is served by nobody. Nothing else
// stands here.
package commands

import (
	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/api/account"
	"github.com/teahouse-im/teahouse/api/call"
	"github.com/teahouse-im/teahouse/api/group"
	"github.com/teahouse-im/teahouse/api/inbox"
	"github.com/teahouse-im/teahouse/api/media"
	"github.com/teahouse-im/teahouse/api/message"
	"github.com/teahouse-im/teahouse/api/people"
	"github.com/teahouse-im/teahouse/api/push"
	"github.com/teahouse-im/teahouse/api/search"
	"github.com/teahouse-im/teahouse/chat/core"
)

// New builds the table of all commands over the core.
func New(c *core.Core) *api.Table {
	return api.New(c, account.Rows(), people.Rows(), group.Rows(), message.Rows(), inbox.Rows(), media.Rows(), push.Rows(), call.Rows(), search.Rows())
}
