package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var jsonFunctions = []Function{
	{Name: "json_agg", Doc: "The values as a JSON array, NULL as null. NULL where there is no row.", Example: "json_agg(price ORDER BY n, price)", ExampleResult: "[1.5, 2.5, null, 8.0]", Ordered: true, Takes: oneAny, resolve: resolveJSONArray("json_agg", false)},
	{Name: "jsonb_agg", Doc: "The same as json_agg, in the form of JSONB.", Example: "jsonb_agg(fruit ORDER BY n, fruit)", ExampleResult: `["pear", "fig", null, "fig"]`, Ordered: true, Takes: oneAny, resolve: resolveJSONArray("jsonb_agg", true)},
	{Name: "json_object_agg", Doc: "A JSON object from keys, which must not be NULL, to values. NULL where there is no row.", Example: "json_object_agg(n, price ORDER BY n, price)", ExampleResult: `{ "1" : 1.5, "2" : 2.5, "2" : null, "4" : 8.0 }`, Ordered: true, Takes: twoForObject, resolve: resolveJSONObject("json_object_agg", false)},
	{Name: "jsonb_object_agg", Doc: "The same as json_object_agg, in the form of JSONB: of rows with the same key the last one counts.", Example: "jsonb_object_agg(n, price ORDER BY n, price)", ExampleResult: `{"1": 1.5, "2": null, "4": 8.0}`, Ordered: true, Takes: twoForObject, resolve: resolveJSONObject("jsonb_object_agg", true)},
}

const twoForObject = "two arguments: a key that is no array, map or row, and a value of any type"

func resolveJSONArray(name string, binary bool) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 {
			return Call{}, false
		}
		t := known(args[0])
		between := ", "
		if !binary && (t.Kind == types.Array || t.Kind == types.Row) {
			between = ", \n " // as PostgreSQL has it
		}
		return collectSpec{
			name: name, pos: pos, cols: []types.Type{t}, result: types.Of(types.JSON), need: -1,
			finish: func(mem memory.Allocator, g gathered) (arrow.Array, error) {
				w := jsonWriter{binary: binary, name: name, pos: pos}
				return buildBytes(mem, types.Of(types.JSON), len(g.ends), name, pos, func(i int, dst []byte) ([]byte, bool, error) {
					from, to := g.run(i)
					dst = append(dst, '[')
					for r := from; r < to; r++ {
						if r > from {
							dst = append(dst, between...)
						}
						var err error
						if dst, err = w.value(dst, g.cols[0], r, t); err != nil {
							return dst, false, err
						}
					}
					return append(dst, ']'), from < to, nil
				})
			},
		}.call(), true
	}
}

func resolveJSONObject(name string, binary bool) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 2 {
			return Call{}, false
		}
		switch args[0].Kind {
		case types.Array, types.Map, types.Row, types.JSON:
			return Call{}, false
		}
		k, v := known(args[0]), known(args[1])
		return collectSpec{
			name: name, pos: pos, cols: []types.Type{k, v}, result: types.Of(types.JSON), need: -1,
			finish: func(mem memory.Allocator, g gathered) (arrow.Array, error) {
				w := jsonWriter{binary: binary, name: name, pos: pos}
				return buildBytes(mem, types.Of(types.JSON), len(g.ends), name, pos, func(i int, dst []byte) ([]byte, bool, error) {
					from, to := g.run(i)
					dst, err := w.object(dst, g, from, to, k, v)
					return dst, from < to, err
				})
			},
		}.call(), true
	}
}

// jsonWriter appends values as JSON.
type jsonWriter struct {
	binary bool // in the form of JSONB
	name   string
	pos    sqlerr.Pos
	raw    []byte
}

func (w *jsonWriter) value(dst []byte, a arrow.Array, i int, t types.Type) ([]byte, error) {
	if !w.binary {
		return types.AppendJSON(dst, a, i, t), nil
	}
	w.raw = types.AppendJSON(w.raw[:0], a, i, t)
	return appendJSONB(dst, w.raw, w.pos)
}

func (w *jsonWriter) object(dst []byte, g gathered, from, to int, k, v types.Type) ([]byte, error) {
	keys := g.cols[0]
	for r := from; r < to; r++ {
		if keys.IsNull(r) {
			return dst, sqlerr.New(sqlerr.InvalidParameterValue, w.pos, "field name must not be null").
				WithHint("Leave such rows out: %s(…) FILTER (WHERE key IS NOT NULL).", w.name)
		}
	}
	if w.binary {
		members := make([]jsonMember, 0, to-from)
		for r := from; r < to; r++ {
			value, err := w.value(nil, g.cols[1], r, v)
			if err != nil {
				return dst, err
			}
			members = append(members, jsonMember{string(types.AppendText(nil, keys, r, k)), value})
		}
		return appendObject(dst, members), nil
	}
	dst = append(dst, '{')
	for r := from; r < to; r++ {
		if r > from {
			dst = append(dst, ',')
		}
		dst = append(dst, ' ')
		dst = types.AppendJSONString(dst, string(types.AppendText(nil, keys, r, k)))
		dst = append(dst, " : "...)
		dst = types.AppendJSON(dst, g.cols[1], r, v)
	}
	return append(dst, " }"...), nil
}
