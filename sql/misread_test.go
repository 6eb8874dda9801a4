package sql

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"millrace/sqlerr"
)

// TestNothingIsReadAsAnotherDialectWould has what the grammar behind would take, and take for something else.
func TestNothingIsReadAsAnotherDialectWould(t *testing.T) {
	for _, tc := range []struct{ name, in, out string }{
		{"FULL is no alias", "SELECT * FROM a FULL JOIN b ON a.x = b.x", "SELECT * FROM a FULL JOIN b ON a.x = b.x"},
		{"|| concatenates", "SELECT 'a' || 'b' OR c", "SELECT ('a' || 'b') OR c"},
		{"double quotes are names", `SELECT "x" FROM t`, "SELECT x FROM t"},
		{"E'' is a string, no alias", `SELECT E'a\nb'`, "SELECT 'a\nb'"},
		{"a backslash is a backslash", `SELECT 'a\nb'`, `SELECT 'a\nb'`},
		{"U&'' is a string, no conjunction", `SELECT U&'\0061'`, "SELECT 'a'"},
		{"$$ quotes", "SELECT $$a$$", "SELECT 'a'"},
		{"$1 is a parameter, no column", "SELECT $1", "SELECT $1"},
		{"_ groups digits", "SELECT 1_000", "SELECT 1_000"},
		{"# opens no comment", "SELECT a #>> '{b}', c # d", "SELECT a #>> '{b}', c # d"},
		{"/*! is a comment", "SELECT /*! STRAIGHT_JOIN */ a", "SELECT a"},
		{"/*+ is no hint", "SELECT /*+ MAX_EXECUTION_TIME(1) */ a", "SELECT a"},
		{"comments nest", "SELECT /* /* */ 1, */ 2", "SELECT 2"},
		{"^ is a power", "SELECT 2 ^ 3 * 4", "SELECT (2 ^ 3) * 4"},
		{"/ stays /", "SELECT 1 / 2", "SELECT 1 / 2"},
		{"count(*) stays count(*)", "SELECT count(*), count(1)", "SELECT count(*), count(1)"},
		{"IS UNKNOWN is not IS NULL", "SELECT a IS UNKNOWN", "SELECT a IS UNKNOWN"},
		{"LIKE takes an operation", "SELECT a LIKE b || '%' AND c", "SELECT (a LIKE (b || '%')) AND c"},
		{"arrows bind less than +", "SELECT a -> 1 + 1, a + b -> 'c'", "SELECT a -> (1 + 1), (a + b) -> 'c'"},
		{"IS binds less than =", "SELECT a = b IS NULL, a IS DISTINCT FROM b = c", "SELECT (a = b) IS NULL, a IS DISTINCT FROM (b = c)"},
		{"IN binds closer than =", "SELECT a = b IN (1)", "SELECT a = (b IN (1))"},
		{"a sign binds closer than ^", "SELECT -a ^ 2", "SELECT (-a) ^ 2"},
		{"NOT binds less than =", "SELECT NOT a = b", "SELECT NOT (a = b)"},
		{"an order inside of an aggregate with OVER is kept", "SELECT array_agg(a ORDER BY b) OVER (ORDER BY c)", "SELECT array_agg(a ORDER BY b) OVER (ORDER BY c)"},
		{"keywords of the grammar are names here", "SELECT rank, groups, row_number, div, xor, key, mod, binary, interval FROM lead", "SELECT rank, groups, row_number, div, xor, key, mod, binary, \"interval\" FROM lead"},
		{"a RIGHT JOIN keeps its sides", "SELECT * FROM a CROSS JOIN (b RIGHT JOIN c ON b.x = c.x) CROSS JOIN d", "SELECT * FROM a CROSS JOIN (b RIGHT JOIN c ON b.x = c.x) CROSS JOIN d"},
		{"INTERSECT binds closer than UNION", "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", "SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)"},
		{"an alias is no unit of an interval", "SELECT INTERVAL '1 day' d, INTERVAL '5' s", "SELECT INTERVAL '1 day' AS d, INTERVAL '5' AS s"},
		{"a cast to VARCHAR(3) cuts", "SELECT CAST(a AS VARCHAR(3))", "SELECT left(CAST(a AS TEXT), 3)"},
		{"a list of one query is a query", "SELECT a IN ((SELECT b FROM t))", "SELECT a IN (SELECT b FROM t)"},
		{"Unicode letters keep their case", "SELECT Äb", `SELECT "Äb"`},
		{"strings go on over lines", "SELECT 'a'\n 'b'", "SELECT 'ab'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			stmts, err := Parse(tc.in, nil)
			if err != nil {
				t.Fatal(sqlerr.Render(err, tc.in, ""))
			}
			if got := Print(stmts[0]); got != tc.out {
				t.Errorf("got  %s\nwant %s", got, tc.out)
			}
		})
	}
}

// errorCases mark the place with ^.
var errorCases = []struct{ in, msg, hint string }{
	{"^SELCT 1", `syntax error at or near "SELCT"`, "Did you mean SELECT?"},
	{"^INSRT INTO t SELECT 1", `syntax error at or near "INSRT"`, "Did you mean INSERT?"},
	{"^MERGE INTO t USING s", "MERGE is not supported", "Use INSERT INTO: a sink with a primary key takes the rows as upserts."},
	{"UPDATE t SET a = 1 ^FROM u", "UPDATE … FROM is not supported", "Take the values from a subquery: SET a = (SELECT …)."},
	{"UPDATE t SET (a, b) = ^(1)", "number of columns does not match number of values: 2 and 1", ""},
	{"UPDATE t SET a^.b = 1", "SET of a part of a column is not supported", "Set the whole column."},
	{"UPDATE t SET a = 1,^", "unexpected end of the statement", "Expected a column's name."},
	{"DELETE FROM t ^USING u", "DELETE … USING is not supported", "Filter with a subquery: WHERE a IN (SELECT …)."},
	{"DELETE FROM t ^RETURNING a FROM b", "RETURNING takes a list of expressions", "Write RETURNING *, or RETURNING a, b."},
	{"INSERT INTO t VALUES (1) ON CONFLICT (a) DO ^REPLACE", `syntax error at or near "REPLACE"`, "Expected NOTHING or UPDATE SET."},
	{"TRUNCATE t^, u", "TRUNCATE of several tables is not supported", "Write one statement a table."},
	{"CREATE TABLE t (a INT) ^AS SELECT 1", "CREATE … AS with columns or a connector is not supported", "Declare the table, then write INSERT INTO … SELECT; or leave columns and WITH out."},
	{"SELECT a ^FORM t", `syntax error at or near "FORM"`, "Did you mean FROM?"},
	{"SELECT a FROM t ^WHER b", `syntax error at or near "WHER"`, "Did you mean WHERE?"},
	{"SELECT a FROM t WHERE b ^GRUOP BY c", `syntax error at or near "GRUOP"`, "Did you mean GROUP?"},
	{"SELECT a FROM t\nWHERE b = 1 ^2", `syntax error at or near "2"`, ""},
	{"SELECT a, ^FROM t", `syntax error at or near "FROM"`, ""},
	{"SELECT a + ^FROM t", `syntax error at or near "FROM"`, ""},
	{"SELECT (a + ^) FROM t", `syntax error at or near ")"`, ""},
	{"SELECT f(a, ^)", `syntax error at or near ")"`, ""},
	{"SELECT max^(price FROM t", `this "(" is not closed`, "Close it with )."},
	{"SELECT a^) FROM t", `this ")" closes nothing`, "Remove it, or open it before."},
	{"SELECT ^'abc FROM t", "this string is not closed", "Close it with '."},
	{"SELECT ^\"abc FROM t", "this quoted name is not closed", "Close it with \"."},
	{"SELECT 1 ^/* /* */", "this comment is not closed", "Close it with */."},
	{"SELECT ^$x$ a $y$", "this string is not closed", "Close it with $x$."},
	{"SELECT ^CASE WHEN a THEN b FROM t", "this CASE has no END", "Add END where it ends."},
	{"SELECT a FROM t WHERE^", "unexpected end of the statement", ""},
	{"SELECT a + ^? FROM t", "the parameter ? is not supported", "Parameters are $1, $2, …"},
	{"SELECT a SIMILAR TO ^ANY (b)", `syntax error at or near "ANY"`, ""},
	{"SELECT a ^<=> b", "the operator <=> is not supported", "Use IS NOT DISTINCT FROM."},
	{"SELECT a ^DIV b", `syntax error at or near "DIV"`, "Use /: it is whole between integers."},
	{"SELECT a ^XOR b", `syntax error at or near "XOR"`, "Use <> between booleans, # between integers."},
	{"SELECT a < b ^< c", "comparisons do not chain", "Write a < b AND b < c, or use parentheses."},
	{"SELECT a FROM t JOIN u ^WHERE x", `syntax error at or near "WHERE"`, "Expected ON or USING."},
	{"SELECT a FROM t CROSS JOIN u ^ON x", `syntax error at or near "ON"`, "A CROSS or NATURAL JOIN takes no condition: write JOIN."},
	{"SELECT a FROM t ^LEFT SEMI JOIN u ON x", "LEFT SEMI JOIN is not supported", "Use WHERE … IN (SELECT …) or EXISTS (SELECT …)."},
	{"SELECT 1 ^LIMIT 1 UNION SELECT 2", "LIMIT stands before UNION", "Put the query that it belongs to in parentheses, or move it to the end."},
	{"SELECT a::^bigin", `type "bigin" does not exist`, `Did you mean "BIGINT"?`},
	{"SELECT CAST(a AS ^DECIMAL(40, 2))", "DECIMAL(40,2) is not possible", "The precision is 1 to 38, the scale 0 to the precision."},
	{"SELECT CAST(a AS ^INT(3))", "INT takes no parameters", "Write INT."},
	{"SELECT CAST(a AS ^CHAR(3))", "a cast to CHAR(3) is not supported", ""},
	{"SELECT CAST(a AS ^TIMESTAMP(3))", "a cast to TIMESTAMP(3) is not supported", ""},
	{"SELECT ^nope.upper(a)", "there is no function nope.upper", "Functions have no schema here."},
	{"SELECT f(^SELECT 1)", `syntax error at or near "SELECT"`, "Put a query that is an argument into parentheses of its own."},
	{"SELECT ^ANY (a)", `syntax error at or near "ANY"`, ""},
	{"SELECT INTERVAL ^'x' SECOND", `"x" is not a number of seconds`, "Write INTERVAL '10' SECOND, or all of it in the text: INTERVAL '1 hour 30 minutes'."},
	{"SELECT INTERVAL ^'10' YEAR TO MONTH", `"10" is not an interval of YEAR TO MONTH`, "Write it as '1-2'."},
	{"SELECT INTERVAL '1' ^MONTH TO DAY", "there are no intervals of MONTH TO DAY", ""},
	{"SELECT ^“a”", `unexpected character '“'`, "Use ' around text and \" around names."},
	{"SELECT a^\u00a0FROM t", `unexpected character '\u00a0'`, "It looks like a space but is none: type one in its place."},
	{"SELECT a^\xff", "the text is not valid UTF-8 here", ""},
	{`SELECT ^E'\xff'`, "this text is not valid UTF-8, or holds a zero byte", ""},
	{"SELECT ^12abc", "trailing characters after the number 12", "A name that begins with a digit must be quoted."},
	{"SELECT a FROM t GROUP BY ^ALL", "GROUP BY ALL is not supported", "List the columns."},
	{"SELECT a FROM t GROUP BY ROLLUP (a) ^# CUBE (b)", `syntax error at or near "#"`, "Expected a comma or the next clause."},
	{"VALUES (1, 2), ^(3)", "this row of VALUES has 1 columns, the first has 2", ""},
	{"WITH a AS (SELECT 1) (^WITH b AS (SELECT 2) SELECT * FROM b)", "WITH around a query with its own WITH is not supported", "Put all of it into the outer one."},
	{"CREATE TABLE t (a INT ^b TEXT)", `syntax error at or near "b"`, "Expected NOT NULL, PRIMARY KEY, DEFAULT, METADATA FROM, ',' or ')'."},
	{"CREATE TABLE t (a INT ^UNIQUE)", "UNIQUE of a column is not supported", ""},
	{"CREATE TABLE t (a INT, b AS a ^b)", `syntax error at or near "b"`, ""},
	{"CREATE TABLE t (a INT) WITH (a = 1, ^'A' = 2)", `the option "a" is there twice`, ""},
	{"CREATE TABLE t (a INT) WITH (a = 'x^${NO}')", "the variable ${NO} has no value", "Give it with --set NO=… or in the environment."},
	{"CREATE TABLE t (a INT) WITH (a = '^${NO')", "this is no variable", "Write ${NAME}, of letters, digits, dots, - and _."},
	{"CREATE ^OR REPLACE TABLE t (a INT)", "OR REPLACE is not supported", "Drop the object first, or write IF NOT EXISTS."},
	{"EXPLAIN ^EXPLAIN SELECT 1", `syntax error at or near "EXPLAIN"`, "Expected a statement to explain."},
	{"SELECT 1;\nSELECT 2 ^3;\nSELECT 'x", `syntax error at or near "3"`, ""},
}

func TestErrorsSayWhereAndWhatToDo(t *testing.T) {
	for _, tc := range errorCases {
		t.Run(tc.in, func(t *testing.T) {
			at := strings.Index(tc.in, "^")
			in := tc.in[:at] + tc.in[at+1:]
			_, err := Parse(in, nil)
			var e *sqlerr.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			off, _ := e.Pos.Offset()
			if e.Message != tc.msg || off != at || tc.hint != "" && e.Hint != tc.hint {
				t.Errorf("got  %q at %d, hint %q\nwant %q at %d, hint %q", e.Message, off, e.Hint, tc.msg, at, tc.hint)
			}
			if all := strings.ToLower(e.Message + e.Hint + e.Detail); strings.Contains(all, "mysql") || strings.Contains(all, "tidb") || strings.Contains(all, "ast.") {
				t.Errorf("the message names the parser behind: %s", all)
			}
			if e.Code == "" || e.Code == sqlerr.Internal {
				t.Errorf("code %q", e.Code)
			}
		})
	}
}

func TestAnErrorKnowsItsLineAndColumn(t *testing.T) {
	const text = "SELECT 'ö', auction,\n       max(prices))\nFROM bids"
	_, err := Parse(text, nil)
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if line, col := sqlerr.Line(text, e.Pos); line != 2 || col != 19 {
		t.Errorf("line %d, column %d", line, col)
	}
}

func TestIntervalsAreResolved(t *testing.T) {
	const hour, minute, second = int64(time.Hour), int64(time.Minute), int64(time.Second)
	for _, tc := range []struct {
		in           string
		months, days int32
		nanos        int64
	}{
		{"INTERVAL '5' SECOND", 0, 0, 5 * second},
		{"INTERVAL '10' MINUTES", 0, 0, 10 * minute},
		{"INTERVAL '1 hour 30 minutes'", 0, 0, hour + 30*minute},
		{"INTERVAL '1:30:00'", 0, 0, hour + 30*minute},
		{"INTERVAL '1-2' YEAR TO MONTH", 14, 0, 0},
		{"INTERVAL '-1-2' YEAR TO MONTH", -14, 0, 0},
		{"INTERVAL '1.5 seconds'", 0, 0, 1500 * int64(time.Millisecond)},
		{"INTERVAL 'PT5S'", 0, 0, 5 * second},
		{"INTERVAL 'P1Y2M3DT4H5M6S'", 14, 3, 4*hour + 5*minute + 6*second},
		{"INTERVAL 5 SECOND", 0, 0, 5 * second},
		{"INTERVAL 1_000 MILLISECOND", 0, 0, second},
		{"INTERVAL '1.5' HOUR", 0, 0, 90 * minute},
		{"INTERVAL '2' QUARTER", 6, 0, 0},
		{"INTERVAL '2' WEEKS", 0, 14, 0},
		{"INTERVAL '-5' SECOND", 0, 0, -5 * second},
		{"INTERVAL -'5' SECOND", 0, 0, -5 * second},
		{"INTERVAL '1 12' DAY TO HOUR", 0, 1, 12 * hour},
		{"INTERVAL '1 02:03' DAY TO MINUTE", 0, 1, 2*hour + 3*minute},
		{"INTERVAL '-1 02:03:04.5' DAY TO SECOND", 0, -1, -(2*hour + 3*minute + 4500*int64(time.Millisecond))},
		{"INTERVAL '10:20' HOUR TO MINUTE", 0, 0, 10*hour + 20*minute},
		{"INTERVAL '10:20' MINUTE TO SECOND", 0, 0, 10*minute + 20*second},
		{"INTERVAL '1 day ago'", 0, -1, 0},
	} {
		e, err := ParseExpr(tc.in)
		if err != nil {
			t.Error(sqlerr.Render(err, tc.in, ""))
			continue
		}
		i, ok := e.(*IntervalLit)
		if !ok || i.Months != tc.months || i.Days != tc.days || i.Nanos != tc.nanos {
			t.Errorf("%s is %+v, want %d months, %d days, %d ns", tc.in, e, tc.months, tc.days, tc.nanos)
		}
	}
}

func TestVariablesAreFilledInOnce(t *testing.T) {
	values := map[string]string{"A": "1' OR '${B}", "B": "two", "x.y-z": "3"}
	lookup := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	stmts, err := Parse("CREATE TABLE t (a INT) WITH (a = '${A}', b = 'x${B}y${x.y-z}', c = $$${B}$$); SET d = '${B}'; SELECT '${A}'", lookup)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1' OR '${B}", "xtwoy3", "two"}
	for i, o := range stmts[0].(*CreateTable).Options {
		if o.Value.Text != want[i] {
			t.Errorf("option %s is %q, want %q", o.Key.Text, o.Value.Text, want[i])
		}
	}
	if got := stmts[1].(*Set).Value.Text; got != "two" {
		t.Errorf("the setting is %q", got)
	}
	if got := Print(stmts[2]); got != "SELECT '${A}'" {
		t.Errorf("a query took a variable: %s", got)
	}
}

func TestSplitCutsAtSemicolonsOutsideOfQuotes(t *testing.T) {
	const text = "SELECT ';' -- ;\n; /* ; */ SELECT $$;$$;;SELECT 1 /* open"
	var got []string
	for _, p := range Split(text) {
		if !strings.HasPrefix(text[p.Offset:], p.Text) {
			t.Errorf("piece %q does not stand at %d", p.Text, p.Offset)
		}
		got = append(got, fmt.Sprintf("%q %t", p.Text, p.Complete))
	}
	want := []string{`"SELECT ';' -- ;\n;" true`, `"SELECT $$;$$;" true`, `"SELECT 1 /* open" false`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if p := Split(" -- nothing\n ;; "); len(p) != 0 {
		t.Errorf("empty statements are %v", p)
	}
}

// TestHostileTextsEndInAnErrorOrAStatement has texts that grow without bound in one way.
func TestHostileTextsEndInAnErrorOrAStatement(t *testing.T) {
	const n = 50_000
	rep := strings.Repeat
	for _, tc := range []struct{ name, in string }{
		{"parentheses", "SELECT " + rep("(", n) + "1" + rep(")", n)},
		{"brackets", "SELECT ARRAY" + rep("[", n) + rep("]", n)},
		{"parentheses that stay open", rep("(", n)},
		{"NOT", "SELECT " + rep("NOT ", n) + "a"},
		{"signs", "SELECT " + rep("- ", n) + "a"},
		{"CASE", "SELECT " + rep("CASE WHEN ", n) + "a" + rep(" THEN 1 END", n)},
		{"a chain of +", "SELECT 1" + rep(" + 1", n)},
		{"a chain of OR", "SELECT a" + rep(" OR a", n)},
		{"a chain of casts", "SELECT a" + rep("::int", n)},
		{"a chain of fields", "SELECT (a)" + rep(".b", n)},
		{"a chain of subscripts", "SELECT a" + rep("[1]", n)},
		{"a chain of arrows", "SELECT a" + rep(" -> 'b'", n)},
		{"derived tables", rep("SELECT * FROM (", n) + "SELECT 1" + rep(") AS t", n)},
		{"joins", "SELECT * FROM t" + rep(" CROSS JOIN t", n)},
		{"a list of tables", "SELECT * FROM t" + rep(", t", n)},
		{"unions", "SELECT 1" + rep(" UNION SELECT 1", n)},
		{"types", "SELECT a::" + rep("ARRAY<", n) + "INT" + rep(">", n)},
		{"array types", "SELECT a::INT" + rep("[]", n)},
		{"comments", rep("/*", n)},
		{"aliases", "SELECT 1" + rep(" a", n)},
		{"a list of casts", "SELECT 1::int" + rep(", 1::int", n/10)},
		{"a list of operations", "SELECT a" + rep(", a + b * c", n/10)},
		{"IN", "SELECT a IN (1" + rep(", 1", n) + ")"},
		{"rows", "VALUES (1, 'a')" + rep(", (1, 'a')", n/10)},
		{"statements", rep("SELECT 1;", n/20)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			stmts, err := Parse(tc.in, nil)
			if err != nil && (sqlerr.Code(err) == sqlerr.Internal || len(err.Error()) > 300) {
				t.Errorf("%.300v", err)
			}
			for _, s := range stmts {
				Print(s)
			}
			if took := time.Since(start); took > 20*time.Second { // each is linear; this is for what is not
				t.Errorf("took %v", took)
			}
			t.Log(time.Since(start).Round(time.Millisecond), err)
		})
	}
}
