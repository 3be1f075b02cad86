// Command teahouse is a self-hosted chat server: any MQTT client is a chat
// client of it, any backend written for Tencent Chat is a backend for it.
//
// This package is the command line: it reads flags and configuration, and
// leaves the running to package server and the meaning to the packages below.
// Start reading at [commands].
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/teahouse-im/teahouse/cmd/teahouse/bench"
)

// commands is the command line.
type commands struct {
	Dev      devCommand       `cmd:"" help:"Run a server to try things out: this machine only, fresh data, users alice, bob and carol."`
	Serve    serveCommand     `cmd:"" help:"Run a server in production."`
	UserSig  userSig          `cmd:"" name:"usersig" help:"Make and check login tickets."`
	App      appCommands      `cmd:"" help:"Create, list, change, re-key and delete apps, of a running server or in the data folder of one that is stopped."`
	Token    tokenCommands    `cmd:"" help:"Rotate the server token, which opens metrics and the operators' API to programs."`
	Operator operatorCommands `cmd:"" help:"Invite, list and disable the operators of a running server, and end their sessions."`
	Sessions sessionCommands  `cmd:"" help:"List and close the connections of clients of a running server."`
	Top      topCommand       `cmd:"" help:"Show what a running server does at the moment: clients, rates, latency, queues, apps, slow connections."`
	Webhook  webhookCommands  `cmd:"" help:"Test webhooks, and show and repeat events that were given up, of a running server."`
	Log      logCommands      `cmd:"" help:"Show or change what a running server logs."`
	Drain    drainCommand     `cmd:"" help:"Move the clients of a running server away, gently, and let nobody in; with --stop end it then."`
	Verify   verifyCommand    `cmd:"" help:"Read a whole data folder, or a backup, and say what is damaged; exit code 0 means nothing is. The server must be stopped."`
	Inspect  inspectCommand   `cmd:"" help:"Say what a data folder holds: users, groups, messages, and bytes by app and kind. The server must be stopped."`
	Backup   backupCommand    `cmd:"" help:"Copy a server into one file, while it runs or from the folder of one that is stopped."`
	Restore  restoreCommand   `cmd:"" help:"Make a data folder of a backup. The folder must not be there, or be empty."`
	Config   configCommands   `cmd:"" help:"Check, show and create a configuration."`
	Bench    bench.Command    `cmd:"" help:"Put load on a server, this one or any other MQTT broker, and measure."`
	Health   healthCommand    `cmd:"" help:"Ask a running server whether it is ready; exit code 0 means yes."`
	Version  versionCommand   `cmd:"" help:"Print the version, and what the program was built from."`

	Completion completionCommands `cmd:"" help:"Print a script by which a shell completes command lines."`
	Man        manCommand         `cmd:"" help:"Print the man page, as man reads it."`
}

func main() {
	var c commands
	chosen := kong.Parse(&c,
		kong.Name("teahouse"),
		kong.Description("A chat server in one program: MQTT for clients, HTTP for backends."),
		kong.BindTo(context.Background(), (*context.Context)(nil)),
		kong.BindTo(os.Stdout, (*io.Writer)(nil)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err := chosen.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "teahouse:", err)
		os.Exit(1)
	}
}
