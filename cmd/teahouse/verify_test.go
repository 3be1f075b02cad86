package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/record"
	"github.com/teahouse-im/teahouse/storage/badger"
)

const verifyApp chat.AppID = 1400000001

// furnished makes a folder in which every relation between rows occurs: groups
// of several types, one of them gone; blocklists; receipts and reactions.
func furnished(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	store := opened(t, dir)
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: verifyApp, Admins: []chat.UserID{"admin"}, Retention: time.Hour})
	c := core.New(core.Options{Store: store, Apps: apps})
	f := furnisher{t, t.Context(), c}
	f.furnish()
	if err := c.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func opened(t *testing.T, dir string) *badger.Store {
	t.Helper()
	store, err := badger.Open(badger.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

type furnisher struct {
	*testing.T
	ctx  context.Context
	core *core.Core
}

func as(u chat.UserID) chat.Actor { return chat.Actor{App: verifyApp, User: u} }

var admin = chat.Actor{App: verifyApp, User: "admin", Standing: chat.AsAdmin}

func (f furnisher) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f furnisher) group(t chat.GroupType, id chat.GroupID, owner chat.UserID, members ...chat.UserID) {
	f.Helper()
	d := chat.GroupDraft{Type: t, ID: id, Name: "g", Owner: owner}
	for _, u := range members {
		d.Members = append(d.Members, chat.NewMember{User: u})
	}
	_, err := f.core.Group.Create(f.ctx, admin, d)
	f.must(err)
}

func (f furnisher) say(from chat.UserID, to chat.Target, how chat.Control) chat.Seq {
	f.Helper()
	r, err := f.core.Message.SendWait(f.ctx, as(from), chat.Draft{
		To: to, Control: how, Body: []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]`),
	})
	f.must(err)
	return r.Seq
}

func (f furnisher) furnish() {
	for _, u := range []chat.UserID{"admin", "ann", "bob", "cid", "dan"} {
		_, err := f.core.People.Login(f.ctx, verifyApp, u, chat.Ticket{})
		f.must(err)
	}
	f.group(chat.Public, "book", "ann", "bob", "cid", "dan")
	f.group(chat.Public, "gone", "ann", "bob")
	f.group(chat.AVChatRoom, "room", "ann")
	f.must(f.core.Group.Destroy(f.ctx, admin, "gone"))
	n := f.say("ann", chat.ToGroup("book"), chat.NeedReceipt)
	f.must(f.core.Message.SendReceipts(f.ctx, as("bob"), "", chat.ToGroup("book"), []chat.MessageRef{{Seq: n}}))
	f.must(f.core.Message.React(f.ctx, as("bob"), chat.ToGroup("book"), n, "like", true))
	f.must(f.core.Message.React(f.ctx, as("cid"), chat.ToGroup("book"), n, "like", true))
	f.must(f.core.Group.Quit(f.ctx, as("cid"), "book"))
	f.say("ann", chat.ToUser("bob"), 0)
	f.say("bob", chat.ToUser("ann"), 0)
	_, err := f.core.People.BlockUsers(f.ctx, as("ann"), "", []chat.UserID{"bob", "cid", "dan"})
	f.must(err)
	_, err = f.core.People.UnblockUsers(f.ctx, as("ann"), "", []chat.UserID{"bob"})
	f.must(err)
	_, err = f.core.DeleteAccounts(f.ctx, admin, []chat.UserID{"dan"})
	f.must(err)
}

// verify runs the command over a folder.
func verify(t *testing.T, dir string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := verifyCommand{folder: folder{Data: dir}}.Run(t.Context(), &out)
	return out.String(), err
}

// What the commands make fits together, and each relation between rows is
// checked: a row that is taken away or moved by itself is reported.
func TestVerifyChecksCountersAndMirrors(t *testing.T) {
	dir := furnished(t)
	if out, err := verify(t, dir); err != nil || !strings.HasPrefix(out, "sound ") {
		t.Fatalf("%s%v", out, err)
	}
	group, app := chat.GroupShard(verifyApp, "book"), chat.AppShard(verifyApp)
	ann, cid, bob := chat.UserShard(verifyApp, "ann"), chat.UserShard(verifyApp, "cid"), chat.UserShard(verifyApp, "bob")
	one := "\x00\x00\x00\x00\x00\x00\x00\x01"
	for _, c := range []struct {
		what  string
		shard chat.Shard
		row   chat.Row
		says  string
	}{
		{"a member without its group in the user's list", bob, gone(record.MemberOf, "book"), `member of "book" is missing`},
		{"a member less than the group counts", group, gone(record.Member, "bob"), `group "" stands at 2, and there are 1 rows`},
		{"a group that is on no list", app, gone(record.GroupList, "\x00book"), `which mirrors group "" of`},
		{"a group more than are listed", app, moved(record.GroupCount, "", 1), `group count "" stands at 3, and there are 2 rows`},
		{"a blocklist counts wrong", ann, moved(record.Blocks, "", 1), `blocks "" stands at 2, and there are 1 rows`},
		{"a blocked user has no mirror of the block", cid, gone(record.BlockedBy, "ann"), `blocked by "ann" is missing`},
		{"a receipt is missing", group, gone(record.Receipt, one+"bob"), "stands at 1, and there are 0 rows"},
		{"a count of receipts is missing", group, gone(record.ReceiptCount, one), "stands at 0, and there are 1 rows"},
		{"a reaction is missing", group, gone(record.Reaction, one+"like\x00bob"), "stands at 2, and there are 1 rows"},
		{"an account is no record", bob, chat.Row{Kind: chat.RowKind(record.Account), Value: []byte("x")}, "account of"},
		{"a row of no kind", bob, chat.Row{Kind: 9999, Value: []byte("x")}, "no kind of row has the number 9999"},
	} {
		t.Run(c.what, func(t *testing.T) {
			bad := t.TempDir()
			if err := os.CopyFS(bad, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			store := opened(t, bad)
			if err := store.Apply(t.Context(), []*chat.Commit{{Shard: c.shard, Rows: []chat.Row{c.row}}}); err != nil {
				t.Fatal(err)
			}
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			out, err := verify(t, bad)
			if err == nil || !strings.Contains(out, "damaged  ") || !strings.Contains(out, c.says) {
				t.Errorf("got %v and\n%swant %s", err, out, c.says)
			}
		})
	}
}

func gone(k record.Kind, key string) chat.Row { return chat.Row{Kind: chat.RowKind(k), Key: key} }

func moved(k record.Kind, key string, by int64) chat.Row {
	return chat.Row{Kind: chat.RowKind(k), Key: key, Add: by}
}
