package push

import (
	"context"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
	"github.com/teahouse-im/teahouse/chat/record"
)

// What waits to be sent are rows in the shard of the app, one for each device and
// conversation: a newer message takes the place of the one that waits. A page of them is one
// commit with the cursor of whoever makes it, so that a crash neither loses a page nor repeats
// one. The outbox is not used: it is one queue in one order for the app's server, and pushes
// have as many as there are devices.

// lingers is how long a row outlives its push, in seconds, so that a worker sees and counts
// it; what nobody looks at the store forgets.
const lingers = 60 * 60

// waiting is a push that is to be sent to one device.
type waiting struct {
	User    chat.UserID
	Client  string
	Holder  uint32 // of the user's account
	Kind    chat.Kind
	A, B    string // of the conversation
	Seq     chat.Seq
	TaskID  string // instead of a message
	PushID  string // of a task
	At      int64  // when it was put here, Unix milliseconds
	Expires int64  // Unix seconds
	Due     int64  // not before, Unix milliseconds
	Tries   uint32
}

// waits lie under the number of the channel and a hash of user, device and what they
// replace.
var waits = ledger.Table(record.PushWaiting, func(f *record.Fields, w *waiting) {
	record.Text(f, 1, &w.User)
	record.Text(f, 2, &w.Client)
	record.Int(f, 3, &w.Holder)
	record.Int(f, 4, &w.Kind)
	record.Text(f, 5, &w.A)
	record.Text(f, 6, &w.B)
	record.Int(f, 7, &w.Seq)
	record.Text(f, 8, &w.TaskID)
	record.Text(f, 9, &w.PushID)
	record.Int(f, 10, &w.At)
	record.Int(f, 11, &w.Expires)
	record.Int(f, 12, &w.Due)
	record.Int(f, 13, &w.Tries)
})

// conv is the conversation of the message.
func (w *waiting) conv(app chat.AppID) chat.Conversation {
	return chat.Conversation{App: app, Kind: w.Kind, A: w.A, B: w.B}
}

// about names what a newer push takes the place of.
func (w *waiting) about() string {
	if w.TaskID != "" {
		return "task\x00" + w.TaskID
	}
	return string([]byte{byte(w.Kind)}) + w.A + "\x00" + w.B
}

// prefixOf begins the keys of a channel.
func prefixOf(c ChannelName) string { return string([]byte{byte(c.Number())}) }

// key is what it lies under.
func (w *waiting) key(c ChannelName) string {
	return prefixOf(c) + hash(string(w.User), w.Client, w.about())
}

// same reports whether nothing newer has taken its place.
func (w *waiting) same(other *waiting) bool {
	return other != nil && w.Seq == other.Seq && w.TaskID == other.TaskID && w.At == other.At && w.User == other.User && w.Client == other.Client
}

// put puts it into the turn's commit, whose shard is that of the app.
func (w *waiting) put(t *ledger.Turn, c ChannelName) {
	waits.PutUntil(t, w.key(c), w, w.Expires+lingers)
}

// Enqueue puts the notice of a task into the queue for a page of devices, in the commit of
// a turn of the app's shard, together with the task's own rows. A device that has the task's notice already waiting has it
// once. expires is in Unix seconds. [Service.Queued] has to be called when the turn is over.
// A device that is not there any more when it is sent is passed over.
func Enqueue(t *ledger.Turn, to []Target, taskID, pushID string, expires int64) {
	for _, one := range to {
		w := waiting{
			User: one.User, Client: one.Client, Holder: one.Holder,
			TaskID: taskID, PushID: pushID, At: t.Ms, Due: t.Ms, Expires: expires,
		}
		w.put(t, one.Channel)
	}
}

// Queued has the workers of the app look at the queue.
func (s *Service) Queued(app chat.AppID) {
	for _, c := range ChannelNames {
		s.courier(app, c).nudge()
	}
}

// cursor is up to where the log of an app was looked at: all messages up to Clock, and when
// Until is not 0, of those up to Until what lies in conversations up to the one named, in that one for
// users up to After.
type cursor struct {
	Clock, Until uint64
	Kind         chat.Kind
	A, B         string
	After        chat.UserID
}

// cursors has one row in the shard of the app, under "".
var cursors = ledger.Table(record.PushCursor, func(f *record.Fields, c *cursor) {
	record.Int(f, 1, &c.Clock)
	record.Int(f, 2, &c.Until)
	record.Int(f, 3, &c.Kind)
	record.Text(f, 4, &c.A)
	record.Text(f, 5, &c.B)
	record.Text(f, 6, &c.After)
})

// tracedFor is how long it is known what became of a push, in seconds (spec/09 C).
const tracedFor = 30 * 24 * 60 * 60

// Traced is what became of a push to one device.
type Traced struct {
	User    chat.UserID
	Client  string
	Channel ChannelName
	TaskID  string
	Stage   Stage // StageSent, StageFailed or StageDropped
	Code    int
	Info    string
	Time    int64 // Unix seconds
	Clicked int64 // when, Unix seconds; 0: it was not

	Kind chat.Kind
	A, B string
	Seq  chat.Seq
}

// traces lie under the PushID and a hash of user and device.
var traces = ledger.Table(record.PushTrace, func(f *record.Fields, v *Traced) {
	record.Text(f, 1, &v.User)
	record.Text(f, 2, &v.Client)
	record.Text(f, 3, &v.Channel, ChannelNames...)
	record.Text(f, 4, &v.TaskID)
	record.Int(f, 5, &v.Stage)
	record.Int(f, 6, &v.Code)
	record.Text(f, 7, &v.Info)
	record.Int(f, 8, &v.Time)
	record.Int(f, 9, &v.Clicked)
	record.Int(f, 10, &v.Kind)
	record.Text(f, 11, &v.A)
	record.Text(f, 12, &v.B)
	record.Int(f, 13, &v.Seq)
})

func traceKey(pushID string, u chat.UserID, client string) string {
	return pushID + "\x00" + hash(string(u), client)
}

// Trace pages what became of a push on each device, after a cursor ("" first), at most limit; next is ""
// at the end. What lies 30 days back is not known any more.
func (s *Service) Trace(ctx context.Context, app chat.AppID, pushID, after string, limit int) (list []*Traced, next string, err error) {
	list, keys, err := traces.Page(ctx, s.read, chat.AppShard(app), pushID+"\x00", after, limit)
	if len(keys) == limit {
		next = keys[limit-1]
	}
	return list, next, err
}
