package people

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
	"github.com/teahouse-im/teahouse/wire/form"
)

// Bounds of the commands about profiles.
const (
	maxProfiles = 100 // accounts of one question (spec/07 A3)
	maxTags     = 100 // fields of one question
	maxSet      = 32  // fields of one change: all there are
)

func profileRows() []*api.Command {
	return []*api.Command{
		api.Row(api.ProfileService, "portrait_set", "user.set", api.Anyone, setProfile).Takes("ProfileItem", 1, maxSet).
			Shows(`{"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Ann"},{"Tag":"Tag_Profile_IM_BirthDay","Value":20190419}]}`),
		api.Row(api.ProfileService, "portrait_get", "user.get", api.Anyone, profiles).
			Takes("To_Account", 1, maxProfiles).Takes("TagList", 1, maxTags).
			Shows(`{"To_Account":["bob"],"TagList":["Tag_Profile_IM_Nick","Tag_Profile_IM_Image"]}`),
	}
}

type profileChange struct {
	From  chat.UserID   `wire:"From_Account"`
	Items []profileItem `wire:"!ProfileItem"`
}

type profileItem struct {
	Tag   string            `wire:"!Tag"`
	Value form.ProfileValue `wire:"!Value" code:"40610"`
}

func setProfile(ctx context.Context, c *api.Call, r *profileChange) (*api.None, error) {
	of, err := c.Self("From_Account", r.From, chat.CodeProfileParameter, chat.CodeProfileNeedAdmin)
	if err != nil {
		return nil, err
	}
	items := make([]chat.ProfileItem, len(r.Items))
	for i, one := range r.Items {
		items[i] = chat.ProfileItem{
			Tag: chat.ProfileTag(one.Tag), Text: one.Value.Text, Number: one.Value.Number, Numeric: one.Value.Numeric,
		}
	}
	return nil, c.Core.People.SetProfile(ctx, c.By, of, items)
}

type profileQuery struct {
	To   []chat.UserID `wire:"!To_Account" code:"40002"`
	Tags []string      `wire:"TagList"`
}

// profileResults is the answer of portrait_get.
type profileResults []chat.ProfileResult

// profileResult is the form of an entry.
type profileResult struct {
	User  chat.UserID             `json:"To_Account"`
	Items []form.ProfileItemShape `json:"ProfileItem,omitempty"`
	Code  chat.Code               `json:"ResultCode"`
	Info  string                  `json:"ResultInfo"`
}

// Shape implements api.Shaped.
func (*profileResults) Shape() any {
	return struct {
		List []profileResult `json:"UserProfileItem"`
		Fail []chat.UserID   `json:"Fail_Account,omitempty"`
	}{}
}

// AppendMembers implements api.Written.
func (l *profileResults) AppendMembers(dst []byte) []byte {
	dst = append(wire.PutName(dst, "UserProfileItem"), '[')
	failed := 0
	for i := range *l {
		r := &(*l)[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutText(append(dst, '{'), "To_Account", r.User)
		if r.Code == 0 {
			dst = form.PutProfile(dst, r.Items)
		} else {
			failed++
		}
		dst = wire.PutInt(dst, "ResultCode", int64(r.Code))
		dst = append(wire.PutText(dst, "ResultInfo", r.Info), '}')
	}
	dst = append(dst, ']')
	if failed == 0 {
		return dst
	}
	return l.appendFailed(dst)
}

func (l *profileResults) appendFailed(dst []byte) []byte {
	dst = append(wire.PutName(dst, "Fail_Account"), '[')
	for i := range *l {
		if r := &(*l)[i]; r.Code != 0 {
			if dst[len(dst)-1] != '[' {
				dst = append(dst, ',')
			}
			dst = wire.AppendText(dst, r.User)
		}
	}
	return append(dst, ']')
}

func profiles(ctx context.Context, c *api.Call, r *profileQuery) (*profileResults, error) {
	switch {
	case len(r.To) == 0:
		return nil, chat.Refuse(chat.CodeProfileNoTarget, "To_Account is empty")
	case len(r.To) > maxProfiles:
		return nil, chat.Refuse(chat.CodeProfileParameter, "more than %d accounts", maxProfiles)
	case r.Tags == nil && c.By.Platform == chat.PlatformREST:
		return nil, chat.Refuse(chat.CodeProfileParameter, "TagList is missing")
	case r.Tags != nil && len(r.Tags) == 0, len(r.Tags) > maxTags:
		return nil, chat.Refuse(chat.CodeProfileParameter, "TagList has between 1 and %d fields", maxTags)
	}
	var tags []chat.ProfileTag
	for _, t := range r.Tags {
		tags = append(tags, chat.ProfileTag(t))
	}
	list, err := c.Core.People.Profiles(ctx, c.By, r.To, tags)
	if err != nil {
		return nil, err
	}
	return (*profileResults)(&list), nil
}
