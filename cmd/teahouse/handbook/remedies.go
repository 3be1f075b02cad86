package handbook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
)

// remedies say what to do about a class of refusals.
var remedies = map[chat.Class]struct{ name, what string }{
	chat.Fault:           {"fault", sendAgain + " The server's log has the cause."},
	chat.Malformed:       {"malformed", "Mend the program: the text says which member is wrong. The same request will be refused again."},
	chat.Unauthenticated: {"unauthenticated", "Get another ticket, and look at the SDKAppID and the key; `teahouse usersig check` says why a ticket fails."},
	chat.Denied:          {"denied", "The rules forbid it. Do not repeat it; tell the user, or change the role, the mute or the setting that forbids it."},
	chat.NotFound:        {"not found", "What the request names is not there, or no more. Read anew what there is."},
	chat.Limited:         {"limited", "Too fast, or as much as there may be: what stands at the code says which."},
	chat.RefusedByApp:    {"refused by the app", "The app's own webhook said no."},
	chat.Unavailable:     {"unavailable", sendAgain},
}

// own say what to do about codes for which their class says something else.
var own = map[chat.Code]string{
	chat.CodeUnknownCommand: "Mend the program: the text has the name that comes nearest.",
	chat.CodeGroupUnknown:   "Mend the program: the text has the name that comes nearest.",
	chat.CodeAnswerTooLong:  "Ask for less, or by [page](rest.md#pages).",
	chat.CodeFileNotReady:   "It is made when it is first asked for: ask again after some seconds.",
	chat.CodeFriendPending:  "Nothing is wrong: the other has been asked.",
	chat.CodeTicketRevoked:  "Get another ticket: one that is made in a later second than the kick.",
	chat.CodeWebhookFailed:  "The app's webhook gave no good answer, and `webhook.on_failure` is `refuse`: the log says why, `before-webhook failed`. " + sendAgain,

	chat.CodeTooManyFailures: "Wait a minute, and look at the ticket. Good ones are let in meanwhile.",
	chat.CodePushQuota:       tomorrow,
}

const (
	sendAgain = "Send the same again, a little later each time."
	full      = "There is as much as there may be. Do not repeat it: make room, ask for less, or raise the limit where it is a [setting](configuration.md)."
	tooFast   = "Too fast. Wait a second, then send the same again, a little later each time."
	busy      = "The server has too much to do, its disk is full, or the call took too long. " + sendAgain
	tomorrow  = "As many as a day may have. It begins anew at midnight UTC; the limit is a [setting](configuration.md)."
	readAnew  = "Somebody else was faster. Read it anew, then change that."
	asWanted  = "If the call was sent before, this says that it is done. Do not repeat it."
)

// Codes of which a program may do something by itself, besides the classes that say so.
var (
	rates     = []chat.Code{chat.CodeCommandRate, chat.CodeExtensionRate, chat.CodePushTooSoon, chat.CodeGroupRate, chat.CodeAttrRate}
	conflicts = []chat.Code{chat.CodeVersionConflict, chat.CodeExtensionConflict, chat.CodeAttrConflict}
	doneBy    = []chat.Code{chat.CodeAlreadyMember, chat.CodeAlreadyHandled, chat.CodeGroupIDYours, chat.CodeRecalledAlready}
)

// remedy says what to do about a code.
func remedy(c chat.Code) string {
	switch {
	case c == chat.CodeBusy:
		return busy
	case c == chat.CodeGroupFrequency:
		return tooFast + " When the text says so it is a quota of the day, which begins anew at midnight UTC."
	case slices.Contains(rates, c):
		return tooFast
	case slices.Contains(conflicts, c):
		return readAnew
	case slices.Contains(doneBy, c):
		return asWanted
	case own[c] != "":
		return own[c]
	case c.Class() == chat.Limited:
		return full
	}
	return remedies[c.Class()].what
}

// byItself is the table of what a program may do without a person.
func (l *lines) byItself(codes []chat.Code) {
	of := func(is func(chat.Code) bool) string {
		var links []string
		for _, c := range codes {
			if is(c) {
				links = append(links, fmt.Sprintf("[%d](#%d)", c, c))
			}
		}
		return strings.Join(links, ", ")
	}
	l.add("A program that repeats calls by itself needs these; everything else is not mended by repeating.\n")
	l.table([]string{"what it may do", "codes"}, [][]string{
		{"send the same again, a little later each time, and give up after a while", of(func(c chat.Code) bool {
			return c.Class() == chat.Fault || c.Class() == chat.Unavailable || c == chat.CodeBusy
		})},
		{"wait a second or more, then send the same again", of(func(c chat.Code) bool {
			return slices.Contains(rates, c) || c == chat.CodeGroupFrequency || c == chat.CodeFileNotReady
		})},
		{"get another ticket, once", of(func(c chat.Code) bool { return c.Class() == chat.Unauthenticated })},
		{"read anew, then change that", of(func(c chat.Code) bool { return slices.Contains(conflicts, c) })},
		{"take it for done, when it has repeated the call", of(func(c chat.Code) bool { return slices.Contains(doneBy, c) })},
	})
}
