package core_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/chat/mediatest"
	"github.com/teahouse-im/teahouse/chat/message"
)

// gallery is a house with files.
type gallery struct {
	*house
	files *mediatest.Store
	seen  *witness
}

func openGallery(t *testing.T, change func(*core.Options)) *gallery {
	g := &gallery{files: &mediatest.Store{}, seen: &witness{}}
	g.house = open(t, func(o *core.Options) {
		g.seen.Store, o.Store = o.Store, g.seen
		o.Media = core.Media{Store: g.files, Addresses: mediatest.Addresses(o.Now), Pace: -1}
		if change != nil {
			change(o)
		}
	})
	g.settings(func(*chat.App) {})
	return g
}

// settings are those of the app, with a week of history.
func (g *gallery) settings(change func(*chat.App)) {
	a := chat.App{ID: app, Admins: []chat.UserID{"admin"}, Retention: 7 * 24 * time.Hour}
	change(&a)
	g.apps.Set(a)
}

// split takes an address apart as a door does.
func (g *gallery) split(address string) (path string, query url.Values) {
	g.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Path, media.Path) {
		g.Fatalf("%s is no address: %v", address, err)
	}
	return strings.TrimPrefix(u.Path, media.Path), u.Query()
}

const png = mediatest.Picture

func (g *gallery) begin(u chat.UserID, kind media.Kind, content string) *media.Ticket {
	g.Helper()
	t, err := g.Media.Begin(g.ctx, as(u), media.Request{Kind: kind, Name: "a.png", Size: int64(len(content)), Mime: "image/png"})
	if err != nil {
		g.Fatalf("%s begins: %v", u, err)
	}
	return t
}

// send sends bytes to the address of an upload, as a door does.
func (g *gallery) put(t *media.Ticket, content string) error {
	g.Helper()
	path, query := g.split(t.UploadURL)
	u, err := g.Media.Upload(g.ctx, path, query)
	if err != nil {
		return err
	}
	size, err := g.files.Append(g.ctx, u.Key, 0, strings.NewReader(content), u.Limit)
	if err != nil {
		return err
	}
	if err := g.files.Finish(g.ctx, u.Key); err != nil {
		return err
	}
	_, err = g.Media.Uploaded(g.ctx, u, size, []byte(content)[:min(512, len(content))])
	return err
}

func (g *gallery) upload(u chat.UserID, kind media.Kind) *media.Ticket {
	g.Helper()
	t := g.begin(u, kind, png)
	if err := g.put(t, png); err != nil {
		g.Fatalf("%s uploads: %v", u, err)
	}
	return t
}

// download opens an address.
func (g *gallery) download(address string) (*media.Download, error) {
	g.Helper()
	path, query := g.split(address)
	return g.Media.Download(g.ctx, path, query)
}

func (g *gallery) opens(address string, want chat.Code) {
	g.Helper()
	_, err := g.download(address)
	if chat.CodeOf(err) != want {
		g.Errorf("%s: %v, want code %d", address, err, want)
	}
}

// picture is a message with a picture in three sizes, spelled in a way of its own.
func picture(id media.ID, addresses ...string) []byte {
	at := func(i int) string {
		if i < len(addresses) {
			return addresses[i]
		}
		return "https://elsewhere.example.com/x"
	}
	return fmt.Appendf(nil, `[ {"MsgContent":{"UUID":%q, "ImageInfoArray":[{"Type":1,"URL":%q,"Width":1,"Height":1,"Odd":1.50e1},`+
		`{"Type":2, "URL":%q,"Width":0,"Height":0},{"URL":%q,"Type":3,"Width":0,"Height":0}],"Odd":"\u00e9\/"},"MsgType":"TIMImageElem"}, `+
		`{"MsgType":"TIMTextElem","MsgContent":{"Text":"see"}}]`, id, at(0), at(1), at(2))
}

func (g *gallery) say(u chat.UserID, to chat.Target, body []byte) (chat.Receipt, error) {
	return g.Message.SendWait(g.ctx, as(u), chat.Draft{To: to, Body: body})
}

func (g *gallery) says(u chat.UserID, to chat.Target, body []byte) chat.Receipt {
	g.Helper()
	r, err := g.say(u, to, body)
	if err != nil {
		g.Fatalf("%s to %v: %v", u, to, err)
	}
	return r
}

// addressesIn are all addresses of ours that a body has, in their order.
func addressesIn(body []byte) (list []string) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range []string{"URL", "Url", "VideoUrl", "ThumbUrl"} {
				if s, ok := v[name].(string); ok {
					list = append(list, s)
				}
			}
			for _, name := range []string{"MsgContent", "ImageInfoArray", "MsgList", "MsgBody"} {
				walk(v[name])
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		}
	}
	var all any
	if json.Unmarshal(body, &all) == nil {
		walk(all)
	}
	return list
}

// sweep lets time pass and goes through all files until nothing more happens.
func (g *gallery) sweep(after time.Duration) {
	g.Helper()
	g.wait(after)
	for range 3 {
		if err := g.Media.SweepAll(g.ctx, app); err != nil {
			g.Fatalf("sweep: %v", err)
		}
		g.wait(2 * time.Minute)
	}
}

func (g *gallery) has(id media.ID, want bool) {
	g.Helper()
	_, err := g.Media.Links(g.ctx, admin(), string(id))
	if (err == nil) != want || g.files.Has(id.Key(app)) != want {
		g.Errorf("the file is there: %v, its bytes: %v, want %v", err == nil, g.files.Has(id.Key(app)), want)
	}
}

func (g *gallery) historyOf(u chat.UserID, t chat.Target) []*chat.Message {
	g.Helper()
	all, err := g.Message.History(g.ctx, as(u), message.HistoryQuery{Target: t})
	if err != nil {
		g.Fatalf("history: %v", err)
	}
	return all.Messages
}

// A picture goes from one user to the other: what is delivered, and each page of the history, has
// addresses that open all its sizes, also long after it was sent, and everything else is spelled as
// it was.
func TestPictureIsSentAndRead(t *testing.T) {
	g := openGallery(t, nil)
	up := g.upload("ann", media.Image)
	sent := picture(up.ID, up.URL, up.Large, up.Thumb)
	g.says("ann", chat.ToUser("bob"), sent)
	check := func(where string, body []byte) {
		t.Helper()
		list := addressesIn(body)
		if len(list) != 3 {
			t.Fatalf("%s: addresses %q", where, list)
		}
		for i, v := range []media.Variant{media.Original, media.Large, media.Thumb} {
			d, err := g.download(list[i])
			if err != nil || d.Variant != v || d.ID != up.ID {
				t.Errorf("%s: %s opens %+v, %v; want %s", where, list[i], d, err, v)
			}
		}
		if want := picture(up.ID, list...); !bytes.Equal(body, want) {
			t.Errorf("%s: got\n%s, want\n%s", where, body, want)
		}
	}
	heard := g.heard()
	check("delivered", heard[len(heard)-1].Body)
	if got := addressesIn(heard[len(heard)-1].Body)[0]; got != up.URL {
		t.Errorf("the address changes within a moment: %s, then %s", up.URL, got)
	}
	g.wait(5 * 24 * time.Hour)
	g.opens(up.URL, chat.CodeAuthFailed)
	check("five days later", g.historyOf("bob", chat.ToUser("ann"))[0].Body)
	if kept := g.kept(chat.C2COf(app, "ann", "bob"), 1).Body; !bytes.Equal(kept, sent) {
		t.Errorf("it is kept as\n%s, want as it was sent", kept)
	}
}

// The address of a file is the same for hours, so that browsers keep what they have, and lasts a
// day at least.
func TestAddressesLast(t *testing.T) {
	g := openGallery(t, nil)
	up := g.upload("ann", media.Image)
	seen := map[string]int{}
	for range 24 {
		l, err := g.Media.Links(g.ctx, as("ann"), string(up.ID))
		if err != nil {
			t.Fatal(err)
		}
		if left := l.Expires - g.clock().Unix(); left < 24*60*60 || left > 30*60*60 {
			t.Errorf("an address is good for %d seconds", left)
		}
		seen[l.URL]++
		g.wait(time.Hour)
	}
	if len(seen) > 5 {
		t.Errorf("a day had %d addresses", len(seen))
	}
}

// Addresses open nothing but what they were made for.
func TestForgedAddresses(t *testing.T) {
	g := openGallery(t, nil)
	g.apps.Set(chat.App{ID: app + 1, Admins: []chat.UserID{"admin"}})
	up, other := g.upload("ann", media.Image), g.upload("ann", media.Image)
	avatar := g.upload("ann", media.Avatar)
	for what, change := range map[string]func(string) string{
		"another variant": func(s string) string { return strings.Replace(s, "/original", "/large", 1) },
		"the short name":  func(s string) string { return strings.Replace(s, "/original", "/a", 1) },
		"another file":    func(s string) string { return strings.Replace(s, string(up.ID), string(other.ID), 1) },
		"another app":     func(s string) string { return strings.Replace(s, "/1400000001/", "/1400000002/", 1) },
		"a later end":     func(s string) string { return strings.Replace(s, "e=17", "e=18", 1) },
		"no end": func(s string) string {
			u, _ := url.Parse(s)
			q := u.Query()
			q.Del("e")
			u.RawQuery = q.Encode()
			return u.String()
		},
		"no signature":        func(s string) string { return s[:strings.Index(s, "&s=")] },
		"a part of it":        func(s string) string { return s[:len(s)-1] },
		"an end of no number": func(s string) string { return strings.Replace(s, "e=", "e=x", 1) },
		"that of an upload":   func(string) string { return strings.Replace(up.UploadURL, "/upload", "/original", 1) },
		"that of an avatar":   func(string) string { return strings.Replace(avatar.URL, string(avatar.ID), string(up.ID), 1) },
		"an app of zeros":     func(s string) string { return strings.Replace(s, "/1400000001/", "/01400000001/", 1) },
	} {
		if _, err := g.download(change(up.URL)); err == nil {
			t.Errorf("%s is opened", what)
		}
	}
	if path, query := g.split(up.URL); true {
		if _, err := g.Media.Upload(g.ctx, path, query); err == nil {
			t.Error("an address to read takes an upload")
		}
	}
	g.opens(up.URL, 0)
	g.opens(avatar.URL, 0)
	g.wait(8 * 24 * time.Hour)
	g.opens(up.URL, chat.CodeAuthFailed)
	g.opens(avatar.URL, 0)
}

// Who may name a file in a message, and who may have its addresses.
func TestWhoMayNameAndMint(t *testing.T) {
	g := openGallery(t, nil)
	up := g.upload("ann", media.Image)
	room := g.group("ann", chat.Public, "bob")
	bare := picture(up.ID)
	toCat := chat.ToUser("cat")
	mint := func(u chat.UserID, want chat.Code) {
		t.Helper()
		_, err := g.Media.Links(g.ctx, as(u), string(up.ID))
		if chat.CodeOf(err) != want {
			t.Errorf("%s asks for addresses: %v, want %d", u, err, want)
		}
	}
	name := func(u chat.UserID, to chat.Target, body []byte, want chat.Code) {
		t.Helper()
		_, err := g.say(u, to, body)
		if chat.CodeOf(err) != want {
			t.Errorf("%s names it: %v, want %d", u, err, want)
		}
	}
	mint("ann", 0)
	mint("bob", chat.CodeNoMessage)
	name("bob", toCat, bare, chat.CodeBadElement)
	name("bob", chat.ToGroup(room), bare, chat.CodeGroupParameter)
	name("bob", toCat, picture(up.ID, strings.Replace(up.URL, "s=", "s=x", 1)), chat.CodeBadElement)

	g.says("ann", chat.ToGroup(room), bare) // their own
	mint("bob", 0)
	mint("cat", chat.CodeNoMessage)
	name("cat", chat.ToUser("bob"), bare, chat.CodeBadElement)

	name("bob", chat.ToUser("admin"), bare, 0) // it was shown to bob
	if err := g.Core.Group.Quit(g.ctx, as("bob"), room); err != nil {
		t.Fatal(err)
	}
	mint("bob", 0) // bob's own message names it still
	if _, err := g.Message.Recall(g.ctx, as("bob"), "", chat.ToUser("admin"), chat.MessageRef{Seq: 1}, ""); err != nil {
		t.Fatal(err)
	}
	mint("bob", chat.CodeNoMessage) // bob has left, and names it no more
	name("bob", toCat, bare, chat.CodeBadElement)

	name("cat", chat.ToUser("bob"), picture(up.ID, up.URL), 0) // cat was given an address
	mint("bob", 0)
	mint("cat", 0)
	g.wait(8 * 24 * time.Hour)
	name("cat", chat.ToUser("bob"), picture(up.ID, up.URL), chat.CodeBadElement) // it has expired, and so has the message

	_, err := g.Message.SendWait(g.ctx, admin(), chat.Draft{To: toCat, From: "bob", Body: bare})
	g.wants(err, 0)
}

// What is not there cannot be named; UUIDs and addresses of others are not looked at.
func TestFilesThatCanBeNamed(t *testing.T) {
	g := openGallery(t, nil)
	up, coming, banned := g.upload("ann", media.Image), g.begin("ann", media.Image, png), g.upload("ann", media.Image)
	if err := g.Media.Ban(g.ctx, admin(), banned.URL, true); err != nil {
		t.Fatal(err)
	}
	sound := `[{"MsgType":"TIMSoundElem","MsgContent":{"Url":%q,"UUID":%q,"Download_Flag":2}}]`
	film := `[{"MsgType":"TIMVideoFileElem","MsgContent":{"VideoUrl":"u","VideoUUID":%q,"VideoDownloadFlag":2,"ThumbUrl":"u","ThumbUUID":%q,"ThumbDownloadFlag":2,"ThumbWidth":1,"ThumbHeight":1}}]`
	merged := `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgNum":1,"CompatibleText":"c","MsgList":[{"MsgBody":%s}]}}]`
	for _, c := range []struct {
		what string
		body string
		want chat.Code
	}{
		{"one that is there", fmt.Sprintf(sound, "u", up.ID), 0},
		{"one that is still to come", fmt.Sprintf(sound, "u", coming.ID), chat.CodeBadElement},
		{"one that is banned", fmt.Sprintf(sound, "u", banned.ID), chat.CodeBadElement},
		{"one that never was", fmt.Sprintf(sound, "u", "zf-aeaaaaaaaaaaaaaaaaaaaaaaaa"), chat.CodeBadElement},
		{"another's UUID", fmt.Sprintf(sound, "u", "0f343b0931126a20f133d67c2b018a3b"), 0},
		{"what is almost ours", fmt.Sprintf(sound, "u", "zf-AEAAAAAAAAAAAAAAAAAAAAAAAA"), 0},
		{"an address of ours beside another's UUID", fmt.Sprintf(sound, banned.URL, "x"), chat.CodeBadElement},
		{"the film is there and its picture is not", fmt.Sprintf(film, up.ID, coming.ID), chat.CodeBadElement},
		{"both are", fmt.Sprintf(film, up.ID, up.ID), 0},
		{"in a merged message", fmt.Sprintf(merged, fmt.Sprintf(sound, "u", banned.ID)), chat.CodeBadElement},
		{"spelled with escapes", fmt.Sprintf(sound, "zf-", strings.Replace(string(banned.ID), "z", `\u007a`, 1)), chat.CodeBadElement},
		{"in a text", fmt.Sprintf(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]`, banned.ID), 0},
	} {
		body := strings.ReplaceAll(c.body, `\\u`, `\u`)
		if _, err := g.say("ann", chat.ToUser("bob"), []byte(body)); chat.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %d", c.what, err, c.want)
		}
	}
	var many []string
	for i := range 301 {
		id := fmt.Sprintf("zf-%c%c%s", 'a'+i%26, 'a'+i/26, strings.Repeat("a", 24))
		many = append(many, fmt.Sprintf(`{"MsgType":"TIMSoundElem","MsgContent":{"UUID":%q}}`, id))
	}
	g.settings(func(a *chat.App) { a.Limits.MessageBytes = -1 })
	_, err := g.say("ann", chat.ToUser("bob"), []byte("["+strings.Join(many, ",")+"]"))
	if err == nil || !strings.Contains(err.Error(), "more than 300") {
		t.Errorf("301 files: %v", err)
	}
}

// What is said of a file is bounded, and so is what has to come.
func TestUploads(t *testing.T) {
	g := openGallery(t, nil)
	g.settings(func(a *chat.App) { a.Media = chat.Media{ImageBytes: 100, FileBytes: 200} })
	for _, c := range []struct {
		what string
		r    media.Request
		want chat.Code
	}{
		{"a picture", media.Request{Kind: media.Image, Size: 100}, 0},
		{"a larger one", media.Request{Kind: media.Image, Size: 101}, chat.CodeMediaTooLarge},
		{"a sound", media.Request{Kind: media.Sound, Size: 101}, chat.CodeMediaTooLarge},
		{"an avatar", media.Request{Kind: media.Avatar, Size: 101}, chat.CodeMediaTooLarge},
		{"a film", media.Request{Kind: media.Video, Size: 200}, 0},
		{"a larger file", media.Request{Kind: media.Other, Size: 201}, chat.CodeMediaTooLarge},
		{"nothing", media.Request{Kind: media.Other}, chat.CodeMediaEmpty},
		{"less than nothing", media.Request{Kind: media.Other, Size: -1}, chat.CodeBadJSON},
		{"no kind", media.Request{Kind: "x", Size: 1}, chat.CodeBadJSON},
		{"another's", media.Request{Kind: media.Other, Size: 1, Of: "bob"}, chat.CodeBadFrom},
		{"a long type", media.Request{Kind: media.Other, Size: 1, Mime: strings.Repeat("x", 101)}, chat.CodeBadJSON},
		{"no sum", media.Request{Kind: media.Other, Size: 1, Sha256: "ab"}, chat.CodeBadJSON},
		{"a sum", media.Request{Kind: media.Other, Size: 1, Sha256: strings.Repeat("aB", 32)}, 0},
	} {
		if _, err := g.Media.Begin(g.ctx, as("ann"), c.r); chat.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %d", c.what, err, c.want)
		}
	}
	_, err := g.Media.Begin(g.ctx, admin(), media.Request{Kind: media.Other, Size: 1, Of: "bob"})
	g.wants(err, 0)
	_, err = g.Media.Begin(g.ctx, admin(), media.Request{Kind: media.Other, Size: 1, Of: "nobody"})
	g.wants(err, chat.CodeBadFrom)

	for _, c := range []struct {
		what    string
		kind    media.Kind
		said    int
		content string
		want    chat.Code
	}{
		{"no picture", media.Image, 4, "<svg", chat.CodeBadElement},
		{"an avatar that is none", media.Avatar, 4, "BMxx", chat.CodeBadElement},
		{"less than was said", media.Other, 9, "x", chat.CodeMediaTooLarge},
		{"a file of any kind", media.Other, 4, "<svg", 0},
	} {
		up := g.begin("ann", c.kind, strings.Repeat("x", c.said))
		if err := g.put(up, c.content); chat.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %d", c.what, err, c.want)
		}
		if there := g.files.Has(up.ID.Key(app)); there != (c.want == 0) {
			t.Errorf("%s: the bytes are there: %v", c.what, there)
		}
	}
	up := g.begin("ann", media.Other, "x")
	if err := g.put(up, "xy"); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("more than was said: %v", err)
	}
	g.wait(25 * time.Hour)
	g.wants(g.put(up, "x"), chat.CodeAuthFailed)
}

// A file is named as what it is, whatever its sender says, and shown by browsers only if that
// does no harm.
func TestWhatFilesAre(t *testing.T) {
	g := openGallery(t, nil)
	for _, c := range []struct {
		kind               media.Kind
		name, mime         string
		content            string
		wantName, wantMime string
		inline             bool
	}{
		{media.Image, "../../x/a.png", "text/html", png, "a.png", "image/png", true},
		{media.Other, `C:\x\` + "\x00b\n.txt", "application/pdf", "%PDF", "b.txt", "application/pdf", false},
		{media.Other, "..", "text/html", "<html>", "file", "application/octet-stream", false},
		{media.Other, "x.svg", "image/svg+xml", "<svg", "x.svg", "application/octet-stream", false},
		{media.Other, "", "application/xhtml+xml", "<x", "file", "application/octet-stream", false},
		{media.Other, strings.Repeat("é", 200) + ".docx", "", "PK", strings.Repeat("é", 125) + ".docx", "application/octet-stream", false},
		{media.Sound, "s", "audio/x", "\x00\x00\x00\x20ftypmp42", "s", "audio/mp4", true},
		{media.Video, "v", "", "\x00\x00\x00\x20ftypmp42", "v", "video/mp4", true},
		{media.Other, "\u202egnp.exe", "", "MZ", "gnp.exe", "application/octet-stream", false},
	} {
		up, err := g.Media.Begin(g.ctx, as("ann"), media.Request{Kind: c.kind, Name: c.name, Mime: c.mime, Size: int64(len(c.content))})
		if err != nil {
			t.Fatal(err)
		}
		if err := g.put(up, c.content); err != nil {
			t.Errorf("%q: %v", c.name, err)
			continue
		}
		d, err := g.download(up.URL)
		if err != nil || d.Name != c.wantName || d.Mime != c.wantMime || d.Inline != c.inline {
			t.Errorf("%q: %+v %v, want %q %s inline %v", c.name, d, err, c.wantName, c.wantMime, c.inline)
		}
	}
}

// The app and each user have as much as they may have; what goes makes room.
func TestQuota(t *testing.T) {
	size := int64(len(png))
	for _, c := range []struct {
		what  string
		m     chat.Media
		first int // files of ann until they are refused
		then  chat.Code
	}{
		{"files of a user", chat.Media{UserFiles: 2}, 2, 0},
		{"bytes of a user", chat.Media{UserBytes: 3*size - 1}, 2, 0},
		{"files of the app", chat.Media{AppFiles: 2}, 2, chat.CodeMediaTooLarge},
		{"bytes of the app", chat.Media{AppBytes: 3*size - 1}, 2, chat.CodeMediaTooLarge},
	} {
		t.Run(c.what, func(t *testing.T) {
			g := openGallery(t, nil)
			g.settings(func(a *chat.App) { a.Media = c.m })
			ask := func(u chat.UserID) error {
				_, err := g.Media.Begin(g.ctx, as(u), media.Request{Kind: media.Other, Size: size})
				return err
			}
			for range c.first {
				g.wants(ask("ann"), 0)
			}
			g.wants(ask("ann"), chat.CodeMediaTooLarge)
			g.wants(ask("bob"), c.then)
			g.sweep(25 * time.Hour) // none of them has come
			g.wants(ask("ann"), 0)
			files, bytes, err := g.Media.Have(g.ctx, app)
			if err != nil || files != 1 || bytes != size {
				t.Errorf("the app has %d files, %d bytes: %v", files, bytes, err)
			}
		})
	}
}

// When files go, and when they stay.
func TestLifeOfFiles(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		what string
		do   func(g *gallery, up *media.Ticket)
		days int
		has  bool
		why  string
	}{
		{"nobody names it, for some hours", func(*gallery, *media.Ticket) {}, 0, true, ""},
		{"nobody names it, for a day", func(*gallery, *media.Ticket) {}, 1, false, "unnamed"},
		{"a message names it", func(g *gallery, up *media.Ticket) { g.says("ann", chat.ToUser("bob"), picture(up.ID)) }, 3, true, ""},
		{"the message has expired", func(g *gallery, up *media.Ticket) { g.says("ann", chat.ToUser("bob"), picture(up.ID)) }, 8, false, "expired"},
		{"it was sent on", func(g *gallery, up *media.Ticket) {
			g.says("ann", chat.ToUser("bob"), picture(up.ID))
			g.wait(4 * day)
			g.says("bob", chat.ToUser("cat"), picture(up.ID))
		}, 5, true, ""},
		{"the message is recalled", func(g *gallery, up *media.Ticket) {
			r := g.says("ann", chat.ToUser("bob"), picture(up.ID))
			g.recall("ann", chat.ToUser("bob"), r.Seq)
			g.opens(up.URL, chat.CodeNoMessage) // at once
		}, 0, false, "recalled"},
		{"one of two messages is recalled", func(g *gallery, up *media.Ticket) {
			r := g.says("ann", chat.ToUser("bob"), picture(up.ID))
			g.says("ann", chat.ToUser("cat"), picture(up.ID))
			g.recall("ann", chat.ToUser("bob"), r.Seq)
			g.opens(up.URL, 0)
		}, 2, true, ""},
		{"the message is changed", func(g *gallery, up *media.Ticket) {
			r := g.says("ann", chat.ToUser("bob"), picture(up.ID))
			if _, err := g.Message.Modify(g.ctx, as("ann"), modified(chat.ToUser("bob"), r.Seq, text("no picture"))); err != nil {
				g.Fatal(err)
			}
		}, 0, false, "recalled"},
		{"the message is changed and names it yet", func(g *gallery, up *media.Ticket) {
			r := g.says("ann", chat.ToUser("bob"), picture(up.ID))
			if _, err := g.Message.Modify(g.ctx, as("ann"), modified(chat.ToUser("bob"), r.Seq, picture(up.ID, up.Thumb))); err != nil {
				g.Fatal(err)
			}
		}, 2, true, ""},
		{"what the sender has said is erased", func(g *gallery, up *media.Ticket) {
			room := g.group("ann", chat.Public, "bob")
			g.says("ann", chat.ToGroup(room), picture(up.ID))
			if err := g.Message.DeleteBySender(g.ctx, admin(), room, "ann"); err != nil {
				g.Fatal(err)
			}
		}, 0, false, "recalled"},
		{"the group has ended", func(g *gallery, up *media.Ticket) {
			room := g.group("ann", chat.Public, "bob")
			g.says("ann", chat.ToGroup(room), picture(up.ID))
			if err := g.Core.Group.Destroy(g.ctx, as("ann"), room); err != nil {
				g.Fatal(err)
			}
		}, 2, false, "expired"},
		{"it was sent to a live room", func(g *gallery, up *media.Ticket) {
			room := g.group("ann", chat.AVChatRoom)
			g.says("ann", chat.ToGroup(room), picture(up.ID))
		}, 2, false, "expired"},
		{"it is imported", func(g *gallery, up *media.Ticket) {
			g.importOne(picture(up.ID))
		}, 3, true, ""},
		{"it is in a merged message", func(g *gallery, up *media.Ticket) {
			g.says("ann", chat.ToUser("bob"), mergedWith(picture(up.ID), 1))
		}, 3, true, ""},
		{"it is in a list that came out of its message", func(g *gallery, up *media.Ticket) {
			g.says("ann", chat.ToUser("bob"), mergedWith(picture(up.ID), 20))
		}, 3, true, ""},
		{"the account goes, and nobody names it", func(g *gallery, _ *media.Ticket) { g.leaves("ann") }, 0, false, "account"},
		{"the account goes, and a message names it", func(g *gallery, up *media.Ticket) {
			g.says("ann", chat.ToUser("bob"), picture(up.ID))
			g.leaves("ann")
		}, 3, true, ""},
		{"the account goes, and then the message", func(g *gallery, up *media.Ticket) {
			g.says("ann", chat.ToUser("bob"), picture(up.ID))
			g.leaves("ann")
		}, 8, false, "account"},
	} {
		t.Run(c.what, func(t *testing.T) {
			g := openGallery(t, nil)
			up := g.upload("ann", media.Image)
			c.do(g, up)
			g.sweep(time.Duration(c.days) * day)
			g.has(up.ID, c.has)
			g.verified()
			for why, n := range g.Media.Swept() {
				if want := map[bool]int64{true: 1}[why == c.why]; n != want {
					t.Errorf("%d have gone because: %s", n, why)
				}
			}
		})
	}
}

// verified looks whether all rows fit together.
func (g *gallery) verified() {
	g.Helper()
	g.wants(core.VerifyRows(g.ctx, g.seen.Store, g.seen.EachRow, g.clock(), func(where, what string) { g.Errorf("%s: %s", where, what) }), 0)
}

func (g *gallery) recall(u chat.UserID, to chat.Target, seq chat.Seq) {
	g.Helper()
	if _, err := g.Message.Recall(g.ctx, as(u), "", to, chat.MessageRef{Seq: seq}, ""); err != nil {
		g.Fatal(err)
	}
}

func (g *gallery) leaves(u chat.UserID) {
	g.Helper()
	results, err := g.DeleteAccounts(g.ctx, admin(), []chat.UserID{u})
	if err != nil || results[0].Code != 0 {
		g.Fatalf("delete %s: %v %v", u, results, err)
	}
}

func modified(t chat.Target, seq chat.Seq, body []byte) message.Modification {
	return message.Modification{Target: t, Ref: chat.MessageRef{Seq: seq}, Body: body}
}

func (g *gallery) importOne(body []byte) {
	g.Helper()
	one := message.ImportedC2C{Mode: message.ImportLive, From: "ann", To: "bob", Time: g.clock().Unix(), Body: body}
	if err := g.Message.ImportC2C(g.ctx, admin(), one); err != nil {
		g.Fatal(err)
	}
}

// mergedWith is a merged message of n messages, the last of which is given.
func mergedWith(body []byte, n int) []byte {
	var list []string
	for range n - 1 {
		list = append(list, fmt.Sprintf(`{"MsgBody":%s}`, text(strings.Repeat("x", 1000))))
	}
	list = append(list, fmt.Sprintf(`{"MsgBody":%s}`, body))
	return fmt.Appendf(nil, `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgNum":%d,"CompatibleText":"c","MsgList":[%s]}}]`, n, strings.Join(list, ","))
}

// Who registers a name next has nothing of who had it before.
func TestNextHolderHasNoFiles(t *testing.T) {
	g := openGallery(t, nil)
	g.settings(func(a *chat.App) { a.Media.UserFiles = 2 })
	up, avatar := g.upload("ann", media.Image), g.upload("ann", media.Avatar)
	g.says("ann", chat.ToUser("bob"), picture(up.ID))
	g.leaves("ann")
	g.wait(time.Minute)
	if _, err := g.People.Login(g.ctx, app, "ann", chat.Ticket{Issued: g.clock().Unix()}); err != nil {
		t.Fatal(err)
	}
	next := as("ann")
	next.Holder = 1
	_, err := g.Media.Links(g.ctx, next, string(up.ID))
	g.wants(err, chat.CodeNoMessage)
	_, err = g.Message.SendWait(g.ctx, next, chat.Draft{To: chat.ToUser("cat"), Body: picture(up.ID)})
	g.wants(err, chat.CodeBadElement)
	for range 2 {
		_, err = g.Media.Begin(g.ctx, next, media.Request{Kind: media.Other, Size: 1})
		g.wants(err, 0)
	}
	_, err = g.Media.Begin(g.ctx, next, media.Request{Kind: media.Other, Size: 1})
	g.wants(err, chat.CodeMediaTooLarge)
	g.opens(avatar.URL, chat.CodeNoMessage)
	g.sweep(26 * time.Hour)
	g.has(avatar.ID, false)
	g.has(up.ID, true)
}

// An avatar is for everybody of the app, as long as its user is there, and of many the oldest go.
func TestAvatars(t *testing.T) {
	g := openGallery(t, nil)
	first := g.upload("ann", media.Avatar)
	if first.Expires != 0 || len(first.URL) > 100 {
		t.Errorf("%s (%d bytes) is good until %d", first.URL, len(first.URL), first.Expires)
	}
	if l, err := g.Media.Links(g.ctx, as("cat"), string(first.ID)); err != nil || l.URL != first.URL || l.Thumb == "" {
		t.Errorf("cat gets %+v, %v", l, err)
	}
	g.sweep(40 * 24 * time.Hour)
	g.has(first.ID, true)
	acc, err := g.Ledger().Account(g.ctx, app, "ann")
	if err != nil {
		t.Fatal(err)
	}
	mine := *acc
	mine.FaceURL = first.URL
	if err := g.house.put(&mine); err != nil {
		t.Fatal(err)
	}
	second := g.upload("ann", media.Avatar)
	for range 98 {
		g.wait(time.Second)
		g.upload("ann", media.Avatar)
	}
	g.has(second.ID, true)
	last := g.upload("ann", media.Avatar)
	g.has(second.ID, false)
	g.has(first.ID, true) // it is in use
	g.has(last.ID, true)
}

// A sweep that is cut short at any step is taken up by the next, and nothing of use goes.
func TestSweepIsResumed(t *testing.T) {
	for step := 1; ; step++ {
		n := 0
		crash := errors.New("crash")
		g := openGallery(t, nil)
		named, unnamed, coming := g.upload("ann", media.Image), g.upload("ann", media.Image), g.begin("ann", media.Image, png)
		g.says("ann", chat.ToUser("bob"), picture(named.ID))
		if _, err := g.files.Append(g.ctx, coming.ID.Key(app), 0, strings.NewReader("half"), 100); err != nil {
			t.Fatal(err)
		}
		stray := media.ID("zf-aeaaaaaaaaaaaaaaaaaaaaaaaa").Key(app)
		for _, key := range []string{stray, media.Derived(unnamed.ID.Key(app), media.Thumb)} {
			if err := g.files.Put(g.ctx, key, strings.NewReader("x"), 1); err != nil {
				t.Fatal(err)
			}
		}
		g.wait(25 * time.Hour)
		g.files.Fail = func(what, key string) error {
			if what != "remove" {
				return nil
			}
			if n++; n == step {
				return crash
			}
			return nil
		}
		failed := false
		for range 3 {
			failed = errors.Is(g.Media.SweepAll(g.ctx, app), crash) || failed
			g.wait(2 * time.Minute)
		}
		g.sweep(0)
		g.has(named.ID, true)
		g.has(unnamed.ID, false)
		g.has(coming.ID, false)
		for _, key := range []string{stray, media.Derived(unnamed.ID.Key(app), media.Thumb)} {
			if g.files.Has(key) {
				t.Errorf("step %d: %s is there", step, key)
			}
		}
		if files, bytes, err := g.Media.Have(g.ctx, app); files != 1 || bytes != int64(len(png)) || err != nil {
			t.Errorf("step %d: the app has %d files of %d bytes: %v", step, files, bytes, err)
		}
		if !failed {
			if step < 5 {
				t.Errorf("there were %d steps", step)
			}
			return
		}
	}
}

// A message that was admitted before its file began to leave has it yet.
func TestFileThatIsNamedAgainStays(t *testing.T) {
	asked := &stall{asked: make(chan func(chat.Verdict, error), 1)}
	g := openGallery(t, func(o *core.Options) { o.Gate = asked })
	g.settings(func(a *chat.App) {
		a.Webhook = chat.Webhook{URL: "u", Events: map[string]bool{string(chat.BeforeGroup): true}}
	})
	up := g.upload("ann", media.Image)
	room := g.group("ann", chat.Public, "bob")
	first := g.says("ann", chat.ToUser("bob"), picture(up.ID))
	done := make(chan error, 1)
	g.Message.Send(g.ctx, as("ann"), chat.Draft{To: chat.ToGroup(room), Body: picture(up.ID)}, func(_ chat.Receipt, err error) { done <- err })
	answer := <-asked.asked
	g.recall("ann", chat.ToUser("bob"), first.Seq)
	g.opens(up.URL, chat.CodeNoMessage)
	answer(chat.Verdict{}, nil)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	g.sweep(0)
	g.has(up.ID, true)
}

// stall is an app that takes its time.
type stall struct {
	asked chan func(chat.Verdict, error)
}

func (s *stall) Before(_ context.Context, _ chat.Question, done func(chat.Verdict, error)) {
	s.asked <- done
}

// A repetition of a send gets the first answer, though its file has gone, and names nothing twice.
func TestRepeatedSendOfFile(t *testing.T) {
	g := openGallery(t, nil)
	up := g.upload("ann", media.Image)
	d := chat.Draft{To: chat.ToUser("bob"), Body: picture(up.ID), ClientMsgID: "1"}
	again := func(want chat.Seq) {
		t.Helper()
		r, err := g.Message.SendWait(g.ctx, as("ann"), d)
		if err != nil || r.Seq != want {
			t.Errorf("sent with number %d, %v; want %d", r.Seq, err, want)
		}
	}
	again(1)
	again(1)
	g.recall("ann", chat.ToUser("bob"), 1)
	g.sweep(0)
	g.has(up.ID, false)
	again(1)
}

// Who opens the list of a merged message has addresses that open its pictures.
func TestMergedListHasFreshAddresses(t *testing.T) {
	g := openGallery(t, nil)
	up := g.upload("ann", media.Image)
	g.says("ann", chat.ToUser("bob"), mergedWith(picture(up.ID), 20))
	g.says("ann", chat.ToUser("bob"), mergedWith(picture(up.ID), 1))
	g.wait(4 * 24 * time.Hour)
	all := g.historyOf("bob", chat.ToUser("ann"))
	list, err := g.Message.Merged(g.ctx, as("bob"), g.keyIn(all[0].Body))
	if err != nil {
		t.Fatal(err)
	}
	inList, inBody := addressesIn(list), addressesIn(all[1].Body)
	if !slices.Equal(inList, inBody) || len(inBody) != 3 {
		t.Fatalf("addresses %q and %q", inList, inBody)
	}
	for _, a := range inBody {
		g.opens(a, 0)
	}
}

// Wherever a message leaves the core it has addresses that are good, whatever its sender wrote.
func TestAddressesWhereverMessagesLeave(t *testing.T) {
	asked := &questions{}
	g := openGallery(t, func(o *core.Options) { o.Gate = asked })
	g.settings(func(a *chat.App) {
		a.Webhook = chat.Webhook{URL: "u", All: true}
		a.Limits.LiveRecent = 5
	})
	up := g.upload("ann", media.Image)
	body := picture(up.ID, "https://elsewhere.example.com/1")
	good := func(where string, body []byte) {
		t.Helper()
		list := addressesIn(body)
		if len(list) == 0 {
			t.Errorf("%s: there are no addresses in %s", where, body)
		}
		for _, a := range list {
			if !strings.HasPrefix(a, "https://chat.example.com") {
				t.Errorf("%s: the address is %s", where, a)
				continue
			}
			g.opens(a, 0)
		}
	}
	bob := chat.ToUser("bob")
	r := g.says("ann", bob, body)
	good("the question of the before-webhook", asked.last().Body)
	pending, err := g.Media.Addresses.Store(g.store).Pending(g.ctx, "", 10)
	if err != nil || len(pending) == 0 {
		t.Fatal(pending, err)
	}
	for _, e := range pending {
		if e.Message != nil {
			good("the webhook "+string(e.Kind), e.Message.Body)
		}
	}
	changed, err := g.Message.Modify(g.ctx, as("ann"), modified(bob, r.Seq, append(body[:len(body)-1:len(body)-1], `,{"MsgType":"TIMFaceElem","MsgContent":{}}]`...)))
	if err != nil {
		t.Fatal(err)
	}
	good("the answer of a change", changed.Body)
	events := g.events()
	good("the event of a change", events[len(events)-1].Message.Body)
	kept, err := g.Ledger().ConvEvents(g.ctx, chat.C2COf(app, "ann", "bob"), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	good("the event that is asked for", kept[len(kept)-1].Message.Body)
	found, err := g.Message.Newest(g.ctx, message.Sight{Conv: chat.C2COf(app, "ann", "bob"), User: "bob", First: 1}, 9)
	if err != nil {
		t.Fatal(err)
	}
	good("the list of conversations", found.Body)

	live := g.group("ann", chat.AVChatRoom)
	g.says("ann", chat.ToGroup(live), body)
	heard := g.heard()
	good("a live room", heard[len(heard)-1].Body)
	good("its recent messages", g.historyOf("ann", chat.ToGroup(live))[0].Body)
	roam, err := g.Message.Roam(g.ctx, admin(), message.RoamQuery{Of: "ann", Peer: "bob", MaxTime: 1 << 40, Max: 10})
	if err != nil {
		t.Fatal(err)
	}
	good("the history for backends", roam.Messages[0].Body)
}

// questions keeps what the app was asked, and lets all pass.
type questions struct {
	mu   sync.Mutex
	list []*chat.Message
}

func (q *questions) Before(_ context.Context, one chat.Question, done func(chat.Verdict, error)) {
	q.mu.Lock()
	q.list = append(q.list, one.Message)
	q.mu.Unlock()
	done(chat.Verdict{}, nil)
}

func (q *questions) last() *chat.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.list[len(q.list)-1]
}

// What an app rewrites may name what the app may.
func TestRewrittenMessageNamesFiles(t *testing.T) {
	rewrite := &rewriting{}
	g := openGallery(t, func(o *core.Options) { o.Gate = rewrite })
	g.settings(func(a *chat.App) {
		a.Webhook = chat.Webhook{URL: "u", Events: map[string]bool{string(chat.BeforeC2C): true}}
	})
	up := g.upload("ann", media.Image)
	rewrite.body = picture(up.ID)
	m := g.sendBody("cat", chat.ToUser("bob"), text("plain"))
	if m.Media == 0 {
		t.Error("it names no file")
	}
	rewrite.body = picture("zf-aeaaaaaaaaaaaaaaaaaaaaaaaa")
	_, err := g.say("cat", chat.ToUser("bob"), text("plain"))
	g.wants(err, chat.CodeBadElement)
	rewrite.body = text("no file")
	if m := g.sendBody("ann", chat.ToUser("bob"), picture(up.ID)); m.Media != 0 {
		t.Error("it names a file that the app has taken out")
	}
}

// rewriting is an app that writes what it likes.
type rewriting struct{ body []byte }

func (r *rewriting) Before(_ context.Context, _ chat.Question, done func(chat.Verdict, error)) {
	done(chat.Verdict{Body: r.body}, nil)
}

// Backends sign, ban and allow by the addresses they have, expired or not.
func TestBackendsAndFiles(t *testing.T) {
	g := openGallery(t, nil)
	up := g.upload("ann", media.Image)
	g.says("ann", chat.ToUser("bob"), picture(up.ID))
	g.wait(4 * 24 * time.Hour)
	sign := func(address string, want media.Condition) string {
		t.Helper()
		at, is, err := g.Media.Signed(g.ctx, admin(), address)
		if err != nil || is != want {
			t.Errorf("%s is %d, %v; want %d", address, is, err, want)
		}
		return at
	}
	thumb := sign(up.Thumb, media.Normal)
	if d, err := g.download(thumb); err != nil || d.Variant != media.Thumb {
		t.Errorf("%s opens %+v, %v", thumb, d, err)
	}
	g.wait(16 * time.Minute)
	g.opens(thumb, chat.CodeAuthFailed)
	sign("https://elsewhere.example.com/x.png", media.Gone)
	sign(strings.Replace(up.URL, "/1400000001/", "/1400000002/", 1), media.Gone)

	l, err := g.Media.Links(g.ctx, as("bob"), string(up.ID))
	if err != nil {
		t.Fatal(err)
	}
	g.wants(g.Media.Ban(g.ctx, as("ann"), up.URL, true), chat.CodeNeedAdmin)
	g.wants(g.Media.Ban(g.ctx, admin(), "https://elsewhere.example.com/x.png", true), chat.CodeNoMessage)
	g.wants(g.Media.Ban(g.ctx, admin(), up.URL, true), 0)
	g.opens(l.URL, chat.CodeNoMessage)
	sign(up.URL, media.Banned)
	_, err = g.Media.Links(g.ctx, as("ann"), string(up.ID))
	g.wants(err, chat.CodeNoMessage)
	g.wants(g.Media.Ban(g.ctx, admin(), up.URL, false), 0)
	g.opens(l.URL, 0)
}

// What senders write to the store themselves is looked at when it is first used.
func TestDirectUpload(t *testing.T) {
	g := openGallery(t, nil)
	g.files.Direct = func(key string) string { return "https://store.example.com/" + key }
	for _, c := range []struct {
		what    string
		content string
		want    chat.Code
	}{
		{"a picture", png, 0},
		{"no picture", strings.Repeat("x", len(png)), chat.CodeBadElement},
		{"a longer one", png + "x", chat.CodeBadElement},
		{"nothing yet", "", chat.CodeBadElement},
	} {
		up := g.begin("ann", media.Image, png)
		if !strings.HasPrefix(up.UploadURL, "https://store.example.com/") || up.Headers["X-Direct"] != "1" {
			t.Errorf("it goes to %s with %v", up.UploadURL, up.Headers)
		}
		if c.content != "" {
			if err := g.files.Put(g.ctx, up.ID.Key(app), strings.NewReader(c.content), 0); err != nil {
				t.Fatal(err)
			}
		}
		_, err := g.say("ann", chat.ToUser("bob"), picture(up.ID))
		g.wants(err, c.want)
		if there := g.files.Has(up.ID.Key(app)); there != (c.want == 0) {
			t.Errorf("%s: the bytes are there: %v", c.what, there)
		}
	}
}

// A server without files says so, and leaves all messages as they are.
func TestServerWithoutFiles(t *testing.T) {
	h := open(t, nil)
	_, err := h.Media.Begin(h.ctx, as("ann"), media.Request{Kind: media.Image, Size: 1})
	h.wants(err, chat.CodeCommandDisabled)
	_, err = h.Media.Links(h.ctx, as("ann"), "zf-aeaaaaaaaaaaaaaaaaaaaaaaaa")
	h.wants(err, chat.CodeCommandDisabled)
	body := picture("zf-aeaaaaaaaaaaaaaaaaaaaaaaaa")
	if m := h.sendBody("ann", chat.ToUser("bob"), body); !bytes.Equal(m.Body, body) || m.Media != 0 {
		t.Errorf("it is kept as %s, %d", m.Body, m.Media)
	}
}
