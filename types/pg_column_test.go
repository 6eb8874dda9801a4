package types

import (
	"math"
	"strconv"
	"testing"
)

func TestIntegersAreWrittenAsStrconvWritesThem(t *testing.T) {
	check := func(v int64) {
		t.Helper()
		if got, want := string(appendInt([]byte("x"), v)), "x"+strconv.FormatInt(v, 10); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	check(0)
	check(math.MinInt64)
	check(math.MaxInt64)
	for p := int64(1); p < math.MaxInt64/10; p *= 10 {
		for _, v := range []int64{p - 1, p, p + 1, 7 * p, 10*p - 1} {
			check(v)
			check(-v)
		}
	}
}
