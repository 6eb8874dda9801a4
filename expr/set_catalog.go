package expr

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

var setCatalogFunctions = []Function{
	{Name: "_pg_expandarray", Group: "Sets", Doc: "The elements of an array as x, with their positions from 1 as n.", Example: "_pg_expandarray(string_to_array('a,b', ','))", ExampleResult: "(a,1); (b,2)",
		Overloads: []Overload{{Args: []types.Kind{types.Array}, Type: numberedElem, Strict: true, Rows: numberedElements}}},
	{Name: "pg_get_keywords", Group: "Sets", Doc: "The words of PostgreSQL's SQL, with what they may be names of.", Example: "pg_get_keywords()", ExampleResult: "460 rows",
		Overloads: []Overload{{Type: func([]types.Type) types.Type { return keywordRow }, Rows: keywords}}},
	{Name: "aclexplode", Group: "Sets", Doc: "The grants of a list of privileges. There are none: every user may do everything.", Example: "aclexplode(NULL)", ExampleResult: "",
		Overloads: []Overload{{Args: []types.Kind{textArray}, Type: func([]types.Type) types.Type { return grantRow }, Strict: true, Rows: grants}}},
}

func numberedElem(args []types.Type) types.Type {
	return types.RowOf(types.Field{Name: "x", Type: *args[0].Elem}, types.Field{Name: "n", Type: types.Of(types.Int32)})
}

// numberedElements puts the positions beside the elements, which stay where they are.
func numberedElements(in *Input) (SetRows, error) {
	lists := in.args[0].(*array.List)
	values := lists.ListValues()
	values.Retain()
	buf, dst := newPods[int32](in.Mem, values.Len(), 4)
	clear(dst)
	offs := offsets(lists)
	for row := range lists.Len() {
		for k := offs[row]; k < offs[row+1]; k++ {
			dst[k] = k - offs[row] + 1
		}
	}
	numbers := newArray(arrow.PrimitiveTypes.Int32, values.Len(), 0, nil, buf)
	rows := &listRows{mem: in.Mem, counts: make([]int64, in.N), starts: make([]int32, in.N), typ: in.call.typ}
	rows.values = newNested(rows.typ.Arrow(), values.Len(), 0, []arrow.Array{values, numbers}, nil)
	if lists.Len() == 0 {
		return rows, nil
	}
	mask, present := in.mask(0), in.present(0)
	for i := range in.N {
		if present.at(i) {
			rows.starts[i], rows.counts[i] = offs[i&mask], int64(offs[i&mask+1]-offs[i&mask])
		}
	}
	return rows, nil
}

var keywordRow = types.RowOf(
	types.Field{Name: "word", Type: types.Of(types.Text)}, types.Field{Name: "catcode", Type: types.SysOf(types.SysChar)},
	types.Field{Name: "barelabel", Type: types.Of(types.Bool)}, types.Field{Name: "catdesc", Type: types.Of(types.Text)}, types.Field{Name: "baredesc", Type: types.Of(types.Text)},
)

func keywords(in *Input) (SetRows, error) {
	b := array.NewBuilder(in.Mem, keywordRow.Arrow()).(*array.StructBuilder)
	return setOf(in, b, func(int) error {
		for _, class := range keywordClasses {
			for _, w := range strings.Fields(class.words) {
				b.Append(true)
				b.FieldBuilder(0).(*array.StringBuilder).Append(w)
				b.FieldBuilder(1).(*array.StringBuilder).Append(class.code)
				b.FieldBuilder(2).(*array.BooleanBuilder).Append(class.bare)
				b.FieldBuilder(3).(*array.StringBuilder).Append(class.what)
				b.FieldBuilder(4).(*array.StringBuilder).Append(class.label)
			}
		}
		return nil
	})
}

var grantRow = types.RowOf(
	types.Field{Name: "grantor", Type: oidType}, types.Field{Name: "grantee", Type: oidType},
	types.Field{Name: "privilege_type", Type: types.Of(types.Text)}, types.Field{Name: "is_grantable", Type: types.Of(types.Bool)},
)

func grants(in *Input) (SetRows, error) {
	return newListRows(in, make([]int32, in.N), nullArray(in.Mem, grantRow, 0)), nil
}
