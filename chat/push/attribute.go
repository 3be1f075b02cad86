package push

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// maxAttrs is how many attributes an app may declare (spec/09 B).
const maxAttrs = 10

// attrNames are the names that an app has declared, by their places; "" is none. They have
// one row in the shard of the app, under the empty key.
type attrNames struct{ Names []string }

var declared = ledger.Table(record.PushAttrNames, func(f *record.Fields, n *attrNames) {
	record.Texts(f, 1, &n.Names)
})

// UserAttrs are attributes of one user, by name.
type UserAttrs struct {
	User  chat.UserID
	Attrs map[string]string
}

// AttrNames are the names of attributes that the app has declared, by place 0 to 9.
func (s *Labels) AttrNames(ctx context.Context, by chat.Actor) (map[int]string, error) {
	if err := s.admin(by); err != nil {
		return nil, err
	}
	n, err := declared.Get(ctx, s.ledger, chat.AppShard(by.App), "")
	if err != nil || n == nil {
		return nil, err
	}
	names := map[int]string{}
	for i, name := range n.Names {
		if name != "" {
			names[i] = name
		}
	}
	return names, nil
}

// SetAttrNames declares attributes, each at a place from 0 to 9 (90033); the other places
// stay as they are, our choice. A name has 1 to 50 bytes (90030) and one place (90033). What
// users have under a name that is not declared any more is not seen (our choice).
func (s *Labels) SetAttrNames(ctx context.Context, by chat.Actor, names map[int]string) error {
	if err := s.admin(by); err != nil {
		return err
	}
	if len(names) == 0 {
		return chat.Refuse(chat.CodeBadJSON, "AttrNames is empty")
	}
	for place, name := range names {
		if place < 0 || place >= maxAttrs {
			return chat.Refuse(chat.CodeBadAttr, "the places of attributes are 0 to %d", maxAttrs-1)
		}
		if err := checkAttr("a name in AttrNames", name); err != nil {
			return err
		}
	}
	return s.ledger.Change(ctx, chat.AppShard(by.App), 0, func(ctx context.Context, t *ledger.Turn) error {
		return setAttrNames(ctx, t, names)
	})
}

func setAttrNames(ctx context.Context, t *ledger.Turn, names map[int]string) error {
	old, err := declared.Get(ctx, t.Read, t.Shard, "")
	if err != nil {
		return err
	}
	want := attrNames{Names: make([]string, maxAttrs)}
	if old != nil {
		copy(want.Names, old.Names)
	}
	for place, name := range names {
		want.Names[place] = name
	}
	seen := map[string]bool{}
	for _, name := range want.Names {
		if name != "" && seen[name] {
			return chat.Refuse(chat.CodeBadAttr, "%q has two places", name)
		}
		seen[name] = true
	}
	declared.Put(t, "", &want)
	return nil
}

// SetAttrs sets attributes of at most 100 users (90018); those that are not named stay. A
// name has to be declared (90033), a value has 1 to 50 bytes (90030).
func (s *Labels) SetAttrs(ctx context.Context, by chat.Actor, list []UserAttrs) error {
	if len(list) > maxLabelled {
		return tooMany()
	}
	names, err := s.names(ctx, by.App)
	if err != nil {
		return err
	}
	for _, one := range list {
		if len(one.Attrs) == 0 {
			return chat.Refuse(chat.CodeBadAttr, "Attrs is empty")
		}
		for name, value := range one.Attrs {
			if !names[name] {
				return chat.Refuse(chat.CodeBadAttr, "%q is not declared", name)
			}
			if err := checkAttr("a value in Attrs", value); err != nil {
				return err
			}
		}
	}
	return eachLabelled(ctx, s.ledger, by, list, func(one UserAttrs) chat.UserID { return one.User },
		func(ctx context.Context, t *ledger.Turn, one UserAttrs) error {
			have, err := attrsOf(ctx, t.Read, t.Shard)
			if err != nil {
				return err
			}
			for name, value := range one.Attrs {
				if old, has := have[name]; !has || old != value {
					labels.Put(t, isAttr+name, &label{Since: t.Sec(), Value: value})
				}
			}
			for name := range have {
				if !names[name] { // declared once, and no more
					labels.Remove(t, isAttr+name)
				}
			}
			return nil
		})
}

// RemoveAttrs takes attributes from users, by name (90033 when it is not declared); those
// that they do not have are passed over.
func (s *Labels) RemoveAttrs(ctx context.Context, by chat.Actor, list []UserTags) error {
	if len(list) > maxLabelled {
		return tooMany()
	}
	names, err := s.names(ctx, by.App)
	if err != nil {
		return err
	}
	for _, one := range list {
		if len(one.Tags) == 0 {
			return chat.Refuse(chat.CodeBadAttr, "Attrs is empty")
		}
		for _, name := range one.Tags {
			if !names[name] {
				return chat.Refuse(chat.CodeBadAttr, "%q is not declared", name)
			}
		}
	}
	return eachLabelled(ctx, s.ledger, by, list, func(one UserTags) chat.UserID { return one.User },
		func(ctx context.Context, t *ledger.Turn, one UserTags) error {
			have, err := attrsOf(ctx, t.Read, t.Shard)
			if err != nil {
				return err
			}
			for _, name := range one.Tags {
				if _, has := have[name]; has {
					labels.Remove(t, isAttr+name)
				}
			}
			return nil
		})
}

// Attrs are the attributes of users, those that are declared.
func (s *Labels) Attrs(ctx context.Context, by chat.Actor, list []chat.UserID) ([]UserAttrs, error) {
	if err := labelled(ctx, &s.ledger.Reader, by, list); err != nil {
		return nil, err
	}
	names, err := s.names(ctx, by.App)
	if err != nil {
		return nil, err
	}
	all := make([]UserAttrs, len(list))
	for i, u := range list {
		have, err := attrsOf(ctx, s.ledger, chat.UserShard(by.App, u))
		if err != nil {
			return nil, err
		}
		maps.DeleteFunc(have, func(name, _ string) bool { return !names[name] })
		all[i] = UserAttrs{u, have}
	}
	return all, nil
}

// admin refuses who is no administrator of a known app.
func (s *Labels) admin(by chat.Actor) error {
	if _, err := s.ledger.App(by.App); err != nil {
		return err
	}
	if !by.Admin() {
		return chat.Refuse(chat.CodeMsgNeedAdmin, "")
	}
	return nil
}

// names are the names of attributes that are declared.
func (s *Labels) names(ctx context.Context, app chat.AppID) (map[string]bool, error) {
	return declaredNames(ctx, s.ledger, app)
}

func declaredNames(ctx context.Context, r chat.RowReader, app chat.AppID) (map[string]bool, error) {
	n, err := declared.Get(ctx, r, chat.AppShard(app), "")
	if err != nil || n == nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, name := range n.Names {
		if name != "" {
			names[name] = true
		}
	}
	return names, nil
}

func checkAttr(what, text string) error {
	if text == "" || len(text) > maxLabel || chat.HasControl(text) {
		return chat.Refuse(chat.CodeBadAttrLength, "%s has to be text of 1 to %d bytes", what, maxLabel)
	}
	return nil
}

// attrsOf are the attributes of a user, by name.
func attrsOf(ctx context.Context, r chat.RowReader, s chat.Shard) (map[string]string, error) {
	list, keys, err := labels.Page(ctx, r, s, isAttr, "", 2*maxAttrs+maxAttrs)
	if err != nil {
		return nil, err
	}
	attrs := make(map[string]string, len(list))
	for i, l := range list {
		attrs[strings.TrimPrefix(keys[i], isAttr)] = l.Value
	}
	return attrs, nil
}

// forgetAttrs removes the attributes of a user.
func forgetAttrs(ctx context.Context, t *ledger.Turn) error {
	have, err := attrsOf(ctx, t.Read, t.Shard)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		labels.Remove(t, isAttr+name)
	}
	return nil
}
