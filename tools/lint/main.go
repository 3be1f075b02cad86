// Lint runs this project's checks over packages in one pass: staticcheck's
// whole default list, errcheck, errorlint and sloglint. It refuses to have
// switches: the list is short and fully on. An exception stands beside its
// line as "//lint:ignore <check> <reason>", and one that matches nothing is itself reported.
package main

import (
	"os"

	"github.com/kisielk/errcheck/errcheck"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"go-simpler.org/sloglint"
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
		errcheck.Analyzer,
		errorlint.NewAnalyzer(),
		// A message is a constant, everything variable is a field, and loggers are
		// handed in.
		sloglint.New(&sloglint.Options{
			NoGlobalLogger:   "all",
			StaticMessage:    true,
			MessageStyle:     "lowercased",
			NoMixedArguments: true,
			KeyNamingCase:    "snake",
		}),
	)
	cmd.Run()
}
