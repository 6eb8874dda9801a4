package agg

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

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
