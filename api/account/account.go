package account

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// maxAccounts bounds the account batches (spec/03).
const maxAccounts = 100

// accountRate is what spec/02 §5 gives the account batches, calls a second.
const accountRate = 100

func accountRows() []*api.Command {
	return []*api.Command{
		api.Row(api.LoginService, "account_import", "", api.Admins, importAccount),
		api.Row(api.LoginService, "multiaccount_import", "", api.Admins, importAccounts).AtMost(accountRate).
			Takes("AccountList", 0, maxAccounts).Takes("Accounts", 0, maxAccounts),
		api.Row(api.LoginService, "account_delete", "", api.Admins, deleteAccounts).AtMost(accountRate).Takes("DeleteItem", 1, maxAccounts),
		api.Row(api.LoginService, "account_check", "", api.Admins, checkAccounts).AtMost(accountRate).Takes("CheckItem", 1, maxAccounts),
		api.Row(api.LoginService, "kick", "", api.Admins, kickAccount),
	}
}

// accountItem is somebody to import. Identifier is the older name (spec/03 §1).
type accountItem struct {
	UserID  chat.UserID `wire:"UserID,Identifier"`
	Nick    *string     `wire:"Nick"`
	FaceURL *string     `wire:"FaceUrl"`
}

func (i accountItem) profile() chat.Profile {
	return chat.Profile{User: i.UserID, Nick: i.Nick, FaceURL: i.FaceURL}
}

func importAccount(ctx context.Context, c *api.Call, r *accountItem) (*api.None, error) {
	failed, err := c.Core.People.Import(ctx, c.By, []chat.Profile{r.profile()})
	if err != nil {
		return nil, err
	}
	if len(failed) > 0 {
		return nil, chat.Refuse(failed[0].Code, "%s", failed[0].Info)
	}
	return nil, nil
}

// importMany has the list in its new form or its old one (spec/03 §2).
type importMany struct {
	List []accountItem `wire:"AccountList"`
	Old  []chat.UserID `wire:"Accounts"`
}

type importedMany struct {
	Fail []chat.UserID `json:"FailAccounts"`
}

func importAccounts(ctx context.Context, c *api.Call, r *importMany) (*importedMany, error) {
	list := make([]chat.Profile, 0, len(r.List)+len(r.Old))
	for _, i := range r.List {
		list = append(list, i.profile())
	}
	if r.List == nil {
		for _, u := range r.Old {
			list = append(list, chat.Profile{User: u})
		}
	}
	if n := len(list); n == 0 || n > maxAccounts {
		return nil, chat.Refuse(chat.CodeAccountBatch, "between 1 and %d accounts are needed", maxAccounts)
	}
	failed, err := c.Core.People.Import(ctx, c.By, list)
	if err != nil {
		return nil, err
	}
	answer := importedMany{Fail: []chat.UserID{}}
	for _, f := range failed {
		answer.Fail = append(answer.Fail, f.User)
	}
	return &answer, nil
}

type accountRef struct {
	UserID chat.UserID `wire:"!UserID,Identifier"`
}

type deletion struct {
	List []accountRef `wire:"!DeleteItem"`
}

type accountResult struct {
	UserID chat.UserID `json:"UserID"`
	Code   chat.Code   `json:"ResultCode"`
	Info   string      `json:"ResultInfo"`
	Status string      `json:"AccountStatus,omitempty"`
}

type accountResults struct {
	List []accountResult `json:"ResultItem"`
}

// accounts checks the size of a batch and takes the names out.
func accounts(list []accountRef) ([]chat.UserID, error) {
	if len(list) == 0 || len(list) > maxAccounts {
		return nil, chat.Refuse(chat.CodeAccountParameter, "between 1 and %d accounts are needed", maxAccounts)
	}
	names := make([]chat.UserID, len(list))
	for i, r := range list {
		names[i] = r.UserID
	}
	return names, nil
}

func deleteAccounts(ctx context.Context, c *api.Call, r *deletion) (*accountResults, error) {
	names, err := accounts(r.List)
	if err != nil {
		return nil, err
	}
	results, err := c.Core.DeleteAccounts(ctx, c.By, names)
	if err != nil {
		return nil, err
	}
	answer := accountResults{List: make([]accountResult, len(results))}
	for i, r := range results {
		answer.List[i] = accountResult{UserID: r.User, Code: r.Code, Info: r.Info}
	}
	return &answer, nil
}

type checkup struct {
	List []accountRef `wire:"!CheckItem"`
}

func checkAccounts(ctx context.Context, c *api.Call, r *checkup) (*accountResults, error) {
	names, err := accounts(r.List)
	if err != nil {
		return nil, err
	}
	exist, err := c.Core.People.Check(ctx, c.By, names)
	if err != nil {
		return nil, err
	}
	answer := accountResults{List: make([]accountResult, len(names))}
	for i, u := range names {
		answer.List[i] = accountResult{UserID: u, Status: "NotImported"}
		if exist[i] {
			answer.List[i].Status = "Imported"
		}
	}
	return &answer, nil
}

func kickAccount(ctx context.Context, c *api.Call, r *accountRef) (*api.None, error) {
	return nil, c.Core.People.Kick(ctx, c.By, r.UserID)
}
