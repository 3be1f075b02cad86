package search

import (
	"sync"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// maxNoted bounds what is noted of one app, some 100 bytes each; beyond it the app is looked
// at as after a start.
const maxNoted = 50_000

// tap notes what commits have changed that is searched. The lanes fill it, so it asks nobody
// and takes no time.
type tap struct {
	on   func(chat.AppID) bool
	came atomic.Uint64 // messages so far

	mu   sync.Mutex // guards all below
	apps map[chat.AppID]*noted
}

func newTap(on func(chat.AppID) bool) *tap { return &tap{on: on, apps: map[chat.AppID]*noted{}} }

// noted is what has changed in an app.
type noted struct {
	convs map[chat.Conversation]*moved
	users map[chat.UserID]bool
	rooms map[chat.GroupID]bool
	edits int
	lost  bool // there was more than is noted
}

// moved is what has changed in a conversation.
type moved struct {
	dropped bool       // all that was there before is gone
	from    chat.Seq   // the first new message, 0: none
	edits   []chat.Seq // messages that say something else now
}

// wants notes a commit, and reports whether there was anything.
func (t *tap) wants(c *chat.Commit) bool {
	conv := c.Shard.Conv() != (chat.Conversation{})
	moves := conv && (c.Drop || len(c.Messages)+len(c.Edits) > 0)
	user, group := named(c)
	if !moves && !user && !group || !t.on(c.Shard.App) {
		return false
	}
	t.came.Add(uint64(len(c.Messages)))
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.apps[c.Shard.App]
	if n == nil {
		n = &noted{convs: map[chat.Conversation]*moved{}, users: map[chat.UserID]bool{}, rooms: map[chat.GroupID]bool{}}
		t.apps[c.Shard.App] = n
	}
	switch {
	case n.lost:
		return true
	case user:
		n.users[c.Shard.User()] = true
	case group:
		n.rooms[c.Shard.Conv().Group()] = true
	}
	if moves {
		n.move(c)
	}
	if len(n.convs)+len(n.users)+len(n.rooms)+n.edits > maxNoted {
		*n = noted{lost: true}
	}
	return true
}

// named reports whether a commit gives its user, or its group, another name, or takes it.
func named(c *chat.Commit) (user, group bool) {
	isUser := c.Shard.User() != ""
	isGroup := !isUser && c.Shard.Conv().Kind == chat.InGroup
	for i := range c.Rows {
		switch record.Kind(c.Rows[i].Kind) {
		case record.Account, record.Profile:
			user = isUser
		case record.Group:
			group = isGroup
		}
	}
	return user || isUser && c.Drop, group || isGroup && c.Drop
}

func (n *noted) move(c *chat.Commit) {
	conv := c.Shard.Conv()
	m := n.convs[conv]
	if m == nil {
		m = &moved{}
		n.convs[conv] = m
	}
	if c.Drop {
		*m = moved{dropped: true}
		return // messages of it are told and not stored
	}
	for _, one := range c.Messages {
		if one.Duplicate == nil && (m.from == 0 || one.Seq < m.from) {
			m.from = one.Seq
		}
	}
	for _, one := range c.Edits {
		m.edits = append(m.edits, one.Seq)
	}
	n.edits += len(c.Edits)
}

// take takes what is noted of an app, nil when that is nothing.
func (t *tap) take(app chat.AppID) *noted {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.apps[app]
	delete(t.apps, app)
	return n
}

// has reports whether something is noted of an app.
func (t *tap) has(app chat.AppID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.apps[app] != nil
}

// waiting are the apps of which something is noted.
func (t *tap) waiting() []chat.AppID {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]chat.AppID, 0, len(t.apps))
	for app := range t.apps {
		list = append(list, app)
	}
	return list
}

// lose notes that something was missed, of every app.
func (t *tap) lose(apps []chat.AppID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, app := range apps {
		t.apps[app] = &noted{lost: true}
	}
}
