package broker

import (
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/hooks"
	"github.com/teahouse-im/teahouse/topics"
)

// maxWatched bounds the users that a connection watches by status.watch (spec/00 §5).
const maxWatched = 1000

// watching is the users that a connection watches; it ends with the connection. session.mu guards it.
type watching struct {
	users  map[chat.UserID]watchWay
	asked  int                  // by request
	greet  []chat.UserID        // whose present state Present has told
	missed map[chat.UserID]bool // whose newest state did not fit the connection's buffer
}

// watchWay is by what a user is watched.
type watchWay uint8

const (
	byFilter watchWay = 1 << iota
	byRequest
)

// watches adds users. mu is held, and the session is connected.
func (s *session) watches(users []chat.UserID, way watchWay) {
	if len(users) == 0 {
		return
	}
	if s.watch == nil {
		s.watch = &watching{users: map[chat.UserID]watchWay{}, missed: map[chat.UserID]bool{}}
	}
	w := s.watch
	for _, u := range users {
		have := w.users[u]
		if have == 0 {
			s.b.watchers.add(userKey{s.user.key.app, u}, s)
		}
		if have&byRequest == 0 && way == byRequest {
			w.asked++
		}
		w.users[u] = have | way
		w.greet = append(w.greet, u)
	}
}

// unwatches takes a way of watching from users. mu is held.
func (s *session) unwatches(users []chat.UserID, way watchWay) {
	w := s.watch
	if w == nil {
		return
	}
	for _, u := range users {
		have := w.users[u]
		if have&way == 0 {
			continue
		}
		if way == byRequest {
			w.asked--
		}
		if w.users[u] = have &^ way; w.users[u] == 0 {
			delete(w.users, u)
			s.b.watchers.remove(userKey{s.user.key.app, u}, s)
		}
	}
	if len(w.users) == 0 {
		s.watch = nil
	}
}

// watchesNobody ends all of it with the connection. mu is held.
func (s *session) watchesNobody() {
	if s.watch == nil {
		return
	}
	for u := range s.watch.users {
		s.b.watchers.remove(userKey{s.user.key.app, u}, s)
	}
	s.watch = nil
}

// watched are the users that the connection watches in a way. mu is held.
func (s *session) watched(way watchWay) (list []chat.UserID) {
	if s.watch == nil {
		return nil
	}
	for u, have := range s.watch.users {
		if have&way != 0 {
			list = append(list, u)
		}
	}
	return list
}

// greets has the present states told of those who are watched since the last time. mu is
// held.
func (s *session) greets() {
	if w := s.watch; w != nil && len(w.greet) > 0 {
		s.b.watchers.greet(s, w.greet)
		w.greet = nil
	}
}

// byName are the users whose state filters ask for by name.
func byName(subs []topics.Subscription) (users []chat.UserID) {
	for i := range subs {
		if u := subs[i].Filter.Presence(); u != "" {
			users = append(users, u)
		}
	}
	return users
}

// unnamed stops watching the users that no filter names any more. mu is held.
func (s *session) unnamed() {
	if s.watch == nil {
		return
	}
	named := map[chat.UserID]bool{}
	for _, u := range byName(s.filters.Load().All()) {
		named[u] = true
	}
	gone := slices.DeleteFunc(s.watched(byFilter), func(u chat.UserID) bool { return named[u] })
	s.unwatches(gone, byFilter)
}

// Watch implements hooks.Session.
func (s *session) Watch(l *hooks.Link, users []chat.UserID) (over []chat.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != l {
		return nil
	}
	for _, u := range users {
		if w := s.watch; w != nil && w.asked >= maxWatched && w.users[u]&byRequest == 0 {
			over = append(over, u)
			continue
		}
		s.watches([]chat.UserID{u}, byRequest)
	}
	return over
}

// Unwatch implements hooks.Session.
func (s *session) Unwatch(l *hooks.Link, users []chat.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != l {
		return
	}
	if users == nil {
		users = s.watched(byRequest)
	}
	s.unwatches(users, byRequest)
}

// presence tells the connection states of users. What does not fit its buffer is told
// when there is room: then it is the newest state again.
func (s *session) presence(news []state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range news {
		u, f := news[i].user, news[i].face
		if s.watch == nil || s.watch.users[u] == 0 || !s.live || !s.asks(f.to) {
			continue
		}
		if !s.ready(0) || !s.put(f, 0, 0) {
			s.watch.missed[u] = true
			continue
		}
		s.b.count.delivered[0].Add(1)
	}
}

// missedStates has told what did not fit. mu is held.
func (s *session) missedStates() {
	if w := s.watch; w != nil && len(w.missed) > 0 {
		s.b.watchers.greet(s, slices.Collect(maps.Keys(w.missed)))
		clear(w.missed)
	}
}
