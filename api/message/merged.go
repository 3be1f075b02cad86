package message

import (
	"context"
	"strconv"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// mergedRows are the methods about merged messages (spec/00 §5); REST has none.
func mergedRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "msg.merged", api.Anyone, merged).
			Shows(`{"JsonMsgKey":"AQNhbm5ib2IAAAAHAAAABwAAAAcAAAAHAA"}`),
	}
}

// mergedQuery asks for the list that a key names. The cursor is how many of its entries
// were answered.
type mergedQuery struct {
	Key    string `wire:"!JsonMsgKey" code:"90054"`
	Cursor string `wire:"Cursor"`
}

// mergedPage is a part of a list, its entries as they were sent.
type mergedPage struct {
	list   []byte // without brackets
	cursor string // "": there are no more
}

// Shape implements api.Shaped.
func (*mergedPage) Shape() any {
	return struct {
		List   []form.MergedShape `json:"MsgList"`
		Cursor string             `json:"Cursor"`
	}{}
}

// AppendMembers implements api.Written.
func (p *mergedPage) AppendMembers(dst []byte) []byte {
	dst = append(append(wire.PutName(dst, "MsgList"), '['), p.list...)
	return wire.PutText(append(dst, ']'), "Cursor", p.cursor)
}

func merged(ctx context.Context, c *api.Call, r *mergedQuery) (*mergedPage, error) {
	from, err := strconv.ParseUint(r.Cursor, 10, 16)
	if err != nil && r.Cursor != "" {
		return nil, chat.Refuse(chat.CodeBadJSON, "Cursor is none of an answer")
	}
	list, err := c.Core.Message.Merged(ctx, c.By, r.Key)
	if err != nil {
		return nil, err
	}
	return mergedPart(list, int(from), c.Room), nil
}

// mergedPart is as much of a list as has room, at least one entry.
func mergedPart(list []byte, from, room int) *mergedPage {
	page := &mergedPage{}
	n := 0
	for one := range wire.Items(list) {
		if n++; n <= from {
			continue
		}
		if room -= len(one) + 1; room < 0 && len(page.list) > 0 {
			page.cursor = strconv.Itoa(n - 1)
			break
		}
		if len(page.list) > 0 {
			page.list = append(page.list, ',')
		}
		page.list = append(page.list, one...)
	}
	return page
}
