package call

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/grouptype"
)

// Bounds of calls (spec/00 §5): all are choices.
const (
	MaxTimeout  = 24 * 60 * 60 // seconds
	MaxInvitees = 50
	maxData     = 2048 // bytes
	maxInviteID = 64   // bytes
	openByUser  = 10   // that one user has made
	openInConv  = 20   // of one conversation
)

// Invitation is a call as somebody makes it.
type Invitation struct {
	To         chat.Target
	ID         string        // InviteID, "": the server's
	Invitees   []chat.UserID // in C2C the other, also when it is empty
	Data       string        // the app's own, at most 2,048 bytes
	Timeout    int64         // seconds, 1 to MaxTimeout
	OnlineOnly bool          // OnlineOnlyFlag
	Push       json.RawMessage
}

// errAgain says that a signal has been sent before, by the same device.
var errAgain = errors.New("sent before")

// Invite invites others to a call and returns its InviteID (spec/00 §5, signal.invite). A
// repetition with the same InviteID has no second effect. 8012 when the InviteID is that of another
// call; what refuses a message refuses an invitation too.
func (s *Service) Invite(ctx context.Context, by chat.Actor, in Invitation) (string, error) {
	if first := chat.ClaimOf(ctx).Repeats(); first != nil && first.Seq != 0 {
		return s.firstID(ctx, by, &in, first)
	}
	if err := in.check(by); err != nil {
		return "", err
	}
	app, err := s.ledger.App(by.App)
	if err != nil {
		return "", err
	}
	conv := in.To.Of(by.App, by.User)
	if in.ID == "" {
		in.ID = s.newID()
	} else if known, err := s.known(ctx, by, conv, in.ID); known || err != nil {
		return in.ID, err
	}
	counts := true
	if conv.Kind == chat.InGroup {
		if counts, err = s.checkGroup(ctx, app, by, conv, in.Invitees); err != nil {
			return "", err
		}
	}
	if err := s.checkOpen(ctx, by); err != nil {
		return "", err
	}
	c := &row{
		Inviter: by.User, Holder: by.Holder, Invitees: in.Invitees, Timeout: in.Timeout, Data: in.Data,
		OnlineOnly: in.OnlineOnly, ID: in.ID,
	}
	body, err := c.body(conv, invite, in.Invitees, in.Data)
	if err != nil {
		return "", err
	}
	d := draft(in.To, body, quiet(conv, invite, counts), c)
	d.Push, d.LifeTime = in.Push, &in.Timeout
	d.With = func(ctx context.Context, rows chat.RowReader, to *chat.Commit) error {
		return begin(ctx, rows, to, conv, c)
	}
	if err := s.send(ctx, by, d); err != nil && !errors.Is(err, errAgain) {
		return "", err
	} else if err == nil {
		s.invited.Add(1)
		s.watch(conv.App, c.ID, c.Due, c.Timeout)
	}
	return c.ID, nil
}

// begin puts a call into the commit of its invitation, on the lane of its conversation.
func begin(ctx context.Context, rows chat.RowReader, to *chat.Commit, conv chat.Conversation, c *row) error {
	have, err := callIn(ctx, rows, to.Shard, c.ID)
	if err != nil {
		return err
	}
	if have != nil {
		return same(have, c.Inviter, c.Holder)
	}
	others, err := rows.Rows(ctx, to.Shard, calls.Ask(to.Shard, "").Kind, isOpen, "", openInConv)
	if err != nil {
		return fmt.Errorf("read calls: %w", err)
	}
	if len(others) >= openInConv {
		return chat.Refuse(chat.CodeBusy, "%d calls of the conversation are open", openInConv)
	}
	m := messageOf(to)
	c.Due = m.Time + c.Timeout*1000
	c.Hidden = m.Control.Has(chat.SenderOnly)
	c.begin(to, conv)
	return nil
}

// messageOf is the signal that a commit is made of.
func messageOf(c *chat.Commit) *chat.Message {
	if len(c.Messages) > 0 {
		return c.Messages[0]
	}
	return c.Passing[0]
}

// same tells a repetition of an invitation from another's.
func same(have *row, inviter chat.UserID, holder uint32) error {
	if have.Inviter == inviter && have.Holder == holder {
		return errAgain
	}
	return chat.Refuse(chat.CodeCallTaken, "the InviteID is that of another call")
}

// known reports whether the invitation was made before; 8012 when the InviteID is taken.
func (s *Service) known(ctx context.Context, by chat.Actor, conv chat.Conversation, id string) (bool, error) {
	have, where, err := s.find(ctx, by.App, id)
	switch {
	case chat.CodeOf(err) == chat.CodeNoCall:
		return false, nil
	case err != nil:
		return false, err
	case where != conv:
		return false, chat.Refuse(chat.CodeCallTaken, "the InviteID is that of another call")
	}
	if err := same(have, by.User, by.Holder); !errors.Is(err, errAgain) {
		return false, err
	}
	return true, nil
}

// firstID is the InviteID of an invitation whose publish is repeated.
func (s *Service) firstID(ctx context.Context, by chat.Actor, in *Invitation, first *chat.Made) (string, error) {
	if in.ID != "" {
		return in.ID, nil
	}
	m, err := s.ledger.Message(ctx, in.To.Of(by.App, by.User), first.Seq)
	if err != nil {
		return "", fmt.Errorf("read the first invitation: %w", err)
	}
	one := signalOf(m)
	if one == nil {
		return "", noCall()
	}
	return one.InviteID, nil
}

// newID draws an InviteID.
func (s *Service) newID() string {
	var b []byte
	for range 4 {
		n := s.ledger.Random()
		b = append(b, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return hex.EncodeToString(b)
}

// check checks the form of an invitation, and names the other in C2C.
func (in *Invitation) check(by chat.Actor) error {
	switch {
	case in.Timeout < 1 || in.Timeout > MaxTimeout:
		return chat.Refuse(chat.CodeBadJSON, "Timeout has to be between 1 and %d seconds", MaxTimeout)
	case len(in.Data) > maxData:
		return chat.Refuse(chat.CodeBadJSON, "Data is longer than %d bytes", maxData)
	case len(in.ID) > maxInviteID || !printable(in.ID):
		return chat.Refuse(chat.CodeBadJSON, "InviteID has to be printable ASCII of at most %d bytes", maxInviteID)
	case len(in.Invitees) > MaxInvitees:
		return chat.Refuse(chat.CodeBadJSON, "more than %d in InviteeList", MaxInvitees)
	}
	if in.To.Kind == chat.C2C && len(in.Invitees) == 0 {
		in.Invitees = []chat.UserID{in.To.User()}
	}
	if len(in.Invitees) == 0 {
		return chat.Refuse(chat.CodeBadJSON, "InviteeList is empty")
	}
	for i, u := range in.Invitees {
		switch {
		case !u.Valid():
			return chat.Refuse(chat.CodeBadJSON, "InviteeList holds what is no UserID")
		case u == by.User:
			return chat.Refuse(chat.CodeBadJSON, "InviteeList holds the caller")
		case in.To.Kind == chat.C2C && u != in.To.User():
			return chat.Refuse(chat.CodeBadJSON, "InviteeList holds another than Conv")
		case slices.Contains(in.Invitees[:i], u):
			return chat.Refuse(chat.CodeBadJSON, "InviteeList holds somebody twice")
		}
	}
	return nil
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e })
}

// checkGroup decides whether all are members of a group that has calls, and reports
// whether messages count as unread there.
func (s *Service) checkGroup(ctx context.Context, app *chat.App, by chat.Actor, conv chat.Conversation, list []chat.UserID) (bool, error) {
	g, err := s.Group(ctx, conv.App, conv.Group())
	if err != nil {
		return false, err
	}
	rules := grouptype.Of(g.Type)
	if !rules.Stored {
		return false, chat.Refuse(chat.CodeGroupNotAllowed, "%s groups have no call signals", g.Type)
	}
	if err := s.MaySpeak(ctx, by, by.User, g); err != nil { // who is no member learns of nobody
		return false, err
	}
	members, err := s.Members(ctx, conv.App, conv.Group(), list)
	if err != nil {
		return false, err
	}
	if i := slices.Index(members, nil); i >= 0 {
		return false, chat.Refuse(chat.CodeGroupParameter, "%s is no member of the group", list[i])
	}
	return rules.Counts(app), nil
}

// checkOpen refuses one who has made many calls that are open.
func (s *Service) checkOpen(ctx context.Context, by chat.Actor) error {
	list, _, err := callsOf.Page(ctx, s.ledger, chat.UserShard(by.App, by.User), "", "", openByUser)
	if err == nil && len(list) >= openByUser {
		err = chat.Refuse(chat.CodeBusy, "%d calls of the caller are open", openByUser)
	}
	return err
}
