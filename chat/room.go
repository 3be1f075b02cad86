package chat

import "sync"

// rooms knows who watches each AVChatRoom and how far its numbers have
// counted. Viewers are not stored (spec/20 §2): the room is empty after a restart.
type rooms struct {
	mu  sync.Mutex
	all map[Conversation]*room
}

// room is one AVChatRoom with its viewers.
type room struct {
	seq     Seq
	viewers map[UserID]int64 // joined at, Unix seconds
}

func newRooms() *rooms { return &rooms{all: map[Conversation]*room{}} }
