package over

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/sqlerr"
	"millrace/types"
)

// table is rows of whole partitions, sorted by part and key; peers have one key.
type table struct {
	part, key []int64
	group     []int64 // the number of the row's peers
	ints      *array.Int32
	texts     *array.String
	keep      *array.Boolean
}

func randomTable(rng *rand.Rand, mem memory.Allocator, rows int) *table {
	t := &table{}
	ib, sb, bb := array.NewInt32Builder(mem), array.NewStringBuilder(mem), array.NewBooleanBuilder(mem)
	defer ib.Release()
	defer sb.Release()
	defer bb.Release()
	part, key, group := int64(0), int64(0), int64(0)
	longest := 1 + rng.IntN(rows+1)
	for range rows {
		if rng.IntN(longest) == 0 {
			part++
			key = -5
		}
		key += int64(rng.IntN(3) * rng.IntN(2))
		if n := len(t.key); n > 0 && (t.part[n-1] != part || t.key[n-1] != key) {
			group++
		}
		t.part, t.key, t.group = append(t.part, part), append(t.key, key), append(t.group, group)
		if rng.IntN(4) == 0 {
			ib.AppendNull()
			sb.AppendNull()
		} else {
			ib.Append(int32(rng.IntN(200) - 100))
			sb.Append(string(rune('a' + rng.IntN(26))))
		}
		if rng.IntN(5) == 0 {
			bb.AppendNull()
		} else {
			bb.Append(rng.IntN(2) == 0)
		}
	}
	t.ints, t.texts, t.keep = ib.NewInt32Array(), sb.NewStringArray(), bb.NewBooleanArray()
	return t
}

func (t *table) release() { release([]arrow.Array{t.ints, t.texts, t.keep}) }

func (t *table) input(mem memory.Allocator, f Frame) *Input {
	in := &Input{Mem: mem}
	n := len(t.part)
	for i := range n {
		if i == 0 || t.part[i] != t.part[i-1] {
			in.Parts = append(in.Parts, int32(i))
		}
		if i == 0 || t.part[i] != t.part[i-1] || t.key[i] != t.key[i-1] {
			in.Peers = append(in.Peers, int32(i))
		}
	}
	in.Parts, in.Peers = append(in.Parts, int32(n)), append(in.Peers, int32(n))
	bytes := func(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)^1<<63) }
	at := func(b Bound) func(int) []byte {
		return func(i int) []byte { return bytes(t.key[i] + b.signed()) }
	}
	in.Range = &RangeKeys{Value: func(i int) []byte { return bytes(t.key[i]) }, Start: at(f.Start), End: at(f.End)}
	return in
}

// inFrame says by the definition of frames whether row j is in that of row i.
func (t *table) inFrame(f Frame, i, j int) bool {
	if t.part[i] != t.part[j] {
		return false
	}
	peers := t.key[i] == t.key[j]
	switch f.Exclude {
	case ExcludeCurrentRow:
		if i == j {
			return false
		}
	case ExcludeGroup:
		if peers {
			return false
		}
	case ExcludeTies:
		if peers && i != j {
			return false
		}
	}
	distance := int64(0) // from i to j in the frame's unit
	switch f.Unit {
	case Rows:
		distance = int64(j - i)
	case Range:
		distance = t.key[j] - t.key[i]
	case Groups:
		distance = t.group[j] - t.group[i]
	}
	return !(f.Start.Edge != UnboundedPreceding && distance < f.Start.signed()) &&
		!(f.End.Edge != UnboundedFollowing && distance > f.End.signed())
}

func randomFrame(rng *rand.Rand) Frame {
	for {
		f := Frame{Unit: Unit(rng.IntN(3)), Start: Bound{Edge(rng.IntN(5)), int64(rng.IntN(6))}, End: Bound{Edge(rng.IntN(5)), int64(rng.IntN(6))}}
		if rng.IntN(4) == 0 {
			f.Start.Offset, f.End.Offset = int64(rng.IntN(100)), int64(rng.IntN(100))
		}
		if rng.IntN(2) == 0 {
			f.Exclude = Exclude(rng.IntN(4))
		}
		if f.Start.Edge != UnboundedFollowing && f.End.Edge != UnboundedPreceding && f.Start.Edge <= f.End.Edge {
			return f
		}
	}
}

var intType, textType = types.Of(types.Int32), types.Of(types.Text)

func aggregateCall(t *testing.T, name string, args ...types.Type) Call {
	t.Helper()
	c, err := agg.Resolve(name, args, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	return Aggregate(c, 0)
}

func windowCall(t *testing.T, name string, nulls bool, args ...types.Type) Call {
	t.Helper()
	c, err := Resolve(name, args, nulls, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// checked is an allocator that must get everything back.
func checked(t *testing.T) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

func TestAggregatesOverAnyFrameAreThoseOfItsRows(t *testing.T) {
	mem := checked(t)
	rng := rand.New(rand.NewPCG(1, 2))
	calls := []struct {
		call Call
		args func(*table) []arrow.Array
	}{
		{aggregateCall(t, "count"), func(*table) []arrow.Array { return nil }},
		{aggregateCall(t, "count", intType), func(x *table) []arrow.Array { return []arrow.Array{x.ints} }},
		{aggregateCall(t, "sum", intType), func(x *table) []arrow.Array { return []arrow.Array{x.ints} }},
		{aggregateCall(t, "min", intType), func(x *table) []arrow.Array { return []arrow.Array{x.ints} }},
		{aggregateCall(t, "max", textType), func(x *table) []arrow.Array { return []arrow.Array{x.texts} }},
		{aggregateCall(t, "array_agg", textType), func(x *table) []arrow.Array { return []arrow.Array{x.texts} }},
	}
	for range 200 {
		rows := rng.IntN(200)
		if rng.IntN(25) == 0 {
			rows = 2*laneFrames + rng.IntN(200)
		}
		x := randomTable(rng, mem, rows)
		c := calls[rng.IntN(len(calls))]
		c.call.Frame = randomFrame(rng)
		in := x.input(mem, c.call.Frame)
		in.Args = c.args(x)
		if rng.IntN(3) == 0 {
			in.Filter = x.keep
		}
		got, err := c.call.Eval(in)
		if err != nil {
			t.Fatal(err)
		}
		acc := c.call.aggregate.New(mem)
		for i := 0; i < rows; i++ {
			var of []int32
			for j := range rows {
				if x.inFrame(c.call.Frame, i, j) && (in.Filter == nil || x.keep.IsValid(j) && x.keep.Value(j)) {
					of = append(of, int32(j))
				}
			}
			if want := aggregateOf(t, mem, acc, in.Args, of); got.ValueStr(i) != want {
				t.Fatalf("%s(…) OVER (%s), filter %v, row %d of %d: got %s, want %s of rows %v", c.call.Name, c.call.Frame, in.Filter != nil, i, rows, got.ValueStr(i), want, of)
			}
			if rows > 200 && rng.IntN(20) > 0 { // a few rows of a long table are enough
				i += rng.IntN(100)
			}
		}
		acc.Release()
		got.Release()
		x.release()
	}
}

// aggregateOf is the aggregate of some rows, computed at once.
func aggregateOf(t *testing.T, mem memory.Allocator, acc agg.Accumulator, args []arrow.Array, rows []int32) string {
	t.Helper()
	acc.Reset()
	acc.Grow(1)
	part := make([]arrow.Array, len(args))
	for i, a := range args {
		part[i] = expr.Take(mem, a, rows)
	}
	defer release(part)
	if err := acc.Update(make([]uint32, len(rows)), part, nil); err != nil {
		t.Fatal(err)
	}
	out, err := acc.Result([]uint32{0})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	return out.ValueStr(0)
}

func TestValuesOfAnyFrameAreThoseOfItsRows(t *testing.T) {
	mem := checked(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		x := randomTable(rng, mem, rng.IntN(60))
		name := []string{"first_value", "last_value", "nth_value"}[rng.IntN(3)]
		args := []types.Type{intType}
		if name == "nth_value" {
			args = append(args, intType)
		}
		c := windowCall(t, name, rng.IntN(2) == 0, args...)
		c.Frame = randomFrame(rng)
		in := x.input(mem, c.Frame)
		in.Args = []arrow.Array{x.ints}
		n := 1 + rng.IntN(4)
		if name == "nth_value" {
			in.Args = append(in.Args, constant(mem, int32(n), len(x.part)))
		}
		got, err := c.Eval(in)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.part {
			var of []int
			for j := range x.part {
				if x.inFrame(c.Frame, i, j) && (!c.IgnoreNulls || x.ints.IsValid(j)) {
					of = append(of, j)
				}
			}
			want := array.NullValueStr
			switch k := map[string]int{"first_value": 0, "last_value": len(of) - 1, "nth_value": n - 1}[name]; {
			case k >= 0 && k < len(of):
				want = x.ints.ValueStr(of[k])
			}
			if got.ValueStr(i) != want {
				t.Fatalf("%s ignore nulls %v over (%s), row %d: got %s, want %s", name, c.IgnoreNulls, c.Frame, i, got.ValueStr(i), want)
			}
		}
		got.Release()
		release(in.Args[1:])
		x.release()
	}
}

func constant(mem memory.Allocator, v int32, n int) arrow.Array {
	b := array.NewInt32Builder(mem)
	defer b.Release()
	for range n {
		b.Append(v)
	}
	return b.NewArray()
}

func TestNeighboursAreCountedWithinThePartition(t *testing.T) {
	mem := checked(t)
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		x := randomTable(rng, mem, rng.IntN(60))
		name, direction := "lag", -1
		if rng.IntN(2) == 0 {
			name, direction = "lead", 1
		}
		by := rng.IntN(7) - 3
		c := windowCall(t, name, rng.IntN(2) == 0, intType, intType, intType)
		in := x.input(mem, DefaultFrame)
		in.Args = []arrow.Array{x.ints, constant(mem, int32(by), len(x.part)), constant(mem, 777, len(x.part))}
		got, err := c.Eval(in)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.part {
			want, left, step := "777", by*direction, 1
			if left < 0 {
				left, step = -left, -1
			}
			j := i
			for left > 0 {
				if j += step; j < 0 || j >= len(x.part) || x.part[j] != x.part[i] {
					break
				}
				if !c.IgnoreNulls || x.ints.IsValid(j) {
					left--
				}
			}
			if left == 0 {
				want = x.ints.ValueStr(j)
			}
			if got.ValueStr(i) != want {
				t.Fatalf("%s by %d ignore nulls %v, row %d: got %s, want %s", name, by, c.IgnoreNulls, i, got.ValueStr(i), want)
			}
		}
		got.Release()
		release(in.Args[1:])
		x.release()
	}
}

func TestRanksCountTheRowsBefore(t *testing.T) {
	mem := checked(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for range 100 {
		x := randomTable(rng, mem, rng.IntN(80))
		n := len(x.part)
		want := map[string][]string{}
		for i := range n {
			before, rank, values, size, upTo := 0, 1, 1, 0, 0
			for j := range n {
				if x.part[j] != x.part[i] {
					continue
				}
				size++
				if j < i {
					before++
				}
				if x.key[j] < x.key[i] {
					rank++
					if j+1 == n || x.part[j+1] != x.part[j] || x.key[j+1] != x.key[j] {
						values++
					}
				}
				if x.key[j] <= x.key[i] {
					upTo++
				}
			}
			share := 0.0
			if size > 1 {
				share = float64(rank-1) / float64(size-1)
			}
			bucket := 0 // deal the rows out: bucket k of 3 has one more if k < size % 3
			for k, left := 0, before; ; k++ {
				have := size / 3
				if k < size%3 {
					have++
				}
				if left < have {
					bucket = k + 1
					break
				}
				left -= have
			}
			for name, v := range map[string]any{
				"row_number": before + 1, "rank": rank, "dense_rank": values, "percent_rank": share, "cume_dist": float64(upTo) / float64(size), "ntile": bucket,
			} {
				want[name] = append(want[name], fmt.Sprint(v))
			}
		}
		for name, rows := range want {
			in := x.input(mem, DefaultFrame)
			var args []types.Type
			if name == "ntile" {
				args = append(args, intType)
				in.Args = []arrow.Array{constant(mem, 3, n)}
			}
			c := windowCall(t, name, false, args...)
			got, err := c.Eval(in)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range rows {
				if got.ValueStr(i) != w {
					t.Fatalf("%s of row %d: got %s, want %s", name, i, got.ValueStr(i), w)
				}
			}
			got.Release()
			release(in.Args)
		}
		x.release()
	}
}

func TestWrongCallsAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		args  []types.Type
		nulls bool
		code  string
		want  string
	}{
		{"row_number", []types.Type{intType}, false, sqlerr.UndefinedFunction, "function row_number(int) does not exist"},
		{"rank", nil, true, sqlerr.SyntaxError, "rank does not take IGNORE NULLS"},
		{"lag", []types.Type{intType, textType}, false, sqlerr.UndefinedFunction, "function lag(int, text) does not exist"},
		{"lead", []types.Type{intType, intType, types.Of(types.Bool)}, false, sqlerr.UndefinedFunction, "function lead(int, int, boolean) does not exist"},
		{"ntile", nil, false, sqlerr.UndefinedFunction, "function ntile() does not exist"},
		{"rnak", nil, false, sqlerr.UndefinedFunction, "window function rnak() does not exist"},
	} {
		_, err := Resolve(tc.name, tc.args, tc.nulls, 0)
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != tc.code || !strings.Contains(e.Message, tc.want) || e.Hint == "" {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestArgumentsThatAreNotPositiveAreErrors(t *testing.T) {
	mem := checked(t)
	x := randomTable(rand.New(rand.NewPCG(9, 9)), mem, 5)
	defer x.release()
	zero := constant(mem, 0, 5)
	defer zero.Release()
	for name, want := range map[string]string{"ntile": "22014", "nth_value": "22016"} {
		in := x.input(mem, DefaultFrame)
		in.Args = []arrow.Array{zero}
		args := []types.Type{intType}
		if name == "nth_value" {
			in.Args, args = []arrow.Array{x.ints, zero}, []types.Type{intType, intType}
		}
		c := windowCall(t, name, false, args...)
		_, err := c.Eval(in)
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
