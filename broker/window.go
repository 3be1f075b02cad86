package broker

// window is the QoS 1 packets a client has not acknowledged, in the order they
// were sent. Packet ids are consecutive, so the window is a queue and an id a
// position in it. session.mu guards it.
//
// Its size counts from the oldest unacknowledged packet. Acknowledging out of order,
// which [MQTT-4.6.0-2] forbids, therefore gains a client nothing.
type window struct {
	size  int32
	first uint16 // id of queue[0]; 0 before the first packet
	queue []sent
}

// sent is one packet: what it carries, and its number in its log, 0 for what is in none.
type sent struct {
	f     *face
	seq   uint64 // of a message, or of a user event when it is about no conversation
	event bool   // seq is the Rev of an event about the conversation
	done  bool
}

// room is how many more packets may be sent.
func (w *window) room() int { return int(w.size) - len(w.queue) }

// next is the id the next packet will have.
func (w *window) next() uint16 {
	if w.first == 0 {
		w.first = 1
	}
	return idAfter(w.first, len(w.queue))
}

// push enters a packet that was sent with the id of next.
func (w *window) push(f *face, seq uint64) {
	w.queue = append(w.queue, sent{f: f, seq: seq})
}

// ack marks a packet as acknowledged and reports whether the id was known.
func (w *window) ack(id uint16) bool {
	i := distance(w.first, id)
	if id == 0 || i >= len(w.queue) || w.queue[i].done {
		return false
	}
	w.queue[i] = sent{done: true}
	n := 0
	for n < len(w.queue) && w.queue[n].done {
		n++
	}
	if n == 0 {
		return true
	}
	w.first = idAfter(w.first, n)
	if n == len(w.queue) {
		if cap(w.queue) > 64 {
			w.queue = nil // an idle session holds no queue
		} else {
			w.queue = w.queue[:0]
		}
		return true
	}
	w.queue = w.queue[n:]
	return true
}

// event marks the packet that was pushed last as an event about a conversation.
func (w *window) event() { w.queue[len(w.queue)-1].event = true }

// cut removes the packets from position n on and returns them.
func (w *window) cut(n int) []sent {
	rest := w.queue[n:]
	w.queue = w.queue[:n:n]
	return rest
}

// maxID is the largest packet id; 0 is none [MQTT-2.2.1-3].
const maxID = 1<<16 - 1

// idAfter is the id n places after id.
func idAfter(id uint16, n int) uint16 {
	return uint16((int(id)-1+n)%maxID + 1)
}

// distance is how many places id lies after first.
func distance(first, id uint16) int {
	return (int(id) - int(first) + maxID) % maxID
}
