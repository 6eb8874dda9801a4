package expr

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// Those that begin with jsonb give the members of an object in jsonb's order, by the length of the name and then the
// name, and of members of one name the last; those that begin with json give what is written.
var setJSONFunctions = []Function{
	setJSON("json_array_elements", "The elements of a JSON array.", `json_array_elements('[1, "a"]')`, `1; "a"`, jsonElements(types.JSON)),
	setJSON("json_array_elements_text", "The elements of a JSON array as text.", `json_array_elements_text('[1, "a"]')`, "1; a", jsonElements(types.Text)),
	setJSON("jsonb_array_elements", "The elements of a JSON array.", `jsonb_array_elements('[1, "a"]')`, `1; "a"`, jsonElements(types.JSON)),
	setJSON("jsonb_array_elements_text", "The elements of a JSON array as text.", `jsonb_array_elements_text('[1, "a"]')`, "1; a", jsonElements(types.Text)),
	setJSON("json_object_keys", "The names of a JSON object's members, as they come.", `json_object_keys('{"b": 1, "a": 2}')`, "b; a", jsonKeys(false)),
	setJSON("jsonb_object_keys", "The names of a JSON object's members, each once, short ones first.", `jsonb_object_keys('{"b": 1, "a": 2}')`, "a; b", jsonKeys(true)),
	setJSON("json_each", "The members of a JSON object: key and value.", `json_each('{"b": 1, "a": 2}')`, "(b,1); (a,2)", jsonMembers(types.JSON, false)),
	setJSON("json_each_text", "The members of a JSON object: key and value as text.", `json_each_text('{"b": "x"}')`, "(b,x)", jsonMembers(types.Text, false)),
	setJSON("jsonb_each", "The members of a JSON object, each once, short names first: key and value.", `jsonb_each('{"b": 1, "a": 2}')`, "(a,2); (b,1)", jsonMembers(types.JSON, true)),
	setJSON("jsonb_each_text", "The members of a JSON object, each once, short names first: key and value as text.", `jsonb_each_text('{"b": "x"}')`, "(b,x)", jsonMembers(types.Text, true)),
}

func setJSON(name, doc, example, result string, o Overload) Function {
	o.Args, o.Strict, o.Fails = []types.Kind{types.JSON}, true, true
	return Function{Name: name, Group: "Sets", Doc: doc, Example: example, ExampleResult: result, Overloads: []Overload{o}}
}

// appendMember appends a value as it is, or as text, where null is NULL.
func (in *Input) appendMember(b array.Builder, i int, v []byte, as types.Kind) error {
	text := b.(*array.StringBuilder)
	switch {
	case as == types.JSON:
		text.BinaryBuilder.Append(v)
	case v[0] == 'n':
		text.AppendNull()
	case v[0] == '"':
		s, ok := appendJSONText(nil, v)
		if !ok {
			return in.badJSON(i)
		}
		text.BinaryBuilder.Append(s)
	default:
		text.BinaryBuilder.Append(v)
	}
	return nil
}

// nested is the object or array of a row.
func (in *Input) nested(text []byte, i int, open byte, what string) ([]byte, error) {
	v, ok := jsonValue(text)
	if !ok {
		return nil, in.badJSON(i)
	}
	if v[0] != open {
		return nil, in.fault(i, sqlerr.InvalidParameterValue, "cannot "+what+" "+jsonTypes[v[0]])
	}
	return v, nil
}

func jsonElements(as types.Kind) Overload {
	return Overload{Result: as, Column: "value", Rows: func(in *Input) (SetRows, error) {
		x := in.text(0)
		b := array.NewStringBuilder(in.Mem)
		return setOf(in, b, func(i int) error {
			v, err := in.nested(x.at(i), i, '[', "extract elements from")
			if err != nil {
				return err
			}
			if !eachJSON(v, func(_, value []byte) bool {
				err = in.appendMember(b, i, value, as)
				return err == nil
			}) {
				return in.badJSON(i)
			}
			return err
		})
	}}
}

// member is one of an object.
type member struct{ key, value []byte }

// members lists those of an object: as they are written, or in jsonb's order.
func (in *Input) members(text []byte, i int, sorted bool, what string) ([]member, error) {
	v, err := in.nested(text, i, '{', what)
	if err != nil {
		return nil, err
	}
	var out []member
	good := true
	if !eachJSON(v, func(key, value []byte) bool {
		name, ok := appendJSONText(nil, key)
		good = ok
		out = append(out, member{name, value})
		return ok
	}) || !good {
		return nil, in.badJSON(i)
	}
	if !sorted {
		return out, nil
	}
	slices.Reverse(out) // the last of one name counts: it is to be the first
	slices.SortStableFunc(out, func(a, b member) int {
		return cmp.Or(cmp.Compare(len(a.key), len(b.key)), bytes.Compare(a.key, b.key))
	})
	return slices.CompactFunc(out, func(a, b member) bool { return bytes.Equal(a.key, b.key) }), nil
}

func jsonKeys(sorted bool) Overload {
	return Overload{Result: types.Text, Rows: func(in *Input) (SetRows, error) {
		x := in.text(0)
		b := array.NewStringBuilder(in.Mem)
		return setOf(in, b, func(i int) error {
			all, err := in.members(x.at(i), i, sorted, "list the keys of")
			for _, m := range all {
				b.BinaryBuilder.Append(m.key)
			}
			return err
		})
	}}
}

func jsonMembers(as types.Kind, sorted bool) Overload {
	row := entryType(types.Of(types.Text), types.Of(as))
	return Overload{Type: func([]types.Type) types.Type { return row }, Rows: func(in *Input) (SetRows, error) {
		x := in.text(0)
		b := array.NewBuilder(in.Mem, row.Arrow()).(*array.StructBuilder)
		keys := b.FieldBuilder(0).(*array.StringBuilder)
		return setOf(in, b, func(i int) error {
			all, err := in.members(x.at(i), i, sorted, "list the members of")
			if err != nil {
				return err
			}
			for _, m := range all {
				b.Append(true)
				keys.BinaryBuilder.Append(m.key)
				if err := in.appendMember(b.FieldBuilder(1), i, m.value, as); err != nil {
					return err
				}
			}
			return nil
		})
	}}
}
