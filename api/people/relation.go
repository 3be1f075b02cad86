package people

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// What the commands about friends, blocklists and follows have in common.

// relationResult is an item of an answer.
type relationResult struct {
	User chat.UserID `json:"To_Account"`
	Code chat.Code   `json:"ResultCode"`
	Info string      `json:"ResultInfo"`
}

type relationResults struct {
	List []relationResult `json:"ResultItem"`
	Fail []chat.UserID    `json:"Fail_Account,omitempty"`
}

func resultsOf(list []chat.ItemResult) *relationResults {
	answer := relationResults{List: make([]relationResult, len(list))}
	for i, one := range list {
		answer.List[i] = relationResult{one.User, one.Code, one.Info}
	}
	answer.Fail = failed(list)
	return &answer
}

// failed are the users of a batch that it failed for. Who is asked and has not
// answered is none of them (spec/07 B3).
func failed(list []chat.ItemResult) (fail []chat.UserID) {
	for _, one := range list {
		if one.Code != 0 && one.Code != chat.CodeFriendPending {
			fail = append(fail, one.User)
		}
	}
	return fail
}

// between refuses a list that is too short or too long.
func between(what string, n, least, most int) error {
	if n < least || n > most {
		return chat.Refuse(chat.CodeRelationParameter, "%s has between %d and %d entries", what, least, most)
	}
	return nil
}

// oneOf reads a member that is one of a few words; usual is the one that is meant by none.
func oneOf(name, given, usual string, words ...string) (string, error) {
	if given == "" && usual != "" {
		return usual, nil
	}
	for _, w := range words {
		if given == w {
			return w, nil
		}
	}
	return "", chat.Refuse(chat.CodeRelationParameter, "%s is one of %v", name, words)
}

type relationCheck struct {
	From chat.UserID   `wire:"From_Account"`
	To   []chat.UserID `wire:"!To_Account"`
	Type string        `wire:"!CheckType"`
}

type checkedRelation struct {
	User     chat.UserID `json:"To_Account"`
	Relation string      `json:"Relation"`
	Code     chat.Code   `json:"ResultCode"`
	Info     string      `json:"ResultInfo"`
}

// check asks what the owner of a list and others are to each other; words begin with prefix.
func check(ctx context.Context, c *api.Call, r *relationCheck, prefix, none string,
	ask func(context.Context, chat.Actor, chat.UserID, []chat.UserID, bool) ([]chat.Relation, []chat.ItemResult, error),
) ([]checkedRelation, []chat.UserID, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, nil, err
	}
	if err := between("To_Account", len(r.To), 1, maxRelations); err != nil {
		return nil, nil, err
	}
	how, err := oneOf("CheckType", r.Type, "", prefix+"Single", prefix+"Both")
	if err != nil {
		return nil, nil, err
	}
	found, results, err := ask(ctx, c.By, owner, r.To, how == prefix+"Both")
	if err != nil {
		return nil, nil, err
	}
	list := make([]checkedRelation, len(found))
	for i, f := range found {
		list[i] = checkedRelation{results[i].User, prefix + relationWord(f, none), results[i].Code, results[i].Info}
	}
	return list, failed(results), nil
}

// relationWord is spec/07 B4.
func relationWord(r chat.Relation, none string) string {
	switch {
	case r.Has && r.HadBy:
		return "BothWay"
	case r.Has:
		return "AWithB"
	case r.HadBy:
		return "BWithA"
	}
	return none
}

type checkedBlocks struct {
	List []checkedRelation `json:"BlackListCheckItem"`
	Fail []chat.UserID     `json:"Fail_Account,omitempty"`
}

func checkBlocks(ctx context.Context, c *api.Call, r *relationCheck) (*checkedBlocks, error) {
	list, fail, err := check(ctx, c, r, "BlackCheckResult_Type_", "NO", c.Core.People.CheckBlocks)
	if err != nil {
		return nil, err
	}
	return &checkedBlocks{list, fail}, nil
}

type checkedFriends struct {
	List []checkedRelation `json:"InfoItem"`
	Fail []chat.UserID     `json:"Fail_Account,omitempty"`
}

func checkFriends(ctx context.Context, c *api.Call, r *relationCheck) (*checkedFriends, error) {
	list, fail, err := check(ctx, c, r, "CheckResult_Type_", "NoRelation", c.Core.People.CheckFriends)
	if err != nil {
		return nil, err
	}
	return &checkedFriends{list, fail}, nil
}
