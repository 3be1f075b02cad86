//go:build drills

package drills

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
)

type object = map[string]any

// url is the address of a REST command, asked as a user.
func (o order) url(path string, by user) string {
	return fmt.Sprintf("%s/v4/%s?%s", o.Admin, path, url.Values{
		"sdkappid": {fmt.Sprint(o.ID)}, "identifier": {by.id}, "usersig": {by.sig},
		"random": {fmt.Sprint(rand.Uint32())}, "contenttype": {"json"},
	}.Encode())
}

// caller is an HTTP client from an attacker's address.
func caller(i int) *http.Client {
	return &http.Client{Timeout: bound, Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
			return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source(i))}}).DialContext(ctx, network, to)
		},
	}}
}

// must calls a command as the app's administrator; an attack that cannot be
// prepared ends at once.
func (f *field) must(path string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	res, err := caller(0).Post(f.url(path, f.user(f.Identifier)), "application/json", bytes.NewReader(text))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	var envelope struct{ ErrorCode int }
	if err := json.Unmarshal(answer, &envelope); err != nil || envelope.ErrorCode != 0 && envelope.ErrorCode != 10021 && envelope.ErrorCode != 10025 {
		fmt.Fprintf(os.Stderr, "%s: %s\n", path, answer)
		os.Exit(1)
	}
}

// group makes a group with members, unless it is there already (10021, 10025).
func (f *field) group(id, kind string, members ...string) {
	for from := 0; from < len(members); from += 100 {
		f.must("im_open_login_svc/multiaccount_import", object{"Accounts": members[from:min(from+100, len(members))]})
	}
	f.must("group_open_http_svc/create_group", object{"Type": kind, "Name": "Drill", "GroupId": id, "Owner_Account": members[0]})
	for from := 1; from < len(members); from += 100 {
		var page []object
		for _, m := range members[from:min(from+100, len(members))] {
			page = append(page, object{"Member_Account": m})
		}
		f.must("group_open_http_svc/add_group_member", object{"GroupId": id, "Silence": 1, "MemberList": page})
	}
}

// call asks for a command for as long as the attack lasts.
func (f *field) call(i int, path string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	f.post(caller(i), f.url(path, f.user(f.Identifier)), text)
}

func (f *field) post(by *http.Client, address string, body []byte) {
	for !f.over() {
		q, err := http.NewRequestWithContext(f.ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			panic(err)
		}
		if res, err := by.Do(q); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			f.sent.Add(1)
		}
	}
}
