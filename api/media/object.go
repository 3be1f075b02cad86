package media

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremedia "github.com/teahouse-im/teahouse/chat/media"
)

// objectRows are the original's commands about files (im_cos_msg, spec/09 §F).
func objectRows() []*api.Command {
	return []*api.Command{
		api.Row(api.ObjectService, "get_cos_sig", "", api.Admins, sign).Takes("RawURLs", 1, maxURLs),
		api.Row(api.ObjectService, "forbid_illegal_object", "", api.Admins, ban(true)),
		api.Row(api.ObjectService, "allow_banned_object", "", api.Admins, ban(false)),
	}
}

// maxURLs bounds the addresses of one call. A choice.
const maxURLs = 100

type signQuery struct {
	URLs []rawURL `wire:"!RawURLs"`
}

type rawURL struct {
	ID  int64  `wire:"!ResourceID"`
	URL string `wire:"!RawURL"`
}

type signed struct {
	List []signedURL `json:"PreSigURLs"`
}

type signedURL struct {
	ID     int64     `json:"ResourceID"`
	Code   chat.Code `json:"Code"`
	Desc   string    `json:"Desc"`
	URL    string    `json:"PreSigURL"`
	Status int       `json:"Status"` // 0 normal, 1 banned, 2 gone
}

func sign(ctx context.Context, c *api.Call, r *signQuery) (*signed, error) {
	if len(r.URLs) == 0 || len(r.URLs) > maxURLs {
		return nil, chat.Refuse(chat.CodeBadJSON, "between 1 and %d addresses are needed", maxURLs)
	}
	answer := &signed{List: make([]signedURL, len(r.URLs))}
	for i, u := range r.URLs {
		at, is, err := c.Core.Media.Signed(ctx, c.By, u.URL)
		if err != nil {
			return nil, err
		}
		one := &answer.List[i]
		one.ID, one.URL, one.Status, one.Desc = u.ID, at, int(is), "OK"
		switch is {
		case coremedia.Banned:
			one.Code, one.Desc = chat.CodeNoMessage, "the file is banned"
		case coremedia.Gone:
			one.Code, one.Desc = chat.CodeNoMessage, "there is no such file"
		}
	}
	return answer, nil
}

type objectQuery struct {
	URL string `wire:"!RawURL"`
}

func ban(on bool) func(context.Context, *api.Call, *objectQuery) (*api.None, error) {
	return func(ctx context.Context, c *api.Call, r *objectQuery) (*api.None, error) {
		return nil, c.Core.Media.Ban(ctx, c.By, r.URL, on)
	}
}
