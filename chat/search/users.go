package search

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// UserQuery asks for users (spec/00 §5, user.search).
type UserQuery struct {
	Keywords []string // 1 to 5; found in UserID or nick
	All      bool
	Gender   string // "": any
	// MinBirthDay and MaxBirthDay are numbers such as 20190419, 0: any; who has none is then
	// not found.
	MinBirthDay, MaxBirthDay uint32
	Cursor                   string
	Limit                    int
}

// UserPage is a page of users in byte order; Total is exact up to 1,000.
type UserPage struct {
	Total  int
	List   []chat.ProfileResult
	Cursor string
}

// Users finds users of the app by what the caller may read of their profiles. Refusals are as
// those of [Service.Messages].
func (s *Service) Users(ctx context.Context, by chat.Actor, q UserQuery) (UserPage, error) {
	p, err := s.names(ctx, by, UserName, q.Keywords, q.All, q.Cursor, q.Limit)
	if err != nil {
		return UserPage{}, err
	}
	var list []chat.ProfileResult
	page, err := p.page(ctx, func(ids []string) ([]bool, error) {
		users := make([]chat.UserID, len(ids))
		for i, id := range ids {
			users[i] = chat.UserID(id)
		}
		found, err := s.Profiles(ctx, by, users, nil)
		if err != nil {
			return nil, err
		}
		is := make([]bool, len(ids))
		for i := range found {
			if is[i] = found[i].Code == 0 && q.matches(p.keywords, &found[i]); is[i] && len(list) < p.most {
				list = append(list, found[i])
			}
		}
		return is, nil
	})
	return UserPage{page.Total, list[:min(len(list), len(page.IDs))], page.Cursor}, err
}

func (q *UserQuery) matches(k Keywords, r *chat.ProfileResult) bool {
	nick, gender, birth := "", "", uint32(0)
	for _, item := range r.Items {
		switch item.Tag {
		case chat.TagNick:
			nick = item.Text
		case chat.TagGender:
			gender = item.Text
		case chat.TagBirthDay:
			birth = item.Number
		}
	}
	switch {
	case q.Gender != "" && q.Gender != gender, q.MinBirthDay > 0 && birth < q.MinBirthDay,
		q.MaxBirthDay > 0 && (birth == 0 || birth > q.MaxBirthDay):
		return false
	}
	return k.In([]Words{Read(string(r.User)), Read(nick)})
}

// GroupPage is a page of groups in byte order; Total is exact up to 1,000.
type GroupPage struct {
	Total  int
	List   []*chat.Group
	Cursor string
}

// AllGroups finds groups of the app by id or name, for administrators; users have
// groupsearch (60010).
func (s *Service) AllGroups(ctx context.Context, by chat.Actor, keywords []string, all bool, cursor string, limit int) (GroupPage, error) {
	if !by.Admin() {
		return GroupPage{}, chat.Refuse(chat.CodeNeedAdmin, "")
	}
	p, err := s.names(ctx, by, GroupName, keywords, all, cursor, limit)
	if err != nil {
		return GroupPage{}, err
	}
	var list []*chat.Group
	page, err := p.page(ctx, func(ids []string) ([]bool, error) {
		is := make([]bool, len(ids))
		for i, id := range ids {
			g, err := s.Group(ctx, by.App, chat.GroupID(id))
			if chat.IsFault(err) {
				return nil, err
			}
			if is[i] = err == nil && p.keywords.In([]Words{Read(id), Read(g.Name)}); is[i] && len(list) < p.most {
				list = append(list, g)
			}
		}
		return is, nil
	})
	return GroupPage{page.Total, list[:min(len(list), len(page.IDs))], page.Cursor}, err
}

// naming is a search for names under way.
type naming struct {
	w        *worker
	kind     NameKind
	keywords Keywords
	from     *cursor // nil: the first page
	most     int
	asked    string // the cursor of the call
}

// namePages is what a search for names has found.
type namePages struct {
	Total  int
	IDs    []string
	Cursor string
}

func (s *Service) names(ctx context.Context, by chat.Actor, kind NameKind, keywords []string, all bool, cursor string, limit int) (*naming, error) {
	if _, err := s.read.App(by.App); err != nil {
		return nil, err
	}
	if len(keywords) == 0 {
		return nil, chat.Refuse(chat.CodeBadJSON, "Keywords is empty")
	}
	p := &naming{kind: kind, most: chat.PageSize(limit, usualPage, mostPage), asked: cursor}
	var err error
	if p.keywords, err = keywordsOf(keywords, all); err != nil {
		return nil, err
	}
	if p.from, err = parseCursor(by.App, cursor); err != nil {
		return nil, err
	}
	p.w, err = s.index(ctx, by.App)
	return p, err
}

// judgedAtOnce is how many names are read at a time.
const judgedAtOnce = 100

// page judges what the index finds, by parts; the first page counts.
func (p *naming) page(ctx context.Context, judge func(ids []string) ([]bool, error)) (page namePages, err error) {
	if p.most == 0 {
		return namePages{Cursor: p.asked}, nil
	}
	after, last := "", ""
	if p.from != nil {
		after = p.from.name
	}
	var list []string
	more := false
	err = p.w.ask(func(x Index) error {
		list, more, err = x.Names(ctx, p.kind, p.keywords, after, mostJudged)
		return err
	})
	if err != nil {
		return page, err
	}
	found := 0
	enough := func() bool { return found >= mostCounted || p.from != nil && found > p.most }
	for ids := range slices.Chunk(list, judgedAtOnce) {
		is, err := judge(ids)
		if err != nil {
			return page, err
		}
		for i, id := range ids {
			if is[i] && !enough() {
				if found++; found <= p.most {
					page.IDs = append(page.IDs, id)
				}
			}
		}
		if last = ids[len(ids)-1]; enough() {
			more = true
			break
		}
	}
	next := cursor{total: min(found, mostCounted)}
	if p.from != nil {
		next.total = p.from.total
	}
	page.Total = next.total
	switch {
	case found > p.most, len(page.IDs) == p.most && more:
		next.name = page.IDs[p.most-1]
	case more:
		next.name = last
	default:
		return page, nil
	}
	page.Cursor = next.String()
	return page, nil
}
