package nexmark

import (
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/sources"
)

// open starts to read the number of the bidder; wakes counts the calls of wake.
func open(t *testing.T, tab *catalog.Table, from sources.Position, wakes *atomic.Int64) sources.Reader {
	t.Helper()
	src, err := New().Open(t.Context(), &sources.Scan{Table: tab, Pushdown: sources.Pushdown{Columns: []int{1}}}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Open(t.Context(), sources.Split{ID: "events"}, from, func() { wakes.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drain counts the rows and batches that a reader has without waiting.
func drain(t *testing.T, r sources.Reader) (rows, batches int) {
	t.Helper()
	for {
		b, err := r.Next(t.Context())
		if errors.Is(err, io.EOF) || err == nil && b == nil {
			return rows, batches
		}
		if err != nil {
			t.Fatal(err)
		}
		rows, batches = rows+b.Len(), batches+1
		b.Release()
	}
}

func TestPaceGivesWhatIsDueByTheClock(t *testing.T) {
	for _, tc := range []struct {
		name, rate string
		after      time.Duration
		rows       int
		batches    int
	}{
		{"nothing at the start", "10000", 0, 0, 0},
		{"a tick's events in one batch", "10000", 10 * time.Millisecond, 100, 1},
		{"between ticks as many as at the one before", "10000", 19 * time.Millisecond, 100, 1},
		{"no event before its time", "3", 333 * time.Millisecond, 0, 0},
		{"an event at the tick behind its time", "3", 340 * time.Millisecond, 1, 1},
		{"a reader that was held back catches up", "10000", 2 * time.Second, 20_000, 3},
		{"a million a second", "1000000", 20 * time.Millisecond, 20_000, 3},
		{"an hour of one a second", "1", time.Hour, 3600, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var wakes atomic.Int64
				r := open(t, table(map[string]string{"rate": tc.rate}, all("bid")...), "5000", &wakes)
				defer r.Close()
				time.Sleep(tc.after)
				if rows, batches := drain(t, r); rows != tc.rows || batches != tc.batches {
					t.Errorf("%d rows in %d batches, want %d in %d", rows, batches, tc.rows, tc.batches)
				}
			})
		})
	}
}

// TestPacedReaderWakesWhenItHasMore: whoever sleeps until wake is called misses nothing and finds something each time.
func TestPacedReaderWakesWhenItHasMore(t *testing.T) {
	for _, rate := range []string{"1", "7", "99", "100", "101", "12345"} {
		t.Run(rate, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var wakes atomic.Int64
				r := open(t, table(map[string]string{"rate": rate, "events": "500"}, all("bid")...), "", &wakes)
				defer r.Close()
				start, total := time.Now(), 0
				for seen := int64(0); total < 500; {
					if rows, _ := drain(t, r); rows > 0 {
						total += rows
					} else if total > 0 || seen > 0 {
						t.Fatalf("woken for nothing behind %d rows", total)
					}
					for total < 500 && wakes.Load() == seen {
						time.Sleep(time.Millisecond)
						if time.Since(start) > 10*time.Minute {
							t.Fatalf("never woken behind %d rows", total)
						}
					}
					seen = wakes.Load()
				}
				perSecond := r.(*reader).rate
				due := time.Duration(500 * int64(time.Second) / perSecond)
				if took := time.Since(start); took < due || took > due+3*tick {
					t.Errorf("500 events took %s, want %s", took, due)
				}
			})
		})
	}
}

func TestClosedReaderDoesNotWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wakes atomic.Int64
		r := open(t, table(map[string]string{"rate": "1"}, all("bid")...), "", &wakes)
		drain(t, r)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := wakes.Load(); n != 0 {
			t.Errorf("woken %d times", n)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		ok          bool
	}{
		{"events", "0", true}, {"events", "-1", false}, {"rate", "0", true}, {"rate", "1000000000", true}, {"rate", "1000000001", false},
		{"event", "bids", false}, {"start", "2026-01-01", false}, {"out_of_order", "2 seconds", true}, {"seed", "x", false},
	} {
		if err := catalog.CheckOptions(table(map[string]string{tc.name: tc.value}), New().Options()); (err == nil) != tc.ok {
			t.Errorf("%s = %q: %v", tc.name, tc.value, err)
		}
	}
}

func TestNoEndIsAStreamAndAnEndIsNot(t *testing.T) {
	for value, want := range map[string]bool{"": false, "0": false, "5": true} {
		options := map[string]string{}
		if value != "" {
			options["events"] = value
		}
		if got := New().Bounded(table(options)); got != want {
			t.Errorf("events = %q: bounded is %t", value, got)
		}
	}
}
