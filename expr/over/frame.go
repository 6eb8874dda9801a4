package over

import (
	"bytes"
	"fmt"
	"strings"
)

// Unit is what the bounds of a frame are counted in.
type Unit uint8

const (
	Range Unit = iota // values of the one key of the order
	Rows
	Groups // of peers
)

func (u Unit) String() string { return [...]string{"RANGE", "ROWS", "GROUPS"}[u] }

// Edge is one bound of a frame.
type Edge uint8

const (
	UnboundedPreceding Edge = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// Bound is an edge, and of Preceding and Following how many rows or groups away; RANGE's are in RangeKeys.
type Bound struct {
	Edge   Edge
	Offset int64
}

// Exclude is the rows of a frame that do not count.
type Exclude uint8

const (
	NoOthers Exclude = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// Frame is the rows of a partition that a call looks at, from the current row.
type Frame struct {
	Unit       Unit
	Start, End Bound
	Exclude    Exclude
}

// DefaultFrame is the frame of a window that names none: up to the current row and its peers.
var DefaultFrame = Frame{Unit: Range, End: Bound{Edge: CurrentRow}}

// Offsets reports which bounds of a RANGE frame have an offset.
func (f Frame) Offsets() (start, end bool) {
	of := func(b Bound) bool { return f.Unit == Range && (b.Edge == Preceding || b.Edge == Following) }
	return of(f.Start), of(f.End)
}

func (b Bound) text(unit Unit) string {
	n := fmt.Sprint(b.Offset)
	if unit == Range {
		n = "…"
	}
	switch b.Edge {
	case UnboundedPreceding:
		return "UNBOUNDED PRECEDING"
	case Preceding:
		return n + " PRECEDING"
	case CurrentRow:
		return "CURRENT ROW"
	case Following:
		return n + " FOLLOWING"
	}
	return "UNBOUNDED FOLLOWING"
}

func (f Frame) String() string {
	parts := []string{f.Unit.String(), "BETWEEN", f.Start.text(f.Unit), "AND", f.End.text(f.Unit)}
	if f.Exclude != NoOthers {
		parts = append(parts, "EXCLUDE", [...]string{"", "CURRENT ROW", "GROUP", "TIES"}[f.Exclude])
	}
	return strings.Join(parts, " ")
}

// RangeKeys is what the bounds of a RANGE frame with offsets compare, as bytes in the order of the rows: for each row
// the value that it is ordered by, and the value that its frame starts and ends at. Start or End is nil where that
// bound has no offset.
type RangeKeys struct{ Value, Start, End func(row int) []byte }

// frames is where the frame of each row starts and ends: rows start[i]..end[i]-1, what it excludes still in it.
type frames struct {
	start, end []int32
	exclude    Exclude
	peers      []int32 // peersOf each row, where exclude asks for them
}

// frame finds the frames of all rows. Where they exclude nothing, both ends never go back within a partition.
func (in *Input) frame() *frames {
	if in.frames != nil {
		return in.frames
	}
	f, n := in.call.Frame, in.rows()
	fr := &frames{start: make([]int32, n), end: make([]int32, n), exclude: f.Exclude}
	in.bound(f, f.Start, fr.start, false)
	in.bound(f, f.End, fr.end, true)
	for i, e := range fr.end {
		fr.start[i] = min(fr.start[i], e)
	}
	if f.Exclude == ExcludeGroup || f.Exclude == ExcludeTies {
		fr.peers = make([]int32, n)
		for p, from := range in.Peers[:len(in.Peers)-1] {
			fill(fr.peers[from:in.Peers[p+1]], int32(p))
		}
	}
	in.frames = fr
	return fr
}

// bound writes the row that each frame starts at, or the one behind its end.
func (in *Input) bound(f Frame, b Bound, out []int32, end bool) {
	switch {
	case b.Edge == UnboundedPreceding || b.Edge == UnboundedFollowing:
		for p, from := range in.Parts[:len(in.Parts)-1] {
			to := in.Parts[p+1]
			at := from
			if b.Edge == UnboundedFollowing {
				at = to
			}
			fill(out[from:to], at)
		}
	case f.Unit == Rows:
		in.rowsBound(b, out, end)
	case b.Edge == CurrentRow:
		for p, from := range in.Peers[:len(in.Peers)-1] {
			at := from
			if end {
				at = in.Peers[p+1]
			}
			fill(out[from:in.Peers[p+1]], at)
		}
	case f.Unit == Groups:
		in.groupsBound(b, out, end)
	default:
		in.rangeBound(out, end)
	}
}

// signed is the offset of a bound, backwards below 0, no further than there can be rows.
func (b Bound) signed() int64 {
	const most = 1 << 32
	switch b.Edge {
	case Preceding:
		return -min(b.Offset, most)
	case Following:
		return min(b.Offset, most)
	}
	return 0
}

func (in *Input) rowsBound(b Bound, out []int32, end bool) {
	by := b.signed()
	if end {
		by++
	}
	for p, from := range in.Parts[:len(in.Parts)-1] {
		to := in.Parts[p+1]
		for i := from; i < to; i++ {
			out[i] = int32(min(max(int64(i)+by, int64(from)), int64(to)))
		}
	}
}

func (in *Input) groupsBound(b Bound, out []int32, end bool) {
	by := b.signed()
	if end {
		by++
	}
	group := 0
	for _, end := range in.Parts[1:] {
		first := group // of the partition
		for in.Peers[group] < end {
			group++
		}
		for g := first; g < group; g++ {
			to := min(max(int64(g)+by, int64(first)), int64(group))
			fill(out[in.Peers[g]:in.Peers[g+1]], in.Peers[to])
		}
	}
}

// rangeBound walks both the rows and their bounds, which are in one order.
func (in *Input) rangeBound(out []int32, end bool) {
	keys := in.Range.Start
	if end {
		keys = in.Range.End
	}
	for p, from := range in.Parts[:len(in.Parts)-1] {
		to := in.Parts[p+1]
		at := from
		for i := from; i < to; i++ {
			key := keys(int(i))
			for at < to {
				c := bytes.Compare(in.Range.Value(int(at)), key)
				if c > 0 || c == 0 && !end {
					break
				}
				at++
			}
			out[i] = at
		}
	}
}

// span is rows from..to-1.
type span struct{ from, to int32 }

// spans is the rows of frame i, in order: as many spans as what it excludes leaves. in.Peers is needed for groups.
func (fr *frames) spans(i int32, peers []int32, out []span) []span {
	whole := span{fr.start[i], fr.end[i]}
	var hole span
	switch fr.exclude {
	case NoOthers:
		return appendSpan(out, whole)
	case ExcludeCurrentRow:
		hole = span{i, i + 1}
	default:
		p := fr.peers[i]
		hole = span{peers[p], peers[p+1]}
	}
	out = appendSpan(out, span{whole.from, min(whole.to, hole.from)})
	if fr.exclude == ExcludeTies && whole.from <= i && i < whole.to {
		out = appendSpan(out, span{i, i + 1})
	}
	return appendSpan(out, span{max(whole.from, hole.to), whole.to})
}

func appendSpan(out []span, s span) []span {
	if s.from >= s.to {
		return out
	}
	return append(out, s)
}

// move puts the frames over rows that stand at at[i] now.
func (fr *frames) move(at []int32) {
	for i := range fr.start {
		fr.start[i], fr.end[i] = at[fr.start[i]], at[fr.end[i]]
	}
}
