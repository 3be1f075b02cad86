package media

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/ledger"
)

// Bounds of what is said of a file.
const (
	maxName = 255 // bytes
	maxMime = 100 // bytes
	maxSide = 1 << 20
)

// maxAvatars is how many avatars of a user are kept; with one more the oldest goes which is not
// their picture. A choice: pictures of groups are among them, which nobody counts.
const maxAvatars = 100

// Request is what somebody is about to send (spec/00 §5, media.upload).
type Request struct {
	Of            chat.UserID // whose it is to be; "" is the caller; only administrators name another
	Kind          Kind
	Name          string
	Size          int64
	Mime          string
	Width, Height int
	Sha256        string
}

// Ticket says where a file is to be sent, and where it is then.
type Ticket struct {
	ID        ID
	UploadURL string
	Method    string
	Headers   map[string]string
	Links
}

// Links are the addresses of a file.
type Links struct {
	URL     string
	Large   string // pictures alone
	Thumb   string
	Expires int64 // Unix seconds; 0: never
}

// Begin prepares an upload (spec/00 §5): 7006 for an empty file, 7005 for one that is larger
// than the app's bounds, or has no room in what the app or the user may have.
func (s *Service) Begin(ctx context.Context, by chat.Actor, r Request) (*Ticket, error) {
	app, err := s.app(by.App)
	if err != nil {
		return nil, err
	}
	if err := r.check(app); err != nil {
		return nil, err
	}
	acc, err := s.owner(ctx, by, r.Of)
	if err != nil {
		return nil, err
	}
	if err := s.room(ctx, app, acc, r.Size); err != nil {
		return nil, err
	}
	if r.Kind == Avatar {
		if err := s.roomForAvatar(ctx, acc); err != nil {
			return nil, err
		}
	}
	now := s.read.NowSec()
	o := &Object{
		App: by.App, ID: newID(s.read.Random), Owner: acc.User, Holder: acc.Holder, Kind: r.Kind,
		Name: cleanName(r.Name), Size: r.Size, Mime: r.Mime, Width: r.Width, Height: r.Height, Sha256: r.Sha256,
		Since: now, Created: now,
	}
	err = s.read.Share(ctx, o.ID.shard(o.App), by.Session, 512, func(_ context.Context, t *ledger.Turn) error {
		objects.Put(t, string(o.ID), o)
		t.Commit.Mirrors = append(t.Commit.Mirrors, mirrored(o, 1, false)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.ticket(ctx, o), nil
}

// check checks the form of a request.
func (r *Request) check(app *chat.App) error {
	most := app.Media.FileBytes
	switch r.Kind {
	case Image, Sound, Avatar:
		most = app.Media.ImageBytes
	case Video, Other:
	default:
		return chat.Refuse(chat.CodeBadJSON, "Kind is none of image, sound, video, file and avatar")
	}
	switch {
	case r.Size < 0:
		return chat.Refuse(chat.CodeBadJSON, "Size is negative")
	case r.Size == 0:
		return chat.Refuse(chat.CodeMediaEmpty, "")
	case most >= 0 && r.Size > most:
		return chat.Refuse(chat.CodeMediaTooLarge, "more than %d bytes", most)
	case len(r.Mime) > maxMime || chat.HasControl(r.Mime):
		return chat.Refuse(chat.CodeBadJSON, "Mime is longer than %d bytes or not text", maxMime)
	case r.Width < 0 || r.Height < 0 || r.Width > maxSide || r.Height > maxSide:
		return chat.Refuse(chat.CodeBadJSON, "Width or Height is out of bounds")
	case r.Sha256 != "" && !isSha256(r.Sha256):
		return chat.Refuse(chat.CodeBadJSON, "Sha256 has to be 64 hexadecimal digits")
	}
	r.Sha256 = strings.ToLower(r.Sha256)
	return nil
}

func isSha256(text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) == 32
}

// cleanName makes a name that is one of a file, of at most maxName bytes: without folders and
// control characters.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x200e && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, name)
	name = strings.TrimLeft(name, ". /")
	if over := len(name) - maxName; over > 0 { // the end of a name says what it is
		end := path.Ext(name)
		if len(end) > 20 {
			end = ""
		}
		head := name[:maxName-len(end)]
		for !utf8.ValidString(head) {
			head = head[:len(head)-1]
		}
		name = head + end
	}
	if name == "" {
		return "file"
	}
	return name
}

// owner is the account whose the file is to be.
func (s *Service) owner(ctx context.Context, by chat.Actor, of chat.UserID) (*chat.Account, error) {
	switch {
	case of == "" || of == by.User:
		of = by.User
	case !by.Admin():
		return nil, chat.Refuse(chat.CodeBadFrom, "From_Account names another user")
	}
	acc, err := s.read.Account(ctx, by.App, of)
	switch {
	case err != nil:
		return nil, err
	case acc == nil:
		return nil, chat.Refuse(chat.CodeBadFrom, "From_Account is not registered")
	case !by.Admin() && acc.Holder != by.Holder:
		return nil, chat.Refuse(chat.CodeTicketRevoked, "")
	}
	return acc, nil
}

// room refuses what the app or the user may not have besides. What is sent at the same time may
// be a little more.
func (s *Service) room(ctx context.Context, app *chat.App, acc *chat.Account, size int64) error {
	m, all, user := &app.Media, chat.AppShard(app.ID), chat.UserShard(app.ID, acc.User)
	if m.AppFiles < 0 && m.AppBytes < 0 && m.UserFiles < 0 && m.UserBytes < 0 {
		return nil
	}
	have, err := counts.Of(ctx, s.read, []chat.RowAsk{
		counts.Ask(all, countFiles), counts.Ask(all, countBytes),
		counts.Ask(user, countKey(countFiles, acc.Holder)), counts.Ask(user, countKey(countBytes, acc.Holder)),
	})
	if err != nil {
		return err
	}
	for i, q := range []struct {
		most, more int64
		what       string
	}{
		{m.AppFiles, 1, "the app has too many files"},
		{m.AppBytes, size, "the files of the app are too large"},
		{m.UserFiles, 1, "the user has too many files"},
		{m.UserBytes, size, "the files of the user are too large"},
	} {
		if q.most >= 0 && have[i]+q.more > q.most {
			return chat.Refuse(chat.CodeMediaTooLarge, "%s", q.what)
		}
	}
	return nil
}

// roomForAvatar removes the oldest avatar of a user who has many.
func (s *Service) roomForAvatar(ctx context.Context, acc *chat.Account) error {
	list, keys, err := owned.Page(ctx, s.read, chat.UserShard(acc.App, acc.User), avatarKeys, "", maxAvatars)
	if err != nil || len(list) < maxAvatars {
		return err
	}
	oldest := -1
	for i, o := range list {
		if !strings.Contains(acc.FaceURL, keys[i][1:]) && (oldest < 0 || o.Created < list[oldest].Created) {
			oldest = i
		}
	}
	return s.removeUnlessKept(ctx, acc.App, ID(keys[oldest][1:]), byAvatar)
}

// ticket is the answer to a request.
func (s *Service) ticket(ctx context.Context, o *Object) *Ticket {
	end := s.read.NowSec() + uploadSeconds
	t := &Ticket{
		ID: o.ID, Method: "PUT", Headers: map[string]string{},
		UploadURL: s.Addresses.address(o.App, o.ID, toUpload, end), Links: s.links(o),
	}
	if at, headers, ok := s.Store.UploadAddress(ctx, o.Key(), o.Size, o.Mime, time.Unix(end, 0)); ok {
		t.UploadURL = at
		if headers != nil {
			t.Headers = headers
		}
	}
	return t
}

// links are the present addresses of a file.
func (s *Service) links(o *Object) Links {
	until, first := s.Addresses.until(), Original
	if o.Kind == Avatar {
		until, first = 0, Face
	}
	l := Links{URL: s.Addresses.address(o.App, o.ID, first, until), Expires: until}
	if o.Kind.picture() {
		l.Large = s.Addresses.address(o.App, o.ID, Large, until)
		l.Thumb = s.Addresses.address(o.App, o.ID, Thumb, until)
	}
	return l
}

// Upload is an upload under way.
type Upload struct {
	App    chat.AppID
	ID     ID
	Key    string // in the Store
	Size   int64  // what was said, and has to come
	Limit  int64  // bytes; it is Size
	Mime   string // what was said
	Sha256 string // hexadecimal; "": nothing was said
	// Done says that the file is there already: the sender may have missed the answer.
	Done bool
}

// Upload opens the address of an upload, path being what follows /media/: 60004 when it is
// forged or has expired, 20022 when there is no such upload, or no more.
func (s *Service) Upload(ctx context.Context, path string, query url.Values) (*Upload, error) {
	o, _, err := s.opened(ctx, path, query, func(v Variant) bool { return v == toUpload })
	if err != nil {
		return nil, err
	}
	if o.State == leaving || o.Banned {
		return nil, errGone()
	}
	return &Upload{
		App: o.App, ID: o.ID, Key: o.Key(), Size: o.Size, Limit: o.Size, Mime: o.Mime, Sha256: o.Sha256,
		Done: o.State == ready,
	}, nil
}

// opened finds the file of a signed address.
func (s *Service) opened(ctx context.Context, path string, query url.Values, fits func(Variant) bool) (*Object, place, error) {
	p, ok := parsePath(path)
	if !s.On() || !ok || !fits(p.variant) {
		return nil, p, errGone()
	}
	if _, ok := s.Addresses.valid(p, query); !ok {
		return nil, p, chat.Refuse(chat.CodeAuthFailed, "the address has expired, or its signature is wrong")
	}
	if _, err := s.read.App(p.app); err != nil {
		return nil, p, err
	}
	o, err := object(ctx, s.read, p.app, p.id)
	if err == nil && o == nil {
		err = errGone()
	}
	return o, p, err
}

// Uploaded is told of the last byte of an upload, after Store.Finish: how much has come, and
// its first bytes, 512 if there are so many. What is not what was said is refused and removed:
// 7005 for another size, 90010 for an image or avatar that is no picture.
func (s *Service) Uploaded(ctx context.Context, u *Upload, size int64, head []byte) (*Object, error) {
	return s.arrived(ctx, u.App, u.ID, size, head)
}

func (s *Service) arrived(ctx context.Context, app chat.AppID, id ID, size int64, head []byte) (*Object, error) {
	is := sniff(head)
	var found *Object
	var wrong error
	err := s.read.Share(ctx, id.shard(app), 0, 512, func(ctx context.Context, t *ledger.Turn) error {
		found, wrong = nil, nil
		o, err := object(ctx, t.Read, app, id)
		if err != nil || o == nil {
			return err
		}
		if o.State != pending {
			found = o
			return nil
		}
		if wrong = o.fits(size, is); wrong != nil {
			return nil
		}
		now := *o
		now.State, now.Since = ready, t.Sec()
		now.Mime, now.Inline = is.settle(o)
		found = &now
		objects.Put(t, string(id), &now)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case wrong != nil:
		if err := s.remove(ctx, app, id, byKind); err != nil {
			return nil, err
		}
		return nil, wrong
	case found == nil || found.State == leaving:
		return nil, errGone()
	}
	return found, nil
}

// fits refuses what is not what was said.
func (o *Object) fits(size int64, is sniffed) error {
	switch {
	case size == 0:
		return chat.Refuse(chat.CodeMediaEmpty, "")
	case size != o.Size:
		return chat.Refuse(chat.CodeMediaTooLarge, "%d bytes have come, and %d were said", size, o.Size)
	case o.Kind.picture() && !is.picture:
		return chat.Refuse(chat.CodeBadElement, "it is no picture")
	}
	return nil
}

// settled is a pending file that may have come all the same: the store has it whole, and nobody
// has told. That is so after a crash, and where the sender writes to the store itself.
func (s *Service) settled(ctx context.Context, o *Object) (*Object, error) {
	if o == nil || o.State != pending {
		return o, nil
	}
	f, err := s.Store.Open(ctx, o.Key())
	if errors.Is(err, ErrNone) {
		return o, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.ID, fault(err))
	}
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(f, head)
	size := f.Size()
	if e := f.Close(); err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = e
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", o.ID, err)
	}
	now, err := s.arrived(ctx, o.App, o.ID, size, head[:n])
	if err != nil && !chat.IsFault(err) { // it is not what was said, and has gone
		return nil, nil
	}
	return now, err
}
