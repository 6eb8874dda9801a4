package pgwire_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestCopyThereAndBack(t *testing.T) {
	_, addr := start(t, nil)
	c := connect(t, addr)
	const columns = "(id INT PRIMARY KEY, name TEXT, price NUMERIC(10,2), at TIMESTAMP, tags TEXT[], raw BYTEA, ok BOOLEAN)"
	for _, text := range []string{
		"CREATE TABLE t " + columns,
		`INSERT INTO t VALUES (1, 'a	b\c', 1.5, '2026-01-02 03:04:05.6', ARRAY['x','y z'], '\x00ff', true), (2, '', 2, NULL, NULL, NULL, false),
			(3, NULL, NULL, NULL, '{}', '\x', NULL), (4, 'say "hi", you' || chr(10) || 'there', -1, '0044-03-15 BC', ARRAY['"'], NULL, NULL), (5, '\.', 0, NULL, NULL, NULL, NULL)`,
	} {
		if _, err := c.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	var want bytes.Buffer
	if _, err := c.PgConn().CopyTo(t.Context(), &want, "COPY t TO STDOUT"); err != nil {
		t.Fatal(err)
	}
	for i, options := range []string{"", "(FORMAT csv)", "(FORMAT csv, HEADER match, DELIMITER ';', QUOTE '''', NULL 'none')", "(FORMAT binary)", "(DELIMITER '|', NULL '-', HEADER)"} {
		t.Run(options, func(t *testing.T) {
			table := "u" + string(rune('0'+i))
			if _, err := c.Exec(t.Context(), "CREATE TABLE "+table+" "+columns); err != nil {
				t.Fatal(err)
			}
			var data, got bytes.Buffer
			if _, err := c.PgConn().CopyTo(t.Context(), &data, "COPY t TO STDOUT "+strings.Replace(options, "match", "true", 1)); err != nil {
				t.Fatal(err)
			}
			if tag, err := c.PgConn().CopyFrom(t.Context(), &data, "COPY "+table+" FROM STDIN "+options); err != nil || tag.String() != "COPY 5" {
				t.Fatal(tag, err)
			}
			if _, err := c.PgConn().CopyTo(t.Context(), &got, "COPY "+table+" TO STDOUT"); err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Errorf("got\n%swant\n%s", got.String(), want.String())
			}
		})
	}
}

func TestCopySaysWhichRowIsWrongAndWritesNone(t *testing.T) {
	_, addr := start(t, nil)
	c := connect(t, addr)
	if _, err := c.Exec(t.Context(), "CREATE TABLE t (id INT PRIMARY KEY, amount INT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, options, data, code, where string }{
		{"no number", "", "1\t1\n2\tx\n", "22P02", `COPY t, line 2, column amount: "x"`},
		{"too few fields", "", "1\t1\n2\n", "22P04", `COPY t, line 2: "2"`},
		{"too many", "CSV", "1,2,3\n", "22P04", `COPY t, line 1: "1,2,3"`},
		{"lines within quotes count", "CSV", "1,\"1\"\n2,\"\n\"\n", "22P02", "COPY t, line 2, column amount: \"\n\""},
		{"an open quote", "CSV", "1,\"2\n3,4\n", "22P04", "COPY t, line 1: \"1,\"2\n3,4\n\""},
		{"no UTF-8", "", "1\t\xff\n", "22021", `COPY t, line 1: "1	?"`},
		{"another header", "(FORMAT csv, HEADER match)", "id,x\n1,2\n", "22P04", `COPY t, line 1: "id,x"`},
		{"not binary", "BINARY", "1\t2\n", "22P04", ""},
		{"a key twice", "", "1\t1\n1\t2\n", "23505", ""},
		{"NULL where there is none", "", "1\t\\N\n", "23502", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := c.PgConn().CopyFrom(t.Context(), strings.NewReader(tc.data), "COPY t FROM STDIN "+tc.options)
			if code(err) != tc.code || where(err) != tc.where {
				t.Errorf("%v (%s) in %q, want %s in %q", err, code(err), where(err), tc.code, tc.where)
			}
			var n int
			if err := c.QueryRow(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil || n != 0 {
				t.Errorf("there are %d rows, %v", n, err)
			}
		})
	}
}

// TestCopyIntoATableOfAConnector writes what a client sends to a file, and counts the rows.
func TestCopyIntoATableOfAConnector(t *testing.T) {
	_, addr := start(t, nil)
	c := connect(t, addr)
	dir := t.TempDir()
	for _, text := range []string{
		"CREATE TABLE out (id INT, name TEXT, price DECIMAL(10,2)) WITH (connector = 'file', path = '" + dir + "/out.csv', format = 'csv')",
	} {
		if _, err := c.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if tag, err := c.PgConn().CopyFrom(t.Context(), strings.NewReader("1\ta\t1.5\n2\t\\N\t2\n"), "COPY out FROM STDIN"); err != nil || tag.String() != "COPY 2" {
		t.Fatal(tag, err)
	}
	var got bytes.Buffer
	if _, err := c.PgConn().CopyTo(t.Context(), &got, "COPY (SELECT * FROM out ORDER BY id) TO STDOUT"); err != nil || got.String() != "1\ta\t1.50\n2\t\\N\t2.00\n" {
		t.Errorf("%q %v", got.String(), err)
	}
	if _, err := c.PgConn().CopyFrom(t.Context(), strings.NewReader("3\tc\t1\nx\td\t2\n"), "COPY out FROM STDIN"); code(err) != "22P02" || where(err) != `COPY out, line 2, column id: "x"` {
		t.Errorf("%v in %q", err, where(err))
	}
}

// TestOthersWriteWhileAClientSendsRows has another client write to the table in the middle of a COPY.
func TestOthersWriteWhileAClientSendsRows(t *testing.T) {
	_, addr := start(t, nil)
	sender, other := connect(t, addr), connect(t, addr)
	for _, key := range []string{"", " PRIMARY KEY"} {
		t.Run("BIGINT"+key, func(t *testing.T) {
			for _, text := range []string{"DROP TABLE IF EXISTS t", "CREATE TABLE t (id BIGINT" + key + ", pad TEXT)", "INSERT INTO t VALUES (-1, 'before')"} {
				if _, err := other.Exec(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
			from, to := io.Pipe()
			ended := make(chan error, 1)
			go func() {
				_, err := sender.PgConn().CopyFrom(t.Context(), from, "COPY t FROM STDIN")
				from.CloseWithError(err)
				ended <- err
			}()
			// far more than can wait for a COPY that has not begun to read
			const rows = 40_000
			pad := strings.Repeat("x", 1000)
			for i := range rows {
				if _, err := fmt.Fprintf(to, "%d\t%s\n", i, pad); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := other.Exec(t.Context(), "INSERT INTO t VALUES (-2, 'between')"); err != nil {
				t.Fatal(err)
			}
			to.Close()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			var n, different, sum int64
			if err := other.QueryRow(t.Context(), "SELECT count(*), count(DISTINCT id), sum(id)::BIGINT FROM t").Scan(&n, &different, &sum); err != nil {
				t.Fatal(err)
			}
			if n != rows+2 || different != n || sum != rows*(rows-1)/2-3 {
				t.Errorf("%d rows, %d different, of the sum %d", n, different, sum)
			}
		})
	}
}
