package types

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// row is all that one kind is known by. A cell that is empty for good says so with none.
type row struct {
	kind    Kind
	name    string   // canonical, in upper case
	aliases []string // what CREATE TABLE and CAST also take, in upper case
	oid     uint32   // of PostgreSQL's pg_type
	arrayID uint32   // of its array type
	cql     []string // CQL types that it is read from; it is written to the first
	arrow   layout
}

// layout is a type's Arrow layout; of gives that of the types it is made of.
type layout func(t Type, of func(Type) arrow.DataType) arrow.DataType

func fixed(dt arrow.DataType) layout {
	return func(Type, func(Type) arrow.DataType) arrow.DataType { return dt }
}

// table has a row for every kind, in the order of the constants.
var table = []row{
	{Bool, "BOOLEAN", []string{"BOOL"}, 16, 1000, []string{"boolean"}, fixed(arrow.FixedWidthTypes.Boolean)},
	{Int16, "SMALLINT", []string{"INT2"}, 21, 1005, []string{"smallint", "tinyint"}, fixed(arrow.PrimitiveTypes.Int16)},
	{Int32, "INT", []string{"INTEGER", "INT4"}, 23, 1007, []string{"int"}, fixed(arrow.PrimitiveTypes.Int32)},
	{Int64, "BIGINT", []string{"INT8", "LONG"}, 20, 1016, []string{"bigint", "counter", "varint"}, fixed(arrow.PrimitiveTypes.Int64)},
	{Float32, "REAL", []string{"FLOAT4"}, 700, 1021, []string{"float"}, fixed(arrow.PrimitiveTypes.Float32)},
	{Float64, "DOUBLE", []string{"DOUBLE PRECISION", "FLOAT8", "FLOAT"}, 701, 1022, []string{"double"}, fixed(arrow.PrimitiveTypes.Float64)},
	{Decimal, "DECIMAL", []string{"NUMERIC", "DEC"}, 1700, 1231, []string{"decimal", "varint"}, func(t Type, _ func(Type) arrow.DataType) arrow.DataType {
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	}},
	{Text, "TEXT", []string{"VARCHAR", "STRING", "CHAR", "CHARACTER VARYING", "CHARACTER"}, 25, 1009, []string{"text", "varchar", "ascii", "inet"}, fixed(arrow.BinaryTypes.String)},
	{Bytes, "BYTEA", []string{"BYTES", "VARBINARY", "BINARY"}, 17, 1001, []string{"blob"}, fixed(arrow.BinaryTypes.Binary)},
	{Date, "DATE", nil, 1082, 1182, []string{"date"}, fixed(arrow.FixedWidthTypes.Date32)},
	{Time, "TIME", []string{"TIME WITHOUT TIME ZONE"}, 1083, 1183, []string{"time"}, fixed(arrow.FixedWidthTypes.Time64us)},
	{Timestamp, "TIMESTAMP", []string{"TIMESTAMP WITHOUT TIME ZONE", "DATETIME"}, 1114, 1115, []string{"timestamp"}, fixed(&arrow.TimestampType{Unit: arrow.Microsecond})},
	{TimestampTZ, "TIMESTAMPTZ", []string{"TIMESTAMP WITH TIME ZONE", "TIMESTAMP_LTZ"}, 1184, 1185, []string{"timestamp"}, fixed(arrow.FixedWidthTypes.Timestamp_us)},
	{Interval, "INTERVAL", nil, 1186, 1187, []string{"duration"}, fixed(arrow.FixedWidthTypes.MonthDayNanoInterval)},
	{UUID, "UUID", nil, 2950, 2951, []string{"uuid", "timeuuid"}, fixed(&arrow.FixedSizeBinaryType{ByteWidth: 16})},
	{JSON, "JSON", []string{"JSONB"}, 114, 199, []string{"text"}, fixed(arrow.BinaryTypes.String)},
	{Array, "ARRAY", nil, 2277, 2287, []string{"list", "set"}, func(t Type, of func(Type) arrow.DataType) arrow.DataType { return arrow.ListOf(of(*t.Elem)) }},
	{Map, "MAP", nil, 114, 199, []string{"map"}, func(t Type, of func(Type) arrow.DataType) arrow.DataType { return arrow.MapOf(of(*t.Key), of(*t.Elem)) }},
	{Row, "ROW", []string{"STRUCT"}, 2249, 2287, []string{"udt", "tuple"}, func(t Type, of func(Type) arrow.DataType) arrow.DataType {
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = arrow.Field{Name: f.Name, Type: of(f.Type), Nullable: true}
		}
		return arrow.StructOf(fields...)
	}},
}

func (k Kind) row() *row {
	if k == Unknown || k >= numKinds {
		return nil
	}
	return &table[k-1]
}

// String is the kind's canonical name.
func (k Kind) String() string {
	if r := k.row(); r != nil {
		return r.name
	}
	return "UNKNOWN"
}

// KindByName finds a kind by its canonical name or an alias; case and inner spaces do not matter.
func KindByName(name string) (Kind, bool) {
	name = strings.Join(strings.Fields(strings.ToUpper(name)), " ")
	for i := range table {
		if table[i].name == name {
			return table[i].kind, true
		}
		for _, a := range table[i].aliases {
			if a == name {
				return table[i].kind, true
			}
		}
	}
	return Unknown, false
}

// Names lists every name that a type goes by, for suggestions and completion.
func Names() []string {
	var names []string
	for i := range table {
		names = append(append(names, table[i].name), table[i].aliases...)
	}
	return names
}

// OID is the type's OID in PostgreSQL's pg_type.
func (t Type) OID() uint32 {
	if t.Sys != Plain {
		return t.Sys.row().oid
	}
	if r := t.Kind.row(); r != nil {
		if t.Kind != Array {
			return r.oid
		}
		elem := t.Elem
		for elem.Kind == Array { // in PostgreSQL an array has its dimensions by value
			elem = elem.Elem
		}
		if elem.Sys != Plain {
			return elem.Sys.row().arrayID
		}
		if e := elem.Kind.row(); e != nil {
			return e.arrayID
		}
		return r.oid
	}
	return 705 // unknown
}

// CQL lists the CQL types that t can be read from; it is written to the first.
func (t Type) CQL() []string {
	if r := t.Kind.row(); r != nil {
		return r.cql
	}
	return nil
}
