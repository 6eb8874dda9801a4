package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"millrace/builtin"
	"millrace/flow"
	"millrace/flow/flowtest"
)

// viewShapes are queries over t (k, g, v) and u (g, v), which has no key, and over views in front of them.
var viewShapes = []string{
	`SELECT g, count(*) AS n, sum(v) AS s, avg(v) AS a FROM t GROUP BY g`,
	`SELECT g, min(v) AS low, max(v) AS high, count(DISTINCT v) AS d, bool_or(v > 5) AS b FROM t GROUP BY g`,
	`SELECT v % 3 AS r FROM t WHERE v > 2`,
	`SELECT k, v * 2 AS w FROM t WHERE g IS NOT NULL`,
	`SELECT count(*) AS n, max(v) AS m, string_agg(g, ',' ORDER BY g) AS gs FROM t`,
	`SELECT DISTINCT g FROM u`,
	`SELECT g, v FROM t UNION ALL SELECT g, v FROM u`,
	`SELECT g, v FROM t UNION SELECT g, v FROM u`,
	`SELECT g, v, count(*) AS n FROM t WHERE v IS NOT NULL GROUP BY GROUPING SETS ((g, v), (g))`,
	`SELECT n, count(*) AS groups FROM (SELECT g, count(*) AS n FROM u GROUP BY g HAVING count(*) > 1) AS x GROUP BY n`,
	`SELECT n, s FROM v0 WHERE s > 4`,
	`SELECT r, count(*) AS n FROM v2 GROUP BY r`,
	`SELECT count(*) AS n FROM v6`,
	`SELECT g, window_start, sum(v) AS s FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY g, window_start, window_end`,
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func inMemory(t testing.TB, fs vfs.FS) *Engine {
	t.Helper()
	e, err := Open(context.Background(), Config{Sources: builtin.Sources(), Sinks: builtin.Sinks(io.Discard), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	e.kept.mem = fs
	return e
}

// rowsOf runs statements and gives the rows of the last, sorted.
func rowsOf(e *Engine, text string) ([]string, error) {
	s := e.Session()
	stmts, err := s.Parse(text)
	if err != nil {
		return nil, err
	}
	var rows []string
	for _, st := range stmts {
		r, err := s.Exec(context.Background(), st)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		if len(r.Notices) > 0 {
			return nil, errors.New(text + ": " + strings.Join(r.Notices, "; "))
		}
		rows = nil
		if err := r.Each(context.Background(), func(b *flow.Batch) error {
			rows = append(rows, flowtest.Rows(b.Rec)...)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	slices.Sort(rows)
	return rows, nil
}

func TestViewsEqualTheirQueriesAcrossCrashes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fs := vfs.NewCrashableMem()
		e := inMemory(t, fs)
		defer func() {
			if err := e.Close(); err != nil {
				rt.Error(err)
			}
		}()
		run := func(text string) {
			if _, err := rowsOf(e, text); err != nil {
				rt.Fatal(err)
			}
		}
		run(`CREATE TABLE t (k INT PRIMARY KEY, g TEXT, v INT); CREATE TABLE u (g TEXT, v INT); CREATE TABLE w (g TEXT, v INT, at TIMESTAMP)`)
		g := rapid.SampledFrom([]string{"NULL", "'a'", "'b'", "'c'"})
		v := rapid.SampledFrom([]string{"NULL", "1", "2", "3", "5", "8"})
		key := rapid.IntRange(1, 8)
		for range rapid.IntRange(0, 2).Draw(rt, "rows before the views") {
			run(fmt.Sprintf(`INSERT INTO t VALUES (%d, %s, %s) ON CONFLICT DO NOTHING`, key.Draw(rt, "k"), g.Draw(rt, "g"), v.Draw(rt, "v")))
		}
		for i, q := range viewShapes {
			run(fmt.Sprintf(`CREATE MATERIALIZED VIEW v%d AS %s`, i, q))
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0, 1, 2:
				run(fmt.Sprintf(`INSERT INTO t VALUES (%d, %s, %s) ON CONFLICT (k) DO UPDATE SET v = excluded.v`, key.Draw(rt, "k"), g.Draw(rt, "g"), v.Draw(rt, "v")))
			case 3:
				run(fmt.Sprintf(`UPDATE t SET g = %s, v = v + 1 WHERE k <= %d`, g.Draw(rt, "g"), key.Draw(rt, "k")))
			case 4:
				run(fmt.Sprintf(`DELETE FROM t WHERE k > %d`, key.Draw(rt, "k")))
			case 5, 6:
				row := fmt.Sprintf("(%s, %s)", g.Draw(rt, "g"), v.Draw(rt, "v"))
				run(`INSERT INTO u VALUES ` + row + `, ` + row)
			case 7:
				run(fmt.Sprintf(`INSERT INTO w VALUES (%s, %s, TIMESTAMP '2026-01-01 00:00:%02d'); DELETE FROM u WHERE v = %s`, g.Draw(rt, "g"), v.Draw(rt, "v"), rapid.IntRange(0, 40).Draw(rt, "second"), v.Draw(rt, "v")))
			case 8:
				run(`TRUNCATE ` + rapid.SampledFrom([]string{"t", "u"}).Draw(rt, "table"))
			case 9: // what was not synced is lost, or not
				seed := rapid.Uint64().Draw(rt, "crash")
				clone := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(seed % 101), RNG: rand.New(rand.NewPCG(seed, 1))})
				if err := e.Close(); err != nil {
					rt.Fatal(err)
				}
				next := inMemory(t, clone)
				next.catalog = e.catalog
				e, fs = next, clone
			}
			for i, q := range viewShapes {
				want, err := rowsOf(e, q)
				if err != nil {
					rt.Fatal(err)
				}
				got, err := rowsOf(e, fmt.Sprintf(`SELECT * FROM v%d`, i))
				if err != nil {
					rt.Fatal(err)
				}
				if !slices.Equal(got, want) {
					rt.Fatalf("v%d, %s:\n%s\nwant\n%s", i, q, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
		}
	})
}

// Every transfer keeps the sum of all accounts: a reader who saw half of one would see another.
func TestAViewIsNeverSeenHalfWay(t *testing.T) {
	e := inMemory(t, vfs.NewMem())
	defer e.Close()
	if _, err := rowsOf(e, `CREATE TABLE accounts (id INT PRIMARY KEY, bank INT, amount INT);
		INSERT INTO accounts SELECT i, i % 7, 100 FROM generate_series(1, 50) AS x(i);
		CREATE MATERIALIZED VIEW banks AS SELECT bank, sum(amount) AS total FROM accounts GROUP BY bank;
		CREATE MATERIALIZED VIEW mirror AS SELECT id % 5 AS part, amount FROM accounts`); err != nil {
		t.Fatal(err)
	}
	var writers, readers sync.WaitGroup
	over := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 9))
			for range 25 {
				from, to, n := r.IntN(50)+1, r.IntN(50)+1, r.IntN(20)
				if _, err := rowsOf(e, fmt.Sprintf(`UPDATE accounts SET amount = amount + CASE WHEN id = %d THEN %d ELSE 0 END - CASE WHEN id = %d THEN %d ELSE 0 END
					WHERE id IN (%d, %d)`, to, n, from, n, from, to)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, q := range []string{`SELECT CAST(sum(total) AS BIGINT) FROM banks`, `SELECT sum(amount) FROM mirror`, `SELECT count(*) * 100 FROM mirror`} {
		readers.Go(func() {
			for {
				rows, err := rowsOf(e, q)
				if err != nil || len(rows) != 1 || rows[0] != "5000" {
					t.Errorf("%s: %v, %v", q, rows, err)
					return
				}
				select {
				case <-over:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(over)
	readers.Wait()
}
