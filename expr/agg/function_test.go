package agg

import (
	"errors"
	"fmt"
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
		{"sum", []types.Type{text}, false, "function sum(text) does not exist", "sum takes one number: SMALLINT, INT, BIGINT, DECIMAL, REAL or DOUBLE; or one INTERVAL."},
		{"avg", []types.Type{i, i}, false, "function avg(int, int) does not exist", "avg takes one number"},
		{"sum", nil, false, "function sum() does not exist", "sum takes one number"},
		{"max", []types.Type{types.Of(types.Bool)}, false, "function max(boolean) does not exist", "bool_or"},
		{"arg_max", []types.Type{i}, false, "function arg_max(int) does not exist", "arg_max takes two arguments: a value of any type, and"},
		{"min_by", []types.Type{i, types.Of(types.JSON)}, false, "function min_by(int, json) does not exist", "min_by takes two arguments"},
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

func TestWhatTakesRowsBack(t *testing.T) {
	var got []string
	for _, f := range Functions() {
		if f.Retracts {
			got = append(got, f.Name)
		}
	}
	want := []string{"count", "count_if", "sum", "avg", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestEveryFunctionIsInTheManual(t *testing.T) {
	names := Names()
	for _, f := range Functions() {
		if f.Doc == "" || f.ExampleResult == "" || !strings.HasPrefix(f.Example, f.Name+"(") || f.Takes == "" || !IsAggregate(f.Name) {
			t.Errorf("%+v", f)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(Functions()) || IsAggregate("lower") {
		t.Errorf("names %v", names)
	}
}

// decimals are numbers of 38 digits at most, as text without a point.
func decimals(t failer, mem memory.Allocator, scale int32, vals ...string) arrow.Array {
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

func TestArgMaxPicksRowsInOrder(t *testing.T) {
	null := int64(math.MinInt64 + 7)
	for _, tc := range []struct {
		what, name string
		by         []int64 // of the rows whose values are 0, 1, 2, …; null: NULL
		value      []int64 // instead of these
		want       string
	}{
		{"the first of equal rows", "arg_max", []int64{1, 5, 5, 3}, nil, "1"},
		{"the first of equal rows, smallest", "arg_min", []int64{4, 2, 9, 2}, nil, "1"},
		{"an earlier win is replaced", "arg_max", []int64{1, 2, 3}, nil, "2"},
		{"rows without a by do not count", "max_by", []int64{null, 1, null}, nil, "1"},
		{"none has a by", "min_by", []int64{null, null}, nil, "NULL"},
		{"a value that is NULL wins like any other", "arg_max", []int64{1, 2}, []int64{7, null}, "NULL"},
		{"and is beaten like any other", "arg_max", []int64{2, 3}, []int64{null, 8}, "8"},
		{"the largest BIGINT as the smallest by, once", "arg_min", []int64{math.MaxInt64, math.MaxInt64}, nil, "0"},
		{"the smallest BIGINT as the largest by, once", "arg_max", []int64{math.MinInt64, math.MinInt64}, nil, "0"},
		{"anything beats the smallest BIGINT", "arg_max", []int64{math.MinInt64, 4}, nil, "1"},
	} {
		for _, typ := range []types.Kind{types.Int64, types.Text, types.Bool} {
			t.Run(tc.what+", "+typ.String(), func(t *testing.T) {
				mem := checked(t)
				c, err := Resolve(tc.name, []types.Type{types.Of(typ), types.Of(types.Int64)}, true, 0)
				must(t, err)
				build := func(k types.Kind, vals []int64) arrow.Array {
					b := array.NewBuilder(mem, types.Of(k).Arrow())
					defer b.Release()
					for _, v := range vals {
						text := fmt.Sprint(v)
						if k == types.Bool {
							text = fmt.Sprint(v%2 == 0)
						}
						if v == null {
							b.AppendNull()
						} else {
							must(t, b.AppendValueFromString(text))
						}
					}
					return b.NewArray()
				}
				value := tc.value
				for i := range tc.by {
					if tc.value == nil {
						value = append(value, int64(i))
					}
				}
				args := []arrow.Array{build(typ, value), build(types.Int64, tc.by)}
				defer release(args...)
				acc := c.New(mem)
				defer acc.Release()
				acc.Grow(1)
				must(t, acc.Update(make([]uint32, len(tc.by)), args, nil))
				want := tc.want
				if typ == types.Bool && want != "NULL" {
					want = fmt.Sprint(want[0]%2 == 0)
				}
				if got := results(t, acc)[0]; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
	}
}

func TestArgMaxGivesTheValueAsItWas(t *testing.T) {
	mem := checked(t)
	c, err := Resolve("arg_max", []types.Type{types.Of(types.Float64), types.Of(types.Int64)}, false, 0)
	must(t, err)
	acc := c.New(mem)
	defer acc.Release()
	acc.Grow(2)
	bits := []uint64{1 << 63, 0xfff8000000000123} // -0, and a NaN with a payload
	args := []arrow.Array{doubles(mem, math.Float64frombits(bits[0]), math.Float64frombits(bits[1])), int64s(mem, 1, 1)}
	defer release(args...)
	must(t, acc.Update([]uint32{0, 1}, args, nil))
	got, err := acc.Result([]uint32{1, 0})
	must(t, err)
	defer got.Release()
	for i, want := range []uint64{bits[1], bits[0]} {
		if b := math.Float64bits(got.(*array.Float64).Value(i)); b != want {
			t.Errorf("%x, want %x", b, want)
		}
	}
}

func TestReplacedTextsDoNotPileUp(t *testing.T) {
	mem := checked(t)
	c, err := Resolve("arg_max", []types.Type{types.Of(types.Text), types.Of(types.Text)}, false, 0)
	must(t, err)
	acc := c.New(mem)
	defer acc.Release()
	acc.Grow(2)
	for n := 1; n < 2000; n++ {
		vals, by := texts(mem, strings.Repeat("v", n), "w"), texts(mem, strings.Repeat("b", n), "b")
		must(t, acc.Update([]uint32{0, 1}, []arrow.Array{vals, by}, nil))
		release(vals, by)
	}
	if got := results(t, acc); got[0] != strings.Repeat("v", 1999) || got[1] != "w" {
		t.Errorf("%d characters, %q", len(got[0]), got[1])
	}
	if n := acc.Bytes(); n > 64<<10 {
		t.Errorf("%d bytes for 4000", n)
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

// BenchmarkUpdate has the groups of TPC-H: four in the first query, and many that come in runs in the eighteenth.
func BenchmarkUpdate(b *testing.B) {
	const n = 8192
	mem := memory.DefaultAllocator
	vals, floats, small := make([]int64, n), make([]float64, n), make([]string, n)
	for i := range vals {
		vals[i], floats[i], small[i] = int64(i)*1000, float64(i)/7, fmt.Sprint(i*100+1)
	}
	dec := types.DecimalOf(15, 2)
	ints, doubles, amounts := int64s(mem, vals...), doubles(mem, floats...), decimals(b, mem, 2, small...)
	long := make([]string, n)
	for i := range long {
		long[i] = fmt.Sprintf("bid %d of a bidder who says a little more", i)
	}
	text := texts(mem, long...)
	i64, f64 := types.Of(types.Int64), types.Of(types.Float64)
	for _, groups := range []int{4, 100_000} {
		ids := make([]uint32, n)
		for i := range ids {
			ids[i] = uint32(mix(uint64(i)) % uint64(groups))
		}
		for _, bench := range []struct {
			what, name string
			args       []arrow.Array
			types      []types.Type
		}{
			{"count", "count", nil, nil},
			{"sum of BIGINT", "sum", []arrow.Array{ints}, []types.Type{i64}},
			{"sum of DOUBLE", "sum", []arrow.Array{doubles}, []types.Type{f64}},
			{"sum of DECIMAL", "sum", []arrow.Array{amounts}, []types.Type{dec}},
			{"avg of DECIMAL", "avg", []arrow.Array{amounts}, []types.Type{dec}},
			{"min of BIGINT", "min", []arrow.Array{ints}, []types.Type{i64}},
			{"max of DOUBLE", "max", []arrow.Array{doubles}, []types.Type{f64}},
			{"min of DECIMAL", "min", []arrow.Array{amounts}, []types.Type{dec}},
			{"stddev of DOUBLE", "stddev", []arrow.Array{doubles}, []types.Type{f64}},
			{"stddev of BIGINT", "stddev", []arrow.Array{ints}, []types.Type{i64}},
			{"arg_max", "arg_max", []arrow.Array{ints, ints}, []types.Type{i64, i64}},
			{"arg_min of TEXT", "arg_min", []arrow.Array{text, ints}, []types.Type{types.Of(types.Text), i64}},
			{"approx_count_distinct", "approx_count_distinct", []arrow.Array{ints}, []types.Type{i64}},
		} {
			b.Run(fmt.Sprintf("%s/%d groups", bench.what, groups), func(b *testing.B) {
				c, err := Resolve(bench.name, bench.types, false, 0)
				if err != nil {
					b.Fatal(err)
				}
				acc := c.New(mem)
				defer acc.Release()
				acc.Grow(groups)
				for b.Loop() {
					if err := acc.Update(ids, bench.args, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
			})
		}
	}
}
