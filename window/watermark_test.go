package window

import (
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"millrace/flow"
)

const null = flow.MinTime // in timeColumn: NULL

func timeColumn(t testing.TB, times ...flow.Time) arrow.Array {
	b := array.NewTimestampBuilder(memory.DefaultAllocator, &arrow.TimestampType{Unit: arrow.Microsecond})
	defer b.Release()
	for _, at := range times {
		if at == null {
			b.AppendNull()
			continue
		}
		b.Append(arrow.Timestamp(at))
	}
	col := b.NewArray()
	t.Cleanup(col.Release)
	return col
}

func TestObserveMarksRowsBehindTheWatermark(t *testing.T) {
	const none = flow.MinTime
	for _, tc := range []struct {
		name  string
		at    flow.Time
		delay flow.Time
		times []flow.Time
		marks []flow.Time
		then  flow.Time
	}{
		{"rows in order have no marks", none, 0, []flow.Time{1, 2, 3}, nil, 3},
		{"a row as old as the watermark is not behind it", none, 0, []flow.Time{3, 3}, nil, 3},
		{"a row behind gives every row its mark", none, 0, []flow.Time{5, 4, 9}, []flow.Time{none, 5, 5}, 9},
		{"the delay forgives", none, 2, []flow.Time{5, 3, 9}, nil, 7},
		{"one more than the delay is behind", none, 2, []flow.Time{5, 2, 9}, []flow.Time{none, 3, 3}, 7},
		{"behind a restored watermark", 10, 5, []flow.Time{9, 11}, []flow.Time{10, 10}, 10},
		{"a restored watermark does not fall", 10, 5, []flow.Time{10}, nil, 10},
		{"NULL is not behind and moves nothing", none, 0, []flow.Time{5, null, 6}, nil, 6},
		{"beside a NULL", none, 0, []flow.Time{5, null, 4}, []flow.Time{none, 5, 5}, 5},
		{"a NULL at first", none, 0, []flow.Time{null, null}, nil, none},
		{"before the epoch", none, 1, []flow.Time{-10, -12}, []flow.Time{none, -11}, -11},
		{"the lowest time is not beyond the range", none, 5, []flow.Time{flow.MinTime + 1}, nil, none},
		{"the highest time does not end a split", none, 0, []flow.Time{flow.MaxTime}, nil, flow.MaxTime - 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := NewTracker(tc.delay, 0)
			s := tr.Add("a", tc.at)
			if got := tr.Observe(s, timeColumn(t, tc.times...)); !slices.Equal(got, tc.marks) {
				t.Errorf("marks are %v, want %v", got, tc.marks)
			}
			if got := tr.Of(s); got != tc.then {
				t.Errorf("then the watermark is %v, want %v", got, tc.then)
			}
		})
	}
}

func TestMarksDoNotDependOnBatches(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		times := rapid.SliceOfN(rapid.Map(rapid.Int64Range(-20, 20), func(v int64) flow.Time { return flow.Time(v) }), 1, 30).Draw(r, "times")
		cut := rapid.IntRange(0, len(times)).Draw(r, "cut")
		delay := flow.Time(rapid.Int64Range(0, 10).Draw(r, "delay"))
		late := func(parts ...[]flow.Time) (late []flow.Time) {
			tr := NewTracker(delay, 0)
			s := tr.Add("a", flow.MinTime)
			before := tr.Of(s)
			for _, p := range parts {
				marks := tr.Observe(s, timeColumn(t, p...))
				for i, m := range marks {
					if p[i] < m {
						late = append(late, p[i])
					}
				}
				if tr.Of(s) < before {
					r.Fatalf("the watermark fell from %d to %d", before, tr.Of(s))
				}
				before = tr.Of(s)
			}
			return late
		}
		whole, parts := late(times), late(times[:cut], times[cut:])
		if !slices.Equal(whole, parts) {
			r.Fatalf("behind in one batch: %v, in two: %v", whole, parts)
		}
	})
}

func TestMerged(t *testing.T) {
	t0 := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return t0.Add(time.Duration(seconds) * time.Second) }
	expect := func(t *testing.T, tr *Tracker, now time.Time, want flow.Time, wantIdle bool, holder string) {
		t.Helper()
		if w, idle := tr.Merged(now); w != want || idle != wantIdle || tr.Holder() != holder {
			t.Errorf("merged is %v, idle %t, held by %q; want %v, %t, %q", w, idle, tr.Holder(), want, wantIdle, holder)
		}
	}
	t.Run("is the minimum, and says who holds it", func(t *testing.T) {
		tr := NewTracker(0, 10*time.Second)
		a, b := tr.Add("a", flow.MinTime), tr.Add("b", flow.MinTime)
		tr.Observe(a, timeColumn(t, 50))
		expect(t, tr, at(0), flow.MinTime, false, "b")
		tr.Observe(b, timeColumn(t, 40))
		expect(t, tr, at(0), 40, false, "b")
		tr.Observe(b, timeColumn(t, 60))
		expect(t, tr, at(0), 50, false, "a")
	})
	t.Run("passes over a split that has been caught up for long enough", func(t *testing.T) {
		tr := NewTracker(0, 10*time.Second)
		a, b := tr.Add("a", flow.MinTime), tr.Add("b", flow.MinTime)
		tr.Observe(a, timeColumn(t, 50))
		tr.Observe(b, timeColumn(t, 40))
		tr.CaughtUp(b, at(0), true)
		tr.CaughtUp(b, at(9), true)
		expect(t, tr, at(9), 40, false, "b")
		expect(t, tr, at(10), 50, false, "a")
		tr.Observe(b, timeColumn(t, 41))
		expect(t, tr, at(11), 50, false, "b") // it holds again, and nothing falls
	})
	t.Run("waits for a split that is behind, however long it is silent", func(t *testing.T) {
		tr := NewTracker(0, 10*time.Second)
		a, b := tr.Add("a", flow.MinTime), tr.Add("b", flow.MinTime)
		tr.Observe(a, timeColumn(t, 50))
		tr.CaughtUp(b, at(0), true)
		tr.CaughtUp(b, at(9), false)
		tr.CaughtUp(b, at(15), true)
		expect(t, tr, at(20), flow.MinTime, false, "b")
		expect(t, tr, at(25), 50, false, "a")
	})
	t.Run("goes to the furthest split once all are idle, in whichever order they became so", func(t *testing.T) {
		tr := NewTracker(0, time.Second)
		a, b := tr.Add("a", flow.MinTime), tr.Add("b", flow.MinTime)
		tr.Observe(a, timeColumn(t, 50))
		tr.Observe(b, timeColumn(t, 40))
		tr.CaughtUp(a, at(0), true)
		expect(t, tr, at(2), 40, false, "b")
		tr.CaughtUp(b, at(2), true)
		expect(t, tr, at(4), 50, true, "")
	})
	t.Run("never passes over a split where there is no idle time", func(t *testing.T) {
		tr := NewTracker(0, 0)
		a := tr.Add("a", flow.MinTime)
		tr.CaughtUp(a, at(0), true)
		expect(t, tr, at(1_000_000), flow.MinTime, false, "a")
	})
	t.Run("an ended split holds nobody back", func(t *testing.T) {
		tr := NewTracker(0, 0)
		a, b := tr.Add("a", flow.MinTime), tr.Add("b", flow.MinTime)
		tr.Observe(a, timeColumn(t, 50))
		tr.End(b)
		expect(t, tr, at(0), 50, false, "a")
		tr.End(a)
		expect(t, tr, at(0), flow.MaxTime, false, "")
	})
	t.Run("an ended split and an idle one are not the end", func(t *testing.T) {
		tr := NewTracker(0, time.Second)
		a, b := tr.Add("a", flow.MaxTime), tr.Add("b", 7)
		tr.CaughtUp(b, at(0), true)
		expect(t, tr, at(1), 7, true, "")
		if tr.Of(a) != flow.MaxTime {
			t.Errorf("a split restored at the end is at %v", tr.Of(a))
		}
	})
	t.Run("a new split does not pull it down", func(t *testing.T) {
		tr := NewTracker(0, 0)
		a := tr.Add("a", 50)
		expect(t, tr, at(0), 50, false, "a")
		b := tr.Add("b", flow.MinTime)
		tr.Observe(a, timeColumn(t, 70))
		expect(t, tr, at(0), 50, false, "b")
		tr.Observe(b, timeColumn(t, 60))
		expect(t, tr, at(0), 60, false, "b")
		tr.Remove(b)
		expect(t, tr, at(0), 70, false, "a")
	})
	t.Run("with no split at all it is idle", func(t *testing.T) {
		tr := NewTracker(0, 0)
		expect(t, tr, at(0), flow.MinTime, true, "")
		tr.Restore(30)
		expect(t, tr, at(0), 30, true, "")
	})
}
