package shell

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/builtin"
	"millrace/engine"
	"millrace/flow"
	"millrace/sql"
	"millrace/types"
)

// onEngine is a shell on an engine, with what it prints.
func onEngine(t testing.TB) (*Shell, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	e, err := engine.Open(t.Context(), engine.Config{Sources: builtin.Sources(), Sinks: builtin.Sinks(&out)})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Backend: Local(e.Session(), ""), Out: &out, Err: &out, Format: "csv"})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.history = openHistory("")
	return s, &out
}

func TestTextsThatRunWithoutAUser(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "included.sql")
	if err := os.WriteFile(file, []byte("SELECT 'inc;luded' AS i;\nSELECT bad;\nSELECT 'behind' AS b;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := "SELECT count(*) AS n FROM (VALUES\n" + strings.Repeat("('a;\nb'),\n", 20000) + "('')) AS v (x);\n"
	for _, tc := range []struct {
		name, text, want string
		failed           bool
	}{
		{"the last statement needs no semicolon", "SELECT 1 AS a;\nSELECT 2 AS b", "a\n1\nb\n2\n", false},
		{"semicolons in quotes and comments", "SELECT ';' AS a /* ; */ -- ;\n, $$;\n$$ AS b;", "a,b\n;,\";\n\"\n", false},
		{"COPY to standard output", "COPY t TO STDOUT", "error: COPY … TO STDOUT without a server is not supported -- 0A000, file.sql line 1, column 1\n  1 | COPY t TO STDOUT\n    | ^\n" +
			"hint: SELECT prints rows, as CSV by \\format csv or --format csv.\n", true},
		{"COPY from the text", "COPY t (a) FROM STDIN;\n1\n", "error: COPY … FROM STDIN in the shell is not supported -- 0A000\n" +
			"hint: Read the rows by a table WITH (connector = 'file', …) and INSERT INTO … SELECT; other clients of a server can send them.\n", true},
		{"nothing", " -- nothing\n;;\n", "", false},
		{"an error ends the text, with its line", "SELECT 1 AS a;\n\nSELECT\n nope;\nSELECT 2 AS b;",
			"a\n1\nerror: column \"nope\" does not exist -- 42703, file.sql line 4, column 2\n  4 |  nope;\n    |  ^\n", true},
		{"an error in the last statement, without a semicolon", "SELECT 1 AS a;\n\nSELECT nope",
			"a\n1\nerror: column \"nope\" does not exist -- 42703, file.sql line 3, column 8\n  3 | SELECT nope\n    |        ^\n", true},
		{"a syntax error comes when it is its turn", "SELECT 1 AS a; SELEC 2;", "a\n1\nerror: ", true},
		{"going on behind an error", "\\set ON_ERROR_STOP off\nSELECT nope;\nSELECT 2 AS b;",
			"error: column \"nope\" does not exist -- 42703, file.sql line 2, column 8\n  2 | SELECT nope;\n    |        ^\nb\n2\n", true},
		{"commands between statements", "\\echo a 'b  c'\nSELECT 1 AS a; \\format json\nSELECT 1 AS a;", "a b  c\na\n1\n{\"a\":1}\n", false},
		{"a command inside a statement", "SELECT 1\n\\p\n AS a;", "SELECT 1\na\n1\n", false},
		{"a statement dropped", "SELECT nonsense\n\\r\nSELECT 1 AS a;", "a\n1\n", false},
		{"a statement that a command ends", "SELECT 7 AS a \\g\n\\g", "a\n7\na\n7\n", false},
		{"a backslash in a string is none of ours", "SELECT '\\echo' AS a, E'\\\\q' AS b;", "a,b\n\\echo,\\q\n", false},
		{"an unknown command ends the text", "\\nonsense\nSELECT 1 AS a;", "error: there is no command \\nonsense -- 42601\nhint: \\? lists all.\n", true},
		{"leaving", "SELECT 1 AS a;\\q\nSELECT 2 AS b;", "a\n1\n", false},
		{"an error in a file within a text ends both", "\\i " + file + "\nSELECT 'outside' AS o;",
			"i\ninc;luded\nerror: column \"bad\" does not exist -- 42703, " + file + " line 2, column 8\n  2 | SELECT bad;\n    |        ^\n", true},
		{"a statement of many lines", long, "n\n20001\n", false},
		{"what cannot be read does not swallow what follows", "SELECT 1abc;\nSELECT 2 AS b;", "error: ", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, out := onEngine(t)
			err := s.Run(t.Context(), strings.NewReader(tc.text), "file.sql")
			got := out.String()
			if strings.HasSuffix(tc.want, "error: ") {
				got = got[:min(len(got), len(tc.want))]
			}
			if got != tc.want || (err != nil) != tc.failed {
				t.Errorf("%v, printed\n%s\nwant\n%s", err, out, tc.want)
			}
		})
	}
}

func TestEnterRunsWhatIsComplete(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "  \n": true, "SELECT 1": false, "SELECT 1;": true, "SELECT 1; -- end": true, "SELECT ';": false, "SELECT ';';": true,
		"SELECT 1; SELECT 2": false, `\d`: true, "SELECT 1\n\\p": true, `\x` + "\nSELECT": false, "SELECT $a$ ; $b$": false, "/* ;": false,
		"SELECT 1abc;": true, "-- only this": true,
	} {
		if got := ends(text); got != want {
			t.Errorf("ends(%q) = %t", text, got)
		}
	}
}

// changesOf is a batch of changes of one column.
func changesOf(ops ...string) *flow.Batch {
	schema := types.Schema{{Name: "op", Type: types.Of(types.Text)}, {Name: "v", Type: types.Of(types.Text)}}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.Arrow())
	defer b.Release()
	for _, op := range ops {
		b.Field(0).(*array.StringBuilder).Append(op[:2])
		if op[2:] == "" {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(op[2:])
		}
	}
	var rec arrow.RecordBatch = b.NewRecordBatch()
	return &flow.Batch{Rec: rec}
}

func TestALiveTableIsWhatItsChangesMake(t *testing.T) {
	schema := types.Schema{{Name: "op", Type: types.Of(types.Text)}, {Name: "v", Type: types.Of(types.Text)}}
	for _, tc := range []struct {
		name string
		ops  []string
		want string
		rows int64
	}{
		{"inserts", []string{"+Ia", "+Ib"}, "a b", 2},
		{"an update takes its row's place at the end", []string{"+Ia", "+Ib", "-Ua", "+Uc"}, "b c", 2},
		{"equal rows are rows of their own", []string{"+Ia", "+Ia", "-Da"}, "a", 1},
		{"a delete", []string{"+Ia", "-Da"}, "", 0},
		{"NULL is not the text of it", []string{"+I", "+INULL", "-DNULL"}, "NULL", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			live := newLiveTable(schema, "NULL")
			b := changesOf(tc.ops...)
			defer b.Release()
			live.apply(b)
			var got []string
			for _, r := range live.newest(10) {
				got = append(got, r[0])
			}
			if strings.Join(got, " ") != tc.want || live.count != tc.rows || live.changes != int64(len(tc.ops)) {
				t.Errorf("rows %v, %d, after %d changes", got, live.count, live.changes)
			}
		})
	}
	t.Run("more rows than are known", func(t *testing.T) {
		live := newLiveTable(schema, "")
		for i := range 3 * liveRows {
			b := changesOf(fmt.Sprintf("+I%d", i))
			live.apply(b)
			b.Release()
		}
		b := changesOf("-D1", "-D2999")
		defer b.Release()
		live.apply(b)
		if n := live.newest(2); live.count != 3*liveRows-2 || len(live.rows) != liveRows-1 || n[1][0] != "2998" {
			t.Errorf("%d rows, %d known, newest %v", live.count, len(live.rows), n)
		}
		frame := live.frame(10, 6, "a status that is too long")
		if want := []string{" v", "------", " 2997", " 2998", "a status "}; strings.Join(frame, "\n") != strings.Join(want, "\n") {
			t.Errorf("drawn\n%s", strings.Join(frame, "\n"))
		}
	})
}

func TestTabKnowsWhatCanFollow(t *testing.T) {
	s, _ := onEngine(t)
	for _, text := range []string{
		"CREATE TABLE orders (id INT PRIMARY KEY, customer INT, amount INT)", "CREATE TABLE customers (id INT PRIMARY KEY, name TEXT)",
		`CREATE TABLE "Odd one" (a INT, "B c" INT, "select" INT)`,
	} {
		if err := s.execute(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct{ text, want string }{
		{"sel", "select "},
		{"SEL", "SELECT "},
		{"SELECT * FROM ord", "orders"},
		{"SELECT * FROM orders, cus", "customers"},
		{"SELECT * FROM orders JOIN cu", "customers"},
		{"INSERT INTO ord", "orders"},
		{"SELECT o.cu", ""},
		{"SELECT c.na FROM customers AS c; SELECT c.na", ""}, // another statement
		{"UPDATE orders SET am", "amount"},
		{"SELECT * FROM orders AS o JOIN customers c ON o.am", "o.amount"},
		{"SELECT * FROM orders AS o JOIN customers c ON c.n", "c.name"},
		{"SELECT * FROM orders WHERE cust", "customer"},
		{"SELECT date_bi", "date_bin("},
		{"SET para", "parallelism"},
		{"SHOW TAB", "TABLES"},
		{"CREATE TABLE x (a INT) WITH (conn", "connector = "},
		{"CREATE TABLE x (a INT) WITH (connector = 'fil", "'file'"},
		{"CREATE TABLE x (a INT) WITH (connector = 'kafka', top", "topic = "},
		{"CREATE TABLE x (a INT) WITH (connector = 'file', top", ""},
		{"SELECT 'sel", ""},
		{"SELECT 1 -- sel", ""},
		{"SELECT * FROM od", `"Odd one"`},
		{`SELECT * FROM "Od`, `"Odd one"`},
		{`SELECT * FROM "Odd o`, `"Odd one"`},
		{`SELECT * FROM "Odd one" WHERE "b`, `"B c"`},
		{`SELECT * FROM "Odd one" o WHERE o.sel`, `o."select"`},
		{`\d od`, `"Odd one"`},
		{`\d "Odd on`, `"Odd one"`},
		{`\timi`, `\timing `},
		{`\dt cus`, "customers"},
		{`\h create tab`, "CREATE TABLE"},
		{`\x au`, "auto"},
	} {
		_, offers := s.complete.at(tc.text)
		var got []string
		for _, o := range offers {
			got = append(got, o.text)
		}
		if strings.Join(got, "|") != tc.want {
			t.Errorf("behind %q: %q, want %q", tc.text, got, tc.want)
		}
	}
}

// doNothing are statements that clients send and that change nothing here.
var doNothing = strings.Fields("VACUUM ANALYZE CHECKPOINT LOCK UNLISTEN")

// Examples of \h are what the parser takes, and each shows the statement that it is of.
func TestHelpOfStatementsIsOfTheLanguage(t *testing.T) {
	for _, h := range statementHelp {
		if len(h.examples) == 0 || !strings.Contains(h.text, strings.Fields(h.name)[0]) {
			t.Errorf("%s has no example, or a text of something else", h.name)
		}
		for _, e := range h.examples {
			if stmts, err := sql.Parse(e, nil); err != nil || len(stmts) != 1 {
				t.Errorf("%s: %v", e, err)
			}
			words := strings.Fields(strings.NewReplacer("MATERIALIZED VIEW", h.name[strings.LastIndex(h.name, " ")+1:], "OR REPLACE ", "").Replace(e))
			if first := strings.Fields(h.name); h.name != "CREATE MATERIALIZED VIEW" && !slices.Equal(words[:len(first)], first) {
				t.Errorf("%s is an example of %s", e, h.name)
			}
		}
	}
	for _, start := range sql.Starts() {
		if also := map[string]string{"WITH": "SELECT", "TABLE": "SELECT", "DESC": "DESCRIBE", "START": "BEGIN", "END": "COMMIT", "ABORT": "ROLLBACK"}[start]; also != "" {
			start = also
		}
		if !slices.ContainsFunc(statementHelp, func(h statement) bool { return strings.Fields(h.name)[0] == start }) && !slices.Contains(doNothing, start) {
			t.Errorf("\\h has nothing about %s", start)
		}
	}
}

func TestVariablesStandForTheirValues(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"as it is, as a string, as a name", "\\set n 42\n\\set s 'it''s'\nSELECT :n AS :\"n\", :'n' AS t", "42,t\n42,42\n"},
		{"quotes in a string", "\\set q a'b''c'd\nSELECT :'q' AS q", "q\nabcd\n"},
		{"several words are one", "\\set v SELECT '  ' 1\n:v AS a", "a\n1\n"},
		{"not in quotes and comments", "\\set n 42\nSELECT ':n' AS a, $$:n$$ AS b, /* :n */ 1 AS \":n\" -- :n", "a,b,:n\n:n,:n,1\n"},
		{"casts stay", "\\set int 42\nSELECT '7'::int AS a", "a\n7\n"},
		{"what is not set stays", "SELECT (ARRAY[1, 2, 3])[1:2] AS a", "a\n\"[1,2]\"\n"},
		{"in commands", "\\set n 42\n\\echo :n :'n' x:n :m", "42 '42' x42 :m\n"},
		{"a statement over lines and commands", "\\set n 42\nSELECT\n\\p\n:n\n AS a;", "SELECT\na\n42\n"},
		{"without a semicolon, by \\g", "\\set n 42\nSELECT :n AS a \\g", "a\n42\n"},
		{"the list", "\\set b 2\n\\set a 1 1\n\\set\n", "ON_ERROR_STOP = 'on'\na = '11'\nb = '2'\n"},
		{"forgotten", "\\set n 42\n\\unset n\n\\echo :n", ":n\n"},
		{"of a row", "SELECT 1 AS a, 'x y' AS b, NULL AS c \\gset r_\nSELECT :r_a AS a, :'r_b' AS b;\n\\echo :r_c", "a,b\n1,x y\n:r_c\n"},
		{"of no row", "SELECT 1 AS a WHERE false \\gset", "error: \\gset takes a statement that gives one row -- 21000\n"},
		{"of two rows", "VALUES (1), (2) \\gset", "error: \\gset takes a statement that gives one row -- 21000\n"},
		{"an error has its place in what ran", "\\set c nope\n\nSELECT\n :c, :c;", "error: column \"nope\" does not exist -- 42703, file.sql line 4, column 2\n  4 |  nope, nope;\n    |  ^\n"},
		{"a name that is none", "\\set a-b 1", "error: \"a-b\" is no name of a variable -- 22023\nhint: It is of letters, digits and _, and does not begin with a digit.\n"},
		{"one with a meaning that psql alone knows", "\\set AUTOCOMMIT off", "error: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, out := onEngine(t)
			err := s.Run(t.Context(), strings.NewReader(tc.text), "file.sql")
			got := out.String()
			if tc.want == "error: " {
				got = got[:min(len(got), len(tc.want))]
			}
			if got != tc.want || (err != nil) != strings.Contains(tc.want, "error: ") {
				t.Errorf("%v, printed\n%s\nwant\n%s", err, out, tc.want)
			}
		})
	}
}

func TestSecretsAreNotKept(t *testing.T) {
	for text, want := range map[string]bool{
		"CREATE USER ann PASSWORD 'x';":                                     true,
		"alter user ann password 'x';":                                      true,
		"CREATE TABLE t (a INT) WITH (sasl.password = 'x');":                true,
		"CREATE TABLE t (a INT) WITH ('sasl.password' = 'x');":              true,
		"CREATE TABLE t (a INT) WITH (\"client.secret\" = /* c */ 'x');":    true,
		"CREATE USER ann PASSWORD 'x":                                       true,
		`\c postgres://ann:x@host/millrace`:                                 true,
		"CREATE TABLE t (a INT) WITH (url = 'https://u:p@host');":           true,
		"SELECT password FROM users;":                                       false,
		"SELECT * FROM t WHERE name = 'x';":                                 false,
		"CREATE TABLE t (a INT) WITH (topic = 'tokens', password = '${P}')": true,
	} {
		if got := secret(text); got != want {
			t.Errorf("secret(%q) = %t", text, got)
		}
	}
}

func TestTheHistoryIsBoundedAndItsOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "history")
	h := openHistory(path)
	for i := range 2*historyMax + 10 {
		if err := h.add(fmt.Sprintf("SELECT %d,\n 'é';", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.add(strings.Repeat("x", historyLong+1)); err != nil {
		t.Fatal(err)
	}
	again := openHistory(path)
	if n := len(again.entries()); n != historyMax || again.entries()[n-1] != fmt.Sprintf("SELECT %d,\n 'é';", 2*historyMax+9) {
		t.Errorf("%d entries, the last %q", n, again.entries()[n-1])
	}
	text, err := os.ReadFile(path)
	if err != nil || bytes.Count(text, []byte("\n")) != historyMax {
		t.Errorf("the file has %d lines, %v", bytes.Count(text, []byte("\n")), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
}

func TestPatternsOfPsql(t *testing.T) {
	for _, tc := range []struct {
		name, pattern string
		want          bool
	}{{"orders", "", true}, {"orders", "ord", true}, {"orders", "ord*", true}, {"orders", "*s", true}, {"orders", "o?ders", true}, {"orders", "x*", false}, {"Orders", "ORDERS", true}} {
		if like(tc.name, tc.pattern) != tc.want {
			t.Errorf("%q like %q is not %t", tc.name, tc.pattern, tc.want)
		}
	}
}
