// Command millrace runs SQL over Kafka and Cassandra: one query as a stream or as a batch.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"millrace/builtin"
	"millrace/engine"
	"millrace/internal/terminal"
	"millrace/sqlerr"
)

// commands is the list of subcommands.
type commands struct {
	Run        runCommand       `cmd:"" help:"Run the INSERT statements of .sql files as one job, until it ends or Ctrl-C."`
	SQL        sqlCommand       `cmd:"" name:"sql" help:"The SQL shell; or run statements and print their rows."`
	Explain    explainCommand   `cmd:"" help:"Print the plans of the statements of .sql files; nothing is run."`
	Serve      serveCommand     `cmd:"" help:"Run a server: PostgreSQL clients, REST, jobs that come back after a restart."`
	Submit     submitCommand    `cmd:"" help:"Have a server run a .sql file as a job."`
	Jobs       jobsCommand      `cmd:"" help:"Look at the jobs of a server, pause, resume and cancel them."`
	User       userCommand      `cmd:"" help:"Who may log in to a server: add, remove, list."`
	Demo       demoCommand      `cmd:"" help:"Show a running job on an embedded Kafka-protocol broker; needs nothing."`
	Version    kong.VersionFlag `help:"Print the version."`
	Log        string           `enum:",debug,info,warn,error" default:"" placeholder:"LEVEL" help:"What is logged to stderr: debug, info, warn or error. Default: warn; of serve, info." env:"MILLRACE_LOG"`
	CPUProfile string           `name:"cpuprofile" placeholder:"FILE" hidden:"" help:"Write a CPU profile."`
}

// Exit codes that scripts may rely on. 0: all was done.
const (
	exitFailed = 1 // a statement or job failed, or was cut short
	exitUsage  = 2 // the command line is wrong
)

func main() { os.Exit(command(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer // both through status
	status   *terminal.Status
	logLevel string // as it was asked for; empty: it was not
}

// logFlag is the flag of all commands that says what is logged.
const logFlag = "log"

func command(args []string, in io.Reader, out, errOut io.Writer) int {
	c := commands{Serve: newServeCommand()}
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("millrace"),
		kong.Description("One .sql file, as a continuous stream over Kafka or as a batch, with the same rows."),
		kong.UsageOnError(),
		kong.Writers(out, errOut),
		kong.Vars{"version": version()},
		kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(errOut, err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
		if terminal.Is(in) && terminal.Is(out) {
			args = []string{"sql"}
		}
	}
	ctx, err := parser.Parse(args)
	if exited >= 0 { // --help, --version
		return exited
	}
	if err != nil {
		fmt.Fprintf(errOut, "millrace: %v\nRun millrace --help for the commands and their flags.\n", err)
		return exitUsage
	}
	line := terminal.NewStatus(errOut)
	t := &streams{in: in, out: line.Around(out), err: line.Around(errOut), status: line, logLevel: c.Log}
	level := slog.LevelWarn
	_ = level.UnmarshalText([]byte(c.Log)) // one of the words, or not said
	slog.SetDefault(slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: level})))
	if c.CPUProfile != "" {
		stop, err := profileTo(c.CPUProfile)
		if err != nil {
			fmt.Fprintln(errOut, err)
			return exitFailed
		}
		defer stop()
	}
	if err := ctx.Run(t); err != nil {
		var r *reported
		if !errors.As(err, &r) {
			fmt.Fprintln(t.err, sqlerr.Render(err, "", ""))
		}
		return exitFailed
	}
	return 0
}

// profileTo writes a CPU profile until the returned function is called.
func profileTo(path string) (func(), error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// reported is an error that the user has been told already.
type reported struct{ error }

// report prints an error of a text with the line it is about.
func (t *streams) report(err error, text, file string) error {
	fmt.Fprintln(t.err, sqlerr.Render(err, text, file))
	return &reported{err}
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " " + s.Value[:12]
		}
	}
	return strings.TrimSpace("millrace " + v + " " + info.GoVersion)
}

// vars are the --set flags: settings, and values for ${name}.
type vars struct {
	Set   []string `short:"s" placeholder:"NAME=VALUE" sep:"none" help:"A setting, or the value of $${NAME} in options; else the environment is asked."`
	given *engine.Variables
}

// open makes an engine and a session with the settings of the flags.
func (v *vars) open(ctx context.Context, out io.Writer, dataDir string) (*engine.Session, error) {
	var err error
	if v.given, err = engine.NewVariables(v.Set); err != nil {
		return nil, err
	}
	e, err := engine.Open(ctx, engine.Config{
		Sources: builtin.Sources(), Sinks: builtin.Sinks(out), DataDir: dataDir, Lookup: v.given.Lookup(os.LookupEnv),
	})
	if err != nil {
		return nil, err
	}
	s := e.Session()
	if err := v.given.Apply(s.Settings()); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return s, nil
}

// parse reads the statements of files, and refuses a --set that none of them uses.
func (v *vars) parse(t *streams, s *engine.Session, paths []string) ([]file, error) {
	var files []file
	for _, path := range paths {
		f, err := t.read(path)
		if err != nil {
			return nil, err
		}
		if f.stmts, err = s.Parse(f.text); err != nil {
			return nil, t.report(err, f.text, f.name)
		}
		files = append(files, f)
	}
	return files, v.given.Unused()
}

// interrupts calls stop at the first Ctrl-C or TERM and cancels the context at the second.
func interrupts(parent context.Context, stop func()) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-signals:
				if n == 0 {
					stop()
				} else {
					cancel(errInterrupted)
				}
			case <-done:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

var errInterrupted = sqlerr.New(sqlerr.QueryCanceled, 0, "interrupted")
