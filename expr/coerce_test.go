package expr_test

import (
	"testing"

	"millrace/expr"
	"millrace/types"
)

func TestCommonTypes(t *testing.T) {
	of := types.Of
	dec := types.DecimalOf
	for _, tc := range []struct {
		name string
		ts   []types.Type
		want types.Type
		ok   bool
	}{
		{"whole numbers widen", []types.Type{of(types.Int16), of(types.Int64), of(types.Int32)}, of(types.Int64), true},
		{"a whole number and decimals keep all digits", []types.Type{of(types.Int64), dec(10, 4)}, dec(23, 4), true},
		{"decimals keep whole digits and scale", []types.Type{dec(5, 0), dec(5, 4)}, dec(9, 4), true},
		{"at most 38 digits", []types.Type{dec(38, 0), dec(38, 20)}, dec(38, 20), true},
		{"decimals and DOUBLE", []types.Type{dec(5, 2), of(types.Float64)}, of(types.Float64), true},
		{"a REAL wins over whole numbers", []types.Type{of(types.Int64), of(types.Float32)}, of(types.Float32), true},
		{"NULLs and literals do not count", []types.Type{of(types.Unknown), of(types.Date), of(types.Unknown)}, of(types.Date), true},
		{"only literals are text", []types.Type{of(types.Unknown), of(types.Unknown)}, of(types.Text), true},
		{"dates become timestamps", []types.Type{of(types.Date), of(types.Timestamp)}, of(types.Timestamp), true},
		{"and those with a zone", []types.Type{of(types.TimestampTZ), of(types.Timestamp)}, of(types.TimestampTZ), true},
		{"elements of arrays", []types.Type{types.ArrayOf(of(types.Int32)), types.ArrayOf(of(types.Int64))}, types.ArrayOf(of(types.Int64)), true},
		{"text and a number", []types.Type{of(types.Text), of(types.Int32)}, types.Type{}, false},
		{"a Boolean and a number", []types.Type{of(types.Bool), of(types.Int32)}, types.Type{}, false},
		{"a time and a date", []types.Type{of(types.Time), of(types.Date)}, types.Type{}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := expr.CommonType(tc.ts)
			if ok != tc.ok || ok && !got.Equal(tc.want) {
				t.Errorf("CommonType(%v) = %s, %v; want %s, %v", tc.ts, got, ok, tc.want, tc.ok)
			}
		})
	}
}

func TestWhatGoesIntoAnArgumentAndIntoAColumn(t *testing.T) {
	of, dec := types.Of, types.DecimalOf
	for _, tc := range []struct {
		from           string
		to             types.Type
		coerce, assign bool
	}{
		{"id", of(types.Int64), true, true},
		{"price", of(types.Int32), false, true},
		{"price", of(types.Float64), true, true},
		{"price", dec(19, 0), true, true},
		{"rate", of(types.Int32), false, false},
		{"rate", of(types.Float32), false, false},
		{"rate", dec(10, 2), false, false},
		{"cost", dec(12, 4), true, true},
		{"cost", dec(10, 1), true, false},
		{"cost", of(types.Float64), true, true},
		{"cost", of(types.Int64), false, false},
		{"price", of(types.Text), false, true},
		{"tags", of(types.Text), false, true},
		{"name", of(types.Int32), false, false},
		{"ok", of(types.Int32), false, false},
		{"day", of(types.Timestamp), true, true},
		{"at", of(types.TimestampTZ), true, true},
		{"at", of(types.Date), false, false},
		{"now()", of(types.Timestamp), false, true},
		{"tags", types.ArrayOf(of(types.Text)), true, true},
		{"'5'", of(types.Int32), true, true},
		{"'2026-01-01'", of(types.Timestamp), true, true},
		{"null", of(types.UUID), true, true},
		{"5", of(types.Int16), false, true},
		{"70000", of(types.Int16), false, false},
		{"12.5", of(types.Int32), false, false},
		{"12.0", of(types.Int32), false, true},
		{"12.5", dec(5, 1), true, true},
		{"12.55", dec(5, 1), true, false},
		{"12.5", of(types.Float64), true, true},
		{"'{1}'", types.ArrayOf(of(types.Int32)), true, true},
		{"'{1}'", types.MapOf(of(types.Text), of(types.Int32)), false, false},
	} {
		e := mustParse(t, tc.from)
		for _, way := range []struct {
			name string
			f    func(expr.Expr, types.Type) (expr.Expr, bool)
			want bool
		}{{"Coerce", expr.Coerce, tc.coerce}, {"Assign", expr.Assign, tc.assign}} {
			got, ok := way.f(e, tc.to)
			if ok != way.want {
				t.Errorf("%s(%s, %s) is %v, want %v", way.name, tc.from, tc.to, ok, way.want)
			}
			if ok && !got.Type().Equal(tc.to) {
				t.Errorf("%s(%s, %s) is of type %s", way.name, tc.from, tc.to, got.Type())
			}
		}
	}
}

func TestALiteralThatDoesNotParseFailsWhenItIsComputed(t *testing.T) {
	e, ok := expr.Coerce(mustParse(t, "'x'"), types.Of(types.Int32))
	if !ok {
		t.Fatal("Coerce refuses a string literal")
	}
	if _, err := values(t, e); err == nil || err.Error() != `invalid input syntax for type INT: "x"` {
		t.Errorf("the error is %v", err)
	}
}

func TestABigintIsCheckedWhenItGoesIntoAnInt(t *testing.T) {
	e, ok := expr.Assign(mustParse(t, "price * 100000000"), types.Of(types.Int32))
	if !ok {
		t.Fatal("Assign refuses a BIGINT for an INT")
	}
	if _, err := values(t, e); err == nil || err.Error() != "10000000000 is out of range for INT, in CAST(price * 100000000 AS INT)" {
		t.Errorf("the error is %v", err)
	}
}
