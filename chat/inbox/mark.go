package inbox

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// maxMarkItems bounds the conversations of one call (spec/06 §5).
const maxMarkItems = 100

// MarkChange is what is to change of the marks of a conversation.
type MarkChange struct {
	Target     chat.Target
	Set, Clear []int   // from 1 to 64; what is in both is set
	Custom     *string // at most 256 bytes; "" takes it away, nil leaves it
}

// Mark changes marks of conversations of of's ("" is the caller): 1 to 100 of them, else
// 51006. Each has a result of its own: 50002 a mark or text out of bounds, 50001 and 51007 as
// with Pin, 51008 when more than 1,000 would have marks or be in groups.
func (s *Service) Mark(ctx context.Context, by chat.Actor, of chat.UserID, list []MarkChange) ([]error, error) {
	if n := len(list); n < 1 || n > maxMarkItems {
		return nil, chat.Refuse(chat.CodeConvBatch, "between 1 and %d conversations are needed", maxMarkItems)
	}
	app, of, err := s.owner(ctx, by, of)
	if err != nil {
		return nil, err
	}
	targets := make([]chat.Target, len(list))
	for i := range list {
		targets[i] = list[i].Target
	}
	found, refused, err := s.places(ctx, app, of, targets)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if bad := list[i].check(); bad != nil {
			refused[i] = bad
		}
	}
	results := make(chan []error, 1)
	err = s.change(ctx, app, of, func(ctx context.Context, e *editor, rows []settingRow, last bool) error {
		book, err := books.Get(ctx, e.Read, e.Shard, "")
		if err != nil {
			return err
		}
		room := maxTagged - book.tagged(rows)
		each := slices.Clone(refused)
		for i := range list {
			if each[i] == nil {
				if each[i], err = list[i].apply(ctx, e, found[i], book, &room); err != nil {
					return err
				}
			}
		}
		replace(results, each)
		return onlyFull(each, last)
	})
	return outcome(results, err)
}

// onlyFull is the refusal of one that found no room, so that room is made and all is tried
// once more; at last it is that one's result.
func onlyFull(each []error, last bool) error {
	if last {
		return nil
	}
	for _, err := range each {
		if chat.CodeOf(err) == chat.CodeConvTooMany {
			return err
		}
	}
	return nil
}

// replace puts r into a channel of one place, instead of what an earlier try has left.
func replace(results chan []error, r []error) {
	select {
	case <-results:
	default:
	}
	results <- r
}

// outcome is what became of each.
func outcome(results chan []error, err error) ([]error, error) {
	if err != nil {
		return nil, err
	}
	return <-results, nil
}

func (m *MarkChange) check() error {
	for _, n := range slices.Concat(m.Set, m.Clear) {
		if n < 1 || n > chat.MaxMark {
			return chat.Refuse(chat.CodeConvParameter, "marks are from 1 to %d", chat.MaxMark)
		}
	}
	if m.Custom != nil && (len(*m.Custom) > maxCustomMark || !utf8.ValidString(*m.Custom)) {
		return chat.Refuse(chat.CodeConvParameter, "CustomMark is no text of at most %d bytes", maxCustomMark)
	}
	return nil
}

// apply changes the marks of one conversation. room is for how many more there is room.
func (m *MarkChange) apply(ctx context.Context, e *editor, p place, book *convBook, room *int) (refused, err error) {
	err = e.edit(ctx, p, func(v *setting) *chat.ConvChange {
		was := book.tags(v)
		next := *v
		next.Marks = v.Marks.With(m.Set, m.Clear)
		if m.Custom != nil {
			next.Custom = *m.Custom
		}
		told := chat.ConvChange{}
		if next.Marks != v.Marks {
			told.Marks = &next.Marks
		}
		if next.Custom != v.Custom {
			told.Custom = &next.Custom
		}
		if told == (chat.ConvChange{}) {
			return nil
		}
		if refused = book.count(was, &next, room); refused != nil {
			return nil
		}
		*v = next
		return &told
	})
	return refused, err
}
