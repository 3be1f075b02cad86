//go:build drills

package drills

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/storage/badger"
)

// How a folder is filled: bytes, but for the number of conversations.
const (
	fillConversations = 1000
	fillText          = 2000    // of a message
	fillCommit        = 1 << 20 // of the texts of one commit
	fillPool          = 64 << 20
	fillMemory        = 1 << 30 // what the store is sized for
)

// filler has texts that do not compress to nothing: they are cut out of random ones.
type filler struct {
	random *rand.Rand
	pool   string
}

func newFiller() *filler {
	source := rand.NewChaCha8([32]byte{1})
	raw := make([]byte, fillPool/4*3)
	_, _ = source.Read(raw) // never fails
	return &filler{random: rand.New(source), pool: base64.RawURLEncoding.EncodeToString(raw)}
}

// text is one of so many bytes.
func (f *filler) text(length int) string {
	at := f.random.IntN(len(f.pool) - length)
	return f.pool[at : at+length]
}

// messages writes texts of so many bytes in all into the store of a folder that nobody has open.
// It goes from conversation to conversation in the order of their keys, so that the store has
// little to merge.
func (f *filler) messages(t *testing.T, data string, app chat.AppID, bytes int64) {
	t.Helper()
	store, err := badger.Open(badger.Options{Dir: data, Memory: fillMemory, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < fillConversations && err == nil; i++ {
		for left := bytes / fillConversations; left > 0 && err == nil; left -= fillCommit {
			err = store.Apply(t.Context(), []*chat.Commit{f.commit(app, i, min(left, fillCommit))})
		}
	}
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
}

// commit is a stretch of a conversation.
func (f *filler) commit(app chat.AppID, conversation int, bytes int64) *chat.Commit {
	one, other := chat.UserID(fmt.Sprintf("ann%04d", conversation)), chat.UserID(fmt.Sprintf("ben%04d", conversation))
	conv, now := chat.C2COf(app, one, other), time.Now()
	c := &chat.Commit{Shard: conv.Shard()}
	for ; bytes > 0; bytes -= fillText {
		c.Messages = append(c.Messages, &chat.Message{
			Conv: conv, From: one, Time: now.UnixMilli(), Random: f.random.Uint32(), Expires: now.Add(30 * 24 * time.Hour).Unix(),
			Body: fmt.Appendf(nil, `[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, f.text(fillText)),
		})
		one, other = other, one
	}
	return c
}

// fillFile is the size of a file, fillUsers how many users have sent them.
const (
	fillFile  = 8 << 20
	fillUsers = 100
)

// files has users send files of so many bytes in all to a running server.
func (f *filler) files(t *testing.T, at order, bytes int64) {
	t.Helper()
	for i := range fillUsers {
		var is struct{ ErrorCode int }
		asked(t, http.MethodPost, at.url("im_open_login_svc/account_import", at.user(at.Identifier)), fmt.Sprintf(`{"UserID":"sender%d"}`, i), &is)
		if is.ErrorCode != 0 {
			t.Fatal(is)
		}
	}
	for i := 0; bytes > 0; i++ {
		length := min(bytes, fillFile)
		bytes -= length
		var to struct{ UploadURL, ErrorInfo string }
		ask := fmt.Sprintf(`{"From_Account":"sender%d","Kind":"file","Name":"%d","Size":%d}`, i%fillUsers, i, length)
		asked(t, http.MethodPost, at.url("media/upload", at.user(at.Identifier)), ask, &to)
		if to.UploadURL == "" {
			t.Fatal(to.ErrorInfo)
		}
		var is struct{ Size int64 }
		asked(t, http.MethodPut, to.UploadURL, f.text(int(length)), &is)
		if is.Size != length {
			t.Fatalf("%d bytes are there, %d were sent", is.Size, length)
		}
	}
}

// asked asks and reads the answer, which is JSON.
func asked(t *testing.T, method, address, body string, answer any) {
	t.Helper()
	ask, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if err := json.NewDecoder(got.Body).Decode(answer); err != nil {
		t.Fatalf("%s: %v", got.Status, err)
	}
}
