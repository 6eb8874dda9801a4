package planner

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/builtin"
	"millrace/catalog"
	"millrace/planner/logical"
	"millrace/sinks"
	sinkembedded "millrace/sinks/embedded"
	"millrace/sources"
	sourceembedded "millrace/sources/embedded"
	"millrace/sql"
	"millrace/sqlerr"
)

var update = flag.Bool("update", false, "write what comes now into the files; read the diff")

// TestRules runs one rule over the tree of each query under testdata/rules. A file's name is the rule's, and what
// stands behind a dot tells several of one rule apart.
func TestRules(t *testing.T) {
	files, err := filepath.Glob("../testdata/rules/*.sql")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, error %v", files, err)
	}
	env := testEnv(t)
	covered := map[string]bool{}
	for _, path := range files {
		base := strings.TrimSuffix(filepath.Base(path), ".sql")
		if base == "schema" {
			continue
		}
		name, _, _ := strings.Cut(base, ".")
		covered[name] = true
		t.Run(base, func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text, want, _ := strings.Cut(string(raw), "-- before:\n")
			before, after := applied(t, env, name, text)
			if before == after {
				t.Errorf("%s changes nothing of\n%s", name, before)
			}
			got := commented(before) + "-- after:\n" + commented(after)
			if *update {
				if err := os.WriteFile(path, []byte(text+"-- before:\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	for _, r := range rules {
		if !covered[r.Name] {
			t.Errorf("rule %s has no file in testdata/rules", r.Name)
		}
	}
}

func commented(s string) string {
	return "-- " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n-- ") + "\n"
}

// applied is the tree of a query, as the rules before it leave it, before and after a rule is run until it changes
// nothing more.
func applied(t *testing.T, env *Env, name, text string) (before, after string) {
	t.Helper()
	stmts, err := sql.Parse(text, nil)
	if err != nil || len(stmts) != 1 {
		t.Fatalf("%d statements, %v", len(stmts), err)
	}
	n, err := env.bind(t.Context(), stmts[0].(*sql.SelectStatement).Query)
	if err != nil {
		t.Fatal(sqlerr.Render(err, text, name))
	}
	if name == "decorrelate" {
		before = logical.Format(n)
	}
	if name == markToSemi.Name { // decorrelate does that too
		n, err = logical.Transform(n, func(n logical.Node) (logical.Node, error) {
			if a, ok := n.(*logical.Apply); ok {
				return a.Join(), nil
			}
			return n, nil
		})
	} else {
		n, err = env.decorrelate(n)
	}
	if err != nil {
		t.Fatal(err)
	}
	switch name {
	case "decorrelate":
		return before, logical.Format(n)
	case "order-joins", "prune-columns":
		n = rested(t, env, n, rules)
		if name == "order-joins" {
			return logical.Format(n), logical.Format(env.orderJoins(n))
		}
		return logical.Format(n), logical.Format(prune(n))
	}
	for i, r := range rules {
		if r.Name == name {
			n = rested(t, env, n, rules[:i])
			return logical.Format(n), logical.Format(rested(t, env, n, rules[i:i+1]))
		}
	}
	t.Fatalf("there is no rule %q", name)
	return "", ""
}

func rested(t *testing.T, env *Env, n logical.Node, list []Rule) logical.Node {
	t.Helper()
	for range maxPasses {
		changed := false
		for _, r := range list {
			var err error
			n, err = logical.Transform(n, func(x logical.Node) (logical.Node, error) {
				out, did, err := r.Apply(env, x)
				changed = changed || did
				return out, err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !changed {
			return n
		}
	}
	t.Fatal("the rule does not come to rest")
	return nil
}

// testEnv knows the tables of testdata/rules/schema.sql.
func testEnv(t *testing.T) *Env {
	t.Helper()
	list := append(builtin.Sources(), sourceembedded.New(nil)) // nothing is opened
	env := &Env{Catalog: catalog.NewMemory(), Parallelism: 2, Batch: true, Now: 1, Sources: func(name string) (sources.Connector, error) {
		for _, c := range list {
			if c.Name() == name {
				return c, nil
			}
		}
		return nil, sqlerr.New(sqlerr.UndefinedObject, 0, "no connector %q", name)
	}}
	env.Sinks = func(name string) (sinks.Connector, error) {
		if name == catalog.Embedded {
			return sinkembedded.New(nil), nil
		}
		return nil, sqlerr.New(sqlerr.UndefinedObject, 0, "no connector %q", name)
	}
	text, err := os.ReadFile("../testdata/rules/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	stmts, err := sql.Parse(string(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stmts {
		table, err := env.Table(context.Background(), s.(*sql.CreateTable))
		if err != nil {
			t.Fatal(err)
		}
		if err := env.Catalog.Create(context.Background(), table); err != nil {
			t.Fatal(err)
		}
	}
	return env
}
