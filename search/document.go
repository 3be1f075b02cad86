package search

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/teahouse-im/teahouse/chat"
	room "github.com/teahouse-im/teahouse/chat/search"
)

// The fields of documents. A name has its words in the field of its kind.
const (
	fieldText = "t" // words of messages
	fieldMark = "k" // marks: a class, and what is so
)

// class says what a mark is of.
type class byte

// The classes.
const (
	ofConv    class = 'c' // conversation
	ofParty   class = 'p' // the two users of a one-to-one conversation
	ofFrom    class = 'f' // sender
	ofType    class = 'm' // MsgType
	ofExpires class = 'x' // the hour
	ofRound   class = 'r' // of names: kind and round
)

// mark is the term of a mark.
func mark(c class, what string) string { return string(rune(c)) + what }

// messageKind begins the ids of messages; those of names begin with their kind.
const messageKind = 'm'

// messageKey is the id of a message: ids are in the order of time.
func messageKey(m room.MessageID) string {
	b := make([]byte, 0, 1+8+8+3+len(m.Conv.A)+len(m.Conv.B))
	b = append(b, messageKind)
	b = binary.BigEndian.AppendUint64(b, uint64(max(m.Time, 0)))
	b = binary.BigEndian.AppendUint64(b, uint64(m.Seq))
	return string(appendConv(b, m.Conv))
}

// appendConv writes a conversation of the app of the index.
func appendConv(b []byte, c chat.Conversation) []byte {
	b = append(b, byte(c.Kind))
	b = binary.AppendUvarint(b, uint64(len(c.A)))
	return append(append(b, c.A...), c.B...)
}

func convTerm(c chat.Conversation) string { return string(appendConv(nil, c)) }

func readConv(app chat.AppID, s string) (chat.Conversation, error) {
	c := chat.Conversation{App: app}
	if s == "" {
		return c, errKey
	}
	n, size := binary.Uvarint([]byte(s[1:min(len(s), 1+binary.MaxVarintLen64)]))
	if size <= 0 || n > uint64(len(s)-1-size) {
		return c, errKey
	}
	rest := s[1+size:]
	c.Kind, c.A, c.B = chat.Kind(s[0]), rest[:n], rest[n:]
	if c.Shard().Conv() != c || !c.Shard().Valid() {
		return c, errKey
	}
	return c, nil
}

// errKey is that of an id that nobody has written.
var errKey = fmt.Errorf("%w: an id is none", room.ErrDamaged)

// keyHead is what of a message's id stands before its conversation.
const keyHead = 1 + 8 + 8

func readMessageKey(app chat.AppID, key string) (m room.MessageID, err error) {
	if len(key) < keyHead || key[0] != messageKind {
		return m, errKey
	}
	m.Time = int64(binary.BigEndian.Uint64([]byte(key[1:9])))
	m.Seq = chat.Seq(binary.BigEndian.Uint64([]byte(key[9:keyHead])))
	m.Conv, err = readConv(app, key[keyHead:])
	return m, err
}

func nameKey(kind room.NameKind, id string) string { return string(kind) + id }

func roundTerm(kind room.NameKind, round uint32) string {
	return string(kind) + strconv.FormatUint(uint64(round), 36)
}

// hourTerm sorts by time.
func hourTerm(hour int64) string { return fmt.Sprintf("%08x", max(hour, 0)) }

// hourSeconds is how exactly expiry is noted: messages that have expired are shown to nobody
// anyway.
const hourSeconds = 60 * 60

// field is a field whose terms are known.
type field struct {
	name string
	list terms
}

var _ document.Field = (*field)(nil)

// Name implements document.Field.
func (f *field) Name() string { return f.name }

// ArrayPositions implements document.Field.
func (f *field) ArrayPositions() []uint64 { return nil }

// Options implements document.Field: lists of documents, and nothing else.
func (f *field) Options() index.FieldIndexingOptions { return index.IndexField | index.SkipFreqNorm }

// Analyze implements document.Field.
func (f *field) Analyze() {}

// Value implements document.Field.
func (f *field) Value() []byte { return nil }

// NumPlainTextBytes implements document.Field.
func (f *field) NumPlainTextBytes() uint64 { return 0 }

// Size implements document.Field.
func (f *field) Size() int { return 64 * len(f.list) }

// EncodedFieldType implements document.Field.
func (f *field) EncodedFieldType() byte { return 't' }

// AnalyzedLength implements document.Field.
func (f *field) AnalyzedLength() int { return len(f.list) }

// AnalyzedTokenFrequencies implements document.Field.
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies {
	return index.TokenFrequencies(f.list)
}

// words adds a field with the terms of texts, if there are any.
func words(d *document.Document, name string, texts []room.Words) {
	t := terms{}
	for _, text := range texts {
		t.addWords(text)
	}
	if len(t) > 0 {
		d.AddField(&field{name, t})
	}
}

func messageDocument(m *room.Message) *document.Document {
	d := document.NewDocument(messageKey(m.MessageID))
	words(d, fieldText, m.Texts)
	marks := terms{}
	marks.add(mark(ofConv, convTerm(m.Conv)))
	if m.Conv.Kind == chat.C2C {
		marks.add(mark(ofParty, m.Conv.A))
		marks.add(mark(ofParty, m.Conv.B))
	}
	marks.add(mark(ofFrom, string(m.From)))
	for _, t := range m.Types {
		marks.add(mark(ofType, t))
	}
	if m.Expires > 0 {
		marks.add(mark(ofExpires, hourTerm((m.Expires+hourSeconds-1)/hourSeconds)))
	}
	d.AddField(&field{fieldMark, marks})
	return d
}

func nameDocument(n *room.Name) *document.Document {
	d := document.NewDocument(nameKey(n.Kind, n.ID))
	words(d, string(n.Kind), n.Texts)
	d.AddField(&field{fieldMark, terms{mark(ofRound, roundTerm(n.Kind, n.Round)): once}})
	return d
}
