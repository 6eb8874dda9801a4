package expr

import (
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

var setCatalogFunctions = []Function{
	{Name: "_pg_expandarray", Group: "Sets", Doc: "The elements of an array as x, with their positions from 1 as n.", Example: "_pg_expandarray(string_to_array('a,b', ','))", ExampleResult: "(a,1); (b,2)",
		Overloads: []Overload{{Args: []types.Kind{types.Array}, Type: numberedElem, Strict: true, Rows: numberedElements}}},
	{Name: "pg_get_keywords", Group: "Sets", Doc: "The words of PostgreSQL's SQL, with what they may be names of.", Example: "pg_get_keywords()", ExampleResult: "460 rows",
		Overloads: []Overload{{Type: func([]types.Type) types.Type { return keywordRow }, Rows: keywords}}},
	{Name: "pg_timezone_names", Group: "Sets", Doc: "The time zones that a session can be in: UTC.", Example: "pg_timezone_names()", ExampleResult: "(UTC,UTC,00:00:00,f)",
		Overloads: []Overload{{Type: func([]types.Type) types.Type { return zoneRow }, Rows: zoneNames}}},
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

// keywordList is the words in order, each with its class.
var keywordList = sync.OnceValue(func() []keyword {
	var all []keyword
	for i := range keywordClasses {
		for _, w := range strings.Fields(keywordClasses[i].words) {
			all = append(all, keyword{w, &keywordClasses[i]})
		}
	}
	slices.SortFunc(all, func(a, b keyword) int { return strings.Compare(a.word, b.word) })
	return all
})

type keyword struct {
	word  string
	class *keywordClass
}

func keywords(in *Input) (SetRows, error) {
	b := array.NewBuilder(in.Mem, keywordRow.Arrow()).(*array.StructBuilder)
	return setOf(in, b, func(int) error {
		for _, k := range keywordList() {
			b.Append(true)
			b.FieldBuilder(0).(*array.StringBuilder).Append(k.word)
			b.FieldBuilder(1).(*array.StringBuilder).Append(k.class.code)
			b.FieldBuilder(2).(*array.BooleanBuilder).Append(k.class.bare)
			b.FieldBuilder(3).(*array.StringBuilder).Append(k.class.what)
			b.FieldBuilder(4).(*array.StringBuilder).Append(k.class.label)
		}
		return nil
	})
}

var zoneRow = types.RowOf(
	types.Field{Name: "name", Type: types.Of(types.Text)}, types.Field{Name: "abbrev", Type: types.Of(types.Text)},
	types.Field{Name: "utc_offset", Type: types.Of(types.Interval)}, types.Field{Name: "is_dst", Type: types.Of(types.Bool)},
)

func zoneNames(in *Input) (SetRows, error) {
	b := array.NewBuilder(in.Mem, zoneRow.Arrow()).(*array.StructBuilder)
	return setOf(in, b, func(int) error {
		b.Append(true)
		b.FieldBuilder(0).(*array.StringBuilder).Append("UTC")
		b.FieldBuilder(1).(*array.StringBuilder).Append("UTC")
		b.FieldBuilder(2).(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{})
		b.FieldBuilder(3).(*array.BooleanBuilder).Append(false)
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
