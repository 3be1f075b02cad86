package attribute

import (
	"context"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/group"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Bounds of the attributes of a group (spec/22b §10); key and value in bytes.
const (
	maxAttrs     = 16
	maxAttrKey   = 32
	maxAttrValue = 4000
	maxAttrBytes = 16_000 // keys and values of all
	attrWrites   = 5      // a second
)

// attrs lie under their keys; their state has one row, under "".
var (
	attrs = ledger.Table(record.Attr, func(f *record.Fields, a *attr) {
		record.Text(f, 1, &a.Value)
	})
	attrStates = ledger.Table(record.AttrState, func(f *record.Fields, s *attrState) {
		record.Int(f, 1, &s.Version)
		record.Int(f, 2, &s.Second)
		record.Int(f, 3, &s.Writes)
	})
)

type attr struct{ Value string }

// attrState counts the changes of a group's attributes, and those of one second, in
// Unix seconds.
type attrState struct {
	Version uint64
	Second  int64
	Writes  int
}

// AttrWay is what a write does to the attributes: the OptionType of its webhook
// (spec/30 §6.4).
type AttrWay string

// The ways.
const (
	SetAttrs    AttrWay = "set"    // those named are all there are
	ModifyAttrs AttrWay = "modify" // those named change, the others stay
	DeleteAttrs AttrWay = "delete" // those named go
	ClearAttrs  AttrWay = "clear"  // all go
)

// Attrs returns a group's attributes in byte order of their keys, and their
// version, which counts their changes.
func (s *Service) Attrs(ctx context.Context, by chat.Actor, id chat.GroupID) ([]chat.Attr, uint64, error) {
	seat, err := s.groups.Enter(ctx, by, id)
	if err != nil {
		return nil, 0, err
	}
	if err := seat.May(grouptype.UseAttributes); err != nil {
		return nil, 0, err
	}
	shard := seat.Group.Conv().Shard()
	have, err := attrsOf(ctx, &s.ledger.Reader, shard)
	if err != nil {
		return nil, 0, err
	}
	state, err := attrStates.Get(ctx, &s.ledger.Reader, shard, "")
	if err != nil || state == nil {
		return sortedAttrs(have), 0, err
	}
	return sortedAttrs(have), state.Version, nil
}

// WriteAttrs changes a group's attributes. With a version it refuses with 10056
// when they have moved on from it. What changes nothing tells nobody, and is no write.
func (s *Service) WriteAttrs(ctx context.Context, by chat.Actor, id chat.GroupID, way AttrWay, list []chat.Attr, version *uint64) error {
	if err := checkAttrs(way, list); err != nil {
		return err
	}
	if chat.Repeated(ctx, chat.GroupOf(by.App, id)) != nil { // its own change would be a conflict
		return nil
	}
	return s.groups.Change(ctx, by, id, func(ctx context.Context, t *group.Turn) error {
		if err := t.May(grouptype.UseAttributes); err != nil {
			return err
		}
		return writeAttrs(ctx, t, way, list, version)
	})
}

// checkAttrs is the form of a write.
func checkAttrs(way AttrWay, list []chat.Attr) error {
	if len(list) == 0 && (way == ModifyAttrs || way == DeleteAttrs) {
		return chat.Refuse(chat.CodeGroupParameter, "GroupAttr is empty")
	}
	if len(list) > maxAttrs {
		return chat.Refuse(chat.CodeTooManyAttrs, "")
	}
	for _, a := range list {
		switch {
		case a.Key == "" || !utf8.ValidString(a.Key) || !utf8.ValidString(a.Value):
			return chat.Refuse(chat.CodeGroupParameter, "a key of GroupAttr is empty or not UTF-8")
		case len(a.Key) > maxAttrKey:
			return chat.Refuse(chat.CodeAttrKey, "")
		case len(a.Value) > maxAttrValue:
			return chat.Refuse(chat.CodeAttrValue, "")
		}
	}
	return nil
}

func writeAttrs(ctx context.Context, t *group.Turn, way AttrWay, list []chat.Attr, version *uint64) error {
	state, err := stateOf(ctx, t)
	if err != nil {
		return err
	}
	if version != nil && *version != state.Version {
		return chat.Refuse(chat.CodeAttrConflict, "")
	}
	have, err := attrsOf(ctx, t.Read, t.Shard)
	if err != nil {
		return err
	}
	want, err := wanted(have, way, list)
	if err != nil {
		return err
	}
	change := putAttrs(t, have, want)
	if change == nil {
		return nil
	}
	if err := state.count(t.Sec()); err != nil {
		return err
	}
	state.Version++
	attrStates.Put(t.Turn, "", &state)
	change.Version = state.Version
	t.AddEvent(chat.EventAttrs, &chat.EventDetail{Attrs: change})
	t.Tell(chat.AfterAttrs, func(e *chat.Event) { e.Way, e.Attrs = string(way), list })
	return nil
}

// stateOf is a copy of the state, to be changed.
func stateOf(ctx context.Context, t *group.Turn) (attrState, error) {
	state, err := attrStates.Get(ctx, t.Read, t.Shard, "")
	if err != nil || state == nil {
		return attrState{}, err
	}
	return *state, nil
}

// count refuses one write more than a second may have.
func (s *attrState) count(now int64) error {
	if s.Second != now {
		s.Second, s.Writes = now, 0
	}
	if s.Writes == attrWrites {
		return chat.Refuse(chat.CodeAttrRate, "")
	}
	s.Writes++
	return nil
}

// wanted is what the attributes are to be after a write.
func wanted(have map[string]string, way AttrWay, list []chat.Attr) (map[string]string, error) {
	want := map[string]string{}
	if way == ModifyAttrs || way == DeleteAttrs {
		want = maps.Clone(have)
	}
	bytes := 0
	for _, a := range list {
		if way != DeleteAttrs {
			want[a.Key] = a.Value
			continue
		}
		if _, there := have[a.Key]; !there {
			return nil, chat.Refuse(chat.CodeNoAttr, "there is no attribute %q", a.Key)
		}
		delete(want, a.Key)
	}
	for k, v := range want {
		bytes += len(k) + len(v)
	}
	switch {
	case len(want) > maxAttrs:
		return nil, chat.Refuse(chat.CodeTooManyAttrs, "")
	case bytes > maxAttrBytes:
		return nil, chat.Refuse(chat.CodeAttrBytes, "")
	}
	return want, nil
}

// putAttrs makes the rows what they are to be. It returns nil when they are so
// already.
func putAttrs(t *group.Turn, have, want map[string]string) *chat.AttrsChange {
	change := &chat.AttrsChange{All: sortedAttrs(want)}
	for _, a := range change.All {
		if old, there := have[a.Key]; there && old == a.Value {
			continue
		}
		attrs.Put(t.Turn, a.Key, &attr{a.Value})
		change.Set = append(change.Set, a.Key)
	}
	for _, k := range slices.Sorted(maps.Keys(have)) {
		if _, stays := want[k]; !stays {
			attrs.Remove(t.Turn, k)
			change.Deleted = append(change.Deleted, k)
		}
	}
	if len(change.Set)+len(change.Deleted) == 0 {
		return nil
	}
	return change
}

// attrsOf are the attributes of a group; never nil.
func attrsOf(ctx context.Context, in chat.RowReader, s chat.Shard) (map[string]string, error) {
	list, keys, err := attrs.Page(ctx, in, s, "", "", maxAttrs)
	if err != nil {
		return nil, err
	}
	have := make(map[string]string, len(list))
	for i, a := range list {
		have[keys[i]] = a.Value
	}
	return have, nil
}

func sortedAttrs(have map[string]string) []chat.Attr {
	list := make([]chat.Attr, 0, len(have))
	for _, k := range slices.Sorted(maps.Keys(have)) {
		list = append(list, chat.Attr{Key: k, Value: have[k]})
	}
	return list
}
