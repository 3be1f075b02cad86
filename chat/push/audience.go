package push

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// audience are the members of a group who may have devices, in byte order, as they are under
// a revision of the group's rules.
type audience struct {
	rules   uint64
	since   int // see holding.come
	members []*chat.Member
}

const (
	membersPage = 1000
	// maxEntries bounds the members of all audiences that are held; beyond it they are made
	// anew.
	maxEntries = 200_000
)

// audience is that of a group, or of the community of a topic. What it was made of is read
// again when the members have changed, not for each message.
func (r *round) audience(ctx context.Context, g chat.GroupID) ([]*chat.Member, error) {
	home := chat.GroupShard(r.f.app, g.Home())
	head, err := r.s.read.Head(ctx, home)
	if err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	was := r.f.audiences[home]
	if was != nil && was.rules == head.Rules {
		come, next, ok := r.holding.come(was.since)
		if ok {
			was.since = next
			if err := r.addTo(ctx, was, g, come); err != nil {
				delete(r.f.audiences, home)
				return nil, err
			}
			return was.members, nil
		}
	}
	a := &audience{rules: head.Rules}
	_, a.since, _ = r.holding.come(0)
	for after := chat.UserID(""); ; {
		page, err := r.s.Members(ctx, r.f.app, g, after, membersPage)
		if err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		for _, m := range page {
			if r.holding.has(m.User) {
				a.members = append(a.members, m)
			}
			after = m.User
		}
		if len(page) < membersPage {
			break
		}
	}
	if was != nil {
		r.f.entries -= len(was.members)
	}
	if r.f.entries+len(a.members) > maxEntries {
		clear(r.f.audiences)
		r.f.entries = 0
	}
	r.f.audiences[home] = a
	r.f.entries += len(a.members)
	return a.members, nil
}

// addTo adds members who have got a device since the audience was made.
func (r *round) addTo(ctx context.Context, a *audience, g chat.GroupID, come []chat.UserID) error {
	if len(come) == 0 {
		return nil
	}
	found, err := r.s.MembersNamed(ctx, r.f.app, g, come)
	if err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	for _, m := range found {
		if m == nil {
			continue
		}
		i, has := slices.BinarySearchFunc(a.members, m.User, func(m *chat.Member, u chat.UserID) int { return strings.Compare(string(m.User), string(u)) })
		if !has {
			a.members = slices.Insert(slices.Clip(a.members), i, m)
			r.f.entries++
		}
	}
	return nil
}
