package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/attribute"
	"github.com/teahouse-im/teahouse/wire/form"
)

// counterRows are the commands about counters (spec/22b §11).
func counterRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupService, "get_group_counter", "group.counters.get", api.Anyone, getCounters).
			Shows(`{"GroupId":"tea","GroupCounterKeys":["likes"]}`),
		api.Row(api.GroupService, "update_group_counter", "group.counters.update", api.Anyone, updateCounters).
			Shows(`{"GroupId":"tea","Mode":"Increase","GroupCounter":[{"Key":"likes","Value":1}],"RequestId":"7f1c"}`),
		api.Row(api.GroupService, "delete_group_counter", "group.counters.delete", api.Anyone, deleteCounters).
			Shows(`{"GroupId":"tea","GroupCounterKeys":["likes"]}`),
	}
}

type counterKeys struct {
	ID   chat.GroupID `wire:"!GroupId"`
	Keys []string     `wire:"GroupCounterKeys"`
}

type counterList []chat.Counter

// Shape implements api.Shaped.
func (counterList) Shape() any {
	return struct {
		List []form.CounterShape `json:"GroupCounter"`
	}{}
}

// AppendMembers implements api.Written.
func (l counterList) AppendMembers(dst []byte) []byte { return form.PutCounters(dst, l) }

func getCounters(ctx context.Context, c *api.Call, r *counterKeys) (*counterList, error) {
	list, err := c.Core.Attribute.Counters(ctx, c.By, r.ID, r.Keys)
	if err != nil {
		return nil, err
	}
	return (*counterList)(&list), nil
}

type counterUpdate struct {
	ID      chat.GroupID         `wire:"!GroupId"`
	Mode    attribute.CounterWay `wire:"Mode"`
	List    []counter            `wire:"!GroupCounter"`
	Request string               `wire:"RequestId"`
}

// RequestID implements api.Repeatable.
func (r *counterUpdate) RequestID() string { return r.Request }

type counter struct {
	Key   string `wire:"!Key"`
	Value *int64 `wire:"!Value"`
}

func updateCounters(ctx context.Context, c *api.Call, r *counterUpdate) (*counterList, error) {
	way := r.Mode
	if way == "" { // a choice: spec/22b §11
		way = attribute.SetCounters
	}
	list := make([]chat.Counter, len(r.List))
	for i, one := range r.List {
		list[i] = chat.Counter{Key: one.Key, Value: *one.Value}
	}
	moved, err := c.Core.Attribute.UpdateCounters(ctx, c.By, r.ID, way, list)
	if err != nil {
		return nil, err
	}
	return (*counterList)(&moved), nil
}

func deleteCounters(ctx context.Context, c *api.Call, r *counterKeys) (*api.None, error) {
	return nil, c.Core.Attribute.DeleteCounters(ctx, c.By, r.ID, r.Keys)
}
