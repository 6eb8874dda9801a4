package expr

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// pool gives buffers back as they were, by size: what is measured is the kernels, not the collector.
type pool struct {
	mu   sync.Mutex
	free map[int][][]byte
}

func (p *pool) Allocate(size int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if list := p.free[size]; len(list) > 0 {
		p.free[size] = list[:len(list)-1]
		return list[len(list)-1]
	}
	return memory.NewGoAllocator().Allocate(size)
}

func (p *pool) Reallocate(size int, b []byte) []byte {
	out := p.Allocate(size)
	copy(out, b)
	p.Free(b)
	return out
}

func (p *pool) Free(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(b) > 0 {
		p.free[len(b)] = append(p.free[len(b)], b)
	}
}

func BenchmarkEval(b *testing.B) {
	const rows = 8192
	r := rand.New(rand.NewPCG(1, 1))
	ints := array.NewInt64Builder(memory.DefaultAllocator)
	texts := array.NewStringBuilder(memory.DefaultAllocator)
	nullable := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range rows {
		ints.Append(r.Int64N(10000))
		texts.Append([]string{"Google", "Baidu", "Facebook", "Apple"}[r.IntN(4)] + fmt.Sprint(i%10))
		if i%10 == 0 {
			nullable.AppendNull()
		} else {
			nullable.Append(r.Int64N(10000))
		}
	}
	fields := []arrow.Field{{Name: "a", Type: arrow.PrimitiveTypes.Int64}, {Name: "s", Type: arrow.BinaryTypes.String}, {Name: "n", Type: arrow.PrimitiveTypes.Int64}}
	rec := array.NewRecordBatch(arrow.NewSchema(fields, nil), []arrow.Array{ints.NewArray(), texts.NewArray(), nullable.NewArray()}, rows)
	big, text := types.Of(types.Int64), types.Of(types.Text)
	a, s, n := NewColumn(0, "a", big, 0), NewColumn(1, "s", text, 0), NewColumn(2, "n", big, 0)
	num := func(v int64) Expr { return NewLiteral(v, types.Of(types.Int32), 0) }
	str := func(v string) Expr { return NewLiteral(v, types.Of(types.Unknown), 0) }
	amount, _ := NewCast(a, types.DecimalOf(15, 2), false, 0)
	dec, err := amount.Eval(&Ctx{Mem: memory.DefaultAllocator}, rec)
	if err != nil {
		b.Fatal(err)
	}
	rec = array.NewRecordBatch(arrow.NewSchema(append(fields, arrow.Field{Name: "d", Type: dec.DataType()}), nil), append(rec.Columns(), dec), rows)
	d := NewColumn(3, "d", types.DecimalOf(15, 2), 0)
	call := func(name string, args ...Expr) Expr {
		e, err := NewCall(name, args, 0)
		if err != nil {
			b.Fatal(err)
		}
		return e
	}
	text10 := make([]Expr, 10)
	for i := range text10 {
		text10[i] = str(fmt.Sprint("Google", i))
	}
	inTexts, _ := NewIn(s, text10, false, 0)
	inInts, _ := NewIn(a, []Expr{num(1), num(500), num(7000)}, false, 0)
	toText, _ := NewCast(a, text, false, 0)
	chosen, _ := NewCase([]When{{call("<", a, num(1000)), str("low")}, {call("<", a, num(5000)), str("mid")}}, str("high"), 0)
	for _, bc := range []struct {
		name string
		e    Expr
	}{
		{"int_greater_const", call(">", a, num(5000))},
		{"int_greater_const_nulls", call(">", n, num(5000))},
		{"text_equal_const", call("=", s, str("Google3"))},
		{"and_of_two", call("and", call(">", a, num(1000)), call("<", a, num(5000)))},
		{"add_int64", call("+", a, a)},
		{"add_int64_nulls", call("+", a, n)},
		{"add_int64_const", call("+", a, num(1))},
		{"mul_int64_const", call("*", a, num(3))},
		{"mul_decimal", call("*", a, NewLiteral(decimal128.FromI64(908), types.DecimalOf(3, 3), 0))},
		{"mul_decimals", call("*", d, d)},
		{"one_minus_decimal", call("-", num(1), d)},
		{"decimal_less_const", call("<", d, NewLiteral(decimal128.FromI64(500000), types.DecimalOf(6, 2), 0))},
		{"mod_int64_const", call("%", a, num(123))},
		{"in_3_ints", inInts},
		{"in_10_texts", inTexts},
		{"like_prefix", call("like", s, str("Goo%"))},
		{"case_of_3", chosen},
		{"coalesce", call("coalesce", n, num(0))},
		{"upper", call("upper", s)},
		{"cast_to_text", toText},
	} {
		b.Run(bc.name, func(b *testing.B) {
			ctx := &Ctx{Mem: &pool{free: map[int][][]byte{}}}
			b.ReportAllocs()
			for b.Loop() {
				out, err := bc.e.Eval(ctx, rec)
				if err != nil {
					b.Fatal(err)
				}
				out.Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
	b.Run("select", func(b *testing.B) {
		mask, _ := call(">", a, num(5000)).Eval(&Ctx{Mem: memory.DefaultAllocator}, rec)
		var into []int32
		for b.Loop() {
			into = Select(mask, into[:0])
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	})
	b.Run("take_int64_half", func(b *testing.B) { benchmarkTake(b, rec.Column(0)) })
	b.Run("take_text_half", func(b *testing.B) { benchmarkTake(b, rec.Column(1)) })
}

func benchmarkTake(b *testing.B, a arrow.Array) {
	rows := make([]int32, a.Len()/2)
	for i := range rows {
		rows[i] = int32(2 * i)
	}
	mem := &pool{free: map[int][][]byte{}}
	for b.Loop() {
		Take(mem, a, rows).Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
}
