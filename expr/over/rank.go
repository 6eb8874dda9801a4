package over

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

var rankFunctions = []Function{
	{
		Name: "row_number", Doc: "The number of the row in its partition, from 1.",
		Example: "row_number() OVER (PARTITION BY k ORDER BY v)", Result: "1, 2, 3, 2, 1",
		Takes: "no argument", resolve: noArgs(types.Int64), eval: rowNumber,
	},
	{
		Name: "rank", Doc: "The number of the first row that is ordered as this one is: equal rows have one rank, and the next has a gap.",
		Example: "rank() OVER (PARTITION BY k ORDER BY v)", Result: "1, 1, 3, 2, 1",
		Takes: "no argument", resolve: noArgs(types.Int64), eval: rank,
	},
	{
		Name: "dense_rank", Doc: "The rank without gaps: it counts the different values up to this one.",
		Example: "dense_rank() OVER (PARTITION BY k ORDER BY v)", Result: "1, 1, 2, 2, 1",
		Takes: "no argument", resolve: noArgs(types.Int64), eval: denseRank,
	},
	{
		Name: "percent_rank", Doc: "(rank - 1) / (rows of the partition - 1), from 0 to 1; 0 for a single row.",
		Example: "percent_rank() OVER (PARTITION BY k ORDER BY v)", Result: "0, 0, 1, 1, 0",
		Takes: "no argument", resolve: noArgs(types.Float64), eval: percentRank,
	},
	{
		Name: "cume_dist", Doc: "The share of the partition's rows that are ordered before this one or as it is.",
		Example: "cume_dist() OVER (ORDER BY i)", Result: "0.2, 0.4, 0.6, 0.8, 1",
		Takes: "no argument", resolve: noArgs(types.Float64), eval: cumeDist,
	},
	{
		Name: "ntile", Doc: "The number of the row's bucket, from 1, where the partition is cut into so many as equal as can be.",
		Example: "ntile(2) OVER (ORDER BY i)", Result: "1, 1, 1, 2, 2",
		Takes: "one INT",
		resolve: func(args []types.Type) ([]types.Type, types.Type, bool) {
			if len(args) != 1 || !whole(args[0]) {
				return nil, types.Type{}, false
			}
			return []types.Type{types.Of(types.Int32)}, types.Of(types.Int32), true
		},
		eval: ntile,
	},
}

func rowNumber(in *Input) (arrow.Array, error) {
	return int64s(in, func(out []int64) {
		for p, from := range in.Parts[:len(in.Parts)-1] {
			part := out[from:in.Parts[p+1]]
			for i := range part {
				part[i] = int64(i) + 1
			}
		}
	}), nil
}

// eachPeers calls f for the peers, which are rows from..to-1 of the partition that is rows first..end-1.
func (in *Input) eachPeers(f func(first, end, from, to int32)) {
	p := 0
	for i, from := range in.Peers[:len(in.Peers)-1] {
		for in.Parts[p+1] <= from {
			p++
		}
		f(in.Parts[p], in.Parts[p+1], from, in.Peers[i+1])
	}
}

func rank(in *Input) (arrow.Array, error) {
	return int64s(in, func(out []int64) {
		in.eachPeers(func(first, _, from, to int32) { fill(out[from:to], int64(from-first)+1) })
	}), nil
}

func denseRank(in *Input) (arrow.Array, error) {
	n := int64(0)
	return int64s(in, func(out []int64) {
		in.eachPeers(func(first, _, from, to int32) {
			if from == first {
				n = 0
			}
			n++
			fill(out[from:to], n)
		})
	}), nil
}

func percentRank(in *Input) (arrow.Array, error) {
	return float64s(in, func(out []float64) {
		in.eachPeers(func(first, end, from, to int32) {
			share := 0.0
			if end-first > 1 {
				share = float64(from-first) / float64(end-first-1)
			}
			fill(out[from:to], share)
		})
	}), nil
}

func cumeDist(in *Input) (arrow.Array, error) {
	return float64s(in, func(out []float64) {
		in.eachPeers(func(first, end, from, to int32) {
			fill(out[from:to], float64(to-first)/float64(end-first))
		})
	}), nil
}

// ntile takes the number of buckets from the first row of the partition, as PostgreSQL does.
func ntile(in *Input) (arrow.Array, error) {
	buckets := in.Args[0].(*array.Int32)
	b := array.NewInt32Builder(in.Mem)
	defer b.Release()
	b.Reserve(in.rows())
	for p, from := range in.Parts[:len(in.Parts)-1] {
		rows := int64(in.Parts[p+1] - from)
		if buckets.IsNull(int(from)) {
			for range rows {
				b.AppendNull()
			}
			continue
		}
		n := int64(buckets.Value(int(from)))
		if n <= 0 {
			return nil, sqlerr.New("22014", in.call.At, "argument of ntile must be greater than zero")
		}
		small, larger := rows/n, rows%n // the first larger buckets have a row more
		for i := range rows {
			bucket := int64(0)
			if cut := larger * (small + 1); i < cut {
				bucket = i / (small + 1)
			} else {
				bucket = larger + (i-cut)/small
			}
			b.UnsafeAppend(int32(bucket) + 1)
		}
	}
	return b.NewArray(), nil
}

func fill[T any](out []T, v T) {
	for i := range out {
		out[i] = v
	}
}

func int64s(in *Input, set func([]int64)) arrow.Array {
	return fixed(in, arrow.PrimitiveTypes.Int64, arrow.Int64SizeBytes, arrow.Int64Traits.CastFromBytes, set)
}

func float64s(in *Input, set func([]float64)) arrow.Array {
	return fixed(in, arrow.PrimitiveTypes.Float64, arrow.Float64SizeBytes, arrow.Float64Traits.CastFromBytes, set)
}
