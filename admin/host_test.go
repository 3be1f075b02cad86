package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// A page whose name was made to resolve to this machine gets nothing (DNS
// rebinding): only names that no stranger can give are served, and those of the operator's choice.
func TestHostCheck(t *testing.T) {
	h := open(t, func(o *Options) {
		o.Host = func(name string) bool { return name == "im.example.com" }
	})
	for host, want := range map[string]bool{
		"127.0.0.1:8090": true, "127.0.0.1": true, "[::1]:8090": true, "10.1.2.3": true, "[2001:db8::1]": true,
		"localhost:8090": true, "LocalHost": true, "teahouse:8090": true, "a.localhost": true, "teahouse.im.svc.cluster.local": true,
		"im.internal.": true, "im.example.com:8090": true, "IM.Example.com.": true,
		"evil.example": false, "evil.example:8090": false, "127.0.0.1.nip.io": false, "im.example.com.evil.example": false,
		"localhost.evil.example:8090": false, "1.2.3.4.5": false, "evil.local.example": false, "[::1].evil.example": false,
	} {
		r, err := http.NewRequest(http.MethodPost, h.url+"/v4/im_open_login_svc/account_check?"+query().Encode(), strings.NewReader(`{"CheckItem":[{"UserID":"ann"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		err = errors.Join(json.NewDecoder(resp.Body).Decode(&a), resp.Body.Close())
		code := chat.Code(0)
		if !want {
			code = chat.CodeBadPath
		}
		if err != nil || resp.StatusCode != http.StatusOK || a.ErrorCode != code {
			t.Errorf("command on %s: %s, code %d, %v; want code %d", host, resp.Status, a.ErrorCode, err, code)
		}
		r, err = http.NewRequest(http.MethodGet, h.url+"/version", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		if resp, _ := fetch(t, r); (resp.StatusCode == http.StatusOK) != want || !want && resp.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("page on %s: %s", host, resp.Status)
		}
	}
}
