package handbook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"github.com/teahouse-im/teahouse/cmd/teahouse/server"
)

// What Prometheus itself adds to every metric.
var scraped = []string{"instance", "job"}

// named is a metric in an expression, with its selector if it has one.
var named = regexp.MustCompile(`\b((?:teahouse|process|go)_\w+|up|ALERTS)\b(?:\{([^}]*)\})?`)

var (
	matcher = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"`)
	grouped = regexp.MustCompile(`\bby \(([^)]*)\)`)
)

// known are the labels of each metric of a running server.
func known(t *testing.T) map[string][]string {
	t.Helper()
	a, err := server.Start(t.Context(), server.Options{
		Data: filepath.Join(t.TempDir(), "data"), Dev: new(server.Dev), Memory: server.Memory{Limit: 1 << 30, Source: server.SourceSetting},
		MQTT: "127.0.0.1:0", WS: "127.0.0.1:0", Admin: "127.0.0.1:0",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	all := map[string][]string{"up": nil, "ALERTS": {"alertname", "alertstate", "severity"}}
	list, err := readMetrics(a.Metrics())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		labels := sortedKeys(m.labels)
		all[m.name] = labels
		if m.kind == "histogram" {
			for _, end := range []string{"_bucket", "_sum", "_count"} {
				all[m.name+end] = append(slices.Clone(labels), "le")
			}
		}
	}
	return withRuntime(t, a.Metrics(), all)
}

// withRuntime adds the metrics of the Go runtime and the process.
func withRuntime(t *testing.T, r *prometheus.Registry, all map[string][]string) map[string][]string {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if name := f.GetName(); all[name] == nil && !strings.HasPrefix(name, "teahouse_") {
			all[name] = []string{"quantile"}
		}
	}
	return all
}

// wrongIn says what an expression names that is not there.
func wrongIn(expr string, all map[string][]string) (list []string) {
	have := append([]string{"le"}, scraped...)
	found := named.FindAllStringSubmatch(expr, -1)
	if found == nil {
		list = append(list, "no metric")
	}
	for _, m := range found {
		labels, is := all[m[1]]
		if !is {
			list = append(list, "no metric is called "+m[1])
			continue
		}
		have = append(have, labels...)
		for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
			if !slices.Contains(labels, l[1]) && !slices.Contains(scraped, l[1]) {
				list = append(list, m[1]+" has no label "+l[1])
			}
		}
	}
	for _, by := range grouped.FindAllStringSubmatch(expr, -1) {
		for label := range strings.SplitSeq(by[1], ",") {
			if label = strings.TrimSpace(label); !slices.Contains(have, label) {
				list = append(list, "by: there is no label "+label)
			}
		}
	}
	return list
}

func TestWrongIn(t *testing.T) {
	all := map[string][]string{"teahouse_a_total": {"x"}, "up": nil}
	for expr, want := range map[string]int{
		`sum by (x) (rate(teahouse_a_total{x="1", instance=~"$instance"}[5m]))`: 0,
		`up{job="teahouse"} == 0`:                     0,
		`teahouse_b_total`:                            1,
		`teahouse_a_total{y="1"}`:                     1,
		`sum by (y) (teahouse_a_total)`:               1,
		`vector(1)`:                                   1,
		`teahouse_a_total{y!="1"} / teahouse_c{z=""}`: 2,
	} {
		if got := wrongIn(expr, all); len(got) != want {
			t.Errorf("%s: %q", expr, got)
		}
	}
}

// The dashboard and the alerts name metrics and labels that the server has, and every alert is
// explained in docs/operating.md.
func TestMonitoringNamesWhatIsThere(t *testing.T) {
	all := known(t)
	for _, p := range dashboard(t) {
		for _, target := range p.Targets {
			for _, wrong := range wrongIn(target.Expr, all) {
				t.Errorf("panel %q: %s: %s", p.Title, wrong, target.Expr)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(root, "docs/operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	sections := regexp.MustCompile(`(?m)^### (Teahouse\w+)$`).FindAllStringSubmatch(string(page), -1)
	for _, a := range alerts(t) {
		for _, wrong := range wrongIn(a.Expr, all) {
			t.Errorf("alert %s: %s", a.Alert, wrong)
		}
		if want := "docs/operating.md#" + strings.ToLower(a.Alert); a.Annotations["runbook"] != want {
			t.Errorf("alert %s: its runbook is %q, want %q", a.Alert, a.Annotations["runbook"], want)
		}
		i := slices.IndexFunc(sections, func(s []string) bool { return s[1] == a.Alert })
		if i < 0 {
			t.Errorf("docs/operating.md has no section %s", a.Alert)
			continue
		}
		sections = slices.Delete(sections, i, i+1)
	}
	if len(sections) > 0 {
		t.Errorf("docs/operating.md has sections of no alert: %v", sections)
	}
}

type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy/prometheus/alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct{ Rules []alert }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var list []alert
	for _, g := range file.Groups {
		list = append(list, g.Rules...)
	}
	if len(list) == 0 {
		t.Fatal("there is no alert")
	}
	return list
}

// panel is a part of the dashboard, in the members that Grafana reads.
type panel struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Grid        struct {
		X, Y, W, H int
	} `json:"gridPos"`
	Targets []struct {
		RefID string `json:"refId"`
		Expr  string `json:"expr"`
	} `json:"targets"`
}

func dashboard(t *testing.T) []panel {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy/grafana/teahouse.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		UID    string  `json:"uid"`
		Title  string  `json:"title"`
		Schema int     `json:"schemaVersion"`
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	if board.UID == "" || board.Title == "" || board.Schema == 0 || len(board.Panels) == 0 {
		t.Fatalf("no dashboard: %+v", board)
	}
	return board.Panels
}

// The panels lie beside each other on Grafana's 24 columns, each with a number of its own, a
// description and at least one expression.
func TestDashboardIsLaidOut(t *testing.T) {
	taken := map[[2]int]string{}
	ids := map[int]bool{}
	for _, p := range dashboard(t) {
		if ids[p.ID] || p.ID == 0 || p.Title == "" {
			t.Errorf("panel %q: its number is %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Grid.X < 0 || p.Grid.W < 1 || p.Grid.H < 1 || p.Grid.X+p.Grid.W > 24 {
			t.Errorf("panel %q lies outside: %+v", p.Title, p.Grid)
		}
		for x := p.Grid.X; x < p.Grid.X+p.Grid.W; x++ {
			for y := p.Grid.Y; y < p.Grid.Y+p.Grid.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("panels %q and %q lie on each other", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		refs := map[string]bool{}
		for _, target := range p.Targets {
			if target.RefID == "" || refs[target.RefID] {
				t.Errorf("panel %q: target %q", p.Title, target.RefID)
			}
			refs[target.RefID] = true
		}
		if p.Description == "" || len(refs) == 0 {
			t.Errorf("panel %q has no description or no expression", p.Title)
		}
	}
}
