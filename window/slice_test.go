package window

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"millrace/flow"
	"millrace/sqlerr"
)

const (
	second = flow.Time(1_000_000)
	minute = 60 * second
	hour   = 60 * minute
)

func tumble(size flow.Time) Assigner     { return Assigner{Kind: Tumble, Size: size, Slide: size} }
func hop(slide, size flow.Time) Assigner { return Assigner{Kind: Hop, Size: size, Slide: slide} }
func cumulate(step, size flow.Time) Assigner {
	return Assigner{Kind: Cumulate, Size: size, Slide: step}
}
func (a Assigner) from(offset flow.Time) Assigner { a.Offset = offset; return a }

func TestSlice(t *testing.T) {
	for _, tc := range []struct {
		name     string
		a        Assigner
		at, want flow.Time
	}{
		{"on the edge belongs to the window that starts", tumble(10), 20, 20},
		{"one before the edge", tumble(10), 29, 20},
		{"before the epoch rounds down, not to zero", tumble(10), -1, -10},
		{"on an edge before the epoch", tumble(10), -10, -10},
		{"an offset moves the edges", tumble(10).from(3), 22, 13},
		{"a negative offset does too", tumble(10).from(-7), 22, 13},
		{"an offset longer than the window", tumble(10).from(1003), 22, 13},
		{"hop by a divisor: slices of the slide", hop(5, 15), 14, 10},
		{"hop by no divisor: slices of what divides both", hop(10, 15), 14, 10},
		{"cumulate: slices of the step", cumulate(5, 15), 14, 10},
		{"the lowest time does not pass the range", tumble(10), flow.MinTime + 1, flow.MinTime},
		{"the highest time", tumble(10), flow.MaxTime, flow.MaxTime - 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.a.Slice(tc.at); got != tc.want {
				t.Errorf("%s: Slice(%d) starts at %d, want %d", tc.a, tc.at, got, tc.want)
			}
		})
	}
}

func TestWindowsOfARow(t *testing.T) {
	for _, tc := range []struct {
		name string
		a    Assigner
		at   flow.Time
		want []Span
	}{
		{"tumble", tumble(10), 15, []Span{{10, 20}}},
		{"tumble on the edge", tumble(10), 20, []Span{{20, 30}}},
		{"hop by half", hop(5, 10), 12, []Span{{5, 15}, {10, 20}}},
		{"hop, size no multiple of slide: in two", hop(10, 15), 12, []Span{{0, 15}, {10, 25}}},
		{"hop, size no multiple of slide: in one", hop(10, 15), 17, []Span{{10, 25}}},
		{"hop with an offset", hop(10, 15).from(2), 17, []Span{{12, 27}}},
		{"hop before the epoch", hop(5, 10), -1, []Span{{-10, 0}, {-5, 5}}},
		{"cumulate at the start", cumulate(5, 15), 0, []Span{{0, 5}, {0, 10}, {0, 15}}},
		{"cumulate in the last step", cumulate(5, 15), 14, []Span{{0, 15}}},
		{"cumulate before the epoch", cumulate(5, 15).from(1), -1, []Span{{-14, 1}}},
		{"at the end of time", tumble(10), flow.MaxTime, []Span{{flow.MaxTime - 10, flow.MaxTime}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.a.Windows(tc.at, nil); !slices.Equal(got, tc.want) {
				t.Errorf("%s: %d is in %v, want %v", tc.a, tc.at, got, tc.want)
			}
		})
	}
}

// TestSlicesMakeWindows compares with the definition: a window holds t when start <= t < end, and windows are those
// that start where the kind says.
func TestSlicesMakeWindows(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		kind := Kind(rapid.IntRange(0, 2).Draw(r, "kind"))
		slide := flow.Time(rapid.Int64Range(1, 12).Draw(r, "slide"))
		size := flow.Time(rapid.Int64Range(int64(slide), 40).Draw(r, "size"))
		switch kind {
		case Tumble:
			slide = size
		case Cumulate:
			size -= size % slide
		}
		a := Assigner{kind, size, slide, flow.Time(rapid.Int64Range(-50, 50).Draw(r, "offset"))}
		at := flow.Time(rapid.Int64Range(-100, 100).Draw(r, "at"))

		var want []Span
		for start := at - size; start <= at; start++ {
			for end := start + 1; end <= start+size; end++ {
				if at >= start && at < end && a.isWindow(start, end) {
					want = append(want, Span{start, end})
				}
			}
		}
		slices.SortFunc(want, func(x, y Span) int { return int(x.End - y.End) })
		got := a.Windows(at, nil)
		if !slices.Equal(got, want) {
			r.Fatalf("%s: %d is in %v, want %v", a, at, got, want)
		}
		slice := a.Slice(at)
		if slice > at || slice+a.SliceSize() <= at {
			r.Fatalf("%s: %d is not in its slice at %d", a, at, slice)
		}
		for _, w := range got {
			if slice < w.Start || slice+a.SliceSize() > w.End {
				r.Fatalf("%s: the slice at %d is not inside the window %v", a, slice, w)
			}
		}
		if other := a.Windows(slice, nil); !slices.Equal(got, other) {
			r.Fatalf("%s: %d and its slice's start %d are in different windows: %v, %v", a, at, slice, got, other)
		}
	})
}

func (a Assigner) isWindow(start, end flow.Time) bool {
	multiple := func(t, of flow.Time) bool { return (t-a.Offset)%of == 0 }
	switch a.Kind {
	case Hop:
		return multiple(start, a.Slide) && end == start+a.Size
	case Cumulate:
		return multiple(start, a.Size) && multiple(end, a.Slide) && end <= start+a.Size
	}
	return multiple(start, a.Size) && end == start+a.Size
}

func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		name string
		a    Assigner
		want string // part of the message; "" for none
	}{
		{"tumble", tumble(10 * second), ""},
		{"hop of size that is no multiple of slide", hop(10*second, 15*second), ""},
		{"a second's steps to a day", cumulate(second, 24*hour), ""},
		{"no size", tumble(0), "the size of a window is 0s"},
		{"negative size", tumble(-second), "the size of a window is -1s"},
		{"no slide", hop(0, second), "the slide of a window is 0s"},
		{"gaps between windows", hop(2*minute, minute), "the slide of a window, 2m, is longer than its size, 1m"},
		{"step that does not divide", cumulate(10*second, 15*second), "15s, is not a multiple of its step, 10s"},
		{"a thousand years", tumble(1000 * 365 * 24 * hour), "the size of a window is 8760000h"},
		{"too many windows a row", hop(second, 200_000*second), "a row would be in 200000 windows"},
		{"more windows than a slice has microseconds", hop(1000, 2001*1000+1), "a row would be in 2002 windows"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.a.Validate()
			if tc.want == "" {
				if err != nil {
					t.Errorf("%s: %v", tc.a, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) || sqlerr.Code(err) != sqlerr.InvalidParameterValue {
				t.Errorf("error is %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestAssignerString(t *testing.T) {
	for want, a := range map[string]Assigner{
		"tumble 10s":                    tumble(10 * second),
		"tumble 1m":                     tumble(minute),
		"tumble 1h30m":                  tumble(90 * minute),
		"hop 1m every 10s":              hop(10*second, minute),
		"cumulate 24h by 1h, offset 5s": cumulate(hour, 24*hour).from(5 * second),
		"tumble 500µs":                  tumble(500),
	} {
		if got := a.String(); got != want {
			t.Errorf("String is %q, want %q", got, want)
		}
	}
}
