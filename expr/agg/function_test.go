package agg

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

func TestResolveTypesAreThoseOfPostgres(t *testing.T) {
	for _, tc := range []struct{ name, arg, want string }{
		{"count", "TEXT", "BIGINT"},
		{"sum", "SMALLINT", "BIGINT"},
		{"sum", "INT", "BIGINT"},
		{"sum", "BIGINT", "DECIMAL(38,0)"},
		{"sum", "DECIMAL(10,2)", "DECIMAL(38,2)"},
		{"sum", "REAL", "REAL"},
		{"sum", "DOUBLE", "DOUBLE"},
		{"avg", "INT", "DECIMAL(38,16)"},
		{"avg", "DECIMAL(30,20)", "DECIMAL(38,20)"},
		{"avg", "REAL", "DOUBLE"},
		{"max", "TIMESTAMP", "TIMESTAMP"},
		{"min", "DECIMAL(10,2)", "DECIMAL(10,2)"},
		{"stddev", "DOUBLE", "DOUBLE"},
		{"bit_or", "SMALLINT", "SMALLINT"},
		{"every", "BOOLEAN", "BOOLEAN"},
	} {
		for _, typ := range append(sampleTypes(), types.DecimalOf(10, 2), types.DecimalOf(30, 20)) {
			if typ.String() != tc.arg {
				continue
			}
			c, err := Resolve(tc.name, []types.Type{typ}, false, 0)
			if err != nil || c.Result.String() != tc.want || c.Name != tc.name {
				t.Errorf("%s(%s) is %s %s, %v; want %s", tc.name, tc.arg, c.Name, c.Result, err, tc.want)
			}
		}
	}
}

func TestResolveTellsWhatIsWrong(t *testing.T) {
	text, i := types.Of(types.Text), types.Of(types.Int32)
	for _, tc := range []struct {
		name          string
		args          []types.Type
		distinct      bool
		message, hint string
	}{
		{"summ", []types.Type{i}, false, "aggregate function summ(int) does not exist", `Did you mean "sum"?`},
		{"sum", []types.Type{text}, false, "function sum(text) does not exist", "sum takes one number: SMALLINT, INT, BIGINT, DECIMAL, REAL or DOUBLE."},
		{"avg", []types.Type{i, i}, false, "function avg(int, int) does not exist", "avg takes one number"},
		{"sum", nil, false, "function sum() does not exist", "sum takes one number"},
		{"max", []types.Type{types.Of(types.Bool)}, false, "function max(boolean) does not exist", "bool_or"},
		{"bool_and", []types.Type{i}, false, "function bool_and(int) does not exist", "bool_and takes one BOOLEAN."},
		{"count", nil, true, "count(DISTINCT *) does not exist", "Name a column"},
	} {
		_, err := Resolve(tc.name, tc.args, tc.distinct, sqlerr.At(7))
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != sqlerr.UndefinedFunction || e.Pos != sqlerr.At(7) || e.Message != tc.message || !strings.Contains(e.Hint, tc.hint) {
			t.Errorf("%s: %#v", tc.message, err)
		}
	}
}

func TestDistinctIsPartOfTheNameWhereItMatters(t *testing.T) {
	for name, want := range map[string]string{"count": "count_distinct", "sum": "sum_distinct", "max": "max", "bit_xor": "bit_xor_distinct", "bit_or": "bit_or"} {
		if c, err := Resolve(name, []types.Type{types.Of(types.Int64)}, true, 0); err != nil || c.Name != want {
			t.Errorf("%s: %q, %v", name, c.Name, err)
		}
	}
}

func TestEveryFunctionIsInTheManual(t *testing.T) {
	names := Names()
	for _, f := range Functions() {
		if f.Doc == "" || !strings.HasPrefix(f.Example, f.Name+"(") || f.takes == "" || !IsAggregate(f.Name) {
			t.Errorf("%+v", f)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(Functions()) || IsAggregate("lower") {
		t.Errorf("names %v", names)
	}
}

// decimals are numbers of 38 digits at most, as text without a point.
func decimals(t *testing.T, mem memory.Allocator, scale int32, vals ...string) arrow.Array {
	b := array.NewDecimal128Builder(mem, &arrow.Decimal128Type{Precision: 38, Scale: scale})
	defer b.Release()
	for _, v := range vals {
		n, err := decimal128.FromString(v, 38, 0)
		must(t, err)
		b.Append(n)
	}
	return b.NewArray()
}

func doubles(mem memory.Allocator, vals ...float64) arrow.Array {
	b := array.NewFloat64Builder(mem)
	defer b.Release()
	b.AppendValues(vals, nil)
	return b.NewArray()
}

func TestValuesAtTheEdges(t *testing.T) {
	i64, dec2 := types.Of(types.Int64), types.DecimalOf(38, 2)
	nines := strings.Repeat("9", 38)
	for _, tc := range []struct {
		what, name string
		arg        types.Type
		vals       func(memory.Allocator) arrow.Array
		want       string // "error" for 22003
	}{
		{"a sum of BIGINT may pass BIGINT", "sum", i64, func(m memory.Allocator) arrow.Array { return int64s(m, math.MaxInt64, math.MaxInt64) }, "18446744073709551614"},
		{"and below", "sum", i64, func(m memory.Allocator) arrow.Array { return int64s(m, math.MinInt64, math.MinInt64, -1) }, "-18446744073709551617"},
		{"the largest DECIMAL", "sum", dec2, func(m memory.Allocator) arrow.Array { return decimals(t, m, 2, nines, "0") }, nines},
		{"one more", "sum", dec2, func(m memory.Allocator) arrow.Array { return decimals(t, m, 2, nines, "1") }, "error"},
		{"one less", "sum", dec2, func(m memory.Allocator) arrow.Array { return decimals(t, m, 2, "-"+nines, "-1") }, "error"},
		{"more than 128 bits", "sum", dec2, func(m memory.Allocator) arrow.Array { return decimals(t, m, 2, nines, nines, nines) }, "error"},
		{"an average of halves rounds away from zero", "avg", types.DecimalOf(38, 16), func(m memory.Allocator) arrow.Array { return decimals(t, m, 16, "1", "2") }, "2"},
		{"also below zero", "avg", types.DecimalOf(38, 16), func(m memory.Allocator) arrow.Array { return decimals(t, m, 16, "-1", "-2") }, "-2"},
		{"less than a half rounds to zero", "avg", types.DecimalOf(38, 16), func(m memory.Allocator) arrow.Array { return decimals(t, m, 16, "1", "0", "0") }, "0"},
		{"an average of thirds", "avg", i64, func(m memory.Allocator) arrow.Array { return int64s(m, 1, 0, 0) }, "3333333333333333"},
		{"an average with too many digits", "avg", dec2, func(m memory.Allocator) arrow.Array { return decimals(t, m, 2, nines) }, "error"},
		{"the largest BIGINT as the smallest", "min", i64, func(m memory.Allocator) arrow.Array { return int64s(m, math.MaxInt64) }, "9223372036854775807"},
		{"the smallest BIGINT as the largest", "max", i64, func(m memory.Allocator) arrow.Array { return int64s(m, math.MinInt64) }, "-9223372036854775808"},
		{"NaN is above Infinity", "max", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, math.NaN(), math.Inf(1)) }, "~NaN"},
		{"and not below anything", "min", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, math.NaN(), math.Inf(1)) }, "~+Inf"},
		{"a sum of doubles that overflows", "sum", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, 1e308, 1e308) }, "error"},
		{"a sum with infinities", "sum", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, 1, math.Inf(-1)) }, "~-Inf"},
		{"opposite infinities", "sum", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, math.Inf(1), math.Inf(-1)) }, "~NaN"},
		{"a variance that overflows", "variance", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, 1e300, -1e300) }, "error"},
		{"a variance with an infinity", "var_pop", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, math.Inf(1)) }, "~NaN"},
		{"a sample of one", "stddev", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, 5) }, "NULL"},
		{"a variance far from zero", "var_samp", types.Of(types.Float64), func(m memory.Allocator) arrow.Array { return doubles(m, 1e9+4, 1e9+7, 1e9+13, 1e9+16) }, "~30"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			mem := checked(t)
			c, err := Resolve(tc.name, []types.Type{tc.arg}, false, 0)
			must(t, err)
			acc := c.New(mem)
			defer acc.Release()
			acc.Grow(1)
			vals := tc.vals(mem)
			defer vals.Release()
			got := ""
			err = acc.Update(make([]uint32, vals.Len()), []arrow.Array{vals}, nil)
			if err == nil {
				var a arrow.Array
				if a, err = acc.Result(nil); err == nil {
					got = cell(a, 0)
					a.Release()
				}
			}
			if err != nil {
				if got = "error"; sqlerr.Code(err) != sqlerr.NumericOutOfRange {
					t.Errorf("%v has code %s", err, sqlerr.Code(err))
				}
			}
			if got != tc.want {
				t.Errorf("got %s (%v), want %s", got, err, tc.want)
			}
		})
	}
}

func TestSumOfIntOverflows(t *testing.T) {
	mem := checked(t)
	s := &sumInt{mem: mem, cells: []intCell{{sum: math.MaxInt64 - 1, n: 1}, {sum: math.MinInt64 + 1, n: 1}}}
	b := array.NewInt32Builder(mem)
	defer b.Release()
	b.AppendValues([]int32{1, -1}, nil)
	vals := b.NewArray()
	defer vals.Release()
	must(t, s.Update([]uint32{0, 1}, []arrow.Array{vals}, nil))
	for _, sign := range [][]int8{nil, {1, 1}} {
		for g := range uint32(2) {
			row := array.NewSlice(vals, int64(g), int64(g+1))
			before := s.cells[g]
			if err := s.Update([]uint32{g}, []arrow.Array{row}, signs(sign, 0, min(1, len(sign)))); sqlerr.Code(err) != sqlerr.NumericOutOfRange {
				t.Errorf("group %d: %v", g, err)
			}
			s.cells[g] = before
			row.Release()
		}
	}
}

func TestInfinitiesCanBeTakenBack(t *testing.T) {
	mem := checked(t)
	for _, name := range []string{"sum", "avg", "variance"} {
		c, err := Resolve(name, []types.Type{types.Of(types.Float64)}, false, 0)
		must(t, err)
		acc := c.New(mem)
		acc.Grow(1)
		vals := doubles(mem, 1, 3, math.NaN(), math.Inf(1))
		must(t, acc.Update(make([]uint32, 4), []arrow.Array{vals}, nil))
		gone := array.NewSlice(vals, 2, 4)
		must(t, acc.Update(make([]uint32, 2), []arrow.Array{gone}, []int8{-1, -1}))
		if got, want := results(t, acc)[0], map[string]string{"sum": "~4", "avg": "~2", "variance": "~2"}[name]; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
		release(vals, gone)
		acc.Release()
	}
}

func TestLongestTextsDoNotPileUp(t *testing.T) {
	mem := checked(t)
	c, err := Resolve("max", []types.Type{types.Of(types.Text)}, false, 0)
	must(t, err)
	acc := c.New(mem)
	defer acc.Release()
	acc.Grow(2)
	for n := 1; n < 2000; n++ {
		vals := texts(mem, strings.Repeat("a", n), "b")
		must(t, acc.Update([]uint32{0, 1}, []arrow.Array{vals}, nil))
		vals.Release()
	}
	if got := results(t, acc); got[0] != strings.Repeat("a", 1999) || got[1] != "b" {
		t.Errorf("%d characters, %q", len(got[0]), got[1])
	}
	if n := acc.Bytes(); n > 64<<10 {
		t.Errorf("%d bytes for 2000", n)
	}
}

func TestFeederKeepsToTheFilter(t *testing.T) {
	mem := checked(t)
	c, err := Resolve("sum", []types.Type{types.Of(types.Int64)}, false, 0)
	must(t, err)
	mb := array.NewBooleanBuilder(mem)
	defer mb.Release()
	mb.AppendValues([]bool{true, false, true, true}, []bool{true, true, false, true})
	mask, vals := mb.NewArray(), int64s(mem, 1, 10, 100, 1000)
	defer release(mask, vals)
	var f Feeder
	for _, tc := range []struct {
		sign   []int8
		filter int
		want   string
	}{{nil, 1, "1001"}, {[]int8{-1, 1, 1, -1}, 1, "-1001"}, {nil, -1, "1111"}} {
		acc := c.New(mem)
		acc.Grow(1)
		b := &Bound{Call: c, Args: []int{0}, Filter: tc.filter}
		must(t, f.Update(mem, b, acc, make([]uint32, 4), []arrow.Array{vals, mask}, tc.sign))
		if got := results(t, acc)[0]; got != tc.want {
			t.Errorf("filter %d, sign %v: %s, want %s", tc.filter, tc.sign, got, tc.want)
		}
		acc.Release()
	}
}

func BenchmarkUpdate(b *testing.B) {
	const n, groups = 8192, 100_000
	mem := memory.DefaultAllocator
	ids, vals := make([]uint32, n), make([]int64, n)
	for i := range ids {
		ids[i] = uint32(mix(uint64(i)) % groups)
		vals[i] = int64(i) * 1000
	}
	arg := []arrow.Array{int64s(mem, vals...)}
	for _, name := range []string{"count", "sum", "avg", "min", "stddev"} {
		b.Run(name, func(b *testing.B) {
			c, err := Resolve(name, []types.Type{types.Of(types.Int64)}, false, 0)
			if err != nil {
				b.Fatal(err)
			}
			args := arg
			if c.Args[0].Kind == types.Float64 {
				args = []arrow.Array{doubles(mem, make([]float64, n)...)}
			}
			acc := c.New(mem)
			acc.Grow(groups)
			for b.Loop() {
				if err := acc.Update(ids, args, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}
