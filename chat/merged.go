package chat

import (
	"bytes"
	"encoding/json"

	"github.com/teahouse-im/teahouse/wire"
)

// Bounds of what is cut out of one message. They are choices (spec/05).
const (
	// MaxCutBytes is how much the lists of a message may take, as they are spelled: what a
	// packet holds.
	MaxCutBytes = 128 << 10
	maxCutLists = 32  // of its own, and as many copied ones
	maxKeysRead = 300 // keys of other messages that are looked at
)

// The members of a merged message that a cut exchanges.
const (
	msgList    = "MsgList"
	jsonMsgKey = "JsonMsgKey"
)

// Cut makes merged messages fit: lists of a body that is too long come out of it, each
// with a key in its place, and lists of other messages that it names by their keys are
// copied, so that they are there for all who read this one.
type Cut struct {
	// Most is how many bytes of content a body may have, with the CloudCustomData beside it;
	// negative: any number.
	Most int
	Key  func(list int) string // the key of the list that Lists will have there
	// Stored is the list of another message, of at most so many bytes (80002); nil when the
	// sender may not read it.
	Stored func(key string, most int) ([]byte, error)
	// KeepKeys says that a key that leads nowhere stays in every case: it is that of another
	// system.
	KeepKeys bool

	Lists [][]byte // what has come out

	own, bytes   int // of the message's own lists; of all, or what is set aside for them
	taken, added int // own lists, copied ones
	read         int // keys looked at
}

// CheckFits is CheckSize of a message out of which lists may come: a merged one may be
// longer when it fits without them. Whether the keys in it lead to lists is seen later.
func CheckFits(limits *Limits, body json.RawMessage, cloud string) error {
	err := CheckSize(limits, body, cloud)
	if err == nil || len(body) > MaxCutBytes+maxSpelling*limits.MessageBytes {
		return err
	}
	if CheckBody(body) != nil || !HoldsMerged(body) {
		return err
	}
	try := Cut{
		Most: limits.MessageBytes, Key: func(int) string { return "" },
		Stored: func(string, int) ([]byte, error) { return nil, nil },
	}
	if _, err = try.Body(body, cloud); CodeOf(err) == CodeBadElement { // such a key
		return nil
	}
	return err
}

// Body returns the body to store in place of one that has been checked: itself when
// nothing comes out. It refuses with 80002 what is too long all the same, and with 90010 a
// merged message that has no list, but a key which the sender may not read. A key of that kind
// deeper in it stays as it is, and so does one for whose list there is no room.
func (c *Cut) Body(body json.RawMessage, cloud string) (json.RawMessage, error) {
	if c.Most >= 0 && LongerThan(body, c.Most-len(cloud)) {
		c.bytes = len(body) // its own lists come before copied ones
	}
	cut, err := c.body(body, c.Most-len(cloud), !c.KeepKeys)
	if err != nil || cut == nil {
		return body, err
	}
	return cut, nil
}

// body is nil when nothing of it changes, like the others below.
func (c *Cut) body(body []byte, most int, top bool) ([]byte, error) {
	changed, err := eachMerged(body, func(content []byte) ([]byte, error) { return c.content(content, top) })
	if err != nil {
		return nil, err
	}
	now := body
	if changed != nil {
		now = changed
	}
	if c.Most < 0 || !LongerThan(now, most) {
		return changed, nil
	}
	cut, err := eachMerged(now, c.takeList)
	if err == nil && (cut == nil || LongerThan(cut, most)) {
		err = tooLong(c.Most)
	}
	return cut, err
}

// content makes what lies in a merged message fit.
func (c *Cut) content(content []byte, top bool) ([]byte, error) {
	list, key := lastMember(content, msgList), keyOf(content)
	if !empty(list) {
		fitted, err := c.list(list)
		if err != nil || fitted == nil && key == "" {
			return nil, err
		}
		if fitted == nil {
			fitted = list
		}
		rest := wire.AppendWithout(nil, content, msgList, jsonMsgKey)
		return append(append(wire.PutName(rest, msgList), fitted...), '}'), nil
	}
	if key == "" {
		return nil, nil
	}
	return c.copied(content, key, top)
}

// copied takes over the list that a key names.
func (c *Cut) copied(content []byte, key string, top bool) ([]byte, error) {
	list, err := c.stored(key, top)
	if err != nil || list == nil {
		return nil, err
	}
	c.bytes += len(list)
	c.added++
	fitted, err := c.list(list)
	if err != nil {
		return nil, err
	}
	if fitted != nil {
		list = fitted
	}
	return c.put(content, list), nil
}

// stored reads the list of another message, nil when it is to stay where it is.
func (c *Cut) stored(key string, top bool) (list []byte, err error) {
	if c.read++; c.read <= maxKeysRead && c.added < maxCutLists {
		list, err = c.Stored(key, MaxCutBytes-c.bytes)
	}
	switch {
	case !top && CodeOf(err) == CodeMessageTooLong:
		return nil, nil
	case top && err == nil && list == nil:
		return nil, Refuse(CodeBadElement, "%s.%s names no list that the sender may read", relayElem, jsonMsgKey)
	}
	return list, err
}

// list makes each message of a list fit.
func (c *Cut) list(list []byte) ([]byte, error) {
	return eachItem(list, func(one []byte) ([]byte, error) {
		if !mayHoldMerged(one) && (c.Most < 0 || len(one) <= c.Most) { // as most are
			return nil, nil
		}
		cloud := wire.Content(lastMember(one, "CloudCustomData"))
		body, err := c.body(lastMember(one, msgBody), c.Most-cloud, false)
		if err != nil || body == nil {
			return nil, err
		}
		rest := wire.AppendWithout(nil, one, msgBody)
		return append(append(wire.PutName(rest, msgBody), body...), '}'), nil
	})
}

// takeList takes the list out of a merged message.
func (c *Cut) takeList(content []byte) ([]byte, error) {
	list := lastMember(content, msgList)
	if empty(list) {
		return nil, nil
	}
	c.own += len(list)
	if c.taken++; c.own > MaxCutBytes || c.taken > maxCutLists {
		return nil, Refuse(CodeMessageTooLong, "lists of merged messages are longer than %d bytes, or more than %d", MaxCutBytes, maxCutLists)
	}
	return c.put(content, list), nil
}

// put keeps a list, and writes its key in its place.
func (c *Cut) put(content, list []byte) []byte {
	c.Lists = append(c.Lists, bytes.Clone(list))
	rest := wire.AppendWithout(nil, content, msgList, jsonMsgKey)
	return append(wire.PutText(rest, jsonMsgKey, c.Key(len(c.Lists)-1)), '}')
}

// HoldsMerged reports whether a body that has been checked has a merged message among
// its elements. Most have none, which is seen without reading them.
func HoldsMerged(body []byte) bool {
	if !mayHoldMerged(body) {
		return false
	}
	for elem := range wire.Items(body) {
		if isMerged(elem) {
			return true
		}
	}
	return false
}

// mayHoldMerged reports whether the name of a merged message may be spelled in a text.
func mayHoldMerged(text []byte) bool {
	return bytes.Contains(text, []byte("Relay")) || bytes.Contains(text, []byte(`\u`))
}

// MergedKeys are the keys that the merged messages of a stored body have in place of lists.
func MergedKeys(app AppID, body []byte) (keys []MergedKey) {
	if !HoldsMerged(body) {
		return nil
	}
	for elem := range wire.Items(body) {
		if !isMerged(elem) {
			continue
		}
		if k, ok := ParseMergedKey(app, keyOf(lastMember(elem, "MsgContent"))); ok {
			keys = append(keys, k)
		}
	}
	return keys
}

func isMerged(elem []byte) bool {
	kind := lastMember(elem, "MsgType")
	return wire.KindOf(kind) == wire.Text && string(wire.Unquote(kind)) == relayElem
}

// keyOf is the JsonMsgKey of a merged message, "" when it has none.
func keyOf(content []byte) string {
	v := lastMember(content, jsonMsgKey)
	if v == nil {
		return ""
	}
	key, _ := wire.ReadText(v)
	return key
}

// empty reports whether a list has nothing in it, or is none.
func empty(list []byte) bool {
	for range wire.Items(list) {
		return false
	}
	return true
}

// eachMerged changes the content of each merged message of a body; nil when all stay as
// they are.
func eachMerged(body []byte, change func(content []byte) ([]byte, error)) ([]byte, error) {
	return eachItem(body, func(elem []byte) ([]byte, error) {
		if !isMerged(elem) {
			return nil, nil
		}
		content, err := change(lastMember(elem, "MsgContent"))
		if err != nil || content == nil {
			return nil, err
		}
		rest := wire.AppendWithout(nil, elem, "MsgContent")
		return append(append(wire.PutName(rest, "MsgContent"), content...), '}'), nil
	})
}

// eachItem changes the items of a list; nil when all stay as they are.
func eachItem(list []byte, change func(item []byte) ([]byte, error)) ([]byte, error) {
	var items [][]byte
	any := false
	for item := range wire.Items(list) {
		changed, err := change(item)
		switch {
		case err != nil:
			return nil, err
		case changed != nil:
			item, any = changed, true
		}
		items = append(items, item)
	}
	if !any {
		return nil, nil
	}
	return append(append([]byte{'['}, bytes.Join(items, []byte{','})...), ']'), nil
}
