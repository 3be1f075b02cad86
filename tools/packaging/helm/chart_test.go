package helm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

func folder() string { return filepath.Join(built.Top(), "deploy", "helm", "teahouse") }

// everything is what values can turn on.
const everything = `
image: {digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
imagePullSecrets: [registry]
config:
  admin: {hosts: [chat.example.com]}
  apps: {1400000001: {keys: {first: {secret_file: /run/secrets/teahouse/first.key}}}}
secrets: {values: {first.key: "0123456789"}}
tls: {secret: chat-tls}
service: {type: LoadBalancer, externalTrafficPolicy: Local, annotations: {a: b}}
admin: {annotations: {c: d}}
storage: {class: fast, size: 20Gi, retain: false}
networkPolicy:
  enabled: true
  adminFrom: [{podSelector: {matchLabels: {app: backend}}}]
  metricsFrom: [{namespaceSelector: {}}]
serviceMonitor: {enabled: true, labels: {release: prometheus}}
podAnnotations: {e: f}
podLabels: {g: h}
nodeSelector: {disk: ssd}
tolerations: [{key: chat, operator: Exists}]
priorityClassName: high
`

const lent = `
storage: {existingClaim: mine}
secrets: {existing: mine}
`

// The linter of helm finds nothing, whatever is turned on.
func TestLint(t *testing.T) {
	for what, text := range map[string]string{"defaults": "", "everything": everything, "lent": lent} {
		found := lint.All(folder(), values(t, text), "chat", true)
		for _, m := range found.Messages {
			if m.Severity >= support.WarningSev {
				t.Errorf("%s: %v", what, m)
			}
		}
	}
}

// What the chart makes is what Kubernetes has: no member is unknown to it.
func TestManifests(t *testing.T) {
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, json.SerializerOptions{Yaml: true, Strict: true})
	for _, c := range []struct{ what, values, kinds string }{
		{"defaults", "", "Secret Service Service Service StatefulSet"},
		{"everything", everything, "NetworkPolicy Secret Secret Service Service Service ServiceMonitor StatefulSet"},
		{"lent", lent, "Secret Service Service Service StatefulSet"},
	} {
		var kinds []string
		for _, text := range render(t, c.values) {
			var head struct{ Kind string }
			if err := yaml.Unmarshal([]byte(text), &head); err != nil {
				t.Fatalf("%s: %v\n%s", c.what, err, text)
			}
			kinds = append(kinds, head.Kind)
			if head.Kind == "ServiceMonitor" { // of the Prometheus operator, which is not in Kubernetes
				continue
			}
			if _, _, err := strict.Decode([]byte(text), nil, nil); err != nil {
				t.Errorf("%s: %v\n%s", c.what, err, text)
			}
		}
		if got := strings.Join(slices.Sorted(slices.Values(kinds)), " "); got != c.kinds {
			t.Errorf("%s: %s, want %s", c.what, got, c.kinds)
		}
	}
}

// The server itself reads the configuration that the chart writes.
func TestConfigurationIsGood(t *testing.T) {
	for _, text := range []string{"", everything} {
		for _, manifest := range render(t, text) {
			var secret struct{ StringData map[string]string }
			if err := yaml.Unmarshal([]byte(manifest), &secret); err != nil || secret.StringData["teahouse.yaml"] == "" {
				continue
			}
			dir := t.TempDir()
			conf := secret.StringData["teahouse.yaml"]
			// Files of the pod, which are elsewhere here.
			conf = strings.NewReplacer("/run/secrets/teahouse/first.key", write(t, dir, "first.key", "8f1c0d6be2a94735b07e5d3ca96f4182")).Replace(conf)
			conf = strings.ReplaceAll(conf, "/run/secrets/teahouse-tls", certificate(t))
			built.Run(t, nil, built.Program(t), "config", "check", write(t, dir, "teahouse.yaml", conf))
		}
	}
}

// Values that the chart does not know, or that are not what it wants, are refused by name.
func TestWrongValues(t *testing.T) {
	c := load(t)
	for text, want := range map[string]string{
		"replicas: 2":                      "replicas",
		"config: {data: /elsewhere}":       "data",
		"config: {listen: {mqtt: ':1'}}":   "mqtt",
		"service: {type: Free}":            "type",
		"storage: {size: much}":            "size",
		"image: {digest: latest}":          "digest",
		"secrets: {values: {'a/b': text}}": "a/b",
	} {
		_, err := chartutil.ToRenderValues(c, values(t, text), chartutil.ReleaseOptions{Name: "chat"}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want a word about %s", text, err, want)
		}
	}
}

func load(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(folder())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func values(t *testing.T, text string) map[string]any {
	t.Helper()
	v, err := chartutil.ReadValues([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// render returns the manifests that the chart makes of values.
func render(t *testing.T, text string) []string {
	t.Helper()
	c := load(t)
	all, err := chartutil.ToRenderValues(c, values(t, text), chartutil.ReleaseOptions{Name: "chat", Namespace: "talk", IsInstall: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.Render(c, all)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for name, text := range files {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		for _, one := range strings.Split(text, "\n---\n") {
			var tree runtime.RawExtension
			if err := yaml.Unmarshal([]byte(one), &tree); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, one)
			}
			if len(tree.Raw) > 0 && string(tree.Raw) != "null" {
				list = append(list, one)
			}
		}
	}
	return list
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// certificate makes a folder with one for chat.example.com, as a Secret of type tls has it.
func certificate(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"chat.example.com"}, NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "tls.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, dir, "tls.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	return dir
}
