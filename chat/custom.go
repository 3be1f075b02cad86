package chat

import (
	"slices"
	"strings"
)

// Level is a word of the rights of a custom field (spec/20 §7, spec/41 §7).
type Level string

// The levels, from everybody up; each includes those after it, but for LevelSelf.
const (
	LevelUser   Level = "user" // all who may see the group
	LevelMember Level = "member"
	LevelAdmin  Level = "admin"
	LevelOwner  Level = "owner"
	LevelApp    Level = "app"  // app administrators, who always may
	LevelSelf   Level = "self" // the member, or the user, whose field it is
)

// FieldRights say who may read and write a custom field: users that one of the
// levels lets in.
type FieldRights struct {
	Read, Write []Level
	Types       []GroupType // that have the field; none named: all (spec/20 §7)
}

// In reports whether groups of a type have the field.
func (f *FieldRights) In(t GroupType) bool { return len(f.Types) == 0 || slices.Contains(f.Types, t) }

// CustomFields are the custom fields that an app declares, by key. Of a place where it
// declares none every key is accepted: our choice.
type CustomFields struct {
	Group  map[string]FieldRights // AppDefinedData; at most MaxGroupFields
	Member map[string]FieldRights // AppMemberDefinedData; at most MaxMemberFields
	// Profile has only LevelUser, LevelSelf and LevelApp, and at most MaxProfileFields.
	Profile map[string]FieldRights
	// Friend are Tag_SNS_Custom_<key>, with the levels of Profile, of which LevelUser and
	// LevelSelf both let in the owner of the list; at most MaxFriendFields.
	Friend map[string]FieldRights
}

// How many custom fields there are, and how long their keys in bytes (spec/20 §7).
const (
	MaxGroupFields  = 10
	MaxMemberFields = 5
	MaxFieldKey     = 16
)

// ValidFieldKey reports whether k has the form of a custom field's key: letters, digits
// and underscores.
func ValidFieldKey(k string) bool {
	if k == "" || len(k) > MaxFieldKey {
		return false
	}
	return !strings.ContainsFunc(k, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}
