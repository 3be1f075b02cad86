package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"github.com/teahouse-im/teahouse/chat"
)

// families are the metrics of a running server, by name.
func families(t *testing.T, a *App) map[string]*dto.MetricFamily {
	t.Helper()
	list, err := a.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*dto.MetricFamily{}
	for _, f := range list {
		all[f.GetName()] = f
	}
	return all
}

// used is a server on which some of everything has happened, so that metrics with labels are there.
func used(t *testing.T, apps int) *App {
	t.Helper()
	o := devOptions(t)
	o.Dev.Apps = apps
	o.Dev.Webhook = "http://127.0.0.1:1/" // nobody is there
	a := start(t, o)
	for _, app := range a.Ready().Apps {
		ann, err := connect(t, "tcp://"+a.Ready().MQTT, app.SDKAppID, app.Key, "alice", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{"bob", "nobody"} {
			if token := ann.Publish("im/text/c2c/"+to, 1, false, "hello"); token.Wait() && token.Error() != nil {
				t.Fatal(token.Error())
			}
		}
		p := &play{T: t, a: a, app: &chat.App{ID: app.SDKAppID, Keys: []chat.Key{{Secret: app.Key}}}}
		p.rest("openim/query_online_status", `{"To_Account":["alice"]}`, 0)
		p.rest("openim/no_such_command", `{}`, 60009)
	}
	return a
}

// Names, units and help of the whole registry are as the linter of Prometheus wants them, and help
// is a sentence: it becomes a page of the docs.
func TestMetricsAreLinted(t *testing.T) {
	all := families(t, used(t, 1))
	problems, err := promlint.NewWithMetricFamilies(slices.Collect(maps.Values(all))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for name, f := range all {
		help := f.GetHelp()
		if strings.HasPrefix(name, "teahouse_") && (len(help) < 20 || !strings.HasSuffix(help, ".")) {
			t.Errorf("%s: help is no sentence: %q", name, help)
		}
	}
	for _, name := range []string{"teahouse_build_info", "teahouse_ready", "teahouse_apps", "teahouse_log_lines_total", "go_goroutines", "process_open_fds"} {
		if all[name] == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

// mostSeries bounds what a server shows that has done some of everything. A label that grows with
// apps, users or texts would pass it.
const mostSeries = 1500

// However many apps there are, there are as many series: no label names an app, a user or a group.
func TestMetricsDoNotGrowWithApps(t *testing.T) {
	const apps = 12
	count := func(apps int) map[string]int {
		a := used(t, apps)
		defer stop(t, a)
		return series(t, a)
	}
	one, many := count(1), count(apps)
	for name, n := range many {
		if n >= one[name]+apps-1 { // outcomes may differ by a few
			t.Errorf("%s: %d series with one app, %d with %d", name, one[name], n, apps)
		}
	}
	total := 0
	for _, n := range many {
		total += n
	}
	if total > mostSeries {
		t.Errorf("%d series, want at most %d", total, mostSeries)
	}
}

// series counts the lines of each metric that do not depend on the moment.
func series(t *testing.T, a *App) map[string]int {
	t.Helper()
	n := map[string]int{}
	for name, f := range families(t, a) {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if v := l.GetValue(); v == "alice" || v == strconv.Itoa(int(a.Ready().SDKAppID)) {
					t.Errorf("%s has a label %s=%q", name, l.GetName(), v)
				}
			}
			n[name] += 1 + len(m.GetHistogram().GetBucket())
		}
	}
	return n
}

// Every metric that has labels says in its help what they mean.
func TestMetricsExplainTheirLabels(t *testing.T) {
	known := regexp.MustCompile(`^(version|goversion|source|le|quantile)$`)
	for name, f := range families(t, used(t, 1)) {
		if !strings.HasPrefix(name, "teahouse_") {
			continue
		}
		for _, l := range f.Metric[0].Label {
			label := l.GetName()
			if label == "code" {
				label = "ErrorCode"
			}
			if !known.MatchString(label) && !strings.Contains(strings.ToLower(f.GetHelp()), strings.ToLower(label)) &&
				!strings.Contains(f.GetHelp(), l.GetValue()) {
				t.Errorf("%s: help does not speak of the label %q: %q", name, label, f.GetHelp())
			}
		}
	}
}

// A line of the log is counted by its level, whatever attributes it has.
func TestLogLinesAreCounted(t *testing.T) {
	o := devOptions(t)
	o.Log = slog.New(slog.NewTextHandler(new(bytes.Buffer), nil))
	a := start(t, o)
	before := linesOf(t, a)
	a.log.With("component", "test").WithGroup("g").Error("a fault")
	a.log.Warn("a warning")
	after := linesOf(t, a)
	for level, want := range map[string]float64{"error": 1, "warn": 1} {
		if got := after[level] - before[level]; got < want {
			t.Errorf("%s: %v lines more, want %v", level, got, want)
		}
	}
}

func linesOf(t *testing.T, a *App) map[string]float64 {
	t.Helper()
	by := map[string]float64{}
	for _, m := range families(t, a)["teahouse_log_lines_total"].Metric {
		by[m.Label[0].GetValue()] = m.GetCounter().GetValue()
	}
	return by
}

// The page is served, and names no secret.
func TestMetricsPage(t *testing.T) {
	a := used(t, 1)
	status, text := get(t, a.Ready().Admin+"/metrics")
	if status != http.StatusOK || !strings.Contains(text, fmt.Sprintf("teahouse_build_info{goversion=%q", a.operator.About.Go)) {
		t.Errorf("%d %.200s", status, text)
	}
	if strings.Contains(text, a.Ready().Key) {
		t.Error("the page has a key")
	}
	for _, want := range []string{`teahouse_publishes_refused_total{code="90012"} 1`, "teahouse_ready 1", `teahouse_store_cache_requests_total{cache="rows",result="hit"}`} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %s", want)
		}
	}
}
