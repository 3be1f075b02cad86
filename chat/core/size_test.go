package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
)

// said is a body that spells its text as given, between quotes.
func said(spelled string) []byte {
	return fmt.Appendf(nil, "[ { \"MsgType\" : \"TIMTextElem\",\n\t\"MsgContent\":{\"Text\":\"%s\"}} ]", spelled)
}

// What counts of a message is what it says, not how its sender spells it (spec/04
// §12): 32 bytes of names beside the text here.
func TestTheSizeOfAMessageIsThatOfWhatItSays(t *testing.T) {
	h := open(t, nil)
	g := h.group("ann", chat.Public, "bob")
	const room = 12288 - 32
	for name, c := range map[string]struct {
		spelled, cloud string
		want           chat.Code
	}{
		"ASCII":                           {strings.Repeat("x", room), "", 0},
		"ASCII and one":                   {strings.Repeat("x", room+1), "", chat.CodeMessageTooLong},
		"Chinese":                         {strings.Repeat("汉", room/3), "", 0},
		"Chinese in escapes":              {strings.Repeat(`\u6c49`, room/3), "", 0},
		"Chinese in escapes and one":      {strings.Repeat(`\u6c49`, room/3+1), "", chat.CodeMessageTooLong},
		"faces in escapes":                {strings.Repeat(`\ud83d\ude00`, room/4), "", 0},
		"faces in escapes and one":        {strings.Repeat(`\ud83d\ude00`, room/4+1), "", chat.CodeMessageTooLong},
		"quotes":                          {strings.Repeat(`\"`, room), "", 0},
		"quotes and one":                  {strings.Repeat(`\"`, room+1), "", chat.CodeMessageTooLong},
		"the other member counts":         {strings.Repeat("x", room-10), strings.Repeat("c", 10), 0},
		"the other member counts and one": {strings.Repeat("x", room-10), strings.Repeat("c", 11), chat.CodeMessageTooLong},
		"blanks":                          {"x", "", 0},
	} {
		body := said(c.spelled)
		if name == "blanks" {
			body = append(body, []byte(strings.Repeat(" ", 20000))...)
		}
		for _, to := range []chat.Target{chat.ToUser("bob"), chat.ToGroup(g)} {
			_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: to, Body: body, Cloud: c.cloud})
			if got := chat.CodeOf(err); got != c.want {
				t.Errorf("%s to %s: got %d (%v), want %d", name, to, got, err, c.want)
			}
		}
	}
	// The JSON itself has a bound too, so that nothing but brackets is no message.
	_, err := h.Message.SendWait(h.ctx, as("ann"), chat.Draft{To: chat.ToUser("bob"), Body: append(said("x"), []byte(strings.Repeat(" ", 8*12288))...)})
	h.wants(err, chat.CodeMessageTooLong)
}

func TestARewrittenMessageIsMeasuredLikewise(t *testing.T) {
	h, g := gated(t)
	for spelled, want := range map[string]chat.Code{strings.Repeat(`\u6c49`, 4000): 0, strings.Repeat(`\u6c49`, 4100): chat.CodeMessageTooLong} {
		answered := h.sendAsync("ann", chat.ToUser("bob"), "x")
		(<-g.asked).answer(chat.Verdict{Body: said(spelled)}, nil)
		h.wants(<-answered, want)
	}
}
