package message

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Modification is a change of a stored message (spec/00 §5, spec/04 §9, spec/22b §7).
type Modification struct {
	Of      chat.UserID // whose view names the conversation; "" is the caller
	Target  chat.Target
	Ref     chat.MessageRef
	Body    json.RawMessage // nil stays
	Cloud   *string         // nil stays
	Version *uint32         // what Message.Version has to be
}

// Modify changes a message and returns it as it is then. With a Version that has
// passed it refuses with 20027, and returns the message as it is now. In C2C either party may
// change it, in groups the author and administrators, and members, where the app allows it,
// CloudCustomData alone. What a peer who has blocked the caller would see stays as it is, and
// the caller cannot tell: a choice, as for reactions.
func (s *Service) Modify(ctx context.Context, by chat.Actor, c Modification) (*chat.Message, error) {
	app, err := s.ledger.App(by.App)
	if err != nil {
		return nil, err
	}
	if err := checkModification(&c, &app.Limits); err != nil {
		return nil, err
	}
	if c.Of, err = OnBehalf(by, c.Of, c.Target.Kind); err != nil {
		return nil, err
	}
	v, err := s.changeable(ctx, by, c.Of, c.Target)
	if err != nil {
		return nil, err
	}
	w := &modifying{app: app, by: by, change: c, view: v, may: s.groups.MayModify, member: s.groups.Member}
	if c.Target.Kind == chat.C2C && !by.Admin() {
		if w.blocked, err = s.people.Blocked(ctx, by.App, c.Target.User(), by.User); err != nil {
			return nil, err
		}
	}
	w.repeated = chat.Repeated(ctx, v.conv) != nil
	if c.Body != nil {
		if c.Body, err = s.passed(ctx, by.App, c.Body); err != nil {
			return nil, err
		}
		w.change.Body = c.Body
	}
	if w.cut, err = s.fit(ctx, by, app, v.conv, c.Body, cloudOf(&c), beside); err != nil {
		return nil, err
	}
	if w.files, err = s.files(ctx, by, c.Body, w.cut); err != nil {
		return nil, err
	}
	w.unrefs = s.media.Unrefs
	err = s.ledger.Change(ctx, v.conv.Shard(), by.Session, w.do)
	if err != nil && chat.CodeOf(err) != chat.CodeVersionConflict {
		return nil, err
	}
	if err == nil && w.before != nil {
		s.media.Released(ctx, w.before)
	}
	return s.media.Fresh(w.result), err
}

// modifying is a change under way.
type modifying struct {
	app      *chat.App
	by       chat.Actor
	change   Modification
	view     *view
	blocked  bool // by the peer
	repeated bool // it is done already, and would be a conflict now
	cut      *cut // nil when nothing comes out of the new body
	files    *files
	unrefs   func(*chat.Message) []chat.Mirror
	before   *chat.Message // what has lost its body to the change
	// may decides in groups; theirs is whether the caller may change what they are about to
	// change. member is somebody's place in a group. Both only read.
	may    func(ctx context.Context, by chat.Actor, m *chat.Message, theirs bool) error
	member memberOf
	result *chat.Message
}

// do is the turn; it may be prepared again.
func (w *modifying) do(ctx context.Context, t *ledger.Turn) error {
	m, err := modifiable(ctx, t.Read, w.view, w.by, w.change.Ref)
	if err != nil {
		return err
	}
	if err := w.allowed(ctx, m); err != nil {
		return err
	}
	if w.result = m; w.repeated {
		return nil
	}
	if v := w.change.Version; v != nil && *v != m.Version {
		return chat.Refuse(chat.CodeVersionConflict, "")
	}
	w.before = nil
	changed, err := w.change.of(m, w.cut, w.files, &w.app.Limits)
	if err != nil || changed == nil {
		return err
	}
	if w.result = changed; w.blocked {
		return nil
	}
	if w.change.Body != nil {
		if err := dropLists(ctx, t, m); err != nil {
			return err
		}
		t.Commit.Rows = append(t.Commit.Rows, w.cut.rows(changed)...)
		t.Commit.Mirrors = append(w.unrefs(m), w.files.rows(changed)...)
		w.before = m
	}
	return w.put(ctx, t, changed)
}

// checkModification is the form of a change; the codes are C2C's in groups too
// (spec/22b §7).
func checkModification(c *Modification, limits *chat.Limits) error {
	if c.Body == nil && c.Cloud == nil {
		return chat.Refuse(chat.CodeBadBody, "neither MsgBody nor CloudCustomData is given")
	}
	if err := checkTarget(c.Target); err != nil {
		return err
	}
	if err := chat.CheckFits(limits, c.Body, cloudOf(c)); err != nil {
		return err
	}
	if c.Body == nil {
		return nil
	}
	return chat.CheckBody(c.Body)
}

// cloudOf is the CloudCustomData of a change, "" when it stays.
func cloudOf(c *Modification) string {
	if c.Cloud == nil {
		return ""
	}
	return *c.Cloud
}

// changeable is a user's view of a conversation whose messages can be changed, or
// carry extensions.
func (s *Service) changeable(ctx context.Context, by chat.Actor, of chat.UserID, t chat.Target) (*view, error) {
	if t.Kind == chat.InGroup {
		g, err := s.groups.Find(ctx, by.App, t.Group())
		if err != nil {
			return nil, err
		}
		if !grouptype.Of(g.Type).Modify {
			return nil, chat.Refuse(chat.CodeGroupNotAllowed, "messages of %s groups cannot be changed", g.Type)
		}
	}
	return s.view(ctx, by, of, t)
}

// modifiable finds a message that can be changed at all; one that the caller may not
// see is refused like one that is not there.
func modifiable(ctx context.Context, in ledger.Reads, v *view, by chat.Actor, ref chat.MessageRef) (*chat.Message, error) {
	m, err := v.find(ctx, in, ref)
	if err != nil {
		return nil, err
	}
	foreign := by.Admin() && v.conv.Kind == chat.C2C && m.From != v.user // the direction counts, as in a recall
	hidden := !by.Admin() && (m.Seq < v.first || !v.sees(m))
	if foreign || hidden || m.Recall != nil || m.Tip != nil {
		return find(ctx, in, v.conv, chat.MessageRef{})
	}
	return m, nil
}

// allowed decides who may change a message.
func (w *modifying) allowed(ctx context.Context, m *chat.Message) error {
	if m.Conv.Kind == chat.C2C {
		return nil
	}
	own := m.From == w.by.User && m.Holder == w.by.Holder
	return w.may(ctx, w.by, m, own || w.change.Body == nil && w.app.Switches.ModifyCloudByMembers)
}

// of is m with the change, nil when it is so already. k is what has come out of the new
// body, f what that names.
func (c *Modification) of(m *chat.Message, k *cut, f *files, limits *chat.Limits) (*chat.Message, error) {
	changed := *m
	if c.Body != nil {
		changed.Body, changed.Media = c.Body, f.number()
	}
	if c.Cloud != nil {
		changed.Cloud = *c.Cloud
	}
	if bytes.Equal(changed.Body, m.Body) && changed.Cloud == m.Cloud {
		return nil, nil
	}
	if k != nil {
		changed.Body = k.body
	}
	changed.Version++
	return &changed, chat.CheckSize(limits, changed.Body, changed.Cloud)
}

// put replaces the message and tells those who see it.
func (w *modifying) put(ctx context.Context, t *ledger.Turn, m *chat.Message) error {
	t.Commit.Edits = []*chat.Message{m}
	t.Commit.Events = []*chat.ConvEvent{{
		Conv: m.Conv, Time: t.Ms, Kind: chat.EventModify, By: w.by.User, Seq: m.Seq, MsgID: m.ID(),
		Message: m, Expires: m.Expires,
	}}
	return tellApart(ctx, t, m, chat.UserModify, w.member)
}
