package message

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// ImportMode is SyncFromOldSystem (spec/04 §5).
type ImportMode int

// The modes.
const (
	ImportLive    ImportMode = 1 // counts as unread
	ImportHistory ImportMode = 2 // was read elsewhere
	ImportPushed  ImportMode = 5 // as ImportLive, and clients who are online get it
)

// ImportedC2C is a one-to-one message that was sent elsewhere.
type ImportedC2C struct {
	Mode        ImportMode
	From, To    chat.UserID
	Time        int64 // Unix seconds
	Seq, Random *uint32
	Body        json.RawMessage
	Cloud       string
}

// ImportC2C appends a one-to-one message that was sent elsewhere (spec/04 §5); one that is
// there already, from either side, is passed over. What is to be history must not be older
// than the newest message there is, nor to come (90006); what is live moves between the two. No
// webhook event comes of it.
func (s *Service) ImportC2C(ctx context.Context, by chat.Actor, one ImportedC2C) error {
	app, err := s.ledger.App(by.App)
	switch {
	case err != nil:
		return err
	case !by.Admin():
		return chat.Refuse(chat.CodeMsgNeedAdmin, "app administrators only")
	case one.Mode != ImportLive && one.Mode != ImportHistory && one.Mode != ImportPushed:
		return chat.Refuse(chat.CodeBadImport, "SyncFromOldSystem is none of 1, 2 and 5")
	}
	to := chat.ToUser(one.To)
	if err := checkTarget(to); err != nil {
		return err
	}
	if !one.From.Valid() {
		return chat.Refuse(chat.CodeBadFrom, "")
	}
	if err := chat.CheckFits(&app.Limits, one.Body, one.Cloud); err != nil {
		return err
	}
	if err := chat.CheckBody(one.Body); err != nil {
		return err
	}
	if one.Body, err = s.passed(ctx, by.App, one.Body); err != nil {
		return err
	}
	conv := to.Of(by.App, one.From)
	k, err := s.fit(ctx, by, app, conv, one.Body, one.Cloud, foreign)
	if err != nil {
		return err
	}
	f, err := s.files(ctx, by, one.Body, k)
	if err != nil {
		return err
	}
	if k != nil {
		one.Body = k.body
	}
	return s.ledger.Change(ctx, conv.Shard(), 0, func(ctx context.Context, t *ledger.Turn) error {
		return importOne(ctx, t, app, one, k, f)
	})
}

// importOne is the turn of ImportC2C; k is what has come out of the body, f what it names.
func importOne(ctx context.Context, t *ledger.Turn, app *chat.App, one ImportedC2C, k *cut, f *files) error {
	parties, err := t.Read.Accounts(ctx, app.ID, []chat.UserID{one.From, one.To})
	switch {
	case err != nil:
		return err
	case parties[0] == nil:
		return chat.Refuse(chat.CodeBadFrom, "From_Account is not registered")
	case parties[1] == nil:
		return chat.Refuse(chat.CodeToUnknown, "")
	}
	m := &chat.Message{
		Conv: t.Shard.Conv(), From: one.From, Holder: parties[0].Holder, Time: one.Time * 1000,
		Random: t.Read.Random(), SenderSeq: t.Read.Random(), Body: one.Body, Cloud: one.Cloud, Expires: t.Read.Expiry(app),
		Media: f.number(),
	}
	if one.Random != nil {
		m.Random = *one.Random
	}
	if one.Seq != nil {
		m.SenderSeq, m.Chosen = *one.Seq, true
	}
	if one.Random != nil && one.Seq != nil {
		m.Dedup = importedKey(m, parties[1].Holder)
		first, err := t.Read.Seen(ctx, m.Conv, m.Dedup)
		if err != nil {
			return fmt.Errorf("look for a duplicate: %w", err)
		}
		if first != nil {
			return nil
		}
	}
	if err := one.place(t, m); err != nil {
		return err
	}
	t.Commit.Messages, t.Commit.Quiet = []*chat.Message{m}, one.Mode != ImportPushed
	t.Commit.Rows = append(t.Commit.Rows, k.rows(m)...)
	t.Commit.Mirrors = append(t.Commit.Mirrors, f.rows(m)...)
	return listBoth(ctx, t, m)
}

// place sees to the time of a message, which takes the next place of its conversation.
func (one *ImportedC2C) place(t *ledger.Turn, m *chat.Message) error {
	if one.Mode != ImportHistory {
		m.Time = max(min(m.Time, t.Ms), t.Head.Time)
		return nil
	}
	m.Control |= chat.Imported
	if one.Time < t.Head.Time/1000 || one.Time > t.Sec() {
		return chat.Refuse(chat.CodeBadTimestamp, "MsgTimeStamp is before the newest message, or to come")
	}
	return nil
}

// listBoth puts a conversation into those lists of its parties that lack it.
func listBoth(ctx context.Context, t *ledger.Turn, m *chat.Message) error {
	for _, u := range []chat.UserID{m.From, m.Peer()} {
		has, err := t.Read.HasPeer(ctx, m.Conv.App, u, m.Conv.Peer(u))
		if err != nil {
			return err
		}
		if !has {
			ledger.ListPeer(t.Commit, u, m.Conv.Peer(u), m.Time)
		}
	}
	return nil
}

// importedKey makes an imported message known when it comes again, from either side;
// peer is which holder of the receiver's name it was for.
func importedKey(m *chat.Message, peer uint32) chat.DedupKey {
	b := []byte{'o'}
	b = binary.BigEndian.AppendUint32(b, m.SenderSeq)
	b = binary.BigEndian.AppendUint32(b, m.Random)
	b = binary.BigEndian.AppendUint64(b, uint64(m.Time/1000))
	b = binary.BigEndian.AppendUint32(b, min(m.Holder, peer))
	b = binary.BigEndian.AppendUint32(b, max(m.Holder, peer))
	sum := sha256.Sum256(b)
	return chat.DedupKey(sum[:16])
}
