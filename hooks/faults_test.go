package hooks

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

var errDisk = errors.New("disk on fire")

// storeCalls are the methods of the store that requests and publishes reach.
var storeCalls = []string{
	"Apply", "Head", "Heads", "Senders", "Message", "Messages", "SeqAtTime", "SeqsAtClock", "Seen",
	"ConvEvents", "UserEvents", "Row", "Rows", "RowsOf",
}

// requests has a body for every method of the table that brings it to the store.
var requests = map[string]string{
	"me":   `{}`,
	"help": `{}`, // asks nobody

	"group.create":   `{"Type":"Public","GroupId":"new","Name":"New","MemberList":[{"Member_Account":"bob"}]}`,
	"group.get":      `{"GroupIdList":["lobby","theirs"]}`,
	"group.update":   `{"GroupId":"lobby","Name":"Lobby"}`,
	"group.transfer": `{"GroupId":"lobby","NewOwner_Account":"bob"}`,
	"group.destroy":  `{"GroupId":"lobby"}`,
	"group.muteall":  `{"GroupId":"lobby","ShutUpAllMember":"On"}`,
	"group.quit":     `{"GroupId":"hushed"}`,
	"group.join":     `{"GroupId":"theirs"}`,
	"group.requests": `{"GroupId":"lobby"}`,
	"group.approve":  `{"GroupId":"lobby","Applicant_Account":"cat","Action":"Approve"}`,
	"group.joined":   `{}`,
	"group.members":  `{"GroupId":"lobby"}`,
	"group.invite":   `{"GroupId":"lobby","MemberList":[{"Member_Account":"cat"}]}`,
	"group.kick":     `{"GroupId":"lobby","MemberToDel_Account":["bob"]}`,
	"group.member":   `{"GroupId":"lobby","Member_Account":"bob","NameCard":"Bob"}`,
	"group.role":     `{"GroupId":"lobby","Member_Account":"bob","Role":"Admin"}`,
	"group.mute":     `{"GroupId":"lobby","Members_Account":["bob"],"MuteTime":60}`,
	"group.muted":    `{"GroupId":"lobby"}`,

	"conv.list": `{}`,
	"conv.get":  `{"Conv":"c2c/bob"}`,
	"sync":      `{"EventSeq":0,"Convs":{"c2c/bob":1}}`,

	"msg.send":           `{"Conv":"c2c/bob",` + textBody + `,"ClientMsgId":"m"}`,
	"msg.read":           `{"Conv":"c2c/bob"}`,
	"msg.recall":         `{"Conv":"c2c/bob","MsgSeq":1}`,
	"msg.history":        `{"Conv":"c2c/bob"}`,
	"msg.react":          `{"Conv":"c2c/bob","MsgSeq":1,"ReactionId":"tea"}`,
	"msg.unreact":        `{"Conv":"c2c/bob","MsgSeq":1,"ReactionId":"tea"}`,
	"msg.reactions":      `{"Conv":"c2c/bob","MsgSeqs":[1]}`,
	"msg.reaction.users": `{"Conv":"c2c/bob","MsgSeq":1,"ReactionId":"tea"}`,
	"msg.receipt.send":   `{"Conv":"c2c/bob","MsgSeqs":[2]}`,
	"msg.receipts":       `{"Conv":"group/lobby","MsgSeqs":[1]}`,
	"msg.readers":        `{"Conv":"group/lobby","MsgSeq":1,"Filter":0}`,

	"black.add":    `{"To_Account":["bob"]}`,
	"black.delete": `{"To_Account":["bob"]}`,
	"black.get":    `{}`,
	"status.get":   `{"To_Account":["bob"]}`,
}

func TestExplore(t *testing.T) {
	for m := range requests {
		h, s := openFaulty(t)
		c := h.enter(login{})
		before := map[string]int{}
		for _, p := range storeCalls {
			before[p] = s.Calls(p)
		}
		c.publish(1, "im/req/"+m+"/r", requests[m])
		got := c.next()
		c.next()
		var calls []string
		for _, p := range storeCalls {
			n := s.Calls(p) - before[p]
			if n > 0 {
				calls = append(calls, fmt.Sprint(p, n))
			}
			for i := range n {
				h, s := openFaulty(t)
				c := h.enter(login{})
				s.Fail(p, i+1, errDisk)
				c.publish(1, "im/req/"+m+"/r", requests[m])
				got := c.next()
				c.next()
				var code int
				fmt.Sscanf(strings.TrimPrefix(got.line, "im/res/r "), "%d", &code)
				fault := chat.Code(code).Class() == chat.Fault && code != 0
				if !fault || h.log.count(errDisk.Error()) != 1 || strings.Contains(string(got.payload), "fire") {
					fmt.Println("   ", m, p, i+1, got.line, h.log.count(errDisk.Error()), string(got.payload))
				}
			}
		}
		fmt.Println(m, got.line, calls)
	}
}

func openFaulty(t *testing.T) (*house, *faulty.Store) {
	var s *faulty.Store
	h := open(t, setup{store: func(st chat.Store) chat.Store { s = faulty.New(st); return s }})
	h.mayFault = true
	return h, s
}
