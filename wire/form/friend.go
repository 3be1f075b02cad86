package form

import (
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// The tags of friends (spec/07 B1).
const (
	TagFriendGroup   = "Tag_SNS_IM_Group"
	TagRemark        = "Tag_SNS_IM_Remark"
	TagRemarkTime    = "Tag_SNS_IM_RemarkTime"
	TagAddSource     = "Tag_SNS_IM_AddSource"
	TagAddWording    = "Tag_SNS_IM_AddWording"
	TagAddTime       = "Tag_SNS_IM_AddTime"
	FriendCustomTags = "Tag_SNS_Custom_" // begins those of the app's own fields
)

// FriendItemShape is a friend: AppendFriend.
type FriendItemShape struct {
	User  chat.UserID    `json:"To_Account"`
	Items []SNSItemShape `json:"SnsProfileItem,omitempty"`
	Code  chat.Code      `json:"ResultCode"`
	Info  string         `json:"ResultInfo"`
}

// SNSItemShape is a field of a friend, or of a friend's profile.
type SNSItemShape struct {
	Tag   string   `json:"Tag"`
	Value SNSValue `json:"Value"`
}

// SNSValue is the value of a field of a friend: a text, a number, or the names of groups.
type SNSValue struct {
	Text  string
	Texts []string // the names of groups
	List  bool     // it is these
}

// ReadWire reads a text or a list of texts: what may be written.
func (v *SNSValue) ReadWire(value []byte) bool {
	if text, ok := wire.ReadText(value); ok {
		v.Text = text
		return true
	}
	v.Texts, v.List = []string{}, true
	return wire.ReadTexts(value, func(s string) { v.Texts = append(v.Texts, s) })
}

// Wanted says what is read, for who has sent something else.
func (*SNSValue) Wanted() string { return "text or a list of text" }

// Either implements the Either of package api.
func (*SNSValue) Either() []any { return []any{"", []string(nil), int64(0)} }

// AppendFriend writes an item of friend.get (spec/00 §5): the tags that are wanted, nil
// means all.
func AppendFriend(dst []byte, f *chat.Friend, wanted func(tag string) bool) []byte {
	dst = wire.PutText(append(dst, '{'), "To_Account", f.User)
	dst = PutFriendItems(dst, "SnsProfileItem", f, wanted)
	dst = wire.PutUint(dst, "ResultCode", 0)
	return append(wire.PutText(dst, "ResultInfo", ""), '}')
}

// PutFriendItems writes the fields of a friend, the friend's profile last. Those that are
// unset are left out, as in profiles: our choice.
func PutFriendItems(dst []byte, name string, f *chat.Friend, wanted func(tag string) bool) []byte {
	dst = append(wire.PutName(dst, name), '[')
	item := func(tag string) bool {
		if wanted != nil && !wanted(tag) {
			return false
		}
		if dst[len(dst)-1] == '}' {
			dst = append(dst, ',')
		}
		dst = wire.PutText(append(dst, '{'), "Tag", tag)
		return true
	}
	text := func(tag, value string) {
		if value != "" && item(tag) {
			dst = append(wire.PutText(dst, "Value", value), '}')
		}
	}
	number := func(tag string, value int64) {
		if value != 0 && item(tag) {
			dst = append(wire.PutInt(dst, "Value", value), '}')
		}
	}
	if len(f.Groups) > 0 && item(TagFriendGroup) {
		dst = append(PutTexts(dst, "Value", f.Groups), '}')
	}
	text(TagRemark, f.Remark)
	number(TagRemarkTime, f.RemarkTime)
	text(TagAddSource, f.Source)
	text(TagAddWording, f.Wording)
	number(TagAddTime, f.Added)
	for _, k := range slices.Sorted(maps.Keys(f.Custom)) {
		text(FriendCustomTags+k, f.Custom[k])
	}
	for i := range f.Profile {
		if p := &f.Profile[i]; wanted == nil || wanted(string(p.Tag)) {
			if dst[len(dst)-1] == '}' {
				dst = append(dst, ',')
			}
			dst = AppendProfileItem(dst, p)
		}
	}
	return append(dst, ']')
}

// FriendRequestShape is a request that waits: AppendFriendRequest.
type FriendRequestShape struct {
	User    chat.UserID  `json:"UserID"`
	Type    RequestShape `json:"Type"`
	Nick    string       `json:"Nick"`
	FaceURL string       `json:"FaceUrl"`
	Source  string       `json:"Source"`
	Wording string       `json:"Wording"`
	Time    int64        `json:"Time"`
}

// RequestShape says whose request one is.
type RequestShape string

// Words implements the Worded of package api.
func (RequestShape) Words() []string { return []string{"in", "out"} }

// AppendFriendRequest writes an item of friend.requests (spec/00 §5).
func AppendFriendRequest(dst []byte, r *chat.FriendRequest) []byte {
	way := "out"
	if r.In {
		way = "in"
	}
	dst = wire.PutText(append(dst, '{'), "UserID", r.Peer.User)
	dst = wire.PutText(dst, "Type", way)
	dst = wire.PutText(dst, "Nick", r.Peer.Nick)
	dst = wire.PutText(dst, "FaceUrl", r.Peer.FaceURL)
	dst = wire.PutText(dst, "Source", r.Source)
	dst = wire.PutText(dst, "Wording", r.Wording)
	return append(wire.PutInt(dst, "Time", r.Time), '}')
}

// putFriend writes what an event of kind friend carries. Of a friend who is deleted, and of
// a request that is over, only the name is known.
func putFriend(dst []byte, c *chat.FriendChange) []byte {
	dst = wire.PutText(dst, "What", c.What)
	switch f := c.Friend; {
	case f == nil:
	case c.What == chat.FriendDeleted:
		dst = wire.PutText(append(wire.PutName(dst, "Friend"), '{'), "To_Account", f.User)
		dst = append(dst, '}')
	default:
		dst = AppendFriend(wire.PutName(dst, "Friend"), f, nil)
	}
	if c.Request != nil {
		dst = AppendFriendRequest(wire.PutName(dst, "Request"), c.Request)
	}
	if c.Unread != nil {
		dst = wire.PutInt(dst, "UnreadNum", int64(*c.Unread))
	}
	return dst
}

// putFriendGroup writes what an event of kind friendgroup carries.
func putFriendGroup(dst []byte, c *chat.FriendGroupChange) []byte {
	dst = wire.PutText(dst, "GroupName", c.Name)
	dst = wire.PutTextIf(dst, "OldName", c.Old)
	if c.Deleted {
		return wire.PutBit(dst, "Deleted", true)
	}
	if c.Whole {
		dst = putUsers(dst, "To_Account", c.Members)
	}
	return dst
}

func putUsers(dst []byte, name string, list []chat.UserID) []byte {
	dst = append(wire.PutName(dst, name), '[')
	for i, u := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendText(dst, u)
	}
	return append(dst, ']')
}

func putBlack(dst []byte, c *chat.BlockChange) []byte {
	return putUsers(putUsers(dst, "Add", c.Add), "Delete", c.Delete)
}

// FriendEventShape tells of a friend or a request.
type FriendEventShape struct {
	Seq     uint64             `json:"EventSeq"`
	Time    int64              `json:"EventTime"` // milliseconds
	Kind    string             `json:"Kind" is:"friend"`
	What    FriendWhat         `json:"What"`
	Friend  FriendToldShape    `json:"Friend,omitempty"`
	Request FriendRequestShape `json:"Request,omitempty"`
	Unread  int64              `json:"UnreadNum,omitempty"`
}

// FriendToldShape is a friend in an event: the name alone after a deletion.
type FriendToldShape struct {
	User  chat.UserID    `json:"To_Account"`
	Items []SNSItemShape `json:"SnsProfileItem,omitempty"`
	Code  chat.Code      `json:"ResultCode,omitempty"`
	Info  string         `json:"ResultInfo,omitempty"`
}

// FriendWhat is what has happened.
type FriendWhat string

// Words implements the Worded of package api.
func (FriendWhat) Words() []string {
	return []string{chat.FriendAdded, chat.FriendDeleted, chat.FriendUpdated, chat.FriendRequested, chat.FriendAnswered}
}

// FriendGroupEventShape has a friend group as it is now.
type FriendGroupEventShape struct {
	Seq     uint64        `json:"EventSeq"`
	Time    int64         `json:"EventTime"` // milliseconds
	Kind    string        `json:"Kind" is:"friendgroup"`
	Name    string        `json:"GroupName"`
	Old     string        `json:"OldName,omitempty"`
	Members []chat.UserID `json:"To_Account,omitempty"`
	Deleted Bit           `json:"Deleted,omitempty"`
}

// BlackEventShape has who came onto the blocklist and who left it.
type BlackEventShape struct {
	Seq    uint64        `json:"EventSeq"`
	Time   int64         `json:"EventTime"` // milliseconds
	Kind   string        `json:"Kind" is:"black"`
	Add    []chat.UserID `json:"Add"`
	Delete []chat.UserID `json:"Delete"`
}
