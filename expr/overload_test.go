package expr

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// argTypes lists the argument types to try an overload with.
func argTypes(name string, o *Overload) [][]types.Type {
	one := func(k types.Kind) types.Type {
		switch k {
		case types.Decimal:
			return types.DecimalOf(12, 2)
		case types.Array:
			return types.ArrayOf(types.Of(types.Text))
		case types.Map:
			return types.MapOf(types.Of(types.Text), types.Of(types.Float64))
		case anyScalar:
			return types.Of(types.Int64)
		case anyType:
			return types.Of(types.Text)
		case anyArray, intArray:
			return types.ArrayOf(types.Of(types.Int32))
		case anyElement:
			return types.Of(types.Int32)
		case textArray:
			return types.ArrayOf(types.Of(types.Text))
		case oidArg:
			return types.SysOf(types.SysOID)
		case relationArg:
			return types.SysOf(types.SysRegClass)
		case nodeTree:
			return types.SysOf(types.SysNodeTree)
		case types.Row:
			return types.RowOf(types.Field{Name: "a", Type: types.Of(types.Int32)}, types.Field{Name: "b", Type: types.Of(types.Text)})
		}
		return types.Of(k)
	}
	var alike []types.Type
	for _, t := range sampleTypes() {
		for _, k := range o.Args {
			if k == sameType && hasOrder(t) || k == sameNumber && t.Numeric() {
				alike = append(alike, t)
				break
			}
		}
	}
	if alike == nil {
		alike = []types.Type{{}}
	}
	var out [][]types.Type
	for _, a := range alike {
		args := make([]types.Type, len(o.Args))
		for i, k := range o.Args {
			if args[i] = one(k); k == sameType || k == sameNumber {
				args[i] = a
			}
		}
		if o.Variadic {
			args = append(args, args[len(args)-1])
		}
		out = append(out, args)
	}
	return out
}

// unitOf is the literal that a function wants as its first argument, if it wants one.
func unitOf(name string, args []types.Type) string {
	switch {
	case name != "extract" && name != "date_part" && name != "date_trunc":
		return ""
	case args[1].Kind == types.Date:
		return "year"
	}
	return "hour"
}

func TestEveryOverloadGivesTheSameForRowsAloneAndTogether(t *testing.T) {
	for _, f := range Functions() {
		for i := range f.Overloads {
			o := &f.Overloads[i]
			for _, ts := range argTypes(f.Name, o) {
				if f.Name == "%" && (ts[0].Kind == types.Float32 || ts[0].Kind == types.Float64) || f.Name == "mod" && ts[0].Kind >= types.Float32 && ts[0].Kind <= types.Float64 {
					continue // there is none
				}
				if f.Name == "pg_sleep" {
					continue // which has a test of its own, and takes its time
				}
				t.Run(fmt.Sprintf("%s%v", f.Name, ts), func(t *testing.T) {
					for _, nulls := range []int{0, 3, 10} {
						checkOverload(t, f.Name, o, ts, nulls)
					}
				})
			}
		}
	}
}

func checkOverload(t *testing.T, name string, o *Overload, ts []types.Type, nulls int) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	r := rand.New(rand.NewPCG(7, uint64(nulls)))
	const rows = 70
	fields, cols := make([]arrow.Field, len(ts)), make([]arrow.Array, len(ts))
	args := make([]Expr, len(ts))
	for i, typ := range ts {
		whole := randomArray(mem, typ, rows+5, nulls, r)
		cols[i] = array.NewSlice(whole, 5, rows+5)
		whole.Release()
		defer cols[i].Release()
		fields[i] = arrow.Field{Name: fmt.Sprint("c", i), Type: typ.Arrow(), Nullable: true}
		args[i] = NewColumn(i, fields[i].Name, typ, 0)
	}
	if u := unitOf(name, ts); u != "" {
		args[0] = NewLiteral(u, types.Of(types.Text), 0)
	}
	rec := array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, rows)
	defer rec.Release()
	call, err := NewCallOn(evenObjects{}, name, args, 0)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := call.(*Call); ok && c.overload != o {
		t.Fatalf("resolved to the overload %s", c.overload.Signature())
	}
	ctx := &Ctx{Mem: mem, Now: 1}
	if o.Volatility == Each {
		a, err := call.Eval(ctx, rec)
		if err != nil || a.Len() != rows {
			t.Fatalf("%v, %v", a, err)
		}
		a.Release()
		return
	}

	// Row by row first: that is the reference.
	want := make([]string, rows)
	var fine []int32
	for i := range rows {
		one := rec.NewSlice(int64(i), int64(i)+1)
		a, err := call.Eval(ctx, one)
		one.Release()
		if err != nil {
			if !fails(call) {
				t.Fatalf("row %d fails, and the overload says that it does not: %v", i, err)
			}
			continue
		}
		fine = append(fine, int32(i))
		want[i] = valueText(a, 0, call.Type())
		anyNull := false
		for k, c := range cols {
			anyNull = anyNull || args[k] != nil && isColumn(args[k]) && c.IsNull(i)
		}
		if o.Strict && len(args) > 0 && o.Prepare == nil && (want[i] == "NULL") != anyNull {
			t.Fatalf("row %d is %s, and a NULL among its arguments is %v", i, want[i], anyNull)
		}
		a.Release()
	}
	if len(fine) < rows {
		if a, err := call.Eval(ctx, rec); err == nil {
			a.Release()
			t.Errorf("%d rows fail alone, and none together", rows-len(fine))
		}
	}
	part := TakeRecord(mem, rec, fine)
	defer part.Release()
	compareRows(t, "together", call, ctx, part, func(i int) string { return want[fine[i]] })
	for _, cut := range [][2]int{{0, 0}, {1, min(66, len(fine))}, {min(64, len(fine)), len(fine)}} {
		if cut[0] > cut[1] {
			continue
		}
		piece := part.NewSlice(int64(cut[0]), int64(cut[1]))
		compareRows(t, fmt.Sprint("rows ", cut), call, ctx, piece, func(i int) string { return want[fine[cut[0]+i]] })
		piece.Release()
	}

	// Each argument as a constant: the value of some row, against a column that repeats it.
	for k := range args {
		if !isColumn(args[k]) || len(fine) == 0 {
			continue
		}
		row := int(fine[r.IntN(len(fine))])
		v, ok := valueAt(cols[k], row, ts[k])
		if !ok {
			continue
		}
		constant := append([]Expr{}, args...)
		constant[k] = NewLiteral(v, ts[k], 0)
		repeated := append([]arrow.Array{}, cols...)
		index := make([]int32, rows)
		for i := range index {
			index[i] = int32(row)
		}
		repeated[k] = Take(mem, cols[k], index)
		both := array.NewRecordBatch(rec.Schema(), repeated, rows)
		c, err := NewCallOn(evenObjects{}, name, constant, 0)
		if err != nil {
			if !fails(call) {
				t.Errorf("argument %d as the constant %v: %v", k, v, err)
			}
		} else {
			a, errA := call.Eval(ctx, both)
			b, errB := c.Eval(ctx, both)
			if (errA == nil) != (errB == nil) {
				t.Errorf("argument %d is %v: %v as a column, %v as a constant", k, v, errA, errB)
			}
			if errA == nil && errB == nil {
				for i := range rows {
					x, y := valueText(a, i, call.Type()), valueText(b, i, c.Type())
					if x != y && !strings.HasPrefix(name, "round") && !strings.HasPrefix(name, "trunc") { // whose scale is then another
						t.Fatalf("argument %d is %v, row %d: %s as a column, %s as a constant", k, v, i, x, y)
					}
				}
			}
			for _, x := range []arrow.Array{a, b} {
				if x != nil {
					x.Release()
				}
			}
		}
		both.Release()
		repeated[k].Release()
	}
}

func isColumn(e Expr) bool { _, ok := e.(*Column); return ok }

func compareRows(t *testing.T, how string, e Expr, ctx *Ctx, rec arrow.RecordBatch, want func(i int) string) {
	t.Helper()
	a, err := e.Eval(ctx, rec)
	if err != nil {
		t.Errorf("%s: %v", how, err)
		return
	}
	defer a.Release()
	if a.Len() != int(rec.NumRows()) || !arrow.TypeEqual(a.DataType(), e.Type().Arrow()) {
		t.Fatalf("%s: %d rows of %s, want %d of %s", how, a.Len(), a.DataType(), rec.NumRows(), e.Type())
	}
	nulls := 0
	for i := range a.Len() {
		if got := valueText(a, i, e.Type()); got != want(i) {
			t.Fatalf("%s: row %d is %s, want %s", how, i, got, want(i))
		}
		if a.IsNull(i) {
			nulls++
		}
	}
	if a.NullN() != nulls {
		t.Errorf("%s: %d NULLs counted, there are %d", how, a.NullN(), nulls)
	}
}

func valueText(a arrow.Array, i int, t types.Type) string {
	if a.IsNull(i) {
		return "NULL"
	}
	return string(types.AppendText(nil, a, i, t))
}

// evenObjects is a catalog of what has an even OID.
type evenObjects struct{}

func (evenObjects) OID(_ types.Sys, name string) (uint32, error) {
	if len(name)%2 == 1 {
		return 0, sqlerr.New(sqlerr.UndefinedTable, 0, "%q does not exist", name)
	}
	return uint32(len(name)), nil
}
func (evenObjects) Name(_ types.Sys, oid uint32) (string, bool) {
	return fmt.Sprint("o", oid), oid%2 == 0
}
func (evenObjects) Visible(_ types.Sys, oid uint32) (v, some bool) { return oid%4 == 0, oid%2 == 0 }
func (evenObjects) Definition(d Definition, oid uint32, part int) (string, bool) {
	return fmt.Sprint(d, oid, part), oid%2 == 0
}
func (evenObjects) Description(of string, oid uint32, part int) (string, bool) {
	return fmt.Sprint(of, oid, part), oid%2 == 0
}
func (evenObjects) Size(oid uint32) (int64, bool) { return int64(oid), oid%2 == 0 }
func (evenObjects) Signal(pid int64, end bool) (bool, error) {
	return pid%2 == 0, nil
}
func (evenObjects) Started() int64 { return 1 }
