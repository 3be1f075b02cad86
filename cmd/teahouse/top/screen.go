package top

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// View is what the one who looks has chosen, and how the asking goes.
type View struct {
	By       string        // one of [By]
	App      uint32        // the app that is shown alone; 0: all
	Chosen   int           // the app that a key would choose, a place in the list
	Fault    string        // why the server did not answer; "": it did
	Silent   time.Duration // since when
	Now      time.Time     // shown in the zone that it has
	Keys     bool          // there is a line that tells the keys
	Wide     int           // columns
	High     int           // lines; 0: as many as there are
	Coloured bool
}

// style of a line.
type style int

const (
	plain style = iota
	bold
	heading
	dim
	alarm
)

// codes are the sequences of styles (ECMA-48, SGR).
var codes = map[style]string{bold: "\x1b[1m", heading: "\x1b[7m", dim: "\x1b[2m", alarm: "\x1b[1;31m"}

type line struct {
	text  string
	style style
}

// Screen draws a report as lines, none wider than the view. r may be nil while there is none.
func Screen(r *Report, v *View) []string {
	list := []line{title(r, v)}
	if r != nil {
		list = append(list, summary(r)...)
		list = append(list, tables(r, v, v.High-len(list))...)
	}
	if v.High > 0 {
		keys := []line(nil)
		if v.Keys {
			keys = []line{{help(v), heading}}
		}
		list = list[:min(len(list), max(0, v.High-len(keys)))]
		for len(list) < v.High-len(keys) {
			list = append(list, line{})
		}
		list = append(list, keys...)
	}
	out := make([]string, 0, len(list))
	for i, l := range list {
		text := fit(l.text, v.Wide, false)
		if v.Fault != "" && i > 0 && l.style != heading {
			l.style = dim // it was so once
		}
		if code := codes[l.style]; v.Coloured && code != "" {
			text = code + text + "\x1b[0m"
		} else {
			text = strings.TrimRight(text, " ")
		}
		out = append(out, text)
	}
	return out
}

// title says which server it is and how it is.
func title(r *Report, v *View) line {
	clock := v.Now.Format(time.TimeOnly)
	text, how := "teahouse", bold
	if r != nil {
		text = fmt.Sprintf("teahouse %s   up %s   ready", clean(r.Version), lasting(r.Uptime))
		if !r.Ready {
			text, how = strings.TrimSuffix(text, "ready")+"not ready: "+clean(r.Why), alarm
		}
	}
	if v.Fault != "" {
		text, how = fmt.Sprintf("no answer for %s, asking again: %s", lasting(v.Silent.Seconds()), clean(v.Fault)), alarm
	}
	return line{fit(text, v.Wide-len(clock)-1, false) + " " + clock, how}
}

// summary is the server as a whole.
func summary(r *Report) []line {
	g := r.Gauges
	per := func(name string) string { return r.rate(name, rate) + "/s" }
	via := parts(r.Transports, "tcp", "tls", "ws", "wss")
	mqtt := parts(r.Protocols, "5", "3.1.1", "3.1")
	if mqtt != "" {
		mqtt = "MQTT " + mqtt
	}
	return []line{
		{text: join("Clients  ", count(g["connected"])+" connected", count(g["detached"])+" kept", via)},
		{text: join("Logins   ", per("connects"), per("connects_refused")+" refused", count(g["behind"])+" behind", mqtt)},
		{text: join("Messages ", per("sent")+" in", per("delivered")+" to devices", per("refused")+" refused", "REST "+per("rest"))},
		{text: join("Traffic  ", r.rate("in_bytes", size)+"/s in", r.rate("out_bytes", size)+"/s out", size(g["buffered_bytes"])+" waiting")},
		{text: join("Latency  ", "ack "+r.mean("ack_ms"), "deliver "+r.mean("deliver_ms"), "commit "+r.mean("commit_ms"), count(g["store_queue"])+" queued")},
		{text: join("Webhooks ", queue(g["webhook_queue"], g["webhook_age"]), per("webhook_calls"), per("webhook_failed")+" failed")},
		{text: join("Pushes   ", queue(g["push_queue"], g["push_age"]), per("push_sent")+" sent", per("push_dropped")+" dropped")},
		{text: join("Process  ", r.rate("cpu_seconds", cores)+" cores", size(g["memory"])+" memory", size(g["heap"])+" heap", count(g["goroutines"])+" goroutines")},
		{text: join("Disk     ", size(g["disk_used"])+" used", size(g["disk_free"])+" free", "writes stop below "+size(g["disk_needed"]))},
	}
}

func join(name string, parts ...string) string {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return name + strings.Join(parts, "   ")
}

func cores(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

func queue(n, age float64) string {
	if n == 0 {
		return "0 waiting"
	}
	return fmt.Sprintf("%s waiting, oldest %s", count(n), lasting(age))
}

// parts are numbers by name, without those that are 0.
func parts(of map[string]int, names ...string) string {
	var list []string
	for _, name := range names {
		if of[name] > 0 {
			list = append(list, name+": "+count(float64(of[name])))
		}
	}
	return strings.Join(list, ", ")
}

// rate is a rate as text; without one, a dash.
func (r *Report) rate(name string, how func(float64) string) string {
	if r.Rates == nil {
		return "-"
	}
	return how(r.Rates[name])
}

// mean is one of means: a dash when nothing was done.
func (r *Report) mean(name string) string {
	v, ok := r.Rates[name]
	if !ok {
		return "-"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " ms"
}

func help(v *View) string {
	apps := "↑↓ a: one app"
	if v.App != 0 {
		apps = "a: all apps"
	}
	return "q: quit   s: sort by another   " + apps
}
