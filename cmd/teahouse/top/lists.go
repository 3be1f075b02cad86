package top

import (
	"fmt"
	"slices"
	"strconv"
)

// appColumns and slowColumns are the two tables, and what of them counts most.
var (
	appColumns = []column[AppRates]{
		{name: "APP", wide: 10, cell: func(a *AppRates) string { return strconv.FormatUint(uint64(a.ID), 10) }},
		{name: "NAME", wide: 10, grows: true, cell: func(a *AppRates) string { return a.Name }},
		{name: "ONLINE", wide: 7, right: true, cell: func(a *AppRates) string { return count(float64(a.Online)) }},
		{name: "CLIENTS", wide: 7, right: true, cell: func(a *AppRates) string { return count(float64(a.Connections)) }},
		{name: "SENT/S", wide: 7, right: true, cell: perSecond(rate, func(a *AppRates) float64 { return a.Sent })},
		{name: "TO DEV/S", wide: 8, right: true, cell: perSecond(rate, func(a *AppRates) float64 { return a.Delivered })},
		{name: "IN/S", wide: 8, right: true, cell: perSecond(size, func(a *AppRates) float64 { return a.BytesIn })},
		{name: "OUT/S", wide: 8, right: true, cell: perSecond(size, func(a *AppRates) float64 { return a.BytesOut })},
	}
	appsFirst = []string{"APP", "CLIENTS", "SENT/S", "TO DEV/S", "ONLINE", "NAME", "OUT/S", "IN/S"}

	slowColumns = []column[Slow]{
		{name: "APP", wide: 10, cell: func(s *Slow) string { return strconv.FormatUint(uint64(s.App), 10) }},
		{name: "USER", wide: 10, grows: true, cell: func(s *Slow) string { return s.User }},
		{name: "DEVICE", wide: 9, grows: true, cell: func(s *Slow) string { return s.Client }},
		{name: "PLATFORM", wide: 8, cell: func(s *Slow) string { return s.Platform }},
		{name: "VIA", wide: 4, cell: func(s *Slow) string { return s.Transport }},
		{name: "MQTT", wide: 5, cell: func(s *Slow) string { return s.Protocol }},
		{name: "ADDRESS", wide: 15, cell: func(s *Slow) string { return s.Address }},
		{name: "OLDEST", wide: 7, right: true, cell: func(s *Slow) string { return oldest(s) }},
		{name: "UNACKED", wide: 7, right: true, cell: func(s *Slow) string { return count(float64(s.Unacked)) }},
		{name: "WAITING", wide: 8, right: true, cell: func(s *Slow) string { return size(float64(s.Waiting)) }},
		{name: "BEHIND", wide: 6, right: true, cell: func(s *Slow) string { return count(float64(s.Behind)) }},
	}
	slowFirst = []string{"USER", "OLDEST", "UNACKED", "WAITING", "BEHIND", "DEVICE", "APP", "ADDRESS", "VIA", "MQTT", "PLATFORM"}
)

// sorted are the words for what the slow connections are sorted by.
var sorted = map[string]string{
	"stuck": "the age of the oldest packet without an acknowledgement", "unacked": "packets without an acknowledgement",
	"waiting": "bytes not taken", "behind": "conversations behind",
}

func perSecond(how func(float64) string, of func(*AppRates) float64) func(*AppRates) string {
	return func(a *AppRates) string {
		if !a.Known {
			return "-"
		}
		return how(of(a))
	}
}

func oldest(s *Slow) string {
	if s.Unacked == 0 {
		return "-"
	}
	return lasting(s.Stuck)
}

// tables are the apps and the slow connections in so many lines, one of which is for the keys; fewer than 1: as
// many as it takes.
func tables(r *Report, v *View, lines int) []line {
	apps, slow := len(r.Apps), len(r.Slow)
	if lines > 0 {
		rest := max(0, lines-4) // two heads, a title and the keys
		apps = min(apps, max(1, rest-min(slow, 2*rest/3)))
		slow = min(slow, max(0, rest-apps))
	}
	columns := fitting(appColumns, appsFirst, v.Wide-1)
	list := []line{{head(columns), heading}}
	first := max(0, min(v.Chosen-apps+1, len(r.Apps)-apps))
	for i := first; i < first+apps; i++ {
		mark := " "
		if v.Keys && i == v.Chosen && v.App == 0 {
			mark = ">"
		}
		list = append(list, line{text: row(columns, mark, &r.Apps[i])})
	}
	return append(list, slowest(r, v, slow)...)
}

// slowest are the slow connections, at most n.
func slowest(r *Report, v *View, n int) []line {
	what := "Slow connections"
	if v.App != 0 {
		what += fmt.Sprintf(" of app %d", v.App)
	}
	if len(r.Slow) == 0 {
		return []line{{what + ": none", bold}}
	}
	first := slowFirst
	if v.App != 0 || r.AppsInAll == 1 {
		first = slices.DeleteFunc(slices.Clone(first), func(name string) bool { return name == "APP" })
	}
	columns := fitting(slowColumns, first, v.Wide-1)
	list := []line{{what + ", by " + sorted[v.By], bold}, {head(columns), heading}}
	for i := range r.Slow[:n] {
		list = append(list, line{text: row(columns, " ", &r.Slow[i])})
	}
	return list
}
