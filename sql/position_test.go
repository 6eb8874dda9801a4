package sql

import (
	"reflect"
	"strings"
	"testing"

	"millrace/sqlerr"
)

// eachNode calls f with every part of a statement that has a place.
func eachNode(v reflect.Value, f func(x any, at sqlerr.Pos)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			eachNode(v.Elem(), f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachNode(v.Index(i), f)
		}
	case reflect.Struct:
		if n := v.FieldByName("Node"); n.IsValid() && n.Type() == reflect.TypeFor[Node]() {
			f(v.Addr().Interface(), n.Interface().(Node).At)
		}
		for i := range v.NumField() {
			if v.Field(i).CanInterface() {
				eachNode(v.Field(i), f)
			}
		}
	}
}

// places checks that all places of a statement are in the text. A window that is only a name and an alias that is left out have none.
func places(t *testing.T, s Statement, text string) {
	t.Helper()
	eachNode(reflect.ValueOf(s), func(x any, at sqlerr.Pos) {
		if off, ok := at.Offset(); !ok || off >= len(text) {
			t.Fatalf("%q: a %T stands at %d of %d", text, x, off, len(text))
		}
	})
}

func TestEveryPartHasAPlaceInTheText(t *testing.T) {
	for _, in := range allStatements() {
		stmts, err := Parse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		places(t, stmts[0], in)
	}
}

// TestPartsStandAtTheirToken marks the place with ^ in front of it. It is that of the one part of the given type, or of
// the first one that prints as given.
func TestPartsStandAtTheirToken(t *testing.T) {
	for _, tc := range []struct{ in, part string }{
		{"SELECT ^price FROM t", "Ident"},
		{"SELECT b.c + ^b.price FROM t", "Ident b.price"},
		{"SELECT a ^+ b", "Binary"},
		{"SELECT a + b ^* c", "Binary b * c"},
		{"SELECT (a + b) ^* c", "Binary (a + b) * c"},
		{"SELECT a ^|| b", "Binary"},
		{"SELECT a AND b ^OR c", "Binary (a AND b) OR c"},
		{"SELECT a ^-> 'b'", "Binary"},
		{"SELECT a + b::int ^> (3)", "Binary (a + CAST(b AS INT)) > 3"},
		{"SELECT ^-a", "Unary"},
		{"SELECT ^NOT a", "Unary"},
		{"SELECT a, ^ count ( * )", "Call"},
		{"SELECT ^pg_catalog.upper(a)", "Call"},
		{"SELECT a^::int", "Cast"},
		{"SELECT 1, ^CAST(a AS int)", "Cast"},
		{"SELECT 1 + ^CASE WHEN a THEN b END", "Case"},
		{"SELECT a + 1 ^IN (1)", "In"},
		{"SELECT a + 1 ^NOT IN (SELECT 1)", "In"},
		{"SELECT a + 1 ^BETWEEN 1 AND 2", "Between"},
		{"SELECT a + 1 ^NOT LIKE 'x'", "Like"},
		{"SELECT a + 1 ^IS NOT NULL", "Is"},
		{"SELECT a ^IS DISTINCT FROM b", "IsDistinct"},
		{"SELECT a ^= ANY (b)", "Quantified"},
		{"SELECT a AND ^EXISTS (SELECT 1)", "Exists"},
		{"SELECT 1 + ^(SELECT 2)", "Subquery"},
		{"SELECT ^EXTRACT(hour FROM a)", "Extract"},
		{"SELECT a ^AT TIME ZONE 'UTC'", "AtTimeZone"},
		{"SELECT 1, ^ARRAY[2]", "ArrayLit"},
		{"SELECT 1, ^ROW(2)", "RowLit"},
		{"SELECT a^[1]", "Subscript"},
		{"SELECT (a).^b", "FieldOf"},
		{"SELECT 1, ^'x'", "StringLit"},
		{"SELECT ^12", "NumberLit"},
		{"SELECT ^NULL", "NullLit"},
		{"SELECT ^TRUE", "BoolLit"},
		{"SELECT ^DATE '2026-01-01'", "TypedLit"},
		{"SELECT a + ^INTERVAL '1' DAY", "IntervalLit"},
		{"SELECT ^$1", "Param"},
		{"SELECT a AS ^b", "Name"},
		{"SELECT a FROM ^s.t", "TableName"},
		{"SELECT a FROM t JOIN ^u ON x", "TableName u"},
		{"SELECT a FROM TABLE(^TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY))", "TableFunc"},
		{"SELECT a FROM f(1, ^b)", "FuncArg b"},
		{"SELECT sum(a) OVER ^(PARTITION BY b)", "WindowSpec"},
		{"SELECT a FROM t ^EMIT CHANGES", "Emit"},
		{"SELECT a FROM t GROUP BY a, ^ROLLUP (b)", "GroupItem ROLLUP (b)"},
		{"SELECT 1 FROM (^SELECT 2) x", "Select SELECT 2"},
		{"SELECT 1 FROM (^VALUES (2)) x", "Values"},
		{"CREATE TABLE t (a INT, ^WATERMARK FOR ts AS ts)", "WatermarkDef"},
		{"CREATE TABLE t (a INT, b AS ^a + 1)", "Ident"},
		{"CREATE TABLE t (a INT) WITH (a.b = ^'x')", "Value"},
		{" /* c */ ^SELECT 1", "SelectStatement"},
	} {
		t.Run(tc.in, func(t *testing.T) {
			want := strings.Index(tc.in, "^")
			in := tc.in[:want] + tc.in[want+1:]
			for in[want] == ' ' {
				want++
			}
			stmts, err := Parse("SELECT 0;"+in, nil) // places count from the start of the whole text
			if err != nil {
				t.Fatal(sqlerr.Render(err, in, ""))
			}
			kind, printed, _ := strings.Cut(tc.part, " ")
			found := -1
			eachNode(reflect.ValueOf(stmts[1]), func(x any, at sqlerr.Pos) {
				if found < 0 && reflect.TypeOf(x).Elem().Name() == kind && (printed == "" || printPart(x) == printed) {
					found, _ = at.Offset()
				}
			})
			if found -= len("SELECT 0;"); found != want {
				t.Errorf("%s stands at %d, want %d", tc.part, found, want)
			}
		})
	}
}

func printPart(x any) string {
	p := &printer{}
	switch x := x.(type) {
	case Expr:
		p.expr(x)
	case Body:
		p.body(x)
	case TableRef:
		p.tableRef(x)
	case *GroupItem:
		p.groupItem(*x)
	case *FuncArg:
		p.funcArg(*x)
	}
	return p.b.String()
}
