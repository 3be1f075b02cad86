package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// answer is what the app's server says (spec/30 §3). ActionStatus is not read:
// ErrorCode decides, and a missing one is 0, both choices.
type answer struct {
	ErrorCode       int             `json:"ErrorCode"`
	ErrorInfo       string          `json:"ErrorInfo"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData *string         `json:"CloudCustomData"`
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
	err     error
}

func (f *failure) Error() string { return fmt.Sprintf("webhook failed (%s): %v", f.outcome, f.err) }

func (f *failure) Unwrap() error { return f.err }

func fail(o outcome, format string, args ...any) *failure {
	return &failure{o, fmt.Errorf(format, args...)}
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

// dead reports whether the failure says that nobody is there, as opposed to
// somebody who dislikes this one call: only that opens a circuit.
func dead(err error) bool {
	switch outcomeOf(err) {
	case timedOut, unreachable:
		return true
	}
	return false
}

// readAnswer takes a response apart. Success is status 200 and a JSON object.
func readAnswer(status int, body []byte) (answer, error) {
	switch status {
	case http.StatusOK:
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusTooManyRequests:
		return answer{}, fail(unreachable, "status %d", status)
	default:
		return answer{}, fail(badStatus, "status %d", status)
	}
	var a answer
	if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '{' {
		return answer{}, fail(badAnswer, "answer is not a JSON object")
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return answer{}, fail(badAnswer, "answer: %w", err)
	}
	return a, nil
}
