package inbox

import (
	"context"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// convGroupRows are the requests about a user's groups of conversations (spec/00 §5).
func convGroupRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "convgroup.get", api.Anyone, convGroups).
			Shows(`{}`),
		api.Row(api.NoService, "", "convgroup.create", api.Anyone, createConvGroup).
			Shows(`{"GroupName":"work","Convs":["c2c/bob","group/tea"]}`),
		api.Row(api.NoService, "", "convgroup.add", api.Anyone, fillConvGroup(true)).
			Shows(`{"GroupName":"work","Convs":["c2c/carol"]}`),
		api.Row(api.NoService, "", "convgroup.remove", api.Anyone, fillConvGroup(false)).
			Shows(`{"GroupName":"work","Convs":["c2c/carol"]}`),
		api.Row(api.NoService, "", "convgroup.delete", api.Anyone, deleteConvGroup).
			Shows(`{"GroupName":"work"}`),
		api.Row(api.NoService, "", "convgroup.rename", api.Anyone, renameConvGroup).
			Shows(`{"OldName":"work","NewName":"office"}`),
	}
}

// convGroupQuery goes on after a page whose groups did not all have room.
type convGroupQuery struct {
	Cursor string `wire:"Cursor" code:"50002"`
}

type convGroup struct {
	Name  string   `json:"GroupName"`
	Convs []string `json:"Convs"`
}

// convGroupPage may end within a group, which the next page then goes on with.
type convGroupPage struct {
	Groups []convGroup `json:"Groups"`
	Cursor string      `json:"Cursor"`
}

// convGroups pages by group and conversation; a cursor is the id of a group and the name
// of the last conversation of it.
func convGroups(ctx context.Context, c *api.Call, r *convGroupQuery) (*convGroupPage, error) {
	var group uint64
	last, goesOn := "", r.Cursor != ""
	if goesOn {
		id, name, ok := strings.Cut(r.Cursor, ":")
		var err error
		if group, err = strconv.ParseUint(id, 10, 32); err != nil || !ok {
			return nil, chat.Refuse(chat.CodeConvParameter, "Cursor is invalid")
		}
		last = name
	}
	list, err := c.Core.Inbox.ConvGroups(ctx, c.By, "")
	if err != nil {
		return nil, err
	}
	page := &convGroupPage{Groups: []convGroup{}}
	room := c.Room
	for _, g := range list {
		if goesOn && uint64(g.ID) < group {
			continue
		}
		entry := convGroup{Name: g.Name, Convs: []string{}}
		room -= len(`{"GroupName":"","Convs":[]},`) + 2*len(g.Name)
		for _, t := range g.Convs {
			name := t.String()
			if goesOn && uint64(g.ID) == group && name <= last {
				continue
			}
			if room -= 2*len(name) + 3; room < 0 && len(entry.Convs)+len(page.Groups) > 0 {
				page.Cursor = strconv.FormatUint(uint64(g.ID), 10) + ":"
				if n := len(entry.Convs); n > 0 {
					page.Cursor += entry.Convs[n-1]
					page.Groups = append(page.Groups, entry)
				}
				return page, nil
			}
			entry.Convs = append(entry.Convs, name)
		}
		page.Groups = append(page.Groups, entry)
	}
	return page, nil
}

type convGroupFilling struct {
	Name  string     `wire:"!GroupName" code:"50002"`
	Convs []api.Conv `wire:"Convs" code:"50002"`
}

func targets(list []api.Conv) []chat.Target {
	out := make([]chat.Target, len(list))
	for i, t := range list {
		out[i] = chat.Target(t)
	}
	return out
}

// convResult is what became of one conversation.
type convResult struct {
	Conv string    `json:"Conv"`
	Code chat.Code `json:"ResultCode"`
	Info string    `json:"ResultInfo"`
}

type convResults struct {
	List []convResult `json:"ResultItem"`
}

func newConvResults(list []api.Conv, each []error) *convResults {
	r := &convResults{List: make([]convResult, len(each))}
	for i, err := range each {
		code, info := chat.Outward(err)
		r.List[i] = convResult{chat.Target(list[i]).String(), code, info}
	}
	return r
}

func createConvGroup(ctx context.Context, c *api.Call, r *convGroupFilling) (*convResults, error) {
	done, err := c.Core.Inbox.CreateConvGroup(ctx, c.By, "", r.Name, targets(r.Convs))
	if err != nil {
		return nil, err
	}
	return newConvResults(r.Convs, done.Each), nil
}

func fillConvGroup(add bool) func(context.Context, *api.Call, *convGroupFilling) (*convResults, error) {
	return func(ctx context.Context, c *api.Call, r *convGroupFilling) (*convResults, error) {
		in, out := targets(r.Convs), []chat.Target(nil)
		if !add {
			in, out = out, in
		}
		done, err := c.Core.Inbox.FillConvGroup(ctx, c.By, "", r.Name, in, out)
		if err != nil {
			return nil, err
		}
		return newConvResults(r.Convs, done.Each), nil
	}
}

type convGroupRef struct {
	Name string `wire:"!GroupName" code:"50002"`
}

func deleteConvGroup(ctx context.Context, c *api.Call, r *convGroupRef) (*api.None, error) {
	_, err := c.Core.Inbox.DeleteConvGroup(ctx, c.By, "", r.Name)
	return nil, err
}

type convGroupRenaming struct {
	Old string `wire:"!OldName" code:"50002"`
	New string `wire:"!NewName" code:"50002"`
}

func renameConvGroup(ctx context.Context, c *api.Call, r *convGroupRenaming) (*api.None, error) {
	_, err := c.Core.Inbox.RenameConvGroup(ctx, c.By, "", r.Old, r.New)
	return nil, err
}
