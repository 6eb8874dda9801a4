package expr

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

var unnestFunctions = []Function{
	{Name: "unnest", Group: "Sets", Doc: "The elements of an array, or the keys and values of a map. In FROM it takes several arrays, a column each, and rows of an array of ROW are taken apart.",
		Example: "unnest(string_to_array('a,b', ','))", ExampleResult: "a; b",
		Overloads: []Overload{
			{Args: []types.Kind{types.Array}, Type: elemType, Strict: true, Rows: elements},
			{Args: []types.Kind{types.Map}, Type: func(args []types.Type) types.Type { return entryType(*args[0].Key, *args[0].Elem) }, Strict: true, Rows: elements, Extension: true},
		}},
}

func entryType(key, value types.Type) types.Type {
	return types.RowOf(types.Field{Name: "key", Type: key}, types.Field{Name: "value", Type: value})
}

// elements are where the array or map has them: nothing is copied.
func elements(in *Input) (SetRows, error) {
	a, mask := in.args[0], in.mask(0)
	rows := &listRows{mem: in.Mem, counts: make([]int64, in.N), starts: make([]int32, in.N), typ: in.call.typ}
	switch a := a.(type) {
	case *array.List:
		rows.values = a.ListValues()
		rows.values.Retain()
	case *array.Map:
		keys, items := a.Keys(), a.Items()
		keys.Retain()
		items.Retain()
		entries := a.ListValues()
		rows.values = newNested(rows.typ.Arrow(), entries.Len(), 0, []arrow.Array{keys, items}, nil)
	}
	if a.Len() == 0 {
		return rows, nil
	}
	offs, present := offsets(a), in.present(0)
	for i := range in.N {
		if present.at(i) {
			rows.starts[i], rows.counts[i] = offs[i&mask], int64(offs[i&mask+1]-offs[i&mask])
		}
	}
	return rows, nil
}
