//go:build services

package shell_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"millrace/flow"
	"millrace/internal/terminal"
	"millrace/internal/testkit"
	"millrace/shell"
	"millrace/types"
)

// TestMain is also the program of the tests of a panic: a shell on a backend that panics. No such thing is in the
// command that users get.
func TestMain(m *testing.M) {
	if os.Getenv("MILLRACE_TEST_PANIC") == "" {
		os.Exit(m.Run())
	}
	line := terminal.NewStatus(os.Stderr)
	s := shell.New(shell.Config{Backend: broken{}, In: os.Stdin, Out: line.Around(os.Stdout), Err: line.Around(os.Stderr), Status: line, Format: "table"})
	if err := s.Interactive(context.Background()); err != nil {
		fmt.Println(err)
	}
}

// broken panics when a statement is run, and when Tab asks for tables.
type broken struct{}

func (broken) Exec(_ context.Context, text string) (*shell.Result, error) {
	if strings.Contains(text, "fine") {
		return &shell.Result{Tag: "FINE", Each: func(context.Context, func(*flow.Batch) error) error { return nil }, Schema: types.Schema{}}, nil
	}
	panic("this backend is broken")
}
func (broken) Conninfo() string       { return "A backend that is broken." }
func (broken) Dialect() shell.Dialect { return shell.Millrace }
func (broken) Busy() bool             { return false }
func (broken) Close() error           { return nil }

const ready = "millrace>"

// user is somebody at a terminal with the shell.
type user struct {
	*testkit.Terminal
	t   *testing.T
	dir string
}

type window struct {
	columns, lines int
	env            []string
	args           []string
	dir            string
}

// sit starts the shell and waits for its prompt.
func sit(t *testing.T, w window) *user {
	t.Helper()
	if w.columns == 0 {
		w.columns, w.lines = 100, 30
	}
	if w.dir == "" {
		w.dir = t.TempDir()
	}
	env := append([]string{"XDG_STATE_HOME=" + w.dir}, w.env...)
	u := &user{testkit.Tmux(t, w.columns, w.lines, w.dir, env, append([]string{testkit.Binary(t)}, w.args...)...), t, w.dir}
	u.Until("a prompt", prompted)
	return u
}

// lastLine is the last line that is not empty.
func lastLine(screen string) string { return screen[strings.LastIndexByte(screen, '\n')+1:] }

// prompted reports whether the shell waits for a statement.
func prompted(screen string) bool { l := lastLine(screen); return l == ready || l == ">" }

// ask types a line and waits until the shell has answered. It returns the screen, which had nothing on it before.
func (u *user) ask(line string) string {
	u.t.Helper()
	u.fresh()
	u.Enter(line)
	return u.answered()
}

// fresh clears the screen.
func (u *user) fresh() {
	u.t.Helper()
	u.Key("C-l")
	u.Until("nothing but a prompt", func(s string) bool { return s == ready || s == ">" })
}

func (u *user) answered() string {
	u.t.Helper()
	return u.Until("an answer and a prompt", func(s string) bool { return strings.Contains(s, "\n") && prompted(s) })
}

func (u *user) mustSee(screen string, parts ...string) {
	u.t.Helper()
	for _, p := range parts {
		if !strings.Contains(screen, p) {
			u.t.Errorf("the screen lacks %q:\n%s", p, screen)
		}
	}
}

func TestAStatementGoesOverSeveralLines(t *testing.T) {
	u := sit(t, window{})
	u.fresh()
	u.Enter("SELECT ';' AS a, -- ;")
	u.See("\n.........")
	u.Enter("$$;")
	u.Enter("$$ AS b;")
	u.mustSee(u.answered(), "......... $$ AS b;", " a | b", "---+---", " ; | ;+", "(1 row)", "Time: ")
}

func TestCtrlCAtThePromptDropsTheStatement(t *testing.T) {
	u := sit(t, window{})
	u.Enter("SELECT nonsense,")
	u.See(".........")
	u.Type("more")
	u.See("more")
	u.Key("C-c")
	u.Until("a prompt", prompted)
	u.mustSee(u.ask("SELECT 41 + 1 AS n;"), " 42", "(1 row)")
}

func TestCtrlCEndsAContinuousQueryAndNotTheShell(t *testing.T) {
	u := sit(t, window{})
	u.ask("CREATE TABLE t (k TEXT PRIMARY KEY, n INT);")
	u.ask("INSERT INTO t VALUES ('a', 1), ('b', 2);")
	u.fresh()
	u.Enter("SELECT k, sum(n) AS total FROM t GROUP BY k EMIT CHANGES;")
	u.mustSee(u.See("Ctrl-C ends it."), " k | total")
	u.Until("both rows", func(s string) bool { return strings.Contains(s, " a |     1") && strings.Contains(s, " b |     2") })
	u.Key("C-c")
	u.mustSee(u.answered(), "2 rows", "Stopped.")
	u.mustSee(u.ask("SELECT count(*) AS still FROM t;"), "     2")
}

func TestCtrlCCancelsALongQueryAndNotTheShell(t *testing.T) {
	u := sit(t, window{})
	u.fresh()
	u.Enter("SELECT count(*) FROM generate_series(1, 1000000) AS a (x), generate_series(1, 1000000) AS b (y) WHERE x + y < 0;")
	u.See("Ctrl-C cancels") // the line of its progress
	u.Key("C-c")
	screen := u.answered()
	u.mustSee(screen, "error: interrupted -- 57014")
	if strings.Contains(screen, "Ctrl-C cancels") {
		t.Errorf("the line of the progress is still there:\n%s", screen)
	}
	u.mustSee(u.ask("SELECT 41 + 1 AS n;"), " 42")
	u.Key("C-c") // at an empty prompt: nothing
	u.Key("C-c")
	u.mustSee(u.ask("SELECT 'alive' AS s;"), " alive")
}

func TestAPasteOfFiftyLinesIsOneText(t *testing.T) {
	u := sit(t, window{})
	var text strings.Builder
	text.WriteString("SELECT sum(n) AS total FROM (VALUES\n")
	for i := 1; i < 48; i++ {
		fmt.Fprintf(&text, "\t(%d), -- line %d; of 50\n", i, i+1)
	}
	text.WriteString("  (48)\n) AS t (n);\n")
	u.fresh()
	u.Paste(text.String(), true)
	u.See(") AS t (n);")
	if strings.Contains(u.Screen(), "total\n") {
		t.Error("the paste ran before Enter")
	}
	u.Key("Enter")
	u.mustSee(u.See("(1 row)"), " total", "  1176")
}

func TestFiftyLinesThatAreTypedAheadRunOneByOne(t *testing.T) {
	u := sit(t, window{})
	var text strings.Builder
	for i := range 50 {
		fmt.Fprintf(&text, "SELECT %d + 1000 AS n;\n", i)
	}
	u.Paste(text.String(), false)
	u.See(" 1049\n(1 row)")
	u.Until("a prompt", prompted)
	all := u.All()
	for i := range 50 {
		if !strings.Contains(all, fmt.Sprintf("\n %d\n(1 row)", i+1000)) {
			t.Fatalf("line %d did not run:\n%s", i, all)
		}
	}
}

func TestANarrowWindow(t *testing.T) {
	u := sit(t, window{columns: 20, lines: 24})
	u.mustSee(u.ask("SELECT 'abcdefghij' AS a, 'klmnopqrst' AS b;"), " abcdefghij | klmnop\nqrst", "(1 row)")
	u.mustSee(u.ask(`\x auto`), "Expanded")
	u.mustSee(u.ask("SELECT 'abcdefghij' AS a, 'klmnopqrst' AS b;"), "-[ RECORD 1 ]-", "a | abcdefghij", "b | klmnopqrst")
	u.mustSee(u.ask("SELECT nope;"), "error: ", "  1 | SELECT nope;\n    |        ^")
	u.ask("CREATE TABLE t (k TEXT, n INT);")
	u.ask("INSERT INTO t VALUES ('a long text that has no room here', 1);")
	u.fresh()
	u.Enter("SUBSCRIBE TO t;")
	u.See("1 row, 1 changes")
	for _, line := range strings.Split(u.Screen(), "\n") {
		if len(line) > 20 {
			t.Errorf("a line of %d columns: %s", len(line), line)
		}
	}
	u.Key("C-c")
	u.answered()
}

func TestTheWindowChangesItsSizeAtThePrompt(t *testing.T) {
	u := sit(t, window{})
	u.fresh()
	u.Type("SELECT 'before' AS a, ")
	u.See("'before' AS a,")
	u.Resize(60, 20)
	u.Type("'behind' AS b")
	u.See("'behind' AS b")
	u.Resize(120, 40)
	u.Enter(";")
	u.mustSee(u.answered(), "millrace> SELECT 'before' AS a, 'behind' AS b;", " before | behind")
}

func TestTheWindowChangesItsSizeDuringALiveTable(t *testing.T) {
	u := sit(t, window{})
	u.ask("CREATE TABLE t (k INT PRIMARY KEY, v TEXT);")
	u.ask("INSERT INTO t SELECT g, 'row ' || g || repeat('.', 60) FROM generate_series(1, 100) AS s (g);")
	u.fresh()
	u.Enter("SUBSCRIBE TO t;")
	u.See("100 rows, 100 changes")
	for _, size := range [][2]int{{40, 12}, {120, 40}, {50, 15}} {
		u.Resize(size[0], size[1])
		u.Until("a table of its size", func(s string) bool {
			lines := strings.Split(s, "\n")
			for _, l := range lines {
				if len(l) >= size[0] {
					return false
				}
			}
			return len(lines) == size[1]-1 && strings.HasPrefix(lastLine(s), "100 rows")
		})
	}
	u.Key("C-c")
	u.Until("a prompt", prompted)
}

// within runs a command between two looks at the state of the terminal.
func within(t *testing.T, command string, env ...string) (m *testkit.Terminal, same func()) {
	t.Helper()
	dir := t.TempDir()
	m = testkit.Tmux(t, 100, 30, dir, append([]string{"XDG_STATE_HOME=" + dir}, env...), "sh", "-c", "trap : INT; stty -a >before; "+command+"; code=$?; stty -a >after; echo ended with $code")
	return m, func() {
		t.Helper()
		m.See("ended with ")
		m.Ended()
		before, err := os.ReadFile(filepath.Join(dir, "before"))
		if err != nil {
			t.Fatal(err)
		}
		after, err := os.ReadFile(filepath.Join(dir, "after"))
		if err != nil {
			t.Fatal(err)
		}
		if string(before) != string(after) {
			t.Errorf("the terminal is not as it was:\n%s\nthen\n%s", before, after)
		}
	}
}

func TestTheTerminalIsGivenBackAsItWas(t *testing.T) {
	binary := testkit.Binary(t)
	for _, tc := range []struct {
		name  string
		leave func(m *testkit.Terminal)
	}{
		{"by Ctrl-D", func(m *testkit.Terminal) { m.Key("C-d") }},
		{`by \q`, func(m *testkit.Terminal) { m.Enter(`\q`) }},
		{"by Ctrl-D behind a statement and a cancelled one", func(m *testkit.Terminal) {
			m.Enter("SELECT 1;")
			m.See("(1 row)")
			m.Enter("SELECT count(*) FROM generate_series(1, 1000000) AS a (x), generate_series(1, 1000000) AS b (y) WHERE x + y < 0;")
			m.See("Ctrl-C cancels")
			m.Key("C-c")
			m.See("interrupted")
			m.Until("a prompt", prompted) // before it Ctrl-D is the terminal's own
			m.Key("C-d")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, same := within(t, binary)
			m.See(ready)
			tc.leave(m)
			same()
			if s := m.Screen(); !strings.Contains(s, "ended with 0") {
				t.Errorf("the shell fails:\n%s", s)
			}
		})
	}
}

func TestTheTerminalIsGivenBackAfterATermination(t *testing.T) {
	m, same := within(t, "sh -c 'echo $$ >pid; exec "+testkit.Binary(t)+"'")
	m.See(ready)
	pid, err := os.ReadFile(filepath.Join(m.Dir(), "pid"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(n, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	same()
}

func TestTheTerminalIsGivenBackAfterAPanic(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, act := range map[string]func(m *testkit.Terminal){
		"in a statement":                func(m *testkit.Terminal) { m.Enter("SELECT 1;") },
		"while the prompt has the keys": func(m *testkit.Terminal) { m.Type("SELECT * FROM a"); m.Key("Tab") },
	} {
		t.Run(name, func(t *testing.T) {
			m, same := within(t, program, "MILLRACE_TEST_PANIC=1")
			m.See(ready)
			act(m)
			same()
			if s := m.Screen(); !strings.Contains(m.All(), "panic: this backend is broken") || !strings.Contains(s, "ended with 2") {
				t.Errorf("the panic is not told:\n%s", m.All())
			}
		})
	}
}

func TestTheHistoryGoesOnInTheNextShell(t *testing.T) {
	dir := t.TempDir()
	u := sit(t, window{dir: dir})
	u.fresh()
	u.Enter("SELECT 11 AS a,")
	u.Enter("  22 AS b;")
	u.answered()
	u.ask("CREATE USER ann PASSWORD 'very secret words';")
	u.ask("SELECT 'newest' AS s;")
	u.Key("C-d")
	u.Ended()
	info, err := os.Stat(filepath.Join(dir, "millrace", "history"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the file: %v, %v", info, err)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "millrace", "history"))
	if err != nil || strings.Contains(string(kept), "secret") {
		t.Errorf("a password is kept: %s, %v", kept, err)
	}
	next := sit(t, window{dir: dir})
	next.fresh()
	next.Key("Up")
	next.See("SELECT 'newest' AS s;")
	next.Key("Up") // the statement of two lines, whole
	next.See("millrace> SELECT 11 AS a,\n.........   22 AS b;")
	next.Key("Enter")
	next.mustSee(next.answered(), " 11 | 22")
	next.fresh()
	next.Type("newest")
	next.Key("C-r")
	next.See("millrace> SELECT 'newest' AS s;")
	next.Key("Enter")
	next.mustSee(next.answered(), " newest")
}

func TestTabCompletes(t *testing.T) {
	u := sit(t, window{})
	u.ask("CREATE TABLE customers (id INT PRIMARY KEY, name TEXT, nation TEXT);")
	for _, tc := range []struct{ typed, want string }{
		{"SELECT * FROM cust", "millrace> SELECT * FROM customers"},
		{"sel", "millrace> select"},
		{"SELECT c.nam", "millrace> SELECT c.nam"}, // no table is named yet
		{"SHOW para", "millrace> SHOW parallelism"},
		{"SELECT json_array_len", "millrace> SELECT json_array_len"},
		{"CREATE TABLE t (a INT) WITH (connector = 'kafka', brok", "millrace> CREATE TABLE t (a INT) WITH (connector = 'kafka', brokers ="},
		{"CREATE TABLE t (a INT) WITH (connector = 'kaf", "millrace> CREATE TABLE t (a INT) WITH (connector = 'kafka'"},
		{`\tim`, `millrace> \timing`},
		{`\d cu`, `millrace> \d customers`},
		{`\h CREATE T`, `millrace> \h CREATE TABLE`},
		{"UPDATE customers SET nati", "millrace> UPDATE customers SET nation"},
	} {
		u.fresh()
		u.Type(tc.typed)
		u.Key("Tab")
		u.See(tc.want)
		u.Key("C-c")
		u.Until("a prompt", prompted)
	}
	u.fresh()
	u.Type("SELECT customers.na") // two begin so: what they share is there, both are shown
	u.Key("Tab")
	u.mustSee(u.See("customers.nation"), "customers.name")
	u.Key("Tab")
	u.See("> customers.name")
	u.Key("Tab")
	u.Enter(" FROM customers;")
	u.mustSee(u.answered(), "millrace> SELECT customers.nation FROM customers;", " nation")
}

func TestFileNamesAreCompleted(t *testing.T) {
	u := sit(t, window{})
	if err := os.WriteFile(filepath.Join(u.dir, "a long name.sql"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(u.dir, "report.sql"), []byte("SELECT 'from the file' AS s;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.fresh()
	u.Type(`\i rep`)
	u.Key("Tab")
	u.See(`\i report.sql`)
	u.Key("Enter")
	u.mustSee(u.answered(), " from the file")
}

func TestAnErrorPointsIntoWhatWasTyped(t *testing.T) {
	u := sit(t, window{})
	u.fresh()
	u.Paste("SELECT 1 AS one;\nSELECT 2 AS two,\n       nope\nFROM (VALUES (1)) AS v (n);\nSELECT 3 AS three;", true)
	u.See("AS three;")
	u.Key("Enter")
	screen := u.answered()
	u.mustSee(screen, `error: column "nope" does not exist`, "-- 42703, line 3, column 8", "  3 |        nope\n    |        ^")
	if strings.Contains(screen, "-------\n     3") {
		t.Errorf("what stands behind the error ran:\n%s", screen)
	}
}

func TestTheEditorEditsTheLastStatement(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "ed.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nsed -i 's/wrong/edited/' \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	u := sit(t, window{dir: dir, env: []string{"EDITOR=" + script, "VISUAL=", "MILLRACE_EDITOR="}})
	u.mustSee(u.ask("SELECT 'wrong' AS s;"), " wrong")
	u.mustSee(u.ask(`\e`), " edited")
	u.mustSee(u.ask(`\p`), "SELECT 'edited' AS s;")
	u.fresh()
	u.Enter("SELECT 'wrong again' AS s")
	u.See(".........")
	u.Enter(`\e`) // without a semicolon it waits in the prompt
	u.See("millrace> SELECT 'edited again' AS s")
	u.Enter(";")
	u.mustSee(u.See("(1 row)"), " edited again")
}

func TestAFileIsIncludedAndStopsWhereItIsTold(t *testing.T) {
	u := sit(t, window{})
	text := "SELECT 'first' AS s;\n\nSELECT nope;\nSELECT 'last' AS s;\n"
	if err := os.WriteFile(filepath.Join(u.dir, "f.sql"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	u.mustSee(u.ask(`\i f.sql`), " first", "f.sql line 3, column 8", " last")
	u.ask(`\set ON_ERROR_STOP on`)
	screen := u.ask(`\i f.sql`)
	u.mustSee(screen, " first", "f.sql line 3")
	if strings.Contains(screen, " last\n") {
		t.Errorf("the file goes on behind its error:\n%s", screen)
	}
	u.mustSee(u.ask(`\i nothing.sql`), "error: cannot read nothing.sql", "no such file")
}

func TestRowsGoToAFile(t *testing.T) {
	u := sit(t, window{})
	u.ask(`\format csv`)
	u.Enter(`\o rows.csv`)
	u.Enter("SELECT 1 AS a, 'x' AS b;")
	u.Enter(`\o`)
	u.mustSee(u.ask(`\! cat rows.csv`), "a,b\n1,x")
	u.Enter(`\o |tr x y`)
	u.Enter("SELECT 'xxx' AS b;")
	u.Enter(`\o`)
	u.See("yyy")
}

func TestColumnsOneBelowTheOther(t *testing.T) {
	u := sit(t, window{})
	u.mustSee(u.ask(`\x`), "Expanded display is on.")
	u.mustSee(u.ask("SELECT 1 AS a, NULL AS long_name;"), "-[ RECORD 1 ]", "a         | 1", "long_name | NULL")
	u.mustSee(u.ask(`\x off`), "Expanded display is off.")
	u.mustSee(u.ask("SELECT 5 AS a;"), " a\n---\n 5")
	u.mustSee(u.ask(`SELECT 6 AS a \gx`), "a | 6")
}

func TestTiming(t *testing.T) {
	u := sit(t, window{})
	u.mustSee(u.ask("SELECT 1 AS a;"), "Time: ")
	u.mustSee(u.ask(`\timing`), "Timing is off.")
	if s := u.ask("SELECT 1 AS a;"); strings.Contains(s, "Time: ") {
		t.Errorf("it is still timed:\n%s", s)
	}
	u.ask(`\timing on`)
	u.mustSee(u.ask("SELECT 1 AS a;"), "Time: ")
}

func TestWideCharactersAndNull(t *testing.T) {
	u := sit(t, window{})
	u.mustSee(u.ask("SELECT * FROM (VALUES ('水車', 1), ('ab', NULL), ('é', 3)) AS v (w, n);"),
		"  w   |  n\n------+------\n 水車 |    1\n ab   | NULL\n é    |    3\n")
	u.ask(`\null ∅`)
	u.mustSee(u.ask("SELECT NULL AS n, 2 AS b;"), " ∅ | 2")
	u.ask(`\pset null ''`)
	u.mustSee(u.ask("SELECT NULL AS n, 2 AS b;"), "   | 2")
	u.fresh()
	u.Type("SELECT '日本語日本語' AS a")
	u.Key("Left", "Left", "Left", "Left", "Left", "Left")
	u.Key("BSpace")
	u.See("'日本語日本' AS a")
	u.Key("End")
	u.Enter(";")
	u.mustSee(u.answered(), " 日本語日本")
}

func TestUnknownCommandsAndHelp(t *testing.T) {
	u := sit(t, window{columns: 120, lines: 60})
	u.mustSee(u.ask(`\timeing`), `error: there is no command \timeing`, `Did you mean \timing?`)
	help := u.ask(`\?`)
	for _, row := range shell.CommandTable() {
		u.mustSee(help, row[0])
	}
	u.mustSee(u.ask(`\h update`), "UPDATE table SET column = expression")
	u.mustSee(u.ask(`\conninfo`), "An engine in this process")
}

func TestWatchRunsAStatementUntilCtrlC(t *testing.T) {
	u := sit(t, window{})
	u.ask("SELECT 'watched' AS s;")
	u.fresh()
	u.Enter(`\watch 0.1`)
	u.Until("three runs", func(s string) bool { return strings.Count(s, " watched") >= 3 })
	u.Key("C-c")
	u.Until("a prompt", prompted)
	u.mustSee(u.ask("SELECT 'alive' AS s;"), " alive")
}

func TestWhatIsLongerThanTheScreenGoesToThePager(t *testing.T) {
	u := sit(t, window{env: []string{"PAGER=sed s/^/paged/"}})
	if s := u.ask("SELECT 1 AS a;"); strings.Contains(s, "paged") {
		t.Errorf("what is short is paged:\n%s", s)
	}
	u.fresh()
	u.Enter("SELECT g FROM generate_series(1, 1000) AS s (g);")
	u.mustSee(u.See("paged(1000 rows)"), "paged 1000")
	u.ask(`\pset pager off`)
	u.fresh()
	u.Enter("SELECT g FROM generate_series(1, 1000) AS s (g);")
	if s := u.See("\n(1000 rows)"); strings.Contains(s, "paged") {
		t.Errorf("it is paged:\n%s", s)
	}
}

func TestAPagerThatIsLeftEndsTheQuery(t *testing.T) {
	u := sit(t, window{env: []string{"PAGER=head -3"}})
	u.fresh()
	u.Enter("SELECT g FROM generate_series(1, 100000000) AS s (g);")
	screen := u.answered()
	if strings.Contains(screen, "error") {
		t.Errorf("leaving the pager is an error:\n%s", screen)
	}
}

func TestColours(t *testing.T) {
	u := sit(t, window{})
	u.fresh()
	u.Type("SELECT 'x' AS a")
	u.See("'x' AS a")
	coloured := regexp.MustCompile("\x1b\\[[0-9;]*3[2-6]m")
	if s := u.Colours(); !coloured.MatchString(s) {
		t.Errorf("nothing has a colour: %q", s)
	}
	plain := sit(t, window{env: []string{"NO_COLOR=1"}})
	plain.fresh()
	plain.Type("SELECT 'x' AS a")
	plain.See("'x' AS a")
	if s := plain.Colours(); coloured.MatchString(s) {
		t.Errorf("there are colours in spite of NO_COLOR: %q", s)
	}
}

func TestFlagsFormatsAndTypedAheadKeys(t *testing.T) {
	u := sit(t, window{args: []string{"sql", "--format", "json"}})
	u.mustSee(u.ask("SELECT 1 AS a, 'x' AS b;"), `{"a":1,"b":"x"}`)
	u.fresh()
	u.Enter("SELECT count(*) AS n FROM generate_series(1, 3000000) AS s (g) WHERE g % 7 = 0;")
	u.Enter("SELECT 'typed ahead' AS s;") // while the first runs
	u.Until("both answers", func(s string) bool {
		return strings.Contains(s, `{"n":428571}`) && strings.Contains(s, `{"s":"typed ahead"}`) && prompted(s)
	})
}
