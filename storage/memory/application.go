package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// applicationKey finds an application in its group.
type applicationKey struct {
	newcomer chat.UserID
	kind     chat.ApplicationKind
}

func keyOf(a *chat.Application) applicationKey { return applicationKey{a.Newcomer, a.Kind} }

func (k applicationKey) compare(other applicationKey) int {
	return cmp.Or(cmp.Compare(k.newcomer, other.newcomer), cmp.Compare(k.kind, other.kind))
}

// file puts applications.
func (s *Store) file(c *chat.Commit) {
	for _, a := range c.Applications {
		kept := *a
		kept.Group = c.Conv.Group()
		g := s.group(c.Conv.App, kept.Group)
		if g.applications == nil {
			g.applications = map[applicationKey]*chat.Application{}
		}
		g.applications[keyOf(a)] = &kept
	}
}

// Application implements chat.GroupRows.
func (s *Store) Application(_ context.Context, app chat.AppID, g chat.GroupID, newcomer chat.UserID, kind chat.ApplicationKind) (*chat.Application, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.groups[groupKey{app, g}]
	if row == nil {
		return nil, nil
	}
	a := row.applications[applicationKey{newcomer, kind}]
	if a == nil || s.lapsed(a.Expires) {
		return nil, nil
	}
	return a, nil
}

// Applications implements chat.GroupRows.
func (s *Store) Applications(_ context.Context, app chat.AppID, g chat.GroupID, after *chat.Application, limit int) ([]*chat.Application, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row := s.groups[groupKey{app, g}]
	if row == nil {
		return nil, nil
	}
	var list []*chat.Application
	for k, a := range row.applications {
		if !s.lapsed(a.Expires) && (after == nil || k.compare(keyOf(after)) > 0) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *chat.Application) int { return keyOf(a).compare(keyOf(b)) })
	return list[:max(0, min(limit, len(list)))], nil
}
