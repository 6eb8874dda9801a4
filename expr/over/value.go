package over

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

var valueFunctions = []Function{
	{
		Name: "lag", Doc: "The value in the row that is 1, or so many, before this one in the partition; NULL, or the default, where there is none. With IGNORE NULLS rows without a value are not counted.",
		Example: "lag(v, 1, 0) OVER (ORDER BY i)", Result: "0, 10, 10, 30, NULL",
		Takes: neighbour, nulls: true, resolve: resolveNeighbour, eval: func(in *Input) (arrow.Array, error) { return shift(in, -1) },
	},
	{
		Name: "lead", Doc: "As lag, of the rows behind.",
		Example: "lead(v) IGNORE NULLS OVER (ORDER BY i)", Result: "10, 30, 50, 50, NULL",
		Takes: neighbour, nulls: true, resolve: resolveNeighbour, eval: func(in *Input) (arrow.Array, error) { return shift(in, 1) },
	},
	{
		Name: "first_value", Doc: "The value in the first row of the frame; with IGNORE NULLS in the first that has one.",
		Example: "first_value(v) OVER (ORDER BY i DESC)", Result: "50, 50, 50, 50, 50",
		Takes: "one value", nulls: true, resolve: oneValue,
		eval: func(in *Input) (arrow.Array, error) { return pick(in, func(int32) (int64, bool) { return 1, true }) },
	},
	{
		Name: "last_value", Doc: "The value in the last row of the frame, which by default is the last of the row's peers; with IGNORE NULLS in the last that has one.",
		Example: "last_value(v) IGNORE NULLS OVER (ORDER BY i)", Result: "10, 10, 30, 30, 50",
		Takes: "one value", nulls: true, resolve: oneValue,
		eval: func(in *Input) (arrow.Array, error) { return pick(in, func(int32) (int64, bool) { return -1, true }) },
	},
	{
		Name: "nth_value", Doc: "The value in the nth row of the frame, counted from 1; NULL where there are fewer. With IGNORE NULLS rows without a value are not counted.",
		Example: "nth_value(v, 2) OVER (ORDER BY i)", Result: "NULL, 10, 10, 10, 10",
		Takes: "a value and an INT", nulls: true,
		resolve: func(args []types.Type) ([]types.Type, types.Type, bool) {
			if len(args) != 2 || !whole(args[1]) {
				return nil, types.Type{}, false
			}
			t := known(args[0])
			return []types.Type{t, types.Of(types.Int32)}, t, true
		},
		eval: nthValue,
	},
}

const neighbour = "a value, then optionally an INT and a default of the value's type"

func resolveNeighbour(args []types.Type) ([]types.Type, types.Type, bool) {
	if len(args) < 1 || len(args) > 3 || len(args) > 1 && !whole(args[1]) {
		return nil, types.Type{}, false
	}
	t := known(args[0])
	want := []types.Type{t, types.Of(types.Int32)}[:min(len(args), 2)]
	if len(args) == 3 {
		c, ok := common(t, args[2])
		if !ok {
			return nil, types.Type{}, false
		}
		t = c
		want = []types.Type{t, types.Of(types.Int32), t}
	}
	return want, t, true
}

func oneValue(args []types.Type) ([]types.Type, types.Type, bool) {
	if len(args) != 1 {
		return nil, types.Type{}, false
	}
	t := known(args[0])
	return []types.Type{t}, t, true
}

// present counts the rows that have a value, or all rows where NULLs count: before[i] is how many of them are before
// row i, at[k] is the k-th.
type present struct{ before, at []int32 }

func presentOf(in *Input) *present {
	n := in.rows()
	p := &present{before: make([]int32, n+1), at: make([]int32, 0, n)}
	a := in.Args[0]
	for i := range n {
		p.before[i] = int32(len(p.at))
		if !in.call.IgnoreNulls || a.IsValid(i) {
			p.at = append(p.at, int32(i))
		}
	}
	p.before[n] = int32(len(p.at))
	return p
}

// shift is lag (direction -1) and lead (1). An offset below 0 goes the other way.
func shift(in *Input, direction int64) (arrow.Array, error) {
	n := in.rows()
	rows := make([]int32, n)
	values, defaults := in.Args[0], arrow.Array(nil)
	if len(in.Args) == 3 {
		defaults = in.Args[2]
	}
	var offsets *array.Int32
	if len(in.Args) > 1 {
		offsets = in.Args[1].(*array.Int32)
	}
	var p *present
	if in.call.IgnoreNulls {
		p = presentOf(in)
	}
	for k, from := range in.Parts[:len(in.Parts)-1] {
		to := in.Parts[k+1]
		for i := from; i < to; i++ {
			by := direction
			if offsets != nil {
				if offsets.IsNull(int(i)) {
					rows[i] = absent
					continue
				}
				by *= int64(offsets.Value(int(i)))
			}
			switch at := p.step(i, by); {
			case at >= int64(from) && at < int64(to):
				rows[i] = int32(at)
			case defaults != nil:
				rows[i] = int32(n) + i
			default:
				rows[i] = absent
			}
		}
	}
	if defaults == nil {
		return takeOr(in.Mem, values, rows)
	}
	both, err := array.Concatenate([]arrow.Array{values, defaults}, in.Mem)
	if err != nil {
		return nil, err
	}
	defer both.Release()
	return takeOr(in.Mem, both, rows)
}

// step is the row that is by rows from row i, those that have a value counted where p is not nil; outside of all rows
// where there is none.
func (p *present) step(i int32, by int64) int64 {
	if p == nil || by == 0 {
		return int64(i) + by
	}
	k := int64(p.before[i]) + by // the first before row i is at before[i]-1
	if by > 0 {
		k = int64(p.before[i+1]) + by - 1
	}
	switch {
	case k < 0:
		return -1
	case k >= int64(len(p.at)):
		return int64(len(p.before))
	}
	return int64(p.at[k])
}

// pick takes of each row's frame the value that which says: the n-th from 1, or from the end for below 0; none where
// which is false.
func pick(in *Input, which func(row int32) (n int64, ok bool)) (arrow.Array, error) {
	fr, p := in.frame(), presentOf(in)
	rows := make([]int32, in.rows())
	var spans []span
	for i := range rows {
		rows[i] = absent
		n, ok := which(int32(i))
		if !ok {
			continue
		}
		spans = fr.spans(int32(i), in.Peers, spans[:0])
		if n < 0 {
			rows[i] = p.last(spans)
		} else {
			rows[i] = p.nth(spans, n)
		}
	}
	return takeOr(in.Mem, in.Args[0], rows)
}

func (p *present) nth(spans []span, n int64) int32 {
	for _, s := range spans {
		first, behind := p.before[s.from], p.before[s.to]
		if have := int64(behind - first); n > have {
			n -= have
			continue
		}
		return p.at[int64(first)+n-1]
	}
	return absent
}

func (p *present) last(spans []span) int32 {
	for k := len(spans) - 1; k >= 0; k-- {
		if behind := p.before[spans[k].to]; behind > p.before[spans[k].from] {
			return p.at[behind-1]
		}
	}
	return absent
}

func nthValue(in *Input) (arrow.Array, error) {
	n := in.Args[1].(*array.Int32)
	for i := range n.Len() {
		if n.IsValid(i) && n.Value(i) <= 0 {
			return nil, sqlerr.New("22016", in.call.At, "argument of nth_value must be greater than zero")
		}
	}
	return pick(in, func(row int32) (int64, bool) { return int64(n.Value(int(row))), n.IsValid(int(row)) })
}
