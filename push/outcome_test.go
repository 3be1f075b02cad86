package push

import (
	"net/http"
	"strings"
	"testing"
	"time"

	room "github.com/teahouse-im/teahouse/chat/push"
)

// fcmSays is an error of FCM, with the code of its details and its status.
func fcmSays(code, status, message string) string {
	details := ""
	if code != "" {
		details = `,"details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"` + code + `"}]`
	}
	return `{"error":{"code":400,"message":"` + message + `","status":"` + status + `"` + details + `}}`
}

const (
	fcmBadField = `{"error":{"code":400,"message":"Invalid value","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"message.android.ttl","description":"no"}]}]}}`
	fcmBadToken = `{"error":{"code":400,"message":"Invalid value","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"INVALID_ARGUMENT"},{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"message.token","description":"no"}]}]}}`
	notFCMToken = "The registration token is not a valid FCM registration token"
)

// outcomes is what each answer of each provider leads to.
var outcomes = []struct {
	channel room.ChannelName
	status  int
	body    string
	wait    string // Retry-After
	want    room.Result
}{
	{room.APNs, 200, "", "", room.Result{Outcome: room.Sent}},
	{room.APNs, 410, `{"reason":"Unregistered","timestamp":1750000000000}`, "", room.Result{Outcome: room.Gone, Code: 410, Info: "Unregistered"}},
	{room.APNs, 410, `{"reason":"ExpiredToken"}`, "", room.Result{Outcome: room.Gone, Code: 410, Info: "ExpiredToken"}},
	{room.APNs, 400, `{"reason":"BadDeviceToken"}`, "", room.Result{Outcome: room.Gone, Code: 400, Info: "BadDeviceToken"}},
	{room.APNs, 400, `{"reason":"DeviceTokenNotForTopic"}`, "", room.Result{Outcome: room.Credentials, Code: 400, Info: "DeviceTokenNotForTopic"}},
	{room.APNs, 400, `{"reason":"TopicDisallowed"}`, "", room.Result{Outcome: room.Credentials, Code: 400, Info: "TopicDisallowed"}},
	{room.APNs, 400, `{"reason":"BadCollapseId"}`, "", room.Result{Outcome: room.Refused, Code: 400, Info: "BadCollapseId"}},
	{room.APNs, 400, `{"reason":"SomethingNew"}`, "", room.Result{Outcome: room.Refused, Code: 400, Info: "SomethingNew"}},
	{room.APNs, 403, `{"reason":"InvalidProviderToken"}`, "", room.Result{Outcome: room.Credentials, Code: 403, Info: "InvalidProviderToken"}},
	{room.APNs, 403, `{"reason":"ExpiredProviderToken"}`, "", room.Result{Outcome: room.Credentials, Code: 403, Info: "ExpiredProviderToken"}},
	{room.APNs, 403, `{"reason":"SomethingNew"}`, "", room.Result{Outcome: room.Credentials, Code: 403, Info: "SomethingNew"}},
	{room.APNs, 413, `{"reason":"PayloadTooLarge"}`, "", room.Result{Outcome: room.Refused, Code: 413, Info: "PayloadTooLarge"}},
	{room.APNs, 429, `{"reason":"TooManyRequests"}`, "7", room.Result{Outcome: room.Retry, RetryAfter: 7 * time.Second, Code: 429, Info: "TooManyRequests"}},
	{room.APNs, 429, `{"reason":"TooManyProviderTokenUpdates"}`, "", room.Result{Outcome: room.Retry, Code: 429, Info: "TooManyProviderTokenUpdates"}},
	{room.APNs, 500, `{"reason":"InternalServerError"}`, "", room.Result{Outcome: room.Retry, Code: 500, Info: "InternalServerError"}},
	{room.APNs, 503, `{"reason":"ServiceUnavailable"}`, "90000", room.Result{Outcome: room.Retry, RetryAfter: time.Hour, Code: 503, Info: "ServiceUnavailable"}},
	{room.APNs, 503, `{"reason":"Shutdown"}`, "soon", room.Result{Outcome: room.Retry, Code: 503, Info: "Shutdown"}},

	{room.FCM, 200, `{"name":"projects/chat-1/messages/1"}`, "", room.Result{Outcome: room.Sent}},
	{room.FCM, 404, fcmSays("UNREGISTERED", "NOT_FOUND", "gone"), "", room.Result{Outcome: room.Gone, Code: 404, Info: "UNREGISTERED: gone"}},
	{room.FCM, 400, fcmSays("INVALID_ARGUMENT", "INVALID_ARGUMENT", notFCMToken), "", room.Result{Outcome: room.Gone, Code: 400, Info: "INVALID_ARGUMENT: " + notFCMToken}},
	{room.FCM, 400, fcmBadToken, "", room.Result{Outcome: room.Gone, Code: 400, Info: "INVALID_ARGUMENT: Invalid value"}},
	{room.FCM, 400, fcmBadField, "", room.Result{Outcome: room.Refused, Code: 400, Info: "INVALID_ARGUMENT: Invalid value"}},
	{room.FCM, 400, fcmSays("INVALID_ARGUMENT", "INVALID_ARGUMENT", "Message is too big"), "", room.Result{Outcome: room.Refused, Code: 400, Info: "INVALID_ARGUMENT: Message is too big"}},
	{room.FCM, 403, fcmSays("SENDER_ID_MISMATCH", "PERMISSION_DENIED", "no"), "", room.Result{Outcome: room.Credentials, Code: 403, Info: "SENDER_ID_MISMATCH: no"}},
	{room.FCM, 401, fcmSays("THIRD_PARTY_AUTH_ERROR", "UNAUTHENTICATED", "no"), "", room.Result{Outcome: room.Credentials, Code: 401, Info: "THIRD_PARTY_AUTH_ERROR: no"}},
	{room.FCM, 401, fcmSays("", "UNAUTHENTICATED", "no"), "", room.Result{Outcome: room.Credentials, Code: 401, Info: "UNAUTHENTICATED: no"}},
	{room.FCM, 403, fcmSays("", "PERMISSION_DENIED", "no"), "", room.Result{Outcome: room.Credentials, Code: 403, Info: "PERMISSION_DENIED: no"}},
	{room.FCM, 404, fcmSays("", "NOT_FOUND", "no project"), "", room.Result{Outcome: room.Credentials, Code: 404, Info: "NOT_FOUND: no project"}},
	{room.FCM, 400, fcmSays("", "FAILED_PRECONDITION", "new"), "", room.Result{Outcome: room.Refused, Code: 400, Info: "FAILED_PRECONDITION: new"}},
	{room.FCM, 429, fcmSays("QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED", "slow"), "60", room.Result{Outcome: room.Retry, RetryAfter: time.Minute, Code: 429, Info: "QUOTA_EXCEEDED: slow"}},
	{room.FCM, 503, fcmSays("UNAVAILABLE", "UNAVAILABLE", "away"), "", room.Result{Outcome: room.Retry, Code: 503, Info: "UNAVAILABLE: away"}},
	{room.FCM, 500, fcmSays("INTERNAL", "INTERNAL", "oh"), "", room.Result{Outcome: room.Retry, Code: 500, Info: "INTERNAL: oh"}},
	{room.FCM, 200, `{}`, "", room.Result{Outcome: room.Retry, Code: 200, Info: "status 200, and not in the provider's form"}},

	{room.HMS, 200, `{"code":"80000000","msg":"Success"}`, "", room.Result{Outcome: room.Sent}},
	{room.HMS, 200, `{"code":"80100000","msg":"part"}`, "", room.Result{Outcome: room.Gone, Code: 80100000, Info: "part"}},
	{room.HMS, 200, `{"code":"80100001","msg":"bad"}`, "", room.Result{Outcome: room.Refused, Code: 80100001, Info: "bad"}},
	{room.HMS, 200, `{"code":"80200001","msg":"oauth"}`, "", room.Result{Outcome: room.Credentials, Code: 80200001, Info: "oauth"}},
	{room.HMS, 401, `{"code":"80200003","msg":"expired"}`, "", room.Result{Outcome: room.Credentials, Code: 80200003, Info: "expired"}},
	{room.HMS, 200, `{"code":"80300002","msg":"no right"}`, "", room.Result{Outcome: room.Credentials, Code: 80300002, Info: "no right"}},
	{room.HMS, 200, `{"code":"80300007","msg":"tokens"}`, "", room.Result{Outcome: room.Gone, Code: 80300007, Info: "tokens"}},
	{room.HMS, 200, `{"code":"80300008","msg":"big"}`, "", room.Result{Outcome: room.Refused, Code: 80300008, Info: "big"}},
	{room.HMS, 200, `{"code":"80300010","msg":"many"}`, "", room.Result{Outcome: room.Refused, Code: 80300010, Info: "many"}},
	{room.HMS, 200, `{"code":"80699999","msg":"new"}`, "", room.Result{Outcome: room.Refused, Code: 80699999, Info: "new"}},
	{room.HMS, 200, `{"code":"81000001","msg":"system"}`, "", room.Result{Outcome: room.Retry, Code: 81000001, Info: "system"}},
	{room.HMS, 503, `{"code":"80699999","msg":"flow"}`, "3", room.Result{Outcome: room.Retry, RetryAfter: 3 * time.Second, Code: 80699999, Info: "flow"}},
	{room.HMS, 500, `{"code":"80000000","msg":"?"}`, "", room.Result{Outcome: room.Retry, Code: 80000000, Info: "?"}},

	{room.WebPush, 201, "", "", room.Result{Outcome: room.Sent}},
	{room.WebPush, 200, "whatever", "", room.Result{Outcome: room.Sent}},
	{room.WebPush, 404, "", "", room.Result{Outcome: room.Gone, Code: 404, Info: "Not Found"}},
	{room.WebPush, 410, `{"code":410}`, "", room.Result{Outcome: room.Gone, Code: 410, Info: "Gone"}},
	{room.WebPush, 400, "", "", room.Result{Outcome: room.Refused, Code: 400, Info: "Bad Request"}},
	{room.WebPush, 401, "", "", room.Result{Outcome: room.Refused, Code: 401, Info: "Unauthorized"}},
	{room.WebPush, 403, "", "", room.Result{Outcome: room.Refused, Code: 403, Info: "Forbidden"}},
	{room.WebPush, 413, "", "", room.Result{Outcome: room.Refused, Code: 413, Info: "Request Entity Too Large"}},
	{room.WebPush, 302, "", "", room.Result{Outcome: room.Retry, Code: 302, Info: "Found"}},
	{room.WebPush, 429, "", "", room.Result{Outcome: room.Retry, Code: 429, Info: "Too Many Requests"}},
	{room.WebPush, 502, "", "", room.Result{Outcome: room.Retry, Code: 502, Info: "Bad Gateway"}},

	{room.Webhook, 200, `{"ErrorCode":0}`, "", room.Result{Outcome: room.Sent}},
	{room.Webhook, 200, `{}`, "", room.Result{Outcome: room.Sent}},
	{room.Webhook, 200, `{"ErrorCode":5,"ErrorInfo":"not today"}`, "", room.Result{Outcome: room.Refused, Code: 5, Info: "not today"}},
	{room.Webhook, 200, `null`, "", room.Result{Outcome: room.Retry, Code: 200, Info: "status 200, and not in the provider's form"}},
	{room.Webhook, 410, `{}`, "", room.Result{Outcome: room.Gone, Code: 410, Info: "Gone"}},
	{room.Webhook, 401, ``, "", room.Result{Outcome: room.Credentials, Code: 401, Info: "Unauthorized"}},
	{room.Webhook, 403, ``, "", room.Result{Outcome: room.Credentials, Code: 403, Info: "Forbidden"}},
	{room.Webhook, 404, ``, "", room.Result{Outcome: room.Retry, Code: 404, Info: "Not Found"}},
	{room.Webhook, 413, ``, "", room.Result{Outcome: room.Refused, Code: 413, Info: "Request Entity Too Large"}},
	{room.Webhook, 429, ``, "2", room.Result{Outcome: room.Retry, RetryAfter: 2 * time.Second, Code: 429, Info: "Too Many Requests"}},
	{room.Webhook, 500, `{"ErrorInfo":"oh"}`, "", room.Result{Outcome: room.Retry, Code: 500, Info: "oh"}},
}

func TestOutcomes(t *testing.T) {
	for _, row := range outcomes {
		t.Run(string(row.channel)+" "+http.StatusText(row.status)+" "+row.want.Info, func(t *testing.T) {
			s := newSet(t)
			var more []string
			if row.wait != "" {
				more = []string{"Retry-After", row.wait}
			}
			if got := s.answered(row.channel, say(row.status, row.body, more...)); got != row.want {
				t.Errorf("%d %s: got %+v, want %+v", row.status, row.body, got, row.want)
			}
		})
	}
}

// Every reason that the tables name is one that a test has seen, or is like one.
func TestEveryOutcomeIsOne(t *testing.T) {
	for reason, o := range apnsOutcomes {
		if o.String() == "unknown" || strings.TrimSpace(reason) == "" {
			t.Errorf("%q leads nowhere", reason)
		}
	}
	for code, o := range fcmOutcomes {
		if o.first.String() == "unknown" || o.proved.String() == "unknown" {
			t.Errorf("%q leads nowhere", code)
		}
	}
	for code, o := range hmsOutcomes {
		if o.String() == "unknown" || len(code) != 8 {
			t.Errorf("%q leads nowhere", code)
		}
	}
}

// Clients name the tokens. One that is another program's stops a channel only until the
// channel has reached somebody.
func TestATokenOfAnotherProgramIsItsDevicesFault(t *testing.T) {
	for _, row := range []struct {
		channel room.ChannelName
		says    http.HandlerFunc
		want    room.Outcome
	}{
		{room.APNs, say(400, `{"reason":"DeviceTokenNotForTopic"}`), room.Gone},
		{room.FCM, say(403, fcmSays("SENDER_ID_MISMATCH", "PERMISSION_DENIED", "no")), room.Gone},
		{room.FCM, say(401, fcmSays("THIRD_PARTY_AUTH_ERROR", "UNAUTHENTICATED", "no")), room.Refused},
		{room.HMS, say(200, `{"code":"80300002","msg":"no"}`), room.Gone},
	} {
		s := newSet(t)
		if got := s.answered(row.channel, row.says); got.Outcome != room.Credentials {
			t.Errorf("%s at first: %v", row.channel, got.Outcome)
		}
		s.answers(ok(row.channel))
		if got := s.send(row.channel); got.Outcome != room.Sent {
			t.Errorf("%s: %+v", row.channel, got)
		}
		if got := s.answered(row.channel, row.says); got.Outcome != row.want {
			t.Errorf("%s after a success: %v, want %v", row.channel, got.Outcome, row.want)
		}
	}
}

// Endpoints are named by clients: none makes the others wait, or stops them.
func TestAPushServiceSpeaksForItselfAlone(t *testing.T) {
	s, other := newSet(t), newProvider(t)
	s.push.WebPush.CA += other.ca()
	s.again()
	got := s.answered(room.WebPush, say(429, "", "Retry-After", "60"))
	if got.Outcome != room.Retry || got.RetryAfter != 0 {
		t.Errorf("the channel would wait: %+v", got)
	}
	s.answers(say(201, ""))
	if got := s.send(room.WebPush); got.Outcome != room.Retry || len(s.requests("")) != 1 {
		t.Errorf("it was asked again at once: %+v", got)
	}
	s.page.endpoint = other.server.URL + "/mine"
	if got := s.send(room.WebPush); got.Outcome != room.Sent || len(other.requests("")) != 1 {
		t.Errorf("another push service: %+v", got)
	}
	s.page.endpoint = s.server.URL
	s.pass(time.Minute)
	if got := s.send(room.WebPush); got.Outcome != room.Sent {
		t.Errorf("a minute later: %+v", got)
	}
}
