package engine_test

import (
	"testing"
)

func TestAMaterializedViewFollowsItsTables(t *testing.T) {
	dir := t.TempDir()
	e := keeping(t, dir, nil)
	s := e.Session()
	must(t, s, `CREATE TABLE t (k INT PRIMARY KEY, g TEXT, v INT);
		INSERT INTO t VALUES (1, 'a', 1), (2, 'a', 2), (3, NULL, 3);
		CREATE MATERIALIZED VIEW sums AS SELECT g, count(*) AS n, sum(v) AS total, max(v) AS most FROM t GROUP BY g;
		CREATE MATERIALIZED VIEW few (g) AS SELECT g FROM t WHERE v < 3;
		CREATE MATERIALIZED VIEW large AS SELECT g, total FROM sums WHERE total > 2;
		CREATE MATERIALIZED VIEW one AS SELECT count(*) AS n FROM large`)
	steps := []struct{ do, sums, few, large, one string }{
		{`SELECT 1`, "a 2 3 2;  1 3 3", "a; a", "a 3;  3", "2"},
		{`INSERT INTO t VALUES (4, 'b', 1), (5, 'a', 7)`, "a 3 10 7; b 1 1 1;  1 3 3", "a; a; b", "a 10;  3", "2"},
		{`DELETE FROM t WHERE k = 5`, "a 2 3 2; b 1 1 1;  1 3 3", "a; a; b", "a 3;  3", "2"},
		{`UPDATE t SET g = 'b' WHERE k = 1`, "a 1 2 2; b 2 2 1;  1 3 3", "a; b; b", " 3", "1"},
		{`TRUNCATE t`, "", "", "", "0"},
		{`INSERT INTO t VALUES (1, 'x', 5)`, "x 1 5 5", "", "x 5", "1"},
	}
	check := func(s interface{}, name, want, got string) {
		if got != want {
			t.Errorf("%v: %s has %q, want %q", s, name, got, want)
		}
	}
	for _, st := range steps {
		must(t, s, st.do)
		check(st.do, "sums", st.sums, must(t, s, `SELECT * FROM sums ORDER BY g`))
		check(st.do, "few", st.few, must(t, s, `SELECT * FROM few ORDER BY g`))
		check(st.do, "large", st.large, must(t, s, `SELECT * FROM large ORDER BY g`))
		check(st.do, "one", st.one, must(t, s, `SELECT * FROM one`))
	}
	t.Log(must(t, s, `SHOW MATERIALIZED VIEWS`))
	t.Log(must(t, s, `SHOW TABLES`))
	t.Log(must(t, s, `SHOW CREATE MATERIALIZED VIEW few`))
	t.Log(must(t, s, `DESCRIBE sums`))
	for _, bad := range []string{`DROP TABLE t`, `DROP VIEW few`, `DROP MATERIALIZED VIEW sums`, `INSERT INTO few VALUES ('x')`, `DELETE FROM few`, `TRUNCATE few`} {
		_, err := ask(t.Context(), s, bad)
		t.Log(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	s = keeping(t, dir, nil).Session()
	check("reopened", "sums", "x 1 5 5", must(t, s, `SELECT * FROM sums ORDER BY g`))
	must(t, s, `INSERT INTO t VALUES (2, 'x', 6)`)
	check("reopened", "sums", "x 2 11 6", must(t, s, `SELECT * FROM sums ORDER BY g`))
	check("reopened", "one", "1", must(t, s, `SELECT * FROM one`))
	must(t, s, `DROP TABLE t CASCADE`)
	check("dropped", "views", "", must(t, s, `SHOW MATERIALIZED VIEWS`))
}

// One commit may be more than a barrier has in front of it: INSERT must not wait for a barrier that nobody asks for.
func TestAViewFollowsACommitOfManyBatches(t *testing.T) {
	s := keeping(t, "", nil).Session()
	must(t, s, `CREATE TABLE t (k INT PRIMARY KEY); CREATE MATERIALIZED VIEW v AS SELECT k % 2 AS odd, count(*) AS n FROM t GROUP BY k % 2;
		INSERT INTO t SELECT g FROM generate_series(1, 800000) AS x(g)`)
	if got := must(t, s, "SELECT n FROM v WHERE odd = 1"); got != "400000" {
		t.Errorf("%s rows are counted", got)
	}
}
