package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
)

// answer is what the app's server says to a question (spec/30 §3). ActionStatus is
// not read: ErrorCode decides, and a missing one is 0, both choices.
type answer struct {
	ErrorCode       errorCode       `json:"ErrorCode"`
	ErrorInfo       string          `json:"ErrorInfo"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData *string         `json:"CloudCustomData"`
	RefusedMembers  []chat.UserID   `json:"RefusedMembers_Account"`
	Items           []answeredItem  `json:"ResultItem"`
}

// answeredItem is the answer about one item of a question about friends.
type answeredItem struct {
	User chat.UserID `json:"To_Account"`
	Code errorCode   `json:"ResultCode"`
	Info string      `json:"ResultInfo"`
}

// errorCode is a whole number, or its decimal digits as text: backends in loosely
// typed languages write "1". Any other value makes the answer none (spec/30 §3).
type errorCode int

// errCode does not repeat the value, which may be long.
var errCode = errors.New("ErrorCode is no whole number")

// UnmarshalJSON reads either form.
func (c *errorCode) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		if b = []byte(text); text == "" || text[0] == '+' {
			return errCode
		}
	} else if string(b) == "null" {
		return nil
	}
	n, err := strconv.Atoi(string(b))
	if err != nil {
		return errCode
	}
	*c = errorCode(n)
	return nil
}

// outcome is how an attempt ended; also a metric's label.
type outcome string

const (
	answered    outcome = "ok"
	timedOut    outcome = "timeout"
	unreachable outcome = "unreachable" // no connection, or a gateway says so
	badStatus   outcome = "status"      // any other status than 200
	badAnswer   outcome = "malformed"   // not JSON, or a broken rewritten message
	overloaded  outcome = "overload"    // too many calls wait already
	circuitOpen outcome = "breaker"     // the receiver failed too often just now
	unsendable  outcome = "unsendable"  // the request cannot be made
)

// failure is a webhook that failed.
type failure struct {
	outcome outcome
	status  int // of the answer; 0: there was none
	err     error
}

func (f *failure) Error() string { return fmt.Sprintf("webhook failed (%s): %v", f.outcome, f.err) }

func (f *failure) Unwrap() error { return f.err }

func fail(o outcome, format string, args ...any) *failure {
	return &failure{outcome: o, err: fmt.Errorf(format, args...)}
}

// malformed is an answer of status 200 that is none.
func malformed(format string, args ...any) *failure {
	return &failure{outcome: badAnswer, status: http.StatusOK, err: fmt.Errorf(format, args...)}
}

// outcomeOf classes the result of a call.
func outcomeOf(err error) outcome {
	if err == nil {
		return answered
	}
	var f *failure
	if errors.As(err, &f) {
		return f.outcome
	}
	return unreachable
}

// statusOf is the status of a failed call's answer; 0: there was none.
func statusOf(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.status
	}
	return 0
}

// dead reports whether the failure says that nobody is there, as opposed to
// somebody who dislikes this one call: only that opens a circuit.
func dead(err error) bool {
	switch outcomeOf(err) {
	case timedOut, unreachable:
		return true
	}
	return false
}

var errStatus = errors.New("the status is not 200")

// checkStatus tells success from the rest: it is status 200.
func checkStatus(status int) error {
	switch status {
	case http.StatusOK:
		return nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusTooManyRequests:
		return &failure{outcome: unreachable, status: status, err: errStatus}
	}
	return &failure{outcome: badStatus, status: status, err: errStatus}
}

// readAnswer reads the answer to a question, a JSON object.
func readAnswer(body []byte) (answer, error) {
	var a answer
	if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '{' {
		return answer{}, malformed("answer is not a JSON object")
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return answer{}, malformed("answer: %w", err)
	}
	return a, nil
}

// checkReceipt checks the answer to an event. It is JSON, of which nothing counts
// (spec/30 §3).
func checkReceipt(body []byte) error {
	if !json.Valid(body) {
		return malformed("answer is not JSON")
	}
	return nil
}
