package expr

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// Functions that take JSON apart and write it anew, as jsonb is written: names in order, one blank behind commas and
// colons.

// trees reads argument k by row, a constant once.
func (in *Input) trees(k int) func(i int) (*jsonTree, error) {
	x := in.text(k)
	var constant *jsonTree
	return func(i int) (*jsonTree, error) {
		if constant != nil {
			return constant, nil
		}
		t, ok := parseJSONTree(x.at(i), true)
		if !ok {
			return nil, in.badJSON(i)
		}
		if in.isConst(k) {
			constant = t
		}
		return t, nil
	}
}

// strings reads argument k, an array of text, by row; its NULLs are left out where skip is true.
func (in *Input) strings(k int) func(i int) (values []string, nullAt int) {
	l := in.list(k)
	text := varlens(l.elems)
	var out []string
	return func(i int) ([]string, int) {
		out = out[:0]
		nullAt := 0
		first, to := l.span(i)
		for at := first; at < to; at++ {
			if l.elems.IsNull(at) {
				nullAt = at - first + 1
				continue
			}
			out = append(out, string(text.at(at)))
		}
		return out, nullAt
	}
}

// jsonTo is a strict function whose first argument is JSON and whose result is JSON, in the form of jsonb.
func jsonTo(args []types.Kind, of func(in *Input) func(i int, t *jsonTree) (*jsonTree, error)) Overload {
	return Overload{Args: append([]types.Kind{types.JSON}, args...), Result: types.JSON, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		trees, value := in.trees(0), of(in)
		return in.textRows(func(dst []byte, i int) ([]byte, error) {
			t, err := trees(i)
			if err != nil {
				return dst, err
			}
			if t, err = value(i, t); err != nil {
				return dst, at(err, in.call.pos)
			}
			return t.append(dst, jsonbLayout), nil
		})
	}}
}

// jsonTest is a strict function of JSON and something else that is true or false.
func jsonTest(arg types.Kind, of func(in *Input) func(i int, t *jsonTree) (bool, error)) Overload {
	return Overload{Args: []types.Kind{types.JSON, arg}, Result: types.Bool, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		trees, test := in.trees(0), of(in)
		return in.boolRows(func(i int) (bool, error) {
			t, err := trees(i)
			if err != nil {
				return false, err
			}
			return test(i, t)
		})
	}}
}

// ofTwo reads a second value of JSON.
func ofTwo[R any](f func(a, b *jsonTree) R) func(in *Input) func(i int, t *jsonTree) (R, error) {
	return func(in *Input) func(i int, t *jsonTree) (R, error) {
		others := in.trees(1)
		return func(i int, t *jsonTree) (R, error) {
			o, err := others(i)
			if err != nil {
				var none R
				return none, err
			}
			return f(t, o), nil
		}
	}
}

func jsonContains(mirrored bool) Overload {
	return jsonTest(types.JSON, ofTwo(func(a, b *jsonTree) bool {
		if mirrored {
			a, b = b, a
		}
		return a.contains(b)
	}))
}

func hasKey(in *Input) func(i int, t *jsonTree) (bool, error) {
	name := in.text(1)
	return func(i int, t *jsonTree) (bool, error) { return t.has(string(name.at(i))), nil }
}

func hasKeys(all bool) func(in *Input) func(i int, t *jsonTree) (bool, error) {
	return func(in *Input) func(i int, t *jsonTree) (bool, error) {
		names := in.strings(1)
		return func(i int, t *jsonTree) (bool, error) {
			ns, _ := names(i)
			if all {
				return !slices.ContainsFunc(ns, func(n string) bool { return !t.has(n) }), nil
			}
			return slices.ContainsFunc(ns, t.has), nil
		}
	}
}

var (
	jsonConcat = jsonTo([]types.Kind{types.JSON}, ofTwo(func(a, b *jsonTree) *jsonTree { return a.concat(b) }))

	jsonRemovals = []Overload{
		jsonTo([]types.Kind{types.Text}, func(in *Input) func(int, *jsonTree) (*jsonTree, error) {
			name := in.text(1)
			return func(i int, t *jsonTree) (*jsonTree, error) { return t.without(string(name.at(i))) }
		}),
		jsonTo([]types.Kind{types.Int32}, func(in *Input) func(int, *jsonTree) (*jsonTree, error) {
			position := col[int32](in, 1)
			return func(i int, t *jsonTree) (*jsonTree, error) { return t.withoutAt(int(position.at(i))) }
		}),
		jsonTo([]types.Kind{textArray}, func(in *Input) func(int, *jsonTree) (*jsonTree, error) {
			names := in.strings(1)
			return func(i int, t *jsonTree) (*jsonTree, error) {
				ns, _ := names(i)
				return t.without(ns...)
			}
		}),
	}
)

// editPath reads the path in argument 1.
func (in *Input) editPath() func(i int) ([]string, error) {
	paths := in.strings(1)
	return func(i int) ([]string, error) {
		p, nullAt := paths(i)
		if nullAt > 0 {
			return nil, in.fault(i, nullNotAllowed, "path element is null")
		}
		return p, nil
	}
}

// jsonEditing is jsonb_set or jsonb_insert; the flag that may follow turns one kind of edit into the other.
func jsonEditing(flagged bool, unless, when jsonEdit, standard bool) Overload {
	args := []types.Kind{textArray, types.JSON}
	if flagged {
		args = append(args, types.Bool)
	}
	return jsonTo(args, func(in *Input) func(int, *jsonTree) (*jsonTree, error) {
		path, values := in.editPath(), in.trees(2)
		flag := func(int) bool { return standard }
		if flagged {
			flag = in.bools(3).at
		}
		return func(i int, t *jsonTree) (*jsonTree, error) {
			p, err := path(i)
			if err != nil {
				return nil, err
			}
			v, err := values(i)
			if err != nil {
				return nil, err
			}
			how := unless
			if flag(i) {
				how = when
			}
			return t.edit(p, v, how)
		}
	})
}

// jsonRewritten is a function of JSON alone that is written in another way.
func jsonRewritten(asJSONB bool, write func(dst []byte, t *jsonTree) []byte, result types.Kind) Overload {
	return Overload{Args: []types.Kind{types.JSON}, Result: result, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x := in.text(0)
		return in.textRows(func(dst []byte, i int) ([]byte, error) {
			t, ok := parseJSONTree(x.at(i), asJSONB)
			if !ok {
				return dst, in.badJSON(i)
			}
			return write(dst, t), nil
		})
	}}
}

var jsonbFunctions = []Function{
	jsonFunction("?", "Whether an object has a member of this name, or an array such a string.", `JSON '{"a": 1}' ? 'a'`, "true", jsonTest(types.Text, hasKey)),
	jsonFunction("?|", "Whether ? is true of one name of an array.", `JSON '{"a": 1}' ?| ARRAY['x', 'a']`, "true", jsonTest(textArray, hasKeys(false))),
	jsonFunction("?&", "Whether ? is true of all names of an array.", `JSON '{"a": 1}' ?& ARRAY['x', 'a']`, "false", jsonTest(textArray, hasKeys(true))),
	jsonFunction("jsonb_exists", "Whether an object has a member of this name, or an array such a string.", `jsonb_exists('{"a": 1}', 'b')`, "false", jsonTest(types.Text, hasKey)),
	jsonFunction("jsonb_contains", "The function of @>.", `jsonb_contains('[1, 2]', '2')`, "true", jsonContains(false)),
	jsonFunction("jsonb_concat", "The function of ||.", `jsonb_concat('{"a": 1}', '{"b": 2}')`, `{"a": 1, "b": 2}`, jsonConcat),
	jsonFunction("#-", "Without what is at the end of a path.", `JSON '{"a": [1, 2]}' #- '{a,0}'`, `{"a": [2]}`,
		jsonTo([]types.Kind{textArray}, func(in *Input) func(int, *jsonTree) (*jsonTree, error) {
			path := in.editPath()
			return func(i int, t *jsonTree) (*jsonTree, error) {
				p, err := path(i)
				if err != nil {
					return nil, err
				}
				return t.edit(p, nil, jsonDelete)
			}
		})),
	jsonFunction("jsonb_set", "With what is at the end of a path replaced; it is added where it is not there, unless the fourth argument is false.", `jsonb_set('{"a": [1]}', '{a,0}', '2')`, `{"a": [2]}`,
		jsonEditing(false, jsonReplace, jsonCreate, true), jsonEditing(true, jsonReplace, jsonCreate, true)),
	jsonFunction("jsonb_insert", "With a value put in front of an element, or with true as the fourth argument behind it.", `jsonb_insert('{"a": [1]}', '{a,0}', '0')`, `{"a": [0, 1]}`,
		jsonEditing(false, jsonBefore, jsonAfter, false), jsonEditing(true, jsonBefore, jsonAfter, false)),
	jsonFunction("jsonb_strip_nulls", "Without the members that are null.", `jsonb_strip_nulls('{"a": null, "b": [null]}')`, `{"b": [null]}`,
		jsonRewritten(true, func(dst []byte, t *jsonTree) []byte { return t.withoutNulls().append(dst, jsonbLayout) }, types.JSON)),
	jsonFunction("json_strip_nulls", "Without the members that are null, written without blanks.", `json_strip_nulls('{"a": null, "b": 1}')`, `{"b":1}`,
		jsonRewritten(false, func(dst []byte, t *jsonTree) []byte { return t.withoutNulls().append(dst, compactLayout) }, types.JSON)),
	jsonFunction("jsonb_pretty", "A member or element a line.", `jsonb_pretty('[1]')`, "[\n    1\n]",
		jsonRewritten(true, func(dst []byte, t *jsonTree) []byte { return t.pretty(dst, 0) }, types.Text)),
	jsonFunction("jsonb", "The value as jsonb writes it: members in order and each once, one blank behind commas and colons.", `jsonb('{"b":1,"a":2}')`, `{"a": 2, "b": 1}`,
		jsonRewritten(true, func(dst []byte, t *jsonTree) []byte { return t.append(dst, jsonbLayout) }, types.JSON)),
	jsonFunction("json_keys", "The names of an object's members, in order.", `json_keys('{"a": 1, "b": 2}')`, "{a,b}",
		extension(Overload{Args: []types.Kind{types.JSON}, Type: textArrayType, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
			trees, has := in.trees(0), in.present(0)
			return in.textLists(func(i int, out *array.StringBuilder) (bool, error) {
				if !has.at(i) {
					return false, nil
				}
				t, err := trees(i)
				if err != nil {
					return false, err
				}
				if t.kind != '{' {
					return false, in.fault(i, sqlerr.InvalidParameterValue, "cannot call json_keys on what is no object")
				}
				for _, n := range t.names {
					out.Append(n)
				}
				return true, nil
			})
		}})),
	jsonFunction("json_valid", "Whether a text is JSON.", `json_valid('{"a": }')`, "false",
		extension(Overload{Args: []types.Kind{types.Text}, Result: types.Bool, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
			x := in.text(0)
			return in.boolRows(func(i int) (bool, error) { return types.CheckJSON(asString(x.at(i))) == nil, nil })
		}})),
}
