package system

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/types"
)

// relation is a table or view of the system.
type relation struct {
	schema, name string
	doc          string // what its rows are
	rows         rows   // nil: there never are any
	definition   *definition
}

// rows gives those of a relation.
type rows interface {
	// in are the rows of a snapshot: how many there are, and what gives the value of a column; nil: the column says nothing.
	in(s *Snapshot) (n int, column func(name string) func(row int) any)
	// names are the columns that say something; nil: all.
	names() []string
}

// list is the rows of a relation that are made of values of one kind.
type list[T any] struct {
	all     func(*Snapshot) []T
	columns map[string]func(T) any
}

// of makes a relation's rows of a list, and of what its columns say of each. A column that is not named is NULL, or
// where it can't be, 0, false or empty.
func of[T any](all func(*Snapshot) []T, columns map[string]func(T) any) rows {
	return list[T]{all, columns}
}

func (l list[T]) in(s *Snapshot) (int, func(string) func(int) any) {
	all := l.all(s)
	return len(all), func(name string) func(int) any {
		get := l.columns[name]
		if get == nil {
			return nil
		}
		return func(i int) any { return get(all[i]) }
	}
}

func (l list[T]) names() []string {
	var out []string
	for name := range l.columns {
		out = append(out, name)
	}
	return out
}

// read makes columns of the rows from one on, up to another.
func (r *relation) read(s *Snapshot, columns []int, from, to int, mem memory.Allocator) arrow.RecordBatch {
	schema := make(types.Schema, len(columns))
	arrays := make([]arrow.Array, len(columns))
	value := func(string) func(int) any { return nil }
	if r.rows != nil {
		_, value = r.rows.in(s)
	}
	for i, c := range columns {
		col := r.definition.columns[c].Column
		schema[i] = col
		b := array.NewBuilder(mem, col.Type.Arrow())
		b.Reserve(to - from)
		get := value(col.Name)
		if get == nil {
			var same any
			if col.NotNull {
				same = zero(col.Type)
			}
			get = func(int) any { return same }
		}
		for row := from; row < to; row++ {
			put(b, get(row))
		}
		arrays[i] = b.NewArray()
		b.Release()
	}
	rec := array.NewRecordBatch(schema.Arrow(), arrays, int64(to-from))
	for _, a := range arrays {
		a.Release()
	}
	return rec
}

// zero is the value of a column that cannot be NULL and says nothing.
func zero(t types.Type) any {
	switch t.Kind {
	case types.Bool:
		return false
	case types.Int16, types.Int32, types.Int64:
		return 0
	case types.Float32, types.Float64:
		return 0.0
	case types.Array:
		return []string{}
	}
	return ""
}

// put appends a value: nil, a bool, a number, a text, a time, or a list of them.
func put(b array.Builder, v any) {
	if v == nil {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int16Builder:
		b.Append(int16(whole(v)))
	case *array.Int32Builder:
		b.Append(int32(whole(v)))
	case *array.Int64Builder:
		b.Append(whole(v))
	case *array.Float32Builder:
		b.Append(float32(v.(float64)))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.StringBuilder:
		if c, ok := v.(byte); ok { // a "char"
			b.Append(string(rune(c)))
			return
		}
		b.Append(v.(string))
	case *array.TimestampBuilder:
		t := v.(time.Time)
		if t.IsZero() {
			b.AppendNull()
			return
		}
		b.Append(arrow.Timestamp(t.UnixMicro()))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(arrow.MonthDayNanoInterval{Nanoseconds: int64(v.(time.Duration))})
	case *array.ListBuilder:
		b.Append(true)
		putAll(b.ValueBuilder(), v)
	default:
		panic(fmt.Sprintf("system: a column of %s", b.Type()))
	}
}

func putAll(b array.Builder, v any) {
	switch v := v.(type) {
	case []string:
		putEach(b, v)
	case []uint32:
		putEach(b, v)
	case []int:
		putEach(b, v)
	case []byte:
		putEach(b, v)
	default:
		panic(fmt.Sprintf("system: a list %T", v))
	}
}

func putEach[T any](b array.Builder, list []T) {
	for _, x := range list {
		put(b, x)
	}
}

func whole(v any) int64 {
	switch v := v.(type) {
	case int:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case int64:
		return v
	case uint32:
		return int64(v)
	}
	panic(fmt.Sprintf("system: %T is no whole number", v))
}

// table is the relation as the planner has it.
func (r *relation) table(s *Snapshot) *catalog.Table {
	return &catalog.Table{
		Name: catalog.Name{Schema: r.schema, Table: r.name}, Direction: catalog.In, Columns: r.definition.columns,
		Options: map[string]catalog.Option{"connector": {Value: catalog.System}}, From: reading{r, s},
	}
}

// reading is a relation in a snapshot.
type reading struct {
	relation *relation
	snapshot *Snapshot
}

// relations are all of them, schema by schema.
var relations = sync.OnceValue(func() []*relation {
	all := slices.Concat(pgCatalog(), informationSchema(), millraceSchema())
	for _, r := range all {
		if r.definition == nil {
			r.definition = definitions()[r.schema+"."+r.name]
		}
	}
	return all
})

// byName are the relations by schema and name.
var byName = sync.OnceValue(func() map[catalog.Name]*relation {
	m := map[catalog.Name]*relation{}
	for _, r := range relations() {
		m[catalog.Name{Schema: r.schema, Table: r.name}] = r
	}
	return m
})
