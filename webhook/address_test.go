package webhook

import (
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

func TestSign(t *testing.T) {
	// the check value of spec/30 §2
	const want = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"
	if got := sign("xxxxyyyy", "1669872112"); got != want {
		t.Errorf("sign = %s, want %s", got, want)
	}
}

func TestAddress(t *testing.T) {
	at := time.Unix(1669872112, 999)
	const signed = "&Sign=17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061&RequestTime=1669872112"
	for _, c := range []struct {
		name, url, token string
		kind             chat.EventKind
		ip               string
		on               chat.Platform
		want             string
	}{
		{
			"plain", "http://x/im/hook", "", chat.BeforeGroup, "203.0.113.5", chat.PlatformIOS,
			"http://x/im/hook?SdkAppid=1400000001&CallbackCommand=Group.CallbackBeforeSendMsg&contenttype=json&ClientIP=203.0.113.5&OptPlatform=iOS",
		},
		{
			"with a query", "http://x/h?a=b", "xxxxyyyy", chat.AfterC2C, "2001:db8::1", chat.PlatformREST,
			"http://x/h?a=b&SdkAppid=1400000001&CallbackCommand=C2C.CallbackAfterSendMsg&contenttype=json&ClientIP=2001%3Adb8%3A%3A1&OptPlatform=RESTAPI" + signed,
		},
		{
			"with an open query", "http://x/h?", "", chat.AfterDestroy, "", "",
			"http://x/h?SdkAppid=1400000001&CallbackCommand=Group.CallbackAfterGroupDestroyed&contenttype=json&ClientIP=127.0.0.1&OptPlatform=Unknown",
		},
		{
			"with a fragment", "http://x/h#top", "", chat.StateChange, "10.0.0.1", chat.PlatformIOS,
			"http://x/h?SdkAppid=1400000001&CallbackCommand=State.StateChange&contenttype=json&ClientIP=10.0.0.1&OptPlatform=IOS",
		},
		{
			"a thing", "http://x/h?a=b&", "", chat.AfterGroup, "10.0.0.1", chat.PlatformIoT,
			"http://x/h?a=b&SdkAppid=1400000001&CallbackCommand=Group.CallbackAfterSendMsg&contenttype=json&ClientIP=10.0.0.1&OptPlatform=Unknown",
		},
		{
			"viewers, without a client", "http://x/h", "xxxxyyyy", chat.ViewerState, "10.0.0.1", chat.PlatformIOS,
			"http://x/h?SdkAppid=1400000001&CallbackCommand=Group.CallbackOnMemberStateChange&contenttype=json" + signed,
		},
		{
			"pushes, without a client", "http://x/h", "xxxxyyyy", chat.OfflinePush, "", "",
			"http://x/h?SdkAppid=1400000001&CallbackCommand=Push.OfflinePush&contenttype=json" + signed,
		},
	} {
		app := &chat.App{ID: 1400000001, Webhook: chat.Webhook{URL: c.url, Token: c.token}}
		if got := address(app, c.kind, c.ip, c.on, at); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
