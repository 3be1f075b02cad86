package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/groupsearch"
	"github.com/teahouse-im/teahouse/wire"
)

func searchRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "", "group.search", api.Anyone, searchGroups).
			Shows(`{"Keywords":["tea"],"Count":20}`),
		api.Row(api.GroupService, "", "group.member.search", api.Anyone, searchMembers).
			Shows(`{"Keywords":["bob"],"GroupIds":["tea"],"Count":20}`),
	}
}

// searchWords are the members that both searches have.
type searchWords struct {
	Keywords []string       `wire:"!Keywords"`
	Match    api.Match      `wire:"Match"`
	Groups   []chat.GroupID `wire:"GroupIds"`
	Cursor   string         `wire:"Cursor"`
	Count    *uint32        `wire:"Count"`
}

func (r *searchWords) query(most int) groupsearch.Query {
	return groupsearch.Query{
		Keywords: r.Keywords, All: bool(r.Match), Groups: r.Groups, After: r.Cursor, Limit: most,
	}
}

// searchPage is what both searches answer.
type searchPage struct{ list, cursor string }

// groupHits and memberHits are the pages of either, which differ in their entries.
type (
	groupHits  struct{ searchPage }
	memberHits struct{ searchPage }
)

// Shape implements api.Shaped.
func (*groupHits) Shape() any {
	return struct {
		List   []groupShape `json:"List"`
		Cursor string       `json:"Cursor"`
	}{}
}

// Shape implements api.Shaped.
func (*memberHits) Shape() any {
	return struct {
		List   []memberHit `json:"List"`
		Cursor string      `json:"Cursor"`
	}{}
}

// memberHit is what appendMemberHits writes.
type memberHit struct {
	ID    chat.GroupID `json:"GroupId"`
	Group struct {
		Name    string         `json:"Name"`
		Type    chat.GroupType `json:"Type"`
		FaceURL string         `json:"FaceUrl"`
	} `json:"Group"`
	List []memberShape `json:"MemberList"`
}

func (p *searchPage) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "List"), '[')
	dst = append(dst, p.list...)
	dst = append(dst, ']')
	return wire.PutText(dst, "Cursor", p.cursor)
}

// searchGroups answers items of group.get, without their members.
func searchGroups(ctx context.Context, c *api.Call, r *searchWords) (*groupHits, error) {
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*groupHits, int, int, error) {
		groups, next, err := c.Core.GroupSearch.Groups(ctx, c.By, r.query(most))
		if err != nil {
			return nil, 0, 0, err
		}
		var list []byte
		for i := range groups {
			if i > 0 {
				list = append(list, ',')
			}
			if list, err = appendHit(ctx, c, list, &groups[i]); err != nil {
				return nil, 0, 0, err
			}
		}
		return &groupHits{searchPage{string(list), next}}, len(groups), len(list), nil
	})
}

func appendHit(ctx context.Context, c *api.Call, dst []byte, g *chat.GroupView) (_ []byte, err error) {
	dst = putGroup(dst, g.ID, 0, "")
	if g.Outside {
		return append(appendOutside(dst, c, g, nil), '}'), nil
	}
	dst = appendFields(dst, groupFields, nil, c, g)
	dst = appendPairs(wire.PutName(dst, "AppDefinedData"), g.Custom, nil)
	if dst, err = appendSelfOf(ctx, c, dst, g, nil); err != nil {
		return nil, err
	}
	return append(dst, '}'), nil
}

func searchMembers(ctx context.Context, c *api.Call, r *searchWords) (*memberHits, error) {
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*memberHits, int, int, error) {
		hits, next, err := c.Core.GroupSearch.Members(ctx, c.By, r.query(most))
		if err != nil {
			return nil, 0, 0, err
		}
		var list []byte
		entries := 0
		for i, h := range hits {
			if i > 0 {
				list = append(list, ',')
			}
			list = appendMemberHits(list, c, &h)
			entries += len(h.Members)
		}
		return &memberHits{searchPage{string(list), next}}, entries, len(list), nil
	})
}

func appendMemberHits(dst []byte, c *api.Call, h *groupsearch.MemberHits) []byte {
	dst = wire.PutText(append(dst, '{'), "GroupId", h.Group.ID)
	dst = append(wire.PutName(dst, "Group"), '{')
	dst = wire.PutText(dst, "Name", h.Group.Name)
	dst = wire.PutText(dst, "Type", h.Group.Type)
	dst = append(wire.PutText(dst, "FaceUrl", h.Group.FaceURL), '}')
	shape := memberForm{withCustom: true, named: true}
	return append(shape.appendList(wire.PutName(dst, "MemberList"), c, h.Members), '}')
}
