package admin

import (
	"errors"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/archive"
)

// downloadTime bounds one download. Who is slower goes on with a Range.
const downloadTime = 30 * time.Minute

// historyFile serves a file that get_history has given the address of. The signature in
// the address is all that is needed (spec/09 §F).
func (d *door) historyFile(w http.ResponseWriter, r *http.Request) {
	app, _ := strconv.ParseUint(r.PathValue("app"), 10, 32)
	query := r.URL.Query()
	expires, _ := strconv.ParseInt(query.Get("expires"), 10, 64)
	name := r.PathValue("name")
	f, err := d.Core.Archive.Open(chat.AppID(app), name, expires, query.Get("sign"))
	switch {
	case errors.Is(err, archive.ErrForbidden):
		say(w, http.StatusForbidden, err.Error())
		return
	case errors.Is(err, os.ErrNotExist):
		say(w, http.StatusNotFound, "the file is gone: ask get_history again")
		return
	case err != nil:
		d.Log.Error("history file", "err", err)
		say(w, http.StatusInternalServerError, "internal error")
		return
	}
	defer func() { _ = f.Close() }()
	// The server's own deadline is for pages; without this one a large file ends early.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(downloadTime))
	w.Header().Set("Content-Type", "application/gzip")
	http.ServeContent(w, r, name, time.Time{}, f)
}

// base is the address by which the caller has reached the door. What ends TLS before it
// says so in a header.
func base(r *http.Request) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
