package ticket

import (
	"errors"
	"fmt"
)

// Codes of spec/01 §8 that a check can end in.
const (
	CodeExpired    = 70001
	CodeEmpty      = 70002
	CodeMalformed  = 70003
	CodeSignature  = 70009
	CodeOtherUser  = 70013
	CodeOtherApp   = 70014
	CodeNoKey      = 70016
	CodeUnknownApp = 70020
)

// Error says why a ticket is invalid. Msg is in plain words and contains nothing that
// the bearer cannot read in the ticket.
type Error struct {
	Code int
	Msg  string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Msg) }

func refuse(code int, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
}

// malformed is the code of a ticket that cannot be read.
func malformed(format string, args ...any) *Error {
	return refuse(CodeMalformed, format, args...)
}

// Failed reports whether a refusal by Verify counts as a failure of its caller, for
// [Failures]. A ticket that is merely too old is genuine.
func Failed(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code != CodeExpired
}
