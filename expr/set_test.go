package expr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sql"
	"millrace/sqlerr"
)

// evaluateSet gives the rows of a set-returning call without columns, as the table has them.
func evaluateSet(t *testing.T, text string) string {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	fail := func(err error) string { return "error " + sqlerr.Code(err) + ": " + err.Error() }
	parsed, err := sql.ParseExpr(text)
	if err != nil {
		return fail(err)
	}
	call := parsed.(*sql.Call)
	var args []expr.Expr
	for _, a := range call.Args {
		e, err := bind(a, nil)
		if err != nil {
			return fail(err)
		}
		args = append(args, e)
	}
	set, err := expr.NewSetCall(call.Name, args, call.Pos())
	if err != nil {
		return fail(err)
	}
	rows, err := set.Rows(&expr.Ctx{Mem: mem}, oneRow())
	if err != nil {
		return fail(err)
	}
	defer rows.Release()
	n := rows.Counts()[0]
	if n > 100 {
		return fmt.Sprintf("%d rows", n)
	}
	at := make([]int64, n)
	for i := range at {
		at[i] = int64(i)
	}
	a, err := rows.Values(make([]int32, n), at)
	if err != nil {
		return fail(err)
	}
	defer a.Release()
	var out []string
	for i := range a.Len() {
		out = append(out, textAt(a, i, set.Type()))
	}
	return strings.Join(out, "; ")
}

func TestEverySetFunctionIsDocumented(t *testing.T) {
	for _, f := range expr.SetFunctions() {
		if f.Doc == "" || f.Group == "" || len(f.Overloads) == 0 {
			t.Errorf("%q lacks a part of its row", f.Name)
		}
		if got := evaluateSet(t, f.Example); got != f.ExampleResult {
			t.Errorf("%s: %s is %s, want %s", f.Name, f.Example, got, f.ExampleResult)
		}
	}
}

// The results are PostgreSQL's.
func TestSetFunctions(t *testing.T) {
	for _, tc := range []struct{ call, want string }{
		{"generate_series(3, 1)", ""},
		{"generate_series(3, 1, -1)", "3; 2; 1"},
		{"generate_series(1, NULL)", ""},
		{"generate_series(1, 5, 0)", "error 22023: step size cannot equal zero in generate_series(1, 5, 0)"},
		{"generate_series(2147483646, 2147483647)", "2147483646; 2147483647"},
		{"generate_series(9223372036854775806, 9223372036854775807)", "9223372036854775806; 9223372036854775807"},
		{"generate_series(-9223372036854775807, 9223372036854775807)", "9223372036854775807 rows"},
		{"generate_series(1.5, 3, 0.5)", "1.5; 2.0; 2.5; 3.0"},
		{"generate_series(3.0, 1, -0.75)", "3.00; 2.25; 1.50"},
		{"generate_series(0.0, 0.0, 0.0)", "error 22023: step size cannot equal zero in generate_series(0.0, 0.0, 0.0)"},
		{"generate_series(TIMESTAMP '2026-01-31', '2026-04-30', '1 month')", "2026-01-31 00:00:00; 2026-02-28 00:00:00; 2026-03-28 00:00:00; 2026-04-28 00:00:00"},
		{"generate_series(TIMESTAMP '2026-01-01', '2025-12-30', '-1 day')", "2026-01-01 00:00:00; 2025-12-31 00:00:00; 2025-12-30 00:00:00"},
		{"generate_series(DATE '2026-01-01', DATE '2026-01-02', '12:00')", "2026-01-01 00:00:00+00; 2026-01-01 12:00:00+00; 2026-01-02 00:00:00+00"},
		{"generate_series('a', 'b')", "error 42725: function generate_series(unknown, unknown) is not unique"},
		{"generate_subscripts(string_to_array('a,b', ','), 2)", ""},
		{"string_to_table('', ',')", ""},
		{"string_to_table('a,,b', ',')", "a; ; b"},
		{"string_to_table('äb', NULL)", "ä; b"},
		{"string_to_table('a,x,b', ',', 'x')", "a; NULL; b"},
		{"string_to_table('abc', '')", "abc"},
		{"regexp_split_to_table('abc', '')", "a; b; c"},
		{"regexp_split_to_table('the  quick', '\\s+')", "the; quick"},
		{"regexp_split_to_table(' a ', ' ')", "; a; "},
		{"regexp_split_to_table('aXbxc', 'x', 'i')", "a; b; c"},
		{"regexp_matches('abc', 'd')", ""},
		{"regexp_matches('abcb', 'b')", "{b}"},
		{"regexp_matches('ab', '(a)|(b)', 'g')", "{a,NULL}; {NULL,b}"},
		{"json_array_elements('[]')", ""},
		{"json_array_elements_text('[null, 1.0, {\"a\": 1}]')", "NULL; 1.0; {\"a\": 1}"},
		{"json_array_elements('{}')", "error 22023: cannot extract elements from object in json_array_elements('{}')"},
		{"json_object_keys('{\"bb\": 1, \"a\": 2, \"bb\": 3}')", "bb; a; bb"},
		{"jsonb_object_keys('{\"bb\": 1, \"a\": 2, \"bb\": 3}')", "a; bb"},
		{"jsonb_each('{\"a\": 1, \"a\": 2}')", "(a,2)"},
		{"json_each_text('{\"a\": null}')", "(a,)"},
		{"unnest(1)", "error 42883: function unnest(INT) does not exist"},
	} {
		got := evaluateSet(t, tc.call)
		if strings.HasPrefix(tc.want, "error") {
			got, _, _ = strings.Cut(got, "\n")
			got, _, _ = strings.Cut(got, " -- ")
		}
		if got != tc.want {
			t.Errorf("%s is %s, want %s", tc.call, got, tc.want)
		}
	}
}
