package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"millrace/engine"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/planner"
)

// follow reads a query of changes until fn has seen all that it wants.
func follow(t *testing.T, e *engine.Engine, text string, want []string, then map[int]string) {
	t.Helper()
	s := e.Session()
	stmts, err := s.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Exec(t.Context(), stmts[0])
	if err != nil {
		t.Fatal(err)
	}
	if !r.Changes || r.Schema[0].Name != "op" {
		t.Fatalf("%s: not a stream of changes: %v", text, r.Schema.Names())
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	enough := errors.New("enough")
	var got []string
	steps := make(chan string, len(then)+1)
	done := make(chan error, 1)
	go func() {
		for step := range steps {
			if _, err := ask(context.Background(), e.Session(), step); err != nil {
				done <- err
				cancel(err)
				return
			}
		}
		done <- nil
	}()
	steps <- then[0]
	err = r.Each(ctx, func(b *flow.Batch) error {
		for _, row := range flowtest.Rows(b.Rec) {
			got = append(got, row)
			if step, ok := then[len(got)]; ok {
				steps <- step
			}
		}
		if len(got) >= len(want) {
			cancel(enough)
		}
		return nil
	})
	close(steps)
	if serr := <-done; serr != nil {
		t.Fatal(serr)
	}
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("%s:\n%s\nwant\n%s", text, g, w)
	}
}

func TestEmitChangesOfATable(t *testing.T) {
	e := keeping(t, "", nil)
	must(t, e.Session(), `CREATE TABLE t (k INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 10), (2, 20)`)
	follow(t, e, `SUBSCRIBE TO t`, []string{"+I | 1 | 10", "+I | 2 | 20", "-U | 2 | 20", "+U | 2 | 21", "-D | 1 | 10", "+I | 3 | 30"}, map[int]string{
		2: `UPDATE t SET v = 21 WHERE k = 2`, 4: `DELETE FROM t WHERE k = 1; INSERT INTO t VALUES (3, 30)`,
	})
	follow(t, e, `SELECT v % 2 AS odd, count(*), max(v) FROM t GROUP BY v % 2 EMIT CHANGES`,
		[]string{"+I | 1 | 1 | 21", "+I | 0 | 1 | 30", "-U | 0 | 1 | 30", "+U | 0 | 2 | 40", "-D | 1 | 1 | 21", "-U | 0 | 2 | 40", "+U | 0 | 3 | 40"}, map[int]string{
			2: `INSERT INTO t VALUES (4, 40)`, 4: `UPDATE t SET v = 2 WHERE k = 2`,
		})
}

func TestAPreparedStatementTellsOfItsColumnOfOps(t *testing.T) {
	s := keeping(t, "", nil).Session()
	must(t, s, `CREATE TABLE t (k INT PRIMARY KEY, v INT)`)
	for _, text := range []string{`SUBSCRIBE TO t`, `SELECT * FROM t EMIT CHANGES`, `SELECT k, v FROM t WHERE k < $1 EMIT CHANGES`} {
		p, err := prepare(t, s, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(p.Schema.Names(), " "); got != "op k v" {
			t.Errorf("%s: the columns are %s", text, got)
		}
		values := make([]planner.Param, len(p.Params))
		if _, err := s.Run(t.Context(), p, values...); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
