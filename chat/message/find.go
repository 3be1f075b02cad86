package message

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// message reads one message, nil when it never was or has expired.
func message(ctx context.Context, in ledger.Reads, conv chat.Conversation, seq chat.Seq) (*chat.Message, error) {
	m, err := in.Message(ctx, conv, seq)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	return m, nil
}

// find looks a message up by number, MsgId or MsgKey.
func find(ctx context.Context, in ledger.Reads, conv chat.Conversation, ref chat.MessageRef) (*chat.Message, error) {
	var m *chat.Message
	var err error
	switch {
	case ref.Seq != 0:
		m, err = message(ctx, in, conv, ref.Seq)
	case ref.ID != "":
		m, err = byID(ctx, in, conv, ref.ID)
	case ref.Key != "":
		m, err = byKey(ctx, in, conv, ref.Key)
	}
	switch {
	case err != nil:
		return nil, err
	case m == nil && conv.Kind == chat.InGroup:
		return nil, chat.Refuse(chat.CodeGroupNoMessage, "")
	case m == nil:
		return nil, chat.Refuse(chat.CodeNoMessage, "")
	}
	return m, nil
}

// byID finds a message by its MsgId: ours begins with the number, a sender's
// is found by its duplicate key. Any dash may separate the two names, so each is tried.
func byID(ctx context.Context, in ledger.Reads, conv chat.Conversation, id string) (*chat.Message, error) {
	if number, _, ours := strings.Cut(id, "~"); ours {
		if seq, err := strconv.ParseUint(number, 10, 64); err == nil {
			m, err := message(ctx, in, conv, chat.Seq(seq))
			if err != nil || m != nil && m.ID() == id {
				return m, err
			}
		}
	}
	for i := 1; i < len(id) && i <= chat.MaxUserIDBytes; i++ {
		if id[i] != '-' {
			continue
		}
		m, err := byClientID(ctx, in, conv, chat.UserID(id[:i]), id[i+1:])
		if err != nil || m != nil && m.ID() == id {
			return m, err
		}
	}
	return nil, nil
}

// holdersSearched bounds how many holders of a name are looked through for a
// message; a choice.
const holdersSearched = 8

// byClientID finds the newest message of a sender with a ClientMsgId: holders of
// one name may have used the same.
func byClientID(ctx context.Context, in ledger.Reads, conv chat.Conversation, from chat.UserID, id string) (*chat.Message, error) {
	newest, err := ledger.Holder(ctx, in, conv.App, from)
	if err != nil {
		return nil, err
	}
	for n := range min(newest, holdersSearched) + 1 {
		m, err := in.Seen(ctx, conv, clientKey(from, newest-n, id))
		if err != nil {
			return nil, fmt.Errorf("find message: %w", err)
		}
		if m != nil {
			return m, nil
		}
	}
	return nil, nil
}

// keyPage bounds how many messages of one second are read at a time when a
// MsgKey is looked up.
const keyPage = 64

// byKey finds a message by its MsgKey. In groups the key's first part is the
// number; in C2C the second it was sent in narrows the search.
func byKey(ctx context.Context, in ledger.Reads, conv chat.Conversation, text string) (*chat.Message, error) {
	key, err := chat.ParseMsgKey(text)
	if err != nil {
		return nil, err
	}
	if conv.Kind == chat.InGroup {
		m, err := message(ctx, in, conv, chat.Seq(key.Seq))
		if m != nil && m.MsgKey() != key {
			m = nil
		}
		return m, err
	}
	seq, err := in.SeqAtTime(ctx, conv, key.Time*1000)
	if err != nil {
		return nil, fmt.Errorf("find time: %w", err)
	}
	for {
		page, err := in.Messages(ctx, conv, seq, false, keyPage, 1<<20)
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		if len(page) == 0 {
			return nil, nil
		}
		for _, m := range page {
			if m.MsgKey() == key {
				return m, nil
			}
			if m.Seconds() > key.Time {
				return nil, nil
			}
		}
		seq = page[len(page)-1].Seq + 1
	}
}
