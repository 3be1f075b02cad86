package inbox

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coreinbox "github.com/teahouse-im/teahouse/chat/inbox"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// conversationRows are the requests about a user's list (spec/00 §5).
func conversationRows() []*api.Command {
	return []*api.Command{
		api.Row(api.NoService, "", "conv.list", api.Anyone, conversations).
			Shows(`{"Count":20,"Filter":{"Type":"group","Unread":1}}`),
		api.Row(api.NoService, "", "conv.get", api.Anyone, conversation).
			Shows(`{"Conv":"c2c/bob"}`),
		api.Row(api.NoService, "", "sync", api.Anyone, syncState).
			Shows(`{"EventSeq":7,"Since":"s2s.lov5jx1c.0.0.2s","Convs":{"c2c/bob":12,"group/tea":{"MsgSeq":40,"Rev":3}}}`),
	}
}

type convQuery struct {
	Cursor string     `wire:"Cursor"`
	Count  *uint32    `wire:"Count"`
	Filter convFilter `wire:"Filter" code:"50002"`
}

type convFilter struct {
	Type   convType `wire:"Type"`
	Group  string   `wire:"Group"`
	Mark   uint32   `wire:"Mark"`
	Unread api.Bit  `wire:"Unread"`
	At     api.Bit  `wire:"At"`
}

// convType is a kind of conversations by its word.
type convType chat.Kind

// ReadWire reads the value.
func (k *convType) ReadWire(value []byte) bool {
	s, ok := wire.ReadText(value)
	switch s {
	case "c2c":
		*k = convType(chat.C2C)
	case "group":
		*k = convType(chat.InGroup)
	default:
		return false
	}
	return ok
}

// Words lists the words.
func (convType) Words() []string { return []string{"c2c", "group"} }

// TypeInJSON is for help.
func (*convType) TypeInJSON() string { return "text" }

// Wanted is for who has sent something else.
func (*convType) Wanted() string { return "c2c or group" }

type convPage struct {
	list          []byte // written
	unread        uint64
	cursor, since string
}

// Shape implements api.Shaped.
func (*convPage) Shape() any {
	return struct {
		List   []item `json:"Convs"`
		Unread uint64 `json:"UnreadTotal"`
		Cursor string `json:"Cursor"`
		Since  string `json:"Since,omitempty"`
	}{}
}

func (p *convPage) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "Convs"), '[')
	dst = append(dst, p.list...)
	dst = append(dst, ']')
	dst = wire.PutUint(dst, "UnreadTotal", p.unread)
	dst = wire.PutText(dst, "Cursor", p.cursor)
	return wire.PutTextIf(dst, "Since", p.since)
}

func conversations(ctx context.Context, c *api.Call, r *convQuery) (*convPage, error) {
	f := coreinbox.ConvFilter{
		Kind: chat.Kind(r.Filter.Type), Group: r.Filter.Group, Mark: int(min(r.Filter.Mark, 1000)), Unread: bool(r.Filter.Unread), At: bool(r.Filter.At),
	}
	return api.Fitting(c.Room, api.PageSize(r.Count), func(most int) (*convPage, int, int, error) {
		page, err := c.Core.Inbox.Conversations(ctx, c.By, f, r.Cursor, most)
		if err != nil {
			return nil, 0, 0, err
		}
		list := []byte{}
		for i := range page.Convs {
			if i > 0 {
				list = append(list, ',')
			}
			list = append(appendItem(append(list, '{'), &page.Convs[i], c.Room), '}')
		}
		bytes := len(list) + len(page.Cursor) + len(page.Since)
		return &convPage{list, page.UnreadTotal, page.Cursor, page.Since}, len(page.Convs), bytes, nil
	})
}

type convRef struct {
	Conv api.Conv `wire:"!Conv" code:"50002"`
}

type convItem struct {
	view coreinbox.ConvView
	room int
}

// Shape implements api.Shaped.
func (*convItem) Shape() any { return item{} }

func (i *convItem) AppendMembers(dst []byte) []byte { return appendItem(dst, &i.view, i.room) }

func conversation(ctx context.Context, c *api.Call, r *convRef) (*convItem, error) {
	v, err := c.Core.Inbox.Conversation(ctx, c.By, chat.Target(r.Conv))
	if err != nil {
		return nil, err
	}
	return &convItem{v, c.Room}, nil
}

// appendItem is appendConv that leaves out a last message, and then a draft, for which the answer has
// no room by itself: a client that could not take it has it otherwise or not at all.
func appendItem(dst []byte, v *coreinbox.ConvView, room int) []byte {
	before := len(dst)
	if dst = appendConv(dst, v); len(dst)-before <= room || v.Last == nil && v.Draft == "" {
		return dst
	}
	short := *v
	if short.Last = nil; v.Last != nil {
		dst = appendConv(dst[:before], &short)
	}
	if len(dst)-before <= room || v.Draft == "" {
		return dst
	}
	short.Draft = ""
	return wire.PutBit(appendConv(dst[:before], &short), "Cut", true)
}

// appendConv writes the members of a conv.list item. Of what its user has set, absent means
// the default.
func appendConv(dst []byte, v *coreinbox.ConvView) []byte {
	dst = wire.PutText(dst, "Conv", v.Target.String())
	dst = wire.PutInt(dst, "MsgTime", v.Head.LastTime/1000)
	dst = wire.PutName(dst, "LastMsg")
	if v.Last != nil {
		dst = form.AppendMessage(dst, v.Last, v.LastPrev)
	} else {
		dst = append(dst, "null"...)
	}
	dst = wire.PutUint(dst, "MaxSeq", uint64(v.Head.Seq))
	dst = wire.PutUint(dst, "Rev", v.Head.Rev)
	dst = wire.PutUint(dst, "ReadSeq", uint64(v.Read.Seq))
	dst = wire.PutUint(dst, "UnreadNum", v.Unread)
	dst = appendSet(dst, v)
	if v.Target.Kind == chat.C2C {
		return appendPeer(dst, v)
	}
	return appendGroupOf(appendMentions(dst, v.Mentions), v)
}

// appendSet writes what the user has set of the conversation.
func appendSet(dst []byte, v *coreinbox.ConvView) []byte {
	if v.Top {
		dst = wire.PutBit(dst, "TopFlag", true)
	}
	dst = wire.PutTextIf(dst, "RecvOpt", v.Option)
	if v.Marks != 0 {
		dst = form.PutNumbers(dst, "Marks", v.Marks.Numbers())
	}
	dst = wire.PutTextIf(dst, "CustomMark", v.Custom)
	if len(v.Groups) > 0 {
		dst = form.PutTexts(dst, "ContactGroups", v.Groups)
	}
	return wire.PutTextIf(dst, "Draft", v.Draft)
}

// appendMentions writes the unread mentions of a group; none are absent.
func appendMentions(dst []byte, list []coreinbox.Mention) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(wire.PutName(dst, "GroupAtInfo"), '[')
	for i, m := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutUint(append(dst, '{'), "MsgSeq", uint64(m.Seq))
		dst = wire.PutText(dst, "From_Account", m.From)
		dst = append(wire.PutUint(dst, "AtType", uint64(m.Kind)), '}')
	}
	return append(dst, ']')
}

func appendPeer(dst []byte, v *coreinbox.ConvView) []byte {
	dst = wire.PutUint(dst, "PeerReadSeq", uint64(v.PeerRead.Seq))
	dst = wire.PutInt(dst, "PeerReadTime", v.PeerRead.Time/1000)
	dst = append(wire.PutName(dst, "Peer"), '{')
	dst = wire.PutText(dst, "UserID", v.Target.User())
	if v.Peer != nil {
		dst = wire.PutText(dst, "Nick", v.Peer.Nick)
		dst = wire.PutText(dst, "FaceUrl", v.Peer.FaceURL)
	}
	dst = wire.PutTextIf(dst, "Remark", v.Remark)
	return append(dst, '}')
}

// appendGroupOf names the type as clients do, by its current name.
func appendGroupOf(dst []byte, v *coreinbox.ConvView) []byte {
	g := v.Group
	if g == nil {
		return dst
	}
	dst = append(wire.PutName(dst, "Group"), '{')
	dst = wire.PutText(dst, "Name", g.Name)
	dst = wire.PutText(dst, "FaceUrl", g.FaceURL)
	dst = wire.PutText(dst, "Type", g.Type)
	dst = wire.PutInt(dst, "MemberNum", int64(g.Members))
	dst = wire.PutText(dst, "Owner_Account", g.Owner)
	if v.Self != nil && v.Self.Member != nil {
		dst = append(wire.PutName(dst, "Self"), '{')
		dst = wire.PutText(dst, "Role", v.Self.Role.String())
		dst = wire.PutTextIf(dst, "NameCard", v.Self.NameCard)
		dst = wire.PutInt(dst, "MuteUntil", v.Self.MuteUntil)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}
