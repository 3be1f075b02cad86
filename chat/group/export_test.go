package group

import "github.com/teahouse-im/teahouse/chat"

// May and its siblings let the matrix of package chattest be held against the
// rules themselves.
var (
	May      = may
	MayTo    = mayTo
	MayQuit  = mayQuit
	MayApply = mayApply

	MayInvite = mayInvite
)

// OptionsOf are the options that a group of a type has after a creation with these.
func OptionsOf(t chat.GroupType, apply chat.JoinOption, invite chat.InviteOption) (chat.JoinOption, chat.InviteOption) {
	d := chat.GroupDraft{Type: t, ApplyJoin: apply, InviteJoin: invite}
	if err := settle(&d, &chat.App{}); err != nil {
		panic(err)
	}
	return d.ApplyJoin, d.InviteJoin
}

// RankApp is the rank of app administrators.
const RankApp = rankApp
