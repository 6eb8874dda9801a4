package expr

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

func TestTakeGivesTheValuesAtRowsForEveryType(t *testing.T) {
	mem := checked(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, typ := range sampleTypes() {
		for _, nulls := range []int{0, 3, 10} {
			whole := randomArray(mem, typ, 150, nulls, r)
			for _, cut := range [][2]int{{0, 150}, {3, 140}, {64, 65}, {9, 9}} {
				a := array.NewSlice(whole, int64(cut[0]), int64(cut[1]))
				for _, n := range []int{0, 1, 64, 100} {
					if a.Len() == 0 {
						n = 0
					}
					rows := make([]int32, n)
					for i := range rows {
						rows[i] = int32(r.IntN(a.Len()))
					}
					got := Take(mem, a, rows)
					if got.Len() != n || !arrow.TypeEqual(got.DataType(), a.DataType()) {
						t.Fatalf("%s: took %d rows of %s, want %d of %s", typ, got.Len(), got.DataType(), n, a.DataType())
					}
					seen := 0
					for i, row := range rows {
						if !array.SliceEqual(got, int64(i), int64(i)+1, a, int64(row), int64(row)+1) {
							t.Fatalf("%s, slice %v: row %d is %s, want row %d: %s", typ, cut, i, got.ValueStr(i), row, a.ValueStr(int(row)))
						}
						if a.IsNull(int(row)) {
							seen++
						}
					}
					if got.NullN() != seen {
						t.Errorf("%s: %d NULLs counted, want %d", typ, got.NullN(), seen)
					}
					if seen == 0 && got.NullBitmapBytes() != nil {
						t.Errorf("%s: a null bitmap without NULLs", typ)
					}
					got.Release()
				}
				a.Release()
			}
			whole.Release()
		}
	}
}

func TestSelectGivesTheTrueRowsAfterThoseThatAreThere(t *testing.T) {
	mem := checked(t)
	build := func(n int, value func(i int) (v, valid bool)) *array.Boolean {
		b := array.NewBooleanBuilder(mem)
		defer b.Release()
		for i := range n {
			if v, valid := value(i); valid {
				b.Append(v)
			} else {
				b.AppendNull()
			}
		}
		return b.NewBooleanArray()
	}
	for name, value := range map[string]func(i int) (v, valid bool){
		"all true":        func(int) (bool, bool) { return true, true },
		"all false":       func(int) (bool, bool) { return false, true },
		"all NULL":        func(int) (bool, bool) { return true, false },
		"every third":     func(i int) (bool, bool) { return i%3 == 0, true },
		"NULLs are false": func(i int) (bool, bool) { return true, i%5 != 0 },
	} {
		for _, cut := range [][2]int{{0, 0}, {0, 1}, {0, 64}, {1, 65}, {0, 200}, {63, 199}, {7, 8}} {
			t.Run(fmt.Sprint(name, cut), func(t *testing.T) {
				whole := build(200, value)
				defer whole.Release()
				mask := array.NewSlice(whole, int64(cut[0]), int64(cut[1]))
				defer mask.Release()
				want := []int32{-7}
				for i := cut[0]; i < cut[1]; i++ {
					if v, valid := value(i); v && valid {
						want = append(want, int32(i-cut[0]))
					}
				}
				if got := Select(mask, []int32{-7}); !slices.Equal(got, want) {
					t.Errorf("Select = %v, want %v", got, want)
				}
			})
		}
	}
}

func TestTakeOrNullGivesNullForNegativeRows(t *testing.T) {
	mem := checked(t)
	r := rand.New(rand.NewPCG(3, 4))
	for _, typ := range sampleTypes() {
		for _, n := range []int{0, 1, 70} {
			a := randomArray(mem, typ, n, 3, r)
			rows := make([]int32, 100)
			for i := range rows {
				rows[i] = int32(r.IntN(n+1)) - 1
			}
			got := TakeOrNull(mem, a, rows)
			for i, row := range rows {
				if row < 0 && got.IsValid(i) || row >= 0 && !array.SliceEqual(got, int64(i), int64(i)+1, a, int64(row), int64(row)+1) {
					t.Fatalf("%s: row %d of %d is %s", typ, row, n, got.ValueStr(i))
				}
			}
			got.Release()
			a.Release()
		}
	}
}
