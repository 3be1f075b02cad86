package search

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/message"
	"github.com/teahouse-im/teahouse/chat/search"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// Bounds of the lists of requests, those of the room.
const (
	maxKeywords = 5
	maxNamed    = 20
)

// searchPackets is how many packets a search counts as: it may look at 10,000 documents.
const searchPackets = 20

// searchRate is how many calls a second an app may make over REST.
const searchRate = 50

// Rows lists the commands of this family.
func Rows() []*api.Command {
	return []*api.Command{
		api.Row(api.SearchService, "messages", "msg.search", api.Anyone, messages).Weighs(searchPackets).AtMost(searchRate).
			Takes("Keywords", 0, maxKeywords).Takes("Senders", 0, maxNamed).Takes("MsgTypes", 0, maxNamed).
			Shows(`{"Keywords":["tea"],"Match":"or","Senders":["bob"],"Count":20}`),
		api.Row(api.SearchService, "users", "user.search", api.Anyone, users).Weighs(searchPackets).AtMost(searchRate).Takes("Keywords", 1, maxKeywords).
			Shows(`{"Keywords":["bob"],"Count":20}`),
		api.Row(api.SearchService, "groups", "", api.Admins, groups).AtMost(searchRate).Takes("Keywords", 1, maxKeywords),
	}
}

type messageQuery struct {
	From     chat.UserID   `wire:"From_Account"`
	Conv     *api.Conv     `wire:"Conv" code:"50002"`
	Keywords []string      `wire:"Keywords"`
	Match    api.Match     `wire:"Match"`
	Senders  []chat.UserID `wire:"Senders"`
	Types    []string      `wire:"MsgTypes"`
	Position int64         `wire:"TimePosition"`
	Period   int64         `wire:"TimePeriod"`
	Cursor   string        `wire:"Cursor"`
	Count    *uint32       `wire:"Count"`
}

func (r *messageQuery) query(of chat.UserID, most int) search.MessageQuery {
	return search.MessageQuery{
		Of: of, Conv: (*chat.Target)(r.Conv), Keywords: r.Keywords, All: bool(r.Match), From: r.Senders, Types: r.Types,
		Position: r.Position, Period: r.Period, Cursor: r.Cursor, Limit: most,
	}
}

// of is whose view is searched. A backend names it, unless it searches a group: then it may
// leave it out, and all of the group is searched.
func (r *messageQuery) of(c *api.Call) (chat.UserID, error) {
	if r.From == "" && r.Conv != nil && r.Conv.Kind == chat.InGroup {
		return c.By.User, nil
	}
	return c.Self("From_Account", r.From, chat.CodeBadJSON, chat.CodeBadFrom)
}

// page is what all answers of this family are.
type page struct {
	total  int
	list   []byte
	cursor string
}

// AppendMembers implements api.Written.
func (p *page) AppendMembers(dst []byte) []byte {
	dst = wire.PutInt(dst, "TotalCount", int64(p.total))
	dst = append(wire.PutName(dst, "List"), '[')
	dst = append(dst, p.list...)
	return wire.PutText(append(dst, ']'), "Cursor", p.cursor)
}

// messageFinds, userFinds and groupFinds are the pages, which differ in their entries.
type (
	messageFinds struct{ page }
	userFinds    struct{ page }
	groupFinds   struct{ page }
)

// Shape implements api.Shaped.
func (*messageFinds) Shape() any {
	return struct {
		Total  int         `json:"TotalCount"`
		List   []convFinds `json:"List"`
		Cursor string      `json:"Cursor"`
	}{}
}

// convFinds is what appendFinds writes.
type convFinds struct {
	Conv  string              `json:"Conv"`
	Count int                 `json:"Count"`
	List  []form.MessageShape `json:"MsgList"`
}

func messages(ctx context.Context, c *api.Call, r *messageQuery) (*messageFinds, error) {
	of, err := r.of(c)
	if err != nil {
		return nil, err
	}
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*messageFinds, int, int, error) {
		found, err := c.Core.Search.Messages(ctx, c.By, r.query(of, most))
		if err != nil {
			return nil, 0, 0, err
		}
		list, entries := []byte(nil), 0
		for i := range found.List {
			f := &found.List[i]
			w, err := c.Core.Message.Window(ctx, c.By, of, f.Conv)
			if chat.IsFault(err) {
				return nil, 0, 0, err
			}
			if err != nil { // they have left meanwhile
				continue
			}
			if list, err = appendFinds(ctx, list, w, f); err != nil {
				return nil, 0, 0, err
			}
			entries += len(f.Messages)
		}
		return &messageFinds{page{found.Total, list, found.Cursor}}, entries, len(list), nil
	})
}

func appendFinds(ctx context.Context, dst []byte, w *message.Window, f *search.MessageFinds) ([]byte, error) {
	p, before, err := w.Page(ctx, f.Messages)
	if err != nil {
		return nil, err
	}
	if len(dst) > 0 {
		dst = append(dst, ',')
	}
	dst = wire.PutText(append(dst, '{'), "Conv", f.Conv.String())
	dst = wire.PutInt(dst, "Count", int64(f.Count))
	dst = append(wire.PutName(dst, "MsgList"), '[')
	for i, m := range p.Messages {
		if i > 0 {
			dst = append(dst, ',')
		}
		around := form.Around{Pinned: slices.Contains(p.Pinned, m.Seq)}
		if n, ok := p.Receipts[m.Seq]; ok {
			around.Receipt = &n
		}
		dst = form.AppendEntry(dst, m, before[i], around)
	}
	return append(dst, "]}"...), nil
}

type userQuery struct {
	Keywords []string  `wire:"!Keywords"`
	Match    api.Match `wire:"Match"`
	Gender   string    `wire:"Gender"`
	MinBirth uint32    `wire:"MinBirthDay"`
	MaxBirth uint32    `wire:"MaxBirthDay"`
	Cursor   string    `wire:"Cursor"`
	Count    *uint32   `wire:"Count"`
}

// Shape implements api.Shaped.
func (*userFinds) Shape() any {
	return struct {
		Total  int        `json:"TotalCount"`
		List   []userFind `json:"List"`
		Cursor string     `json:"Cursor"`
	}{}
}

// userFind is an item of user.get.
type userFind struct {
	User  chat.UserID             `json:"To_Account"`
	Items []form.ProfileItemShape `json:"ProfileItem"`
	Code  chat.Code               `json:"ResultCode"`
	Info  string                  `json:"ResultInfo"`
}

func users(ctx context.Context, c *api.Call, r *userQuery) (*userFinds, error) {
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*userFinds, int, int, error) {
		found, err := c.Core.Search.Users(ctx, c.By, search.UserQuery{
			Keywords: r.Keywords, All: bool(r.Match), Gender: r.Gender, MinBirthDay: r.MinBirth, MaxBirthDay: r.MaxBirth,
			Cursor: r.Cursor, Limit: most,
		})
		if err != nil {
			return nil, 0, 0, err
		}
		var list []byte
		for i := range found.List {
			if i > 0 {
				list = append(list, ',')
			}
			one := &found.List[i]
			list = form.PutProfile(wire.PutText(append(list, '{'), "To_Account", one.User), one.Items)
			list = append(wire.PutText(wire.PutInt(list, "ResultCode", int64(one.Code)), "ResultInfo", one.Info), '}')
		}
		return &userFinds{page{found.Total, list, found.Cursor}}, len(found.List), len(list), nil
	})
}

type groupQuery struct {
	Keywords []string  `wire:"!Keywords"`
	Match    api.Match `wire:"Match"`
	Cursor   string    `wire:"Cursor"`
	Count    *uint32   `wire:"Count"`
}

// Shape implements api.Shaped.
func (*groupFinds) Shape() any {
	return struct {
		Total  int         `json:"TotalCount"`
		List   []groupFind `json:"List"`
		Cursor string      `json:"Cursor"`
	}{}
}

// groupFind is what a find says of a group; get_group_info has the rest.
type groupFind struct {
	ID      chat.GroupID   `json:"GroupId"`
	Type    chat.GroupType `json:"Type"`
	Name    string         `json:"Name"`
	FaceURL string         `json:"FaceUrl"`
	Owner   chat.UserID    `json:"Owner_Account"`
	Members int            `json:"MemberNum"`
}

func groups(ctx context.Context, c *api.Call, r *groupQuery) (*groupFinds, error) {
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*groupFinds, int, int, error) {
		found, err := c.Core.Search.AllGroups(ctx, c.By, r.Keywords, bool(r.Match), r.Cursor, most)
		if err != nil {
			return nil, 0, 0, err
		}
		var list []byte
		for i, g := range found.List {
			if i > 0 {
				list = append(list, ',')
			}
			list = wire.PutText(append(list, '{'), "GroupId", g.ID)
			list = wire.PutText(list, "Type", g.Type.WireName(c.App.Switches.NewTypeNames || c.By.Platform != chat.PlatformREST))
			list = wire.PutText(wire.PutText(list, "Name", g.Name), "FaceUrl", g.FaceURL)
			list = wire.PutText(list, "Owner_Account", g.Owner)
			list = append(wire.PutInt(list, "MemberNum", int64(g.Members)), '}')
		}
		return &groupFinds{page{found.Total, list, found.Cursor}}, len(found.List), len(list), nil
	})
}
