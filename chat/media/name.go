package media

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/url"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
	"github.com/teahouse-im/teahouse/wire"
)

// Bounds of naming. They are choices (spec/05).
const (
	maxNamed  = 300 // files that one message may name
	maxLooked = 500 // messages that are looked at to find one that the caller may read
	refPage   = 100
)

// ref says that a message names a file. It is a hint: whether there still is such a message is
// seen there.
type ref struct {
	App  chat.AppID
	Kind chat.Kind // with A and B the conversation
	A, B string
	Seq  chat.Seq
	Note uint32 // Message.Media
}

func (r *ref) conv() chat.Conversation {
	return chat.Conversation{App: r.App, Kind: r.Kind, A: r.A, B: r.B}
}

// refs lie with their file, by refKey. They are written with the message, and expire with it.
var refs = ledger.Table(record.MediaRef, func(f *record.Fields, r *ref) {
	record.Int(f, 1, &r.Kind)
	record.Text(f, 2, &r.A)
	record.Text(f, 3, &r.B)
	record.Int(f, 4, &r.Seq)
	record.Int(f, 5, &r.Note)
}).Named(func(r *ref, s chat.Shard, _ string) { r.App = s.App })

// refKey is where a file has its row of a message. Random and Media of a message tell it from
// others of its conversation.
func refKey(id ID, m *chat.Message) string {
	b := append([]byte(m.Conv.String()), 0)
	b = binary.BigEndian.AppendUint32(b, m.Media)
	b = binary.BigEndian.AppendUint32(b, m.Random)
	sum := sha256.Sum256(b)
	return string(id) + string(sum[:12])
}

// named is a file that a message is about to name.
type named struct {
	id        ID
	addresses []string // as they stand in the message
}

// namedIn lists the files that bodies and lists of merged messages name, each once.
func namedIn(bodies, lists [][]byte) ([]named, error) {
	var all []named
	at := map[ID]int{}
	use := func(s slot) bool {
		i, known := at[s.id]
		if !known {
			if len(all) == maxNamed {
				return false
			}
			i = len(all)
			at[s.id], all = i, append(all, named{id: s.id})
		}
		if s.text != nil && len(all[i].addresses) < 4 {
			all[i].addresses = append(all[i].addresses, string(wire.Unquote(s.text)))
		}
		return true
	}
	few := true
	for _, body := range bodies {
		few = few && (!Names(body) || eachNamed(body, use))
	}
	for _, list := range lists {
		few = few && (!Names(list) || eachMerged(list, use))
	}
	if !few {
		return nil, chat.Refuse(chat.CodeBadElement, "it names more than %d files", maxNamed)
	}
	return all, nil
}

// Names reports whether a text may name files of ours; what does not costs nothing else.
func (s *Service) Names(text []byte) bool { return s.On() && Names(text) }

// Admit decides about a message that by sends: it has a checked body, and the lists that came
// out of it. Each file of ours that it names has to be there, not banned, and one that by may name:
// their own, or one whose address in the message is a valid one, or one that a message names which
// they may read. Administrators may name any. 90010 otherwise. What is no UUID or address of ours
// is not looked at.
func (s *Service) Admit(ctx context.Context, by chat.Actor, body []byte, lists [][]byte) ([]string, error) {
	all, err := namedIn([][]byte{body}, lists)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	ids := make([]string, len(all))
	asks := make([]chat.RowAsk, len(all))
	for i, n := range all {
		ids[i], asks[i] = string(n.id), objects.Ask(n.id.shard(by.App), string(n.id))
	}
	found, err := objects.Of(ctx, s.read, asks)
	if err != nil {
		return nil, err
	}
	for i, o := range found {
		if o, err = s.settled(ctx, o); err != nil {
			return nil, err
		}
		switch {
		case o == nil || o.State != ready || o.Banned:
			return nil, chat.Refuse(chat.CodeBadElement, "the file %s is not there", all[i].id)
		case by.Admin() || s.shown(by.App, all[i]):
			continue
		}
		if may, err := s.mayRead(ctx, by, o); err != nil {
			return nil, err
		} else if !may {
			return nil, chat.Refuse(chat.CodeBadElement, "the file %s is not the sender's", all[i].id)
		}
	}
	return ids, nil
}

// shown reports whether a message has a valid address of a file that it names.
func (s *Service) shown(app chat.AppID, n named) bool {
	for _, text := range n.addresses {
		p, query, ok := parseAddress(text)
		if ok && p.app == app && p.id == n.id && s.opens(p, query) {
			return true
		}
	}
	return false
}

// opens reports whether an address can be read by.
func (s *Service) opens(p place, query url.Values) bool {
	_, ok := s.Addresses.valid(p, query)
	return ok && p.variant != toUpload
}

// owns reports whether the caller has sent the file.
func owns(by chat.Actor, o *Object) bool { return o.Owner == by.User && o.Holder == by.Holder }

// mayRead reports whether the caller may have addresses of a file: their own, an avatar, or one
// that a message names which they may read. Of a file that very many name not all are looked at.
func (s *Service) mayRead(ctx context.Context, by chat.Actor, o *Object) (bool, error) {
	if by.Admin() || owns(by, o) || o.Kind == Avatar {
		return true, nil
	}
	closed := map[chat.Conversation]bool{} // those that the caller may not read at all
	looked := 0
	for after := ""; looked < maxLooked; {
		list, keys, err := refs.Page(ctx, s.read, o.ID.shard(o.App), string(o.ID), after, refPage)
		if err != nil {
			return false, err
		}
		for _, r := range list {
			conv := r.conv()
			if closed[conv] || conv.Kind == chat.C2C && !conv.Has(by.User) {
				continue
			}
			looked++
			m, err := s.Message(ctx, by, conv, r.Seq)
			switch {
			case chat.IsFault(err):
				return false, err
			case err != nil:
				closed[conv] = true
			case m != nil && m.Media == r.Note && m.Recall == nil:
				return true, nil
			}
			if looked == maxLooked {
				break
			}
		}
		if len(keys) < refPage {
			break
		}
		after = keys[len(keys)-1]
	}
	return false, nil
}

// Refs are the rows by which files know the message that names them, for its own commit: none
// comes of one that is a duplicate.
func (s *Service) Refs(m *chat.Message, ids []string) []chat.Mirror {
	rows := make([]chat.Mirror, len(ids))
	for i, text := range ids {
		id := ID(text)
		row := refs.Gone(refKey(id, m))
		row.Expires = m.Expires
		row.Late = func(chat.Numbers) []byte {
			if m.Duplicate != nil {
				return nil
			}
			return refs.Row("", &ref{Kind: m.Conv.Kind, A: m.Conv.A, B: m.Conv.B, Seq: m.Seq, Note: m.Media}).Value
		}
		rows[i] = chat.Mirror{Shard: id.shard(m.Conv.App), Row: row}
	}
	return rows
}

// Unrefs are the rows that remove those of a message which is recalled or changed: of what its
// body names. What stood in lists that came out of it the sweep finds.
func (s *Service) Unrefs(m *chat.Message) (rows []chat.Mirror) {
	if m.Media == 0 {
		return nil
	}
	all, err := namedIn([][]byte{m.Body}, nil)
	if err != nil {
		return nil
	}
	for _, n := range all {
		rows = append(rows, chat.Mirror{Shard: n.id.shard(m.Conv.App), Row: refs.Gone(refKey(n.id, m))})
	}
	return rows
}

// Released says that a message was recalled or changed: what its body named, and nobody else
// does, can be read no more. What fails is left to the sweep.
func (s *Service) Released(ctx context.Context, m *chat.Message) {
	if m.Media == 0 || !s.On() {
		return
	}
	all, err := namedIn([][]byte{m.Body}, nil)
	for _, n := range all {
		if err == nil {
			err = s.doubted(ctx, m.Conv.App, n.id)
		}
	}
	s.warn("recall or change", err)
}

// Fresh is a message with the present addresses of its files; see [Addresses.Message].
func (s *Service) Fresh(m *chat.Message) *chat.Message {
	if !s.On() {
		return m
	}
	return s.Addresses.Message(m)
}

// FreshList is the list of a merged message with present addresses.
func (s *Service) FreshList(app chat.AppID, list []byte) []byte {
	if !s.On() {
		return list
	}
	return s.Addresses.List(app, list)
}
