package window

import (
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
)

// Tracker keeps the watermarks of the splits that one source task reads: for each the highest event time seen less
// the delay, and for all of them the minimum. It has no clock: whoever reads the splits passes the time in. One
// goroutine uses it.
//
// A split that has ended holds nobody back (it counts as MaxTime); so does one that is idle, which means that the
// system it is read from has had nothing more of it for as long as idleAfter. A split that is merely read later than
// the others is not idle.
type Tracker struct {
	delay     flow.Time
	idleAfter time.Duration
	splits    []*Split
	merged    flow.Time
	holder    *Split
}

// Split is one split's place in a Tracker.
type Split struct {
	id    string
	high  flow.Time // highest event time seen, at least MinTime + delay, so that high - delay cannot overflow
	quiet time.Time // since when there has been nothing more to read; zero: there may be
	ended bool
}

// NewTracker makes a tracker with no splits. delay is how far behind the highest time seen a row may come, not
// negative; with idleAfter 0 no split is ever idle.
func NewTracker(delay flow.Time, idleAfter time.Duration) *Tracker {
	if delay < 0 {
		panic(fmt.Sprintf("window: the delay of a watermark is %d, less than nothing", delay))
	}
	return &Tracker{delay: delay, idleAfter: idleAfter, merged: flow.MinTime}
}

// Add begins to track a split whose watermark is at: what a checkpoint had, or MinTime for one that is new. A new
// split holds the merged watermark where it is until it has rows or turns out to be idle.
func (t *Tracker) Add(split string, at flow.Time) *Split {
	s := &Split{id: split, high: flow.MinTime + t.delay, ended: at == flow.MaxTime}
	if at > flow.MinTime {
		s.high = addTime(at, t.delay)
	}
	t.splits = append(t.splits, s)
	return s
}

// Remove stops tracking a split that another task reads from now on.
func (t *Tracker) Remove(s *Split) {
	for i := range t.splits {
		if t.splits[i] == s {
			t.splits = append(t.splits[:i], t.splits[i+1:]...)
			break
		}
	}
	if t.holder == s {
		t.holder = nil
	}
}

// Restore raises the merged watermark to w: what a checkpoint had.
func (t *Tracker) Restore(w flow.Time) { t.merged = max(t.merged, w) }

// Observe takes the event times of the next rows of a split, a TIMESTAMP or TIMESTAMPTZ column, and moves its
// watermark. It returns the watermark before each row, or nil where no row is behind it. A NULL moves nothing.
func (t *Tracker) Observe(s *Split, times arrow.Array) (marks []flow.Time) {
	if times.Len() == 0 {
		return nil
	}
	s.quiet = time.Time{}
	vals := timeValues(times)
	if times.NullN() > 0 {
		return t.observeNulls(s, times, vals)
	}
	high, behind := s.high, false
	for _, v := range vals {
		if flow.Time(v) < high-t.delay {
			behind = true
		}
		high = max(high, flow.Time(v))
	}
	if behind {
		marks = t.marks(s.high, times, vals)
	}
	s.high = high
	return marks
}

// observeNulls is Observe for a column with NULLs.
func (t *Tracker) observeNulls(s *Split, times arrow.Array, vals []arrow.Timestamp) []flow.Time {
	marks := t.marks(s.high, times, vals)
	for i, v := range vals {
		if times.IsValid(i) {
			s.high = max(s.high, flow.Time(v))
		}
	}
	return marks
}

// marks lists the watermark before each row, starting from the highest time high; nil where no row is behind it.
func (t *Tracker) marks(high flow.Time, times arrow.Array, vals []arrow.Timestamp) []flow.Time {
	marks := make([]flow.Time, len(vals))
	behind := false
	for i, v := range vals {
		marks[i] = high - t.delay
		if times.IsNull(i) {
			continue
		}
		behind = behind || flow.Time(v) < marks[i]
		high = max(high, flow.Time(v))
	}
	if !behind {
		return nil
	}
	return marks
}

// CaughtUp tells at the time now that a read found nothing: caughtUp where the system says that there is nothing past
// our position, false where rows are on their way or were all discarded.
func (t *Tracker) CaughtUp(s *Split, now time.Time, caughtUp bool) {
	if !caughtUp {
		s.quiet = time.Time{}
	} else if s.quiet.IsZero() {
		s.quiet = now
	}
}

// End tells that a split has no more rows. Its watermark is MaxTime from now on.
func (t *Tracker) End(s *Split) { s.ended = true }

// Of is a split's own watermark, MaxTime once it has ended.
func (t *Tracker) Of(s *Split) flow.Time {
	if s.ended {
		return flow.MaxTime
	}
	return min(s.high-t.delay, flow.MaxTime-1) // a row at the end of time does not end the split
}

// Merged is the watermark of all splits at the time now; it never falls. idle: every split that has not ended is idle
// (or there is none at all), so that nobody needs to wait for this task; the watermark is then as far as its
// furthest split is. It is MaxTime when there are splits and all have ended.
func (t *Tracker) Merged(now time.Time) (w flow.Time, idle bool) {
	t.holder = nil
	lowest, furthest := flow.MaxTime, flow.MinTime
	ended := 0
	for _, s := range t.splits {
		switch at := t.Of(s); {
		case s.ended:
			ended++
		case t.idle(s, now):
			furthest = max(furthest, at)
		case t.holder == nil || at < lowest:
			lowest, t.holder = at, s
		}
	}
	switch {
	case t.holder != nil:
		t.merged = max(t.merged, lowest)
	case ended == len(t.splits) && ended > 0:
		t.merged = flow.MaxTime
	default:
		t.merged, idle = max(t.merged, furthest), true
	}
	return t.merged, idle
}

// Idle reports whether a split holds nobody back at the time now because it has nothing.
func (t *Tracker) Idle(s *Split, now time.Time) bool { return t.idle(s, now) }

// Holder names the split that held the watermark back when Merged was last asked; "" when none did.
func (t *Tracker) Holder() string {
	if t.holder == nil {
		return ""
	}
	return t.holder.id
}

// ID is the split's name.
func (s *Split) ID() string { return s.id }

func (t *Tracker) idle(s *Split, now time.Time) bool {
	return t.idleAfter > 0 && !s.quiet.IsZero() && now.Sub(s.quiet) >= t.idleAfter
}

// addTime is a + b for b >= 0, at most the largest time.
func addTime(a, b flow.Time) flow.Time {
	if s := a + b; s >= a {
		return s
	}
	return flow.MaxTime
}
