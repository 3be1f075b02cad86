package chat

import (
	"errors"
	"fmt"
)

// Code is the number the protocol promises for an outcome (spec/40). Its
// meaning and class are rows of the table in codes.go.
type Code int

// Error is a refusal. Msg is for the reader of the reply; Err is for our log
// and never leaves the house.
type Error struct {
	Code Code
	Msg  string
	Err  error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%d %s: %v", e.Code, e.Msg, e.Err)
	}
	return fmt.Sprintf("%d %s", e.Code, e.Msg)
}

// Unwrap gives the inner cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is compare codes, so errors.Is(err, ErrMuted) holds for
// every refusal with that code whatever its text.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Refuse returns an error with a code and a text for the caller. An empty
// text takes the code's meaning from the table.
func Refuse(c Code, format string, args ...any) *Error {
	if format == "" {
		return &Error{Code: c, Msg: c.Meaning()}
	}
	return &Error{Code: c, Msg: fmt.Sprintf(format, args...)}
}

// Internal wraps a fault of ours: the caller sees the code's meaning only.
func Internal(c Code, err error) *Error {
	return &Error{Code: c, Msg: c.Meaning(), Err: err}
}

// CodeOf returns the code of err: 0 for nil, 91000 for an error without one.
func CodeOf(err error) Code {
	if err == nil {
		return 0
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// IsFault reports whether err is a fault of ours: one without a code, or with a
// code of that class. Faults are logged once, at the door.
func IsFault(err error) bool { return err != nil && CodeOf(err).Class() == Fault }

// Outward returns what a door may show of err: its code and text. An error
// without a code is internal, and only that is said.
func Outward(err error) (Code, string) {
	if err == nil {
		return 0, ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code, e.Msg
	}
	return CodeInternal, CodeInternal.Meaning()
}

// ErrDamaged is the fault of a store that cannot read what it has stored. It has
// no code: a caller is told that it is internal, and the log what is damaged.
var ErrDamaged = errors.New("stored data is damaged")

// Hole is the fault of a conversation that lacks messages, from First to Last,
// which have not expired: they were stored and cannot be read.
type Hole struct {
	Conv        Conversation
	First, Last Seq
}

// Error implements error.
func (h *Hole) Error() string {
	return fmt.Sprintf("%v: messages %d to %d of %s are missing", ErrDamaged, h.First, h.Last, h.Conv)
}

// Unwrap makes errors.Is find ErrDamaged.
func (h *Hole) Unwrap() error { return ErrDamaged }

// IsHole reports whether an error is a [*Hole].
func IsHole(err error) bool {
	_, is := errors.AsType[*Hole](err)
	return is
}

// Sentinels for errors.Is.
var (
	ErrMuted      = &Error{Code: CodeMuted}
	ErrNotAllowed = &Error{Code: CodeGroupNotAllowed}
	ErrNoGroup    = &Error{Code: CodeNoGroup}
	ErrBusy       = &Error{Code: CodeBusy}
	ErrClosed     = &Error{Code: CodeShutdown}
)
