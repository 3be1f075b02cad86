package chat

import "strings"

// ProfileTag names a field of a profile (spec/07 A1).
type ProfileTag string

// The standard fields.
const (
	TagNick       ProfileTag = "Tag_Profile_IM_Nick"
	TagGender     ProfileTag = "Tag_Profile_IM_Gender"
	TagBirthDay   ProfileTag = "Tag_Profile_IM_BirthDay"
	TagLocation   ProfileTag = "Tag_Profile_IM_Location"
	TagSignature  ProfileTag = "Tag_Profile_IM_SelfSignature"
	TagAllowType  ProfileTag = "Tag_Profile_IM_AllowType"
	TagLanguage   ProfileTag = "Tag_Profile_IM_Language"
	TagImage      ProfileTag = "Tag_Profile_IM_Image"
	TagSettings   ProfileTag = "Tag_Profile_IM_MsgSettings"
	TagForbidType ProfileTag = "Tag_Profile_IM_AdminForbidType"
	TagLevel      ProfileTag = "Tag_Profile_IM_Level"
	TagRole       ProfileTag = "Tag_Profile_IM_Role"
)

// customProfile begins the tags of an app's own fields.
const customProfile = "Tag_Profile_Custom_"

// Bounds of profiles (spec/07 A1).
const (
	MaxProfileBytes  = 500 // of a text; also of Nick and FaceURL
	MaxLocationBytes = 16
	MaxProfileFields = 20 // custom ones, of an app and of a user
	MaxProfileKey    = 8  // letters
)

// CustomTag is the tag of an app's own field.
func CustomTag(key string) ProfileTag { return ProfileTag(customProfile + key) }

// Custom is the key of an app's own field; ok says whether the tag is one's, of a
// valid form.
func (t ProfileTag) Custom() (key string, ok bool) {
	key, ok = strings.CutPrefix(string(t), customProfile)
	return key, ok && ValidProfileKey(key)
}

// ValidProfileKey reports whether k has the form of the key of a custom field of
// profiles or friends: ASCII letters.
func ValidProfileKey(k string) bool {
	if k == "" || len(k) > MaxProfileKey {
		return false
	}
	return !strings.ContainsFunc(k, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
}

// ProfileItem is a field of a profile and its value: a number if Numeric, else a text.
type ProfileItem struct {
	Tag     ProfileTag
	Text    string `json:",omitempty"`
	Number  uint32 `json:",omitempty"`
	Numeric bool   `json:",omitempty"`
}

// ProfileChange is what has changed of a profile.
type ProfileChange struct {
	User  UserID
	Items []ProfileItem // as they are now
}

// ProfileResult is what somebody may read of a profile; without Items when Code says why.
type ProfileResult struct {
	ItemResult
	Items []ProfileItem
}

// AllowType says who may become a friend of a user (spec/07 B3).
type AllowType string

// The values of Tag_Profile_IM_AllowType.
const (
	AllowConfirm AllowType = "AllowType_Type_NeedConfirm" // after they have agreed
	AllowAny     AllowType = "AllowType_Type_AllowAny"
	DenyAny      AllowType = "AllowType_Type_DenyAny"
)

// ForbidType says what an administrator has forbidden a user.
type ForbidType string

// The values of Tag_Profile_IM_AdminForbidType.
const (
	ForbidNone    ForbidType = "AdminForbid_Type_None"
	ForbidSendOut ForbidType = "AdminForbid_Type_SendOut" // to send friend requests
)
