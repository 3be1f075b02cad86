package chat

import "context"

// alreadyBlocked is the text of the original for a name that is listed
// (spec/07 B6).
const alreadyBlocked = "Err_SNS_BlackListAdd_Already_Exist"

// blockPage is how many entries are read at a time.
const blockPage = 500

// BlockUsers puts users on owner's blocklist ("" is the caller's); each has its own result: 30001
// when listed already, 30003 when unknown, 30013 when the list is full.
func (s *Service) BlockUsers(ctx context.Context, by Actor, owner UserID, list []UserID) ([]ItemResult, error) {
	app, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	defer s.accounts.lock(by.App, owner)()
	have, err := s.countBlocked(ctx, by.App, owner)
	if err != nil {
		return nil, err
	}
	results := make([]ItemResult, len(list))
	fresh := make(map[UserID]bool, len(list))
	var add []UserID
	for i, u := range list {
		switch err := s.mayBlock(ctx, by.App, owner, u); {
		case err != nil:
			results[i] = resultOf(u, err)
		case fresh[u]:
			results[i] = resultOf(u, Refuse(CodeRelationParameter, alreadyBlocked))
		case app.Limits.Blocklist >= 0 && have+len(add) >= app.Limits.Blocklist:
			results[i] = resultOf(u, Refuse(CodeBlocklistFull, ""))
		default:
			results[i] = ItemResult{User: u}
			fresh[u] = true
			add = append(add, u)
		}
	}
	if len(add) == 0 {
		return results, nil
	}
	if err := s.store.Block(ctx, by.App, owner, add, s.nowSec()); err != nil {
		return nil, Internal(CodeRelationInternal, err)
	}
	s.relationChanged(by.App, owner, add)
	return results, nil
}

// mayBlock checks one name for owner's blocklist.
func (s *Service) mayBlock(ctx context.Context, app AppID, owner, u UserID) error {
	if u == owner {
		return Refuse(CodeRelationParameter, "nobody blocks himself")
	}
	acc, err := s.account(ctx, app, u)
	if err != nil {
		return err
	}
	if acc == nil {
		return Refuse(CodeRelationNoAccount, "")
	}
	listed, err := s.store.Blocked(ctx, app, owner, u)
	if err != nil {
		return Internal(CodeRelationInternal, err)
	}
	if listed {
		return Refuse(CodeRelationParameter, alreadyBlocked)
	}
	return nil
}

// UnblockUsers takes users off owner's blocklist. One that is not listed
// succeeds: the choice of spec/07 B6.
func (s *Service) UnblockUsers(ctx context.Context, by Actor, owner UserID, list []UserID) ([]ItemResult, error) {
	_, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	defer s.accounts.lock(by.App, owner)()
	if err := s.store.Unblock(ctx, by.App, owner, list); err != nil {
		return nil, Internal(CodeRelationInternal, err)
	}
	s.relationChanged(by.App, owner, list)
	results := make([]ItemResult, len(list))
	for i, u := range list {
		results[i].User = u
	}
	return results, nil
}

// relationChanged makes messages that were admitted under the old list be
// checked again before they are appended.
func (s *Service) relationChanged(app AppID, owner UserID, list []UserID) {
	for _, u := range list {
		s.rules.changed(C2COf(app, owner, u))
	}
}

// Blocklist pages owner's blocklist in byte order after a name.
func (s *Service) Blocklist(ctx context.Context, by Actor, owner, after UserID, limit int) ([]BlockEntry, error) {
	_, owner, err := s.ownList(ctx, by, owner)
	if err != nil {
		return nil, err
	}
	page, err := s.store.Blocklist(ctx, by.App, owner, after, limit)
	if err != nil {
		return nil, Internal(CodeRelationInternal, err)
	}
	return page, nil
}

// ownList admits the owner of a list, and app administrators, to it.
func (s *Service) ownList(ctx context.Context, by Actor, named UserID) (app *App, owner UserID, err error) {
	if app, err = s.App(by.App); err != nil {
		return nil, "", err
	}
	if named == "" {
		named = by.User
	}
	if named != by.User && !by.Admin() {
		return nil, "", Refuse(CodeRelationNeedAdmin, "")
	}
	acc, err := s.account(ctx, by.App, named)
	if err != nil {
		return nil, "", err
	}
	if acc == nil {
		return nil, "", Refuse(CodeRelationNoAccount, "")
	}
	return app, named, nil
}

func (s *Service) countBlocked(ctx context.Context, app AppID, owner UserID) (int, error) {
	n := 0
	for after := UserID(""); ; {
		page, err := s.store.Blocklist(ctx, app, owner, after, blockPage)
		if err != nil {
			return 0, Internal(CodeRelationInternal, err)
		}
		n += len(page)
		if len(page) < blockPage {
			return n, nil
		}
		after = page[len(page)-1].User
	}
}
