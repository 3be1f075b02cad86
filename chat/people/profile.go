package people

import (
	"context"
	"maps"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// profile is what of a user's profile the account does not have (spec/07 A1). Zero
// values are unset; a read gives the default.
type profile struct {
	Basics
	Custom map[string]string
}

// Basics are the standard fields of a profile.
type Basics struct {
	Gender    string
	BirthDay  uint32
	Location  string
	Signature string
	Allow     chat.AllowType
	Language  uint32
	Settings  uint32 // bit 0: wants no messages
	Forbid    chat.ForbidType
	Level     uint32
	Role      uint32
}

// profiles lie under their users, one each, with the empty key.
var profiles = ledger.Table(record.Profile, func(f *record.Fields, p *profile) {
	record.Text(f, 1, &p.Gender)
	record.Int(f, 2, &p.BirthDay)
	record.Text(f, 3, &p.Location)
	record.Text(f, 4, &p.Signature)
	record.Text(f, 5, &p.Allow)
	record.Int(f, 6, &p.Language)
	record.Int(f, 7, &p.Settings)
	record.Text(f, 8, &p.Forbid)
	record.Int(f, 9, &p.Level)
	record.Int(f, 10, &p.Role)
	record.Map(f, 11, &p.Custom)
})

// unset is the profile of who has set nothing.
var unset profile

func profileOf(ctx context.Context, r chat.RowReader, app chat.AppID, u chat.UserID) (*profile, error) {
	p, err := profiles.Get(ctx, r, chat.UserShard(app, u), "")
	if p == nil {
		p = &unset
	}
	return p, err
}

// allows says who may become a friend by the profile.
func (p *profile) allows(app *chat.App) chat.AllowType {
	switch {
	case p.Allow != "":
		return p.Allow
	case app.AllowType != "":
		return app.AllowType
	}
	return chat.AllowAny
}

// FriendPolicy says who may become a friend of a user, and whether an administrator has
// forbidden them to ask others (spec/07 B3). Of who has no profile these are the app's
// default and nothing. In a turn r is the turn's.
func FriendPolicy(ctx context.Context, r chat.RowReader, app *chat.App, u chat.UserID) (chat.AllowType, chat.ForbidType, error) {
	p, err := profileOf(ctx, r, app.ID, u)
	if err != nil {
		return "", "", err
	}
	if p.Forbid == "" {
		return p.allows(app), chat.ForbidNone, nil
	}
	return p.allows(app), p.Forbid, nil
}

// FriendPolicy is the function of this name for who has no turn.
func (s *Service) FriendPolicy(ctx context.Context, app *chat.App, u chat.UserID) (chat.AllowType, chat.ForbidType, error) {
	return FriendPolicy(ctx, s.read, app, u)
}

// card is a whole profile: the account's names and the rest.
type card struct {
	nick, face string
	profile
}

func cardOf(acc *chat.Account, p *profile) card {
	if p == nil {
		p = &unset
	}
	return card{acc.Nick, acc.FaceURL, *p}
}

// standard is a standard field: either a text or a number.
type standard struct {
	tag    chat.ProfileTag
	text   func(*card) *string
	number func(*card) *uint32
	most   int      // bytes of a text
	words  []string // the only texts, the default first; nil: any text
	app    bool     // app administrators alone may write it
}

// fields are the standard fields (spec/07 A1). Everybody may read them. The app's
// administrators alone may forbid somebody something; the rest is the user's own: our choice.
var fields = []standard{
	{tag: chat.TagNick, most: chat.MaxProfileBytes, text: func(c *card) *string { return &c.nick }},
	{
		tag: chat.TagGender, most: chat.MaxProfileBytes, text: func(c *card) *string { return &c.Gender },
		words: []string{"Gender_Type_Unknown", "Gender_Type_Female", "Gender_Type_Male"},
	},
	{tag: chat.TagBirthDay, number: func(c *card) *uint32 { return &c.BirthDay }},
	{tag: chat.TagLocation, most: chat.MaxLocationBytes, text: func(c *card) *string { return &c.Location }},
	{tag: chat.TagSignature, most: chat.MaxProfileBytes, text: func(c *card) *string { return &c.Signature }},
	{
		tag: chat.TagAllowType, most: chat.MaxProfileBytes, text: func(c *card) *string { return (*string)(&c.Allow) },
		words: []string{string(chat.AllowAny), string(chat.AllowConfirm), string(chat.DenyAny)},
	},
	{tag: chat.TagLanguage, number: func(c *card) *uint32 { return &c.Language }},
	{tag: chat.TagImage, most: chat.MaxProfileBytes, text: func(c *card) *string { return &c.face }},
	{tag: chat.TagSettings, number: func(c *card) *uint32 { return &c.Settings }},
	{
		tag: chat.TagForbidType, most: chat.MaxProfileBytes, text: func(c *card) *string { return (*string)(&c.Forbid) },
		words: []string{string(chat.ForbidNone), string(chat.ForbidSendOut)}, app: true,
	},
	{tag: chat.TagLevel, number: func(c *card) *uint32 { return &c.Level }},
	{tag: chat.TagRole, number: func(c *card) *uint32 { return &c.Role }},
}

// standardOf finds a standard field, nil when there is none of that tag.
func standardOf(tag chat.ProfileTag) *standard {
	for i := range fields {
		if fields[i].tag == tag {
			return &fields[i]
		}
	}
	return nil
}

// value is a standard field as it is read: the default of one that has words and is
// unset. ok is false for others that are unset, which are left out.
func (f *standard) value(app *chat.App, c *card) (item chat.ProfileItem, ok bool) {
	item.Tag = f.tag
	if f.number != nil {
		item.Number, item.Numeric = *f.number(c), true
		return item, item.Number != 0
	}
	switch item.Text = *f.text(c); {
	case item.Text != "":
	case f.tag == chat.TagAllowType:
		item.Text = string(c.allows(app))
	case f.words != nil:
		item.Text = f.words[0]
	}
	return item, item.Text != ""
}

// put sets a standard field.
func (f *standard) put(c *card, item chat.ProfileItem) {
	if f.number != nil {
		*f.number(c) = item.Number
		return
	}
	*f.text(c) = item.Text
}

// putCustom sets an app's own field; an empty text unsets it. The map is the card's own.
func (c *card) putCustom(key, text string) {
	switch {
	case text == "":
		delete(c.Custom, key)
	case c.Custom == nil:
		c.Custom = map[string]string{key: text}
	default:
		c.Custom[key] = text
	}
}

// same reports whether two profiles beside their names are one.
func (p *profile) same(o *profile) bool {
	return p.Basics == o.Basics && maps.Equal(p.Custom, o.Custom)
}
