package group

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/attribute"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// attrRows are the commands about attributes (spec/22b §10). One of them has a
// service of its own.
func attrRows() []*api.Command {
	return []*api.Command{
		api.Row(api.GroupAttrService, "get_group_attr", "group.attrs.get", api.Anyone, getAttrs).
			Shows(`{"GroupId":"tea"}`),
		api.Row(api.GroupService, "set_group_attr", "group.attrs.set", api.Anyone, writeAttrs(attribute.SetAttrs)).
			Shows(`{"GroupId":"tea","GroupAttr":[{"key":"pot","value":"green"}],"Version":1}`),
		api.Row(api.GroupService, "modify_group_attr", "group.attrs.modify", api.Anyone, writeAttrs(attribute.ModifyAttrs)).
			Shows(`{"GroupId":"tea","GroupAttr":[{"key":"pot","value":"black"}]}`),
		api.Row(api.GroupService, "delete_group_attr", "group.attrs.delete", api.Anyone, writeAttrs(attribute.DeleteAttrs)).
			Shows(`{"GroupId":"tea","GroupAttr":[{"key":"pot"}]}`),
		api.Row(api.GroupService, "clear_group_attr", "group.attrs.clear", api.Anyone, clearAttrs).
			Shows(`{"GroupId":"tea"}`),
	}
}

type attrList struct {
	list    []chat.Attr
	version uint64
}

// Shape implements api.Shaped.
func (*attrList) Shape() any {
	return struct {
		List    []form.AttrShape `json:"GroupAttrAry"`
		Version uint64           `json:"Version"`
	}{}
}

// AppendMembers implements api.Written. Version is of spec/00 §5, and does no harm
// over REST.
func (l *attrList) AppendMembers(dst []byte) []byte {
	return wire.PutUint(form.PutAttrs(dst, "GroupAttrAry", l.list), "Version", l.version)
}

func getAttrs(ctx context.Context, c *api.Call, r *groupRef) (*attrList, error) {
	list, version, err := c.Core.Attribute.Attrs(ctx, c.By, r.ID)
	if err != nil {
		return nil, err
	}
	return &attrList{list, version}, nil
}

type attrWrite struct {
	ID      chat.GroupID `wire:"!GroupId"`
	List    []attr       `wire:"!GroupAttr"`
	Version *uint64      `wire:"Version"`
}

type attr struct {
	Key   string `wire:"!key"`
	Value string `wire:"value"`
}

func writeAttrs(way attribute.AttrWay) func(context.Context, *api.Call, *attrWrite) (*api.None, error) {
	return func(ctx context.Context, c *api.Call, r *attrWrite) (*api.None, error) {
		list := make([]chat.Attr, len(r.List))
		for i, a := range r.List {
			list[i] = chat.Attr(a)
		}
		return nil, c.Core.Attribute.WriteAttrs(ctx, c.By, r.ID, way, list, r.Version)
	}
}

type attrClearing struct {
	ID      chat.GroupID `wire:"!GroupId"`
	Version *uint64      `wire:"Version"`
}

func clearAttrs(ctx context.Context, c *api.Call, r *attrClearing) (*api.None, error) {
	return nil, c.Core.Attribute.WriteAttrs(ctx, c.By, r.ID, attribute.ClearAttrs, nil, r.Version)
}
