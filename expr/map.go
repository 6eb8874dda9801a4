package expr

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

// mapSide is the keys of a map, or its values, as an array.
func mapSide(keys bool) Overload {
	return extension(Overload{Args: []types.Kind{types.Map}, Strict: true,
		Type: func(ts []types.Type) types.Type {
			if keys {
				return types.ArrayOf(*ts[0].Key)
			}
			return types.ArrayOf(*ts[0].Elem)
		},
		Kernel: func(in *Input) (arrow.Array, error) {
			m := in.args[0].(*array.Map)
			side := m.Items()
			if keys {
				side = m.Keys()
			}
			offs, mask, has := offsets(m), in.mask(0), in.present(0)
			return in.pickLists([]arrow.Array{side}, func(i int, p *picker) (bool, error) {
				if !has.at(i) {
					return false, nil
				}
				p.addSpan(0, int(offs[i&mask]), int(offs[i&mask+1]))
				return true, nil
			})
		}})
}

// mapFromArrays makes a map of keys and values that stand in two arrays.
var mapFromArrays = extension(Overload{Args: []types.Kind{types.Array, types.Array}, Strict: true, Fails: true,
	Type: func(ts []types.Type) types.Type { return types.MapOf(*ts[0].Elem, *ts[1].Elem) },
	Kernel: func(in *Input) (arrow.Array, error) {
		k, v := in.list(0), in.list(1)
		offBuf, offs := newInts(in.Mem, in.N+1)
		offs[0] = 0
		var keys, values, lost []int32
		for i := range in.N {
			if k.has.at(i) && v.has.at(i) {
				from, to := k.span(i)
				first, end := v.span(i)
				if to-from != end-first {
					offBuf.Release()
					return nil, in.fault(i, badSubscript, "there must be as many keys as values")
				}
				for at := range to - from {
					if k.elems.IsNull(from + at) {
						offBuf.Release()
						return nil, in.fault(i, nullNotAllowed, "a key must not be null")
					}
					keys, values = append(keys, int32(from+at)), append(values, int32(first+at))
				}
			} else {
				lost = append(lost, int32(i))
			}
			offs[i+1] = int32(len(keys))
		}
		nulls, nullN := nullsWithout(in.Mem, in.N, bitmap{}, lost)
		dt := in.call.typ.Arrow()
		entries := newNested(dt.(*arrow.MapType).Elem(), len(keys), 0, []arrow.Array{Take(in.Mem, k.elems, keys), Take(in.Mem, v.elems, values)}, nil)
		return newNested(dt, in.N, nullN, []arrow.Array{entries}, nulls, offBuf), nil
	}})

var mapFunctions = []Function{
	arrayFunction("map_keys", "The keys of a map as an array.", "map_keys(map_from_arrays(ARRAY['a','b'], ARRAY[1,2]))", "{a,b}", mapSide(true)),
	arrayFunction("map_values", "The values of a map as an array.", "map_values(map_from_arrays(ARRAY['a','b'], ARRAY[1,2]))", "{1,2}", mapSide(false)),
	arrayFunction("map_from_arrays", "A map of keys and values that stand in two arrays.", "(map_from_arrays(ARRAY['a','b'], ARRAY[1,2]))['b']", "2", mapFromArrays),
}
