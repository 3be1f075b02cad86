//go:build e2e

package contract

import (
	"fmt"
	"strings"
	"testing"
)

// A refusal comes on im/err with its code, in both versions and at every
// QoS, and what was refused reaches nobody (spec/00 rule 3).
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			refusals(t, opening(t, k))
		})
	}
}

func refusals(t *testing.T, open opener) {
	s := shared(t)
	g := assemble(t, s, open, groupTypes[1])
	otto, bob := s.user("otto"), s.user("bob")
	outsider, bobs := open(otto, options{}), open(bob, options{})
	mustAsk(t, g.owner, "group.mute", object{"GroupId": g.id, "Members_Account": []string{g.ann.user().id}, "MuteTime": 3600})
	long := strings.Repeat("x", 12*1024)
	for _, c := range []struct {
		what    string
		by      device
		topic   string
		payload string
		code    int
	}{
		{"an unknown topic", outsider, "im/nothing", "forbidden", 60009},
		{"a topic outside im", outsider, "bob/im/text/c2c/alice", "forbidden", 60009},
		{"a topic the server speaks on", outsider, "im/in/c2c/" + bob.id, "forbidden", 60009},
		{"an unknown method", outsider, "im/req/no.such", "{}", 60009},
		{"a bad escape", outsider, "im/text/c2c/%zz", "forbidden", 60002},
		{"a cut escape", outsider, "im/text/c2c/a%2", "forbidden", 60002},
		{"no JSON", outsider, "im/send/c2c/" + bob.id, `{"MsgBody":`, 60003},
		{"nobody of that name", outsider, "im/text/c2c/nobody-at-all", "forbidden", 90012},
		{"too long", outsider, "im/text/c2c/" + bob.id, long, 80002},
		{"no elements", outsider, "im/send/c2c/" + bob.id, `{"MsgBody":"forbidden"}`, 90007},
		{"no such group", outsider, "im/text/group/no-such-group", "forbidden", 10010},
		{"not a member", outsider, g.topic("text"), "forbidden", 10007},
		{"muted", g.ann, g.topic("text"), "forbidden", 10017},
		{"nothing to recall", outsider, "im/recall/c2c/" + bob.id, `{"MsgSeq":7}`, 20022},
		{"reading a group from outside", outsider, g.topic("read"), "", 10007},
	} {
		for qos := range byte(3) {
			t.Run(fmt.Sprintf("%s at QoS %d", c.what, qos), func(t *testing.T) {
				refusal, reason := c.by.send(t, c.topic, []byte(c.payload), qos, "im/err")
				wantCode(t, refusal, c.code)
				if refusal.str("Topic") != c.topic || refusal.str("ErrorInfo") == "" {
					t.Errorf("im/err: %s", refusal)
				}
				if speaksFive(c.by) && qos > 0 && reason < 0x80 {
					t.Errorf("the acknowledgement says 0x%02x, want a refusal", reason)
				}
			})
		}
	}
	for _, d := range []device{bobs, g.ben, g.owner} {
		barrier(t, d)
		d.in().never(t, "#", func(p packet) bool { return strings.Contains(string(p.payload), "forbidden") })
	}
}

func speaksFive(d device) bool {
	switch d.(type) {
	case *paho5, *mqttjs:
		return true
	}
	return false
}

// A refused CONNECT says why, each version in its own words (spec/00 §1).
func TestRefusedConnects(t *testing.T) {
	t.Parallel()
	s := shared(t)
	ann, ben := s.user("ann"), s.user("ben")
	unknown := s.user("ann", app{ID: 1, Key: s.Key})
	for _, c := range []struct {
		what   string
		who    person
		o      rawOptions
		three  byte
		five   byte
		reason string
	}{
		{"no ticket", ann, rawOptions{password: "x"}, 4, 0x86, "70003"},
		{"somebody else's ticket", ann, rawOptions{password: ben.sig}, 4, 0x86, "70013"},
		{"another app's key", person{app: s.Apps[1], id: ann.id, sig: s.user("x", app{ID: s.ID, Key: s.Apps[1].Key}).sig, home: s}, rawOptions{}, 4, 0x86, ""},
		{"an unknown app", unknown, rawOptions{}, 5, 0x87, "70020"},
		{"a Will elsewhere", ann, rawOptions{will: &packet{topic: "im/in/c2c/" + ben.id, payload: []byte("boo")}}, 5, 0x87, ""},
		{"a Will to the server's topics", ann, rawOptions{will: &packet{topic: "$SYS/x", payload: []byte("boo")}}, 5, 0x87, ""},
	} {
		for _, version := range []byte{4, 5} {
			t.Run(fmt.Sprintf("%s, version %d", c.what, version), func(t *testing.T) {
				c.o.version = version
				r, code, err := dialRaw(c.who, c.o)
				if err != nil {
					if c.o.will != nil {
						return // a Will that is no topic name may cost the connection without a word
					}
					t.Fatal(err)
				}
				want := c.three
				if version == 5 {
					want = c.five
				}
				if code == 0 || c.o.will == nil && code != want {
					t.Errorf("code 0x%02x, want 0x%02x", code, want)
				}
				if text := r.connack.Properties.ReasonString; version == 5 && !strings.HasPrefix(text, c.reason) {
					t.Errorf("Reason String %q, want %s …", text, c.reason)
				}
			})
		}
	}
}

// Filters outside one's own space are refused; those within are granted
// whatever they name (spec/00 §4).
func TestFilters(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := shared(t)
			d := opening(t, k)(s.user("ann"), options{})
			for _, filter := range []string{"#", "+/#", "im/#", "im/in/#", "im/in/group/+", "im/in/group/not-mine", "im/event/recall"} {
				if code := d.subscribed(t, filter); code > 1 {
					t.Errorf("%s: 0x%02x, want QoS 0 or 1", filter, code)
				}
			}
			refused := byte(0x80)
			if speaksFive(d) {
				refused = 0x87
			}
			for _, filter := range []string{"x/#", "1400000001/#", "im2/#", "$SYS/#", "app/#", "app/msg/c2c/+/+"} {
				if code := d.subscribed(t, filter); code != refused {
					t.Errorf("%s: 0x%02x, want 0x%02x", filter, code, refused)
				}
			}
		})
	}
	// Paho knows from CONNACK that $share is not to be had, and does not ask.
	for version, refused := range map[byte]byte{4: 0x80, 5: 0x9E} {
		d := openRaw(t, shared(t).user("ann"), rawOptions{version: version})
		for _, filter := range []string{"$share/g/im/#", "$share/g/#", "$share/g/im/in/c2c/+"} {
			if code := d.subscribed(t, filter); code != refused {
				t.Errorf("%s, version %d: 0x%02x, want 0x%02x", filter, version, code, refused)
			}
		}
	}
}
