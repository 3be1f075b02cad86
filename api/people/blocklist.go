package people

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// maxRelations bounds one change of a blocklist (spec/07 B2).
const maxRelations = 1000

func blocklistRows() []*api.Command {
	return []*api.Command{
		api.Row(api.SNSService, "black_list_add", "black.add", api.Anyone, blockUsers).Takes("To_Account", 1, maxRelations).
			Shows(`{"To_Account":["mallory"]}`),
		api.Row(api.SNSService, "black_list_delete", "black.delete", api.Anyone, unblockUsers).Takes("To_Account", 1, maxRelations).
			Shows(`{"To_Account":["mallory"]}`),
		api.Row(api.SNSService, "black_list_get", "black.get", api.Anyone, blocklist).
			Shows(`{"StartIndex":0,"MaxLimited":100}`),
		api.Row(api.SNSService, "black_list_check", "black.check", api.Anyone, checkBlocks).Takes("To_Account", 1, maxRelations).
			Shows(`{"To_Account":["mallory"],"CheckType":"BlackCheckResult_Type_Both"}`),
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
	return resultsOf(results), nil
}

type blocklistQuery struct {
	From  chat.UserID `wire:"From_Account"`
	Start uint32      `wire:"StartIndex"`
	Most  *uint32     `wire:"MaxLimited"`
	Last  uint64      `wire:"LastSequence"` // every page is whole, whatever it says
}

type blocklistEntry struct {
	User chat.UserID `json:"To_Account"`
	At   int64       `json:"AddBlackTimeStamp"`
}

// blocklistPage spells CurruentSequence as the original does (spec/07 B2).
type blocklistPage struct {
	List     []blocklistEntry `json:"BlackListItem"`
	Start    int              `json:"StartIndex"`
	Sequence uint64           `json:"CurruentSequence"`
}

// blocklist pages by position: a list is short (1000 by default), so it is
// read from its beginning.
func blocklist(ctx context.Context, c *api.Call, r *blocklistQuery) (*blocklistPage, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	most := chat.PageSize(api.PageSize(r.Most), maxRelations, maxRelations)
	return api.Fitting(c.Room, most, func(most int) (*blocklistPage, int, int, error) {
		page, bytes, err := blockedFrom(ctx, c, owner, int(r.Start), most)
		if err != nil {
			return nil, 0, 0, err
		}
		return page, len(page.List), bytes, nil
	})
}

// blockedFrom is the page of at most so many entries from a position on, and about
// what they take.
func blockedFrom(ctx context.Context, c *api.Call, owner chat.UserID, start, most int) (*blocklistPage, int, error) {
	sequence, err := c.Core.People.BlocklistSequence(ctx, c.By, owner)
	if err != nil {
		return nil, 0, err
	}
	answer := blocklistPage{List: []blocklistEntry{}, Sequence: sequence}
	n, bytes := 0, 0
	for after := chat.UserID(""); ; {
		page, err := c.Core.People.Blocklist(ctx, c.By, owner, after, maxRelations)
		if err != nil {
			return nil, 0, err
		}
		for _, e := range page {
			if n == start+most {
				answer.Start = n
				return &answer, bytes, nil
			}
			if n >= start {
				answer.List = append(answer.List, blocklistEntry{e.User, e.At})
				bytes += len(`{"To_Account":,"AddBlackTimeStamp":1700000000},`) + len(wire.AppendText(nil, e.User))
			}
			n++
		}
		if len(page) < maxRelations {
			return &answer, bytes, nil
		}
		after = page[len(page)-1].User
	}
}
