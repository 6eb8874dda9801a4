package expr_test

import (
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

type pgCase struct{ text, want string }

func postgresCases(t *testing.T) []pgCase {
	var cases []pgCase
	for _, name := range postgresFiles(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			if text, want, ok := strings.Cut(line, " => "); ok && line[0] != '#' {
				cases = append(cases, pgCase{text, want})
			}
		}
	}
	if len(cases) < 1200 {
		t.Fatalf("%d cases in the file", len(cases))
	}
	return cases
}

func TestValuesAreThoseOfPostgres(t *testing.T) {
	for _, tc := range postgresCases(t) {
		got := evaluate(t, tc.text)
		if strings.HasPrefix(tc.want, "error ") && strings.HasPrefix(got, tc.want+":") {
			continue
		}
		if got != tc.want {
			t.Errorf("%s is %s, want %s", tc.text, got, tc.want)
		}
	}
}

// What differs from PostgreSQL on purpose: a DECIMAL has its scale by type, not by value, and at most 38 digits;
// powers, roots and logarithms are DOUBLEs; letters beyond ASCII have capitals in any locale.
func TestValuesThatDifferFromPostgres(t *testing.T) {
	for text, want := range map[string]string{
		"1.0 / 3":                                    "0.3333333333333333",
		"100000.00 / 7":                              "14285.7142857142857143",
		"coalesce(1, 2.5)":                           "1.0",
		"case when true then 1 else 2.5 end":         "1.0",
		"sqrt(2.25)":                                 "1.5",
		"log(3, 81)":                                 "4",
		"power(2, 0.5)":                              "1.4142135623730951",
		"cbrt(27)":                                   "3",
		"round(2.345::float8, 1)":                    "2.3",
		"round(1234.5::float8, -2)":                  "1200",
		"trunc(-2.789::float8, 2)":                   "-2.78",
		"lower('ÄÖÜ')":                               "äöü",
		"'ÄB' ilike 'äb'":                            "true",
		"'NaN'::float8::decimal(5,2)":                "error 22003: NaN is out of range for DECIMAL(5,2), in CAST('NaN'::DOUBLE AS DECIMAL(5,2))",
		"99999999999999999999999999999999999999 + 1": "error 22003: DECIMAL(38,0) out of range in 99999999999999999999999999999999999999 + 1",
		"0.00000000000000000001 * 0.00000000000000000001": "0.00000000000000000000000000000000000000",
		"'{\"a\":{\"b\":1}}'::text -> 'a'":                `{"b":1}`,
		"timestamp '2026-01-01' at time zone '+02'":       "error 22023: a time zone must be a name, not an offset in timezone('+02', '2026-01-01 00:00:00')",
		"array[1, 2.5]":                                        "{1.0,2.5}",
		"'{{1,2},{3,4}}'::int[][]":                             "{{1,2},{3,4}}",
		"'{{1,2}}'::int[]":                                     "error 22P02: malformed array literal: \"{{1,2}}\"",
		"array[[1,2],[3,4]][1]":                                "{1,2}",
		"array[[1,2],[3,4]][2][1]":                             "3",
		"try_cast('{1,x}' as int[])":                           "NULL",
		"try_cast('{1,2}' as int[])":                           "{1,2}",
		"try_cast(json '\"x\"' as int)":                        "NULL",
		"json_extract(json '{\"a\":[{\"b\":1}]}', '$.a[0].b')": "1",
		"array_sort(array[3,null,1])":                          "{1,3,NULL}",
		"array_distinct(array['b','a','b',null,null])":         "{b,a,NULL}",
		"try_cast('x' as int)":                                 "NULL",
		"try_cast('12' as int)":                                "12",
		"try_cast(300 as smallint)":                            "300",
		"try_cast(70000 as smallint)":                          "NULL",
		"try_cast('abc'::text as timestamp)":                   "NULL",
		"try_cast(1.5 as decimal(1,1))":                        "NULL",
		"ends_with('abc', 'bc')":                               "true",
		"epoch_ms(timestamp '1969-12-31 23:59:59.9995')":       "-1",
		"to_timestamp_ms(-1)":                                  "1969-12-31 23:59:59.999",
		"from_unixtime(9223372036854775807)":                   "error 22008: TIMESTAMP out of range in from_unixtime(9223372036854775807)",
		"(string_to_array('1,2', ',')::text)":                  "{1,2}",
		"element_at(string_to_array('a,b', ','), 2)":           "b",
		"array_contains(string_to_array('a,b', ','), 'c')":     "false",
		"encode(decode(repeat('61', 58), 'hex'), 'base64')":    "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\nYQ==",
	} {
		if got := evaluate(t, text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestAnExpressionReadsBackFromItsSQL(t *testing.T) {
	for _, tc := range postgresCases(t) {
		if strings.HasPrefix(tc.want, "error ") || strings.Contains(tc.text, "::bigint") { // whole numbers are printed bare
			continue
		}
		e, err := parse(tc.text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if e.Type().Kind == types.Unknown {
			continue
		}
		if got := evaluate(t, e.String()); got != tc.want {
			t.Errorf("%s is printed as %s, which is %s, want %s", tc.text, e, got, tc.want)
		}
	}
}

func TestFoldingKeepsTheValue(t *testing.T) {
	for _, tc := range postgresCases(t) {
		e, err := parse(tc.text, nil)
		if err != nil || e.Type().Kind == types.Unknown {
			continue
		}
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		folded, err := expr.Fold(e, &expr.Ctx{Mem: mem})
		mem.AssertSize(t, 0)
		if strings.HasPrefix(tc.want, "error ") {
			if err == nil || sqlerr.Code(err) != tc.want[len("error "):] {
				t.Errorf("%s folds to %v, %v; want %s", tc.text, folded, err, tc.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if l, ok := folded.(*expr.Literal); ok {
			one, _ := l.Eval(&expr.Ctx{Mem: memory.DefaultAllocator}, oneRow())
			if got := textAt(one, 0, l.Type()); got != tc.want {
				t.Errorf("%s folds to %s, want %s", tc.text, got, tc.want)
			}
		} else if expr.Constant(e) && e.Type().Kind <= types.JSON && !strings.Contains(tc.text, "local") {
			t.Errorf("%s does not fold but to %s", tc.text, folded)
		}
	}
}

// Each literal becomes a column, in which every other row is NULL: kernels must give for columns what they give for
// constants, wherever the column begins.
func TestColumnsGiveWhatConstantsGive(t *testing.T) {
	compared := 0
	for _, tc := range postgresCases(t) {
		if strings.HasPrefix(tc.want, "error ") {
			continue
		}
		e, err := parse(tc.text, nil)
		if err != nil {
			t.Fatal(err)
		}
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		var fields []arrow.Field
		var cols []arrow.Array
		over := expr.Rewrite(e, func(x expr.Expr) expr.Expr {
			l, ok := x.(*expr.Literal)
			if !ok || l.Type().Kind == types.Unknown {
				return x
			}
			one, err := l.Eval(&expr.Ctx{Mem: mem}, oneRow())
			if err != nil {
				t.Fatal(err)
			}
			defer one.Release()
			cols = append(cols, alternating(mem, one, l.Type()))
			fields = append(fields, arrow.Field{Name: "c", Type: one.DataType(), Nullable: true})
			return expr.NewColumn(len(cols)-1, "c", l.Type(), 0)
		})
		rec := array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, 5)
		a, err := over.Eval(&expr.Ctx{Mem: mem}, rec)
		if c := sqlerr.Code(err); err != nil && (c == "22004" || c == sqlerr.InvalidParameterValue) { // where NULL is an error
			full := expr.TakeRecord(mem, rec, []int32{0, 2, 4, 0, 2})
			a, err = over.Eval(&expr.Ctx{Mem: mem}, full)
			full.Release()
		}
		switch {
		case err != nil && sqlerr.Code(err) == sqlerr.FeatureNotSupported: // a unit must be a constant
		case err != nil:
			t.Errorf("%s over columns: %v", tc.text, err)
		case len(cols) > 0:
			compared++
			for _, i := range []int{0, 2, 4} {
				if got := textAt(a, i, e.Type()); got != tc.want {
					t.Errorf("%s over columns is %s in row %d, want %s", tc.text, got, i, tc.want)
				}
			}
		}
		if err == nil {
			a.Release()
		}
		rec.Release()
		for _, c := range cols {
			c.Release()
		}
		mem.AssertSize(t, 0)
	}
	if compared < 400 {
		t.Errorf("only %d cases were compared", compared)
	}
}

// alternating is the value of one in rows 0, 2 and 4 of five, as a slice that begins at row 3 of its array.
func alternating(mem memory.Allocator, one arrow.Array, t types.Type) arrow.Array {
	b := array.NewBuilder(mem, t.Arrow())
	defer b.Release()
	b.AppendNull()
	null := b.NewArray()
	defer null.Release()
	both, err := array.Concatenate([]arrow.Array{one, null}, mem)
	if err != nil {
		panic(err)
	}
	defer both.Release()
	whole := expr.Take(mem, both, []int32{1, 1, 0, 0, 1, 0, 1, 0, 1})
	defer whole.Release()
	return array.NewSlice(whole, 3, 8)
}
