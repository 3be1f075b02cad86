package manual

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func TestWrite(t *testing.T) {
	var m struct {
		Serve struct {
			Config string `required:"" placeholder:"FILE" help:".conf is read. So is C:\\dir."`
			Quiet  bool   `help:"Say nothing."`
			Secret string `hidden:""`
		} `cmd:"" help:"Run it."`
		Check struct {
			File string `arg:"" help:"What to check."`
		} `cmd:"" help:"A long line that has to go on in the next one, because sources of man pages have short lines."`
		Inner struct{} `cmd:"" hidden:""`
	}
	parser, err := kong.New(&m, kong.Name("tea"))
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := Write(&page, parser.Model, "1.2.3", "2026-11-30"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`.TH TEAHOUSE 1 "2026-11-30" "teahouse 1.2.3" "User Commands"` + "\n",
		".SS tea serve \\-\\-config=FILE\nRun it.\n",
		".TP\n.B \\-\\-config=FILE\n\\&.conf is read.\nSo is C:\\edir.\n",
		".TP\n.B \\-\\-quiet\nSay nothing.\n",
		".SS tea check <file>\n",
		".TP\n.I file\nWhat to check.\n",
		"because sources of man pages\nhave short lines.\n",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	for _, not := range []string{"secret", "inner", "@", "\\-\\-help="} {
		if strings.Contains(page.String(), not) {
			t.Errorf("the page has %q", not)
		}
	}
}
