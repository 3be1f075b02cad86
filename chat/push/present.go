package push

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Why a push is dropped before it goes out.
const (
	reasonExpired = "expired"
	reasonDevice  = "device"  // it is not there any more, or is another one
	reasonGone    = "gone"    // the message, or the task, is no more
	reasonRecall  = "recall"  //
	reasonRead    = "read"    //
	reasonDeleted = "deleted" // from the user's own view
	reasonOnline  = "online"  // a device of the user is connected
	reasonOption  = "option"  // the user does not want it pushed, or has blocked the sender
	reasonLeft    = "left"    // the user is in the group no more
)

// present makes what a device is shown, if it is still to be shown: right before it is
// sent everything is looked at again. Without a notice, reason says why.
func (s *Service) present(ctx context.Context, at place, w *waiting) (d *Device, n *Notice, reason string, err error) {
	now := s.read.NowSec()
	if w.Expires <= now {
		return nil, nil, reasonExpired, nil
	}
	d, err = s.deviceOf(ctx, at, w)
	if err != nil {
		return nil, nil, "", err
	}
	if d == nil || d.Lapsed(now) {
		return nil, nil, reasonDevice, nil
	}
	if w.TaskID != "" {
		n, err = s.taskNotice(ctx, at, w)
	} else {
		n, reason, err = s.messageNotice(ctx, at, w, d)
	}
	if err != nil || reason != "" {
		return d, nil, reason, err
	}
	if n == nil {
		return d, nil, reasonGone, nil
	}
	if at.channel == APNs && n.Badge == nil && !n.NoBadge {
		total, err := s.Unread(ctx, at.app, w.User)
		if err != nil {
			return d, nil, "", fmt.Errorf("count unread: %w", err)
		}
		n.Badge = &total
	}
	return d, n, "", nil
}

// deviceOf is the device of a row, nil when it is not the one any more: its token is
// registered elsewhere, its channel is another, the account is somebody else's.
func (s *Service) deviceOf(ctx context.Context, at place, w *waiting) (*Device, error) {
	d, err := devices.Get(ctx, s.read, chat.UserShard(at.app, w.User), w.Client)
	if err != nil || d == nil || d.Channel != at.channel || d.Holder != w.Holder {
		return nil, err
	}
	acc, err := s.read.Account(ctx, at.app, w.User)
	if err != nil || acc == nil || acc.Holder != w.Holder || acc.Blocked {
		return nil, err
	}
	is, err := tokens.Get(ctx, s.read, chat.AppShard(at.app), d.tokenKey())
	if err != nil {
		return nil, err
	}
	if is != nil && (is.User != d.User || is.Client != d.Client) {
		return nil, nil
	}
	return d, nil
}

// taskNotice is the notice of a task, nil when there is none.
func (s *Service) taskNotice(ctx context.Context, at place, w *waiting) (*Notice, error) {
	if s.loader == nil {
		return nil, nil
	}
	of, err := s.loader(ctx, at.app, w.TaskID)
	if err != nil || of == nil {
		return nil, err
	}
	n := *of
	n.TaskID, n.PushID = w.TaskID, w.PushID
	if n.Expires == 0 {
		n.Expires = w.Expires
	}
	if n.Collapse == "" {
		n.Collapse = hex(hash("task", w.TaskID))
	}
	return &n, nil
}

// messageNotice is the notice of a message; without it, reason says why.
func (s *Service) messageNotice(ctx context.Context, at place, w *waiting, d *Device) (n *Notice, reason string, err error) {
	c, now := w.conv(at.app), s.read.NowSec()
	m, err := s.read.Message(ctx, c, w.Seq)
	if chat.IsHole(err) || err == nil && m == nil {
		return nil, reasonGone, nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("read message: %w", err)
	}
	if reason, err = s.unwanted(ctx, m, w, now); err != nil || reason != "" {
		return known(m, reason, err)
	}
	called, reason, err := s.called(ctx, m, w.User)
	if err != nil || reason != "" {
		return known(m, reason, err)
	}
	n = noticeOf(m, called, languageOf(d.Lang), at.channel)
	n.message = m
	if at.channel == Webhook {
		if n.Trace, err = ledger.TraceOf(ctx, s.read, m); err != nil {
			return nil, "", err
		}
	}
	return n, "", nil
}

// known is the answer for a message that is not pushed.
func known(_ *chat.Message, reason string, err error) (*Notice, string, error) {
	return nil, reason, err
}

// unwanted says why a user is not pushed a message, "" when they are.
func (s *Service) unwanted(ctx context.Context, m *chat.Message, w *waiting, now int64) (reason string, err error) {
	switch _, ok := pushable(m, now); {
	case m.Recall != nil:
		return reasonRecall, nil
	case !ok:
		return reasonExpired, nil
	case !m.VisibleTo(w.User):
		return reasonGone, nil
	case s.online(m.Conv.App, w.User):
		return reasonOnline, nil
	}
	mark, err := s.read.Mark(ctx, m.Conv, w.User)
	if err != nil {
		return "", err
	}
	if m.Seq <= mark.Seq || m.Seq < mark.First() {
		return reasonRead, nil
	}
	gone, err := ledger.Deleted(ctx, s.read, m.Conv, w.User, mark.Deleted, m.Seq)
	if err != nil {
		return "", fmt.Errorf("read deletions: %w", err)
	}
	if gone[m.Seq] {
		return reasonDeleted, nil
	}
	if m.Conv.Kind == chat.C2C {
		return s.unwantedC2C(ctx, m, w.User)
	}
	return s.unwantedGroup(ctx, m, w.User)
}

func (s *Service) unwantedC2C(ctx context.Context, m *chat.Message, u chat.UserID) (string, error) {
	o, err := s.Option(ctx, m.Conv, u)
	if err != nil {
		return "", err
	}
	blocked, err := s.Blocked(ctx, m.Conv.App, u, m.From)
	if err != nil {
		return "", err
	}
	if blocked || !wanted(o, m, u) {
		return reasonOption, nil
	}
	return "", nil
}

func (s *Service) unwantedGroup(ctx context.Context, m *chat.Message, u chat.UserID) (string, error) {
	g := m.Conv.Group()
	list, err := s.MembersNamed(ctx, m.Conv.App, g, []chat.UserID{u})
	if err != nil {
		return "", err
	}
	if list[0] == nil || list[0].Joined > m.Seconds()+1 {
		return reasonLeft, nil
	}
	flags, err := s.Flags(ctx, m.Conv.App, g, list)
	if err != nil {
		return "", err
	}
	if !wanted(flags[0], m, u) {
		return reasonOption, nil
	}
	return "", nil
}

// called is how the sender and the group are called; reason is set when the group is no
// more.
func (s *Service) called(ctx context.Context, m *chat.Message, _ chat.UserID) (n names, reason string, err error) {
	if m.Author != nil {
		n.sender = m.Author.NameCard
		if n.sender == "" {
			n.sender = m.Author.Nick
		}
	}
	if n.sender == "" {
		acc, err := s.read.Account(ctx, m.Conv.App, m.From)
		if err != nil {
			return n, "", err
		}
		if acc != nil && acc.Holder == m.Holder {
			n.sender = acc.Nick
		}
	}
	if m.Conv.Kind != chat.InGroup {
		return n, "", nil
	}
	g, err := s.Group(ctx, m.Conv.App, m.Conv.Group())
	if err != nil || g == nil {
		return n, reasonGone, err
	}
	n.group = g.Name
	return n, "", nil
}
