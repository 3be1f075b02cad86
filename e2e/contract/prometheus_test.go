//go:build e2e

package contract

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/e2e/program"
)

const deploy = "../../deploy"

// Prometheus takes the configuration and the rules, and each alert fires when it is to and not else.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	needs(t, "promtool")
	for _, args := range [][]string{{"check", "config", "prometheus.yaml"}, {"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		cmd := exec.Command("promtool", args...)
		cmd.Dir = deploy + "/prometheus"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
	tests, err := os.ReadFile(deploy + "/prometheus/alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range alertNames(t) {
		if !strings.Contains(string(tests), `alertname="`+name+`"`) {
			t.Errorf("alerts_test.yaml does not show when %s fires", name)
		}
	}
}

func alertNames(t *testing.T) (list []string) {
	t.Helper()
	rules, err := os.ReadFile(deploy + "/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(rules), -1) {
		list = append(list, m[1])
	}
	if len(list) == 0 {
		t.Fatal("there is no alert")
	}
	return list
}

// A Prometheus that watches a server under load has data for every expression of the dashboard, and
// no alert; when an app's server is gone, and then the server itself, it says so.
func TestPrometheusWatches(t *testing.T) {
	t.Parallel()
	needs(t, "prometheus", "mosquitto_pub")
	r := newReceiver(t)
	s := start(t, "--no-limits", "--webhook", r.url())
	p := watch(t, s)

	for _, expr := range dashboardExpressions(t) {
		p.await("data for "+expr, func() bool {
			if len(p.query(expr)) > 0 {
				return true
			}
			busy(t, s) // a rate wants to see a figure grow
			return false
		})
	}
	p.await("a healthy server", func() bool { return len(p.query(`up{job="teahouse"} == 1`)) > 0 })
	if firing := p.firing(); len(firing) > 0 {
		t.Errorf("alerts of a healthy server: %v", firing)
	}

	r.down()
	p.await("TeahouseReceiverGone", func() bool {
		busy(t, s)
		return slices.Contains(p.firing(), "TeahouseReceiverGone")
	})
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	p.await("TeahouseDown", func() bool { return slices.Contains(p.firing(), "TeahouseDown") })
}

// busy does some of what a dashboard shows.
func busy(t *testing.T, s *server) {
	t.Helper()
	runMosquitto(t, s, "mosquitto_pub", "alice", "-t", "im/text/c2c/bob", "-m", "hello")
	runMosquitto(t, s, "mosquitto_pub", "alice", "-t", "im/text/c2c/nobody", "-m", "it is refused")
	s.backend().must(t, "openim/sendmsg", object{"From_Account": "bob", "To_Account": "alice", "MsgRandom": time.Now().Nanosecond(), "MsgBody": textBody("hi")})
}

// quick are the alerts about time: a busy machine makes them fire.
var quick = []string{"TeahouseSlowDisk", "TeahouseSlowSends", "TeahouseSearchBehind", "TeahouseEventsWait"}

// prometheus is a running one.
type prometheus struct {
	*testing.T
	at string
}

// watch runs a Prometheus that asks a server twice a second and warns at once.
func watch(t *testing.T, s *server) *prometheus {
	t.Helper()
	dir := t.TempDir()
	rules, err := os.ReadFile(deploy + "/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(s.Admin, "http://")
	for name, text := range map[string]string{
		"alerts.yaml": regexp.MustCompile(`for: \w+`).ReplaceAllString(string(rules), "for: 0s"),
		"prometheus.yaml": `
global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}
rule_files: [alerts.yaml]
scrape_configs:
  - job_name: teahouse
    static_configs: [{targets: ["` + address + `"]}]
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	var out program.Record
	cmd := exec.Command("prometheus", "--config.file=prometheus.yaml", "--storage.tsdb.path=data", "--web.listen-address="+at)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it says that it was killed
		if t.Failed() {
			t.Logf("Prometheus said:\n%s", &out)
		}
	})
	p := &prometheus{T: t, at: "http://" + at}
	p.await("Prometheus", func() bool {
		res, err := hasty.Get(p.at + "/-/ready")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return p
}

// await asks again and again until something is so. Prometheus tells of nothing by itself.
func (p *prometheus) await(what string, so func() bool) {
	p.Helper()
	late := time.After(2 * patience)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-late:
			p.Fatalf("not within %s: %s", 2*patience, what)
		}
	}
}

func (p *prometheus) get(path string, into any) {
	p.Helper()
	res, err := hasty.Get(p.at + path)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Status != "success" {
		p.Fatalf("%s: %v %+v", path, err, answer)
	}
	if err := json.Unmarshal(answer.Data, into); err != nil {
		p.Fatal(err)
	}
}

// query evaluates an expression now.
func (p *prometheus) query(expr string) []any {
	p.Helper()
	var data struct {
		Result []any `json:"result"`
	}
	p.get("/api/v1/query?"+url.Values{"query": {expr}}.Encode(), &data)
	return data.Result
}

// firing are the alerts that fire now, but for the quick ones.
func (p *prometheus) firing() (list []string) {
	p.Helper()
	var data struct {
		Alerts []struct {
			State  string            `json:"state"`
			Labels map[string]string `json:"labels"`
		} `json:"alerts"`
	}
	p.get("/api/v1/alerts", &data)
	for _, a := range data.Alerts {
		if name := a.Labels["alertname"]; a.State == "firing" && !slices.Contains(quick, name) {
			list = append(list, name)
		}
	}
	return list
}

// dashboardExpressions are those of all panels, for all servers and the last seconds.
func dashboardExpressions(t *testing.T) (list []string) {
	t.Helper()
	text, err := os.ReadFile(deploy + "/grafana/teahouse.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("$__rate_interval", "1m", "$instance", ".*")
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			list = append(list, fill.Replace(target.Expr))
		}
	}
	if len(list) < 20 {
		t.Fatal(fmt.Sprint("the dashboard has too few expressions: ", len(list)))
	}
	return list
}
