package golden

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/catalog"
	"millrace/checkpoint"
	"millrace/exec/run"
	"millrace/flow"
	"millrace/formats"
	"millrace/formats/json"
	"millrace/planner"
	"millrace/sinks"
	"millrace/sources"
	"millrace/sources/file"
	"millrace/sql"
)

var (
	update = flag.Bool("update", false, "write the rows into the files; needs -oracle")
	oracle = flag.String("oracle", "", "who answers: postgres (reached as psql reaches it: PGHOST, PGUSER, …)")
	seed   = flag.Uint64("seed", 1, "what the random runs draw from")
)

const dir = "../../testdata/queries"

// cells are the ways to run a query. Each must give the rows of its file.
var cells = []struct {
	name string
	run  func(*testing.T, *fixture) ([]string, error)
}{
	{"batch", func(t *testing.T, f *fixture) ([]string, error) { return f.plain(t, true, 1) }},
	{"batch-2", func(t *testing.T, f *fixture) ([]string, error) { return f.plain(t, true, 2) }},
	{"batch-spill", func(t *testing.T, f *fixture) ([]string, error) { return f.spilled(t) }},
	{"stream", func(t *testing.T, f *fixture) ([]string, error) { return f.plain(t, false, 1) }},
	{"stream-3", func(t *testing.T, f *fixture) ([]string, error) { return f.shuffled(t) }},
	{"killed", func(t *testing.T, f *fixture) ([]string, error) { return f.killed(t) }},
}

func TestGolden(t *testing.T) {
	queries, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		updateAll(t, queries)
		return
	}
	if len(queries) < 25 {
		t.Errorf("only %d queries", len(queries))
	}
	for _, q := range queries {
		t.Run(q.Name, func(t *testing.T) {
			if !q.HasAny || q.From == "" {
				t.Fatalf("the file has no rows, or does not say whose they are")
			}
			for _, c := range cells {
				t.Run(c.name, func(t *testing.T) {
					f := newFixture(t, q)
					got, err := c.run(t, f)
					if err != nil {
						t.Fatalf("%v\nseed %d", err, *seed)
					}
					f.compare(t, got)
				})
			}
		})
	}
}

// fixture is a query and what it is planned with.
type fixture struct {
	query *Query
	text  *sql.Query
	cat   *catalog.Memory
	file  sources.Connector
}

func newFixture(t *testing.T, q *Query) *fixture {
	t.Helper()
	f := &fixture{query: q, cat: catalog.NewMemory(), file: file.New([]formats.Format{json.New()}, nil)}
	schemas, err := filepath.Glob(filepath.Join(dir, "schema", "*.sql"))
	if err != nil || len(schemas) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	data := filepath.Join(dir, "data")
	for _, path := range schemas {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stmts, err := sql.Parse(string(text), func(name string) (string, bool) { return data, name == "DATA" })
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stmts {
			table, err := f.env(f.file, true, 1).Table(t.Context(), s.(*sql.CreateTable))
			if err != nil {
				t.Fatal(err)
			}
			if err := f.cat.Create(t.Context(), table); err != nil {
				t.Fatal(err)
			}
		}
	}
	stmts, err := sql.Parse(q.SQL, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.text = stmts[0].(*sql.SelectStatement).Query
	return f
}

func (f *fixture) env(source sources.Connector, batch bool, parallelism int) *planner.Env {
	return &planner.Env{
		Catalog: f.cat, Batch: batch, Parallelism: parallelism, Now: 1_767_225_600_000_000,
		Sources: sourceNamed(source),
		Sinks: func(name string) (sinks.Connector, error) {
			return nil, fmt.Errorf("no sink %q", name)
		},
	}
}

func sourceNamed(source sources.Connector) func(string) (sources.Connector, error) {
	return func(name string) (sources.Connector, error) {
		if name != "file" {
			return nil, fmt.Errorf("no source %q", name)
		}
		return source, nil
	}
}

func (f *fixture) plan(t *testing.T, env *planner.Env) *planner.Plan {
	t.Helper()
	p, err := env.Query(t.Context(), f.text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// plain runs the query over the files as they are.
func (f *fixture) plain(t *testing.T, batch bool, parallelism int) ([]string, error) {
	return f.within(t, parallelism, run.Config{Batch: batch})
}

// spilled runs it with no memory for what can be on disk.
func (f *fixture) spilled(t *testing.T) ([]string, error) {
	return f.within(t, 2, run.Config{Batch: true, SpillEarly: true, TempDir: t.TempDir()})
}

func (f *fixture) within(t *testing.T, parallelism int, c run.Config) ([]string, error) {
	env := f.env(f.file, c.Batch, parallelism)
	plan := f.plan(t, env)
	l := NewLedger(plan.Schema)
	c.Name, c.Roots, c.Sources, c.Sinks, c.Result, c.Debug = "golden", []*flow.Node{plan.Root}, env.Sources, env.Sinks, l, true
	r, err := run.Start(t.Context(), c)
	if err != nil {
		return nil, err
	}
	if err := r.Wait(); err != nil {
		return nil, err
	}
	return l.Rows(), nil
}

// shuffled streams from three splits, in batches of random size.
func (f *fixture) shuffled(t *testing.T) ([]string, error) {
	src := NewShuffled(f.file, 3, *seed, func() {})
	env := f.env(src, false, 2)
	plan := f.plan(t, env)
	l := NewLedger(plan.Schema)
	r, err := run.Start(t.Context(), run.Config{
		Name: "golden", Roots: []*flow.Node{plan.Root}, Sources: env.Sources, Sinks: env.Sinks, Result: l, Debug: true,
	})
	if err != nil {
		return nil, err
	}
	if err := r.Wait(); err != nil {
		return nil, err
	}
	return l.Rows(), nil
}

var errKilled = errors.New("killed")

// killed streams as shuffled does, is killed at random instants and goes on from its checkpoint at another
// parallelism, until it comes to its end.
func (f *fixture) killed(t *testing.T) ([]string, error) {
	rng := rand.New(rand.NewPCG(*seed, 12))
	state := t.TempDir()
	var l *Ledger
	for attempt := range 100 {
		ctx, cancel := context.WithCancelCause(t.Context())
		left := 1 + rng.IntN(60)
		if attempt >= 6 {
			left = 1 << 30
		}
		src := NewShuffled(f.file, 3, *seed+uint64(attempt), nil)
		src.Read = func() { // from several tasks
			src.mu.Lock()
			defer src.mu.Unlock()
			if left--; left == 0 {
				cancel(errKilled)
			}
		}
		env := f.env(src, false, 1+rng.IntN(4))
		plan := f.plan(t, env)
		if l == nil {
			l = NewLedger(plan.Schema)
		}
		store, err := checkpoint.OpenDir(state)
		if err != nil {
			return nil, err
		}
		r, err := run.Start(ctx, run.Config{
			Name: "golden", Roots: []*flow.Node{plan.Root}, Sources: env.Sources, Sinks: env.Sinks, Result: l,
			Store: store, Interval: time.Millisecond, Timeout: time.Minute, Debug: true,
		})
		if err == nil {
			err = r.Wait()
		}
		killed := errors.Is(context.Cause(ctx), errKilled)
		cancel(nil)
		if cerr := store.Close(); cerr != nil {
			return nil, cerr
		}
		if err == nil {
			return l.Rows(), nil
		}
		if !killed {
			return nil, err
		}
		l.Crash()
	}
	return nil, errors.New("it never came to its end")
}

// compare holds rows against the file's, in order only where the query has one.
func (f *fixture) compare(t *testing.T, got []string) {
	t.Helper()
	want := slices.Clone(f.query.Rows)
	if len(f.text.OrderBy) == 0 {
		slices.Sort(want)
		slices.Sort(got)
	}
	if slices.Equal(got, want) {
		return
	}
	t.Errorf("rows differ from %s's\n%s\nseed %d", f.query.From, diff(want, got), *seed)
}

// diff lists the first rows that are only on one side.
func diff(want, got []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows wanted, %d came", len(want), len(got))
	left := map[string]int{}
	for _, r := range want {
		left[r]++
	}
	shown := 0
	for _, r := range got {
		if left[r]--; left[r] < 0 && shown < 10 {
			fmt.Fprintf(&b, "\n  too much: %s", r)
			shown++
		}
	}
	shown = 0
	for _, r := range want {
		if left[r] > 0 && shown < 10 {
			left[r]--
			fmt.Fprintf(&b, "\n  missing:  %s", r)
			shown++
		}
	}
	if shown == 0 && len(want) == len(got) {
		b.WriteString("\n  the order differs")
	}
	return b.String()
}
