package parquet

import (
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"millrace/types"
)

// typeOf is the type that a column of a file has, Unknown for one that cannot be read, and its name in the file.
func typeOf(d *schema.Column) (types.Type, string) {
	stored := d.PhysicalType().String()
	if l := d.LogicalType(); l != nil && !l.IsNone() {
		stored += " " + l.String()
	}
	return logical(d), stored
}

func logical(d *schema.Column) types.Type {
	physical := d.PhysicalType()
	switch l := d.LogicalType().(type) {
	case schema.StringLogicalType, schema.EnumLogicalType:
		return types.Of(types.Text)
	case schema.JSONLogicalType:
		return types.Of(types.JSON)
	case schema.UUIDLogicalType:
		return types.Of(types.UUID)
	case schema.DateLogicalType:
		return types.Of(types.Date)
	case schema.TimeLogicalType:
		return types.Of(types.Time)
	case schema.TimestampLogicalType:
		if l.IsAdjustedToUTC() {
			return types.Of(types.TimestampTZ)
		}
		return types.Of(types.Timestamp)
	case schema.DecimalLogicalType:
		if l.Precision() <= 38 && l.Scale() >= 0 {
			return types.DecimalOf(int(l.Precision()), int(l.Scale()))
		}
		return types.Type{}
	case schema.IntLogicalType:
		switch {
		case l.BitWidth() == 64 && !l.IsSigned():
			return types.Type{} // has values that BIGINT has not
		case l.BitWidth() < 16, l.BitWidth() == 16 && l.IsSigned():
			return types.Of(types.Int16)
		case l.BitWidth() == 16, l.BitWidth() == 32 && l.IsSigned():
			return types.Of(types.Int32)
		}
		return types.Of(types.Int64)
	case schema.NoLogicalType, schema.UnknownLogicalType, schema.NullLogicalType, nil:
	default:
		return types.Type{}
	}
	switch physical {
	case parquet.Types.Boolean:
		return types.Of(types.Bool)
	case parquet.Types.Int32:
		return types.Of(types.Int32)
	case parquet.Types.Int64:
		return types.Of(types.Int64)
	case parquet.Types.Int96:
		return types.Of(types.Timestamp)
	case parquet.Types.Float:
		return types.Of(types.Float32)
	case parquet.Types.Double:
		return types.Of(types.Float64)
	}
	return types.Of(types.Bytes)
}

// node is how a column is written.
func node(c types.Column) (schema.Node, error) {
	repetition := parquet.Repetitions.Optional
	if c.NotNull {
		repetition = parquet.Repetitions.Required
	}
	make := func(l schema.LogicalType, physical parquet.Type, length int) (schema.Node, error) {
		return schema.NewPrimitiveNodeLogical(c.Name, repetition, l, physical, length, -1)
	}
	none := schema.NoLogicalType{}
	switch c.Type.Kind {
	case types.Bool:
		return make(none, parquet.Types.Boolean, -1)
	case types.Int16:
		return make(schema.NewIntLogicalType(16, true), parquet.Types.Int32, -1)
	case types.Int32:
		return make(none, parquet.Types.Int32, -1)
	case types.Int64:
		return make(none, parquet.Types.Int64, -1)
	case types.Float32:
		return make(none, parquet.Types.Float, -1)
	case types.Float64:
		return make(none, parquet.Types.Double, -1)
	case types.Decimal:
		l := schema.NewDecimalLogicalType(int32(c.Type.Precision), int32(c.Type.Scale))
		if c.Type.Precision <= 18 {
			return make(l, parquet.Types.Int64, -1)
		}
		return make(l, parquet.Types.FixedLenByteArray, 16)
	case types.Text:
		return make(schema.StringLogicalType{}, parquet.Types.ByteArray, -1)
	case types.JSON:
		return make(schema.JSONLogicalType{}, parquet.Types.ByteArray, -1)
	case types.Bytes:
		return make(none, parquet.Types.ByteArray, -1)
	case types.UUID:
		return make(schema.UUIDLogicalType{}, parquet.Types.FixedLenByteArray, 16)
	case types.Date:
		return make(schema.DateLogicalType{}, parquet.Types.Int32, -1)
	case types.Time:
		return make(schema.NewTimeLogicalType(false, schema.TimeUnitMicros), parquet.Types.Int64, -1)
	case types.Timestamp, types.TimestampTZ:
		return make(schema.NewTimestampLogicalType(c.Type.Kind == types.TimestampTZ, schema.TimeUnitMicros), parquet.Types.Int64, -1)
	}
	return nil, nil
}
