package operator

import "github.com/prometheus/client_golang/prometheus"

// newAsked makes the counter of requests. Labels are bounded by the table of routes and the
// codes of faults.
func newAsked(r prometheus.Registerer) *prometheus.CounterVec {
	asked := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "teahouse_operator_requests_total",
		Help: "Requests of operators by action, as their log names it (session.login is a login by password; read is all that only looks), and result: ok, or the code of the refusal.",
	}, []string{"action", "result"})
	if r != nil {
		r.MustRegister(asked)
	}
	return asked
}

// count counts a request; f is nil when it was done.
func (h *Handler) count(to *route, f *fault) {
	action, result := to.act, "ok"
	if action == "" {
		action = "read"
	}
	if f != nil {
		result = f.Code
	}
	h.asked.WithLabelValues(action, result).Inc()
}
