package chat

import (
	"encoding/json"

	"github.com/teahouse-im/teahouse/wire"
)

// maxQuoteBytes bounds a Quote: a choice, several times what its members need.
const maxQuoteBytes = 1024

// quoteForm are the members by which a Quote names the message that is answered
// (spec/00 §3).
var quoteForm = []elementField{
	{"MsgId", wire.Text, optional},
	{"MsgSeq", wire.Number, optional},
	{"MsgTime", wire.Number, optional},
}

// CheckQuote checks the form of a Quote: an object that names a message by at least one
// member, 90002 otherwise. Whether there is such a message is not looked at: it may have
// expired, or lie before the reader's view begins.
func CheckQuote(quote json.RawMessage) error {
	if LongerThan(quote, maxQuoteBytes) || wire.KindOf(quote) != wire.Object || !wire.Valid(quote) {
		return Refuse(CodeBadBody, "Quote is malformed")
	}
	if checkMembers("Quote", quoteForm, quote) != nil {
		return Refuse(CodeBadBody, "a member of Quote has the wrong type")
	}
	for _, f := range quoteForm {
		if lastMember(quote, f.name) != nil {
			return nil
		}
	}
	return Refuse(CodeBadBody, "Quote names no message")
}
