package hooks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/wire/wiretest"
)

// What each method is answered over MQTT, and what was asked before it. The
// descriptions of both doors are held against the file (package api/describe).
func TestMethodsTranscript(t *testing.T) {
	var b strings.Builder
	for _, method := range slices.Sorted(maps.Keys(askRows)) {
		row := askRows[method]
		h := open(t, setup{indexed: row.indexed})
		for i, a := range append(row.before[:len(row.before):len(row.before)], ask{"ann", method, row.body}) {
			c := h.enter(login{user: a.as, client: fmt.Sprint("device ", i), version: 5})
			h.index(row)
			c.publish(0, "im/req/"+a.method+"/r", a.body)
			answer := c.want("im/res/r 0")
			fmt.Fprintf(&b, "%s %s %s\n%s\n\n", a.as, a.method, a.body, answer.payload)
		}
		h.close()
	}
	wiretest.Transcript(t, "methods.txt", b.String())
}
