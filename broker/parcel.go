package broker

import (
	"slices"
	"sync/atomic"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
	"github.com/teahouse-im/teahouse/wire/form"
)

// face is one topic and payload; its packets are encoded at most once per MQTT
// version and QoS, however many sessions get them.
type face struct {
	conv    chat.Conversation // zero when it is about no conversation
	to      topics.Outbound
	payload []byte
	brief   func() []byte // what a client gets that cannot take the payload; nil: nothing
	frames  [4]atomic.Pointer[frame]
}

// fitting is the face for a client that takes at most so many bytes; nil when there is none.
func (f *face) fitting(version, qos byte, most int) *face {
	if most <= 0 || len(f.frame(version, qos).bytes) <= most {
		return f
	}
	if f.brief == nil {
		return nil
	}
	short := &face{conv: f.conv, to: f.to, payload: f.brief()}
	return short.fitting(version, qos, most)
}

// frame is an encoded PUBLISH. The packet id is filled into the copy for each
// connection.
type frame struct {
	bytes    []byte
	idOffset int
}

// frame returns the packet for a version and QoS. Two goroutines may build the same
// packet at once; either result is used.
func (f *face) frame(version, qos byte) *frame {
	slot := &f.frames[int(qos)<<1]
	if version >= mqtt5 {
		slot = &f.frames[int(qos)<<1|1]
	}
	if fr := slot.Load(); fr != nil {
		return fr
	}
	fr := &frame{}
	fr.bytes, fr.idOffset = appendPublish(nil, version, qos, &publication{Topic: f.to.String(), Payload: f.payload})
	slot.Store(fr)
	return fr
}

// parcel is a message on its way to many sessions: up to four faces, JSON and
// plain text as each party of a C2C conversation sees the topic. Members of groups see the
// same topic; where messages before are not for everybody, the second view is that of those
// who see none of them.
type parcel struct {
	m     *chat.Message
	apart []*chat.Message // of groups: see aparts, as it was before m
	kept  atomic.Bool     // in the tail
	faces [4]atomic.Pointer[face]
	json  atomic.Pointer[[]byte]
	plain atomic.Pointer[plainText]
}

func newParcel(m *chat.Message) *parcel { return &parcel{m: m} }

// stored reports whether the message is in the log: only the store gives clocks. An
// unstored message is sent at once or not at all.
func (p *parcel) stored() bool { return p.m.Clock != 0 && p.m.Seq != 0 }

// choose picks the face for a session of viewer: plain text if its filters name
// im/text and the message has plain text, otherwise JSON.
func (p *parcel) choose(set *topics.Set, viewer chat.UserID) (f *face, qos byte, ok bool) {
	if set == nil {
		return nil, 0, false
	}
	target := p.m.Conv.For(viewer)
	view := 0
	if p.m.Conv.Kind == chat.C2C && string(viewer) != p.m.Conv.A {
		view = 1
	}
	if qos, ok = set.QoS(topics.Text(target, p.m.From)); ok {
		if text := p.text(); text.ok {
			return p.face(view+2, topics.Text(target, p.m.From), text.bytes), qos, true
		}
	}
	to := topics.In(target)
	if qos, ok = set.QoS(to); !ok {
		return nil, 0, false
	}
	prev := p.m.Seq - 1
	switch {
	case p.m.Live():
		prev = 0
	case p.m.Skips != [2]uint32{}:
		prev = p.before(viewer)
		switch low, exact := p.m.Before(viewer); {
		case exact || prev == p.m.Seq-1:
		case prev == low:
			view = 1
		default: // somebody who sees some of them
			return &face{conv: p.m.Conv, to: to, payload: p.body(prev)}, qos, true
		}
	}
	if f = p.faces[view].Load(); f != nil {
		return f, qos, true
	}
	return p.face(view, to, p.body(prev)), qos, true
}

// before is the highest number below the message's that viewer may see. When that is
// not known it is the number right before: a reader that lacks it looks into the history.
func (p *parcel) before(viewer chat.UserID) chat.Seq {
	low, exact := p.m.Before(viewer)
	if exact {
		return low
	}
	n := p.m.Seq - 1
	for _, m := range slices.Backward(p.apart) {
		if m.Seq != n || n == low {
			break
		}
		if m.VisibleTo(viewer) {
			return n
		}
		n--
	}
	if n != low { // not all of them are known
		return p.m.Seq - 1
	}
	return low
}

func (p *parcel) face(i int, to topics.Outbound, payload []byte) *face {
	if f := p.faces[i].Load(); f != nil {
		return f
	}
	f := &face{conv: p.m.Conv, to: to, payload: payload}
	p.faces[i].Store(f)
	return f
}

// body is the message as JSON, the same for every reader who may see the number
// before it.
func (p *parcel) body(prev chat.Seq) []byte {
	if b := p.json.Load(); b != nil && prev == p.m.Seq-1 {
		return *b
	}
	b := form.AppendMessage(make([]byte, 0, 336+len(p.m.Body)+len(p.m.Cloud)), p.m, prev)
	if prev == p.m.Seq-1 {
		p.json.Store(&b)
	}
	return b
}

func (p *parcel) text() *plainText {
	if t := p.plain.Load(); t != nil {
		return t
	}
	t := plainOf(p.m)
	p.plain.Store(t)
	return t
}

// bytesHeld is about what the parcel keeps in memory.
func (p *parcel) bytesHeld() int { return 512 + 2*(len(p.m.Body)+len(p.m.Cloud)) }
