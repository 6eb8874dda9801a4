package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestAViewThatFailsDoesNotHoldUpItsTable(t *testing.T) {
	e := inMemory(t, vfs.NewMem())
	defer e.Close()
	if _, err := rowsOf(e, `CREATE TABLE t (k INT PRIMARY KEY, v INT); INSERT INTO t VALUES (1, 2);
		CREATE MATERIALIZED VIEW shares AS SELECT k, 10 / v AS share FROM t`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	exec := func(text string) *Result {
		t.Helper()
		s := e.Session()
		stmts, err := s.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Exec(ctx, stmts[0])
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, text := range []string{`INSERT INTO t VALUES (2, 0)`, `SELECT * FROM shares`} {
		if n := exec(text).Notices; len(n) != 1 || !strings.Contains(n[0], "division by zero") {
			t.Errorf("%s: notices %q", text, n)
		}
	}
	if rows, err := rowsOf(e, `SHOW MATERIALIZED VIEWS`); err != nil || !strings.Contains(rows[0], "failed | ") {
		t.Errorf("%v, %v", rows, err)
	}
	exec(`DELETE FROM t WHERE k = 2`)
	exec(`REFRESH MATERIALIZED VIEW shares`)
	if rows, err := rowsOf(e, `SELECT * FROM shares`); err != nil || strings.Join(rows, ";") != "1 | 5" {
		t.Errorf("refreshed: %v, %v", rows, err)
	}
	if _, err := rowsOf(e, `INSERT INTO t VALUES (3, 0)`); err == nil {
		t.Error("a failed view is not told of")
	}
	if _, err := rowsOf(e, `CREATE MATERIALIZED VIEW twice AS SELECT k, 1 / v AS x FROM t`); err == nil || !strings.Contains(err.Error(), "division by zero") {
		t.Errorf("a view that cannot be filled: %v", err)
	}
	if rows, err := rowsOf(e, `SHOW TABLES`); err != nil || len(rows) != 2 {
		t.Errorf("a view that could not be filled is there: %v, %v", rows, err)
	}
}

func TestAViewOverWhatMillraceDoesNotKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(path, []byte(`{"g":"a","v":1}`+"\n"+`{"g":"b","v":2}`+"\n"+`{"g":"a","v":3}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := inMemory(t, vfs.NewMem())
	defer e.Close()
	if _, err := rowsOf(e, `CREATE TABLE f (g TEXT, v INT) WITH (connector = 'file', path = '`+path+`', format = 'json');
		CREATE TABLE n (g TEXT, v INT);
		CREATE MATERIALIZED VIEW sums WITH (freshness = '20ms') AS SELECT g, sum(v) AS s FROM f GROUP BY g;
		CREATE MATERIALIZED VIEW plain WITH (freshness = '20ms') AS SELECT v FROM f;
		CREATE MATERIALIZED VIEW both WITH (freshness = '20ms') AS SELECT g, v FROM f UNION ALL SELECT g, v FROM n;
		INSERT INTO n VALUES ('c', 9)`); err != nil {
		t.Fatal(err)
	}
	await := func(q, want string) {
		t.Helper()
		var got []string
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
			var err error
			if got, err = rowsOf(e, q); err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, ";") == want {
				return
			}
		}
		t.Errorf("%s gives %v, want %s", q, got, want)
	}
	await(`SELECT * FROM sums`, "a | 4;b | 2")
	await(`SELECT * FROM plain`, "1;2;3")
	await(`SELECT * FROM both`, "a | 1;a | 3;b | 2;c | 9")
	next := inMemory(t, e.kept.mem)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	next.catalog = e.catalog
	e = next
	await(`SELECT * FROM sums`, "a | 4;b | 2")
	await(`SELECT * FROM plain`, "1;2;3")
	await(`INSERT INTO n VALUES ('d', 8); SELECT * FROM both`, "a | 1;a | 3;b | 2;c | 9;d | 8")
}
