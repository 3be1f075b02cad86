package form

import (
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/wire"
)

// putReceiptNumbers writes how many have read a message. IsPeerRead is C2C's
// alone, where there is one peer: a choice.
func putReceiptNumbers(dst []byte, kind chat.Kind, r *chat.ReceiptCount) []byte {
	dst = wire.PutUint(dst, "ReadNum", uint64(r.Read))
	dst = wire.PutUint(dst, "UnreadNum", uint64(r.Unread()))
	if kind == chat.C2C {
		dst = wire.PutBit(dst, "IsPeerRead", r.Read > 0)
	}
	return dst
}

// PutReceiptList writes the messages of a receipt event or of msg.receipts. The
// name of the list is a choice. Code is there only when there is no receipt.
func PutReceiptList(dst []byte, kind chat.Kind, list []chat.ReceiptCount) []byte {
	dst = append(wire.PutName(dst, "ReceiptList"), '[')
	for i := range list {
		r := &list[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.PutUint(append(dst, '{'), "MsgSeq", uint64(r.Seq))
		if r.Code != 0 {
			dst = wire.PutInt(dst, "Code", int64(r.Code))
		} else {
			dst = wire.PutText(dst, "MsgId", r.ID)
			dst = putReceiptNumbers(dst, kind, r)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
