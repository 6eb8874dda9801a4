package agg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

func TestAnIndexFindsAllRowsOfAKeyForEveryType(t *testing.T) {
	mem := checked(t)
	r := rand.New(rand.NewPCG(5, 6))
	samples := sampleTypes()
	for _, typ := range samples {
		for _, more := range [...][]types.Type{nil, {samples[r.IntN(len(samples))]}} {
			keys := append([]types.Type{typ}, more...)
			for _, two := range [][]bool{nil, {true, true}, {true, false}} {
				var nullEqual []bool
				if two != nil {
					nullEqual = two[:len(keys)]
				}
				var rows, probes []arrow.Array
				for _, k := range keys {
					rows, probes = append(rows, random(mem, k, 200, 2, r)), append(probes, random(mem, k, 150, 2, r))
				}
				x := NewIndex(keys, nullEqual, rows)
				heads := x.Find(probes, 150, nil)
				for i, at := range heads {
					var got []int
					for ; at >= 0; at = following(x, at) {
						got = append(got, int(at))
					}
					slices.Sort(got)
					var want []int
					for j := range 200 {
						if keyText(probes, i) == keyText(rows, j) && !lacks(probes, nullEqual, i) {
							want = append(want, j)
						}
					}
					if !slices.Equal(got, want) {
						t.Fatalf("keys %v, NULL equal %v: row %s has %v, want %v", keys, nullEqual, keyText(probes, i), got, want)
					}
				}
				release(rows...)
				release(probes...)
			}
		}
	}
}

func TestAnIndexOfNumbersFarApartFindsThoseThatAreThere(t *testing.T) {
	mem := checked(t)
	const keys, apart = 300, 40
	build := func(vals []int64) arrow.Array { // 3 stands for NULL
		b := array.NewInt64Builder(mem)
		defer b.Release()
		for _, v := range vals {
			if v == 3 {
				b.AppendNull()
			} else {
				b.Append(v)
			}
		}
		return b.NewArray()
	}
	var vals []int64
	rowOf := map[int64]int32{}
	for i := range int64(keys) {
		v := (i - keys/2) * apart
		rowOf[v] = int32(len(vals))
		vals = append(vals, v)
	}
	rowOf[3] = int32(len(vals))
	vals = append(vals, 3)
	rows := build(vals)
	defer rows.Release()
	x := NewIndex([]types.Type{types.Of(types.Int64)}, []bool{true}, []arrow.Array{rows})
	filter := &x.table.(*hashIndex).filter
	r := rand.New(rand.NewPCG(3, 3))
	for _, tc := range []struct {
		there, rounds int // in a hundred rows; blocks of rows
		kept          bool
	}{{2, 100, true}, {90, 200, false}, {50, 3, false}} {
		for range tc.rounds {
			probe := []int64{math.MinInt64, math.MaxInt64, 3, vals[0] - 1, vals[0], vals[keys-1], vals[keys-1] + 1, vals[keys-1] + 2}
			for range 700 {
				v := r.Int64N(2*keys*apart) - keys*apart
				if r.IntN(100) < tc.there {
					v = vals[r.IntN(len(vals))]
				}
				probe = append(probe, v)
			}
			a := build(probe)
			got := x.Find([]arrow.Array{a}, len(probe), nil)
			a.Release()
			for i, v := range probe {
				want, ok := rowOf[v]
				if !ok {
					want = NoRow
				}
				if got[i] != want {
					t.Fatalf("%d is found in row %d, want %d", v, got[i], want)
				}
			}
		}
		if (filter.bits != nil) != tc.kept {
			t.Errorf("with %d of 100 rows found the filter is used: %v", tc.there, filter.bits != nil)
		}
	}
}

func following(x *Index, row int32) int32 {
	if x.Next() == nil {
		return NoRow
	}
	return x.Next()[row]
}

// lacks reports whether row i has a NULL that equals nothing.
func lacks(cols []arrow.Array, nullEqual []bool, i int) bool {
	for k, a := range cols {
		if a.IsNull(i) && (nullEqual == nil || !nullEqual[k]) {
			return true
		}
	}
	return false
}

// BenchmarkIndex finds rows by keys of which a part is there, out of a range twenty times as large as there are keys.
func BenchmarkIndex(b *testing.B) {
	const rows = 8192
	mem := memory.DefaultAllocator
	r := rand.New(rand.NewPCG(1, 1))
	for _, keys := range []int{10_000, 500_000} {
		for _, there := range []int{5, 50, 100} {
			build := make([]int64, keys)
			for i := range build {
				build[i] = int64(i*20 + r.IntN(20))
			}
			var probes []arrow.Array
			for range 64 {
				probe := make([]int64, rows)
				for i := range probe {
					probe[i] = r.Int64N(int64(keys) * 20)
					if r.IntN(100) < there {
						probe[i] = build[r.IntN(keys)]
					}
				}
				probes = append(probes, int64s(mem, probe...))
			}
			b.Run(fmt.Sprintf("%d keys, %d%% found", keys, there), func(b *testing.B) {
				x := NewIndex([]types.Type{types.Of(types.Int64)}, nil, []arrow.Array{int64s(mem, build...)})
				var into []int32
				for i := 0; b.Loop(); i++ {
					into = x.Find(probes[i%64:i%64+1], rows, into)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			})
		}
	}
}
