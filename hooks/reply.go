package hooks

import (
	"strconv"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
)

// reasonCode is the MQTT 5 reason code of PUBACK and PUBREC for a refusal: a
// hint, the body on im/err is the answer (spec/00). Only codes that both packets
// may carry are used, MQTT 5 §3.4.2.1.
func reasonCode(c chat.Code) byte {
	switch c {
	case 0:
		return packets.CodeSuccess.Code
	case chat.CodeBadPath, chat.CodeUnknownCommand:
		return packets.ErrTopicNameInvalid.Code
	}
	switch c.Class() {
	case chat.Malformed:
		return packets.ErrPayloadFormatInvalid.Code
	case chat.Unauthenticated, chat.Denied:
		return packets.ErrNotAuthorized.Code
	case chat.Limited:
		return packets.ErrQuotaExceeded.Code
	case chat.NotFound, chat.RefusedByApp, chat.Unavailable:
		return packets.ErrImplementationSpecificError.Code
	}
	return packets.ErrUnspecifiedError.Code
}

// reasonText is the Reason String of a refusal: the protocol's code and its text.
func reasonText(err error) string {
	code, info := chat.Outward(err)
	return strconv.Itoa(int(code)) + " " + info
}

// retry reports whether a refusal is no verdict on the message: a full lane, a
// fault of ours, a server going down. A 3.1.1 client has no way to be told so in
// its ack, and an ack would lose the message; it is not acknowledged but
// disconnected, so that it sends again when it returns (a choice; spec/00 promises
// that nothing acknowledged is lost).
func retry(err error) bool { return undecided(chat.CodeOf(err)) }

// undecided reports whether a code is no verdict; see retry. 0 is one.
func undecided(c chat.Code) bool {
	switch c {
	case 0:
		return false
	case chat.CodeBusy, chat.CodeShutdown:
		return true
	default:
		cl := c.Class()
		return cl == chat.Fault || cl == chat.Unavailable && c != chat.CodeWebhookFailed
	}
}

// Label is the class of an outcome for counting.
func Label(err error) string {
	if err == nil {
		return "ok"
	}
	return [...]string{
		chat.Fault: "fault", chat.Malformed: "malformed", chat.Unauthenticated: "unauthenticated",
		chat.Denied: "denied", chat.NotFound: "not-found", chat.Limited: "limited",
		chat.RefusedByApp: "refused-by-app", chat.Unavailable: "unavailable",
	}[chat.CodeOf(err).Class()]
}

// Counters is told what the door does; labels are few and fixed.
type Counters interface {
	// Connect counts a CONNECT by outcome.
	Connect(outcome string)
	// Login counts a login by the protocol's code, 0 when it succeeds: CONNECTs and
	// login.refresh.
	Login(code chat.Code)
	// Published counts a publish by verb and class of the outcome.
	Published(class string)
	// Refused counts a publish that was refused by the protocol's code.
	Refused(code chat.Code)
	// Acked counts a send that was let pass by the time from its reading to its
	// acknowledgement.
	Acked(d time.Duration)
	// Slowed counts that reading waits for a budget, and how long.
	Slowed(of Budget, d time.Duration)
}

type noCounters struct{}

func (noCounters) Connect(string)    {}
func (noCounters) Login(chat.Code)   {}
func (noCounters) Published(string)  {}
func (noCounters) Refused(chat.Code) {}

func (noCounters) Acked(time.Duration) {}

func (noCounters) Slowed(Budget, time.Duration) {}

// ReasonCode is the reason code that a refusal has in MQTT 5, for documents.
func ReasonCode(c chat.Code) byte { return reasonCode(c) }
