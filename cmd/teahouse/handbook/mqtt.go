package handbook

import (
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/api"
)

// mqtt is the reference of the topics and methods over MQTT.
func (h *handbook) mqtt() (string, error) {
	var l lines
	l.add("## Topics\n")
	for _, way := range []struct{ action, heading string }{{"receive", "Clients publish"}, {"send", "Clients get"}} {
		l.add("### %s\n", way.heading)
		var rows [][]string
		h.async.get("operations").each(func(name string, op node) {
			if op.get("action").text() != way.action || !op.get("reply").absent() {
				return
			}
			channel := h.async.get("channels", name)
			if channel.absent() {
				return
			}
			what := op.get("description").text()
			if strings.HasPrefix(what, "spec/") {
				what = "the event `" + strings.TrimPrefix(name, "event.") + "`"
			}
			rows = append(rows, []string{code(channel.get("address").text()), kindOf(h.async.get("components", "messages", name, "payload")), what})
		})
		l.table([]string{"topic", "payload", ""}, rows)
	}
	l.add("## Methods\n")
	l.add("Publish the request to `im/req/{method}/{rid}`, or to `im/req/{method}` with a Response Topic below `im/res/`; the answer comes there. Beside what the tables say every answer has `ActionStatus`, `ErrorCode` and `ErrorInfo`.\n")
	for _, name := range h.table.Methods(true) {
		c, _ := h.table.Explained(name, true)
		h.method(&l, c)
	}
	l.add("## Forms\n")
	l.forms(h.async, func(string) bool { return false })
	return l.String(), nil
}

// method is one method.
func (h *handbook) method(l *lines, c *api.Command) {
	message := func(name string) node { return h.async.get("components", "messages", name, "payload") }
	op := h.async.get("operations", c.Method)
	l.add("### %s\n", c.Method)
	list := []string{code("im/req/" + c.Method)}
	if c.Name != "" {
		list = append(list, "over HTTP ["+code(c.Service+"/"+c.Name)+"](rest.md#"+slug(c.Service+"/"+c.Name)+")")
	}
	if c.Who == api.Admins {
		list = append(list, "administrators of the app only")
	}
	list = append(list, specLink(op.get("x-spec"), op.get("description").text()))
	l.add("%s\n", strings.Join(list, " · "))
	l.members("send", "needed", members(message(c.Method), ""))
	answer := members(message(c.Method+".answer"), "")
	l.members("comes back", "always", slices.DeleteFunc(answer, func(m member) bool { return slices.Contains(envelope, m.name) }))
	h.codes(l, c, c.Method)
	h.shown(l, c.Method)
}
