//go:build e2e

package contract

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

// jwt signs claims with HS256 and the app's key, as dev apps accept,
// or with the algorithm given.
func jwt(a app, alg string, claims object) string {
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(object{"alg": alg, "typ": "JWT"}) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(a.Key))
	mac.Write([]byte(signed))
	sig := mac.Sum(nil)
	if alg == "none" {
		sig = nil
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// A JWT is a ticket, too; which app it is for stands in it or in the user
// name (spec/00 §1).
func TestJWTs(t *testing.T) {
	t.Parallel()
	s := shared(t)
	ann := s.user("ann")
	later, earlier := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
	for _, c := range []struct {
		what   string
		alg    string
		claims object
		extra  string
		ok     bool
	}{
		{"sdkappid", "HS256", object{"sub": ann.id, "sdkappid": s.ID, "exp": later}, "", true},
		{"aud", "HS256", object{"sub": ann.id, "aud": fmt.Sprint(s.ID), "exp": later}, "", true},
		{"app in the user name", "HS256", object{"sub": ann.id, "exp": later}, "?app=" + fmt.Sprint(s.ID) + "&platform=Web", true},
		{"no app", "HS256", object{"sub": ann.id, "exp": later}, "", false},
		{"another app in the user name", "HS256", object{"sub": ann.id, "sdkappid": s.ID, "exp": later}, "?app=" + fmt.Sprint(s.Apps[1].ID), false},
		{"another user", "HS256", object{"sub": "ben", "sdkappid": s.ID, "exp": later}, "", false},
		{"expired", "HS256", object{"sub": ann.id, "sdkappid": s.ID, "exp": earlier}, "", false},
		{"no end", "HS256", object{"sub": ann.id, "sdkappid": s.ID}, "", false},
		{"not yet", "HS256", object{"sub": ann.id, "sdkappid": s.ID, "exp": later, "nbf": later}, "", false},
		{"no algorithm", "none", object{"sub": ann.id, "sdkappid": s.ID, "exp": later}, "", false},
		{"an algorithm not on the list", "HS512", object{"sub": ann.id, "sdkappid": s.ID, "exp": later}, "", false},
	} {
		for _, version := range []byte{4, 5} {
			t.Run(fmt.Sprintf("%s, version %d", c.what, version), func(t *testing.T) {
				r, code, err := dialRaw(ann, rawOptions{version: version, name: ann.id + c.extra, password: jwt(s.App, c.alg, c.claims)})
				if err != nil {
					t.Fatal(err)
				}
				defer r.conn.Close()
				if (code == 0) != c.ok {
					t.Errorf("CONNACK 0x%02x, let in: %t", code, c.ok)
				}
			})
		}
	}
}

// When the ticket ends, so does the session, unless the client has brought a
// fresh one (spec/00 §1).
func TestTicketExpiry(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, version := range []byte{4, 5} {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			t.Parallel()
			ann, ben := s.user("ann"), s.user("ben")
			long := ben.sig
			ann.sig, ben.sig = program.UserSig(s.App, ann.id, time.Now(), 2*time.Second), program.UserSig(s.App, ben.id, time.Now(), 2*time.Second)
			ends, lives := openRaw(t, ann, rawOptions{version: version}), openRaw(t, ben, rawOptions{version: version})
			ends.subscribe(t, "im/#")
			lives.subscribe(t, "im/#")
			mustDeny(t, lives, "login.refresh", object{"UserSig": "nonsense"}, 70003, 70005)
			mustDeny(t, lives, "login.refresh", object{"UserSig": s.user("carl").sig}, 70013)
			mustAsk(t, lives, "login.refresh", object{"UserSig": long})
			if why := ends.in().body(t, "im/event/kick", nil).str("Reason"); why != "ticket-expired" {
				t.Errorf("kick reason %q, want ticket-expired", why)
			}
			if code := ends.in().ended(t); version == 5 && code != 0x87 {
				t.Errorf("DISCONNECT 0x%02x, want 0x87", code)
			}
			barrier(t, lives)
			lives.in().never(t, "im/event/kick", nil)
		})
	}
}

// Who am I, and what may I ask for.
func TestMeAndHelp(t *testing.T) {
	t.Parallel()
	everyKind(t, func(t *testing.T, open opener) {
		s := shared(t)
		d := open(s.user("ann"), options{extra: "?platform=Web"})
		if me := jsonText(mustAsk(t, d, "me", object{})); !strings.Contains(me, d.user().id) {
			t.Errorf("me: %s", me)
		}
		before := mustAsk(t, d, "me", object{}).num("EventSeq")
		mustAsk(t, d, "user.set", object{"ProfileItem": []object{{"Tag": "Tag_Profile_IM_Nick", "Value": "Ann"}}})
		me, now := mustAsk(t, d, "me", object{}).num("EventSeq"), mustAsk(t, d, "sync", object{}).num("EventSeq")
		if me <= before || me != now {
			t.Errorf("EventSeq of me was %v and is %v, that of sync is %v", before, me, now)
		}
		help := jsonText(mustAsk(t, d, "help", object{}))
		if !strings.Contains(help, "group.create") || strings.Contains(help, "account_delete") {
			t.Errorf("help: %s", help)
		}
	})
}
