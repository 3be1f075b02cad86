package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	room "github.com/teahouse-im/teahouse/chat/media"
	"github.com/teahouse-im/teahouse/media"
	"github.com/teahouse-im/teahouse/media/folder"
	"github.com/teahouse-im/teahouse/media/s3"
)

// Of the data folder: the files that users send, the parts of some that are on their way to a
// bucket, and the secret with which addresses are signed.
const (
	MediaFolder  = "media"
	spoolFolder  = "media-parts"
	MediaKeyFile = "media.key"
)

// mediaLeave is how much of the disk files leave, besides what the operator wants: the store of
// messages needs room when they do not.
const mediaLeave = 256 << 20

// files are those that users send.
type files struct {
	room.Store
	addresses *room.Addresses
	handler   *media.Handler
}

// beside serves the files of a listener of their own.
func (f *files) beside() http.Handler {
	if f.handler == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle(media.Path, f.handler)
	return mux
}

// openFiles opens the store of files.
func (a *App) openFiles(ctx context.Context) (err error) {
	a.shown = a.store
	m := a.opt.Media
	if m.Off || a.opt.WS == "" && a.opt.WSS == "" && m.Listen == "" {
		return nil
	}
	secret, err := mediaKey(filepath.Join(a.opt.Data, MediaKeyFile))
	if err != nil {
		return err
	}
	if a.files.addresses, err = room.NewAddresses(secret, a.opt.Now); err != nil {
		return err
	}
	if m.S3 != nil {
		err = a.openBucket(ctx, *m.S3)
	} else {
		err = a.openFolder(m.Dir)
	}
	if err != nil {
		return err
	}
	a.shown = a.files.addresses.Store(a.store)
	return nil
}

func (a *App) openFolder(dir string) error {
	if dir == "" {
		dir = filepath.Join(a.opt.Data, MediaFolder)
	}
	store, err := folder.Open(folder.Options{Dir: dir, Leave: a.opt.MinFree + mediaLeave, Full: a.refuses})
	if err != nil {
		return err
	}
	a.files.Store = store
	return nil
}

// openBucket opens a bucket and asks it for something: wrong settings end the start. One that
// does not answer now may do so later.
func (a *App) openBucket(ctx context.Context, o s3.Options) error {
	o.Now, o.Spool = a.opt.Now, filepath.Join(a.opt.Data, spoolFolder)
	if err := os.MkdirAll(o.Spool, 0o700); err != nil {
		return err
	}
	if err := s3.ClearSpool(o.Spool); err != nil {
		return err
	}
	store, err := s3.Open(o)
	if err != nil {
		return fmt.Errorf("media: %w", err)
	}
	a.onClose("bucket", a.opt.Shutdown, func(context.Context) error {
		store.Close()
		return nil
	})
	ctx, cancel := context.WithTimeout(ctx, a.opt.Shutdown)
	defer cancel()
	switch err := store.Check(ctx); {
	case s3.Wrong(err):
		return fmt.Errorf("media: %w", err)
	case err != nil:
		a.log.Warn("the bucket for files cannot be asked now", "err", err)
	}
	a.files.Store = store
	return nil
}

// Bounds of what pictures may take that are made smaller: a share of the memory.
const (
	minPictureBytes = 32 << 20
	maxPictureBytes = 256 << 20
)

func (m Memory) pictureBytes() int64 {
	if m.Limit == 0 {
		return m.target() / 2
	}
	return min(max(m.Limit/4, minPictureBytes), maxPictureBytes)
}

// serveFiles makes the handler of files. It is closed after the listeners, before the core.
func (a *App) serveFiles(context.Context) error {
	if a.files.Store == nil {
		return nil
	}
	a.files.handler = media.New(media.Options{
		Room: a.core.Media, Store: a.files.Store, Origins: a.opt.Origins, PictureBytes: a.opt.Memory.pictureBytes(),
		Log: a.log.With("component", "media"), Registerer: a.metrics, Now: a.opt.Now,
	})
	a.onClose("media", a.opt.Shutdown, a.files.handler.Close)
	return a.metrics.Register(newFileFigures(a))
}

// addressFiles opens the listener that files have of their own, and finds out where they are
// reached.
func (a *App) addressFiles() error {
	if a.files.Store == nil {
		return nil
	}
	m, at := a.opt.Media, strings.TrimPrefix(strings.TrimSuffix(a.ready.WS, wsPath), "ws://")
	if m.Listen != "" {
		addr, err := a.broker.ListenHTTP(m.Listen, nil, a.files.beside())
		if err != nil {
			return listenError("media.listen in the configuration", err)
		}
		at = addr.String()
	}
	switch a.ready.Media = m.URL; {
	case a.ready.Media != "":
	case m.Listen == "" && a.ready.WSS != "":
		a.ready.Media = "https://" + a.secureHost("")
	default:
		a.ready.Media = "http://" + reachable(at)
	}
	a.files.addresses.ServedAt(a.ready.Media)
	return nil
}

// reachable is a bound address as others on the network can use it: one of this machine in
// place of all of them.
func reachable(at string) string {
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return at
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsUnspecified() {
		return at
	}
	host = "127.0.0.1"
	if own, err := machineAddresses(); err == nil && len(own) > 0 {
		host = own[0]
		for _, one := range own {
			if ip := net.ParseIP(one); ip != nil && ip.To4() != nil {
				host = one
				break
			}
		}
	}
	return net.JoinHostPort(host, port)
}

// mediaKey reads the secret of addresses, or makes one. It has to outlast the server: the
// addresses of avatars do not expire.
func mediaKey(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, room.MinSecretBytes)
		_, _ = rand.Read(key) // never fails
		if err := writeFile(file, []byte(hex.EncodeToString(key)+"\n")); err != nil {
			return nil, fmt.Errorf("media key: %w", err)
		}
		return key, syncFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("media key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) < room.MinSecretBytes {
		return nil, fmt.Errorf("media key: %s is damaged: delete it, and a new one is made; the addresses of avatars change then", file)
	}
	return key, nil
}

// syncFile makes a file that was just written durable, with its name.
func syncFile(file string) error {
	for _, name := range []string{file, filepath.Dir(file)} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		// Not every system lets a folder be synced.
		_ = f.Sync()
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
