package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// AppendAck writes what a client gets on im/ack for a publish (spec/00 §4). topic is
// the one published to, as the client wrote it; packet is 0 for QoS 0. Reads and recalls
// have a zero Receipt, whose members are left out.
func AppendAck(dst []byte, topic string, packet uint16, r chat.Receipt) []byte {
	dst = append(dst, '{')
	dst = wire.PutText(dst, "Topic", topic)
	dst = wire.PutTextIf(dst, "ClientMsgId", r.ClientMsgID)
	dst = wire.PutUint(dst, "PacketId", uint64(packet))
	if r.ID != "" {
		dst = PutReceipt(dst, r)
	}
	dst = wire.PutTextIf(dst, "MsgDropReason", r.DropReason)
	return append(dst, '}')
}

// AppendBriefAck is AppendAck for a client whose packets are too small for the whole: what the
// history tells as well is left out, and so is a topic or clientMsgID that is empty.
func AppendBriefAck(dst []byte, topic, clientMsgID string, packet uint16, r chat.Receipt) []byte {
	dst = append(dst, '{')
	dst = wire.PutTextIf(dst, "Topic", topic)
	dst = wire.PutTextIf(dst, "ClientMsgId", clientMsgID)
	dst = wire.PutUint(dst, "PacketId", uint64(packet))
	if r.Seq > 0 {
		dst = wire.PutUint(dst, "MsgSeq", uint64(r.Seq))
	}
	dst = wire.PutTextIf(dst, "MsgDropReason", r.DropReason)
	return append(dst, '}')
}

// PutReceipt writes what a send is answered, on im/ack and to msg.send.
func PutReceipt(dst []byte, r chat.Receipt) []byte {
	dst = wire.PutText(dst, "MsgId", r.ID)
	dst = wire.PutText(dst, "MsgKey", r.Key)
	dst = wire.PutUint(dst, "MsgSeq", uint64(r.Seq))
	if r.Seq > 0 {
		dst = putPrev(dst, r.Seq, r.Prev)
	}
	dst = wire.PutInt(dst, "MsgTime", r.Time/1000)
	return wire.PutInt(dst, "MsgTimeMs", r.Time)
}

// AppendErr writes what a client gets on im/err (spec/00 §4). clientMsgID and msgID
// may be empty.
func AppendErr(dst []byte, topic, clientMsgID, msgID string, packet uint16, err error) []byte {
	code, info := chat.Outward(err)
	dst = append(dst, '{')
	dst = wire.PutText(dst, "Topic", topic)
	dst = wire.PutTextIf(dst, "ClientMsgId", clientMsgID)
	dst = wire.PutTextIf(dst, "MsgId", msgID)
	dst = wire.PutUint(dst, "PacketId", uint64(packet))
	dst = wire.PutInt(dst, "ErrorCode", int64(code))
	dst = wire.PutText(dst, "ErrorInfo", info)
	return append(dst, '}')
}

// AppendBriefErr is AppendErr for a client whose packets are too small for the whole: ErrorInfo
// is empty, and a topic or clientMsgID that is empty is left out.
func AppendBriefErr(dst []byte, topic, clientMsgID string, packet uint16, err error) []byte {
	code, _ := chat.Outward(err)
	dst = append(dst, '{')
	dst = wire.PutTextIf(dst, "Topic", topic)
	dst = wire.PutTextIf(dst, "ClientMsgId", clientMsgID)
	dst = wire.PutUint(dst, "PacketId", uint64(packet))
	dst = wire.PutInt(dst, "ErrorCode", int64(code))
	dst = wire.PutText(dst, "ErrorInfo", "")
	return append(dst, '}')
}
