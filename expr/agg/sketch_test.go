package agg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

// sketches feeds values to several accumulators of a call, by turns, and merges them into one.
func sketch(t *testing.T, c Call, vals []float64, parts int) Accumulator {
	mem := checked(t)
	accs := make([]Accumulator, parts)
	for p := range accs {
		accs[p] = c.New(mem)
		accs[p].Grow(1)
		var own []float64
		for i := p; i < len(vals); i += parts {
			own = append(own, vals[i])
		}
		for len(own) > 0 {
			n := min(1000, len(own))
			col := doubles(mem, own[:n]...)
			must(t, accs[p].Update(make([]uint32, n), []arrow.Array{col}, nil))
			col.Release()
			own = own[n:]
		}
	}
	for _, a := range accs[1:] {
		state, err := a.State(nil)
		must(t, err)
		must(t, accs[0].Merge([]uint32{0}, state))
		release(state...)
		a.Release()
	}
	t.Cleanup(accs[0].Release)
	return accs[0]
}

func TestApproxCountDistinctIsExactBelowAndNearAbove(t *testing.T) {
	c, err := Resolve("approx_count_distinct", []types.Type{types.Of(types.Float64)}, false, 0)
	must(t, err)
	for _, n := range []int{0, 1, 256, 257, 1000, 20_000, 300_000} {
		for _, parts := range []int{1, 7} {
			vals := make([]float64, 0, 2*n)
			for i := range n {
				vals = append(vals, float64(i), float64(i/2)) // some twice and more
			}
			got := 0
			_, err := fmt.Sscan(results(t, sketch(t, c, vals, parts))[0], &got)
			must(t, err)
			off := math.Abs(float64(got-n)) / math.Max(float64(n), 1)
			if n <= hllHashes && got != n || off > 3*0.016 {
				t.Errorf("%d of %d in %d parts", got, n, parts)
			}
		}
	}
}

func TestApproxPercentileIsExactBelowAndNearAbove(t *testing.T) {
	fractions := []float64{0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1}
	m := Modifiers{Fractions: Fractions{Values: fractions, Array: true}}
	c, err := ResolveCall("approx_percentile", []types.Type{types.Of(types.Float64)}, m, 0)
	must(t, err)
	shapes := map[string]func(*rand.Rand) float64{
		"even":   (*rand.Rand).Float64,
		"normal": (*rand.Rand).NormFloat64,
		"long":   func(r *rand.Rand) float64 { return math.Exp(3 * r.NormFloat64()) },
		"few":    func(r *rand.Rand) float64 { return float64(r.IntN(5)) },
	}
	for name, shape := range shapes {
		for _, n := range []int{1, 2, 500, 5000, 200_000} {
			for _, parts := range []int{1, 5} {
				r := rand.New(rand.NewPCG(uint64(n), 3))
				vals := make([]float64, n)
				for i := range vals {
					vals[i] = shape(r)
				}
				a, err := sketch(t, c, vals, parts).Result(nil)
				must(t, err)
				got := a.(*array.List).ListValues().(*array.Float64).Float64Values()
				slices.Sort(vals)
				for i, p := range fractions {
					exact := p * float64(n-1)
					if n <= digestExact {
						lo, hi := vals[int(math.Floor(exact))], vals[int(math.Ceil(exact))]
						if want := lo + (exact-math.Floor(exact))*(hi-lo); math.Abs(got[i]-want) > 1e-12*math.Abs(want) {
							t.Errorf("%s, %d values in %d: %v at %v, want %v", name, n, parts, got[i], p, want)
						}
						continue
					}
					// How far the value's rank is from the one asked for; of equal values any rank is right.
					from, _ := slices.BinarySearch(vals, got[i])
					to, _ := slices.BinarySearchFunc(vals, got[i], func(v, x float64) int {
						if v <= x {
							return -1
						}
						return 1
					})
					off := max(float64(from)-exact-1, exact-float64(to), 0) / float64(n)
					if name == "few" {
						continue
					}
					if most := 0.02*math.Sqrt(p*(1-p))/2 + 2/float64(n); off > most {
						t.Errorf("%s, %d values in %d: the rank at %v is off by %v, most is %v", name, n, parts, p, off, most)
					}
				}
				a.Release()
			}
		}
	}
}

func TestDigestsStaySmall(t *testing.T) {
	c, err := ResolveCall("approx_percentile", []types.Type{types.Of(types.Float64)}, Modifiers{Fractions: Fractions{Values: []float64{0.5}}}, 0)
	must(t, err)
	vals := make([]float64, 100_000)
	for i := range vals {
		vals[i] = float64(i % 7919)
		if i%3 == 0 {
			vals[i] = math.Inf(1)
		}
		if i%5 == 0 {
			vals[i] = math.NaN()
		}
	}
	if acc := sketch(t, c, vals, 3); acc.Bytes() > 20<<10 {
		t.Errorf("%d bytes", acc.Bytes())
	}
}
