package message

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// maxImport is how many messages one call imports; where two pages differ the larger
// counts (spec/22b §6).
const maxImport = 20

// Imported is a message of a group that was sent elsewhere.
type Imported struct {
	From   chat.UserID
	Time   int64   // Unix seconds
	Random *uint32 // makes a repetition known; nil: it is not
	Body   json.RawMessage
}

// ImportResult is the outcome for one message: 10004 for a bad time or body, 10019, 80001,
// 80002.
type ImportResult struct {
	Code chat.Code
	Seq  chat.Seq
	Time int64 // Unix seconds
}

// Import appends messages that were sent elsewhere (spec/22b §6): in the order of their
// times, not before the group nor before its newest message. Each stands for itself, and one that is there
// already is answered as it was. They are unread for nobody, and place the group in lists if recent
// says so. No webhook event comes of them.
func (s *Service) Import(ctx context.Context, by chat.Actor, id chat.GroupID, list []Imported, recent bool) ([]ImportResult, error) {
	app, err := s.ledger.App(by.App)
	switch {
	case err != nil:
		return nil, err
	case !by.Admin():
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "app administrators only")
	case len(list) == 0 || len(list) > maxImport:
		return nil, chat.Refuse(chat.CodeGroupParameter, "between 1 and %d messages are needed", maxImport)
	}
	g, err := s.groups.Find(ctx, by.App, id)
	if err != nil {
		return nil, err
	}
	if !grouptype.Of(g.Type).Import {
		return nil, chat.Refuse(chat.CodeGroupNotAllowed, "messages of %s groups cannot be imported", g.Type)
	}
	in := &importing{app: app, group: g, recent: recent, refused: make([]error, len(list))}
	list = slices.Clone(list)
	for i := range list {
		list[i].Body, in.refused[i] = s.passed(ctx, by.App, list[i].Body)
	}
	err = s.ledger.Change(ctx, g.Conv().Shard(), 0, func(ctx context.Context, t *ledger.Turn) error {
		return in.all(ctx, t, list)
	})
	if err != nil {
		return nil, err
	}
	return in.results(), nil
}

// importing is an import under way.
type importing struct {
	app     *chat.App
	group   *chat.Group
	recent  bool
	refused []error // by message: for its words

	newest int64 // Unix seconds
	// What became of each message: its code, or itself, with the number that the store
	// gives.
	codes    []chat.Code
	messages []*chat.Message
}

// all decides every message. The turn may be prepared again.
func (i *importing) all(ctx context.Context, t *ledger.Turn, list []Imported) error {
	i.codes, i.messages = make([]chat.Code, len(list)), make([]*chat.Message, len(list))
	i.newest = max(t.Head.Time/1000, i.group.Created)
	for n, one := range list {
		m, err := i.one(ctx, t, one, i.refused[n])
		if chat.IsFault(err) {
			return err
		}
		i.codes[n], i.messages[n] = chat.CodeOf(err), m
		if m != nil && m.Seq == 0 {
			i.newest = one.Time
			t.Commit.Messages = append(t.Commit.Messages, m)
		}
	}
	return nil
}

// one is the message to append, or the one that it repeats; refused is what its words are
// refused with.
func (i *importing) one(ctx context.Context, t *ledger.Turn, one Imported, refused error) (*chat.Message, error) {
	if err := formError(chat.InGroup, chat.CheckSize(&i.app.Limits, one.Body, "")); err != nil {
		return nil, err
	}
	if err := formError(chat.InGroup, checkImportable(one.Body)); err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	acc, err := t.Read.Account(ctx, i.app.ID, one.From)
	if err != nil {
		return nil, err
	}
	if acc == nil {
		return nil, chat.Refuse(chat.CodeGroupNoAccount, "")
	}
	m := &chat.Message{
		Conv: i.group.Conv(), From: one.From, Holder: acc.Holder, Time: one.Time * 1000, Random: t.Read.Random(),
		Body: one.Body, Control: chat.Imported, Expires: t.Read.Expiry(i.app),
	}
	if !i.recent {
		m.Control |= chat.NoLastMsg
	}
	if one.Random != nil {
		m.Random = *one.Random
		m.Dedup = importKey(m)
		first, err := t.Read.Seen(ctx, m.Conv, m.Dedup)
		if err != nil {
			return nil, fmt.Errorf("look for a duplicate: %w", err)
		}
		if first != nil {
			return first, nil
		}
	}
	if one.Time < i.newest || one.Time > t.Sec() {
		return nil, chat.Refuse(chat.CodeGroupParameter, "SendTime is before the newest message, or to come")
	}
	return m, nil
}

// importKey makes an imported message known when it comes again.
func importKey(m *chat.Message) chat.DedupKey {
	h := sha256.New()
	h.Write(m.Body)
	b := []byte{'i'}
	b = binary.BigEndian.AppendUint32(b, m.Random)
	b = binary.BigEndian.AppendUint64(b, uint64(m.Time))
	h.Write(appendOwner(b, m.From, m.Holder))
	return chat.DedupKey(h.Sum(nil)[:16])
}

func (i *importing) results() []ImportResult {
	list := make([]ImportResult, len(i.codes))
	for n, m := range i.messages {
		if list[n].Code = i.codes[n]; m == nil {
			continue
		}
		if m.Duplicate != nil { // of one before it in the same call
			m = m.Duplicate
		}
		list[n].Seq, list[n].Time = m.Seq, m.Seconds()
	}
	return list
}

// importable are the elements that can be imported (spec/22b §6).
var importable = []string{"TIMTextElem", "TIMFaceElem", "TIMLocationElem", "TIMCustomElem"}

// checkImportable checks the form of a body, and which elements it has.
func checkImportable(body json.RawMessage) error {
	if err := chat.CheckBody(body); err != nil {
		return err
	}
	var list []struct{ MsgType string }
	if err := json.Unmarshal(body, &list); err != nil {
		return chat.Refuse(chat.CodeBadBody, "")
	}
	for _, e := range list {
		if !slices.Contains(importable, e.MsgType) {
			return chat.Refuse(chat.CodeBadBody, "%s cannot be imported", e.MsgType)
		}
	}
	return nil
}
