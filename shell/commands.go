package shell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/internal/printer"
	"millrace/sqlerr"
	"millrace/types"
)

// takes says what a command's argument is, for Tab.
type takes int

const (
	takesWords takes = iota // some of its words
	takesFile
	takesTable
	takesFunction
	takesStatement
)

// command is a row of the table of commands.
type command struct {
	name  string
	args  string // as \? shows them
	doc   string
	takes takes
	words []string // what the argument may be
	run   func(s *Shell, ctx context.Context, c *call) error
}

// call is a command with its arguments. It may read and change the statement that was begun before it.
type call struct {
	name    string
	args    []string
	rest    string // the arguments as they were written
	pending *string
}

func (c *call) arg(n int) string {
	if n < len(c.args) {
		return c.args[n]
	}
	return ""
}

var onOff = []string{"on", "off"}

// commands is the list of all, which \? prints and the manual holds. A function, as \? reads it itself.
func commands() []command {
	return []command{
		{name: `\?`, doc: "this list", run: (*Shell).help},
		{name: `\h`, args: "[STATEMENT]", doc: "how a statement is written", takes: takesStatement, run: (*Shell).helpStatement},
		{name: `\q`, doc: "leave (also Ctrl-D)", run: func(s *Shell, _ context.Context, _ *call) error { s.quit = true; return nil }},

		{name: `\d`, args: "[NAME]", doc: "tables and views, or the columns of one", takes: takesTable, run: (*Shell).describe},
		{name: `\d+`, args: "NAME", doc: "the columns of a table or view, and the statement that makes it", takes: takesTable, run: (*Shell).describe},
		{name: `\dt`, args: "[PATTERN]", doc: "tables", takes: takesTable, run: (*Shell).describe},
		{name: `\dv`, args: "[PATTERN]", doc: "views", takes: takesTable, run: (*Shell).describe},
		{name: `\dm`, args: "[PATTERN]", doc: "materialized views", takes: takesTable, run: (*Shell).describe},
		{name: `\di`, args: "[PATTERN]", doc: "primary keys", takes: takesTable, run: (*Shell).keys},
		{name: `\df`, args: "[PATTERN]", doc: "functions", takes: takesFunction, run: (*Shell).functions},
		{name: `\dn`, doc: "schemas", run: asks(func(questions) string { return schemas })},
		{name: `\du`, doc: "users", run: asks(func(questions) string { return users })},
		{name: `\l`, doc: "databases", run: asks(func(questions) string { return databases })},
		{name: `\j`, doc: "jobs", run: asks(func(q questions) string { return q.jobs })},

		{name: `\i`, args: "FILE", doc: "run the statements of a file", takes: takesFile, run: (*Shell).includes},
		{name: `\e`, args: "[FILE]", doc: "edit the statement, or the last one, in $EDITOR, and run it", takes: takesFile, run: (*Shell).edit},
		{name: `\g`, doc: "run the statement, or the last one again", run: (*Shell).again},
		{name: `\gx`, doc: "the same, with columns one below the other", run: (*Shell).again},
		{name: `\watch`, args: "[SECONDS]", doc: "run the statement, or the last one, every 2 seconds, until Ctrl-C", run: (*Shell).watch},
		{name: `\p`, doc: "show the statement, or the last one", run: func(s *Shell, _ context.Context, c *call) error {
			fmt.Fprintln(s.out.writer(), strings.TrimRight(s.current(c), "\n"))
			return nil
		}},
		{name: `\r`, doc: "drop the statement that was begun", run: func(_ *Shell, _ context.Context, c *call) error {
			*c.pending = ""
			return nil
		}},
		{name: `\w`, args: "FILE", doc: "write the statement, or the last one, to a file", takes: takesFile, run: (*Shell).write},

		{name: `\o`, args: "[FILE | |COMMAND]", doc: "send rows to a file or a command; alone: to the screen again", takes: takesFile, run: func(s *Shell, _ context.Context, c *call) error {
			return s.out.to(c.rest)
		}},
		{name: `\x`, args: "[on | off | auto]", doc: "columns one below the other; auto: where a row is wider than the screen", words: []string{"on", "off", "auto"}, run: (*Shell).expand},
		{name: `\format`, args: "[table | csv | json]", doc: "how rows are printed", words: []string{"table", "csv", "json"}, run: (*Shell).setFormat},
		{name: `\null`, args: "[TEXT]", doc: "what stands for NULL in tables", run: (*Shell).setNull},
		{name: `\pset`, args: "[NAME [VALUE]]", doc: "the same settings as in psql: expanded, format, null, pager", words: []string{"expanded", "format", "null", "pager"}, run: (*Shell).pset},
		{name: `\timing`, args: "[on | off]", doc: "show how long statements take", words: onOff, run: func(s *Shell, _ context.Context, c *call) error {
			return s.toggle(&s.timing, "Timing", c.arg(0))
		}},

		{name: `\set`, args: "[NAME [VALUE]]", doc: "set a variable, for which :NAME stands, as a string :'NAME', as a name :\"NAME\"; alone: list them", words: []string{onErrorStop}, run: (*Shell).set},
		{name: `\unset`, args: "NAME", doc: "forget a variable", run: (*Shell).unset},
		{name: `\gset`, args: "[PREFIX]", doc: "run the statement, or the last one, and make variables of the columns of its one row", run: (*Shell).gset},

		{name: `\c`, args: "ADDRESS", doc: "connect to a server: postgres://user@host:5433/millrace", run: (*Shell).connect},
		{name: `\conninfo`, doc: "what statements run on", run: func(s *Shell, _ context.Context, _ *call) error {
			fmt.Fprintln(s.out.writer(), s.Backend.Conninfo())
			return nil
		}},
		{name: `\!`, args: "[COMMAND]", doc: "run a command of the system, or a shell", run: (*Shell).system},
		{name: `\cd`, args: "[FOLDER]", doc: "change the folder", takes: takesFile, run: (*Shell).changeFolder},
		{name: `\echo`, args: "TEXT", doc: "print a text", run: func(s *Shell, _ context.Context, c *call) error {
			fmt.Fprintln(s.out.writer(), strings.Join(c.args, " "))
			return nil
		}},
	}
}

func findCommand(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return &c
		}
	}
	return nil
}

// command runs a line that begins with a backslash. pending is the statement that was begun before it.
func (s *Shell) command(ctx context.Context, line string, pending *string) error {
	name, rest, _ := strings.Cut(line, " ")
	if c, after, ok := strings.Cut(name, "\t"); ok {
		name, rest = c, after+" "+rest
	}
	if strings.HasPrefix(line, `\!`) { // \!ls
		name, rest = `\!`, line[2:]
	}
	rest = strings.TrimSpace(rest)
	if name != `\!` && name != `\echo` && name != `\null` { // psql users end commands so
		name, rest = strings.TrimRight(name, ";"), strings.TrimSpace(strings.TrimRight(rest, ";"))
	}
	cmd := findCommand(name)
	if cmd == nil && strings.HasPrefix(name, `\d`) { // \dt+, \dS: there is no more to show
		cmd = findCommand(strings.TrimRight(name, "+S"))
	}
	if cmd == nil {
		var all []string
		for _, c := range commands() {
			all = append(all, c.name)
		}
		e := sqlerr.New(sqlerr.SyntaxError, 0, "there is no command %s", name)
		e.Hint = strings.TrimSpace(strings.ReplaceAll(sqlerr.Suggest(name, all), `"`, "") + ` \? lists all.`)
		e.Hint = strings.ReplaceAll(e.Hint, `\\`, `\`)
		return e
	}
	ctx, done := s.interruptible(ctx)
	defer done()
	args := s.words(rest)
	if cmd.takes == takesFile && len(args) == 1 && !strings.HasPrefix(rest, "|") { // a name of several words needs no quotes
		rest = args[0]
	}
	err := cmd.run(s, ctx, &call{name: cmd.name, args: args, rest: rest, pending: pending})
	if err != nil && errors.Is(context.Cause(ctx), errInterrupted) && !errors.Is(err, ErrReported) {
		return errInterrupted
	}
	return err
}

// words cuts arguments at blanks; a text in quotes is one, and keeps double ones. Variables stand for their values.
func (s *Shell) words(text string) []string {
	var out []string
	for text = strings.TrimLeft(text, " \t"); text != ""; text = strings.TrimLeft(text, " \t") {
		var b strings.Builder
		for text != "" && text[0] != ' ' && text[0] != '\t' {
			if value, n := s.reference(text); n > 0 {
				b.WriteString(value)
				text = text[n:]
				continue
			}
			if q := text[0]; q == '\'' || q == '"' {
				if end := strings.IndexByte(text[1:], q); end >= 0 {
					if q == '\'' {
						b.WriteString(text[1 : 1+end])
					} else {
						b.WriteString(text[:2+end])
					}
					text = text[2+end:]
					continue
				}
			}
			b.WriteByte(text[0])
			text = text[1:]
		}
		out = append(out, b.String())
	}
	return out
}

// current is the statement that was begun, or the last one.
func (s *Shell) current(c *call) string {
	if strings.TrimSpace(*c.pending) != "" {
		text, _ := s.substitute(*c.pending)
		return text
	}
	return s.last
}

func usage(c *call, want string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, 0, "%s needs %s", c.name, want)
}

// CommandTable is the commands with their arguments and what they do, for \? and the manual.
func CommandTable() [][2]string {
	var out [][2]string
	for _, c := range commands() {
		out = append(out, [2]string{strings.TrimSpace(c.name + " " + c.args), c.doc})
	}
	return out
}

func (s *Shell) help(context.Context, *call) error {
	w := s.out.writer()
	table := CommandTable()
	wide := 0
	for _, row := range table {
		wide = max(wide, len(row[0]))
	}
	for _, row := range table {
		fmt.Fprintf(w, "  %-*s  %s\n", wide, row[0], row[1])
	}
	fmt.Fprintln(w, "\nStatements end with ; and may go over several lines. Tab completes, Up recalls, Ctrl-R searches what was typed, Ctrl-C")
	fmt.Fprintln(w, "drops the statement or cancels the query that runs.")
	return nil
}

// show prints rows of texts as those of a query.
func (s *Shell) show(columns []string, rows [][]string) error {
	r := &Result{}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	cols := make([]arrow.Array, len(columns))
	for i, name := range columns {
		r.Schema = append(r.Schema, types.Column{Name: name, Type: types.Of(types.Text)})
		for _, row := range rows {
			b.Append(row[i])
		}
		cols[i] = b.NewArray()
		defer cols[i].Release()
	}
	rec := array.NewRecordBatch(r.Schema.Arrow(), cols, int64(len(rows)))
	defer rec.Release()
	r.Each = func(_ context.Context, fn func(*flow.Batch) error) error { return fn(&flow.Batch{Rec: rec}) }
	p := s.progress(time.Now())
	defer p.stop()
	return s.print(context.Background(), r, p)
}

// asks is a command that prints what a question gives.
func asks(question func(questions) string) func(*Shell, context.Context, *call) error {
	return func(s *Shell, ctx context.Context, _ *call) error {
		columns, rows, err := s.ask(ctx, question(dialects[s.Backend.Dialect()]))
		if err != nil {
			return unplaced(err)
		}
		return s.show(columns, rows)
	}
}

// kinds are what \dt, \dv and \dm leave of all tables.
var kinds = map[string]func(kind string) bool{
	`\d`:  func(string) bool { return true },
	`\d+`: func(string) bool { return true },
	`\dt`: func(kind string) bool { return !strings.HasSuffix(kind, "view") },
	`\dv`: func(kind string) bool { return kind == "view" },
	`\dm`: func(kind string) bool { return kind == "materialized view" },
}

func (s *Shell) describe(ctx context.Context, c *call) error {
	q := dialects[s.Backend.Dialect()]
	if c.name == `\d+` && c.arg(0) == "" {
		c.name = `\d`
	}
	if strings.TrimSuffix(c.name, "+") == `\d` && c.arg(0) != "" && !strings.ContainsAny(c.arg(0), "*?") {
		columns, rows, err := s.ask(ctx, q.columns(c.arg(0)))
		if err != nil {
			return unplaced(err)
		}
		if len(rows) == 0 {
			return sqlerr.New(sqlerr.UndefinedTable, 0, "there is no table or view %s", c.arg(0)).WithHint(`\d lists them.`)
		}
		if err := s.show(columns, rows); err != nil || c.name == `\d` {
			return err
		}
		return s.showCreate(ctx, c.arg(0))
	}
	columns, rows, err := s.ask(ctx, q.tables)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r []string) bool { return !kinds[c.name](r[1]) || !like(r[0], c.arg(0)) })
	return s.show(columns, rows)
}

// showCreate prints the statement that makes a table or view.
func (s *Shell) showCreate(ctx context.Context, name string) error {
	q := dialects[s.Backend.Dialect()]
	if q.create == nil {
		return sqlerr.Unsupported(0, `\d+ on a server that is not millrace`, `\d shows the columns.`)
	}
	_, tables, err := s.ask(ctx, q.tables)
	if err != nil {
		return unplaced(err)
	}
	for _, t := range tables {
		if !strings.EqualFold(written(t[0]), name) {
			continue
		}
		_, rows, err := s.ask(ctx, q.create(t[1], name))
		if err != nil {
			return unplaced(err)
		}
		for _, r := range rows {
			fmt.Fprintln(s.out.writer(), r[0]+";")
		}
	}
	return nil
}

// unplaced is an error without its place, which is in a question that the user has not written.
func unplaced(err error) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return err
	}
	bare := *e
	bare.Pos = 0
	return &bare
}

// like reports whether a name matches a pattern of psql: * is any text, ? one character; without either, a part of it.
func like(name, pattern string) bool {
	if pattern == "" {
		return true
	}
	name, pattern = strings.ToLower(name), strings.ToLower(pattern)
	if !strings.ContainsAny(pattern, "*?") {
		return strings.Contains(name, pattern)
	}
	return matches(name, pattern)
}

func matches(name, pattern string) bool {
	for pattern != "" {
		switch {
		case pattern[0] == '*':
			for i := range len(name) + 1 {
				if matches(name[i:], pattern[1:]) {
					return true
				}
			}
			return false
		case name == "" || pattern[0] != '?' && pattern[0] != name[0]:
			return false
		}
		name, pattern = name[1:], pattern[1:]
	}
	return name == ""
}

func (s *Shell) functions(ctx context.Context, c *call) error {
	columns, rows, err := s.ask(ctx, dialects[s.Backend.Dialect()].functions)
	if err != nil {
		return err
	}
	return s.show(columns, slices.DeleteFunc(rows, func(r []string) bool { return !like(r[0], c.arg(0)) }))
}

// keys lists the primary keys, which are the only indexes that there are.
func (s *Shell) keys(ctx context.Context, c *call) error {
	q := dialects[s.Backend.Dialect()]
	_, tables, err := s.ask(ctx, q.tables)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, t := range tables {
		if strings.HasSuffix(t[1], "view") || !like(t[0], c.arg(0)) {
			continue
		}
		_, columns, err := s.ask(ctx, q.columns(written(t[0])))
		if err != nil {
			return unplaced(err)
		}
		var key []string
		for _, col := range columns {
			if strings.Contains(col[2], "primary key") {
				key = append(key, col[0])
			}
		}
		if len(key) > 0 {
			rows = append(rows, []string{t[0], strings.Join(key, ", ")})
		}
	}
	return s.show([]string{"table", "primary key"}, rows)
}

func (s *Shell) includes(ctx context.Context, c *call) error {
	if c.arg(0) == "" {
		return usage(c, "a file")
	}
	return s.include(ctx, expandHome(c.arg(0)))
}

// again is \g and \gx.
func (s *Shell) again(ctx context.Context, c *call) error {
	text := s.current(c)
	*c.pending = ""
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if c.name == `\gx` {
		defer func(was printer.Expanded) { s.expanded = was }(s.expanded)
		s.expanded = printer.On
	}
	return s.executeTold(ctx, text)
}

// executeTold runs a statement and reports what fails with its own text.
func (s *Shell) executeTold(ctx context.Context, text string) error {
	if err := s.execute(ctx, text); err != nil {
		s.report(err, text, source{})
		return ErrReported
	}
	return nil
}

func (s *Shell) watch(ctx context.Context, c *call) error {
	every := 2.0
	if a := c.arg(0); a != "" {
		var err error
		if every, err = strconv.ParseFloat(strings.TrimPrefix(a, "i="), 64); err != nil || every < 0.1 || every > 86400 {
			return sqlerr.New(sqlerr.InvalidParameterValue, 0, `\watch: %q is not a number of seconds from 0.1`, a)
		}
	}
	text := s.current(c)
	*c.pending = ""
	if strings.TrimSpace(text) == "" {
		return usage(c, "a statement before it")
	}
	for {
		fmt.Fprintf(s.out.writer(), "%s (every %gs)\n\n", time.Now().Format("Mon 02 Jan 2006 15:04:05"), every)
		if err := s.executeTold(ctx, text); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil // Ctrl-C is the way to end it
		case <-time.After(time.Duration(every * float64(time.Second))):
		}
	}
}

func (s *Shell) edit(ctx context.Context, c *call) error {
	path := expandHome(c.arg(0))
	if path == "" {
		f, err := os.CreateTemp("", "millrace-*.sql")
		if err != nil {
			return sqlerr.New(sqlerr.IOError, 0, "cannot edit: %v", err)
		}
		path = f.Name()
		defer os.Remove(path)
		_, err = f.WriteString(strings.TrimRight(s.current(c), "\n") + "\n")
		if err := errors.Join(err, f.Close()); err != nil {
			return sqlerr.New(sqlerr.IOError, 0, "cannot edit: %v", err)
		}
	}
	editor := "vi"
	for _, name := range []string{"MILLRACE_EDITOR", "VISUAL", "EDITOR"} {
		if e := os.Getenv(name); e != "" {
			editor = e
			break
		}
	}
	if err := s.attached(editor+` "$1"`, path); err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "the editor %s failed: %v", editor, err).WithHint("EDITOR names another.")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot read what was edited: %v", reason(err))
	}
	*c.pending = ""
	if strings.TrimSpace(string(text)) == "" {
		return nil
	}
	if err := s.history.add(string(text)); err != nil {
		return err
	}
	*c.pending = s.runText(ctx, string(text), source{})
	return nil
}

// attached runs a command of the system at the user's terminal.
func (s *Shell) attached(line string, args ...string) error {
	cmd := exec.Command("sh", append([]string{"-c", line, "sh"}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

func (s *Shell) system(_ context.Context, c *call) error {
	line := c.rest
	if line == "" {
		if line = os.Getenv("SHELL"); line == "" {
			line = "sh"
		}
	}
	err := s.attached(line)
	var exit *exec.ExitError
	if errors.As(err, &exit) { // its own affair, and it has said so
		return nil
	}
	return err
}

func (s *Shell) changeFolder(_ context.Context, c *call) error {
	dir := expandHome(c.rest)
	if dir == "" {
		dir, _ = os.UserHomeDir()
	}
	if err := os.Chdir(dir); err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot change to %s: %v", dir, reason(err))
	}
	return nil
}

func (s *Shell) write(_ context.Context, c *call) error {
	if c.rest == "" {
		return usage(c, "a file")
	}
	text := strings.TrimRight(s.current(c), "\n") + "\n"
	if err := os.WriteFile(expandHome(c.rest), []byte(text), 0o600); err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot write to %s: %v", c.rest, reason(err))
	}
	return nil
}

// toggle sets what is on or off; without a word it becomes the other.
func (s *Shell) toggle(what *bool, name, word string) error {
	switch strings.ToLower(word) {
	case "":
		*what = !*what
	case "on", "true", "1", "yes", "always":
		*what = true
	case "off", "false", "0", "no":
		*what = false
	default:
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "%s: %q is neither on nor off", name, word)
	}
	s.tell("%s is %s.", name, map[bool]string{true: "on", false: "off"}[*what])
	return nil
}

// tell says what was set, to a user.
func (s *Shell) tell(format string, args ...any) {
	if s.interactive {
		fmt.Fprintf(s.Out, format+"\n", args...)
	}
}

func (s *Shell) expand(_ context.Context, c *call) error {
	if strings.EqualFold(c.arg(0), "auto") {
		s.expanded = printer.Auto
		s.tell("Expanded display is used automatically.")
		return nil
	}
	on := s.expanded == printer.On
	if err := s.toggle(&on, "Expanded display", c.arg(0)); err != nil {
		return err
	}
	s.expanded = printer.Off
	if on {
		s.expanded = printer.On
	}
	return nil
}

func (s *Shell) setFormat(_ context.Context, c *call) error {
	f := strings.ToLower(c.arg(0))
	if f == "aligned" {
		f = printer.Table
	}
	switch f {
	case printer.Table, "csv", "json":
		s.format = f
	case "":
	default:
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "there is no format %q", c.arg(0)).WithHint("There are: csv, json, table.")
	}
	s.tell("Output format is %s.", s.format)
	return nil
}

func (s *Shell) setNull(_ context.Context, c *call) error {
	s.null = c.arg(0)
	s.tell("NULL is shown as %q.", s.null)
	return nil
}

func (s *Shell) pset(ctx context.Context, c *call) error {
	value := &call{name: c.name, args: c.args[min(1, len(c.args)):]}
	switch c.arg(0) {
	case "null":
		return s.setNull(ctx, value)
	case "format":
		return s.setFormat(ctx, value)
	case "expanded", "x":
		return s.expand(ctx, value)
	case "pager":
		return s.toggle(&s.pager, "Pager", value.arg(0))
	case "":
		expanded := map[printer.Expanded]string{printer.Off: "off", printer.On: "on", printer.Auto: "auto"}[s.expanded]
		pager := map[bool]string{true: "on", false: "off"}[s.pager]
		fmt.Fprintf(s.out.writer(), "expanded  %s\nformat    %s\nnull      '%s'\npager     %s\n", expanded, s.format, s.null, pager)
		return nil
	}
	err := sqlerr.New(sqlerr.InvalidParameterValue, 0, `\pset: there is no setting %q`, c.arg(0))
	err.Hint = sqlerr.Suggest(c.arg(0), []string{"expanded", "format", "null", "pager"})
	return err
}

func (s *Shell) connect(ctx context.Context, c *call) error {
	if c.arg(0) == "" {
		fmt.Fprintln(s.out.writer(), s.Backend.Conninfo())
		return nil
	}
	if s.Connect == nil {
		return sqlerr.Unsupported(0, `\c here`, "Start the shell with --connect.")
	}
	b, err := s.Connect(ctx, c.arg(0))
	if err != nil {
		return err
	}
	old := s.Backend
	s.Backend, s.complete.answers = b, nil
	if err := old.Close(); err != nil {
		return err
	}
	s.tell("%s", b.Conninfo())
	return nil
}
