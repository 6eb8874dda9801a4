// Package shell is the SQL shell: it takes statements and commands from a terminal, a file or a pipe, has a Backend run
// them, and prints what they give. It holds no SQL of its own.
package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"millrace/internal/printer"
	"millrace/internal/terminal"
	"millrace/sql"
	"millrace/sqlerr"
)

// Config is what a shell is made of.
type Config struct {
	Backend Backend
	In      io.Reader
	Out     io.Writer // both through Status
	Err     io.Writer
	Status  *terminal.Status
	Format  string // table, csv or json
	History string // the file of statements of earlier runs; empty: none is kept
	Version string
	// Connect opens the server of \c; nil: there is no other.
	Connect func(ctx context.Context, address string) (Backend, error)
}

// Shell runs statements and commands one after the other. For one goroutine.
type Shell struct {
	Config
	settings
	interactive bool
	width       func() (columns, lines int)
	complete    completer
	history     *history

	cancel  atomic.Pointer[context.CancelCauseFunc] // ends what runs; nil: nothing does
	pending string                                  // the beginning of a statement, taken out of the editor by a command
	last    string                                  // the statement that ran last
	files   int                                     // how deep \i is

	variables map[string]string // of \set
	quit      bool
	failed    bool // something failed: what runs without a user ends with an error
	out       output
}

// settings are what commands change.
type settings struct {
	format   string
	expanded printer.Expanded
	null     string
	timing   bool
	pager    bool
	stop     bool // at the first error of a file
}

// New makes a shell that runs texts; Interactive makes it one for a user.
func New(c Config) *Shell {
	s := &Shell{Config: c, settings: settings{format: c.Format, stop: true}}
	s.width = func() (int, int) { return terminal.Size(c.Out) }
	s.complete = completer{shell: s}
	s.out = output{shell: s}
	return s
}

// ErrReported is returned once the user has been told what failed.
var ErrReported = errors.New("a statement failed")

var errInterrupted = sqlerr.New(sqlerr.QueryCanceled, 0, "interrupted")

// Interactive serves a user at a terminal until \q or Ctrl-D. The terminal is given back as it was, whatever happens.
func (s *Shell) Interactive(ctx context.Context) (err error) {
	if f, ok := s.In.(*os.File); ok {
		if state, err := term.GetState(int(f.Fd())); err == nil {
			defer func() { _ = term.Restore(int(f.Fd()), state) }()
		}
	}
	s.interactive, s.timing, s.stop, s.null = true, true, false, "NULL"
	s.pager = os.Getenv("PAGER") != ""
	s.history = openHistory(s.History)
	defer s.out.close()
	fmt.Fprintf(s.Out, "%s\n%s\nType \\? for help, \\q to leave.\n\n", s.Version, s.Backend.Conninfo())
	edit := newEditor(s)
	defer s.interrupts()()
	ended := make(chan os.Signal, 1) // TERM at the prompt, or while a statement runs
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(ended)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case <-ended:
			stop(errInterrupted)
			edit.hangUp()
		case <-ctx.Done():
		}
	}()
	for !s.quit && ctx.Err() == nil {
		initial := s.pending
		s.pending = ""
		text, err := edit.read(initial)
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		if err := s.history.add(text); err != nil {
			fmt.Fprintln(s.Err, sqlerr.Render(err, "", ""))
		}
		if rest := s.runText(ctx, text, source{}); rest != "" {
			s.pending = rest
		}
	}
	return nil
}

// Run runs a text that nobody types. It stops at the first error, and returns ErrReported then.
func (s *Shell) Run(ctx context.Context, r io.Reader, name string) error {
	defer s.out.close()
	if err := s.read(ctx, r, name); err != nil {
		return err
	}
	if s.failed {
		return ErrReported
	}
	return nil
}

// Close gives up what statements ran on.
func (s *Shell) Close() error { return s.Backend.Close() }

// Quit reports whether \q ended the run.
func (s *Shell) Quit() bool { return s.quit }

// runText runs the statements and commands of a text, and returns what it does not end. Where a statement fails the
// rest is left out: of what a user typed at once the parts belong together.
func (s *Shell) runText(ctx context.Context, text string, from source) (rest string) {
	for _, p := range sql.Split(text) {
		switch {
		case s.quit || ctx.Err() != nil:
			return ""
		case p.Command:
			if err := s.command(ctx, p.Text, &rest); err != nil {
				if !errors.Is(err, ErrReported) { // else by the file that \i ran
					s.report(err, "", source{})
				}
				if s.stopsAt() {
					return ""
				}
			}
		case p.Complete:
			statement, in, at := p.Text, text, p.Offset
			if rest != "" {
				statement = rest + p.Text
				in, at, rest = statement, 0, ""
			}
			if !s.statement(ctx, statement, in, at, from) && (s.stopsAt() || s.interactive && s.files == 0) {
				return ""
			}
		default:
			rest += p.Text
		}
	}
	return rest
}

// statement runs a statement with the values of its variables, and reports what fails. It stands at a place in a text.
func (s *Shell) statement(ctx context.Context, text, in string, at int, from source) (ok bool) {
	run, changed := s.substitute(text)
	err := s.execute(ctx, run)
	switch {
	case err == nil:
		return true
	case changed: // places are in what ran
		from.line += strings.Count(in[:at], "\n")
		s.report(err, run, from)
	default:
		s.report(shift(err, at), in, from)
	}
	return false
}

// stopsAt reports whether the text ends with the error that was reported.
func (s *Shell) stopsAt() bool { return s.stop && (!s.interactive || s.files > 0) }

// shift moves the place of an error of a statement to where the statement stands.
func shift(err error, offset int) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Pos == 0 || offset == 0 {
		return err
	}
	moved := *e
	moved.Pos += sqlerr.Pos(offset)
	return &moved
}

// report tells what failed, with the line.
func (s *Shell) report(err error, text string, from source) {
	s.failed = true
	if from.line > 0 { // the text is a part of a file, from that line on
		before := strings.Repeat("\n", from.line)
		err, text = shift(err, len(before)), before+text
	}
	fmt.Fprintln(s.Err, sqlerr.Render(err, text, from.name))
}

// execute runs one statement and prints what it gives. Ctrl-C ends it, and it alone.
func (s *Shell) execute(ctx context.Context, text string) error {
	s.last = text
	text = strings.TrimSuffix(strings.TrimRight(text, " \t\r\n"), ";")
	ctx, done := s.interruptible(ctx)
	defer done()
	started := time.Now()
	p := s.progress(started)
	r, err := s.Backend.Exec(ctx, text)
	if err == nil {
		err = s.print(ctx, r, p)
	}
	p.stop()
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, errPagerClosed) {
		err = errInterrupted
	}
	if errors.Is(err, errPagerClosed) {
		err = nil
	}
	if r != nil && r.Notices != nil {
		for _, n := range r.Notices() {
			fmt.Fprintln(s.Err, n)
		}
	}
	s.complete.changed(text)
	if s.timing && err == nil {
		fmt.Fprintf(s.out.writer(), "Time: %s\n", elapsed(time.Since(started)))
	}
	return err
}

// interruptible is a context that Ctrl-C ends. Inside another it is that one.
func (s *Shell) interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	if !s.cancel.CompareAndSwap(nil, &cancel) {
		return ctx, func() { cancel(nil) }
	}
	return ctx, func() {
		s.cancel.Store(nil)
		cancel(nil)
	}
}

// interrupts has Ctrl-C end what runs, and nothing else, until it is undone. At the prompt it is a key like any other.
func (s *Shell) interrupts() (undo func()) {
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, os.Interrupt)
	go func() {
		for {
			select {
			case <-signals:
				if cancel := s.cancel.Load(); cancel != nil {
					(*cancel)(errInterrupted)
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

func elapsed(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.3f ms", float64(d.Microseconds())/1000)
	case d < time.Minute:
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
