package archive

import (
	"bufio"
	"compress/gzip"
	"crypto/md5" // named by the specification, against nobody
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
)

// Facts are what is said of a file. They are kept beside it, written after it: where they
// are, the file is whole. Of an hour without messages there are only they.
type Facts struct {
	Messages         int
	Bytes, GzipBytes int64
	MD5, GzipMD5     string // hexadecimal
}

// Ends of names: facts, and what is not finished.
const (
	factsEnd = ".facts"
	partEnd  = ".part"
)

// errLarge ends a file that would be larger than all may be together.
var errLarge = errors.New("the messages of the hour are more than all files may have")

// folder is where the files of an app lie.
func (s *Service) folder(app chat.AppID) string {
	return filepath.Join(s.Dir, strconv.FormatUint(uint64(app), 10))
}

// factsOf reads what there is of a file, nil when it is still to be made.
func (s *Service) factsOf(app chat.AppID, h hour) (*Facts, error) {
	path := filepath.Join(s.folder(app), h.name())
	text, err := os.ReadFile(path + factsEnd)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var f Facts
	if err != nil || json.Unmarshal(text, &f) != nil {
		return nil, err
	}
	if f.Messages > 0 {
		is, err := os.Stat(path)
		if err != nil || is.Size() != f.GzipBytes { // somebody has removed it
			return nil, nil
		}
	}
	return &f, nil
}

// sum counts and sums up what goes through it.
type sum struct {
	md5 hash.Hash
	n   int64
}

func newSum() *sum { return &sum{md5: md5.New()} }

func (s *sum) Write(p []byte) (int, error) {
	s.n += int64(len(p))
	return s.md5.Write(p)
}

func (s *sum) text() string { return hex.EncodeToString(s.md5.Sum(nil)) }

// writer is a file being made, under a name of its own until it is whole.
type writer struct {
	path string
	part *os.File
	out  *bufio.Writer
	zip  *gzip.Writer
	all  io.Writer // zip, and the sum of what is in it

	plain, packed *sum
	most          int64 // bytes of packed
	messages      int
	line          []byte
}

func (s *Service) create(app chat.AppID, h hour) (*writer, error) {
	dir := s.folder(app)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	w := &writer{path: filepath.Join(dir, h.name()), plain: newSum(), packed: newSum(), most: s.MaxBytes}
	if err := passing(os.Remove(w.path + factsEnd)); err != nil { // they are of a file that is gone
		return nil, err
	}
	var err error
	if w.part, err = os.OpenFile(w.path+partEnd, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	w.out = bufio.NewWriterSize(w.part, 64<<10)
	w.zip = gzip.NewWriter(io.MultiWriter(w.out, w.packed))
	w.all = io.MultiWriter(w.zip, w.plain)
	if _, err = w.all.Write(append(head(app, h), '\n')); err != nil {
		w.abandon()
		return nil, err
	}
	return w, nil
}

// message writes a line, if the message is to be seen. The end of the line before is
// written with it: only then it is known that it is not the last.
func (w *writer) message(m *chat.Message) (err error) {
	if !shown(m) {
		return nil
	}
	w.line = w.line[:0]
	if w.messages > 0 {
		w.line = append(w.line, ",\n"...)
	}
	if w.line, err = appendEntry(w.line, m); err != nil {
		return err
	}
	w.messages++
	if w.packed.n > w.most {
		return errLarge
	}
	_, err = w.all.Write(w.line)
	return err
}

// finish gives the file its name, and then writes its facts.
func (w *writer) finish() (*Facts, error) {
	if w.messages == 0 {
		return w.note(&Facts{})
	}
	if _, err := w.all.Write([]byte("\n" + tail)); err != nil {
		return nil, err
	}
	if err := errors.Join(w.zip.Close(), w.out.Flush(), w.part.Sync()); err != nil {
		return nil, err
	}
	if err := os.Rename(w.path+partEnd, w.path); err != nil {
		return nil, err
	}
	return w.note(&Facts{
		Messages: w.messages, Bytes: w.plain.n, MD5: w.plain.text(), GzipBytes: w.packed.n, GzipMD5: w.packed.text(),
	})
}

// note writes the facts, durably after the file.
func (w *writer) note(f *Facts) (*Facts, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(w.path)
	if err := syncFolder(dir); err != nil {
		return nil, err
	}
	part := w.path + factsEnd + partEnd
	if err := errors.Join(writeSynced(part, text), os.Rename(part, w.path+factsEnd)); err != nil {
		return nil, err
	}
	return f, syncFolder(dir)
}

// abandon removes what is not finished.
func (w *writer) abandon() {
	_ = w.part.Close()
	_ = os.Remove(w.path + partEnd) // it is gone when the file has its name
}

func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes the names in a folder durable, where the system can do that.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // some systems have none for folders
	return f.Close()
}
