package agg

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"millrace/types"
)

// one is a call with the types of its arguments, to be tested.
type one struct {
	name     string
	distinct bool
	ordered  bool // by an INT that is no argument, descending, and by the arguments
	array    bool // of fractions
	args     []types.Type
}

// calls has every function, with and without DISTINCT and ORDER BY, with every type that it takes.
func calls() map[string][]one {
	all := map[string][]one{"count(*)": {{name: "count"}}}
	try := func(args ...types.Type) {
		for _, f := range Functions() {
			for _, o := range []one{{}, {distinct: true}, {ordered: true}, {array: true}} {
				o.name, o.args = f.Name, args
				if strings.HasPrefix(f.Name, "jsonb_") && slices.ContainsFunc(args, func(t types.Type) bool { return t.Kind == types.JSON }) {
					continue // what sampleTypes has of JSON is none
				}
				if o.distinct && strings.Contains(f.Name, "object_agg") && (args[0].Kind == types.Float32 || args[0].Kind == types.Float64) {
					continue // of -0 and 0 either may be the key
				}
				if o.ordered && !f.Ordered || o.array && !f.Fraction || o.distinct && f.Within {
					continue
				}
				if c, err := o.call(); err == nil && (!o.distinct || c.Name != f.Name) {
					all[f.Name] = append(all[f.Name], o)
				}
			}
		}
	}
	for _, typ := range sampleTypes() {
		try(typ)
		for _, second := range sampleTypes() {
			try(typ, second)
		}
	}
	return all
}

func (o one) call() (Call, error) {
	m := Modifiers{Distinct: o.distinct}
	f, _ := Lookup(o.name)
	if f.Fraction {
		m.Fractions = Fractions{Values: []float64{0.3}}
	}
	if o.array {
		m.Fractions = Fractions{Values: []float64{0, 0.5, math.NaN(), 0.99}, Array: true}
	}
	if f.Within {
		m.OrderBy = []Order{{Desc: true}}
	}
	if o.ordered {
		m.Extra = []types.Type{types.Of(types.Int32)}
		m.OrderBy = []Order{{Arg: len(o.args), Desc: true}}
		for i, t := range o.args {
			if ordered(known(t)) {
				m.OrderBy = append(m.OrderBy, Order{Arg: i, NullsFirst: i == 0})
			}
		}
	}
	return ResolveCall(o.name, o.args, m, 0)
}

func (o one) resolve(t failer) Call {
	c, err := o.call()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rows is what goes into an accumulator.
type rows struct {
	groups []uint32
	args   []arrow.Array
}

const testGroups = 4

// draw is up to 40 rows, their argument a sliced array of the type that c wants.
func draw(t *rapid.T, mem memory.Allocator, c Call) rows {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	n, nulls := rapid.IntRange(0, 40).Draw(t, "rows"), rapid.SampledFrom([]int{0, 4, 10}).Draw(t, "nulls")
	if strings.Contains(c.Name, "object_agg") {
		nulls = 0 // a key is never NULL
	}
	out := rows{groups: make([]uint32, n)}
	for i := range out.groups {
		out.groups[i] = uint32(r.IntN(testGroups))
	}
	for _, typ := range c.Args {
		whole := random(mem, typ, n+3, nulls, r)
		out.args = append(out.args, array.NewSlice(whole, 2, int64(n+2)))
		whole.Release()
	}
	return out
}

func (r rows) slice(from, to int) rows {
	s := rows{groups: r.groups[from:to]}
	for _, a := range r.args {
		s.args = append(s.args, array.NewSlice(a, int64(from), int64(to)))
	}
	return s
}

func (r rows) release() { release(r.args...) }

func (r rows) signs(s int8) []int8 {
	return bytes2signs(bytes.Repeat([]byte{byte(s)}, len(r.groups)))
}

func bytes2signs(b []byte) []int8 {
	out := make([]int8, len(b))
	for i, v := range b {
		out[i] = int8(v)
	}
	return out
}

func start(mem memory.Allocator, c Call) Accumulator {
	acc := c.New(mem)
	acc.Grow(testGroups)
	return acc
}

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

func must(t failer, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// feed puts rows into an accumulator of their own.
func feed(t failer, mem memory.Allocator, c Call, parts ...rows) Accumulator {
	acc := start(mem, c)
	for _, p := range parts {
		must(t, acc.Update(p.groups, p.args, nil))
	}
	return acc
}

// results is what an accumulator says of each group.
func results(t failer, acc Accumulator) []string {
	a, err := acc.Result(nil)
	must(t, err)
	defer a.Release()
	out := make([]string, a.Len())
	for i := range out {
		out[i] = cell(a, i)
	}
	return out
}

func cell(a arrow.Array, i int) string {
	if a.IsNull(i) {
		return "NULL"
	}
	switch a := a.(type) {
	case *array.Decimal128:
		return a.Value(i).BigInt().String()
	case *array.Float64:
		return floatText(a.Value(i))
	case *array.Float32:
		return floatText(float64(a.Value(i)))
	case array.ListLike, *array.Struct: // ValueStr says null of some lists that are empty, and tells -0 from 0
		return fmt.Sprintf("%x", appendValue(nil, a, i))
	}
	return a.ValueStr(i)
}

// floatText marks f as a number that same compares with tolerance.
func floatText(f float64) string { return fmt.Sprintf("~%v", f) }

// positive makes a 0 within JSON one: DISTINCT may give either.
var positive = strings.NewReplacer("-0,", "0,", "-0]", "0]", "-0 ", "0 ", "-0}", "0}")

// same compares two results; floats may differ by what the order of additions does to them.
func same(a, b string) bool {
	var x, y float64
	if _, err := fmt.Sscanf(a+b, "~%g~%g", &x, &y); err != nil || a == b {
		return positive.Replace(a) == positive.Replace(b)
	}
	return math.Abs(x-y) <= 1e-4+1e-9*math.Abs(x)
}

func equal(t failer, what string, got, want []string) {
	if len(got) != len(want) {
		t.Fatalf("%s: %d groups, want %d", what, len(got), len(want))
	}
	for g := range got {
		if !same(got[g], want[g]) {
			t.Fatalf("%s: group %d is %s, want %s", what, g, got[g], want[g])
		}
	}
}

// merge is a's state put into b.
func merge(t failer, a, b Accumulator) {
	state, err := a.State(nil)
	must(t, err)
	groups := every(nil, testGroups)
	must(t, b.Merge(groups, state))
	release(state...)
}

func TestAccumulators(t *testing.T) {
	for name, ones := range calls() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				o := rapid.SampledFrom(ones).Draw(t, "call")
				c := o.resolve(t)
				mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
				x, y, z := draw(t, mem, c), draw(t, mem, c), draw(t, mem, c)
				properties(t, mem, o, c, x, y, z)
				x.release()
				y.release()
				z.release()
				if n := mem.CurrentAlloc(); n != 0 {
					t.Fatalf("%d bytes were not given back", n)
				}
			})
		})
	}
}

func properties(t *rapid.T, mem memory.Allocator, o one, c Call, x, y, z rows) {
	all := feed(t, mem, c, x, y, z)
	defer all.Release()
	want := results(t, all)
	equal(t, "against the reference", want, reference(t, o, x, y, z))

	cut := rapid.IntRange(0, len(x.groups)).Draw(t, "cut")
	x1, x2 := x.slice(0, cut), x.slice(cut, len(x.groups))
	split := feed(t, mem, c, x1, x2, y, z)
	equal(t, "in other batches", results(t, split), want)
	split.Reset()
	split.Grow(testGroups)
	for _, p := range []rows{x, y, z} {
		must(t, split.Update(p.groups, p.args, nil))
	}
	equal(t, "after Reset", results(t, split), want)
	split.Release()
	x1.release()
	x2.release()

	a, b, d := feed(t, mem, c, x), feed(t, mem, c, y), feed(t, mem, c, z)
	left := start(mem, c)
	merge(t, a, left)
	equal(t, "state of x merged into nothing", results(t, left), results(t, a))
	merge(t, b, left)
	merge(t, d, left)
	equal(t, "merged as (x+y)+z", results(t, left), want)
	merge(t, d, b)
	merge(t, a, b)
	equal(t, "merged as (y+z)+x", results(t, b), reference(t, o, y, z, x))

	groups := []uint32{3, 0, 3, 1}
	some, err := all.Result(groups)
	must(t, err)
	state, err := all.State(groups)
	must(t, err)
	again := start(mem, c)
	must(t, again.Merge([]uint32{0, 1, 2, 3}, state))
	restored := results(t, again)
	for i, g := range groups {
		if got := cell(some, i); !same(got, want[g]) {
			t.Fatalf("asked for group %d: %s, want %s", g, got, want[g])
		}
		if !same(restored[i], want[g]) {
			t.Fatalf("the state of group %d: %s, want %s", g, restored[i], want[g])
		}
	}
	release(some)
	release(state...)

	err = again.Update(y.groups, y.args, y.signs(-1))
	if len(y.groups) > 0 && !c.Retracts {
		if err == nil || !strings.Contains(err.Error(), "updated or deleted") {
			t.Fatalf("taking rows back: %v", err)
		}
	} else {
		must(t, err)
		undone := feed(t, mem, c, x, y)
		must(t, undone.Update(y.groups, y.args, y.signs(-1)))
		must(t, undone.Update(z.groups, z.args, z.signs(1)))
		equal(t, "x and z, y taken back", results(t, undone), reference(t, o, x, z))
		undone.Release()
		whole, delta := feed(t, mem, c, x, y), start(mem, c)
		must(t, delta.Update(y.groups, y.args, y.signs(-1)))
		must(t, delta.Update(z.groups, z.args, nil))
		merge(t, delta, whole)
		equal(t, "x and z, y taken back elsewhere", results(t, whole), reference(t, o, x, z))
		whole.Release()
		delta.Release()
	}
	if all.Bytes() < testGroups {
		t.Fatalf("%d bytes", all.Bytes())
	}
	for _, acc := range []Accumulator{a, b, d, left, again} {
		acc.Release()
	}
}

// reference calculates in the plainest way what results says. What has no plain way here is held against itself, all
// rows at once: its values are those that PostgreSQL gives in testdata/queries/aggregate.
func reference(t failer, o one, parts ...rows) []string {
	if !plain(o) {
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		var all rows
		for _, p := range parts {
			all.groups = append(all.groups, p.groups...)
		}
		c := o.resolve(t)
		for i := range c.Args {
			var pieces []arrow.Array
			for _, p := range parts {
				pieces = append(pieces, p.args[i])
			}
			col, err := array.Concatenate(pieces, mem)
			must(t, err)
			all.args = append(all.args, col)
		}
		acc := feed(t, mem, c, all)
		defer acc.Release()
		defer all.release()
		return results(t, acc)
	}
	out := make([]string, testGroups)
	for g := range out {
		var vals []string                      // as ValueStr has them
		var at, by []func() (arrow.Array, int) // the first argument and the last
		n := 0
		seen := map[string]bool{}
		for _, p := range parts {
			for i := range p.groups {
				if int(p.groups[i]) != g {
					continue
				}
				if len(p.args) == 0 {
					n++
					continue
				}
				a := p.args[0]
				if p.args[len(p.args)-1].IsNull(i) || o.distinct && seen[keyText(p.args, i)] {
					continue
				}
				seen[keyText(p.args, i)] = true
				n++
				vals = append(vals, a.ValueStr(i))
				at = append(at, func() (arrow.Array, int) { return a, i })
				by = append(by, func() (arrow.Array, int) { return p.args[len(p.args)-1], i })
			}
		}
		switch {
		case o.name == "count":
			out[g] = fmt.Sprint(n)
		case n == 0:
			out[g] = "NULL"
		case o.name == "sum" || o.name == "avg":
			out[g] = refSum(o, at)
		case len(o.args) == 2:
			out[g] = refBest(strings.Contains(o.name, "max"), at, by)
		case o.name == "min" || o.name == "max":
			best := at[0]
			for _, v := range at[1:] {
				if c := refCompare(v, best); c < 0 && o.name == "min" || c > 0 && o.name == "max" {
					best = v
				}
			}
			out[g] = cell(best())
		case o.name == "bool_or":
			out[g] = fmt.Sprint(strings.Contains(strings.Join(vals, ""), "true"))
		case o.name == "bool_and" || o.name == "every":
			out[g] = fmt.Sprint(!strings.Contains(strings.Join(vals, ""), "false"))
		case strings.HasPrefix(o.name, "bit_"):
			out[g] = refBits(o.name, vals)
		default:
			out[g] = refVariance(o, at)
		}
	}
	return out
}

func plain(o one) bool {
	if o.ordered || len(o.args) == 1 && (o.args[0].Kind == types.Array || o.args[0].Kind == types.Interval && (o.name == "sum" || o.name == "avg")) && o.name != "count" {
		return false
	}
	for _, fs := range [][]Function{{countFunction}, sumFunctions, avgFunctions, minmaxFunctions, argFunctions, boolFunctions, bitFunctions, varianceFunctions} {
		if slices.ContainsFunc(fs, func(f Function) bool { return f.Name == o.name }) {
			return true
		}
	}
	return false
}

// refBest is the value of the first row that no other one beats.
func refBest(largest bool, at, by []func() (arrow.Array, int)) string {
	best := 0
	for i := range by {
		if c := refCompare(by[i], by[best]); largest && c > 0 || !largest && c < 0 {
			best = i
		}
	}
	return cell(at[best]())
}

func refSum(o one, at []func() (arrow.Array, int)) string {
	if o.args[0].Kind == types.Float32 || o.args[0].Kind == types.Float64 {
		sum := 0.0
		for _, v := range at {
			sum += refFloat(v())
		}
		if o.name == "avg" {
			sum /= float64(len(at))
		} else if o.args[0].Kind == types.Float32 {
			sum = float64(float32(sum))
		}
		return floatText(sum)
	}
	sum := new(big.Int)
	for _, v := range at {
		sum.Add(sum, refInt(v()))
	}
	if o.name == "sum" {
		return sum.String()
	}
	shift := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(avgScale, o.args[0].Scale)-o.args[0].Scale)), nil)
	exact := new(big.Rat).SetFrac(new(big.Int).Mul(sum, shift), big.NewInt(int64(len(at))))
	return strings.TrimPrefix(exact.FloatString(0), "-0") // FloatString rounds halves away from zero
}

func refInt(a arrow.Array, i int) *big.Int {
	if d, ok := a.(*array.Decimal128); ok {
		return d.Value(i).BigInt()
	}
	n, ok := new(big.Int).SetString(a.ValueStr(i), 10)
	if !ok {
		panic(a.ValueStr(i))
	}
	return n
}

func refFloat(a arrow.Array, i int) float64 {
	if f, ok := a.(*array.Float32); ok {
		return float64(f.Value(i))
	}
	return a.(*array.Float64).Value(i)
}

func refCompare(x, y func() (arrow.Array, int)) int {
	a, i := x()
	b, j := y()
	switch a := a.(type) {
	case *array.Float64, *array.Float32:
		f, g := refFloat(a, i), refFloat(b, j)
		switch {
		case f != f && g != g || f == g:
			return 0
		case f != f || f > g:
			return 1
		}
		return -1
	case *array.Boolean:
		return strings.Compare(a.ValueStr(i), b.ValueStr(j)) // false is before true, also as words
	case *array.String:
		return strings.Compare(a.Value(i), b.(*array.String).Value(j))
	case *array.Binary:
		return bytes.Compare(a.Value(i), b.(*array.Binary).Value(j))
	case *array.FixedSizeBinary:
		return bytes.Compare(a.Value(i), b.(*array.FixedSizeBinary).Value(j))
	case *array.MonthDayNanoInterval:
		length := func(v arrow.MonthDayNanoInterval) *big.Int {
			days := big.NewInt(int64(v.Months)*30 + int64(v.Days))
			return days.Mul(days, big.NewInt(86400e9)).Add(days, big.NewInt(v.Nanoseconds))
		}
		return length(a.Value(i)).Cmp(length(b.(*array.MonthDayNanoInterval).Value(j)))
	case *array.Date32:
		return int(a.Value(i)) - int(b.(*array.Date32).Value(j))
	case *array.Time64:
		return int(a.Value(i)) - int(b.(*array.Time64).Value(j))
	case *array.Timestamp:
		return int(a.Value(i)) - int(b.(*array.Timestamp).Value(j))
	}
	return refInt(a, i).Cmp(refInt(b, j))
}

func refBits(name string, vals []string) string {
	var out int64
	for i, v := range vals {
		var n int64
		fmt.Sscan(v, &n)
		switch {
		case i == 0:
			out = n
		case name == "bit_and":
			out &= n
		case name == "bit_or":
			out |= n
		default:
			out ^= n
		}
	}
	return fmt.Sprint(out)
}

func refVariance(o one, at []func() (arrow.Array, int)) string {
	less := int64(1)
	if strings.HasSuffix(o.name, "_pop") {
		less = 0
	}
	n, root := int64(len(at)), strings.HasPrefix(o.name, "stddev")
	if n <= less {
		return "NULL"
	}
	mean, squares := new(big.Rat), new(big.Rat)
	vals := make([]*big.Rat, n)
	for i, v := range at {
		if a, k := v(); o.args[0].Kind == types.Float32 || o.args[0].Kind == types.Float64 {
			if vals[i] = new(big.Rat).SetFloat64(refFloat(a, k)); vals[i] == nil {
				return floatText(math.NaN())
			}
		} else {
			vals[i] = new(big.Rat).SetFrac(refInt(a, k), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(o.args[0].Scale)), nil))
		}
		mean.Add(mean, vals[i])
	}
	mean.Quo(mean, big.NewRat(n, 1))
	for _, v := range vals {
		d := new(big.Rat).Sub(v, mean)
		squares.Add(squares, d.Mul(d, d))
	}
	out := new(big.Float).SetPrec(1000).SetRat(squares.Quo(squares, big.NewRat(n-less, 1)))
	if root {
		out.Sqrt(out)
	}
	c, _ := o.call()
	if c.Result.Kind == types.Float64 {
		f, _ := out.Float64()
		return floatText(f)
	}
	out.Mul(out, new(big.Float).SetPrec(1000).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Result.Scale)), nil)))
	exact, _ := out.Add(out, big.NewFloat(0.5)).Int(nil)
	return exact.String()
}
