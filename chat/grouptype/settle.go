package grouptype

import "github.com/teahouse-im/teahouse/chat"

// Settle asks the type about a draft of good form, and fills in its defaults. It
// refuses what the type does not have (10007), and communities where the app has none (11000).
func Settle(d *chat.GroupDraft, app *chat.App) error {
	rules := Of(d.Type)
	if rules.needsSwitch && app.Switches.NoCommunity {
		return chat.Refuse(chat.CodeCommunityOff, "")
	}
	if len(d.Members) > 0 && !rules.initial {
		return chat.Refuse(chat.CodeGroupNotAllowed, "%s groups have no initial members", d.Type)
	}
	for _, m := range d.Members {
		if m.Role != chat.RoleAdmin {
			continue
		}
		if err := May(app, d.Type, Appoint, chat.RoleOwner); err != nil {
			return err
		}
	}
	if d.MaxMembers == 0 || rules.Boundless {
		d.MaxMembers = max(0, rules.Size(&app.Limits))
	}
	if d.ApplyJoin == "" || rules.ApplyFixed {
		d.ApplyJoin = rules.applyJoin
	}
	if d.InviteJoin == "" || rules.InviteFixed {
		d.InviteJoin = rules.inviteJoin
	}
	d.SupportTopic = d.SupportTopic && rules.Topics
	return nil
}
