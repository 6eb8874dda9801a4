package sql

import (
	"strings"
	"testing"

	"millrace/sqlerr"
)

// corpus is statements and how they print; empty: as they stand.
var corpus = []struct{ in, out string }{
	{"select 1", "SELECT 1"},
	{"SELECT a, b AS c, t.* , * FROM t WHERE a = 1", "SELECT a, b AS c, t.*, * FROM t WHERE a = 1"},
	{"select a x, b \"Y\" from s.t as u", `SELECT a AS x, b AS "Y" FROM s.t AS u`},
	{"select a+b*c-d/2%3", "SELECT (a + (b * c)) - ((d / 2) % 3)"},
	{"select 'a'||'b'||c, 'it''s'", "SELECT ('a' || 'b') || c, 'it''s'"},
	{"select 'a' || 1 + 2", "SELECT 'a' || (1 + 2)"},
	{"select a || b = c", "SELECT (a || b) = c"},
	{"select -a, +a, - 1, 2 ^ 3", "SELECT -a, +a, -1, 2 ^ 3"},
	{"select not a and b or c", "SELECT ((NOT a) AND b) OR c"},
	{"select a is null, b is not null, c is true, d is not false, e is unknown", "SELECT a IS NULL, b IS NOT NULL, c IS TRUE, d IS NOT FALSE, e IS UNKNOWN"},
	{"select a is distinct from b + 1, a is not distinct from b", "SELECT a IS DISTINCT FROM (b + 1), a IS NOT DISTINCT FROM b"},
	{"select a in (1,2), b not in (select c from d)", "SELECT a IN (1, 2), b NOT IN (SELECT c FROM d)"},
	{"select a between 1 and 2 and b, c not between 1 and 2", "SELECT (a BETWEEN 1 AND 2) AND b, c NOT BETWEEN 1 AND 2"},
	{"select a like 'x%', b not like 'y' escape '!', c ilike 'z'", "SELECT a LIKE 'x%', b NOT LIKE 'y' ESCAPE '!', c ILIKE 'z'"},
	{"select a ~ 'x', a ~* 'x', a !~ 'x', a !~* 'x'", "SELECT a ~ 'x', a ~* 'x', a !~ 'x', a !~* 'x'"},
	{"select case when a then 1 else 2 end, case a when 1 then 'x' end", "SELECT CASE WHEN a THEN 1 ELSE 2 END, CASE a WHEN 1 THEN 'x' END"},
	{"select cast(a as bigint), a::text::int, try_cast(a as decimal(10,2)), (a+b)::double precision", "SELECT CAST(a AS BIGINT), CAST(CAST(a AS TEXT) AS INT), TRY_CAST(a AS DECIMAL(10,2)), CAST(a + b AS DOUBLE)"},
	{"select date '2026-01-01', timestamp '2026-01-01 00:00:00', timestamp with time zone '2026-01-01'", "SELECT DATE '2026-01-01', TIMESTAMP '2026-01-01 00:00:00', TIMESTAMPTZ '2026-01-01'"},
	{"select interval '5' second, interval '1 hour 30 minutes', interval '1-2' year to month, interval 5 seconds, interval '1:30:00', interval 'PT5S', interval '1.5 seconds'",
		"SELECT INTERVAL '5' SECOND, INTERVAL '1 hour 30 minutes', INTERVAL '1-2' YEAR TO MONTH, INTERVAL '5' SECOND, INTERVAL '1:30:00', INTERVAL 'PT5S', INTERVAL '1.5 seconds'"},
	{"select extract(hour from a), substring(a from 2 for 3), trim(leading 'x' from a), trim(a), position('x' in a)", "SELECT EXTRACT(hour FROM a), substring(a, 2, 3), ltrim(a, 'x'), trim(a), strpos(a, 'x')"},
	{"select count(*), count(distinct a), sum(a) filter (where b > 1), string_agg(a, ',' order by b desc)", "SELECT count(*), count(DISTINCT a), sum(a) FILTER (WHERE b > 1), string_agg(a, ',' ORDER BY b DESC)"},
	{"select percentile_cont(0.5) within group (order by a)", "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a)"},
	{"select row_number() over (partition by a order by b desc nulls last), sum(a) over w from t", "SELECT row_number() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST), sum(a) OVER w FROM t"},
	{"select sum(a) over (order by b rows between 3 preceding and current row) from t", "SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) FROM t"},
	{"select a at time zone 'UTC', (b).c, d[1], array[1,2], e.f.g", "SELECT a AT TIME ZONE 'UTC', (b).c, d[1], ARRAY[1, 2], e.f.g"},
	{"select a->'b'->>'c', a #>> '{b}'", "SELECT (a -> 'b') ->> 'c', a #>> '{b}'"},
	{"select $1, E'a\\nb', $$x'y$$, 1_000, 0x1F, .5, 1e10", "SELECT $1, 'a\nb', 'x''y', 1_000, 0x1F, .5, 1e10"},
	{"select a = any(b), a < all(select c from d)", "SELECT a = ANY (b), a < ALL (SELECT c FROM d)"},
	{"select exists (select 1), not exists (select 1), (select max(a) from t)", "SELECT EXISTS (SELECT 1), NOT (EXISTS (SELECT 1)), (SELECT max(a) FROM t)"},
	{"select distinct on (a) a, b from t", "SELECT DISTINCT ON (a) a, b FROM t"},
	{"select a from t join u on t.x = u.x left join v using (y) cross join w", "SELECT a FROM t JOIN u ON t.x = u.x LEFT JOIN v USING (y) CROSS JOIN w"},
	{"select a from t full join u on t.x = u.x or t.y = u.y where a", "SELECT a FROM t FULL JOIN u ON (t.x = u.x) OR (t.y = u.y) WHERE a"},
	{"select a from t full outer join u on t.x = u.x join v on v.z = t.z", "SELECT a FROM t FULL JOIN u ON t.x = u.x JOIN v ON v.z = t.z"},
	{"select a from (select b from c) as d (e), lateral (select 1) f", "SELECT a FROM (SELECT b FROM c) AS d (e) CROSS JOIN LATERAL (SELECT 1) AS f"},
	{"select a from t order by a desc nulls first, 2 limit 10 offset 5", "SELECT a FROM t ORDER BY a DESC NULLS FIRST, 2 LIMIT 10 OFFSET 5"},
	{"select a from t offset 5", "SELECT a FROM t OFFSET 5"},
	{"select a from t offset 5 rows fetch first 3 rows only", "SELECT a FROM t LIMIT 3 OFFSET 5"},
	{"select offset, fetch, window.start from t group by window", `SELECT "offset", "fetch", "window".start FROM t GROUP BY "window"`},
	{"select 1 union all select 2 union select 3", "SELECT 1 UNION ALL SELECT 2 UNION SELECT 3"},
	{"select 1 union select 2 intersect select 3", "SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)"},
	{"(select 1 limit 1) union all (select 2) order by 1", "(SELECT 1 LIMIT 1) UNION ALL SELECT 2 ORDER BY 1"},
	{"values (1,'a'),(2,null)", "VALUES (1, 'a'), (2, NULL)"},
	{"select * from (values (1),(2)) as v(a)", "SELECT * FROM (VALUES (1), (2)) AS v (a)"},
	{"with a as (select 1), b (x) as materialized (select 2) select * from a, b", "WITH a AS (SELECT 1), b (x) AS (SELECT 2) SELECT * FROM a CROSS JOIN b"},
	{"table t", "SELECT * FROM t"},
	{"select a, count(*) from t group by a having count(*) > 1", "SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 1"},
	{"select * from table(tumble(table bid, descriptor(ts), interval '10' second))", "SELECT * FROM tumble(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND)"},
	{"select * from tumble(data => table bid, timecol => descriptor(ts), size => interval '1' minute) as w", "SELECT * FROM tumble(data => TABLE bid, timecol => DESCRIPTOR(ts), size => INTERVAL '1' MINUTE) AS w"},
	{"select * from session(table bid partition by a, descriptor(ts), interval '1' minute)", "SELECT * FROM session(TABLE bid PARTITION BY (a), DESCRIPTOR(ts), INTERVAL '1' MINUTE)"},
	{"select * from hop(bid, ts, interval '1 second', interval '2 seconds')", "SELECT * FROM hop(bid, ts, INTERVAL '1 second', INTERVAL '2 seconds')"},
	{"select tumble_start(ts, interval '1' second) from t group by tumble(ts, interval '1' second), b", "SELECT tumble_start(ts, INTERVAL '1' SECOND) FROM t GROUP BY tumble(ts, INTERVAL '1' SECOND), b"},
	{"select window.start, window.end from t group by window(ts, '10 seconds')", `SELECT "window".start, "window"."end" FROM t GROUP BY "window"(ts, '10 seconds')`},
	{"select tumble(interval '1' hour) as window, count(*) from t group by window emit on window close", `SELECT tumble(INTERVAL '1' HOUR) AS "window", count(*) FROM t GROUP BY "window" EMIT ON WINDOW CLOSE`},
	{"select a from t emit changes", "SELECT a FROM t EMIT CHANGES"},
	{"select left(a, 2), right(b, 3), replace(a, 'x', 'y'), mod(a, 2), date(a), if(a, b, c)", "SELECT left(a, 2), right(b, 3), replace(a, 'x', 'y'), mod(a, 2), date(a), if(a, b, c)"},
	{"select current_date, current_timestamp, now()", "SELECT current_date, current_timestamp, now()"},
	{"select pg_catalog.upper(a)", "SELECT upper(a)"},
	{"select (a, b) = (1, 2), row(1, 2)", "SELECT ROW(a, b) = ROW(1, 2), ROW(1, 2)"},
	{"select /* c */ 1 -- d\n, /* a /* nested */ b */ 2", "SELECT 1, 2"},
	{"select a from t where a = 1 and (b = 2 or c)", "SELECT a FROM t WHERE (a = 1) AND ((b = 2) OR c)"},
	{"insert into t (a, b) select 1, 2", "INSERT INTO t (a, b) SELECT 1, 2"},
	{"insert into t values (1, 2)", "INSERT INTO t VALUES (1, 2)"},
	{"explain select 1", "EXPLAIN SELECT 1"},
	{"set parallelism = 4", "SET parallelism = '4'"},
	{"set checkpoint.interval to '5s'", "SET checkpoint.interval = '5s'"},
	{"show tables", "SHOW TABLES"},
	{"describe t", "DESCRIBE t"},
	{"drop table if exists a.b", "DROP TABLE IF EXISTS a.b"},
	{"begin", "BEGIN"},
	{"create table t (a bigint not null, b varchar(20), c decimal(10,2), d array<row(x int, y text)>, e map<text, double precision>, f text[], g timestamp(3) with time zone, h int metadata from 'partition', i as a + 1, primary key (a), watermark for g as g - interval '5' second) with (connector = 'kafka', 'topic' = 'x', sasl.username = 'u', partitions = 4)",
		"CREATE TABLE t (a BIGINT NOT NULL, b TEXT, c DECIMAL(10,2), d ARRAY<ROW(x INT, y TEXT)>, e MAP<TEXT, DOUBLE>, f ARRAY<TEXT>, g TIMESTAMPTZ, h INT METADATA FROM 'partition', i AS a + 1, PRIMARY KEY (a), WATERMARK FOR g AS g - INTERVAL '5' SECOND) WITH ('connector' = 'kafka', 'topic' = 'x', 'sasl.username' = 'u', 'partitions' = '4')"},
	{"create materialized view v as select 1", "CREATE MATERIALIZED VIEW v AS SELECT 1"},
}

func TestStatementsPrintAsTheyMean(t *testing.T) {
	for _, tc := range corpus {
		t.Run(tc.in, func(t *testing.T) {
			stmts, err := Parse(tc.in, nil)
			if err != nil {
				t.Fatal(sqlerr.Render(err, tc.in, ""))
			}
			got := Print(stmts[0])
			if got != tc.out {
				t.Errorf("got  %s\nwant %s", got, tc.out)
			}
			again, err := Parse(got, nil)
			if err != nil {
				t.Fatalf("what was printed does not parse: %s", sqlerr.Render(err, got, ""))
			}
			if twice := Print(again[0]); twice != got {
				t.Errorf("printed again it is\n%s\nnot\n%s", twice, got)
			}
		})
	}
}

func TestErrorsPointAtTheirPlace(t *testing.T) {
	for _, tc := range []struct{ in, at, msg, hint string }{
		{"SELCT 1", "SELCT", `syntax error at or near "SELCT"`, "Did you mean SELECT?"},
		{"SELECT a FORM t", "FORM", `syntax error at or near "FORM"`, "Did you mean FROM?"},
		{"SELECT a, FROM t", "FROM", `syntax error at or near "FROM"`, ""},
		{"SELECT (a + b FROM t", "(", `this "(" is not closed`, ""},
		{"SELECT a + FROM t", "FROM", `syntax error at or near "FROM"`, ""},
		{"SELECT 'abc", "'", "this string is not closed", "Close it with '."},
		{"SELECT a FROM t WHERE a > > 3", "> 3", `syntax error at or near ">"`, ""},
		{"SELECT a FROM t WHERE", "", "unexpected end of the statement", ""},
		{"SELECT a::bigin", "bigin", `type "bigin" does not exist`, `Did you mean "BIGINT"?`},
		{"SELECT a DIV b", "DIV", `syntax error at or near "DIV"`, "Use /: it is whole between integers."},
		{"SELECT ?", "?", "the parameter ? is not supported", "Parameters are $1, $2, …"},
		{"CREATE TABLE t (a BIGINT b TEXT)", "b", `syntax error at or near "b"`, "Expected NOT NULL, PRIMARY KEY, DEFAULT, METADATA FROM, ',' or ')'."},
		{"CREATE TABLE t (a BIGINT) WITH (x = '${NO}')", "${NO}", "the variable ${NO} has no value", "Give it with --set NO=… or in the environment."},
		{"SELECT 1;\nSELECT 2 3", "3", `syntax error at or near "3"`, ""},
	} {
		t.Run(tc.in, func(t *testing.T) {
			_, err := Parse(tc.in, nil)
			e, ok := err.(*sqlerr.Error)
			if !ok {
				t.Fatalf("error %v", err)
			}
			off, _ := e.Pos.Offset()
			want := len(tc.in)
			if tc.at != "" {
				want = strings.LastIndex(tc.in, tc.at)
			}
			if e.Message != tc.msg || off != want || tc.hint != "" && e.Hint != tc.hint {
				t.Errorf("got %q at %d, hint %q\nwant %q at %d, hint %q", e.Message, off, e.Hint, tc.msg, want, tc.hint)
			}
		})
	}
}
