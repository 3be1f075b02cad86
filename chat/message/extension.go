package message

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of message extensions (spec/22b §9); key and value in bytes.
const (
	maxExtensions     = 300 // a message
	maxExtensionKey   = 100
	maxExtensionValue = 1000
	maxExtended       = 20  // a call
	maxExtensionPage  = 200 // an answer
	extensionWrites   = 200 // a minute and message
)

// extension is the value of a key.
type extension struct {
	Value string
	Seq   uint64
}

// extensionState counts what was written on one message.
type extensionState struct {
	Latest uint64 // Seq of the last write
	Clear  uint64 // Latest when all were cleared
	Count  int    // keys there are
	Minute int64  // Unix minutes
	Writes int    // in that minute
}

// Extensions lie with their conversation, by the message's number and the key, their
// state by the number. They expire with the message.
var (
	extensions = ledger.Table(record.Extension, func(f *record.Fields, e *extension) {
		record.Text(f, 1, &e.Value)
		record.Int(f, 2, &e.Seq)
	})
	extensionStates = ledger.Table(record.ExtensionState, func(f *record.Fields, s *extensionState) {
		record.Int(f, 1, &s.Latest)
		record.Int(f, 2, &s.Clear)
		record.Int(f, 3, &s.Count)
		record.Int(f, 4, &s.Minute)
		record.Int(f, 5, &s.Writes)
	})
)

// ExtensionOp is what a write does: the OperateType of REST.
type ExtensionOp int

// The operations.
const (
	SetExtensions    ExtensionOp = 1
	DeleteExtensions ExtensionOp = 2
	ClearExtensions  ExtensionOp = 3
)

// ExtensionTarget names the message that extensions are on.
type ExtensionTarget struct {
	Of     chat.UserID // whose view names the conversation; "" is the caller
	Target chat.Target
	Ref    chat.MessageRef
}

// Extend writes extensions of a message, each entry for itself; results are in the
// order of the list, none after clearing. A user's entry must have the Seq that its key has, 0 when there
// is none (23001); deleting asks for none. What a peer who has blocked the caller would see
// stays as it is: see Modify.
func (s *Service) Extend(ctx context.Context, by chat.Actor, on ExtensionTarget, op ExtensionOp, list []chat.Extension) ([]chat.ExtensionResult, error) {
	if err := checkExtensions(op, list); err != nil {
		return nil, err
	}
	v, blocked, err := s.extended(ctx, by, &on)
	if err != nil {
		return nil, err
	}
	repeated := chat.Repeated(ctx, v.conv) != nil // its own writes would be conflicts
	var results []chat.ExtensionResult
	err = s.ledger.Change(ctx, v.conv.Shard(), 0, func(ctx context.Context, t *ledger.Turn) error {
		m, err := extensible(ctx, t.Read, v, by, on.Ref)
		if err != nil {
			return err
		}
		w := &extending{Turn: t, m: m, by: by}
		if results, err = w.write(ctx, op, list, repeated); err != nil {
			return err
		}
		if blocked || repeated {
			return nil
		}
		return w.put()
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

func checkExtensions(op ExtensionOp, list []chat.Extension) error {
	switch {
	case op == ClearExtensions:
		return nil
	case op != SetExtensions && op != DeleteExtensions:
		return chat.Refuse(chat.CodeGroupParameter, "OperateType is unknown")
	case len(list) == 0 || len(list) > maxExtended:
		return chat.Refuse(chat.CodeGroupParameter, "between 1 and %d extensions are needed", maxExtended)
	}
	seen := map[string]bool{}
	for _, e := range list {
		switch {
		case e.Key == "" || len(e.Key) > maxExtensionKey || !utf8.ValidString(e.Key):
			return chat.Refuse(chat.CodeGroupParameter, "a Key is no text of 1 to %d bytes", maxExtensionKey)
		case len(e.Value) > maxExtensionValue || !utf8.ValidString(e.Value):
			return chat.Refuse(chat.CodeGroupParameter, "the Value of %q is longer than %d bytes or not UTF-8", e.Key, maxExtensionValue)
		case seen[e.Key]:
			return chat.Refuse(chat.CodeGroupParameter, "%q stands twice in the list", e.Key)
		}
		seen[e.Key] = true
	}
	return nil
}

// extended is the view that names the message, and whether its peer has blocked the
// caller.
func (s *Service) extended(ctx context.Context, by chat.Actor, on *ExtensionTarget) (v *view, blocked bool, err error) {
	if err := checkTarget(on.Target); err != nil {
		return nil, false, err
	}
	if on.Of, err = OnBehalf(by, on.Of, on.Target.Kind); err != nil {
		return nil, false, err
	}
	if v, err = s.changeable(ctx, by, on.Of, on.Target); err != nil {
		return nil, false, err
	}
	if on.Target.Kind == chat.C2C && !by.Admin() {
		blocked, err = s.people.Blocked(ctx, by.App, on.Target.User(), by.User)
	}
	return v, blocked, err
}

// extensible finds a message that may have extensions.
func extensible(ctx context.Context, in ledger.Reads, v *view, by chat.Actor, ref chat.MessageRef) (*chat.Message, error) {
	m, err := modifiable(ctx, in, v, by, ref)
	switch code := chat.CodeOf(err); {
	case code == chat.CodeNoMessage || code == chat.CodeGroupNoMessage:
		return nil, chat.Refuse(chat.CodeExtensionMessage, "")
	case err != nil:
		return nil, err
	case !m.Control.Has(chat.Extensible):
		return nil, chat.Refuse(chat.CodeNotExtensible, "")
	}
	return m, nil
}

// extending is a write under way.
type extending struct {
	*ledger.Turn
	m      *chat.Message
	by     chat.Actor
	state  extensionState
	change chat.ExtensionChange
}

func (w *extending) key(k string) string { return seqKey(w.m.Seq) + k }

// write decides every entry, and notes what changes. peek only looks.
func (w *extending) write(ctx context.Context, op ExtensionOp, list []chat.Extension, peek bool) ([]chat.ExtensionResult, error) {
	state, err := extensionStates.Get(ctx, w.Read, w.Shard, seqKey(w.m.Seq))
	if err != nil {
		return nil, err
	}
	if state != nil {
		w.state = *state
	}
	if op == ClearExtensions {
		return nil, w.clear(ctx)
	}
	results := make([]chat.ExtensionResult, len(list))
	for i, e := range list {
		old, err := extensions.Get(ctx, w.Read, w.Shard, w.key(e.Key))
		if err != nil {
			return nil, err
		}
		switch {
		case peek:
			results[i] = w.present(e.Key, old)
		case op == DeleteExtensions:
			results[i] = w.delete(e.Key, old)
		default:
			results[i] = w.set(e, old)
		}
	}
	return results, nil
}

// present is the result that shows a key as it is.
func (w *extending) present(key string, old *extension) chat.ExtensionResult {
	r := chat.ExtensionResult{Extension: chat.Extension{Key: key}}
	if old != nil {
		r.Value, r.Seq = old.Value, old.Seq
	}
	return r
}

func (w *extending) set(e chat.Extension, old *extension) chat.ExtensionResult {
	r := w.present(e.Key, old)
	switch {
	case !w.by.Admin() && e.Seq != r.Seq:
		r.Code = chat.CodeExtensionConflict
		return r
	case old != nil && old.Value == e.Value:
		return r
	case old == nil && w.state.Count == maxExtensions:
		r.Code = chat.CodeGroupParameter
		return r
	case old == nil:
		w.state.Count++
	}
	w.state.Latest++
	r.Value, r.Seq = e.Value, w.state.Latest
	w.change.Set = append(w.change.Set, r.Extension)
	return r
}

func (w *extending) delete(key string, old *extension) chat.ExtensionResult {
	if old != nil {
		w.state.Latest++
		w.state.Count--
		w.change.Deleted = append(w.change.Deleted, key)
	}
	return chat.ExtensionResult{Extension: chat.Extension{Key: key, Seq: w.state.Latest}}
}

func (w *extending) clear(ctx context.Context) error {
	_, keys, err := extensions.Page(ctx, w.Read, w.Shard, seqKey(w.m.Seq), "", maxExtensions)
	for _, k := range keys {
		w.change.Deleted = append(w.change.Deleted, k[seqKeyBytes:])
	}
	w.state.Count, w.state.Clear = 0, w.state.Latest
	return err
}

// put makes the rows what was decided, unless that is too often, and tells the
// conversation.
func (w *extending) put() error {
	writes := len(w.change.Set) + len(w.change.Deleted)
	if writes == 0 {
		return nil
	}
	if now := w.Sec() / 60; w.state.Minute != now {
		w.state.Minute, w.state.Writes = now, 0
	}
	if w.state.Writes >= extensionWrites {
		return chat.Refuse(chat.CodeExtensionRate, "")
	}
	w.state.Writes += writes
	for _, e := range w.change.Set {
		extensions.PutUntil(w.Turn, w.key(e.Key), &extension{e.Value, e.Seq}, w.m.Expires)
	}
	for _, k := range w.change.Deleted {
		extensions.Remove(w.Turn, w.key(k))
	}
	extensionStates.PutUntil(w.Turn, seqKey(w.m.Seq), &w.state, w.m.Expires)
	if w.m.ForAll() { // the others are not to know of the message, as with reactions
		w.Commit.Events = []*chat.ConvEvent{{
			Conv: w.m.Conv, Time: w.Ms, Kind: chat.EventExtend, By: w.by.User, Seq: w.m.Seq, MsgID: w.m.ID(), Expires: w.m.Expires,
			Detail: &chat.EventDetail{Extension: &w.change},
		}}
	}
	return nil
}

// ExtensionPage is what is on a message, in the order of Seq.
type ExtensionPage struct {
	List          []chat.Extension
	Complete      bool   // nothing follows
	Latest, Clear uint64 // see extensionState
}

// Extensions lists the extensions of a message whose Seq is at least from: at most 200,
// which 0 means too, or chat.NoEntries.
func (s *Service) Extensions(ctx context.Context, by chat.Actor, on ExtensionTarget, from uint64, limit int) (page ExtensionPage, err error) {
	v, _, err := s.extended(ctx, by, &on)
	if err != nil {
		return page, err
	}
	m, err := extensible(ctx, s.ledger, v, by, on.Ref)
	if err != nil {
		return page, err
	}
	shard := v.conv.Shard()
	state, err := extensionStates.Get(ctx, s.ledger, shard, seqKey(m.Seq))
	if err != nil || state == nil {
		page.Complete = true
		return page, err
	}
	page.Latest, page.Clear = state.Latest, state.Clear
	rows, keys, err := extensions.Page(ctx, s.ledger, shard, seqKey(m.Seq), "", maxExtensions)
	if err != nil {
		return page, err
	}
	for i, e := range rows {
		if e.Seq >= from {
			page.List = append(page.List, chat.Extension{Key: keys[i][seqKeyBytes:], Value: e.Value, Seq: e.Seq})
		}
	}
	slices.SortFunc(page.List, func(a, b chat.Extension) int { return cmp.Compare(a.Seq, b.Seq) })
	most := chat.PageSize(limit, maxExtensionPage, maxExtensionPage)
	page.Complete = len(page.List) <= most
	page.List = page.List[:min(most, len(page.List))]
	return page, nil
}
