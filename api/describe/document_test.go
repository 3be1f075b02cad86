package describe_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/api/commands"
	"github.com/teahouse-im/teahouse/api/describe"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/core"
	"github.com/teahouse-im/teahouse/chat/mediatest"
	"github.com/teahouse-im/teahouse/storage/memory"
)

var renew = flag.Bool("renew", false, "write the documents anew")

// The files that package admin serves; it holds them packed, each in another with .gz behind its name.
const (
	openAPIFile  = "../../admin/openapi.yaml"
	asyncAPIFile = "../../admin/asyncapi.yaml"
)

const app = 1

func table(t *testing.T) *api.Table {
	t.Helper()
	apps := &chat.Apps{}
	apps.Set(chat.App{ID: app, Admins: []chat.UserID{"administrator"}})
	c := core.New(core.Options{
		Store: memory.New(memory.Options{}), Apps: apps,
		Media: core.Media{Store: &mediatest.Store{}, Addresses: mediatest.Addresses(time.Now), Pace: -1},
	})
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return commands.New(c)
}

func spec(t *testing.T) *describe.Spec {
	t.Helper()
	s, err := describe.ReadSpec(os.DirFS("../../docs/spec"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheDocumentsAreOfTheTable(t *testing.T) {
	for file, text := range map[string][]byte{
		openAPIFile: describe.OpenAPI(table(t), spec(t)), asyncAPIFile: describe.AsyncAPI(table(t), spec(t)),
	} {
		if *renew {
			if err := errors.Join(os.WriteFile(file, text, 0o644), os.WriteFile(file+".gz", gzipped(t, text), 0o644)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s differs from the table (%v): run go generate ./api/describe, and read the difference", file, err)
		}
		if got, err := ungzipped(file + ".gz"); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s.gz, which the program holds, differs from the table (%v): run go generate ./api/describe", file, err)
		}
	}
}

// gzipped is the form in which the program holds a document.
func gzipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ungzipped(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// The schemas of the two languages take the documents.
func TestTheDocumentsAreValid(t *testing.T) {
	for file, schema := range map[string]string{
		openAPIFile: "testdata/openapi-3.1.schema.json", asyncAPIFile: "testdata/asyncapi-3.0.0.schema.json",
	} {
		s, err := jsonschema.NewCompiler().Compile(schema)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(document(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// document reads a document as the validator wants it.
func document(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	text, err = json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, string(text)).(map[string]any)
}

// parsed reads JSON as the validator wants it.
func parsed(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
