// Lint runs this project's checks over packages in one pass: staticcheck's
// whole default list, errcheck, errorlint and sloglint. It refuses to have
// switches: the list is short and fully on. An exception stands beside its
// line as "//lint:ignore <check> <reason>", and one that matches nothing is itself reported.
package main

import (
	"os"
	"strings"

	"github.com/kisielk/errcheck/errcheck"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"go-simpler.org/sloglint"
	"golang.org/x/tools/go/analysis"
	"honnef.co/go/tools/lintcmd"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

func main() {
	cmd := lintcmd.NewCommand("lint")
	cmd.ParseFlags(os.Args[1:])
	cmd.AddAnalyzers(simple.Analyzers...)
	cmd.AddAnalyzers(staticcheck.Analyzers...)
	cmd.AddAnalyzers(stylecheck.Analyzers...)
	cmd.AddAnalyzers(unused.Analyzer)
	cmd.AddBareAnalyzers(
		outsideTests(errcheck.Analyzer),
		errorlint.NewAnalyzer(),
		// A message is a constant, everything variable is a field, and loggers are
		// handed in.
		inModule(sloglint.New(&sloglint.Options{
			NoGlobalLogger:   "all",
			StaticMessage:    true,
			MessageStyle:     "lowercased",
			NoMixedArguments: true,
			KeyNamingCase:    "snake",
		})),
	)
	cmd.Run()
}

// unchecked lists, one a line, what may go unchecked anywhere: closing what was
// only read or is given up anyway, and printing for people. Files that are
// written are closed with a check.
const unchecked = "tools/lint/errcheck.txt"

// outsideTests keeps errcheck to the code: a test checks the errors it is
// about, and clutter would hide them.
func outsideTests(a *analysis.Analyzer) *analysis.Analyzer {
	if err := a.Flags.Set("exclude", unchecked); err != nil {
		panic(err)
	}
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		report := pass.Report
		pass.Report = func(d analysis.Diagnostic) {
			if !strings.HasSuffix(pass.Fset.Position(d.Pos).Filename, "_test.go") {
				report(d)
			}
		}
		return run(pass)
	}
	return a
}

// inModule gives an analyzer the module it takes for granted: staticcheck's
// runner hands over none.
func inModule(a *analysis.Analyzer) *analysis.Analyzer {
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		if pass.Module == nil {
			pass.Module = new(analysis.Module)
		}
		return run(pass)
	}
	return a
}
