package program

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

// UserSig mints a ticket as an app's backend would, from the description
// alone (spec/01 §2 to §4), so that the server's own minting is not its judge.
func UserSig(a App, user string, at time.Time, life time.Duration) string {
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
	_, _ = z.Write(ticket) // to memory
	_ = z.Close()
	return strings.NewReplacer("+", "*", "/", "-", "=", "_").
		Replace(base64.StdEncoding.EncodeToString(packed.Bytes()))
}
