//go:build e2e

package contract

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// userSig mints a ticket as an app's backend would, from the description
// alone (spec/01 §2 to §4), so that the server's own minting is not its judge.
func userSig(a app, user string, at time.Time, life time.Duration) string {
	text := fmt.Sprintf("TLS.identifier:%s\nTLS.sdkappid:%d\nTLS.time:%d\nTLS.expire:%d\n",
		user, a.ID, at.Unix(), int64(life/time.Second))
	mac := hmac.New(sha256.New, []byte(a.Key))
	mac.Write([]byte(text))
	ticket, err := json.Marshal(map[string]any{
		"TLS.ver": "2.0", "TLS.identifier": user, "TLS.sdkappid": a.ID,
		"TLS.time": at.Unix(), "TLS.expire": int64(life / time.Second),
		"TLS.sig": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	})
	if err != nil {
		panic(err)
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	z.Write(ticket)
	z.Close()
	return strings.NewReplacer("+", "*", "/", "-", "=", "_").
		Replace(base64.StdEncoding.EncodeToString(packed.Bytes()))
}
