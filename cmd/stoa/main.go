// Command stoa is the web server and its operator's commands in one binary.
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
	"stoa/platform/pg"
	"stoa/platform/telemetry"
)

// version is set when a release is built.
var version = "dev"

type commands struct {
	Serve   serve     `cmd:"" default:"1" help:"Run the web server; what a bare stoa does."`
	Work    work      `cmd:"" help:"Do background jobs, without the web server."`
	Migrate migrate   `cmd:"" help:"Migrate the database, or list its migrations."`
	User    user      `cmd:"" help:"Create, list and administer accounts."`
	Keys    keys      `cmd:"" help:"Rotate the key that signs access tokens."`
	Seed    seedUsers `cmd:"" help:"Fill a development database with users."`
	Routes  routes    `cmd:"" help:"List the routes with their groups and handlers."`
	Psql    psql      `cmd:"" passthrough:"" help:"Open psql on the program's database."`
	Doctor  doctor    `cmd:"" help:"Check settings, database, mail, jobs, storage and monitoring."`
	Health  health    `cmd:"" help:"Check the health of the running server; exit 1 when it is not ok."`
	Version release   `cmd:"" help:"Print the version."`
	Help    help      `cmd:"" help:"Show help; 'stoa help serve' lists the settings."`
}

// Exit statuses. A Go program that crashes exits with 2, so refused settings and
// migrations need another status: a supervisor must not restart the program then.
const (
	exitFailed = 1
	exitUsage  = 2
	exitConfig = 78 // EX_CONFIG of sysexits.h
)

func main() {
	// The signals stay registered until the exit. Otherwise a second one would
	// kill the process, with a status that looks like a crash.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	os.Exit(run(ctx, os.Args[1:]))
}

// run executes one command and returns the exit status.
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

// status prints an error and returns the exit status for it.
func status(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSettings):
		return exitConfig
	}
	if collision := new(pg.Collision); errors.As(err, &collision) {
		fmt.Fprintln(os.Stderr, "stoa:", err)
		return exitConfig
	}
	// psql has printed its own error.
	if ended := new(exec.ExitError); errors.As(err, &ended) {
		return ended.ExitCode()
	}
	// A fault has sentences for users; other errors are printed as they are.
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

// loadSettings reads the settings and sets up logging. It prints one line for
// each problem of the settings and then returns errSettings.
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
	slog.SetDefault(telemetry.NewLogger(telemetry.LoggerConfig{Writer: os.Stderr, Format: string(cfg.LogFormat), Level: slog.Level(cfg.LogLevel)}))
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

// Run prints the help of a command, and for serve also the settings.
func (h help) Run(k *kong.Context) error {
	trace, err := kong.Trace(k.Kong, h.Command)
	if err == nil {
		err = trace.Error
	}
	if err != nil {
		return err
	}
	if err := trace.PrintUsage(false); err != nil {
		return err
	}
	if len(h.Command) == 1 && h.Command[0] == "serve" {
		fmt.Printf("\nSettings, from the environment or in development from .env [default]:\n\n%s", config.Help())
	}
	return nil
}
