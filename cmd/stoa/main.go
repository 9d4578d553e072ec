// Command stoa is the one binary: the web server and its operator's commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"stoa/cmd/stoa/config"
	"stoa/platform/fault"
	"stoa/platform/telemetry"
)

// version is set when a release is built.
var version = "dev"

type commands struct {
	Serve   serve     `cmd:"" default:"1" help:"Run the web server; what a bare stoa does."`
	Work    work      `cmd:"" help:"Do background jobs, without the web server."`
	Migrate migrate   `cmd:"" help:"Migrate the database, or show how far it is."`
	User    user      `cmd:"" help:"Make, list and administer accounts."`
	Keys    keys      `cmd:"" help:"Rotate the key that signs access tokens."`
	Seed    seedUsers `cmd:"" help:"Fill a development database with people."`
	Psql    psql      `cmd:"" passthrough:"" help:"Open psql on the program's database."`
	Doctor  doctor    `cmd:"" help:"Check settings, database, mail, jobs, storage and what watches them."`
	Health  health    `cmd:"" help:"Ask the running server whether it is well; exit 1 when it is not."`
	Version release   `cmd:"" help:"Print the version."`
	Help    help      `cmd:"" help:"Show help; 'stoa help serve' lists the settings."`
}

// Exit statuses: for what failed, what was asked wrongly, and settings that were
// refused, EX_CONFIG of sysexits.h. Go itself ends with 2 when it crashes, so a
// supervisor that gives up on wrong settings is told them apart.
const (
	exitFailed = 1
	exitUsage  = 2
	exitConfig = 78
)

func main() {
	// Heard until the very end: another signal in the last moments would end
	// the process by force, with a status that looks like a crash.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	os.Exit(run(ctx, os.Args[1:]))
}

// run carries out one command and returns the exit status.
func run(ctx context.Context, args []string) int {
	var all commands
	parser, err := kong.New(&all, kong.Name("stoa"),
		kong.Description("Stoa is the ground floor of a multi-tenant SaaS."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(os.Stderr, "stoa:", err)
		return exitFailed
	}
	if len(args) == 1 && args[0] == "help" {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "stoa:", err)
		return exitUsage
	}
	return status(command.Run())
}

var errSettings = errors.New("settings refused")

func status(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSettings):
		return exitConfig
	}
	// What psql had to say, it has said.
	if ended := new(exec.ExitError); errors.As(err, &ended) {
		return ended.ExitCode()
	}
	// A refusal is told in its own sentences, anything else as it is.
	if f := fault.As(err); f != nil {
		for _, field := range f.Fields {
			fmt.Fprintf(os.Stderr, "stoa: %s: %s\n", field.Name, field.Message)
		}
		if len(f.Fields) == 0 {
			fmt.Fprintln(os.Stderr, "stoa:", f.Message)
		}
		return exitFailed
	}
	fmt.Fprintln(os.Stderr, "stoa:", err)
	return exitFailed
}

// loadSettings reads the settings and sets up logging. With wrong settings it prints
// one line for each and returns errSettings.
func loadSettings() (config.Config, error) {
	dir, err := os.Getwd()
	if err != nil {
		return config.Config{}, err
	}
	cfg, list := config.Load(os.Environ(), dir)
	if len(list) > 0 {
		for _, problem := range list {
			fmt.Fprintln(os.Stderr, problem)
		}
		return cfg, errSettings
	}
	slog.SetDefault(telemetry.NewLogger(os.Stderr, string(cfg.LogFormat), slog.Level(cfg.LogLevel)))
	if cfg.SecretKey == nil {
		if cfg.SecretKey, err = config.LoadOrCreateSecret(cfg.DataDir); err != nil {
			return cfg, fmt.Errorf("DATA_DIR: %w", err)
		}
	}
	return cfg, nil
}

type release struct{}

// Run prints the version.
func (release) Run() error {
	fmt.Println("stoa", version)
	return nil
}

type help struct {
	Command []string `arg:"" optional:"" help:"The command to explain."`
}

// Run prints the help of a command; that of serve ends with the settings.
func (h help) Run(k *kong.Context) error {
	asked, err := kong.Trace(k.Kong, h.Command)
	if err == nil {
		err = asked.Error
	}
	if err != nil {
		return err
	}
	if err := asked.PrintUsage(false); err != nil {
		return err
	}
	if len(h.Command) == 1 && h.Command[0] == "serve" {
		fmt.Printf("\nSettings, from the environment or in development from .env [default]:\n\n%s", config.Help())
	}
	return nil
}
