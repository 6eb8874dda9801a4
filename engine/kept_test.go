package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/builtin"
	"millrace/engine"
	"millrace/flow"
	"millrace/internal/testkit"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// keeping makes an engine that keeps its tables; they are closed with the test.
func keeping(t *testing.T, dataDir string, out io.Writer) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{Sources: builtin.Sources(), Sinks: builtin.Sinks(out), DataDir: dataDir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// ask runs statements and gives the tag or the rows of the last one.
func ask(ctx context.Context, s *engine.Session, text string, params ...planner.Param) (string, error) {
	stmts, err := s.Parse(text)
	if err != nil {
		return "", err
	}
	out := ""
	for _, stmt := range stmts {
		r, err := s.Exec(ctx, stmt, params...)
		if err != nil {
			return "", err
		}
		if out, err = rowsText(ctx, r); err != nil {
			return "", err
		}
	}
	return out, nil
}

// rowsText is the rows of a result, or its tag where it has none.
func rowsText(ctx context.Context, r *engine.Result) (string, error) {
	if r.Schema == nil {
		return r.Tag, nil
	}
	var rows []string
	err := r.Each(ctx, func(b *flow.Batch) error {
		for i := range b.Len() {
			var row []string
			for c := range r.Schema {
				row = append(row, string(types.AppendText(nil, b.Rec.Column(c), i, r.Schema[c].Type)))
			}
			rows = append(rows, strings.Join(row, " "))
		}
		return nil
	})
	return strings.Join(rows, "; "), err
}

func must(t *testing.T, s *engine.Session, text string, params ...planner.Param) string {
	t.Helper()
	out, err := ask(t.Context(), s, text, params...)
	if err != nil {
		t.Fatal(sqlerr.Render(err, text, ""))
	}
	return out
}

func TestTagsCountRows(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (id INT PRIMARY KEY, n INT)")
	for _, tc := range []struct{ text, tag string }{
		{"INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)", "INSERT 0 3"},
		{"INSERT INTO t VALUES (1, 1), (4, 4) ON CONFLICT DO NOTHING", "INSERT 0 1"},
		{"INSERT INTO t VALUES (1, 1), (5, 5) ON CONFLICT (id) DO UPDATE SET n = 0", "INSERT 0 2"},
		{"UPDATE t SET n = 7 WHERE id > 3", "UPDATE 2"},
		{"UPDATE t SET id = id + 1", "UPDATE 5"},
		{"DELETE FROM t WHERE n = 7", "DELETE 2"},
		{"TRUNCATE t", "TRUNCATE TABLE"},
		{"CREATE TABLE u AS VALUES (1), (2)", "SELECT 2"},
		{"CREATE VIEW v AS SELECT 1 AS one", "CREATE VIEW"},
		{"RESET ALL", "RESET"},
		{"DROP VIEW v", "DROP VIEW"},
	} {
		if got := must(t, s, tc.text); got != tc.tag {
			t.Errorf("%s: %s, want %s", tc.text, got, tc.tag)
		}
	}
}

func TestTablesAndViewsOutliveTheEngine(t *testing.T) {
	dir := t.TempDir()
	e := keeping(t, dir, io.Discard)
	must(t, e.Session(), `CREATE TABLE t (id INT PRIMARY KEY, n INT DEFAULT 5); INSERT INTO t VALUES (1, 2); INSERT INTO t VALUES (2);
		CREATE VIEW v AS SELECT sum(n) AS total FROM t; CREATE TABLE gone (a INT); INSERT INTO gone VALUES (1); DROP TABLE gone`)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	s := keeping(t, dir, io.Discard).Session()
	if got := must(t, s, "INSERT INTO t (id) VALUES (3); SELECT total FROM v"); got != "12" {
		t.Errorf("the view gives %s", got)
	}
	if got := must(t, s, "CREATE TABLE gone (a INT); SELECT count(*) FROM gone"); got != "0" {
		t.Errorf("a table that was dropped comes back with %s rows", got)
	}
	if got := must(t, s, "SHOW CREATE VIEW v"); got != "CREATE VIEW v AS SELECT sum(n) AS total FROM t" {
		t.Errorf("SHOW CREATE VIEW: %s", got)
	}
	if got := must(t, s, "SHOW TABLES"); got != "gone table embedded; t table embedded; v view " {
		t.Errorf("SHOW TABLES: %s", got)
	}
}

func TestStatementsOfSessionsTakeTurns(t *testing.T) {
	e := keeping(t, "", io.Discard)
	must(t, e.Session(), "CREATE TABLE counter (n INT); INSERT INTO counter VALUES (0)")
	const sessions, times = 4, 25
	var all sync.WaitGroup
	errs := make(chan error, sessions)
	for range sessions {
		all.Go(func() {
			s := e.Session()
			for range times {
				if _, err := ask(t.Context(), s, "UPDATE counter SET n = n + 1"); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if got := must(t, e.Session(), "SELECT n FROM counter"); got != fmt.Sprint(sessions*times) {
		t.Errorf("the counter is at %s of %d", got, sessions*times)
	}
}

func TestAStatementThatFailsChangesNothing(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL); INSERT INTO t VALUES (1, 1), (2, 0)")
	for _, tc := range []struct{ text, code string }{
		{"INSERT INTO t VALUES (3, 1), (1, 1)", sqlerr.UniqueViolation},
		{"INSERT INTO t VALUES (3, 1), (4, NULL)", sqlerr.NotNullViolation},
		{"UPDATE t SET n = 1 / n", sqlerr.DivisionByZero},
		{"UPDATE t SET n = 5 RETURNING 1 / (id - 2)", sqlerr.DivisionByZero},
		{"DELETE FROM t RETURNING 1 / n", sqlerr.DivisionByZero},
		{"INSERT INTO t VALUES (3, 1), (1, 1) ON CONFLICT (id) DO UPDATE SET n = 1 / (excluded.n - 1)", sqlerr.DivisionByZero},
		{"CREATE TABLE u AS SELECT 1 / n AS x FROM t", sqlerr.DivisionByZero},
	} {
		if _, err := ask(t.Context(), s, tc.text); sqlerr.Code(err) != tc.code {
			t.Errorf("%s: %v", tc.text, err)
		}
	}
	if got := must(t, s, "SELECT * FROM t ORDER BY id"); got != "1 1; 2 0" {
		t.Errorf("the table holds %s", got)
	}
	if _, err := ask(t.Context(), s, "SELECT * FROM u"); sqlerr.Code(err) != sqlerr.UndefinedTable {
		t.Errorf("a table of CREATE TABLE AS that failed: %v", err)
	}
}

func TestParametersAreLiterals(t *testing.T) {
	s := keeping(t, "", io.Discard).Session()
	must(t, s, "CREATE TABLE t (id INT PRIMARY KEY, at DATE, name TEXT)")
	text := func(v string) planner.Param { return planner.Param{Value: v} } // of no type
	number := func(n int64) planner.Param { return planner.Param{Type: types.Of(types.Int64), Value: n} }
	for _, tc := range []struct {
		text   string
		params []planner.Param
		want   string
	}{
		{"INSERT INTO t VALUES ($1, $2, $3)", []planner.Param{text("1"), text("2026-01-01"), {}}, "INSERT 0 1"},
		{"INSERT INTO t (id, name) SELECT $1, $2", []planner.Param{number(2), text("b")}, "INSERT 0 1"},
		{"UPDATE t SET at = $1, name = $2 WHERE id = $3", []planner.Param{text("2027-02-03"), text("c"), number(2)}, "UPDATE 1"},
		{"SELECT at FROM t WHERE id = $1", []planner.Param{text("2")}, "2027-02-03"},
		{"SELECT $1 + id FROM t ORDER BY id LIMIT $2", []planner.Param{number(10), number(1)}, "11"},
		{"DELETE FROM t WHERE name = $1 OR at < $2", []planner.Param{text("x"), text("2026-06-01")}, "DELETE 1"},
	} {
		if got := must(t, s, tc.text, tc.params...); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.text, got, tc.want)
		}
	}
	for _, tc := range []struct {
		text, code string
		params     []planner.Param
	}{
		{"SELECT $2", "42P02", []planner.Param{number(1)}},
		{"SELECT 1 + $1", sqlerr.InvalidText, []planner.Param{text("one")}},
	} {
		if _, err := ask(t.Context(), s, tc.text, tc.params...); sqlerr.Code(err) != tc.code {
			t.Errorf("%s: %v", tc.text, err)
		}
	}
}

// TestAJobFollowsATable: a job copies a table as it changes, is crashed and gone on with, and ends at its rows.
func TestAJobFollowsATable(t *testing.T) {
	state := t.TempDir()
	e := keeping(t, "", io.Discard)
	s := e.Session()
	must(t, s, `CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
		CREATE TABLE copy (id INT PRIMARY KEY, n INT, twice INT);
		CREATE TABLE events (a INT) APPEND ONLY; INSERT INTO events VALUES (1); CREATE TABLE seen (a INT)`)
	start := func() (*engine.Job, context.CancelFunc) {
		t.Helper()
		js := e.Session()
		must(t, js, "SET mode = stream; SET checkpoint.interval = '20ms'")
		var inserts []*sql.Insert
		for _, text := range []string{"INSERT INTO copy SELECT id, n, n * 2 FROM t WHERE n < 100", "INSERT INTO seen SELECT a FROM events"} {
			stmts, err := js.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			inserts = append(inserts, stmts[0].(*sql.Insert))
		}
		job, err := js.Job("follow", inserts)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if err := job.Start(ctx, engine.JobOptions{StateDir: state}); err != nil {
			t.Fatal(err)
		}
		return job, cancel
	}
	same := func() bool {
		rows, err := ask(t.Context(), s, "SELECT id, n, n * 2 FROM t WHERE n < 100 ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		copied, err := ask(t.Context(), s, "SELECT * FROM copy ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		events, err := ask(t.Context(), s, "SELECT a FROM events ORDER BY a")
		if err != nil {
			t.Fatal(err)
		}
		seen, err := ask(t.Context(), s, "SELECT a FROM seen ORDER BY a")
		if err != nil {
			t.Fatal(err)
		}
		return rows == copied && events == seen
	}
	for round, text := range []string{
		"UPDATE t SET n = n + 1; INSERT INTO events VALUES (2)",
		"DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (4, 4); INSERT INTO events VALUES (3), (3)",
		"UPDATE t SET id = id + 10; UPDATE t SET n = n + 98 WHERE id = 12",
		"TRUNCATE t; INSERT INTO t VALUES (7, 7); INSERT INTO events SELECT a + 10 FROM events",
	} {
		job, cancel := start()
		must(t, s, text)
		testkit.Eventually(t, time.Minute, "the copy is the table", same)
		if round%2 == 0 {
			cancel() // as a crash
			if err := job.Wait(); err == nil {
				t.Error("a crash is no end")
			}
			must(t, s, "INSERT INTO t VALUES (99, 9); UPDATE t SET n = 5 WHERE id = 99") // while nobody reads
		} else {
			job.Stop()
			if err := job.Wait(); err != nil {
				t.Fatal(err)
			}
			cancel()
			must(t, s, "DELETE FROM t WHERE id > 90")
		}
	}
}

// TestAChangelogIsPrinted: without checkpoints too each change goes through.
func TestAChangelogIsPrinted(t *testing.T) {
	var out lockedText
	e := keeping(t, "", &out)
	s := e.Session()
	must(t, s, `CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1), (2, 2);
		CREATE TABLE p (id INT, n INT) WITH (connector = 'print', format = 'changelog')`)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := ask(ctx, e.Session(), "SET mode = stream; INSERT INTO p SELECT * FROM t")
		ended <- err
	}()
	testkit.Eventually(t, time.Minute, "the rows that are there", func() bool { return out.lines() == 2 })
	must(t, s, "UPDATE t SET n = 5 WHERE id = 1; DELETE FROM t WHERE id = 2")
	testkit.Eventually(t, time.Minute, "the changes", func() bool { return out.lines() == 5 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if want := "+I[1, 1]\n+I[2, 2]\n-U[1, 1]\n+U[1, 5]\n-D[2, 2]\n"; out.String() != want {
		t.Errorf("printed\n%s", out.String())
	}
}

type lockedText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lockedText) lines() int { return strings.Count(l.String(), "\n") }
