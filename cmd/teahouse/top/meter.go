package top

// Report is a sample with rates in place of counters.
type Report struct {
	At      int64   `json:"at"` // Unix milliseconds
	Uptime  float64 `json:"uptime_seconds"`
	Version string  `json:"version"`
	Ready   bool    `json:"ready"`
	Why     string  `json:"why"`
	// Rates are a second's, and the means ack_ms, deliver_ms and commit_ms are of what was done
	// since the sample before; a mean of nothing is not there. Without a sample before Rates is nil.
	Rates      map[string]float64 `json:"rates"`
	Gauges     map[string]float64 `json:"gauges"`
	Transports map[string]int     `json:"transports"`
	Protocols  map[string]int     `json:"protocols"`
	AppsInAll  int                `json:"apps_in_all"`
	Apps       []AppRates         `json:"apps"`
	Slow       []Slow             `json:"slow"`
}

// AppRates is an app with rates, once it was in two samples.
type AppRates struct {
	App
	Known bool `json:"-"` // there are rates
}

// means are numbers that are made of two counters.
var means = []struct{ name, seconds, count string }{
	{"ack_ms", "ack_seconds", "acks"},
	{"deliver_ms", "deliver_seconds", "delivers"},
	{"commit_ms", "commit_seconds", "commits"},
}

// Meter makes reports of the samples that it is given one after another.
type Meter struct {
	was   *Sample
	last  *Report // of was
	asked bool    // a sample was asked for
}

// Take makes the report of the next sample. A server that was started anew since the sample before has no
// rates yet. One that answers with the same moment again has those of the report before.
func (m *Meter) Take(s *Sample) *Report {
	r := &Report{
		At: s.At, Uptime: float64(s.At-s.Started) / 1000, Version: s.Version, Ready: s.Ready, Why: s.Why,
		Gauges: s.Gauges, Transports: s.Transports, Protocols: s.Protocols, AppsInAll: s.AppsInAll, Slow: s.Slow,
	}
	if m.was != nil && m.was.Started != s.Started {
		m.was, m.last = nil, nil
	}
	switch {
	case m.was == nil:
		r.Apps = appRates(nil, s)
	case s.At <= m.was.At:
		r.Rates, r.Apps = m.last.Rates, m.last.Apps
		m.last = r
		return r
	default:
		r.Rates, r.Apps = rates(m.was, s), appRates(m.was, s)
	}
	m.was, m.last = s, r
	return r
}

func rates(was, now *Sample) map[string]float64 {
	seconds := float64(now.At-was.At) / 1000
	moved := func(name string) float64 { return max(0, now.Counters[name]-was.Counters[name]) }
	all := make(map[string]float64, len(now.Counters))
	for name := range now.Counters {
		all[name] = moved(name) / seconds
	}
	for _, m := range means {
		delete(all, m.seconds)
		if n := moved(m.count); n > 0 {
			all[m.name] = 1000 * moved(m.seconds) / n
		}
	}
	return all
}

// appRates are the apps of a sample in its order, with rates if they were in the one before.
func appRates(was, now *Sample) []AppRates {
	before := map[uint32]*App{}
	seconds := 1.0
	if was != nil {
		seconds = float64(now.At-was.At) / 1000
		for i := range was.Apps {
			before[was.Apps[i].ID] = &was.Apps[i]
		}
	}
	list := make([]AppRates, 0, len(now.Apps))
	for _, a := range now.Apps {
		one := AppRates{App: a}
		b := before[a.ID]
		one.Known = b != nil
		if b == nil {
			b = &a
		}
		for _, v := range []struct{ to, was *float64 }{
			{&one.Sent, &b.Sent},
			{&one.Delivered, &b.Delivered},
			{&one.PacketsIn, &b.PacketsIn},
			{&one.PacketsOut, &b.PacketsOut},
			{&one.BytesIn, &b.BytesIn},
			{&one.BytesOut, &b.BytesOut},
		} {
			*v.to = max(0, *v.to-*v.was) / seconds
		}
		list = append(list, one)
	}
	return list
}
