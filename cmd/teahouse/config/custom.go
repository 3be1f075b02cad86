package config

import (
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Custom declares the custom fields of groups, members and users, by key; see
// [chat.CustomFields].
type Custom struct {
	Group  map[string]Field `yaml:"group"`
	Member map[string]Field `yaml:"member"`
	// Profile declares those of users.
	Profile map[string]Field `yaml:"profile"`
	// Friend declares those of friends, which belong to the owner of the list.
	Friend map[string]Field `yaml:"friend"`
}

// Field says who may read and write a custom field: words of [chat.Level]. App
// administrators always may. Types are the group types that have it; none: all.
type Field struct {
	Read  []string `yaml:"read"`
	Write []string `yaml:"write"`
	Types []string `yaml:"types"`
}

var fieldLevels = []string{
	string(chat.LevelUser), string(chat.LevelMember), string(chat.LevelAdmin), string(chat.LevelOwner), string(chat.LevelApp),
}

func (c *Custom) check(p *Problems, path string) {
	checkFields(p, path+".group", c.Group, chat.MaxGroupFields, fieldLevels, groupTypes)
	kept := slices.DeleteFunc(slices.Clone(groupTypes), func(t string) bool { return t == string(chat.AVChatRoom) }) // spec/20 §7
	checkFields(p, path+".member", c.Member, chat.MaxMemberFields, append([]string{string(chat.LevelSelf)}, fieldLevels...), kept)
	for _, key := range slices.Sorted(maps.Keys(c.Member)) {
		if _, both := c.Group[key]; both {
			p.add(path+".member."+key, "is declared for groups too: the two share their keys")
		}
	}
	checkPersonal(p, path+".profile", c.Profile, chat.MaxProfileFields)
	checkPersonal(p, path+".friend", c.Friend, chat.MaxFriendFields)
}

// personalLevels are the words for what belongs to a user and to no group.
var personalLevels = []string{string(chat.LevelUser), string(chat.LevelSelf), string(chat.LevelApp)}

// checkPersonal checks fields of users, whose keys are letters alone.
func checkPersonal(p *Problems, path string, fields map[string]Field, most int) {
	if len(fields) > most {
		p.add(path, "declares %d fields, at most %d", len(fields), most)
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !chat.ValidProfileKey(key) {
			p.add(path+"."+key, "is no key: 1 to %d letters", chat.MaxProfileKey)
		}
		each(p, path+"."+key+".read", fields[key].Read, personalLevels)
		each(p, path+"."+key+".write", fields[key].Write, personalLevels)
		if len(fields[key].Types) > 0 {
			p.add(path+"."+key+".types", "is for fields of groups")
		}
	}
}

func checkFields(p *Problems, path string, fields map[string]Field, most int, words, types []string) {
	if len(fields) > most {
		p.add(path, "declares %d fields, at most %d", len(fields), most)
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !chat.ValidFieldKey(key) {
			p.add(path+"."+key, "is no key: 1 to %d letters, digits and underscores", chat.MaxFieldKey)
		}
		each(p, path+"."+key+".read", fields[key].Read, words)
		each(p, path+"."+key+".write", fields[key].Write, words)
		each(p, path+"."+key+".types", fields[key].Types, types)
	}
}

func (c *Custom) settings() chat.CustomFields {
	return chat.CustomFields{Group: fieldRights(c.Group), Member: fieldRights(c.Member), Profile: fieldRights(c.Profile), Friend: fieldRights(c.Friend)}
}

func fieldRights(fields map[string]Field) map[string]chat.FieldRights {
	if len(fields) == 0 {
		return nil
	}
	rights := map[string]chat.FieldRights{}
	for key, f := range fields {
		rights[key] = chat.FieldRights{Read: words[chat.Level](f.Read), Write: words[chat.Level](f.Write), Types: words[chat.GroupType](f.Types)}
	}
	return rights
}

func words[T ~string](list []string) []T {
	typed := make([]T, len(list))
	for i, w := range list {
		typed[i] = T(w)
	}
	return typed
}
