package push

import (
	"bytes"
	"context"
	"net/http"

	room "github.com/teahouse-im/teahouse/chat/push"
)

// post sends JSON with an access token, once more with a new one when judge says that
// the token has run out.
func (t *tokens) post(ctx context.Context, c *client, to, contentType string, body []byte, judge func(answer) (r room.Result, expired bool)) room.Result {
	spent := ""
	for {
		token, err := t.get(ctx, spent)
		if err != nil {
			return ungranted(err)
		}
		req, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(body))
		if err != nil {
			return absent(bare(err))
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", "Bearer "+token)
		got, err := c.do(ctx, req)
		if err != nil {
			return absent(err)
		}
		r, expired := judge(got)
		if !expired || spent != "" {
			return r
		}
		spent = token
	}
}
