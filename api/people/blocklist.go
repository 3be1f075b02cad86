package people

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// maxRelations bounds one change of a blocklist (spec/07 B2).
const maxRelations = 1000

func blocklistRows() []*api.Command {
	return []*api.Command{
		api.Row(api.SNSService, "black_list_add", "black.add", api.Anyone, blockUsers).
			Shows(`{"To_Account":["mallory"]}`),
		api.Row(api.SNSService, "black_list_delete", "black.delete", api.Anyone, unblockUsers).
			Shows(`{"To_Account":["mallory"]}`),
		api.Row(api.SNSService, "black_list_get", "black.get", api.Anyone, blocklist).
			Shows(`{"StartIndex":0,"MaxLimited":100}`),
	}
}

type relationChange struct {
	From chat.UserID   `wire:"From_Account"`
	To   []chat.UserID `wire:"!To_Account"`
}

// ownerOf is whose list is meant.
func ownerOf(c *api.Call, named chat.UserID) (chat.UserID, error) {
	return c.Self("From_Account", named, chat.CodeRelationParameter, chat.CodeRelationNeedAdmin)
}

type relationResult struct {
	User chat.UserID `json:"To_Account"`
	Code chat.Code   `json:"ResultCode"`
	Info string      `json:"ResultInfo"`
}

type relationResults struct {
	List []relationResult `json:"ResultItem"`
	Fail []chat.UserID    `json:"Fail_Account,omitempty"`
}

func blockUsers(ctx context.Context, c *api.Call, r *relationChange) (*relationResults, error) {
	return changeRelation(ctx, c, r, c.Core.People.BlockUsers)
}

func unblockUsers(ctx context.Context, c *api.Call, r *relationChange) (*relationResults, error) {
	return changeRelation(ctx, c, r, c.Core.People.UnblockUsers)
}

func changeRelation(ctx context.Context, c *api.Call, r *relationChange,
	change func(context.Context, chat.Actor, chat.UserID, []chat.UserID) ([]chat.ItemResult, error),
) (*relationResults, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if n := len(r.To); n == 0 || n > maxRelations {
		return nil, chat.Refuse(chat.CodeRelationParameter, "between 1 and %d accounts are needed", maxRelations)
	}
	results, err := change(ctx, c.By, owner, r.To)
	if err != nil {
		return nil, err
	}
	answer := relationResults{List: make([]relationResult, len(results))}
	for i, one := range results {
		answer.List[i] = relationResult{one.User, one.Code, one.Info}
		if one.Code != 0 {
			answer.Fail = append(answer.Fail, one.User)
		}
	}
	return &answer, nil
}

type blocklistQuery struct {
	From  chat.UserID `wire:"From_Account"`
	Start uint32      `wire:"StartIndex"`
	Most  *uint32     `wire:"MaxLimited"`
	Last  uint64      `wire:"LastSequence"` // we number no changes
}

type blocklistEntry struct {
	User chat.UserID `json:"To_Account"`
	At   int64       `json:"AddBlackTimeStamp"`
}

// blocklistPage spells CurruentSequence as the original does (spec/07 B2).
type blocklistPage struct {
	List     []blocklistEntry `json:"BlackListItem"`
	Start    int              `json:"StartIndex"`
	Sequence int              `json:"CurruentSequence"`
}

// blocklist pages by position: a list is short (1000 by default), so it is
// read from its beginning.
func blocklist(ctx context.Context, c *api.Call, r *blocklistQuery) (*blocklistPage, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	want := int(r.Start) + chat.PageSize(api.PageSize(r.Most), maxRelations, maxRelations)
	answer := blocklistPage{List: []blocklistEntry{}}
	n := 0
	for after := chat.UserID(""); ; {
		page, err := c.Core.People.Blocklist(ctx, c.By, owner, after, maxRelations)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if n == want {
				answer.Start = want
				return &answer, nil
			}
			if n >= int(r.Start) {
				answer.List = append(answer.List, blocklistEntry{e.User, e.At})
			}
			n++
		}
		if len(page) < maxRelations {
			return &answer, nil
		}
		after = page[len(page)-1].User
	}
}
