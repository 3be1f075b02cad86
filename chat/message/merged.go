package message

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"sync"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of merged messages. They are choices (spec/05).
const (
	partBytes     = 4000 // of a list, in one row
	copiesASecond = 16   // messages of a user that copy lists: about what their budget of bytes lets them send
)

// mergedList is a list that was cut out of a message.
type mergedList struct {
	Seq   chat.Seq // of the message
	Bytes int
}

// mergedPart is a piece of the JSON of a list.
type mergedPart struct{ Text []byte }

// Lists lie with their conversation, by the number drawn for their message and which of
// its lists it is; the parts by their place besides. Both expire with the message.
var (
	mergedLists = ledger.Table(record.MergedList, func(f *record.Fields, l *mergedList) {
		record.Int(f, 1, &l.Seq)
		record.Int(f, 2, &l.Bytes)
	})
	mergedParts = ledger.Table(record.MergedPart, func(f *record.Fields, p *mergedPart) { record.Raw(f, 1, &p.Text) })
)

func listKey(k chat.MergedKey) string { return string(append(k.Message[:], k.List)) }

func partKey(list string, n int) string { return string(append([]byte(list), byte(n))) }

// parts is how many rows a list takes.
func (l *mergedList) parts() int { return (l.Bytes + partBytes - 1) / partBytes }

// cut is a body whose lists have come out, and these.
type cut struct {
	key   chat.MergedKey // of the first list
	body  json.RawMessage
	lists [][]byte
}

// besides is what is kept beside a message: lists that have come out of its body, what files
// know of it, and what its draft adds (chat.Draft.With).
type besides struct {
	cut   *cut
	files *files
	with  func(context.Context, chat.RowReader, *chat.Commit) error
}

// cut is nil when nothing comes out of the body.
func (j *sending) cut() *cut {
	if j.beside == nil {
		return nil
	}
	return j.beside.cut
}

// keeping says what may become of lists that have to come out.
type keeping uint8

const (
	beside  keeping = iota // they are kept beside the message
	nowhere                // there must be none: 80002
	foreign                // as beside, and keys of another system stay
)

// fitBody makes the merged messages of a draft fit (spec/05), and decides about the files that it
// names: by may name them.
func (s *Service) fitBody(ctx context.Context, j *sending, by chat.Actor) (err error) {
	where := beside
	if j.uncut {
		where = nowhere
	}
	var b besides
	if j.beside != nil {
		b.with = j.beside.with
	}
	b.cut, err = s.fit(ctx, j.by, j.app, j.msg.Conv, j.msg.Body, j.msg.Cloud, where)
	if err == nil {
		b.files, err = s.files(ctx, by, j.msg.Body, b.cut)
	}
	if j.beside = nil; b.cut != nil || b.files != nil || b.with != nil {
		kept := b
		j.beside = &kept
	}
	j.msg.Media = b.files.number()
	return formError(j.msg.Conv.Kind, err)
}

// fit cuts out of a body what is to be kept beside its message, nil when that is nothing.
// Lists that a user names by their keys are copied; 60007 for one who does so too often.
func (s *Service) fit(ctx context.Context, by chat.Actor, app *chat.App, conv chat.Conversation, body json.RawMessage, cloud string, where keeping) (*cut, error) {
	if !chat.HoldsMerged(body) {
		return nil, nil
	}
	k := &cut{key: chat.MergedKey{Conv: conv}}
	for i := 0; i < len(k.key.Message); i += 4 {
		binary.BigEndian.PutUint32(k.key.Message[i:], s.ledger.Random())
	}
	allowed := by.Admin()
	work := chat.Cut{
		Most: app.Limits.MessageBytes, Key: k.name, KeepKeys: where == foreign,
		Stored: func(key string, most int) ([]byte, error) {
			if allowed = allowed || s.copies.allow(by, s.ledger.NowSec()); !allowed {
				return nil, chat.Refuse(chat.CodeCommandRate, "lists are forwarded too often")
			}
			return s.stored(ctx, by, key, most)
		},
	}
	var err error
	if k.body, err = work.Body(body, cloud); err != nil {
		return nil, err
	}
	k.lists = work.Lists
	switch {
	case len(k.lists) == 0:
		return nil, nil
	case where == nowhere:
		return nil, chat.Refuse(chat.CodeMessageTooLong, "no list is kept for this message")
	}
	return k, nil
}

// name is the key of a list.
func (k *cut) name(list int) string {
	key := k.key
	key.List = uint8(list)
	return key.String()
}

func (k *cut) bytes() (n int) {
	for _, list := range k.lists {
		n += len(list)
	}
	return n
}

// rows are the lists as rows of the commit that stores m, none when m is a duplicate. k may
// be nil.
func (k *cut) rows(m *chat.Message) (rows []chat.Row) {
	if k == nil {
		return nil
	}
	late := func(r chat.Row, value func() []byte) {
		r.Value, r.Expires = nil, m.Expires
		r.Late = func(chat.Numbers) []byte {
			if m.Duplicate != nil {
				return nil
			}
			return value()
		}
		rows = append(rows, r)
	}
	for i, list := range k.lists {
		key := k.key
		key.List = uint8(i)
		at, size := listKey(key), len(list)
		late(mergedLists.Gone(at), func() []byte { return mergedLists.Row(at, &mergedList{m.Seq, size}).Value })
		for n := 0; len(list) > 0; n++ {
			part := &mergedPart{list[:min(partBytes, len(list))]}
			list = list[len(part.Text):]
			late(mergedParts.Gone(partKey(at, n)), func() []byte { return mergedParts.Row("", part).Value })
		}
	}
	return rows
}

// dropLists removes what was cut out of a stored message.
func dropLists(ctx context.Context, t *ledger.Turn, m *chat.Message) error {
	for _, k := range chat.MergedKeys(m.Conv.App, m.Body) {
		if k.Conv != m.Conv {
			continue
		}
		lists, keys, err := mergedLists.Page(ctx, t.Read, t.Shard, string(k.Message[:]), "", 1<<8)
		if err != nil {
			return err
		}
		for i, l := range lists {
			if l.Seq != m.Seq {
				continue
			}
			mergedLists.Remove(t, keys[i])
			for n := range l.parts() {
				mergedParts.Remove(t, partKey(keys[i], n))
			}
		}
		return nil // all lists of a message have its number
	}
	return nil
}

// Merged is the list that a JsonMsgKey names, as JSON (spec/00 §5, msg.merged): for who may
// read the message that has it, and for administrators. 90054 for what is no key, 20022 or in
// groups 10030 when there is no such list, or no more, or none for the caller.
func (s *Service) Merged(ctx context.Context, by chat.Actor, key string) ([]byte, error) {
	k, ok := chat.ParseMergedKey(by.App, key)
	if !ok {
		return nil, chat.Refuse(chat.CodeBadMsgKey, "JsonMsgKey is none")
	}
	head, m, err := s.readable(ctx, by, k)
	if err != nil {
		return nil, err
	}
	list, err := s.text(ctx, k, head)
	if err == nil && list == nil {
		err = noList(k.Conv.Kind)
	}
	if m.Media != 0 {
		list = s.media.FreshList(by.App, list)
	}
	return list, err
}

// stored is Merged for who forwards a list: nil when they may not read it.
func (s *Service) stored(ctx context.Context, by chat.Actor, key string, most int) ([]byte, error) {
	k, ok := chat.ParseMergedKey(by.App, key)
	if !ok {
		return nil, nil
	}
	head, _, err := s.readable(ctx, by, k)
	switch {
	case err != nil && !chat.IsFault(err):
		return nil, nil
	case err != nil:
		return nil, err
	case head.Bytes > most:
		return nil, chat.Refuse(chat.CodeMessageTooLong, "")
	}
	return s.text(ctx, k, head)
}

// readable finds a list that the caller may read, and the message that has it.
func (s *Service) readable(ctx context.Context, by chat.Actor, k chat.MergedKey) (*mergedList, *chat.Message, error) {
	var v *view
	if !by.Admin() {
		if k.Conv.Kind == chat.C2C && !k.Conv.Has(by.User) {
			return nil, nil, noList(k.Conv.Kind)
		}
		var err error
		if v, err = s.view(ctx, by, "", targetOf(k.Conv, by.User)); err != nil {
			return nil, nil, err
		}
	}
	head, err := mergedLists.Get(ctx, s.ledger, k.Conv.Shard(), listKey(k))
	if err != nil {
		return nil, nil, err
	}
	if head == nil {
		return nil, nil, noList(k.Conv.Kind)
	}
	m, err := message(ctx, s.ledger, k.Conv, head.Seq)
	if err == nil && m != nil && v != nil {
		err = v.look(ctx, s.ledger, m)
	}
	if err != nil {
		return nil, nil, err
	}
	if m == nil || m.Recall != nil || v != nil && !v.shows(by, m) {
		return nil, nil, noList(k.Conv.Kind)
	}
	return head, m, nil
}

// targetOf is a conversation as u names it.
func targetOf(c chat.Conversation, u chat.UserID) chat.Target {
	if c.Kind == chat.InGroup {
		return chat.ToGroup(c.Group())
	}
	return chat.ToUser(c.Peer(u))
}

// noList is the refusal of a list that is not there for the caller.
func noList(kind chat.Kind) error {
	if kind == chat.InGroup {
		return chat.Refuse(chat.CodeGroupNoMessage, "")
	}
	return chat.Refuse(chat.CodeNoMessage, "")
}

// text puts a list together, nil when a part of it has gone.
func (s *Service) text(ctx context.Context, k chat.MergedKey, head *mergedList) ([]byte, error) {
	parts, _, err := mergedParts.Page(ctx, s.ledger, k.Conv.Shard(), listKey(k), "", head.parts())
	if err != nil {
		return nil, err
	}
	var list bytes.Buffer
	list.Grow(head.Bytes)
	for _, p := range parts {
		list.Write(p.Text)
	}
	if list.Len() != head.Bytes {
		return nil, nil
	}
	return list.Bytes(), nil
}

// copies counts the messages of this second that copy lists, by their authors.
type copies struct {
	mu     sync.Mutex
	second int64 // Unix seconds
	made   map[copier]int
}

type copier struct {
	app  chat.AppID
	user chat.UserID
}

func newCopies() *copies { return &copies{made: map[copier]int{}} }

// allow reports whether one more message may copy lists in the second that now falls into.
func (c *copies) allow(by chat.Actor, now int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.second != now {
		c.second = now
		clear(c.made)
	}
	who := copier{by.App, by.User}
	c.made[who]++
	return c.made[who] <= copiesASecond
}
