package account

import (
	"context"
	"slices"
	"testing"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// A feature is named when all of its methods are served, and community unless the
// app has switched it off.
func TestFeaturesFollowTheTable(t *testing.T) {
	nothing := func(context.Context, *api.Call, *api.None) (*api.None, error) { return nil, nil }
	method := func(name string) []*api.Command {
		return []*api.Command{api.Row(api.NoService, "", name, api.Anyone, nothing)}
	}
	for _, c := range []struct {
		methods []string
		off     bool
		want    []string
	}{
		{nil, false, []string{"community"}},
		{nil, true, []string{}},
		{[]string{"status.get"}, true, []string{}},                                    // without status.set nobody sets one
		{[]string{"msg.react", "msg.recall"}, false, []string{"recall", "community"}}, // no way to take one back
		{[]string{"msg.react", "msg.unreact", "msg.reactions", "msg.reaction.users"}, false, []string{"reactions", "community"}},
	} {
		var families [][]*api.Command
		for _, name := range c.methods {
			families = append(families, method(name))
		}
		app := &chat.App{}
		app.Switches.NoCommunity = c.off
		got := features(&api.Call{App: app, Table: api.New(nil, families...)})
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.methods, got, c.want)
		}
	}
}
