//go:build e2e

package agree

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// Two devices of ann and one of bob live through random events: they write, read, recall,
// change, react, lose connections and answers, repeat, while a backend writes too, the
// server's clock jumps and the server is killed. Whenever all have caught up, they agree
// with the server and with each other, the unread numbers are what the history says,
// everything acknowledged is there once, and a sync has nothing more to say.
func TestDevicesAgree(t *testing.T) {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d", s)
	w := newWorld(t, rand.New(rand.NewPCG(s, 0)))
	began, checks := time.Now(), 0
	for i := range *steps {
		w.step()
		if w.chance.IntN(60) == 0 || i == *steps-1 {
			w.agree()
			checks++
		}
		if t.Failed() {
			t.Fatalf("after %d steps, -seed %d", i+1, s)
		}
	}
	messages := 0
	for _, c := range w.devices[0].convs {
		messages += len(c.all)
	}
	t.Logf("%d steps in %v, %d times all agreed, %d kills, %d jumps, %d drops, %d messages, %d refusals", *steps,
		time.Since(began).Round(time.Second), checks, w.kills, w.jumps, w.drops, messages, w.refusals())
	if w.kills == 0 || w.jumps == 0 || w.drops == 0 || messages == 0 {
		t.Error("too little has happened")
	}
}

// world is everybody, and what happens to them.
type world struct {
	*testing.T
	chance  *rand.Rand
	h       *house
	devices []*device // ann's, then bob's
	said    int
	texts   []string // what was written, each once

	kills, jumps, drops int
}

const (
	ann, bob, cat = "ann", "bob", "cat"
	club, team    = "club", "team"
)

// convs are where ann or bob, the other being their peer, may write.
func convs(peer string) []string {
	return []string{"c2c/" + peer, "c2c/" + cat, "group/" + club, "group/" + team}
}

func newWorld(t *testing.T, chance *rand.Rand) *world {
	w := &world{T: t, chance: chance, h: openHouse(t)}
	w.h.call("im_open_login_svc/multiaccount_import", object{"Accounts": []string{ann, bob, cat}})
	for id, kind := range map[string]string{club: "Public", team: "Work"} {
		w.h.call("group_open_http_svc/create_group", object{
			"GroupId": id, "Type": kind, "Name": id, "Owner_Account": ann, "MemberList": []object{{"Member_Account": bob}, {"Member_Account": cat}},
		})
	}
	w.devices = []*device{
		newDevice(t, w.h, ann, "phone", true, convs(bob)...),
		newDevice(t, w.h, ann, "laptop", false, convs(bob)...),
		newDevice(t, w.h, bob, "phone", false, convs(ann)...),
	}
	w.devices[2].brief = true
	for _, d := range w.devices {
		d.connect()
	}
	return w
}

func (w *world) refusals() (n int) {
	for _, d := range w.devices {
		n += d.refused
	}
	return n
}

func (w *world) any() *device { return w.devices[w.chance.IntN(len(w.devices))] }

// connected is a device that has a connection.
func (w *world) connected() *device {
	d := w.any()
	d.connect()
	return d
}

// somewhere is a conversation that a device may write in.
func (w *world) somewhere(d *device) string {
	peer := bob
	if d.user == bob {
		peer = ann
	}
	all := convs(peer)
	return append(all, all[0], all[2])[w.chance.IntN(6)] // two of them are livelier
}

func (w *world) oneIn(n int) bool { return w.chance.IntN(n) == 0 }

// words is a text that nobody has written before.
func (w *world) words(by string) string {
	w.said++
	text := fmt.Sprintf("%s %d", by, w.said)
	w.texts = append(w.texts, text)
	return text
}
