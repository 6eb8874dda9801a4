// Package window holds what groups rows by event time: the watermarks that say when a window is complete, the slices
// that windows are made of, and the operators over them.
package window

import (
	"fmt"
	"strings"
	"time"

	"millrace/flow"
	"millrace/sqlerr"
)

// Kind is a way of cutting event time into windows.
type Kind uint8

const (
	Tumble   Kind = iota // one after the other
	Hop                  // of Size, one begins every Slide
	Cumulate             // one after the other of Size, each beginning with windows that grow to it by Slide
)

func (k Kind) String() string { return [...]string{"tumble", "hop", "cumulate"}[k] }

// Assigner says which windows there are. A window has its start and not its end; one begins at Offset from the epoch.
//
// Rows are kept by slices: the pieces that every window is a union of, as long as the greatest common divisor of
// Size and Slide (Li et al., "No pane, no gain", SIGMOD Record 2005). A row goes into one slice however many windows
// it belongs to, and a window is the merge of its slices:
//
//	hop 15 every 10:  slices    |0---|5---|10--|15--|20--|25--|
//	                  windows   [0-----------15)
//	                                      [10----------25)
//
// No two windows end at the same time, so a window is told by its end. The windows that a slice is part of are those
// that end at Next, Next + Slide, … and Last of its start.
type Assigner struct {
	Kind  Kind
	Size  flow.Time
	Slide flow.Time // Hop: between two starts; Cumulate: the step; Tumble: Size
	// Offset moves all windows. Any number does: windows are the same for one that is a multiple of Slide away
	// (Cumulate: of Size).
	Offset flow.Time
}

// Windows are not made longer, or to overlap more, than this.
const (
	maxSize    = flow.Time(100 * 366 * 24 * 3600 * 1_000_000)
	maxOverlap = 100_000
)

// Validate tells what is wrong with the lengths: an error with 22023, without a place.
func (a Assigner) Validate() error {
	bad := func(format string, args ...any) *sqlerr.Error {
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, format, args...)
	}
	step := [...]string{"size", "slide", "step"}[a.Kind]
	switch {
	case a.Size <= 0:
		return bad("the size of a window is %s", span(a.Size)).
			WithHint("Give a length of more than nothing, such as INTERVAL '10 seconds'.")
	case a.Slide <= 0:
		return bad("the %s of a window is %s", step, span(a.Slide)).
			WithHint("Give a length of more than nothing, such as INTERVAL '10 seconds'.")
	case a.Size > maxSize:
		return bad("the size of a window is %s", span(a.Size)).WithHint("A window is a hundred years long at most.")
	case a.Kind == Tumble && a.Slide != a.Size:
		panic(fmt.Sprintf("window: tumble of size %d and slide %d", a.Size, a.Slide))
	case a.Slide > a.Size:
		return bad("the %s of a window, %s, is longer than its size, %s", step, span(a.Slide), span(a.Size)).
			WithHint("Rows between two windows would be in neither. Make the %s at most the size.", step)
	case a.Kind == Cumulate && a.Size%a.Slide != 0:
		return bad("the size of a cumulating window, %s, is not a multiple of its step, %s", span(a.Size), span(a.Slide)).
			WithHint("Choose a step that the size is a multiple of.")
	case a.overlap() > maxOverlap, a.overlap() > a.SliceSize():
		return bad("a row would be in %d windows of %s", a.overlap(), span(a.Size)).
			WithHint("Choose a longer %s: a row may be in %d windows, and in no more than there are microseconds in "+
				"the largest common divisor of size and %[1]s.", step, maxOverlap)
	}
	return nil
}

// overlap is the most windows that a row can be in.
func (a Assigner) overlap() flow.Time { return (a.Size + a.Slide - 1) / a.Slide }

// SliceSize is the length of a slice.
func (a Assigner) SliceSize() flow.Time {
	x, y := a.Size, a.Slide
	for y != 0 {
		x, y = y, x%y
	}
	return x
}

// Slice is the start of the slice that t is in. A negative time rounds down.
func (a Assigner) Slice(t flow.Time) flow.Time { return floor(t, a.SliceSize(), a.Offset) }

// Last is the end of the last window that a row at t belongs to. The row is late when its watermark has come so far.
func (a Assigner) Last(t flow.Time) flow.Time {
	if a.Kind == Hop {
		return addTime(floor(t, a.Slide, a.Offset), a.Size)
	}
	return addTime(floor(t, a.Size, a.Offset), a.Size)
}

// Next is the end of the first window that ends after t, which is the first that a row at t belongs to.
func (a Assigner) Next(t flow.Time) flow.Time {
	at := a.Offset % a.Slide
	if a.Kind == Hop {
		at += a.Size % a.Slide
	}
	return addTime(floor(t, a.Slide, at), a.Slide)
}

// Start is the start of the window that ends at end.
func (a Assigner) Start(end flow.Time) flow.Time {
	if a.Kind == Cumulate {
		return floor(end-1, a.Size, a.Offset)
	}
	return end - a.Size
}

// Span is a window: from Start to before End.
type Span struct{ Start, End flow.Time }

// Windows appends the windows that a row at t belongs to, in order of their ends.
func (a Assigner) Windows(t flow.Time, into []Span) []Span {
	last := a.Last(t)
	for end := a.Next(t); end <= last; end += a.Slide {
		into = append(into, Span{a.Start(end), end})
		if end > flow.MaxTime-a.Slide {
			break
		}
	}
	return into
}

// String is what EXPLAIN prints: "tumble 10s", "hop 1m every 10s", "cumulate 1h by 10m, offset 5s".
func (a Assigner) String() string {
	s := a.Kind.String() + " " + span(a.Size)
	switch a.Kind {
	case Hop:
		s += " every " + span(a.Slide)
	case Cumulate:
		s += " by " + span(a.Slide)
	}
	if a.Offset != 0 {
		s += ", offset " + span(a.Offset)
	}
	return s
}

// floor is the largest number at or below t that is a multiple of size away from offset; MinTime where that would be
// below it.
func floor(t, size, offset flow.Time) flow.Time {
	m := t%size - offset%size // between -2 size and 2 size
	if m %= size; m < 0 {
		m += size
	}
	if t < flow.MinTime+m {
		return flow.MinTime
	}
	return t - m
}

// span is a length of time as people write it: "1h30m", without the zeros that time.Duration prints. Lengths past
// the range of time.Duration are hours.
func span(t flow.Time) string {
	const hour = flow.Time(time.Hour / time.Microsecond)
	if t > 1_000_000*hour || t < -1_000_000*hour {
		return fmt.Sprintf("%dh", t/hour)
	}
	s := (time.Duration(t) * time.Microsecond).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
