package account

import (
	"strings"

	"github.com/teahouse-im/teahouse/api"
)

// featureOf says which methods make a feature (spec/00 §5, me). Features names it
// when the families of commands serve all of them, with no further step: a client
// that reads the name may call each. The names that are not among those of the
// contract were there before it and stay.
var featureOf = []struct{ name, methods string }{
	{"c2c", "msg.send"},
	{"group", "group.create group.get group.update group.destroy group.join group.quit"},
	{"history", "msg.history"},
	{"recall", "msg.recall"},
	{"read", "msg.read"},
	{"receipts", "msg.receipt.send msg.receipts msg.readers"},
	{"blocklist", "black.add black.delete black.get"},
	{"status", "status.set status.watch status.unwatch status.get"},
	{"marks", "conv.mark"},
	{"reactions", "msg.react msg.unreact msg.reactions msg.reaction.users"},
	{"search", "msg.search user.search"}, // an app may switch it off
	{"media", "media.upload media.url"},
	{"friends", "friend.add friend.update friend.delete friend.get friend.requests friend.accept friend.refuse"},
	{"profiles", "user.get user.set"},
	{"merged", "msg.merged"},
	{"extensions", "msg.ext.set msg.ext.get msg.ext.delete"},
	{"pins", "msg.pin msg.unpin msg.pins"},
	{"attrs", "group.attrs.get group.attrs.set group.attrs.modify group.attrs.delete group.attrs.clear"},
	{"counters", "group.counters.get group.counters.update group.counters.delete"},
	{"calls", "signal.invite signal.accept signal.reject signal.cancel signal.ice"},
	{"rooms", "room.token"},
	{"push", "push.register push.unregister push.clicked"},
}

// off reports whether a feature whose methods are there is switched off.
func off(c *api.Call, feature string) bool {
	switch feature {
	case "media":
		return !c.Core.Media.On()
	case "search":
		return !c.Core.Search.On(c.App)
	case "rooms":
		return !c.Core.Calls.Rooms()
	case "push":
		return !c.Core.Push.Serves(c.App.ID)
	}
	return false
}

// features names what this server and app have. community has no method of its
// own: it is a group type that an app may switch off. A server without a place for files has no
// media, and one without indexes no search, and an app without a
// channel no push.
func features(c *api.Call) []string {
	list := []string{}
	for _, f := range featureOf {
		if serves(c.Table, f.methods) && !off(c, f.name) {
			list = append(list, f.name)
		}
	}
	if !c.App.Switches.NoCommunity {
		list = append(list, "community")
	}
	return list
}

// serves reports whether the table has all of the methods.
func serves(t *api.Table, methods string) bool {
	for name := range strings.FieldsSeq(methods) {
		if _, ok := t.Explained(name, true); !ok {
			return false
		}
	}
	return true
}
