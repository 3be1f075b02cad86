package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	room "github.com/teahouse-im/teahouse/chat/push"
)

// Bounds of the life of an access token.
const (
	tokenMargin  = 5 * time.Minute // a token is renewed so long before its end
	minTokenLife = time.Minute
	maxTokenLife = 24 * time.Hour
)

// denied is the fault of a server that gives out no token for these credentials.
type denied struct {
	status int
	info   string
}

func (d *denied) Error() string { return d.info }

// grant asks for an access token (RFC 6749 §5). The error is *denied when it is the
// credentials' fault.
func grant(ctx context.Context, c *client, to string, form url.Values) (token string, life time.Duration, err error) {
	req, err := http.NewRequest(http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, bare(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := c.do(ctx, req)
	if err != nil {
		return "", 0, err
	}
	var said struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
		// Error is a text of RFC 6749, or a number.
		Error       json.RawMessage `json:"error"`
		Description string          `json:"error_description"`
	}
	readable := a.err == nil && json.Unmarshal(a.body, &said) == nil
	switch {
	case a.status == http.StatusOK && readable && said.Token != "" && !strings.ContainsAny(said.Token, "\r\n"):
		life := time.Duration(min(max(said.Expires, 0), int64(maxTokenLife/time.Second))) * time.Second
		return said.Token, max(life-tokenMargin, minTokenLife), nil
	case readable && !busy(a.status) && len(said.Error) > 0:
		info := strings.Trim(string(said.Error), `"`)
		if said.Description != "" {
			info += ": " + said.Description
		}
		return "", 0, &denied{a.status, words("no access token: " + info)}
	}
	return "", 0, fmt.Errorf("no access token: %s", strange(a).Info)
}

// ungranted is the result of a Send that has no token.
func ungranted(err error) room.Result {
	if d, ok := errors.AsType[*denied](err); ok {
		return room.Result{Outcome: room.Credentials, Code: d.status, Info: d.info}
	}
	return absent(err)
}
