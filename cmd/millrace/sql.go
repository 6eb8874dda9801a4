package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"millrace/engine"
	"millrace/internal/terminal"
	"millrace/shell"
	"millrace/sql"
	"millrace/sqlerr"
)

// sqlCommand is the shell: for a user at a terminal, or for texts.
type sqlCommand struct {
	Command []string `short:"c" sep:"none" placeholder:"SQL" help:"Statements to run; may be given several times."`
	File    []string `short:"f" placeholder:"FILE" help:"Files of statements to run first; - is standard input."`
	Format  string   `default:"table" enum:"table,csv,json" help:"How rows are printed: ${enum}."`
	DataDir string   `placeholder:"DIR" help:"Keep tables and views here, and the rows of tables with no connector, and know those of earlier runs. Without it they are gone with the command."`
	Connect string   `placeholder:"ADDRESS" help:"Run statements on a server: postgres://user@host:5433/millrace. The password comes from PGPASSWORD, .pgpass or a prompt."`
	vars
}

// Run serves a user where standard input and output are a terminal and no text is given. Else it executes the
// statements one after the other and stops at the first that fails.
func (c *sqlCommand) Run(t *streams) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b, err := c.backend(ctx, t)
	if err != nil {
		return err
	}
	s := shell.New(shell.Config{
		Backend: b, In: t.in, Out: t.out, Err: t.err, Status: t.status, Format: c.Format,
		History: shell.HistoryFile(), Version: version(), Connect: c.dial(t),
	})
	defer s.Close()
	if len(c.File)+len(c.Command) == 0 && terminal.Is(t.in) && terminal.Is(t.out) {
		return s.Interactive(ctx)
	}
	ctx, done := interrupts(ctx, cancel)
	defer done()
	err = c.texts(ctx, t, s)
	if errors.Is(err, shell.ErrReported) {
		return &reported{err}
	}
	return err
}

// texts runs the files, then the texts of -c; standard input where there is neither.
func (c *sqlCommand) texts(ctx context.Context, t *streams, s *shell.Shell) error {
	if len(c.File)+len(c.Command) == 0 {
		return s.Run(ctx, t.in, "standard input")
	}
	for _, path := range c.File {
		if path == "-" {
			if err := s.Run(ctx, t.in, "standard input"); err != nil || s.Quit() {
				return err
			}
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return sqlerr.New(sqlerr.IOError, 0, "cannot read %s: %v", path, err)
		}
		err = s.Run(ctx, f, path)
		f.Close()
		if err != nil || s.Quit() {
			return err
		}
	}
	for _, text := range c.Command {
		if err := s.Run(ctx, strings.NewReader(text), ""); err != nil || s.Quit() {
			return err
		}
	}
	return nil
}

// backend opens what the statements run on.
func (c *sqlCommand) backend(ctx context.Context, t *streams) (shell.Backend, error) {
	if c.Connect == "" {
		s, err := c.open(ctx, t.out, c.DataDir)
		if err != nil {
			return nil, err
		}
		return shell.Local(s, c.DataDir), nil
	}
	if c.DataDir != "" {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "--connect and --data-dir can't be given together").
			WithHint("With --connect the server keeps the tables.")
	}
	b, err := c.dial(t)(ctx, c.Connect)
	if err != nil {
		return nil, err
	}
	for _, set := range c.Set {
		name, value, _ := strings.Cut(set, "=")
		if !engine.IsSetting(name) {
			b.Close()
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "--set %s: a server does not take values of ${%s} from here", set, name).
				WithHint("They are the server's: its own --set or environment.")
		}
		if _, err := b.Exec(ctx, fmt.Sprintf("SET %s = '%s'", name, strings.ReplaceAll(value, "'", "''"))); err != nil {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

// dial connects to a server, and asks the user for a password where one is wanted and nothing else has it.
func (c *sqlCommand) dial(t *streams) func(context.Context, string) (shell.Backend, error) {
	var ask func() (string, error)
	if f, ok := t.in.(*os.File); ok && terminal.Is(f) {
		ask = func() (string, error) {
			fmt.Fprint(t.err, "Password: ")
			password, err := term.ReadPassword(int(f.Fd()))
			fmt.Fprintln(t.err)
			return string(password), err
		}
	}
	return func(ctx context.Context, address string) (shell.Backend, error) { return shell.Dial(ctx, address, ask) }
}

// execute runs one statement and prints its rows, or its tag where it has none and tags are wanted.
func (t *streams) execute(ctx context.Context, s *engine.Session, stmt sql.Statement, format string, tags bool) error {
	r, err := s.Exec(ctx, stmt)
	if err != nil {
		return err
	}
	res := shell.ResultOf(stmt, r)
	if r.Schema != nil || tags {
		err = shell.Print(ctx, t.out, res, format)
	}
	for _, n := range res.Notices() {
		fmt.Fprintln(t.err, n)
	}
	return err
}

func readAll(r io.Reader) (string, error) {
	var b strings.Builder
	_, err := io.Copy(&b, bufio.NewReader(r))
	return b.String(), err
}
