package over

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/expr/agg"
)

// lane is frames that follow each other in one partition: each is made of the one before it by adding rows at its end
// and taking rows from its start.
type lane struct{ from, to int32 } // of the frames

// laneFrames is the most that a lane has. With 1 M rows in one partition there are as many lanes as a lane has frames.
const laneFrames = 1024

// lanes computes frames by moving from one to the next, in all lanes at once: step j is one call of the accumulator for
// frame j of every lane. So the accumulator works on columns, also where there is one long partition or many short ones.
func (a *aggregation) lanes(d *framesOf) (arrow.Array, error) {
	lanes := cut(d.parts)
	acc := a.call.New(a.mem)
	defer acc.Release()
	acc.Grow(len(lanes))
	if err := a.start(acc, lanes, d); err != nil {
		return nil, err
	}
	var f feed
	retract := false
	ends := []int{0} // of f, behind each step
	var active []int // lanes in each step
	for step, k := int32(0), len(lanes); ; step++ {
		for k > 0 && lanes[k-1].to-lanes[k-1].from <= step { // the longest come first
			k--
		}
		if k == 0 {
			break
		}
		active = append(active, k)
		if step > 0 {
			retract = f.move(lanes[:k], step, d.spans) || retract
		}
		ends = append(ends, len(f.rows))
	}
	if !retract {
		f.sign = nil
	}
	args := a.take(f.rows)
	defer release(args)
	all := numbers(len(lanes))
	var pieces []arrow.Array
	defer func() { release(pieces) }()
	for step, k := range active {
		if from, to := ends[step], ends[step+1]; from < to {
			if err := a.step(&f, args, from, to, acc.Update); err != nil {
				return nil, err
			}
		}
		vals, err := acc.Result(all[:k])
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, vals)
	}
	vals, err := concat(a.mem, a.call.Result, pieces)
	if err != nil || len(active) < 2 {
		return vals, err // in one step the lanes are in the order of their frames
	}
	defer vals.Release()
	at := make([]int32, len(d.spans))
	n := int32(0)
	for step, k := range active {
		for _, l := range lanes[:k] {
			at[l.from+int32(step)] = n
			n++
		}
	}
	return expr.Take(a.mem, vals, at), nil
}

// cut makes lanes of the partitions, the longest first, else in order.
func cut(parts []int32) []lane {
	var out []lane
	for p, from := range parts[:len(parts)-1] {
		for end := parts[p+1]; from < end; from += laneFrames {
			out = append(out, lane{from, min(from+laneFrames, end)})
		}
	}
	slices.SortStableFunc(out, func(a, b lane) int { return cmp.Compare(b.to-b.from, a.to-a.from) })
	return out
}

// start puts the first frame of each lane in.
func (a *aggregation) start(acc agg.Accumulator, lanes []lane, d *framesOf) error {
	first := make([]placed, 0, len(lanes))
	total := 0
	for g, l := range lanes {
		if s := d.spans[l.from]; s.from < s.to {
			first = append(first, placed{uint32(g), s})
			total += int(s.to - s.from)
		}
	}
	return a.fill(acc, first, total > 2*a.rows)
}

// move adds what changes from the frame before step to that of step, and tells whether rows are taken back. Those come
// first, so that a sum is never larger than that of one of the frames.
func (f *feed) move(lanes []lane, step int32, spans []span) bool {
	retract := false
	for g, l := range lanes {
		was, is := spans[l.from+step-1], spans[l.from+step]
		if gone := (span{was.from, min(is.from, was.to)}); gone.from < gone.to {
			f.add(uint32(g), gone, -1)
			retract = true
		}
		f.add(uint32(g), span{max(was.to, is.from), is.to}, 1)
	}
	return retract
}

// step hands a part of a feed on.
func (a *aggregation) step(f *feed, args []arrow.Array, from, to int, update func([]uint32, []arrow.Array, []int8) error) error {
	part := make([]arrow.Array, len(args))
	for i, arg := range args {
		part[i] = array.NewSlice(arg, int64(from), int64(to))
	}
	defer release(part)
	var sign []int8
	if f.sign != nil {
		sign = f.sign[from:to]
	}
	return update(f.groups[from:to], part, sign)
}
