package agg

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

func TestSumsOfFewGroupsAreThoseOfMany(t *testing.T) {
	const rows = 2*laneRows + 7
	r := rand.New(rand.NewPCG(1, 2))
	for _, width := range []uint{1, narrow, narrow + 1, 63} { // bits
		for _, groups := range []int{1, 3, fewGroups, fewGroups + 1} {
			mem := checked(t)
			ids, vals, texts := make([]uint32, rows), make([]int64, rows), make([]string, rows)
			want := make([]big.Int, groups)
			for i := range vals {
				ids[i] = uint32(r.IntN(groups))
				vals[i] = int64(r.Uint64()) >> (63 - width)
				texts[i] = fmt.Sprint(vals[i])
				want[ids[i]].Add(&want[ids[i]], big.NewInt(vals[i]))
			}
			for _, typ := range []types.Type{types.Of(types.Int64), types.DecimalOf(20, 2)} {
				arg := int64s(mem, vals...)
				if typ.Kind == types.Decimal {
					arg.Release()
					arg = decimals(t, mem, 2, texts...)
				}
				c, err := Resolve("sum", []types.Type{typ}, false, 0)
				must(t, err)
				acc := c.New(mem)
				acc.Grow(groups)
				for range 2 {
					must(t, acc.Update(ids, []arrow.Array{arg}, nil))
				}
				for g, got := range results(t, acc) {
					if twice := new(big.Int).Lsh(&want[g], 1).String(); got != twice {
						t.Errorf("%d bits, %d groups of %s: group %d is %s, want %s", width, groups, typ, g, got, twice)
					}
				}
				acc.Release()
				arg.Release()
			}
		}
	}
}

func TestAFewWideDecimalsAmongMany(t *testing.T) {
	mem := checked(t)
	vals := make([]string, manyRows+1)
	for i := range vals {
		vals[i] = "1"
	}
	wide := strings.Repeat("9", 38)
	for _, tc := range []struct{ first, want string }{
		{"-" + wide, "-99999999999999999999999999999999998975"},
		{wide, "error"},
	} {
		vals[0] = tc.first
		arg := decimals(t, mem, 0, vals...)
		c, err := Resolve("sum", []types.Type{types.DecimalOf(38, 0)}, false, 0)
		must(t, err)
		acc := c.New(mem)
		acc.Grow(1)
		must(t, acc.Update(make([]uint32, len(vals)), []arrow.Array{arg}, nil))
		got := "error"
		if a, err := acc.Result(nil); err == nil {
			got = cell(a, 0)
			a.Release()
		} else if sqlerr.Code(err) != sqlerr.NumericOutOfRange {
			t.Error(err)
		}
		if got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
		acc.Release()
		arg.Release()
	}
}
