package core_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
)

var throngActs = flag.Int("throng", 30, "how much each of the fifty does at once")

// throng are fifty users who talk, come and go through two cores over one store, while
// others bring them in, mute them and throw them out.
type throng struct {
	*twins
	store  *witness
	cores  []*core.Core
	heard  []*roomEars // of each core
	people []chat.UserID
	groups []*throngGroup

	mu   sync.Mutex
	sent map[chat.Conversation]map[chat.Seq]bool // numbers of receipts
}

type throngGroup struct {
	id     chat.GroupID
	typ    chat.GroupType
	topic  chat.GroupID // "": none
	places []place      // of the people, those whose changes come one by one
}

// place is what is known of a user in a group. Changes hold mu; a member who speaks meanwhile
// sees by the state, which counts up, whether anything has changed.
type place struct {
	mu    sync.Mutex
	state atomic.Uint64 // how often it has begun or ended to change, ×4, 2 if in, 1 if muted
}

const placeIn, placeMuted = 2, 1

// change runs do, which tells what the place is afterwards.
func (p *place) change(do func(now uint64) (next uint64)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.state.Add(4)
	p.state.Store(old&^3 + 4 + do(old&3))
}

// settled is the place if nobody changes it just now.
func (p *place) settled() (state uint64, ok bool) {
	state = p.state.Load()
	return state, state&4 == 0
}

const throngPeople = 50

func TestThrong(t *testing.T) {
	eachTwins(t, func(w *twins) {
		th := newThrong(w)
		var all sync.WaitGroup
		for i := range th.people {
			all.Go(func() { th.live(i, rand.New(rand.NewPCG(1, uint64(i)))) })
		}
		for i := range 4 {
			all.Go(func() { th.rule(rand.New(rand.NewPCG(2, uint64(i)))) })
		}
		all.Wait()
		th.close() // all is delivered
		th.check()
	})
}

// newThrong founds a group of each type, everybody in it.
func newThrong(w *twins) *throng {
	w.Helper()
	th := &throng{twins: w, store: &witness{Store: w.store}, sent: map[chat.Conversation]map[chat.Seq]bool{}}
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Limits: chat.Limits{}.NoRates()})
	for range 2 {
		c := core.New(core.Options{Store: th.store, Apps: apps})
		ears := &roomEars{}
		c.Attach(ears)
		th.cores, th.heard = append(th.cores, c), append(th.heard, ears)
	}
	w.Cleanup(th.close)
	var list []chat.Profile
	for i := range throngPeople {
		th.people = append(th.people, chat.UserID(fmt.Sprint("p", i)))
		list = append(list, chat.Profile{User: th.people[i]})
	}
	_, err := th.cores[0].People.Import(w.Context(), admin(), list)
	w.must(err)
	for _, typ := range chat.GroupTypes() {
		th.found(typ)
	}
	return th
}

func (th *throng) close() {
	for _, c := range th.cores {
		if err := c.Close(context.Background()); err != nil {
			th.Error(err)
		}
	}
}

func (th *throng) found(typ chat.GroupType) {
	th.Helper()
	d := chat.GroupDraft{Type: typ, Name: "g", Owner: "ann", ApplyJoin: chat.JoinFree, SupportTopic: typ == chat.Community}
	live := typ == chat.AVChatRoom
	for _, u := range th.people {
		if !live {
			d.Members = append(d.Members, chat.NewMember{User: u})
		}
	}
	made, err := th.cores[0].Group.Create(th.Context(), admin(), d)
	th.must(err)
	g := &throngGroup{id: made.ID, typ: typ, places: make([]place, len(th.people))}
	for i, u := range th.people {
		if live {
			_, err := th.cores[0].Group.Join(th.Context(), as(u), g.id, "")
			th.must(err)
		}
		g.places[i].state.Store(placeIn)
	}
	if d.SupportTopic {
		g.topic, err = th.cores[0].Group.CreateTopic(th.Context(), as("ann"), chat.TopicDraft{Community: g.id, Name: "T"})
		th.must(err)
	}
	th.groups = append(th.groups, g)
}

// core is any of the two, but for a live room, whose viewers one process has in memory.
func (th *throng) core(g *throngGroup, rnd *rand.Rand) *core.Core {
	if g.typ == chat.AVChatRoom {
		return th.cores[0]
	}
	return th.cores[rnd.IntN(2)]
}

// live is what one of the fifty does.
func (th *throng) live(i int, rnd *rand.Rand) {
	for range *throngActs {
		g := th.groups[rnd.IntN(len(th.groups))]
		switch c := th.core(g, rnd); rnd.IntN(6) {
		case 0:
			th.quit(c, g, i)
		case 1:
			th.come(c, g, i)
		case 2:
			th.talk(c, g, g.topic, i)
		default:
			th.talk(c, g, g.id, i)
		}
	}
}

// rule is what an owner and administrators do to them.
func (th *throng) rule(rnd *rand.Rand) {
	for range 8 * *throngActs {
		g, i := th.groups[rnd.IntN(len(th.groups))], rnd.IntN(len(th.people))
		switch c := th.core(g, rnd); rnd.IntN(6) {
		case 0:
			th.kick(c, g, i, rnd)
		case 1:
			th.ban(c, g, i)
		case 2:
			th.mute(c, g, i, uint32(rnd.IntN(2)*1000))
		case 3:
			name := fmt.Sprint("g", rnd.IntN(100))
			th.tolerate(c.Group.Modify(th.Context(), admin(), g.id, chat.GroupPatch{Name: &name}))
		default:
			th.come(c, g, i)
		}
	}
}

// at runs a change of one user's place; those of every other user come at the same time.
func (th *throng) at(g *throngGroup, i int, do func(now uint64) (next uint64)) {
	if i%2 == 0 {
		g.places[i].change(do)
		return
	}
	do(0)
}

func (th *throng) quit(c *core.Core, g *throngGroup, i int) {
	th.at(g, i, func(now uint64) uint64 {
		if th.tolerate(c.Group.Quit(th.Context(), as(th.people[i]), g.id)) {
			now &^= placeIn
		}
		return now
	})
}

// come brings a user in: they join where that is possible, or are added.
func (th *throng) come(c *core.Core, g *throngGroup, i int) {
	th.at(g, i, func(now uint64) uint64 {
		var err error
		if g.typ == chat.Work || g.typ != chat.AVChatRoom && i%3 == 0 {
			_, err = c.Group.AddMembers(th.Context(), admin(), g.id, th.people[i:i+1], i%6 == 0)
		} else {
			_, err = c.Group.Join(th.Context(), as(th.people[i]), g.id, "")
		}
		if th.tolerate(err) {
			now |= placeIn
		}
		return now
	})
}

// kick removes a user, or some at once of those whose changes need not come one by one.
func (th *throng) kick(c *core.Core, g *throngGroup, i int, rnd *rand.Rand) {
	list := []chat.UserID{th.people[i]}
	for n := i + 2; i%2 == 1 && n < len(th.people) && len(list) < 4; n += 2 {
		list = append(list, th.people[n])
	}
	th.at(g, i, func(now uint64) uint64 {
		if th.tolerate(c.Group.RemoveMembers(th.Context(), as("ann"), g.id, list, rnd.IntN(2) == 0, "")) {
			now &^= placeIn
		}
		return now
	})
}

// ban keeps a user out, and lets them in again if they come.
func (th *throng) ban(c *core.Core, g *throngGroup, i int) {
	list := []chat.UserID{th.people[i]}
	th.at(g, i, func(now uint64) uint64 {
		if !th.tolerate(c.Group.BanMembers(th.Context(), as("ann"), g.id, list, 1000, "")) {
			return now
		}
		if i%2 == 0 { // nobody else changes their place
			if _, err := c.Group.Join(th.Context(), as(th.people[i]), g.id, ""); err == nil {
				th.Errorf("%s: %s came back through a ban", g.typ, th.people[i])
			}
		}
		th.tolerate(c.Group.UnbanMembers(th.Context(), as("ann"), g.id, list))
		return now &^ placeIn
	})
}

func (th *throng) mute(c *core.Core, g *throngGroup, i int, seconds uint32) {
	th.at(g, i, func(now uint64) uint64 {
		if !th.tolerate(c.Group.MuteMembers(th.Context(), as("ann"), g.id, []chat.UserID{th.people[i]}, seconds)) {
			return now
		}
		if seconds == 0 {
			return now &^ placeMuted
		}
		return now | placeMuted
	})
}

// talk says something, and knows the answer if nobody has changed the speaker's place
// meanwhile.
func (th *throng) talk(c *core.Core, g *throngGroup, to chat.GroupID, i int) {
	if to == "" {
		return
	}
	before, still := g.places[i].settled()
	r, err := c.Message.SendWait(th.Context(), as(th.people[i]), chat.Draft{To: chat.ToGroup(to), Body: text("x")})
	if th.tolerate(err) {
		th.note(chat.GroupOf(app, to), r.Seq)
	}
	after, _ := g.places[i].settled()
	if i%2 == 1 || !still || before != after || chat.CodeOf(err) == chat.CodeBusy {
		return
	}
	want := chat.Code(0)
	switch {
	case before&placeIn == 0:
		want = chat.CodeGroupNotAllowed
	case before&placeMuted != 0:
		want = chat.CodeMuted
	}
	if got := chat.CodeOf(err); got != want {
		th.Errorf("%s: %s speaks in %s and gets %d, want %d", g.typ, th.people[i], to, got, want)
	}
}

// note enters the number of a receipt, which nobody else may have got.
func (th *throng) note(conv chat.Conversation, n chat.Seq) {
	th.mu.Lock()
	defer th.mu.Unlock()
	if th.sent[conv] == nil {
		th.sent[conv] = map[chat.Seq]bool{}
	}
	if th.sent[conv][n] {
		th.Errorf("%s: number %d was given twice", conv, n)
	}
	th.sent[conv][n] = true
}

// tolerate reports whether something was done; only a refusal may be in the way.
func (th *throng) tolerate(err error) bool {
	if err != nil && chat.IsFault(err) {
		th.Errorf("a fault: %v", err)
	}
	return err == nil
}
