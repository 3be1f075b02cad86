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
		api.Row(api.NoService, "", "status.set", api.Anyone, setStatus).
			Shows(`{"CustomStatus":"on tour"}`),
	}
}

type stateQuery struct {
	List   []chat.UserID `wire:"!To_Account" code:"90003"`
	Detail int           `wire:"IsNeedDetail"`
}

// stateResult says the state under both of its names (spec/08 §2), and to users the
// custom status.
type stateResult struct {
	User   chat.UserID      `json:"To_Account"`
	Status chat.OnlineState `json:"Status"`
	State  chat.OnlineState `json:"State"`
	Custom *string          `json:"CustomStatus,omitempty"`
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
	answer := stateResults{List: make([]stateResult, len(found)), Errors: api.TargetErrors(failures)}
	for i := range found {
		answer.List[i] = resultOf(&found[i], c.By.Platform == chat.PlatformREST, r.Detail == 1)
	}
	if len(found) == 0 {
		return &answer, chat.Refuse(failures[0].Code, "")
	}
	return &answer, nil
}

// resultOf is the state of one user as a backend sees it, who knows no Unknown and no
// custom status, or a user (spec/00 §5).
func resultOf(p *chat.Presence, backend, detail bool) stateResult {
	one := stateResult{User: p.User, Status: p.State, State: p.State}
	if !backend {
		one.Custom = &p.Status
	} else if p.State == chat.Unknown {
		one.Status, one.State = chat.Offline, chat.Offline
	}
	if detail {
		one.Detail = platformStates(p)
	}
	return one
}

// statePlatforms are the platform names of this command where they differ
// from the webhooks' (spec/08 §2).
var statePlatforms = map[chat.Platform]string{
	chat.PlatformIOS:     "iPhone",
	chat.PlatformWindows: "PC",
}

// platformStates lists each platform once.
func platformStates(p *chat.Presence) []platformState {
	list := make([]platformState, len(p.Platforms))
	for i, one := range p.Platforms {
		name, ok := statePlatforms[one.Platform]
		if !ok {
			name = string(one.Platform)
		}
		list[i] = platformState{name, one.State}
	}
	return list
}

type statusChange struct {
	Text *string `wire:"!CustomStatus"` // "" is none
}

func setStatus(ctx context.Context, c *api.Call, r *statusChange) (*api.None, error) {
	return nil, c.Core.People.SetStatus(ctx, c.By, *r.Text)
}
