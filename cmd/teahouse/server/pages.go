package server

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/teahouse-im/teahouse/certificates"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/media"
	"github.com/teahouse-im/teahouse/web"
)

// Web says which pages are served.
type Web struct {
	Chat    bool     // the chat, at the root of the WebSocket listeners
	Origins []string // addresses besides our own that it may load from and connect to
}

// besideMQTT serves what the WebSocket listeners have besides MQTT: files of users and the chat.
func (a *App) besideMQTT() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(certificates.ChallengePath, a.certs.Challenges(http.NotFoundHandler()))
	if a.files.handler != nil {
		mux.Handle(media.Path, a.files.handler)
	}
	if a.opt.Web.Chat {
		a.chat = web.Chat()
		mux.Handle("/", a.chat)
	}
	if a.opt.Dev != nil {
		mux.HandleFunc("GET "+asPath+"{user}", a.logInAs)
	}
	return a.overTLSAlone(mux)
}

// trustFiles tells the chat from where it gets the files of users.
func (a *App) trustFiles() {
	if a.chat == nil {
		return
	}
	sources := append([]string{a.ready.Media}, a.opt.Web.Origins...)
	if s := a.opt.Media.S3; s != nil {
		sources = append(sources, s.Endpoint)
		if at, err := url.Parse(s.Endpoint); err == nil && !s.PathStyle {
			at.Host = s.Bucket + "." + at.Host
			sources = append(sources, at.String())
		}
	}
	a.chat.Trust(sources...)
}

// asPath begins the addresses of a dev server at which one is logged in as one of its users.
const asPath = "/as/"

// LoginLink is the address of a chat page, at the root of some address, that logs a user in. It
// holds the ticket: who has it is that user. The page takes it out of the address when it
// has read it, and it is in the part of the address that no server is sent.
func LoginLink(page string, app chat.AppID, user chat.UserID, ticket string) string {
	q := url.Values{"app": {fmt.Sprint(app)}, "user": {string(user)}, "sig": {ticket}}
	return strings.TrimSuffix(page, "/") + "/#/login?" + q.Encode()
}

// logInAs sends a browser on to the chat with a ticket. It is there in dev alone, which only
// this machine reaches; what a page of another host has a browser ask is refused, be it that the name of
// that host leads here (DNS rebinding).
func (a *App) logInAs(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	user := chat.UserID(r.PathValue("user"))
	switch {
	case !askedHere(r):
		http.Error(w, "only for this machine: open the address yourself", http.StatusForbidden)
		return
	case !slices.Contains(DevUsers, user):
		http.NotFound(w, r)
		return
	}
	t, err := a.devTicket(user)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, LoginLink("", a.ready.SDKAppID, user, t), http.StatusSeeOther)
}

// askedHere reports whether somebody has opened an address themselves, on this machine.
func askedHere(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return thisMachine(r.Host) && (site == "" || site == "none" || site == "same-origin")
}

// thisMachine reports whether a Host is a name of this machine that nobody else can give.
func thisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}
