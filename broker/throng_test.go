package broker_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

var throngActs = flag.Int("throng", 12, "how much each of the fifty does at once")

const throngPeople = 50

// Fifty connected members talk, come and go, are kicked and banned at once, in groups of
// all types and in a topic: nobody hears what was said while they were out, and those who stay
// hear everything.
func TestThrongHearsWhatIsMeantForThem(t *testing.T) {
	th := newThrong(open(t, nil))
	var all sync.WaitGroup
	for i := range th.people {
		all.Go(func() { th.act(i, rand.New(rand.NewPCG(1, uint64(i)))) })
	}
	for i := range 4 {
		all.Go(func() { th.rule(rand.New(rand.NewPCG(2, uint64(i)))) })
	}
	all.Wait()
	th.lastWords()
	th.check()
}

type throng struct {
	*house
	door   *doorkeeper
	people []chat.UserID
	ears   []*listener
	groups []chat.GroupID
	types  map[chat.GroupID]chat.GroupType
	topic  chat.GroupID
}

func throngAdmin() chat.Actor {
	return chat.Actor{App: app, User: "admin", Standing: chat.AsAdmin, Platform: chat.PlatformREST}
}

func actor(u chat.UserID) chat.Actor { return chat.Actor{App: app, User: u} }

func newThrong(h *house) *throng {
	h.Helper()
	h.apps.Set(chat.App{ID: app, Admins: []chat.UserID{"admin"}, Keys: h.apps.App(app).Keys, Limits: chat.Limits{}.NoRates()})
	th := &throng{house: h, types: map[chat.GroupID]chat.GroupType{}, door: &doorkeeper{
		Deliverer: h.b, in: map[chat.GroupID]map[chat.UserID]bool{}, meant: map[heardAt]bool{},
	}}
	h.svc.Attach(th.door)
	for i := range throngPeople {
		th.people = append(th.people, chat.UserID(fmt.Sprint("p", i)))
	}
	h.known(th.people...)
	for _, typ := range chat.GroupTypes() {
		th.found(typ)
	}
	for _, u := range th.people {
		e := &listener{news: make(chan struct{}, 1)}
		m, err := h.join(hello{user: u, client: "c"}, 1, "im/in/#", &audience{reached: make(chan struct{}, 1), note: e.note})
		if err != nil {
			h.Fatal(err)
		}
		th.ears = append(th.ears, e)
		h.Cleanup(func() { leave([]*member{m}) })
	}
	for i := range th.people {
		for _, g := range th.groups {
			th.come(g, i)
		}
	}
	return th
}

func (th *throng) found(typ chat.GroupType) {
	th.Helper()
	d := chat.GroupDraft{Type: typ, Name: "g", Owner: "ann", ApplyJoin: chat.JoinFree, SupportTopic: typ == chat.Community}
	g, err := th.svc.Group.Create(th.Context(), throngAdmin(), d)
	th.must(err)
	th.groups, th.types[g.ID] = append(th.groups, g.ID), typ
	if d.SupportTopic {
		th.topic, err = th.svc.Group.CreateTopic(th.Context(), actor("ann"), chat.TopicDraft{Community: g.ID, Name: "T"})
		th.must(err)
	}
}

func (th *throng) must(err error) {
	th.Helper()
	if err != nil {
		th.Fatal(err)
	}
}

// stays says of some that nobody throws them out.
func stays(i int) bool { return i%5 == 0 }

// act is what one of the fifty does.
func (th *throng) act(i int, rnd *rand.Rand) {
	for range *throngActs {
		g := th.groups[rnd.IntN(len(th.groups))]
		switch n := rnd.IntN(6); {
		case n == 0 && !stays(i):
			th.tolerate(th.svc.Group.Quit(th.Context(), actor(th.people[i]), g))
		case n == 1:
			th.come(g, i)
		case n == 2:
			th.talk(th.topic, i)
		default:
			th.talk(g, i)
		}
	}
}

// rule is what an owner and administrators do to them.
func (th *throng) rule(rnd *rand.Rand) {
	for range 8 * *throngActs {
		g, i := th.groups[rnd.IntN(len(th.groups))], rnd.IntN(len(th.people))
		list := th.people[i : i+1]
		switch n := rnd.IntN(5); {
		case n == 0 && !stays(i):
			th.tolerate(th.svc.Group.RemoveMembers(th.Context(), actor("ann"), g, list, false, ""))
		case n == 1 && !stays(i):
			th.tolerate(th.svc.Group.BanMembers(th.Context(), actor("ann"), g, list, 1000, ""))
			th.tolerate(th.svc.Group.UnbanMembers(th.Context(), actor("ann"), g, list))
		case n == 2:
			th.tolerate(th.svc.Group.MuteMembers(th.Context(), actor("ann"), g, list, uint32(rnd.IntN(2)*1000)))
		default:
			th.come(g, i)
		}
	}
}

// come brings a user in.
func (th *throng) come(g chat.GroupID, i int) {
	var err error
	if th.types[g] == chat.Work {
		_, err = th.svc.Group.AddMembers(th.Context(), throngAdmin(), g, th.people[i:i+1], i%2 == 0)
	} else {
		_, err = th.svc.Group.Join(th.Context(), actor(th.people[i]), g, "")
	}
	th.tolerate(err)
}

func (th *throng) talk(to chat.GroupID, i int) {
	body := []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]`)
	_, err := th.svc.Message.SendWait(th.Context(), actor(th.people[i]), chat.Draft{To: chat.ToGroup(to), Body: body})
	th.tolerate(err)
}

// tolerate lets refusals pass, and no fault.
func (th *throng) tolerate(err error) {
	if err != nil && chat.IsFault(err) {
		th.Errorf("a fault: %v", err)
	}
}

// lastWords brings everybody in and waits until they have heard one message more in each
// group: with it, all that came before.
func (th *throng) lastWords() {
	th.Helper()
	var last []heardAt
	for _, g := range append(slices.Clone(th.groups), th.topic) {
		for i := range th.people {
			if g != th.topic {
				th.come(g, i)
			}
		}
		if th.types[g] != chat.AVChatRoom { // what is lost there is lost
			last = append(last, heardAt{topicOf(g), uint64(th.say("ann", chat.ToGroup(g), "good night").Seq), ""})
		}
	}
	late := time.After(patience)
	for i, e := range th.ears {
		for _, at := range last {
			for !e.has(at.topic, at.seq) {
				select {
				case <-e.news:
				case <-late:
					th.Fatalf("%s does not hear %d of %s", th.people[i], at.seq, at.topic)
				}
			}
		}
	}
}

func topicOf(g chat.GroupID) string { return topics.In(chat.ToGroup(g)).String() }

// check compares what each has heard with what was meant for them.
func (th *throng) check() {
	th.door.mu.Lock()
	defer th.door.mu.Unlock()
	if len(th.door.early) > 0 {
		th.Errorf("told of their own leaving: %v", th.door.early[0])
	}
	heard := 0
	for i, e := range th.ears {
		u := th.people[i]
		e.mu.Lock()
		for topic, seqs := range e.heard {
			if !slices.IsSorted(seqs) || len(slices.Compact(slices.Clone(seqs))) != len(seqs) {
				th.Errorf("%s hears %s out of order, or twice", u, topic)
			}
			for _, n := range seqs {
				heard++
				if !th.door.meant[heardAt{topic, n, u}] {
					th.Errorf("%s hears %d of %s, which was said while they were out", u, n, topic)
				}
			}
		}
		e.mu.Unlock()
	}
	live := topicOf(th.groups[slices.Index(chat.GroupTypes(), chat.AVChatRoom)])
	for at := range th.door.meant {
		i := slices.Index(th.people, at.user)
		if i >= 0 && stays(i) && at.topic != live && !th.ears[i].has(at.topic, at.seq) {
			th.Errorf("%s has always been there and does not hear %d of %s", at.user, at.seq, at.topic)
		}
	}
	th.Logf("%d messages are heard, %d are meant for somebody", heard, len(th.door.meant))
	if heard < 50*len(th.people) {
		th.Errorf("only %d messages are heard", heard)
	}
}

// heardAt is a message for somebody.
type heardAt struct {
	topic string
	seq   uint64
	user  chat.UserID
}

// doorkeeper hands everything on to the broker, one thing after the other, and notes who
// is in at each message.
type doorkeeper struct {
	chat.Deliverer
	mu    sync.Mutex
	in    map[chat.GroupID]map[chat.UserID]bool
	meant map[heardAt]bool
	early []string // who left, and was told so as if they were in
}

func (d *doorkeeper) Joined(a chat.AppID, g chat.GroupID, t chat.GroupType, users []chat.UserID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.in[g] == nil {
		d.in[g] = map[chat.UserID]bool{}
	}
	for _, u := range users {
		d.in[g][u] = true
	}
	d.Deliverer.Joined(a, g, t, users)
}

func (d *doorkeeper) Left(a chat.AppID, g chat.GroupID, users []chat.UserID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range users {
		delete(d.in[g], u)
	}
	d.Deliverer.Left(a, g, users)
}

func (d *doorkeeper) Deliver(m *chat.Message, session uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := m.Conv.Group()
	for u := range d.in[g.Home()] {
		d.meant[heardAt{topicOf(g), uint64(m.Seq), u}] = true
	}
	if t := m.Tip; t != nil && (t.Kind == chat.TipQuit || t.Kind == chat.TipKicked) {
		for _, p := range t.Members {
			if d.in[g][p.User] {
				d.early = append(d.early, fmt.Sprintf("%s in %s, message %d", p.User, g, m.Seq))
			}
		}
	}
	d.Deliverer.Deliver(m, session)
}

// listener notes the numbers that come, by topic.
type listener struct {
	mu    sync.Mutex
	heard map[string][]uint64
	news  chan struct{} // has room for one
}

func (l *listener) note(topic string, seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heard == nil {
		l.heard = map[string][]uint64{}
	}
	l.heard[topic] = append(l.heard[topic], seq)
	select {
	case l.news <- struct{}{}:
	default:
	}
}

func (l *listener) has(topic string, seq uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.heard[topic], seq)
}
