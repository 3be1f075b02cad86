package broker

import "github.com/teahouse-im/teahouse/chat"

// accept notes whether u wants the messages of the group, or of one of its topics.
func (a *audience) accept(u *user, g chat.GroupID, on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, here := a.at[u]; !here {
		return
	}
	switch {
	case g == a.key.group && on:
		delete(a.quiet, u)
	case g == a.key.group:
		if a.quiet == nil {
			a.quiet = map[*user]bool{}
		}
		a.quiet[u] = true
	default:
		if a.topics == nil {
			a.topics = map[chat.GroupID]map[*user]bool{}
		}
		if a.topics[g] == nil {
			a.topics[g] = map[*user]bool{}
		}
		a.topics[g][u] = !on
	}
}

// discards reports whether u wants no messages of the group or topic. mu is held.
func (a *audience) discards(u *user, g chat.GroupID) bool {
	if a.topics != nil {
		if quiet, own := a.topics[g][u]; own {
			return quiet
		}
	}
	return a.quiet[u]
}

// forgetWishes drops what u wants. mu is held.
func (a *audience) forgetWishes(u *user) {
	delete(a.quiet, u)
	for g, who := range a.topics {
		delete(who, u)
		if len(who) == 0 {
			delete(a.topics, g)
		}
	}
}

// endTopic drops what is remembered of a topic that is gone.
func (a *audience) endTopic(g chat.GroupID) {
	a.apart.forget(g)
	a.mu.Lock()
	delete(a.topics, g)
	a.mu.Unlock()
}
