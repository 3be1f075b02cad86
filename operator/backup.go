package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	room "github.com/teahouse-im/teahouse/chat/operator"
)

// ErrBackupRuns is the refusal of a second backup at the same time.
var ErrBackupRuns = errors.New("a backup is being made already")

// Backup writes a backup of the running server. noMedia leaves out the files that users send.
type Backup func(ctx context.Context, w io.Writer, noMedia bool) (BackupResult, error)

// BackupResult is what the log of operators says of one.
type BackupResult struct {
	Commit         uint64
	Entries, Files uint64
	Missing        uint64 // files that were named and not found
}

// backupPatience is how long the reader of a backup may take for a piece of it.
const backupPatience = time.Minute

// backup streams a backup. When it fails on the way the connection is cut, so that nobody takes
// the part for the whole; the file tells it too.
func (h *Handler) backup(ctx context.Context, c *call) (any, error) {
	if h.Backup == nil {
		return nil, notFound("this server makes no backups")
	}
	media := c.query("media")
	if media != "" && media != "no" {
		return nil, bad("media: want no, or nothing")
	}
	w := &patient{w: c.w, control: http.NewResponseController(c.w)}
	done, err := h.Backup(ctx, w, media == "no")
	if err != nil && w.began {
		c.detail = "cut"
		return nil, &cutShort{&fault{status: http.StatusInternalServerError, Code: "cut", Message: "the backup ended on the way"}}
	}
	if err != nil {
		return nil, err
	}
	c.detail = fmt.Sprintf("commit %d, %d entries, %d files", done.Commit, done.Entries, done.Files)
	return written{}, nil
}

// written is an answer that has been written already.
type written struct{}

// cutShort is the fault of an answer that has begun: the connection is cut.
type cutShort struct{ *fault }

// Unwrap implements errors.As.
func (c *cutShort) Unwrap() error { return c.fault }

// patient writes the body of a long answer. Its reader has a time for each piece.
type patient struct {
	w       http.ResponseWriter
	control *http.ResponseController
	began   bool
}

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	if !p.began {
		p.began = true
		head := p.w.Header()
		protect(head)
		head.Set("Content-Type", "application/octet-stream")
		head.Set("Content-Disposition", `attachment; filename="teahouse.backup"`)
	}
	_ = p.control.SetWriteDeadline(time.Now().Add(backupPatience)) // tests have writers without
	return p.w.Write(b)
}

func (h *Handler) backupRoutes() []route {
	return []route{{method: get, path: "backup", role: room.Write, act: "backup", do: h.backup, long: true}}
}
