package release

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"

	"github.com/teahouse-im/teahouse/tools/packaging/built"
)

// The list of what the program is made of has every module that the program says it has, in its
// version, with its licence, and no time but the one it is told.
func TestSBOM(t *testing.T) {
	file := filepath.Join(t.TempDir(), "teahouse.cdx.json")
	built.Run(t, []string{"SOURCE_DATE_EPOCH=1764460800"}, "tools/sbom.sh", built.Program(t), file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(text), cyclonedx.BOMFileFormatJSON).Decode(&list); err != nil {
		t.Fatal(err)
	}
	if at := list.Metadata.Timestamp; at != "2025-11-30T00:00:00Z" {
		t.Errorf("made at %s", at)
	}
	has := map[string]cyclonedx.Component{}
	for _, c := range *list.Components {
		has[c.Name+" "+c.Version] = c
	}
	info, err := buildinfo.ReadFile(built.Program(t))
	if err != nil {
		t.Fatal(err)
	}
	var unlicensed []string
	for _, m := range info.Deps {
		c, ok := has[m.Path+" "+m.Version]
		if !ok {
			t.Errorf("%s %s is missing", m.Path, m.Version)
		}
		if c.Evidence == nil || c.Evidence.Licenses == nil || len(*c.Evidence.Licenses) == 0 {
			unlicensed = append(unlicensed, m.Path)
		}
	}
	if len(info.Deps) < 20 {
		t.Errorf("the program says that it has %d modules", len(info.Deps))
	}
	if len(unlicensed) > 0 {
		t.Errorf("without a licence: %s", strings.Join(unlicensed, " "))
	}
}
