package people

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// Bounds of the commands about follows (spec/07 C).
const (
	maxFollows      = 20
	maxFollowsAsked = 100
)

func followRows() []*api.Command {
	return []*api.Command{
		api.Row(api.FollowService, "follow_add", "follow.add", api.Anyone, follow).Takes("FollowItem", 1, maxFollows).
			Shows(`{"FollowItem":[{"To_Account":"bob"}]}`),
		api.Row(api.FollowService, "follow_delete", "follow.delete", api.Anyone, unfollow).Takes("To_Account", 1, maxFollows).
			Shows(`{"To_Account":["bob"]}`),
		api.Row(api.FollowService, "follow_check", "follow.check", api.Anyone, checkFollows).Takes("To_Account", 1, maxFollowsAsked).
			Shows(`{"To_Account":["bob"]}`),
		api.Row(api.FollowService, "follow_get", "follow.get", api.Anyone, listFollows).
			Shows(`{"FollowType":2,"StartCursor":"","WantNum":100}`),
		api.Row(api.FollowService, "follow_get_info", "follow.info", api.Anyone, followInfo).Takes("To_Account", 1, maxFollows).
			Shows(`{"To_Account":["bob"]}`),
	}
}

type following struct {
	From chat.UserID `wire:"From_Account"`
	List []struct {
		User chat.UserID `wire:"!To_Account"`
	} `wire:"!FollowItem"`
}

func follow(ctx context.Context, c *api.Call, r *following) (*relationResults, error) {
	list := make([]chat.UserID, len(r.List))
	for i, one := range r.List {
		list[i] = one.User
	}
	results, err := setFollows(ctx, c, r.From, "FollowItem", list, true)
	if err != nil {
		return nil, err
	}
	return resultsOf(results), nil
}

func setFollows(ctx context.Context, c *api.Call, from chat.UserID, name string, list []chat.UserID, on bool) ([]chat.ItemResult, error) {
	owner, err := ownerOf(c, from)
	if err != nil {
		return nil, err
	}
	if err := between(name, len(list), 1, maxFollows); err != nil {
		return nil, err
	}
	return c.Core.People.Follow(ctx, c.By, owner, list, on)
}

type unfollowed struct {
	List []relationResult `json:"ResultItem"`
}

func unfollow(ctx context.Context, c *api.Call, r *relationChange) (*unfollowed, error) {
	results, err := setFollows(ctx, c, r.From, "To_Account", r.To, false)
	if err != nil {
		return nil, err
	}
	return &unfollowed{resultsOf(results).List}, nil
}

type followChecked struct {
	User chat.UserID     `json:"To_Account"`
	Code chat.Code       `json:"ResultCode"`
	Info string          `json:"ResultInfo"`
	Type chat.FollowType `json:"FollowType"`
}

type followsChecked struct {
	List []followChecked `json:"ResultItem"`
}

func checkFollows(ctx context.Context, c *api.Call, r *relationChange) (*followsChecked, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	if err := between("To_Account", len(r.To), 1, maxFollowsAsked); err != nil {
		return nil, err
	}
	types, results, err := c.Core.People.CheckFollows(ctx, c.By, owner, r.To)
	if err != nil {
		return nil, err
	}
	answer := &followsChecked{List: make([]followChecked, len(types))}
	for i, t := range types {
		answer.List[i] = followChecked{results[i].User, results[i].Code, results[i].Info, t}
	}
	return answer, nil
}

type followQuery struct {
	From   chat.UserID `wire:"From_Account"`
	Type   uint32      `wire:"FollowType"`
	Cursor chat.UserID `wire:"StartCursor"`
	Count  *uint32     `wire:"WantNum"`
}

// followPage is a page of follow_get.
type followPage struct {
	list   []byte
	cursor chat.UserID
}

// Shape implements api.Shaped.
func (*followPage) Shape() any {
	return struct {
		List []struct {
			User     chat.UserID             `json:"To_Account"`
			Time     int64                   `json:"FollowTime"`
			Items    []form.ProfileItemShape `json:"ProfileItem"`
			Sequence int64                   `json:"profile_sequence"`
		} `json:"FollowItem"`
		Cursor chat.UserID `json:"NextCursor"`
	}{}
}

func (p *followPage) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "FollowItem"), '[')
	dst = append(append(dst, p.list...), ']')
	return wire.PutText(dst, "NextCursor", p.cursor)
}

// listFollows numbers no profiles: profile_sequence is 0, a choice.
func listFollows(ctx context.Context, c *api.Call, r *followQuery) (*followPage, error) {
	owner, err := ownerOf(c, r.From)
	if err != nil {
		return nil, err
	}
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*followPage, int, int, error) {
		list, next, err := c.Core.People.Follows(ctx, c.By, owner, chat.FollowType(r.Type), r.Cursor, most)
		if err != nil {
			return nil, 0, 0, err
		}
		answer := &followPage{cursor: next}
		for i := range list {
			if i > 0 {
				answer.list = append(answer.list, ',')
			}
			answer.list = wire.PutText(append(answer.list, '{'), "To_Account", list[i].User)
			answer.list = wire.PutInt(answer.list, "FollowTime", list[i].Since)
			answer.list = form.PutProfile(answer.list, list[i].Profile)
			answer.list = append(wire.PutInt(answer.list, "profile_sequence", 0), '}')
		}
		return answer, len(list), len(answer.list), nil
	})
}

type followCounts struct {
	User      chat.UserID `json:"To_Account"`
	Code      chat.Code   `json:"ResultCode"`
	Info      string      `json:"ResultInfo"`
	Fans      int64       `json:"FollowerCount"`
	Following int64       `json:"FollowingCount"`
	Mutual    int64       `json:"MutualFollowingCount"`
}

type followInfos struct {
	List []followCounts `json:"FollowInfo"`
}

func followInfo(ctx context.Context, c *api.Call, r *relationChange) (*followInfos, error) {
	if _, err := ownerOf(c, r.From); err != nil {
		return nil, err
	}
	if err := between("To_Account", len(r.To), 1, maxFollows); err != nil {
		return nil, err
	}
	counts, results, err := c.Core.People.FollowInfo(ctx, c.By, r.To)
	if err != nil {
		return nil, err
	}
	answer := &followInfos{List: make([]followCounts, len(counts))}
	for i, n := range counts {
		answer.List[i] = followCounts{results[i].User, results[i].Code, results[i].Info, n.Fans, n.Following, n.Mutual}
	}
	return answer, nil
}
