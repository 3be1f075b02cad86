package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// address is where one call goes: the app's URL with the query of spec/30 §1.
func address(app *chat.App, kind chat.EventKind, ip string, on chat.Platform, now time.Time) string {
	base, _, _ := strings.Cut(app.Webhook.URL, "#")
	var b strings.Builder
	b.Grow(len(base) + 256)
	b.WriteString(base)
	switch {
	case !strings.Contains(base, "?"):
		b.WriteByte('?')
	case !strings.HasSuffix(base, "?") && !strings.HasSuffix(base, "&"):
		b.WriteByte('&')
	}
	b.WriteString("SdkAppid=")
	b.WriteString(strconv.FormatUint(uint64(app.ID), 10))
	b.WriteString("&CallbackCommand=")
	b.WriteString(url.QueryEscape(string(kind)))
	b.WriteString("&contenttype=json")
	if kind != chat.ViewerState && kind != chat.OfflinePush && kind != chat.AllMemberPush { // they name no client
		b.WriteString("&ClientIP=")
		b.WriteString(url.QueryEscape(clientIP(ip)))
		b.WriteString("&OptPlatform=")
		b.WriteString(url.QueryEscape(platform(kind, on)))
	}
	if app.Webhook.Token != "" {
		at := strconv.FormatInt(now.Unix(), 10)
		b.WriteString("&Sign=")
		b.WriteString(sign(app.Webhook.Token, at))
		b.WriteString("&RequestTime=")
		b.WriteString(at)
	}
	return b.String()
}

// sign is the signature of spec/30 §2.
func sign(token, requestTime string) string {
	sum := sha256.Sum256([]byte(token + requestTime))
	return hex.EncodeToString(sum[:])
}

// clientIP is the sample address of spec/30 §1 when the server itself is the
// cause: a choice.
func clientIP(ip string) string {
	if ip == "" {
		return "127.0.0.1"
	}
	return ip
}

// platform is OptPlatform (spec/30 §1). IoT is ours and not on its list.
func platform(kind chat.EventKind, p chat.Platform) string {
	switch {
	case p == "" || p == chat.PlatformIoT:
		return "Unknown"
	case p == chat.PlatformIOS && kind == chat.StateChange:
		return "IOS"
	}
	return string(p)
}
