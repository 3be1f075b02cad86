package search

import (
	"fmt"
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// names goes through all users and groups, and removes those that are no more.
func (f *filling) names() error {
	f.place.Round++
	f.percent.Store(messagesDone)
	after := chat.UserID("")
	for {
		page, last, err := f.read.EveryAccount(f.ctx, f.app, after, namePage)
		if err != nil {
			return fmt.Errorf("read accounts: %w", err)
		}
		if f.apart > 0 {
			if err := f.changesApart(page, f.apart); err != nil {
				return err
			}
		}
		for _, a := range page {
			if err := f.name(UserName, string(a.User), a.Nick); err != nil {
				return err
			}
		}
		if after = last; after == "" {
			break
		}
		f.percent.Store(min(f.percent.Load()+1, whole-1))
	}
	if err := f.groups(); err != nil {
		return err
	}
	if err := f.flush(); err != nil {
		return err
	}
	for _, k := range []NameKind{UserName, GroupName} {
		if err := f.index.Renewed(f.ctx, k, f.place.Round); err != nil {
			return err
		}
	}
	return nil
}

func (f *filling) groups() error {
	after := chat.GroupID("")
	for {
		page, last, err := f.Groups(f.ctx, f.app, after, namePage)
		if err != nil {
			return err
		}
		for _, g := range page {
			if err := f.name(GroupName, string(g.ID), g.Name); err != nil {
				return err
			}
		}
		if after = last; after == "" {
			return nil
		}
	}
}

func (f *filling) name(k NameKind, id, name string) error {
	f.batch.Names = append(f.batch.Names, Name{Kind: k, ID: id, Texts: []Words{Read(id), Read(name)}, Round: f.place.Round})
	f.bytes += len(id) + len(name) + 64
	return f.room()
}

func (f *filling) noName(k NameKind, id string) error {
	f.batch.NamesGone = append(f.batch.NamesGone, Name{Kind: k, ID: id})
	return f.room()
}

// users adds users as they are called now.
func (f *filling) users(set map[chat.UserID]bool) error {
	for list := range slices.Chunk(slices.Sorted(maps.Keys(set)), namePage) {
		found, err := f.read.Accounts(f.ctx, f.app, list)
		if err != nil {
			return fmt.Errorf("read accounts: %w", err)
		}
		for i, u := range list {
			if found[i] == nil {
				err = f.noName(UserName, string(u))
			} else {
				err = f.name(UserName, string(u), found[i].Nick)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// group adds a group as it is called now. Topics are no groups of their own.
func (f *filling) group(id chat.GroupID) error {
	if id.IsTopic() {
		return nil
	}
	g, err := f.Group(f.ctx, f.app, id)
	switch {
	case chat.IsFault(err):
		return err
	case err != nil:
		return f.noName(GroupName, string(id))
	}
	return f.name(GroupName, string(g.ID), g.Name)
}
