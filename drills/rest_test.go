//go:build drills

package drills

import (
	"bytes"
	"fmt"
	"testing"
)

// calls floods the admin port: with good and bad tickets, with commands that are
// none, with bodies that are large and that are no JSON.
var calls = attacker("calls", func(f *field, begun func()) {
	admin := f.user(f.Identifier)
	forged := admin
	forged.sig = admin.sig[:len(admin.sig)-8] + "AAAAAAAA"
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprint("somebody", i))
	}
	large := `{"To_Account":[` + filled(`"somebody%d"`) + `]}`
	all := []struct{ address, body string }{
		{f.url("openim/query_online_status", admin), fmt.Sprintf(`{"To_Account":["%s"]}`, many[0])},
		{f.url("openim/query_online_status", admin), large},
		{f.url("openim/query_online_status", forged), large},
		{f.url("openim/no_such_command", admin), `{}`},
		{f.url("openim/sendmsg", admin), string(bytes.Repeat([]byte("["), 900<<10))},
		{f.Admin + "/metrics", ``},
		{f.Admin + "/v4/openim/sendmsg", `{}`},
	}
	begun()
	crowd(3*len(all), func(i int) {
		one := all[i%len(all)]
		f.post(caller(i), one.address, []byte(one.body))
	})
})

func TestRESTFlood(t *testing.T) { drill{attack: calls}.run(t) }
