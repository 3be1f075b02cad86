package people

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// maxStates bounds one question for states (spec/08 §2).
const maxStates = 500

func statusRows() []*api.Command {
	return []*api.Command{
		api.Row(api.OpenIMService, "query_online_status", "status.get", api.Anyone, states).Takes("To_Account", 1, maxStates).
			Shows(`{"To_Account":["bob"]}`).Also("querystate"),
	}
}

type stateQuery struct {
	List   []chat.UserID `wire:"!To_Account" code:"90003"`
	Detail int           `wire:"IsNeedDetail"`
}

// stateResult says the state under both of its names (spec/08 §2).
type stateResult struct {
	User   chat.UserID      `json:"To_Account"`
	Status chat.OnlineState `json:"Status"`
	State  chat.OnlineState `json:"State"`
	Detail []platformState  `json:"Detail,omitempty"`
}

type platformState struct {
	Platform string           `json:"Platform"`
	Status   chat.OnlineState `json:"Status"`
}

type stateResults struct {
	List   []stateResult     `json:"QueryResult"`
	Errors []api.TargetError `json:"ErrorList"`
}

func states(ctx context.Context, c *api.Call, r *stateQuery) (*stateResults, error) {
	switch n := len(r.List); {
	case n == 0:
		return nil, chat.Refuse(chat.CodeBadJSON, "To_Account is empty")
	case n > maxStates:
		return nil, chat.Refuse(chat.CodeTooManyTargets, "more than %d accounts", maxStates)
	}
	found, failures, err := c.Core.People.Presences(ctx, c.By, r.List)
	if err != nil {
		return nil, err
	}
	answer := stateResults{List: []stateResult{}, Errors: api.TargetErrors(failures)}
	for _, p := range found {
		one := stateResult{User: p.User, Status: p.State, State: p.State}
		if r.Detail == 1 {
			one.Detail = platformStates(p)
		}
		answer.List = append(answer.List, one)
	}
	if len(found) == 0 {
		return &answer, chat.Refuse(failures[0].Code, "")
	}
	return &answer, nil
}

// statePlatforms are the platform names of this command where they differ
// from the webhooks' (spec/08 §2).
var statePlatforms = map[chat.Platform]string{
	chat.PlatformIOS:     "iPhone",
	chat.PlatformWindows: "PC",
}

// platformStates lists each platform once.
func platformStates(p chat.Presence) []platformState {
	var list []platformState
	seen := map[chat.Platform]bool{}
	for _, d := range p.Devices {
		if seen[d.Platform] {
			continue
		}
		seen[d.Platform] = true
		name, ok := statePlatforms[d.Platform]
		if !ok {
			name = string(d.Platform)
		}
		list = append(list, platformState{name, chat.Online})
	}
	return list
}
