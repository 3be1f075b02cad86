package api

import (
	"context"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
)

// Repeatable is a request that may carry a RequestId: repeated under it within five
// minutes by the same user it gets the first answer, and has no second effect (spec/00
// §5). A command that could not tell by itself says so by this method.
type Repeatable interface{ RequestID() string }

// once runs a command, or, when its request repeats one that is done, lets it
// answer with what that has led to.
func (c *Call) once(ctx context.Context, req any, do func(context.Context) error) error {
	r, ok := req.(Repeatable)
	if !ok || r.RequestID() == "" {
		return do(ctx)
	}
	id := r.RequestID()
	if len(id) > chat.MaxRequestID || !utf8.ValidString(id) {
		return chat.Refuse(services[c.row.Service].parameter, "RequestId is longer than %d bytes", chat.MaxRequestID)
	}
	return c.Core.Once(ctx, c.By, c.row.Name+c.row.Method, id, do)
}
