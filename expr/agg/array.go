package agg

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var listFunctions = []Function{
	{Name: "array_agg", Doc: "The values as an array, NULLs too. NULL where there is no row.", Example: "array_agg(fruit ORDER BY n, fruit)", ExampleResult: "{pear,fig,NULL,fig}", Ordered: true, Takes: oneAny, resolve: resolveArrayAgg},
	{Name: "string_agg", Doc: "The texts or bytes that are not NULL, with a separator between them. NULL where there is none.", Example: "string_agg(DISTINCT fruit, ', ')", ExampleResult: "fig, pear", Ordered: true, Takes: "two arguments: TEXT and a separator that is TEXT, or both BYTEA", resolve: resolveStringAgg},
	{Name: "map_agg", Doc: "A map from keys to values; of rows with the same key the last one counts, and those whose key is NULL do not. NULL where there is no row.", Example: "map_agg(fruit, n ORDER BY n)", ExampleResult: `{"pear":1,"fig":4}`, Ordered: true, Takes: "two arguments of any type: a key and a value", resolve: resolveMapAgg},
}

func resolveArrayAgg(args []types.Type, pos sqlerr.Pos) (Call, bool) {
	if len(args) != 1 {
		return Call{}, false
	}
	t := known(args[0])
	return collectSpec{
		name: "array_agg", pos: pos, cols: []types.Type{t}, result: types.ArrayOf(t), need: -1,
		finish: func(mem memory.Allocator, g gathered) (arrow.Array, error) {
			nulls := nullMask{mem: mem, size: len(g.ends)}
			defer nulls.release()
			for i := range g.ends {
				if from, to := g.run(i); from == to {
					nulls.set(i)
				}
			}
			return makeList(mem, t, g.ends, g.cols[0], &nulls), nil
		},
	}.call(), true
}

func resolveStringAgg(args []types.Type, pos sqlerr.Pos) (Call, bool) {
	if len(args) != 2 {
		return Call{}, false
	}
	kind := types.Text
	for _, a := range args {
		switch a.Kind {
		case types.Bytes:
			kind = types.Bytes
		case types.Text, types.Unknown:
		default:
			return Call{}, false
		}
	}
	for _, a := range args {
		if a.Kind != kind && a.Kind != types.Unknown {
			return Call{}, false
		}
	}
	t := types.Of(kind)
	return collectSpec{
		name: "string_agg", pos: pos, cols: []types.Type{t, t}, result: t, need: 0,
		finish: func(mem memory.Allocator, g gathered) (arrow.Array, error) {
			return joinBytes(mem, t, g, pos)
		},
	}.call(), true
}

// joinBytes puts the first column's values together, with the second one's before each but the first: NULL is nothing.
func joinBytes(mem memory.Allocator, t types.Type, g gathered, pos sqlerr.Pos) (arrow.Array, error) {
	offs, data := varlen(g.cols[0])
	sepOffs, seps := varlen(g.cols[1])
	given := validity(g.cols[1])
	return buildBytes(mem, t, len(g.ends), "string_agg", pos, func(i int, dst []byte) ([]byte, bool, error) {
		from, to := g.run(i)
		for r := from; r < to; r++ {
			if r > from && (given.all() || given.has(r)) {
				dst = append(dst, seps[sepOffs[r]:sepOffs[r+1]]...)
			}
			dst = append(dst, data[offs[r]:offs[r+1]]...)
		}
		return dst, from < to, nil
	})
}

// buildBytes makes an array of Text, JSON or Bytes; value appends value i to dst, or says that it is NULL.
func buildBytes(mem memory.Allocator, t types.Type, n int, name string, pos sqlerr.Pos, value func(i int, dst []byte) ([]byte, bool, error)) (arrow.Array, error) {
	b := array.NewBuilder(mem, t.Arrow())
	defer b.Release()
	b.Reserve(n)
	var buf []byte
	total := int64(0)
	for i := range n {
		var there bool
		var err error
		if buf, there, err = value(i, buf[:0]); err != nil {
			return nil, err
		}
		if total += int64(len(buf)); total > maxBytes {
			return nil, tooLarge(name, pos)
		}
		if there {
			appendBytes(b, buf)
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray(), nil
}

// maxBytes is how many bytes an array of Text has at most.
const maxBytes = 1<<31 - 1

func resolveMapAgg(args []types.Type, pos sqlerr.Pos) (Call, bool) {
	if len(args) != 2 {
		return Call{}, false
	}
	k, v := known(args[0]), known(args[1])
	result := types.MapOf(k, v)
	return collectSpec{
		name: "map_agg", pos: pos, cols: []types.Type{k, v}, result: result, need: 0,
		finish: func(mem memory.Allocator, g gathered) (arrow.Array, error) {
			b := array.NewBuilder(mem, result.Arrow()).(*array.MapBuilder)
			defer b.Release()
			var enc []byte
			for i := range g.ends {
				from, to := g.run(i)
				if from == to {
					b.AppendNull()
					continue
				}
				b.Append(true)
				for _, r := range lastOfKeys(g.cols[0], from, to) {
					enc = appendValue(enc[:0], g.cols[0], r)
					decodeValue(b.KeyBuilder(), enc)
					enc = appendValue(enc[:0], g.cols[1], r)
					decodeValue(b.ItemBuilder(), enc)
				}
			}
			return b.NewArray(), nil
		},
	}.call(), true
}

// lastOfKeys lists the rows whose values a map has: each key where it first comes, with the row where it last does.
func lastOfKeys(keys arrow.Array, from, to int) []int {
	at := make(map[string]int, to-from)
	rows := make([]int, 0, to-from)
	var enc []byte
	for r := from; r < to; r++ {
		enc = appendValue(enc[:0], keys, r)
		if i, ok := at[string(enc)]; ok {
			rows[i] = r
			continue
		}
		at[string(bytes.Clone(enc))] = len(rows)
		rows = append(rows, r)
	}
	return rows
}
