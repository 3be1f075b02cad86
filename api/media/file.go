package media

import (
	"context"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	coremedia "github.com/teahouse-im/teahouse/chat/media"
)

// uploadPackets is what the preparation of an upload counts as in the budgets of reading: it is
// kept for a day.
const uploadPackets = 20

// fileRows are the commands by which files are sent and found again (spec/00 §5). Over REST they
// are ours.
func fileRows() []*api.Command {
	return []*api.Command{
		api.Row(api.MediaService, "upload", "media.upload", api.Anyone, upload).Weighs(uploadPackets).
			Shows(`{"Kind":"image","Name":"tea.jpg","Size":48213,"Mime":"image/jpeg","Width":1280,"Height":960}`),
		api.Row(api.MediaService, "url", "media.url", api.Anyone, links).
			Shows(`{"UUID":"zf-aeaaaaacaaaaaayaaaaaiaaaaa"}`),
	}
}

// request is media.upload's. An administrator names whose the file is to be.
type request struct {
	From   chat.UserID    `wire:"From_Account" code:"90008"`
	Kind   coremedia.Kind `wire:"!Kind"`
	Name   string         `wire:"Name"`
	Size   int64          `wire:"!Size"`
	Mime   string         `wire:"Mime"`
	Width  uint32         `wire:"Width"`
	Height uint32         `wire:"Height"`
	Sha256 string         `wire:"Sha256"`
}

// ticket is where to send a file, and where it is then.
type ticket struct {
	ID      coremedia.ID      `json:"UUID"`
	Upload  string            `json:"UploadUrl"`
	Method  string            `json:"Method"`
	Headers map[string]string `json:"Headers"`
	addresses
}

// addresses are those of a file.
type addresses struct {
	URL     string `json:"Url"`
	Large   string `json:"LargeUrl,omitempty"`
	Thumb   string `json:"ThumbUrl,omitempty"`
	Expires int64  `json:"Expires"` // Unix seconds; 0: never
}

func upload(ctx context.Context, c *api.Call, r *request) (*ticket, error) {
	t, err := c.Core.Media.Begin(ctx, c.By, coremedia.Request{
		Of: r.From, Kind: r.Kind, Name: r.Name, Size: r.Size, Mime: r.Mime,
		Width: int(r.Width), Height: int(r.Height), Sha256: r.Sha256,
	})
	if err != nil {
		return nil, err
	}
	return &ticket{t.ID, t.UploadURL, t.Method, t.Headers, addressesOf(&t.Links)}, nil
}

func addressesOf(l *coremedia.Links) addresses {
	return addresses{l.URL, l.Large, l.Thumb, l.Expires}
}

type fileQuery struct {
	ID string `wire:"!UUID"`
}

func links(ctx context.Context, c *api.Call, r *fileQuery) (*addresses, error) {
	l, err := c.Core.Media.Links(ctx, c.By, r.ID)
	if err != nil {
		return nil, err
	}
	a := addressesOf(l)
	return &a, nil
}
