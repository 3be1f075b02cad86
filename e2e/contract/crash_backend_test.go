//go:build e2e

package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// attempt is call for a server that may be gone: nil then.
func (b backend) attempt(path string, body any) object {
	text, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	res, err := hasty.Post(b.url(path), "application/json", bytes.NewReader(text))
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	var answer object
	if text, err = io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(text, &answer) != nil {
		return nil
	}
	return answer
}

func granted(answer object) bool { return answer != nil && answer.num("ErrorCode") == 0 }

// backendWriter is the app's backend, which sends over HTTP in a user's name. It
// does not repeat what it does not know the fate of.
type backendWriter struct{ conversation }

func (b *backendWriter) run(home *server, acked func()) {
	backend := home.backend()
	for {
		b.sent++
		name := fmt.Sprintf("rest.%d", b.sent)
		b.note(name, false)
		if answer := backend.attempt(b.command(name)); answer == nil {
			return
		} else if granted(answer) {
			b.note(name, true)
			acked()
		}
	}
}

func (b *backendWriter) command(name string) (path string, body object) {
	body = object{"From_Account": b.writer.id, "MsgBody": textBody(name), "MsgRandom": b.sent, "Random": b.sent}
	if b.target == "c2c/"+b.reader.id {
		body["To_Account"] = b.reader.id
		return "openim/sendmsg", body
	}
	body["GroupId"] = b.target[len("group/"):]
	return "group_open_http_svc/send_group_msg", body
}

// changes is a group whose members come and go over HTTP.
type changes struct {
	group   string
	people  []person
	turn    int
	inside  map[string]bool // as far as it is known
	unknown string          // whose change was not answered
	wrong   []string
}

func newChanges(t *testing.T, s *server) *changes {
	t.Helper()
	c := &changes{group: fresh("moving"), inside: map[string]bool{}}
	var here []object
	for range 20 {
		p := s.user("moving")
		c.people = append(c.people, p)
		here = append(here, object{"UserID": p.id})
	}
	b := s.backend()
	b.must(t, "im_open_login_svc/multiaccount_import", object{"AccountList": here})
	b.must(t, "group_open_http_svc/create_group", object{"Type": "Public", "Name": "Moving", "GroupId": c.group, "Owner_Account": c.people[0].id})
	c.inside[c.people[0].id] = true
	return c
}

func (c *changes) run(home *server, acked func()) {
	backend := home.backend()
	for {
		c.turn++
		who := c.people[1+c.turn*7%(len(c.people)-1)].id
		path, body := "group_open_http_svc/add_group_member", object{"GroupId": c.group, "MemberList": []object{{"Member_Account": who}}}
		if c.inside[who] {
			path, body = "group_open_http_svc/delete_group_member", object{"GroupId": c.group, "MemberToDel_Account": []string{who}}
		}
		answer := backend.attempt(path, body)
		if answer == nil {
			c.unknown = who
			return
		}
		if !granted(answer) {
			c.wrong = append(c.wrong, fmt.Sprintf("%s %v: %s", path, body, answer))
			return
		}
		c.inside[who] = !c.inside[who]
		acked()
	}
}

// check wants the members that were acknowledged, and the count of them.
func (c *changes) check(t *testing.T, s *server) []string {
	t.Helper()
	b := s.backend()
	list := b.must(t, "group_open_http_svc/get_group_member_info", object{"GroupId": c.group, "Limit": 100})
	there := map[string]bool{}
	for _, m := range list.list("MemberList") {
		there[m.str("Member_Account")] = true
	}
	info := b.must(t, "group_open_http_svc/get_group_info", object{"GroupIdList": []string{c.group}}).list("GroupInfo")[0]
	if n := info.num("MemberNum"); n != len(there) || list.num("MemberNum") != n {
		c.wrong = append(c.wrong, fmt.Sprintf("%s counts %d and %d members, and has %d", c.group, n, list.num("MemberNum"), len(there)))
	}
	if c.unknown != "" {
		c.inside[c.unknown], c.unknown = there[c.unknown], ""
	}
	for _, p := range c.people {
		if c.inside[p.id] != there[p.id] {
			c.wrong = append(c.wrong, fmt.Sprintf("%s: member %s is %v, was acknowledged as %v", c.group, p.id, there[p.id], c.inside[p.id]))
		}
		joined := b.must(t, "group_open_http_svc/get_joined_group_list", object{"Member_Account": p.id}).num("TotalCount")
		if (joined == 1) != there[p.id] {
			c.wrong = append(c.wrong, fmt.Sprintf("%s is in %d groups, and their membership of %s is %v", p.id, joined, c.group, there[p.id]))
		}
	}
	return c.wrong
}
