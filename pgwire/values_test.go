package pgwire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestValuesOfEveryTypeComeBack sends values in text, has them come back in binary and sends that: what comes back in each
// form is the same.
func TestValuesOfEveryTypeComeBack(t *testing.T) {
	_, addr := start(t, nil)
	c := connect(t, addr).PgConn()
	for _, tc := range []struct{ typ, values string }{
		{"BOOLEAN", "t|f"}, {"SMALLINT", "-32768|7"}, {"INT", "-1|2147483647"}, {"BIGINT", "-9223372036854775808|42"}, {"REAL", "1.5|-Infinity"}, {"DOUBLE", "0.1|NaN|-0"},
		{"NUMERIC(10,2)", "-0.01|12345678.90"}, {"NUMERIC(38,10)", "123456789.0123456789"}, {"TEXT", "grüße||a b"}, {"VARCHAR", "x"}, {"BYTEA", `\x|\x00ff`},
		{"DATE", "2026-01-31|0044-03-15 BC"}, {"TIME", "23:59:59.999999"}, {"TIMESTAMP", "2026-01-31 12:34:56.789|0001-01-01 00:00:00 BC"}, {"TIMESTAMPTZ", "2026-01-31 12:34:56+00"},
		{"INTERVAL", "1 year 2 mons 3 days 04:05:06.789|-00:00:01"}, {"UUID", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}, {"JSON", `{"a": [1, null]}`},
		{"INT[]", "{1,NULL,-3}|{}"}, {"TEXT[]", `{a,"b c",NULL,""}`}, {"INT[][]", "{{1,2},{3,4}}"}, {"TIMESTAMP[]", `{"2026-01-31 12:00:00"}`}, {"BOOLEAN[]", "{t,f}"},
		{"OID", "4294967295"}, {"NAME", "pg_class"}, {"REGCLASS", "pg_class"}, {`"char"`, "r"},
	} {
		t.Run(tc.typ, func(t *testing.T) {
			query := "SELECT $1::" + tc.typ
			ask := func(value []byte, in, out int16) []byte {
				t.Helper()
				r := c.ExecParams(t.Context(), query, [][]byte{value}, nil, []int16{in}, []int16{out}).Read()
				if r.Err != nil || len(r.Rows) != 1 {
					t.Fatalf("%x in format %d: %v", value, in, r.Err)
				}
				return r.Rows[0][0]
			}
			for _, value := range strings.Split(tc.values, "|") {
				inText, inBinary := ask([]byte(value), pgx.TextFormatCode, pgx.TextFormatCode), ask([]byte(value), pgx.TextFormatCode, pgx.BinaryFormatCode)
				if string(inText) != value {
					t.Errorf("%q comes back as %q", value, inText)
				}
				if got := ask(inBinary, pgx.BinaryFormatCode, pgx.TextFormatCode); string(got) != value {
					t.Errorf("%q is %x in binary, which comes back as %q", value, inBinary, got)
				}
				if got := ask(inBinary, pgx.BinaryFormatCode, pgx.BinaryFormatCode); string(got) != string(inBinary) {
					t.Errorf("%q is %x in binary, which comes back as %x", value, inBinary, got)
				}
			}
			if got := ask(nil, pgx.BinaryFormatCode, pgx.BinaryFormatCode); got != nil {
				t.Errorf("NULL comes back as %x", got)
			}
		})
	}
}

func TestAViolatedConstraintIsNamed(t *testing.T) {
	_, addr := start(t, nil)
	c := connect(t, addr)
	if _, err := c.Exec(t.Context(), "CREATE TABLE t (id INT PRIMARY KEY, name TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ query, code, table, column, constraint string }{
		{"INSERT INTO t VALUES (1, 'a'), (1, 'b')", "23505", "t", "", "t_pkey"},
		{"INSERT INTO t VALUES (1, NULL)", "23502", "t", "name", ""},
		{"SELECT nothing FROM t", "42703", "", "", ""}, // PostgreSQL tells its place alone
	} {
		_, err := c.Exec(t.Context(), tc.query)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != tc.code || e.TableName != tc.table || e.ColumnName != tc.column || e.ConstraintName != tc.constraint || (tc.table != "") != (e.SchemaName == "public") {
			t.Errorf("%s: %#v", tc.query, err)
		}
	}
}
