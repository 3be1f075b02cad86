package account

import "github.com/teahouse-im/teahouse/api"

// featureOf says which method shows that the server has a feature (spec/00 §5,
// me): when a family of commands serves the method, Features names the feature,
// with no further step. The names that are not among those of the contract were
// there before it and stay.
var featureOf = []struct{ name, method string }{
	{"c2c", "msg.send"},
	{"group", "group.create"},
	{"history", "msg.history"},
	{"recall", "msg.recall"},
	{"read", "msg.read"},
	{"receipts", "msg.receipts"},
	{"blocklist", "black.add"},
	{"status", "status.set"},
	{"marks", "conv.mark"},
	{"reactions", "msg.react"},
	{"search", "msg.search"},
	{"media", "media.upload"},
	{"friends", "friend.add"},
	{"profiles", "user.set"},
	{"merged", "msg.merged"},
	{"extensions", "msg.ext.set"},
	{"pins", "msg.pin"},
	{"attrs", "group.attrs.set"},
	{"counters", "group.counters.update"},
	{"calls", "signal.invite"},
	{"push", "push.register"},
}

// features names what this server and app have. community has no method of its
// own: it is a group type that an app may switch off.
func features(c *api.Call) []string {
	list := []string{}
	for _, f := range featureOf {
		if _, served := c.Table.Method(f.method); served {
			list = append(list, f.name)
		}
	}
	if !c.App.Switches.NoCommunity {
		list = append(list, "community")
	}
	return list
}
