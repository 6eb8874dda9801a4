package expr

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// Functions that make JSON of other values.

// jsonOf is one value as JSON.
func (in *Input) jsonOf(dst []byte, k, i int) []byte {
	return types.AppendJSON(dst, in.args[k], i&in.mask(k), in.call.args[k].Type())
}

// built is what a function that makes JSON wrote, in the form of jsonb where it is one of its functions.
func built(name string, write func(in *Input, dst []byte, i int) ([]byte, error)) Kernel {
	return func(in *Input) (arrow.Array, error) {
		asJSONB := name[:min(5, len(name))] == "jsonb" || name == "to_jsonb"
		var scratch []byte
		return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
			if !asJSONB {
				dst, err := write(in, dst, i)
				return dst, true, err
			}
			var err error
			if scratch, err = write(in, scratch[:0], i); err != nil {
				return dst, false, err
			}
			t, ok := parseJSONTree(scratch, true)
			if !ok {
				return dst, false, in.badJSON(i)
			}
			return t.append(dst, jsonbLayout), true, nil
		})
	}
}

// jsonBuilder is a function of any number of arguments, none too.
func jsonBuilder(name, doc, example, result string, write func(in *Input, dst []byte, i int) ([]byte, error)) Function {
	return jsonFunction(name, doc, example, result,
		Overload{Result: types.JSON, Kernel: built(name, write)},
		Overload{Args: []types.Kind{anyType}, Variadic: true, Result: types.JSON, Fails: true, Kernel: built(name, write)})
}

func writeArray(in *Input, dst []byte, i int) ([]byte, error) {
	dst = append(dst, '[')
	for k := range in.args {
		if k > 0 {
			dst = append(dst, ", "...)
		}
		dst = in.jsonOf(dst, k, i)
	}
	return append(dst, ']'), nil
}

func writeObject(in *Input, dst []byte, i int) ([]byte, error) {
	if len(in.args)%2 != 0 {
		return dst, in.fault(i, sqlerr.InvalidParameterValue, "argument list must have even number of elements").
			WithHint("The arguments must consist of alternating keys and values.")
	}
	dst = append(dst, '{')
	for k := 0; k < len(in.args); k += 2 {
		if k > 0 {
			dst = append(dst, ", "...)
		}
		if in.args[k].IsNull(i & in.mask(k)) {
			return dst, in.fault(i, sqlerr.InvalidParameterValue, "a key must not be null")
		}
		if t := in.call.args[k].Type().Kind; !scalar(t) || t == types.JSON {
			return dst, in.fault(i, sqlerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
		}
		dst = types.AppendJSONString(dst, string(types.AppendText(nil, in.args[k], i&in.mask(k), in.call.args[k].Type())))
		dst = append(dst, " : "...)
		dst = in.jsonOf(dst, k+1, i)
	}
	return append(dst, '}'), nil
}

// toJSON is strict: NULL stays NULL.
func toJSON(name string, args []types.Kind) Overload {
	asJSONB := name == "to_jsonb"
	return Overload{Args: args, Result: types.JSON, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		var scratch []byte
		return in.textRows(func(dst []byte, i int) ([]byte, error) {
			if !asJSONB {
				return in.jsonOf(dst, 0, i), nil
			}
			scratch = in.jsonOf(scratch[:0], 0, i)
			t, ok := parseJSONTree(scratch, true)
			if !ok {
				return dst, in.badJSON(i)
			}
			return t.append(dst, jsonbLayout), nil
		})
	}}
}

// jsonObject makes an object of names and values that alternate in one array, or stand in two.
func jsonObject(name string, arrays int) Overload {
	colon := " : "
	layout := ", "
	asJSONB := name == "jsonb_object"
	return Overload{Args: []types.Kind{textArray, textArray}[:arrays], Result: types.JSON, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		l := in.list(0)
		names := varlens(l.elems)
		v, step, values := l, 2, names
		if arrays == 2 {
			v, step = in.list(1), 1
			values = varlens(v.elems)
		}
		var scratch []byte
		return in.textRows(func(dst []byte, i int) ([]byte, error) {
			from, to := l.span(i)
			at, end := v.span(i)
			if arrays == 1 {
				if (to-from)%2 != 0 {
					return dst, in.fault(i, badSubscript, "array must have even number of elements")
				}
				at++
			} else if end-at != to-from {
				return dst, in.fault(i, badSubscript, "mismatched array dimensions")
			}
			scratch = append(scratch[:0], '{')
			for k := from; k < to; k, at = k+step, at+step {
				if l.elems.IsNull(k) {
					return dst, in.fault(i, nullNotAllowed, "null value not allowed for object key")
				}
				if k > from {
					scratch = append(scratch, layout...)
				}
				scratch = append(types.AppendJSONString(scratch, string(names.at(k))), colon...)
				if v.elems.IsNull(at) {
					scratch = append(scratch, "null"...)
				} else {
					scratch = types.AppendJSONString(scratch, string(values.at(at)))
				}
			}
			scratch = append(scratch, '}')
			if !asJSONB {
				return append(dst, scratch...), nil
			}
			t, ok := parseJSONTree(scratch, true)
			if !ok {
				return dst, in.badJSON(i)
			}
			return t.append(dst, jsonbLayout), nil
		})
	}}
}

var jsonBuildFunctions = []Function{
	jsonBuilder("json_build_object", "An object of names and values that alternate.", `json_build_object('a', 1, 'b', true)`, `{"a" : 1, "b" : true}`, writeObject),
	jsonBuilder("jsonb_build_object", "json_build_object, written as jsonb.", `jsonb_build_object('b', 1, 'a', NULL)`, `{"a": null, "b": 1}`, writeObject),
	jsonBuilder("json_build_array", "An array of the arguments.", `json_build_array(1, 'a', NULL)`, `[1, "a", null]`, writeArray),
	jsonBuilder("jsonb_build_array", "json_build_array, written as jsonb.", `jsonb_build_array(1, 'a')`, `[1, "a"]`, writeArray),
	jsonFunction("json_object", "An object of names and values in one array of text, or in two.", `json_object(ARRAY['a', '1'])`, `{"a" : "1"}`, jsonObject("json_object", 1), jsonObject("json_object", 2)),
	jsonFunction("jsonb_object", "json_object, written as jsonb.", `jsonb_object(ARRAY['b', 'a'], ARRAY['1', '2'])`, `{"a": "2", "b": "1"}`, jsonObject("jsonb_object", 1), jsonObject("jsonb_object", 2)),
	jsonFunction("to_json", "The value as JSON: numbers, Booleans, arrays, maps and rows as such, the rest as strings.", `to_json(ARRAY['a', 'b'])`, `["a","b"]`, toJSON("to_json", []types.Kind{anyType})),
	jsonFunction("to_jsonb", "to_json, written as jsonb.", `to_jsonb(ARRAY[1, 2])`, `[1, 2]`, toJSON("to_jsonb", []types.Kind{anyType})),
	jsonFunction("array_to_json", "An array as JSON.", `array_to_json(ARRAY[1, NULL])`, `[1,null]`, toJSON("array_to_json", []types.Kind{anyArray})),
	jsonFunction("row_to_json", "A row as a JSON object.", `row_to_json(ROW(1, 'a'))`, `{"f1":1,"f2":"a"}`, toJSON("row_to_json", []types.Kind{types.Row})),
}
