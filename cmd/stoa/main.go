// Command stoa is the web server and its operator's commands in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
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
	Keys    keys      `cmd:"" help:"Rotate the key that signs access tokens, or end what a leaked SECRET_KEY can open."`
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
	ctx, _ := signal.NotifyContext(context.Background(), stopSignals()...)
	os.Exit(run(ctx, os.Args[1:]))
}

// stopSignals returns the signals that stop the program. A terminal that closes
// sends SIGHUP, which nohup ignores.
func stopSignals() []os.Signal {
	stop := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		stop = append(stop, syscall.SIGHUP)
	}
	return stop
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

// refusedSettings has the problems of the settings.
type refusedSettings []config.Problem

// Error returns the problems, one to a line.
func (r refusedSettings) Error() string { return strings.Join(messages(r), "\n") }

// exitStatus is the error of a command that has printed why it failed.
type exitStatus int

// Error returns the status in words.
func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// status prints an error and returns the exit status for it.
func status(err error) int {
	for _, line := range messages(err) {
		fmt.Fprintln(os.Stderr, line)
	}
	return statusOf(err)
}

// inLog writes an error of serve or work to the log if that is JSON: what reads
// the log then understands every line. It returns the error that is left.
func inLog(cfg config.Config, err error) error {
	if err == nil || cfg.LogFormat != config.JSON {
		return err
	}
	for _, line := range messages(err) {
		slog.Error("stopped", "error", strings.TrimPrefix(line, "stoa: "))
	}
	return exitStatus(statusOf(err))
}

func statusOf(err error) int {
	if err == nil {
		return 0
	}
	if status := exitStatus(0); errors.As(err, &status) {
		return int(status)
	}
	if errors.As(err, new(refusedSettings)) || errors.As(err, new(*pg.Collision)) {
		return exitConfig
	}
	return exitFailed
}

// messages returns an error in lines for people.
func messages(err error) []string {
	if err == nil || errors.As(err, new(exitStatus)) {
		return nil
	}
	var lines []string
	if refused := (refusedSettings)(nil); errors.As(err, &refused) {
		for _, problem := range refused {
			lines = append(lines, problem.String())
		}
		return lines
	}
	// A fault has sentences for users; other errors are printed as they are.
	f := fault.As(err)
	if f == nil {
		return []string{"stoa: " + describe(err)}
	}
	for _, field := range f.Fields {
		lines = append(lines, "stoa: "+field.Name+": "+field.Message)
	}
	if len(lines) == 0 {
		lines = []string{"stoa: " + f.Message}
	}
	return lines
}

// describe returns an error in one line, with what an operator can do about it.
func describe(err error) string {
	text := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\t' }), " ")
	setting := "DATABASE_URL"
	if owner := (unreachable{}); errors.As(err, &owner) {
		setting = owner.setting
	}
	if advice := pg.Advice(err, setting); advice != "" {
		text += "; " + advice
	}
	return text
}

// loadSettings reads the settings and sets up logging. It returns refusedSettings
// when there are problems.
func loadSettings() (config.Config, error) {
	dir, err := os.Getwd()
	if err != nil {
		return config.Config{}, err
	}
	cfg, list := config.Load(os.Environ(), dir)
	slog.SetDefault(telemetry.NewLogger(telemetry.LoggerConfig{Writer: os.Stderr, Format: string(cfg.LogFormat), Level: slog.Level(cfg.LogLevel)}))
	if len(list) > 0 {
		return cfg, refusedSettings(list)
	}
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
