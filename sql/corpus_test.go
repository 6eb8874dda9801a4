package sql

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/sqlerr"
)

// moreStatements are further ones that must survive being printed. The shape of many is in other tests.
var moreStatements = []string{
	"PAUSE JOB a", "RESUME JOB \"a-b\"", "CANCEL JOB 'A'", "DROP JOB IF EXISTS a", "SHOW JOB a", "SHOW JOB LOG a", "SHOW JOB log", "DESCRIBE JOB a", "SHOW CREATE JOB a",
	"SELECT 1, 'a', NULL, TRUE, FALSE, 1.5, .5, 1e3, 0x1F, 1_000",
	"SELECT ALL a FROM t",
	"SELECT DISTINCT a, b FROM t",
	"SELECT DISTINCT ON (a, b + 1) a, c FROM t ORDER BY a, b + 1, c DESC",
	"SELECT t.a, s.t.b, c.s.t.d, c.s.t.d.e FROM t",
	"SELECT \"Mixed Case\", \"select\", `back`, \"a\"\"b\", \"ö\", ö FROM \"T\"",
	"SELECT a AS order, b AS \"B\", c d FROM t",
	"SELECT -a, - -a, +a, ~a, NOT a, NOT NOT a, -(a + b), -(-1), - 1 ^ 2",
	"SELECT a + b - c * d / e % f ^ g, (a + b) * c, a - (b - c), a / (b * c), (2 ^ 3) ^ 2, 2 ^ (3 ^ 2)",
	"SELECT a = b, a <> b, a != b, a < b, a <= b, a > b, a >= b, (a = b) = c, a = (b = c)",
	"SELECT a AND b OR c AND NOT d, (a OR b) AND c, NOT (a AND b), a OR (b OR c)",
	"SELECT a || b || c, a || b = c, a + 1 || b, (a || b) + 1",
	"SELECT a & b | c # d << 2 >> 1, ~ a & b, a & (b | c)",
	"SELECT a[1:2], a[:b + 1], (f(a))[2:], a[:][1], a && b, a ? 'x' AND b ?| c, a ?& c, a #- '{x}', a ^@ 'x'",
	"SELECT @a, |/ a + 1, ||/ @ -a, ~a, (a, b) OVERLAPS (c, d), NOT (a, b) OVERLAPS (c, INTERVAL '1 day')",
	"SELECT a LIKE ANY (b), a NOT ILIKE ALL (ARRAY['x', 'y']), a ~ ANY (b), a = ANY ('{1,2}'::INT[])",
	"SELECT a -> 'b' -> 'c' ->> 'd', a #> '{x}' #>> '{y}', a @> b, a <@ b, a -> 1 + 1, (a -> 1) + 1",
	"SELECT a ~ 'x', a ~* 'x', a !~ 'x', a !~* 'x', a ~ b || c, a ~~ 'x', a !~~ 'x', a ~~* 'x', a !~~* 'x'",
	"SELECT a OPERATOR(pg_catalog.~) 'x', a OPERATOR(+) b",
	"SELECT a IS NULL, a IS NOT NULL, a IS TRUE, a IS NOT FALSE, a IS UNKNOWN, a IS NOT UNKNOWN, a ISNULL, a NOTNULL",
	"SELECT a = b IS NULL, (a IS NULL) = b, NOT a IS NULL, a IS NULL AND b IS NULL",
	"SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b + 1, a IS DISTINCT FROM b = c",
	"SELECT a IN (1), a NOT IN (1, 2, b + 1), (a, b) IN ((1, 2), (3, 4)), a IN (SELECT b FROM t), a NOT IN ((SELECT b FROM t))",
	"SELECT a BETWEEN 1 AND 2, a NOT BETWEEN b + 1 AND c * 2, a BETWEEN 1 AND 2 AND b BETWEEN 3 AND 4, a BETWEEN ASYMMETRIC 1 AND 2",
	"SELECT a LIKE 'x%', a NOT LIKE b || '%', a ILIKE 'x', a NOT ILIKE 'x', a LIKE 'x!%' ESCAPE '!', a LIKE b ESCAPE c || d",
	"SELECT a SIMILAR TO 'x|y', a NOT SIMILAR TO 'x' ESCAPE '!'",
	"SELECT CASE WHEN a THEN b WHEN c THEN d ELSE e END, CASE a WHEN 1 THEN 2 END, CASE WHEN CASE WHEN a THEN b END THEN c END + 1",
	"SELECT CAST(a AS INT), CAST(a + 1 AS TEXT), TRY_CAST(a AS DATE), a::int::text, -a::int, (a + b)::int, a::decimal(10,2)::text",
	"SELECT a::timestamptz, a::timestamp with time zone, a::timestamp without time zone, a::double precision, a::character varying(3)",
	"SELECT a::int[], a::int ARRAY, a::ARRAY<TEXT>, a::MAP<TEXT, ARRAY<INT>>, a::ROW(x INT, \"Y z\" TEXT), a::STRUCT<x: INT, y: MAP<INT, INT>>",
	"SELECT DATE '2026-01-01', TIME '12:00', TIMESTAMP '2026-01-01 00:00:00', TIMESTAMPTZ '2026-01-01 00:00:00+00', UUID 'x', JSON '{}'",
	"SELECT TIMESTAMP WITH TIME ZONE '2026-01-01', TIMESTAMP WITHOUT TIME ZONE '2026-01-01', DOUBLE PRECISION '1', NUMERIC(10,2) '1.5'",
	"SELECT INTERVAL '1' DAY, INTERVAL '-5' SECOND, INTERVAL - '5' SECOND, INTERVAL '1 12:30' DAY TO MINUTE, INTERVAL 1.5 HOUR, INTERVAL '1 year 2 months'",
	"SELECT ts + INTERVAL '1' DAY, ts - INTERVAL '1 hour' * 2, INTERVAL '1' DAY + ts",
	"SELECT EXTRACT(hour FROM ts), EXTRACT('epoch' FROM ts - INTERVAL '1' DAY), date_trunc('hour', ts), date_part('dow', ts)",
	"SELECT ts AT TIME ZONE 'UTC', ts AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin', ts::timestamptz AT TIME ZONE tz, a + b AT TIME ZONE 'UTC'",
	"SELECT CURRENT_DATE, CURRENT_TIMESTAMP, LOCALTIMESTAMP, now(), current_date + 1",
	"SELECT SUBSTRING(a FROM 2), SUBSTRING(a FROM 2 FOR 3), SUBSTRING(a FOR 3), SUBSTRING(a, 1, 2), substr(a, 1)",
	"SELECT TRIM(a), TRIM(BOTH 'x' FROM a), TRIM(LEADING FROM a), TRIM(TRAILING 'x' FROM a), TRIM('x' FROM a), TRIM(BOTH a)",
	"SELECT POSITION('a' IN b), OVERLAY(a PLACING b FROM 1), OVERLAY(a PLACING b FROM 1 FOR 2)",
	"SELECT left(a, 1), right(a, 2), replace(a, 'x', 'y'), coalesce(a, b, 0), nullif(a, b), if(a, b, c), mod(a, 2)",
	"SELECT coalesce((SELECT max(a) FROM t), 0), f((SELECT 1), (SELECT 2))",
	"SELECT count(*), count(a), count(DISTINCT a), sum(a) FILTER (WHERE b > 0), count(*) FILTER (WHERE a AND b)",
	"SELECT string_agg(a, ',' ORDER BY b DESC NULLS LAST, c), array_agg(DISTINCT a ORDER BY a), percentile_cont(0.5) WITHIN GROUP (ORDER BY a)",
	"SELECT row_number() OVER (), rank() OVER (PARTITION BY a, b ORDER BY c DESC), sum(a) OVER w, sum(a) OVER (w ORDER BY b) FROM t WINDOW w AS (PARTITION BY c)",
	"SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), sum(a) OVER (ORDER BY b ROWS 3 PRECEDING), sum(a) OVER (ORDER BY b RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW), sum(a) OVER (ORDER BY b GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
	"SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN (x AND y) PRECEDING AND z + 1 FOLLOWING)",
	"SELECT first_value(a) IGNORE NULLS OVER (ORDER BY b), last_value(a IGNORE NULLS) OVER (ORDER BY b), lag(a, 1) RESPECT NULLS OVER w FROM t",
	"SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1 ORDER BY a LIMIT 3",
	"SELECT DISTINCT ON (a) a, rank() OVER w FROM t WHERE x GROUP BY a HAVING count(*) > 1 WINDOW w AS (ORDER BY a), v AS (w) QUALIFY rank() OVER w < 3",
	"SELECT ARRAY[1, 2], ARRAY[[1, 2], [3, 4]], ARRAY[]::int[], ARRAY(SELECT a FROM t ORDER BY a), a[1], a[i + 1][2], (f(x))[1]",
	"SELECT a = ANY (b), a > ALL (ARRAY[1, 2]), a = SOME (SELECT b FROM t), a <> ALL (SELECT b FROM t WHERE c)",
	"SELECT (a).b, (a).b.c, (f(x)).y, (a[1]).b, x.y.z[1]",
	"SELECT ROW(1, 'a'), (1, 2), ROW(a), (a, b) = (c, d)",
	"SELECT EXISTS (SELECT 1), NOT EXISTS (SELECT 1 FROM t WHERE a = b), (SELECT 1), (SELECT max(a) FROM t) + 1, ((SELECT 1))",
	"SELECT $1, $2::int + $1",
	"SELECT 'it''s', E'a\\tb\\u00e9', $$dollar 'q'$$, $tag$x$$y$tag$, U&'d\\0061t\\+000061', 'two'\n 'lines', ''",
	"SELECT a COLLATE \"C\", a COLLATE pg_catalog.\"default\" || b",
	"SELECT * FROM t", "SELECT t.*, u.* FROM t, u", "SELECT s.t.* FROM s.t",
	"SELECT a FROM t AS x (a, b)", "SELECT a FROM (SELECT 1) x", "SELECT a FROM (SELECT 1) AS x (a)", "SELECT a FROM (TABLE t) AS x",
	"SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS v (n, s)", "VALUES (1), (2) ORDER BY 1 LIMIT 1", "SELECT * FROM t WHERE a IN (VALUES (1), (2))",
	"SELECT * FROM a JOIN b ON a.x = b.x", "SELECT * FROM a INNER JOIN b USING (x, y)", "SELECT * FROM a LEFT OUTER JOIN b ON a.x = b.x AND b.y > 1",
	"SELECT * FROM a RIGHT JOIN b ON a.x = b.x", "SELECT * FROM a FULL OUTER JOIN b ON a.x = b.x OR a.y = b.y", "SELECT * FROM a FULL JOIN b USING (x)",
	"SELECT * FROM a CROSS JOIN b, c NATURAL JOIN d", "SELECT * FROM a NATURAL LEFT JOIN b", "SELECT * FROM a JOIN (b JOIN c ON b.y = c.y) ON a.x = b.x",
	"SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN c ON c.y = b.y FULL JOIN d ON d.z = c.z WHERE a.q",
	"SELECT a BETWEEN SYMMETRIC 1 AND 2, a NOT BETWEEN SYMMETRIC b AND c AND d, (((SELECT 1) / 3)) IS NULL, ((((SELECT 1)) + 1) * 2), (((SELECT 1) UNION SELECT 2))",
	"SELECT * FROM a NATURAL FULL JOIN b", "SELECT * FROM a LEFT JOIN b JOIN c ON b.x = c.x ON a.x = b.x", "SELECT * FROM a JOIN b LEFT JOIN c ON b.x = c.x USING (x) JOIN e ON TRUE", "SELECT substring(CASE WHEN a IS NOT DISTINCT FROM b THEN c END FROM 2 FOR 3), substring(a IS DISTINCT FROM b, 2)", "SELECT a FROM t ORDER BY a USING >, b USING < NULLS FIRST",
	"SELECT a FROM t GROUP BY GROUPING SETS (ROLLUP (a, (b, c)), CUBE (a, b), GROUPING SETS ((c), ()), d)",
	"SELECT * FROM a JOIN b ON a.x = b.x JOIN (SELECT 1 FROM c CROSS JOIN d) AS t3 (c0) ON TRUE LEFT JOIN (e JOIN f ON left(e.x, 1) = right(f.x, 1)) ON TRUE",
	"SELECT * FROM a, b RIGHT JOIN c ON b.x = c.x, d", "SELECT * FROM (a JOIN b USING (x)) JOIN (c CROSS JOIN d) ON a.z = c.z",
	"SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.x = a.x) AS l", "SELECT * FROM a LEFT JOIN LATERAL (SELECT 1) AS l ON TRUE",
	"SELECT * FROM a CROSS JOIN UNNEST(a.list) AS u (x)", "SELECT * FROM generate_series(1, 10) AS g", "SELECT * FROM unnest(a, b) WITH ORDINALITY AS u (x, y, n)", "SELECT * FROM a, LATERAL unnest(a.b) u",
	"SELECT * FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.c = r.c", "SELECT * FROM rates r FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01' + INTERVAL '1' DAY WHERE x",
	"SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND))", "SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '1' SECOND) AS w",
	"SELECT * FROM TABLE(HOP(DATA => TABLE a.bid, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '5' SECOND, SIZE => INTERVAL '10' SECOND))",
	"SELECT * FROM CUMULATE(TABLE bid, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)", "SELECT * FROM SESSION(TABLE bid PARTITION BY (a, b), DESCRIPTOR(ts), INTERVAL '5' MINUTE)",
	"SELECT * FROM TUMBLE((SELECT * FROM bid WHERE price > 1), ts, INTERVAL '10 seconds')", "SELECT * FROM TUMBLE(TABLE (SELECT * FROM bid), DESCRIPTOR(ts), INTERVAL '10' SECOND)",
	"SELECT * FROM TUMBLE(bid, ts, INTERVAL '10 seconds') t JOIN HOP(bid, ts, INTERVAL '1 second', INTERVAL '10 seconds') h ON t.window_start = h.window_start",
	"SELECT window_start, TUMBLE_END(ts, INTERVAL '1' MINUTE) FROM bid GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), bidder",
	"SELECT window.start, window.end, window.rank FROM bid GROUP BY window(ts, '10 seconds', '5 seconds')",
	"SELECT TUMBLE(INTERVAL '1' HOUR) AS window, count(*) FROM bid GROUP BY window", "SELECT HOP(INTERVAL '1' HOUR, INTERVAL '2' HOUR) window, a FROM b GROUP BY 1, a",
	"SELECT a, b FROM t GROUP BY a, b, 3, a + 1", "SELECT a FROM t GROUP BY ()", "SELECT a FROM t GROUP BY GROUPING SETS ((a, b), a, ())",
	"SELECT a FROM t GROUP BY x, ROLLUP (a, (b, c)), CUBE (d, e) HAVING grouping(a) = 0", "SELECT rollup, cube FROM t GROUP BY rollup, cube, (cube(a)), a # cube(b)",
	"SELECT 1 UNION SELECT 2", "SELECT 1 UNION ALL SELECT 2 UNION DISTINCT SELECT 3", "SELECT 1 EXCEPT SELECT 2 EXCEPT ALL SELECT 3", "SELECT 1 EXCEPT (SELECT 2 EXCEPT SELECT 3)",
	"SELECT 1 INTERSECT SELECT 2 UNION SELECT 3 INTERSECT ALL SELECT 4", "(SELECT 1 ORDER BY 1 LIMIT 1) UNION (SELECT 2) ORDER BY 1", "((SELECT 1) UNION SELECT 2) INTERSECT SELECT 3",
	"(SELECT 1)", "((SELECT a FROM t LIMIT 1)) ORDER BY 1", "(WITH x AS (SELECT 1) SELECT * FROM x) UNION SELECT 2", "SELECT * FROM ((SELECT 1) UNION (SELECT 2)) AS u",
	"WITH a AS (SELECT 1), b (x, y) AS (SELECT 2, 3) SELECT * FROM a, b", "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
	"WITH a AS NOT MATERIALIZED (SELECT 1), b AS MATERIALIZED (WITH c AS (SELECT 2) SELECT * FROM c) SELECT * FROM a, b", "WITH a AS (VALUES (1)) SELECT * FROM a UNION SELECT 2 UNION ALL SELECT 3", "WITH a AS (SELECT 1) (SELECT * FROM a ORDER BY 1 LIMIT 1)",
	"SELECT a FROM t ORDER BY a, b DESC, c ASC NULLS FIRST, d NULLS LAST, 1, a + b LIMIT 10 OFFSET 5", "SELECT a FROM t LIMIT ALL", "SELECT a FROM t ORDER BY a FETCH FIRST (1 + 1) ROWS WITH TIES", "SELECT a FROM t ORDER BY a OFFSET 1 ROW FETCH FIRST ROW ONLY",
	"SELECT sum(a) OVER (ORDER BY b GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES), max(a) OVER (w ROWS CURRENT ROW EXCLUDE NO OTHERS), min(b) OVER (ORDER BY b RANGE UNBOUNDED PRECEDING EXCLUDE CURRENT ROW), min(b) OVER (ORDER BY b ROWS 1 PRECEDING EXCLUDE GROUP) FROM t WINDOW w AS (ORDER BY a)", "SELECT a FROM t OFFSET 5 ROWS FETCH NEXT 3 ROWS ONLY",
	"SELECT a FROM t LIMIT 1 + 1 OFFSET (ROW(1))", "SELECT a FROM t LIMIT $1 OFFSET $2", "SELECT a FROM t OFFSET 2 LIMIT 1", "SELECT a FROM t LIMIT (SELECT 1)",
	"SELECT a FROM t EMIT CHANGES", "SELECT a FROM t EMIT ON WINDOW CLOSE", "SELECT a FROM t ORDER BY a LIMIT 3 EMIT EVERY INTERVAL '1' SECOND", "SELECT emit FROM t AS emit",
	"SELECT offset, fetch, window, qualify, emit, filter, over, at, interval, date, time, timestamp, text, row, range, rank, key, groups, system, type, value, user_id FROM t",
	"INSERT INTO a.b SELECT * FROM t", "INSERT INTO t (a, \"B\") SELECT 1, 2 EMIT CHANGES", "INSERT INTO t VALUES (1, 'x'), (2, 'y')", "INSERT INTO t (SELECT 1)", "INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x",
	"INSERT INTO t AS x (a) VALUES (1) ON CONFLICT (a, b) DO UPDATE SET a = excluded.a + x.a, (b, c) = (1, DEFAULT) WHERE x.b > 0 RETURNING *, a + 1 AS n", "INSERT INTO t SELECT 1 ON CONFLICT DO NOTHING",
	"INSERT INTO t DEFAULT VALUES RETURNING a", "UPDATE t SET a = 1", "UPDATE s.t AS x SET a = CASE WHEN b IS DISTINCT FROM c THEN 1 END, b = DEFAULT WHERE (a, b) IN (SELECT 1, 2) RETURNING x.*", "UPDATE t u SET a = f(1, 2)",
	"DELETE FROM t", "DELETE FROM ONLY t AS x WHERE x.a = 1 RETURNING a", "DELETE FROM t x WHERE a", "TRUNCATE t", "TRUNCATE TABLE ONLY a.b RESTRICT", "RESET ALL", "RESET a.b", "RESET TIME ZONE",
	"CREATE TABLE t AS SELECT 1 AS a", "CREATE TABLE IF NOT EXISTS t AS VALUES (1)", "CREATE TABLE t (a INT DEFAULT 1 + 2 NOT NULL, b TEXT DEFAULT 'x', c INT NOT NULL DEFAULT NULL PRIMARY KEY, d INT DEFAULT -1 NULL)",
	"SHOW CREATE TABLE a.b", "SHOW CREATE VIEW v", "SHOW VIEWS", "CREATE OR REPLACE VIEW v (a) AS SELECT 1", "TABLE t", "TABLE t ORDER BY 1 LIMIT 2",
	"CREATE VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW IF NOT EXISTS s.v (a, b) AS SELECT a, count(*) FROM t GROUP BY a", "DROP MATERIALIZED VIEW IF EXISTS v", "DROP SINK s", "DROP SOURCE a.b", "DROP VIEW v",
	"CREATE TABLE IF NOT EXISTS c.s.t (a BIGINT PRIMARY KEY NOT ENFORCED, b TEXT COMMENT 'x', c TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, p INT METADATA)",
	"CREATE SOURCE s (a INT, ts AS to_timestamp_ms(a), WATERMARK FOR ts AS ts) WITH (connector = 'kafka', 'scan.start' = 'earliest', sasl.password = 'x', n = -1, on = TRUE)",
	"CREATE SINK s (a INT, b INT, CONSTRAINT pk PRIMARY KEY (a, b) NOT ENFORCED) WITH (connector = 'print')", "CREATE TABLE t (a INT) APPEND ONLY", "CREATE TABLE t WITH (connector = 'cassandra')",
	"EXPLAIN ANALYZE SELECT 1", "EXPLAIN INSERT INTO t SELECT 1", "EXPLAIN PLAN FOR SELECT 1", "SET a.b.c = 'x'", "SET SESSION a TO on", "SET TIME ZONE 'UTC'", "SET a = -1.5",
	"SHOW TABLES", "SHOW functions", "SHOW all", "SHOW checkpoint.interval", "SHOW TIME ZONE", "DESC t", "DESCRIBE TABLE a.b", "BEGIN", "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION", "COMMIT WORK", "END", "ROLLBACK",
	"BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, NOT DEFERRABLE", "START TRANSACTION READ WRITE DEFERRABLE", "COMMIT AND CHAIN", "ABORT TRANSACTION AND NO CHAIN", "SAVEPOINT a", "RELEASE a", "RELEASE SAVEPOINT \"A\"", "ROLLBACK TO a", "ROLLBACK WORK TO SAVEPOINT a",
	"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET LOCAL a.b TO 5", "SET search_path TO a, \"B\", 'c d'", "SET a TO DEFAULT", "SET TIME ZONE LOCAL", "SET NAMES 'UTF8'", "SET ROLE none", "SET SESSION AUTHORIZATION DEFAULT", "SET SCHEMA 'public'", "SET session TO 1", "RESET SESSION AUTHORIZATION",
	"PREPARE p AS SELECT $1", "PREPARE p (INT, TEXT[], NUMERIC(10, 2)) AS INSERT INTO t VALUES ($1, $2, $3) RETURNING *", "EXECUTE p", "EXECUTE p (1, 'a' || 'b', NULL)", "DEALLOCATE p", "DEALLOCATE PREPARE ALL", "DEALLOCATE \"all\"",
	"DECLARE c CURSOR FOR SELECT 1", "DECLARE \"C\" INSENSITIVE NO SCROLL CURSOR WITH HOLD FOR VALUES (1) ORDER BY 1", "DECLARE c CURSOR WITHOUT HOLD FOR WITH a AS (SELECT 1) SELECT * FROM a",
	"FETCH c", "FETCH NEXT FROM c", "FETCH 10 IN c", "FETCH FORWARD 5 c", "FETCH FORWARD ALL FROM c", "FETCH ALL IN c", "FETCH FORWARD c", "MOVE 3 c", "MOVE ALL c", "MOVE FORWARD 0 c", "CLOSE c", "CLOSE ALL",
	"DISCARD ALL", "DISCARD PLANS", "DISCARD TEMP", "VACUUM", "VACUUM (ANALYZE, VERBOSE) t", "VACUUM FULL ANALYZE a.t (x, y), u", "ANALYZE VERBOSE t", "CHECKPOINT", "LOCK TABLE a, b IN ACCESS SHARE MODE NOWAIT", "UNLISTEN *", "UNLISTEN c",
	"EXPLAIN (ANALYZE, COSTS OFF, FORMAT TEXT) SELECT 1", "EXPLAIN (VERBOSE) INSERT INTO t SELECT 1", "EXPLAIN VERBOSE SELECT 1", "EXPLAIN (SELECT 1)", "EXPLAIN ((SELECT 1) UNION SELECT 2)", "EXPLAIN (ANALYZE false) SELECT 1", "EXPLAIN EXECUTE p (1)",
}

func allStatements() []string {
	out := append([]string{}, moreStatements...)
	for _, tc := range corpus {
		out = append(out, tc.in)
	}
	return out
}

// survives checks that a statement, printed and parsed again, prints the same.
func survives(t *testing.T, s Statement, from string) {
	t.Helper()
	out := Print(s)
	again, err := Parse(out, nil)
	if err != nil {
		t.Fatalf("%q was printed as %q, which does not parse: %s", from, out, sqlerr.Render(err, out, ""))
	}
	if twice := Print(again[0]); twice != out {
		t.Fatalf("%q was printed as\n%s\nand then as\n%s", from, out, twice)
	}
}

func TestWhatIsPrintedIsReadBackTheSame(t *testing.T) {
	all := allStatements()
	if len(all) < 150 {
		t.Fatalf("only %d statements", len(all))
	}
	for _, in := range all {
		stmts, err := Parse(in, nil)
		if err != nil {
			t.Error(sqlerr.Render(err, in, ""))
			continue
		}
		if len(stmts) != 1 {
			t.Errorf("%q is %d statements", in, len(stmts))
			continue
		}
		survives(t, stmts[0], in)
	}
}

func TestTheStatementsOfTheGoldenQueriesParse(t *testing.T) {
	files, err := filepath.Glob("../testdata/*/*/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		stmts, err := Parse(string(text), func(string) (string, bool) { return "x", true })
		if err != nil {
			t.Error(sqlerr.Render(err, string(text), f))
			continue
		}
		for _, s := range stmts {
			survives(t, s, f)
		}
	}
}

// TestTheStatementsOfThePostgresCorpusParse has the statements of testdata/sqllogic printed and read again: those that
// PostgreSQL takes must parse, or be refused by name, and no error is outside of the text.
func TestTheStatementsOfThePostgresCorpusParse(t *testing.T) {
	files, err := filepath.Glob("../testdata/sqllogic/*.test")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	n := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for record := range strings.SplitSeq(string(text), "\n\n") {
			fails, body := false, ""
			for line := range strings.Lines(record) {
				word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
				switch {
				case body == "" && (strings.HasPrefix(line, "#") || word == "skipif" || word == "onlyif" || word == ""):
				case body == "" && (word == "query" || word == "statement"):
					fails = strings.Contains(line, " error ")
				case word == "----":
					line = ""
				default:
					body += line
					continue
				}
				if body != "" {
					break
				}
			}
			if body == "" {
				continue
			}
			n++
			stmts, err := Parse(body, nil)
			if err != nil {
				var e *sqlerr.Error
				if !errors.As(err, &e) {
					t.Fatalf("%s: %v", body, err)
				}
				if at, ok := e.Pos.Offset(); !ok || at > len(body) {
					t.Errorf("%s: the place of %q is outside of the text", body, err)
				}
				if !fails && e.Code != sqlerr.FeatureNotSupported && e.Code != sqlerr.UndefinedObject {
					t.Error(sqlerr.Render(err, body, f))
				}
				continue
			}
			for _, s := range stmts {
				survives(t, s, body)
			}
		}
	}
	if n < 1500 {
		t.Errorf("only %d statements", n)
	}
}

// TestStatementsWithTokensMixedUp takes statements apart and puts other tokens in. Whatever comes of it is a statement
// that survives being printed, or an error with a place in the text and no fault of the parser's own.
func TestStatementsWithTokensMixedUp(t *testing.T) {
	all := allStatements()
	var pool []string
	for _, s := range all {
		for _, tok := range Tokens(s) {
			pool = append(pool, s[tok.Pos:tok.End])
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rounds := 40
	if testing.Short() {
		rounds = 5
	}
	for range rounds {
		for _, s := range all {
			var words []string
			for _, tok := range Tokens(s) {
				words = append(words, s[tok.Pos:tok.End])
			}
			for range 1 + rng.IntN(2) {
				i := rng.IntN(len(words))
				switch rng.IntN(4) {
				case 0:
					words[i] = pool[rng.IntN(len(pool))]
				case 1:
					words = append(words[:i], words[i+1:]...)
				case 2:
					words = append(words[:i], append([]string{pool[rng.IntN(len(pool))]}, words[i:]...)...)
				default:
					j := rng.IntN(len(words))
					words[i], words[j] = words[j], words[i]
				}
				if len(words) == 0 {
					break
				}
			}
			checkAny(t, strings.Join(words, " "))
		}
	}
}
