package inbox

import (
	"context"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// contactPage is the size of a page of Contacts: the proposal of spec/06 §2.
const contactPage = 100

// Contact is a conversation as backends list it (spec/06 §2).
type Contact struct {
	Target chat.Target
	Time   int64 // Unix milliseconds
	Top    bool
	Marks  chat.Marks
	Custom string
	Groups []uint32
}

// ContactPlace is where a part of the list goes on: after so many entries of a second, Unix
// time; the zero place is the beginning.
type ContactPlace struct {
	Second int64
	Given  int
}

// ContactQuery asks for a page of Contacts.
type ContactQuery struct {
	Plain, Top ContactPlace
	Empty      bool // with conversations that hold no message
}

// ContactPage is a page, and where the next goes on.
type ContactPage struct {
	List       []Contact
	Plain, Top ContactPlace
	Complete   bool
}

// Contacts pages of's conversations ("" is the caller), pinned ones first, each newest first.
func (s *Service) Contacts(ctx context.Context, by chat.Actor, of chat.UserID, q ContactQuery) (ContactPage, error) {
	app, of, err := s.owner(ctx, by, of)
	if err != nil {
		return ContactPage{}, err
	}
	rows, err := s.held(ctx, app, of)
	if err != nil {
		return ContactPage{}, err
	}
	all, err := s.unread(ctx, app, of, rows)
	if err != nil {
		return ContactPage{}, err
	}
	book, err := books.Get(ctx, s.ledger, chat.UserShard(app.ID, of), "")
	if err != nil {
		return ContactPage{}, err
	}
	var list []*counted
	for i := range all {
		if c := &all[i]; c.listed() && (q.Empty || !c.empty) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *counted) int { return a.compare(b, of) })
	page := ContactPage{Plain: q.Plain, Top: q.Top, Complete: true}
	var seen [2]ContactPlace
	for _, c := range list {
		place, at := &page.Plain, &seen[0]
		if c.pinned() {
			place, at = &page.Top, &seen[1]
		}
		if !after(q, c, at) {
			continue
		}
		if len(page.List) == contactPage {
			page.Complete = false
			break
		}
		*place = *at
		page.List = append(page.List, contactOf(c, of, book))
	}
	return page, nil
}

// after counts an entry, and reports whether it comes after what was given already.
func after(q ContactQuery, c *counted, at *ContactPlace) bool {
	given := q.Plain
	if c.pinned() {
		given = q.Top
	}
	if second := c.at / 1000; second != at.Second || at.Given == 0 {
		*at = ContactPlace{second, 0}
	}
	at.Given++
	switch {
	case given == ContactPlace{}:
		return true
	case at.Second != given.Second:
		return at.Second < given.Second
	}
	return at.Given > given.Given
}

func contactOf(c *counted, u chat.UserID, book *convBook) Contact {
	one := Contact{Target: c.target(u), Time: c.at, Top: c.pinned()}
	if c.set != nil {
		one.Marks, one.Custom, one.Groups = c.set.Marks, c.set.Custom, book.ids(c.set)
	}
	return one
}
