package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/http/pprof"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Inside returns the handler of a listener that shows the inside of the server
// and nothing else: /metrics and, if Pprof is set, /debug/pprof, to everybody who reaches it. Of the
// options Registry, which is required, Pprof and Host are used.
func Inside(o Options) http.Handler {
	mux := http.NewServeMux()
	addInside(mux, o.Registry, o.Pprof, func(h http.Handler) http.Handler { return h })
	d := &door{Options: o}
	return d.checked(mux)
}

// addInside adds the pages that show the inside, each behind a guard.
func addInside(mux *http.ServeMux, r *prometheus.Registry, profiles bool, guard func(http.Handler) http.Handler) {
	mux.Handle("GET /metrics", guard(inTurn(promhttp.HandlerFor(r, promhttp.HandlerOpts{}), metricsSeconds)))
	if !profiles {
		return
	}
	for path, page := range map[string]http.HandlerFunc{
		"": pprof.Index, "cmdline": pprof.Cmdline, "profile": pprof.Profile, "symbol": pprof.Symbol, "trace": pprof.Trace,
	} {
		mux.Handle("GET /debug/pprof/"+path, guard(page))
	}
}

// withToken asks for the server token.
func (d *door) withToken(h http.Handler) http.Handler {
	if d.OpenMetrics {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(d.Token()))
		if !bearer || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="teahouse"`)
			say(w, http.StatusUnauthorized, "the server token is needed, as a bearer token")
			return
		}
		h.ServeHTTP(w, r)
	})
}
