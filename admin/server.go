package admin

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/teahouse-im/teahouse/sampled"
)

// Bounds of the HTTP server. A ticket of up to 4 KiB travels in the URL, so
// headers need room; profiles of pprof run for 30 s by default.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 2 * time.Minute
	headerBytes   = 32 << 10
)

// Server is an HTTP server for the door's handler, with bounds against slow or greedy
// peers. The caller binds, serves and shuts down.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
	}
	if log != nil {
		s.ErrorLog = sampled.New(log, nil).HTTPErrors()
	}
	return s
}
