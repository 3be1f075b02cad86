package completion

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

type model struct {
	Serve struct {
		Config string `required:"" placeholder:"FILE" help:"The configuration."`
		Level  string `enum:"debug,info" default:"info" help:"How much is logged."`
		Quiet  bool   `short:"q" help:"Say nothing."`
		Name   string `short:"n"`
		Secret string `hidden:""`
	} `cmd:"" help:"Run it."`
	Send struct {
		How  string   `arg:"" enum:"once,twice"`
		What []string `arg:"" type:"path"`
	} `cmd:"" aliases:"tell" help:"Send it."`
	App struct {
		Add    struct{} `cmd:""`
		Rotate struct{} `cmd:""`
	} `cmd:"" help:"Apps."`
	Inner struct{} `cmd:"" hidden:""`
}

func TestWords(t *testing.T) {
	var m model
	parser, err := kong.New(&m, kong.Name("tea"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, want string }{
		{"", "serve send app"},
		{"se", "serve send"},
		{"in", ""},
		{"app ", "add rotate"},
		{"app r", "rotate"},
		{"app nothing r", "rotate"},
		{"--", "--help"},
		{"serve --", "--help --config --level --quiet --name"},
		{"serve --le", "--level"},
		{"serve --level ", "debug info"},
		{"serve --level d", "debug"},
		{"serve --level=", "--level=debug --level=info"},
		{"serve --level=i", "--level=info"},
		{"serve --level = d", "debug"},
		{"serve --level =", "debug info"},
		{"serve --unknown=", ""},
		{"serve --config ", ":files"},
		{"serve --config=a", ":files"},
		{"serve --quiet --l", "--level"},
		{"serve -q --l", "--level"},
		{"serve -n --l --l", "--level"},
		{"serve --name x --q", "--quiet"},
		{"send ", "once twice"},
		{"tell t", "twice"},
		{"send once ", ":files"},
		{"send once a b ", ":files"},
		{"send -- --", ""},
		{"send -- o", "once"},
	} {
		var got []string
		for _, w := range Words(parser.Model, strings.Split(c.line, " ")) {
			got = append(got, w.Text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
	}
	if got := Words(parser.Model, nil); len(got) != 3 || got[0] != (Word{"serve", "Run it."}) {
		t.Errorf("of nothing: %v", got)
	}
}
