package config

import (
	"maps"
	"slices"

	"github.com/teahouse-im/teahouse/chat"
)

// Custom declares the custom fields of groups and members, by key; see
// [chat.CustomFields].
type Custom struct {
	Group  map[string]Field `yaml:"group"`
	Member map[string]Field `yaml:"member"`
}

// Field says who may read and write a custom field: words of [chat.Level]. App
// administrators always may.
type Field struct {
	Read  []string `yaml:"read"`
	Write []string `yaml:"write"`
}

var fieldLevels = []string{
	string(chat.LevelUser), string(chat.LevelMember), string(chat.LevelAdmin), string(chat.LevelOwner), string(chat.LevelApp),
}

func (c *Custom) check(p *Problems, path string) {
	checkFields(p, path+".group", c.Group, chat.MaxGroupFields, fieldLevels)
	checkFields(p, path+".member", c.Member, chat.MaxMemberFields, append([]string{string(chat.LevelSelf)}, fieldLevels...))
	for _, key := range slices.Sorted(maps.Keys(c.Member)) {
		if _, both := c.Group[key]; both {
			p.add(path+".member."+key, "is declared for groups too: the two share their keys")
		}
	}
}

func checkFields(p *Problems, path string, fields map[string]Field, most int, words []string) {
	if len(fields) > most {
		p.add(path, "declares %d fields, at most %d", len(fields), most)
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !chat.ValidFieldKey(key) {
			p.add(path+"."+key, "is no key: 1 to %d letters, digits and underscores", chat.MaxFieldKey)
		}
		each(p, path+"."+key+".read", fields[key].Read, words)
		each(p, path+"."+key+".write", fields[key].Write, words)
	}
}

func (c *Custom) settings() chat.CustomFields {
	return chat.CustomFields{Group: fieldRights(c.Group), Member: fieldRights(c.Member)}
}

func fieldRights(fields map[string]Field) map[string]chat.FieldRights {
	if len(fields) == 0 {
		return nil
	}
	rights := map[string]chat.FieldRights{}
	for key, f := range fields {
		rights[key] = chat.FieldRights{Read: fieldWords(f.Read), Write: fieldWords(f.Write)}
	}
	return rights
}

func fieldWords(words []string) []chat.Level {
	list := make([]chat.Level, len(words))
	for i, w := range words {
		list[i] = chat.Level(w)
	}
	return list
}
