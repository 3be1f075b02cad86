package media

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// deadline is when a connection ends on which nothing moves. It is compared with the system's
// clock, whatever that of the server says.
func (h *Handler) deadline() time.Time { return time.Now().Add(h.opt.Stall) }

// bodyReader reads what is sent. It ends when nothing comes, or too slowly, or the turn is over.
type bodyReader struct {
	body    io.Reader
	control *http.ResponseController
	ctx     context.Context // of the turn
	stall   time.Duration
	rate    int64 // bytes a second
	begun   time.Time
	read    int64
	count   prometheus.Counter
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	now := time.Now()
	end := now.Add(b.stall)
	if slowest := b.begun.Add(b.stall + time.Duration(b.read/b.rate)*time.Second); slowest.Before(end) {
		end = slowest
	}
	_ = b.control.SetReadDeadline(end)           // not every listener has deadlines
	if cut := context.Cause(b.ctx); cut != nil { // who cuts moves the deadline afterwards
		return 0, cut
	}
	n, err := b.body.Read(p)
	b.read += int64(n)
	b.count.Add(float64(n))
	if err != nil && errors.Is(context.Cause(b.ctx), errCut) { // the deadline was moved for it
		err = errCut
	}
	return n, err
}

// pacedWriter writes an answer to who takes it at some pace.
type pacedWriter struct {
	http.ResponseWriter
	h       *Handler
	control *http.ResponseController
}

// Write implements io.Writer.
func (p *pacedWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(p.h.deadline())
	n, err := p.ResponseWriter.Write(b)
	p.h.count.out.Add(float64(n))
	return n, err
}
