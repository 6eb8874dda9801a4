package expr

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// Every pair of numbers around the edges of 64 and 128 bits, as columns and as constants, by all six comparisons, sums
// and differences, against math/big.
func TestDecimalsOf128Bits(t *testing.T) {
	var edge []decimal128.Num
	for _, hi := range []int64{0, 1, -1, 1 << 40, -1 << 40} {
		for _, lo := range []uint64{0, 1, 1 << 63, 1<<63 - 1, 1<<64 - 1} {
			edge = append(edge, decimal128.New(hi, lo))
		}
	}
	typ := types.DecimalOf(36, 0)
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	ctx := &Ctx{Mem: mem}
	columns := func(x, y []decimal128.Num) arrow.RecordBatch {
		b := array.NewRecordBuilder(mem, types.Schema{{Name: "x", Type: typ}, {Name: "y", Type: typ}}.Arrow())
		defer b.Release()
		b.Field(0).(*array.Decimal128Builder).AppendValues(x, nil)
		b.Field(1).(*array.Decimal128Builder).AppendValues(y, nil)
		return b.NewRecordBatch()
	}
	for _, c := range edge {
		constant := make([]decimal128.Num, len(edge))
		for i := range constant {
			constant[i] = c
		}
		rec := columns(edge, constant)
		x, y, lit := NewColumn(0, "x", typ, 0), NewColumn(1, "y", typ, 0), NewLiteral(c, typ, 0)
		for op, holds := range map[string]func(cmp int) bool{
			"=": func(c int) bool { return c == 0 }, "<>": func(c int) bool { return c != 0 }, "<": func(c int) bool { return c < 0 },
			"<=": func(c int) bool { return c <= 0 }, ">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 },
		} {
			for _, args := range [][]Expr{{x, y}, {x, lit}, {lit, x}} {
				out := evalCall(t, ctx, rec, op, args)
				for i, v := range edge {
					cmp := v.BigInt().Cmp(c.BigInt())
					if args[0] == Expr(lit) {
						cmp = -cmp
					}
					if got := out.(*array.Boolean).Value(i); got != holds(cmp) {
						t.Errorf("%s %s %s, as %v: %v", v.BigInt(), op, c.BigInt(), args, got)
					}
				}
				out.Release()
			}
		}
		sum, difference := evalCall(t, ctx, rec, "+", []Expr{x, y}), evalCall(t, ctx, rec, "-", []Expr{x, y})
		for i, v := range edge {
			big := v.BigInt()
			if got, want := sum.(*array.Decimal128).Value(i).BigInt(), fmt.Sprint(big.Add(big, c.BigInt())); got.String() != want {
				t.Errorf("%s + %s is %s", v.BigInt(), c.BigInt(), got)
			}
			big = v.BigInt()
			if got, want := difference.(*array.Decimal128).Value(i).BigInt(), fmt.Sprint(big.Sub(big, c.BigInt())); got.String() != want {
				t.Errorf("%s - %s is %s", v.BigInt(), c.BigInt(), got)
			}
		}
		sum.Release()
		difference.Release()
		rec.Release()
	}
}

func evalCall(t *testing.T, ctx *Ctx, rec arrow.RecordBatch, op string, args []Expr) arrow.Array {
	t.Helper()
	e, err := NewCall(op, args, 0)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Eval(ctx, rec)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
