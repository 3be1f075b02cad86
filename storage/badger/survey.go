package badger

import (
	"fmt"
	"strings"

	engine "github.com/dgraph-io/badger/v4"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/record"
)

// Tally is how much there is of something.
type Tally struct {
	Entries int64 `json:"entries"`
	Bytes   int64 `json:"bytes"` // of keys and values as they were written, before they are packed
}

func (t *Tally) add(bytes int64) {
	t.Entries++
	t.Bytes += bytes
}

// SurveyOf is what there is of an app, or (app 0) of the server itself.
type SurveyOf struct {
	Tally
	Kinds         map[string]*Tally // by what an entry is: message, session, row: account, …
	Users, Groups int64
	Conversations int64 // with a message that is still there
	Messages      int64
	Oldest        int64 // message, Unix milliseconds; 0: there is none
	Newest        int64
}

// Survey counts everything that a store holds, by app; what has expired is not counted. It
// keeps a few numbers for each app, and reads values of two messages of each conversation alone.
func (s *Store) Survey() (map[chat.AppID]*SurveyOf, error) {
	v := s.view()
	defer v.discard()
	c := &survey{v: v, apps: map[chat.AppID]*SurveyOf{}}
	err := v.scan(nil, nil, func(key []byte, item *engine.Item) (bool, error) {
		s.hasRead(len(key))
		return true, c.entry(key, item)
	})
	if err == nil {
		err = c.ended()
	}
	return c.apps, err
}

// survey is one run of Survey.
type survey struct {
	v    view
	apps map[chat.AppID]*SurveyOf
	conv chat.Conversation // of the message before
	last []byte            // its key
}

func (c *survey) of(app chat.AppID) *SurveyOf {
	one := c.apps[app]
	if one == nil {
		one = &SurveyOf{Kinds: map[string]*Tally{}}
		c.apps[app] = one
	}
	return one
}

func (c *survey) entry(key []byte, item *engine.Item) error {
	name, app, err := kindOf(key)
	if err != nil {
		return fmt.Errorf("the key %x: %w; teahouse verify shows all that is wrong", key, err)
	}
	one, bytes := c.of(app), int64(len(key))+item.ValueSize()
	one.add(bytes)
	if one.Kinds[name] == nil {
		one.Kinds[name] = new(Tally)
	}
	one.Kinds[name].add(bytes)
	switch {
	case name == rowName(record.Account):
		one.Users++
	case name == rowName(record.Group):
		one.Groups++
	case key[0] == keyMessage:
		one.Messages++
		return c.message(one, key, item)
	}
	return nil
}

// message notes when the first and the last message of each conversation were sent.
func (c *survey) message(one *SurveyOf, key []byte, item *engine.Item) error {
	r := readKey(key[1:])
	conv := r.shard(r.app()).Conv()
	if conv != c.conv {
		if err := c.ended(); err != nil {
			return err
		}
		one.Conversations++
		c.conv = conv
		if err := item.Value(func(value []byte) error { return one.saw(value) }); err != nil {
			return err
		}
	}
	c.last = append(c.last[:0], key...)
	return nil
}

// ended reads the last message of the conversation before.
func (c *survey) ended() error {
	if len(c.last) == 0 {
		return nil
	}
	one := c.of(c.conv.App)
	_, err := c.v.get(c.last, one.saw)
	c.last = c.last[:0]
	return err
}

func (o *SurveyOf) saw(value []byte) error {
	var at stamp
	if err := record.Decode(value, &at, stampFields); err != nil {
		return err
	}
	if o.Oldest == 0 || at.time < o.Oldest {
		o.Oldest = at.time
	}
	o.Newest = max(o.Newest, at.time)
	return nil
}

func rowName(k record.Kind) string { return "row: " + k.String() }

// kindOf is what a key is of, by the table of keys, and whose.
func kindOf(key []byte) (name string, app chat.AppID, err error) {
	r := readKey(key)
	prefix := r.byte()
	for _, entry := range layout {
		if entry.prefix != prefix {
			continue
		}
		name, _, _ = strings.Cut(entry.name, ":")
		for _, p := range entry.parts {
			switch p {
			case partApp:
				app = r.app()
			case partShard:
				r.shard(app)
			case partKind:
				name = rowName(record.Kind(r.kind()))
			case partText:
				r.text()
			case partNumber:
				r.number()
			case partHash:
				r.hash()
			case partRest:
				r.rest = nil
			}
		}
		return name, app, r.err()
	}
	return "", 0, errKey
}
