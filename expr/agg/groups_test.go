package agg

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// keyText is a row of keys as text that is the same when the keys are the same group.
func keyText(cols []arrow.Array, i int) string {
	s := ""
	for _, c := range cols {
		if c, ok := c.(*array.MonthDayNanoInterval); ok && c.IsValid(i) {
			s += fmt.Sprint(intervalNanos(c.Value(i)), "|")
			continue
		}
		s += valueText(c, i) + "|"
	}
	return s
}

// rowText is a row as it was written, but for the zero and the NaN that stand for all of them.
func rowText(cols []arrow.Array, i int) string {
	s := ""
	for _, c := range cols {
		s += valueText(c, i) + "|"
	}
	return s
}

// valueText is not ValueStr, which writes an empty list in a struct as it writes NULL.
func valueText(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "NULL"
	}
	list := func(open string, from, to int64, text func(int) string) string {
		for j := from; j < to; j++ {
			open += text(int(j)) + ","
		}
		return open + "]"
	}
	switch a := a.(type) {
	case *array.List:
		from, to := a.ValueOffsets(i)
		return list("[", from, to, func(j int) string { return valueText(a.ListValues(), j) })
	case *array.Map:
		from, to := a.ValueOffsets(i)
		return list("map[", from, to, func(j int) string { return valueText(a.Keys(), j) + ":" + valueText(a.Items(), j) })
	case *array.Struct:
		return list("row[", 0, int64(a.NumField()), func(f int) string { return valueText(a.Field(f), i) })
	case *array.Float64:
		if a.Value(i) == 0 {
			return "0"
		}
	}
	return strconv.Quote(a.ValueStr(i))
}

func TestGroupsNumberRowsInOrderOfFirstAppearance(t *testing.T) {
	one := func(ts ...types.Type) []types.Type { return ts }
	var cases [][]types.Type
	for _, typ := range sampleTypes() {
		cases = append(cases, one(typ), one(types.Of(types.Int64), typ), one(typ, types.Of(types.Text)))
	}
	cases = append(cases, one(types.Of(types.Interval), types.Of(types.Text), types.Of(types.Interval), types.Of(types.Text), types.Of(types.UUID)))
	for _, keys := range cases {
		for _, nulls := range []int{0, 3} {
			t.Run(fmt.Sprintf("%v nulls %d", keys, nulls), func(t *testing.T) {
				mem := checked(t)
				r := rand.New(rand.NewPCG(1, 2))
				g := NewGroups(keys, mem)
				defer g.Release()
				for range 2 { // again after a Reset
					ids := map[string]uint32{}
					var first []string
					var hashes, allHashes []uint64
					var got []uint32
					for _, n := range []int{1, 300, 0, 700} {
						cols := make([]arrow.Array, len(keys))
						for i, k := range keys {
							whole := random(mem, k, n+5, nulls, r)
							cols[i] = array.NewSlice(whole, 3, int64(n+3))
							whole.Release()
						}
						hashes = HashColumns(cols, hashes)
						got = g.IDs(cols, hashes, got)
						for i := range n {
							key := keyText(cols, i)
							want, ok := ids[key]
							if !ok {
								want = uint32(len(ids))
								ids[key] = want
								first = append(first, rowText(cols, i))
								allHashes = append(allHashes, hashes[i])
							}
							if got[i] != want {
								t.Fatalf("row %d, %s, is group %d, want %d", i, key, got[i], want)
							}
						}
						release(cols...)
					}
					if g.Len() != len(ids) || !slices.Equal(g.Hashes(), allHashes) {
						t.Fatalf("%d groups with hashes %x, want %d with %x", g.Len(), g.Hashes(), len(ids), allHashes)
					}
					out := g.Keys(nil)
					for i := range first {
						if got := rowText(out, i); got != first[i] {
							t.Errorf("the key of group %d is %s, want %s", i, got, first[i])
						}
					}
					release(out...)
					if g.Len() > 2 {
						out := g.Keys([]uint32{2, 0, 2})
						for i, id := range []int{2, 0, 2} {
							if got := rowText(out, i); got != first[id] {
								t.Errorf("the key of group %d is %s, want %s", id, got, first[id])
							}
						}
						release(out...)
					}
					g.Reset()
					if g.Len() != 0 {
						t.Errorf("%d groups after Reset", g.Len())
					}
				}
			})
		}
	}
}

func TestGroupsTellColumnsApart(t *testing.T) {
	mem := checked(t)
	a, b := texts(mem, "a,", "a", "", "\x00"), texts(mem, "b", ",b", "a,b", "")
	defer release(a, b)
	cols := []arrow.Array{a, b}
	g := NewGroups([]types.Type{types.Of(types.Text), types.Of(types.Text)}, mem)
	if got := g.IDs(cols, HashColumns(cols, nil), nil); !slices.Equal(got, []uint32{0, 1, 2, 3}) {
		t.Errorf("groups %v, want four different ones", got)
	}
}

func TestGroupsStayWhatTheyAreWhenALongTextComes(t *testing.T) {
	mem := checked(t)
	g := NewGroups([]types.Type{types.Of(types.Text), types.Of(types.Int64)}, mem)
	defer g.Release()
	null := array.NewStringBuilder(mem)
	null.AppendNull()
	nulls := null.NewArray()
	null.Release()
	one, nine := int64s(mem, 1), int64s(mem, 9, 9, 9, 9)
	short := texts(mem, "", "seven77", "\x00", "\x00\x00")
	mixed := texts(mem, "\x00\x00", "eight888", "seven77", "")
	defer release(nulls, one, nine, short, mixed)
	for _, tc := range []struct {
		cols []arrow.Array
		want []uint32
	}{
		{[]arrow.Array{nulls, one}, []uint32{0}},
		{[]arrow.Array{short, nine}, []uint32{1, 2, 3, 4}},
		{[]arrow.Array{mixed, nine}, []uint32{4, 5, 2, 1}}, // with the first text of more than 7 bytes
		{[]arrow.Array{short, nine}, []uint32{1, 2, 3, 4}},
		{[]arrow.Array{nulls, one}, []uint32{0}},
	} {
		if got := g.IDs(tc.cols, HashColumns(tc.cols, nil), nil); !slices.Equal(got, tc.want) {
			t.Errorf("%v: groups %v, want %v", tc.cols, got, tc.want)
		}
	}
	keys := g.Keys(nil)
	defer release(keys...)
	want := []string{`NULL|"1"|`, `""|"9"|`, `"seven77"|"9"|`, `"\x00"|"9"|`, `"\x00\x00"|"9"|`, `"eight888"|"9"|`}
	for i, w := range want {
		if got := rowText(keys, i); got != w {
			t.Errorf("the key of group %d is %s, want %s", i, got, w)
		}
	}
}

func TestGroupsWithEqualHashesAreToldApart(t *testing.T) {
	mem := checked(t)
	k, s := int64s(mem, 5, 6, 5, 7), texts(mem, "x", "y", "x", "z")
	defer release(k, s)
	same := make([]uint64, 4)
	for _, cols := range [][]arrow.Array{{k}, {s}, {k, s}} {
		keys := []types.Type{types.Of(types.Int64), types.Of(types.Text)}
		if len(cols) == 1 {
			keys = keys[:1]
			if cols[0] == s {
				keys[0] = types.Of(types.Text)
			}
		}
		if got := NewGroups(keys, mem).IDs(cols, same, nil); !slices.Equal(got, []uint32{0, 1, 0, 2}) {
			t.Errorf("keys %v: groups %v", keys, got)
		}
	}
}

func TestGroupsWithoutKeysAreOne(t *testing.T) {
	g := NewGroups(nil, checked(t))
	hashes := HashColumns(nil, make([]uint64, 3))
	if got := g.IDs(nil, hashes, nil); !slices.Equal(got, []uint32{0, 0, 0}) || g.Len() != 1 || g.Hashes()[0] != hashes[0] {
		t.Errorf("groups %v of %d", got, g.Len())
	}
}

func TestHashIsThatOfTheCheckpointFormat(t *testing.T) {
	mem := checked(t)
	null := array.NewInt64Builder(mem)
	null.AppendNull()
	nulls := null.NewArray()
	null.Release()
	i, s := int64s(mem, 42), texts(mem, "müller")
	defer release(i, s, nulls)
	for _, tc := range []struct {
		name string
		cols []arrow.Array
		want uint64
	}{
		{"an integer", []arrow.Array{i}, 0xbdd732262feb6e95},
		{"a text", []arrow.Array{s}, 0xa5a4e71244aa5cc4},
		{"NULL", []arrow.Array{nulls}, 0x7c6102b532171c05},
		{"two columns", []arrow.Array{i, s}, 0x3c4fab2a8958c48d},
		{"the other way round", []arrow.Array{s, i}, 0xb1a85bf539f1eb9e},
	} {
		if got := HashColumns(tc.cols, nil)[0]; got != tc.want {
			t.Errorf("%s hashes to %#x, want %#x: checkpoints written before could not be read", tc.name, got, tc.want)
		}
	}
}

func TestEqualValuesOfDifferentLayoutHashAlike(t *testing.T) {
	mem := checked(t)
	build := func(dt arrow.DataType, f func(array.Builder)) arrow.Array {
		b := array.NewBuilder(mem, dt)
		defer b.Release()
		f(b)
		return b.NewArray()
	}
	for _, tc := range []struct {
		name string
		a, b arrow.Array
	}{
		{"INT and BIGINT", build(arrow.PrimitiveTypes.Int32, func(b array.Builder) { b.(*array.Int32Builder).Append(-7) }), int64s(mem, -7)},
		{"SMALLINT and BIGINT", build(arrow.PrimitiveTypes.Int16, func(b array.Builder) { b.(*array.Int16Builder).Append(-7) }), int64s(mem, -7)},
		{"REAL and DOUBLE",
			build(arrow.PrimitiveTypes.Float32, func(b array.Builder) { b.(*array.Float32Builder).Append(0.1) }),
			build(arrow.PrimitiveTypes.Float64, func(b array.Builder) { b.(*array.Float64Builder).Append(float64(float32(0.1))) })},
		{"-0 and 0",
			build(arrow.PrimitiveTypes.Float64, func(b array.Builder) { b.(*array.Float64Builder).Append(math.Copysign(0, -1)) }),
			build(arrow.PrimitiveTypes.Float64, func(b array.Builder) { b.(*array.Float64Builder).Append(0) })},
		{"30 days and 1 month",
			build(arrow.FixedWidthTypes.MonthDayNanoInterval, func(b array.Builder) {
				b.(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{Days: 31, Nanoseconds: -86_400_000_000_000})
			}),
			build(arrow.FixedWidthTypes.MonthDayNanoInterval, func(b array.Builder) {
				b.(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{Months: 1})
			})},
	} {
		if x, y := HashColumns([]arrow.Array{tc.a}, nil), HashColumns([]arrow.Array{tc.b}, nil); x[0] != y[0] {
			t.Errorf("%s: %#x and %#x", tc.name, x[0], y[0])
		}
		release(tc.a, tc.b)
	}
}

func TestHashSpreadsSmallIntegersOverKeyGroupsAndSlots(t *testing.T) {
	mem := checked(t)
	const n = 1 << 16
	for _, step := range []int64{1, 1000, 1 << 32, -1} {
		vals := make([]int64, n)
		for i := range vals {
			vals[i] = int64(i) * step
		}
		a := int64s(mem, vals...)
		var top, low [128]int
		for _, h := range HashColumns([]arrow.Array{a}, nil) {
			top[h>>57]++
			low[h&127]++
		}
		a.Release()
		for i := range top {
			const mean = n / 128 // a standard deviation is 22.5
			if d := max(mean-min(top[i], low[i]), max(top[i], low[i])-mean); d > 120 {
				t.Errorf("step %d: group %d has %d rows, low bits %d: far from %d", step, i, top[i], low[i], mean)
			}
		}
	}
}

func TestMixChangesHalfOfTheBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for bit := range 64 {
		flips := 0
		for range 2000 {
			x := r.Uint64()
			flips += bits.OnesCount64(mix(x) ^ mix(x^1<<bit))
		}
		if mean := float64(flips) / 2000; mean < 31 || mean > 33 {
			t.Errorf("flipping bit %d changes %.2f bits", bit, mean)
		}
	}
}

func BenchmarkGroups(b *testing.B) {
	const rows, distinct = 8192, 100_000
	r := rand.New(rand.NewPCG(1, 1))
	mem := memory.DefaultAllocator
	ints, strs := make([]int64, 64*rows), make([]string, 64*rows)
	for i := range ints {
		ints[i] = int64(r.IntN(distinct))
		strs[i] = fmt.Sprintf("channel-%d", ints[i])
	}
	flags := make([]string, len(strs))
	for i := range flags {
		flags[i] = [...]string{"A", "N", "R"}[r.IntN(3)]
	}
	var ic, sc, fc []arrow.Array
	for i := 0; i < len(ints); i += rows {
		ic, sc = append(ic, int64s(mem, ints[i:i+rows]...)), append(sc, texts(mem, strs[i:i+rows]...))
		fc = append(fc, texts(mem, flags[i:i+rows]...))
	}
	for _, bc := range []struct {
		name string
		keys []types.Type
		cols func(i int) []arrow.Array
	}{
		{"int64", []types.Type{types.Of(types.Int64)}, func(i int) []arrow.Array { return ic[i : i+1] }},
		{"text", []types.Type{types.Of(types.Text)}, func(i int) []arrow.Array { return sc[i : i+1] }},
		{"int64+text", []types.Type{types.Of(types.Int64), types.Of(types.Text)}, func(i int) []arrow.Array { return []arrow.Array{ic[i], sc[i]} }},
		{"flag", []types.Type{types.Of(types.Text)}, func(i int) []arrow.Array { return fc[i : i+1] }},
		{"flag+flag", []types.Type{types.Of(types.Text), types.Of(types.Text)}, func(i int) []arrow.Array { return []arrow.Array{fc[i], fc[(i+1)%64]} }},
		{"int64+int64", []types.Type{types.Of(types.Int64), types.Of(types.Int64)}, func(i int) []arrow.Array { return []arrow.Array{ic[i], ic[i]} }},
	} {
		b.Run("hash/"+bc.name, func(b *testing.B) {
			var hashes []uint64
			for i := 0; b.Loop(); i++ {
				hashes = HashColumns(bc.cols(i%64), hashes)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
		b.Run("ids/"+bc.name, func(b *testing.B) {
			g := NewGroups(bc.keys, mem)
			var ids []uint32
			hashes := make([][]uint64, 64)
			for i := range hashes {
				hashes[i] = HashColumns(bc.cols(i), nil)
				ids = g.IDs(bc.cols(i), hashes[i], ids)
			}
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				ids = g.IDs(bc.cols(i%64), hashes[i%64], ids)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
