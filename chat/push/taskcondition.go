package push

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Condition says which users of an app a push is for (spec/09 B1, C). Where several parts are given
// a user has to meet all of them (our choice); one that is empty is not asked.
type Condition struct {
	TagsOr  []string // has one of them
	TagsAnd []string // has all of them
	TagsNot []string // does not have all of them

	AttrsOr  map[string]string // has one of them, with that value
	AttrsAnd map[string]string // has all of them
}

func conditionFields(f *record.Fields, c *Condition) {
	record.Texts(f, 1, &c.TagsOr)
	record.Texts(f, 2, &c.TagsAnd)
	record.Texts(f, 3, &c.TagsNot)
	record.Map(f, 4, &c.AttrsOr)
	record.Map(f, 5, &c.AttrsAnd)
}

func (c *Condition) tagged() bool { return len(c.TagsOr)+len(c.TagsAnd)+len(c.TagsNot) > 0 }

func (c *Condition) attributed() bool { return len(c.AttrsOr)+len(c.AttrsAnd) > 0 }

// check checks the form; names are the attributes that are declared.
func (c *Condition) check(names map[string]bool) error {
	if c.tagged() && c.attributed() {
		return chat.Refuse(chat.CodeBadCondition, "")
	}
	for _, list := range [][]string{c.TagsOr, c.TagsAnd, c.TagsNot} {
		if err := checkTags(list, maxTagsCall, true); err != nil {
			return err
		}
	}
	for _, tag := range c.TagsOr {
		if slices.Contains(c.TagsAnd, tag) {
			return chat.Refuse(chat.CodeTagTwice, "")
		}
	}
	for _, attrs := range []map[string]string{c.AttrsOr, c.AttrsAnd} {
		for name, value := range attrs {
			if !names[name] {
				return chat.Refuse(chat.CodeBadAttr, "%q is not declared", name)
			}
			if err := checkAttr("a value of Condition", value); err != nil {
				return err
			}
		}
	}
	return nil
}

// met reports whether a user meets the condition; nil is met by everybody.
func (c *Condition) met(ctx context.Context, r chat.RowReader, user chat.Shard) (bool, error) {
	switch {
	case c == nil:
		return true, nil
	case c.tagged():
		tags, err := tagsOf(ctx, r, user)
		return err == nil && c.metBy(tags), err
	case c.attributed():
		attrs, err := attrsOf(ctx, r, user)
		return err == nil && c.metWith(attrs), err
	}
	return true, nil
}

func (c *Condition) metBy(tags []string) bool {
	has := func(tag string) bool { return slices.Contains(tags, tag) }
	all := func(list []string) bool {
		return !slices.ContainsFunc(list, func(tag string) bool { return !has(tag) })
	}
	return (len(c.TagsOr) == 0 || slices.ContainsFunc(c.TagsOr, has)) && all(c.TagsAnd) &&
		(len(c.TagsNot) == 0 || !all(c.TagsNot))
}

func (c *Condition) metWith(attrs map[string]string) bool {
	one := len(c.AttrsOr) == 0
	for name, value := range c.AttrsOr {
		one = one || attrs[name] == value
	}
	for name, value := range c.AttrsAnd {
		if attrs[name] != value {
			return false
		}
	}
	return one
}
