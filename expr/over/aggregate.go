package over

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/types"
)

// evalAggregate computes an aggregate over the frame of each row. Equal frames in a row, those of peers or of a whole
// partition, are computed once. Frames that only grow, and those of an aggregate that can take values back exactly, are
// moved from row to row (lanes.go); others are put together from a tree of partial states (tree.go).
func evalAggregate(in *Input) (arrow.Array, error) {
	fr := in.frame()
	rows := in.rows()
	a := &aggregation{mem: in.Mem, call: in.call.aggregate, args: in.Args, rows: rows}
	defer func() { a.states.release() }()
	if in.Filter != nil {
		defer a.filter(in.Filter)()
	}
	if fr.exclude != NoOthers {
		return a.scattered(rows, func(i int32, out []span) []span {
			out = fr.spans(i, in.Peers, out)
			for k, s := range out {
				out[k] = a.span(s)
			}
			return out
		})
	}
	if a.at != nil {
		fr.move(a.at)
	}
	d := distinctFrames(in.Parts, fr)
	var vals arrow.Array
	var err error
	if in.call.Frame.Start.Edge == UnboundedPreceding || exact(in.call.aggregate) {
		vals, err = a.lanes(d)
	} else {
		vals, err = a.scattered(len(d.spans), func(i int32, out []span) []span { return appendSpan(out, d.spans[i]) })
	}
	if err != nil || len(d.spans) == rows {
		return vals, err
	}
	defer vals.Release()
	return expr.Take(in.Mem, vals, d.of), nil
}

// exact reports whether values can be taken back from the aggregate with nothing left of them.
func exact(c *agg.Call) bool {
	switch c.Name {
	case "count":
		return true
	case "sum", "avg":
		switch c.Args[0].Kind {
		case types.Int16, types.Int32, types.Int64, types.Decimal:
			return true
		}
	}
	return false
}

// aggregation is one aggregate over rows that stand in the order of their frames.
type aggregation struct {
	mem  memory.Allocator
	call *agg.Call
	args []arrow.Array
	rows int
	at   []int32 // of each row of the frames its place in args, or the next one's where it does not count. nil: the same

	states *tree
}

// filter leaves only the rows that count. It gives what releases them.
func (a *aggregation) filter(by arrow.Array) func() {
	keep := expr.Select(by, nil)
	a.at = make([]int32, by.Len()+1)
	k := 0
	for i := range a.at {
		a.at[i] = int32(k)
		if k < len(keep) && int(keep[k]) == i {
			k++
		}
	}
	kept := make([]arrow.Array, len(a.args))
	for i, arg := range a.args {
		kept[i] = expr.Take(a.mem, arg, keep)
	}
	a.args, a.rows = kept, len(keep)
	return func() { release(kept) }
}

// span is where the rows of a frame are in args.
func (a *aggregation) span(s span) span {
	if a.at == nil {
		return s
	}
	return span{a.at[s.from], a.at[s.to]}
}

// framesOf is frames without repetition: row i has spans[of[i]].
type framesOf struct {
	spans []span
	of    []int32
	parts []int32 // where the spans of each partition start, and the end of the last
}

func distinctFrames(parts []int32, fr *frames) *framesOf {
	d := &framesOf{of: make([]int32, len(fr.start))}
	for p, from := range parts[:len(parts)-1] {
		d.parts = append(d.parts, int32(len(d.spans)))
		last := span{-1, -1}
		for i := from; i < parts[p+1]; i++ {
			if s := (span{fr.start[i], fr.end[i]}); s != last {
				d.spans = append(d.spans, s)
				last = s
			}
			d.of[i] = int32(len(d.spans)) - 1
		}
	}
	d.parts = append(d.parts, int32(len(d.spans)))
	return d
}

// chunkFrames is how many frames scattered puts together at a time.
const chunkFrames = 4096

// scattered computes n frames that need not follow each other.
func (a *aggregation) scattered(n int, spansOf func(i int32, out []span) []span) (arrow.Array, error) {
	acc := a.call.New(a.mem)
	defer acc.Release()
	var pieces []arrow.Array
	defer func() { release(pieces) }()
	var spans []span
	for from := 0; from < n; from += chunkFrames {
		to := min(from+chunkFrames, n)
		acc.Reset()
		acc.Grow(to - from)
		var parts [][]placed // the first span of each frame, the second, …
		for i := from; i < to; i++ {
			spans = spansOf(int32(i), spans[:0])
			for k, s := range spans {
				if k == len(parts) {
					parts = append(parts, nil)
				}
				parts[k] = append(parts[k], placed{uint32(i - from), s})
			}
		}
		for _, p := range parts {
			wide := slices.ContainsFunc(p, func(p placed) bool { return p.span.to-p.span.from >= 2*fanout })
			if err := a.fill(acc, p, wide); err != nil {
				return nil, err
			}
		}
		vals, err := acc.Result(numbers(to - from))
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, vals)
	}
	return concat(a.mem, a.call.Result, pieces)
}

// placed is rows that belong into a group.
type placed struct {
	group uint32
	span  span
}

// fill puts spans of rows into groups of acc, with the help of the tree or row by row.
func (a *aggregation) fill(acc agg.Accumulator, spans []placed, tree bool) error {
	if tree {
		return a.tree().fill(acc, spans)
	}
	var f feed
	for _, p := range spans {
		f.add(p.group, p.span, 0)
	}
	return a.update(acc, f.groups, f.rows, nil)
}

// update puts rows into groups of acc.
func (a *aggregation) update(acc agg.Accumulator, groups []uint32, rows []int32, sign []int8) error {
	if len(groups) == 0 {
		return nil
	}
	args := a.take(rows)
	defer release(args)
	return acc.Update(groups, args, sign)
}

// take is the arguments at rows.
func (a *aggregation) take(rows []int32) []arrow.Array {
	out := make([]arrow.Array, len(a.args))
	all := identity(rows, a.rows)
	for i, arg := range a.args {
		if all {
			arg.Retain()
			out[i] = arg
		} else {
			out[i] = expr.Take(a.mem, arg, rows)
		}
	}
	return out
}

// feed is rows with the groups that they go into, in order; sign says which are taken back.
type feed struct {
	groups []uint32
	rows   []int32
	sign   []int8
}

func (f *feed) add(group uint32, s span, sign int8) {
	for r := s.from; r < s.to; r++ {
		f.groups = append(f.groups, group)
		f.rows = append(f.rows, r)
		if sign != 0 {
			f.sign = append(f.sign, sign)
		}
	}
}

// numbers is 0 to n-1.
func numbers(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

func concat(mem memory.Allocator, t types.Type, pieces []arrow.Array) (arrow.Array, error) {
	switch len(pieces) {
	case 0:
		return array.MakeArrayOfNull(mem, t.Arrow(), 0), nil
	case 1:
		pieces[0].Retain()
		return pieces[0], nil
	}
	return array.Concatenate(pieces, mem)
}

func release(arrays []arrow.Array) {
	for _, a := range arrays {
		a.Release()
	}
}
