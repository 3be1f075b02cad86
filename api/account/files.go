package account

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
)

// fileRate is what spec/02 §5 gives get_history, calls a second.
const fileRate = 10

// fileQuery is get_history's request (spec/09 §F).
type fileQuery struct {
	Type fileType `wire:"!ChatType"`
	Time string   `wire:"!MsgTime"` // YYYYMMDDHH
}

// fileType says which conversations.
type fileType string

// Words implements api.Worded.
func (fileType) Words() []string { return []string{"C2C", "Group"} }

// kind is 0 for other words, which the core refuses.
func (t fileType) kind() chat.Kind {
	return map[fileType]chat.Kind{"C2C": chat.C2C, "Group": chat.InGroup}[t]
}

type fileList struct {
	List []file `json:"File"`
}

// file is where a file is, for how long, and what is in it.
type file struct {
	URL       string `json:"URL"`
	Expires   string `json:"ExpireTime"`
	Bytes     int64  `json:"FileSize"`
	MD5       string `json:"FileMD5"`
	GzipBytes int64  `json:"GzipSize"`
	GzipMD5   string `json:"GzipMD5"`
}

func historyFile(ctx context.Context, c *api.Call, r *fileQuery) (*fileList, error) {
	f, err := c.Core.Archive.Hour(ctx, c.By, r.Type.kind(), r.Time)
	if err != nil {
		return nil, err
	}
	query := url.Values{"expires": {strconv.FormatInt(f.Expires, 10)}, "sign": {f.Sign}}
	return &fileList{[]file{{
		URL:     fmt.Sprintf("%s/history/%d/%s?%s", api.Base(ctx), f.App, f.Name, query.Encode()),
		Expires: c.Core.Archive.Until(f),
		Bytes:   f.Bytes, MD5: f.MD5, GzipBytes: f.GzipBytes, GzipMD5: f.GzipMD5,
	}}}, nil
}
