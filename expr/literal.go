package expr

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// Literal is a constant. Value is nil for NULL, and else by its type: bool; int64 for all whole numbers; float64;
// decimal128.Num; string for Text, JSON and a string of type Unknown; []byte for Bytes and the 16 of a UUID; int32 days
// for Date; int64 microseconds for Time, Timestamp and TimestampTZ; arrow.MonthDayNanoInterval; an arrow.Array of one row
// on Go's heap for Array.
type Literal struct {
	Value any
	typ   types.Type
	pos   sqlerr.Pos
	one   arrow.Array // the value as an array of one row, on Go's heap: kernels read constants from it
}

// NewLiteral makes a constant. It panics where v is not what Literal says that the type is held in.
func NewLiteral(v any, t types.Type, pos sqlerr.Pos) *Literal {
	return &Literal{Value: v, typ: t, pos: pos, one: oneRow(v, t)}
}

func (l *Literal) Type() types.Type       { return l.typ }
func (l *Literal) Pos() sqlerr.Pos        { return l.pos }
func (l *Literal) Inputs() []Expr         { return nil }
func (l *Literal) WithInputs([]Expr) Expr { return l }

// Eval is the value, once a row. Calls do not ask for it: their kernels take a constant as it is.
func (l *Literal) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	return repeat(ctx.Mem, l.one, int(rec.NumRows())), nil
}

// String is the literal in SQL, with its type where the text alone would be of another.
func (l *Literal) String() string {
	if l.Value == nil {
		return "NULL"
	}
	text := l.text()
	if l.typ.Sys != types.Plain && l.typ.Kind != types.Text {
		return quote(text) + "::" + l.typ.String()
	}
	switch l.typ.Kind {
	case types.Bool, types.Int16, types.Int32, types.Int64:
		return text
	case types.Decimal:
		if !strings.Contains(text, ".") { // an INT without its type
			text += "."
		}
		return text
	case types.Unknown, types.Text:
		return quote(text)
	case types.Array:
		return "CAST(" + quote(text) + " AS " + l.typ.String() + ")"
	case types.Float32, types.Float64:
		if l.typ.Kind == types.Float64 && strings.ContainsRune(text, 'e') {
			return text
		}
		return quote(text) + "::" + l.typ.String()
	}
	return l.typ.String() + " " + quote(text)
}

// text is the value as a cast to TEXT gives it.
func (l *Literal) text() string {
	t := l.typ
	if t.Kind == types.Unknown {
		t = types.Of(types.Text)
	}
	return string(types.AppendText(nil, l.one, 0, t))
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// repeat is the one row of a n times.
func repeat(mem memory.Allocator, a arrow.Array, n int) arrow.Array {
	return Take(mem, a, make([]int32, n))
}

// nullArray is n rows of NULL.
func nullArray(mem memory.Allocator, t types.Type, n int) arrow.Array {
	return array.MakeArrayOfNull(mem, t.Arrow(), n)
}

func oneRow(v any, t types.Type) arrow.Array {
	if a, isArray := v.(arrow.Array); isArray {
		return a
	}
	dt := t.Arrow()
	if _, isString := v.(string); isString && t.Kind == types.Unknown {
		dt = arrow.BinaryTypes.String
	}
	b := array.NewBuilder(memory.NewGoAllocator(), dt)
	defer b.Release()
	if v == nil {
		b.AppendNull()
		return b.NewArray()
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int16Builder:
		b.Append(int16(v.(int64)))
	case *array.Int32Builder:
		b.Append(int32(v.(int64)))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Float32Builder:
		b.Append(float32(v.(float64)))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Decimal128Builder:
		b.Append(v.(decimal128.Num))
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.BinaryBuilder:
		b.Append(v.([]byte))
	case *array.FixedSizeBinaryBuilder:
		b.Append(v.([]byte))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.(int32)))
	case *array.Time64Builder:
		b.Append(arrow.Time64(v.(int64)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.(int64)))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(v.(arrow.MonthDayNanoInterval))
	default:
		panic(fmt.Sprintf("a literal of type %s with the value %v (%T)", t, v, v))
	}
	return b.NewArray()
}

// LiteralOf is the first value of an array as a literal; false for types that no literal has.
func LiteralOf(a arrow.Array, t types.Type, pos sqlerr.Pos) (*Literal, bool) {
	if !hasLiterals(t) {
		return nil, false
	}
	v, ok := valueAt(a, 0, t)
	return NewLiteral(v, t, pos), ok
}

// valueAt is value i of an array as a Literal holds it; false for a type that literals do not have.
func valueAt(a arrow.Array, i int, t types.Type) (any, bool) {
	if a.IsNull(i) {
		return nil, true
	}
	switch a := a.(type) {
	case *array.Boolean:
		return a.Value(i), true
	case *array.Int16:
		return int64(a.Value(i)), true
	case *array.Int32:
		return int64(a.Value(i)), true
	case *array.Int64:
		return a.Value(i), true
	case *array.Float32:
		return float64(a.Value(i)), true
	case *array.Float64:
		return a.Value(i), true
	case *array.Decimal128:
		return a.Value(i), true
	case *array.String:
		return strings.Clone(a.Value(i)), true
	case *array.Binary:
		return append([]byte{}, a.Value(i)...), true
	case *array.FixedSizeBinary:
		return append([]byte{}, a.Value(i)...), true
	case *array.Date32:
		return int32(a.Value(i)), true
	case *array.Time64:
		return int64(a.Value(i)), true
	case *array.Timestamp:
		return int64(a.Value(i)), true
	case *array.MonthDayNanoInterval:
		return a.Value(i), true
	case *array.List:
		return Take(goMemory, a, []int32{int32(i)}), hasLiterals(t)
	}
	return nil, false
}
