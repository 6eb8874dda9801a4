package nexmark

import (
	"fmt"
	"strings"
	"testing"
)

func bids(seed uint64) *Generator {
	return &Generator{Seed: seed, Start: 1_767_225_600e6, PerSecond: 10_000}
}

// TestBidsHaveTheShapeOfTheBenchmark: what a query over them costs depends on how many keys they have, how they are
// spread and how long a bid is.
func TestBidsHaveTheShapeOfTheBenchmark(t *testing.T) {
	const from, n = 3_000_000, 100_000 // ten seconds of event time
	g := bids(1)
	bidders, auctions := map[int64]int{}, map[int64]int{}
	bytes, known := 0, 0
	var buf []byte
	for i := int64(from); i < from+n; i++ {
		bidders[g.Bidder(i)]++
		auctions[g.Auction(i)]++
		buf = g.AppendChannel(buf[:0], i)
		if !strings.HasPrefix(string(buf), "channel-") {
			known++
		}
		if i%100 == 0 {
			bytes += len(fmt.Sprintf(`{"auction":%d,"bidder":%d,"price":%d,"channel":"%s","url":"%s","date_time":"2026-01-01 00:05:00.000","extra":"%s"}`,
				g.Auction(i), g.Bidder(i), g.Price(i), buf, g.AppendURL(nil, i), g.AppendExtra(nil, i)))
		}
	}
	hottest := func(counts map[int64]int) (share float64) { // of the keys that have more than 100 bids
		for _, c := range counts {
			if c > 100 {
				share += float64(c) / n
			}
		}
		return share
	}
	for _, tc := range []struct {
		what           string
		got, low, high float64
	}{
		{"bidders in ten seconds", float64(len(bidders)), 15_000, 25_000},
		{"share of bids by hot bidders", hottest(bidders), 0.23, 0.27},
		{"share of bids on hot auctions", hottest(auctions), 0.47, 0.53},
		{"share of bids by one of the four channels", float64(known) / n, 0.48, 0.52},
		{"bytes of a bid in JSON", float64(bytes) / (n / 100), 255, 285},
	} {
		if tc.got < tc.low || tc.got > tc.high {
			t.Errorf("%s: %g, want %g to %g", tc.what, tc.got, tc.low, tc.high)
		}
	}
}

func TestNobodyBidsOnWhatIsNotThereYet(t *testing.T) {
	g := bids(2)
	for _, n := range []int64{0, 1, 45, 46, 47, 1000, 1 << 40} {
		if b := g.Bidder(n); b < firstPerson || b > firstPerson+n/46+1 {
			t.Errorf("bid %d is by person %d", n, b)
		}
		if a := g.Auction(n); a < firstAuction || a > firstAuction+n*3/46 {
			t.Errorf("bid %d is on auction %d", n, a)
		}
		if s := g.Seller(n); s < firstPerson || s > firstPerson+n/3 {
			t.Errorf("auction %d is by person %d", n, s)
		}
		if r, first := g.Reserve(n), g.InitialBid(n); r < first {
			t.Errorf("auction %d begins at %d and must reach %d", n, first, r)
		}
		if at, end := g.Time(n), g.Expires(n); end <= at {
			t.Errorf("auction %d ends at %d, before it begins at %d", n, end, at)
		}
	}
}

func TestTimesGoOnByTheRateAndFallBackByLessThanTheDisorder(t *testing.T) {
	for _, tc := range []struct {
		n, perSecond, want int64 // microseconds behind the start
	}{
		{0, 10_000, 0}, {1, 10_000, 100}, {9_999, 10_000, 999_900}, {10_000, 10_000, 1_000_000},
		{1, 3, 333_333}, {3, 3, 1_000_000}, {1 << 40, 1 << 20, 1 << 20 * 1_000_000}, {7, 1_000_000_000, 0},
	} {
		g := Generator{Start: 5, PerSecond: tc.perSecond}
		if got := g.Time(tc.n) - g.Start; got != tc.want {
			t.Errorf("event %d at %d a second: %d, want %d", tc.n, tc.perSecond, got, tc.want)
		}
		straight := g
		g.Disorder = 1000
		if late := straight.Time(tc.n) - g.Time(tc.n); late < 0 || late >= g.Disorder {
			t.Errorf("event %d is %d behind, with a disorder of %d", tc.n, late, g.Disorder)
		}
	}
}
