// Package types is the one place that knows what a type of the dialect is: its names, its Arrow layout, its text,
// its Postgres OID and its CQL types.
package types

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is a type without its parameters.
type Kind uint8

const (
	Unknown Kind = iota // of a bare NULL or a string literal before it is coerced
	Bool
	Int16
	Int32
	Int64
	Float32
	Float64
	Decimal
	Text
	Bytes
	Date        // days since the epoch
	Time        // microseconds since midnight
	Timestamp   // microseconds since the epoch, no zone
	TimestampTZ // microseconds since the epoch, UTC
	Interval    // months, days, nanoseconds
	UUID
	JSON
	Array
	Map
	Row
	numKinds
)

// Kinds lists every kind but Unknown.
func Kinds() []Kind {
	ks := make([]Kind, 0, numKinds-1)
	for k := Bool; k < numKinds; k++ {
		ks = append(ks, k)
	}
	return ks
}

// Type is a kind with its parameters. Types are values and are not changed once made.
type Type struct {
	Kind      Kind
	Precision int      // Decimal: 1 to 38
	Scale     int      // Decimal
	Elem      *Type    // Array; Map: of the values
	Key       *Type    // Map
	Fields    []Field  // Row
	Sys       Sys      // a type of PostgreSQL's catalogs that is laid out as Kind
	names     Resolver // that a reg type reads and writes; nil: it does so with numbers
}

// Field is a named part of a Row.
type Field struct {
	Name string
	Type Type
}

// Of is a type that needs no parameters.
func Of(k Kind) Type { return Type{Kind: k} }

// DecimalOf is DECIMAL(precision, scale).
func DecimalOf(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: precision, Scale: scale}
}

// ArrayOf is ARRAY<elem>.
func ArrayOf(elem Type) Type { return Type{Kind: Array, Elem: &elem} }

// MapOf is MAP<key, value>.
func MapOf(key, value Type) Type { return Type{Kind: Map, Key: &key, Elem: &value} }

// RowOf is ROW(fields).
func RowOf(fields ...Field) Type { return Type{Kind: Row, Fields: fields} }

// Equal reports whether two types are the same, parameters included.
func (t Type) Equal(o Type) bool {
	if t.Kind != o.Kind || t.Sys != o.Sys || t.Precision != o.Precision || t.Scale != o.Scale || len(t.Fields) != len(o.Fields) {
		return false
	}
	same := func(a, b *Type) bool { return a == b || a != nil && b != nil && a.Equal(*b) }
	if !same(t.Elem, o.Elem) || !same(t.Key, o.Key) {
		return false
	}
	return slices.EqualFunc(t.Fields, o.Fields, func(a, b Field) bool { return a.Name == b.Name && a.Type.Equal(b.Type) })
}

// String is the type in SQL, as CREATE TABLE takes it.
func (t Type) String() string {
	if t.Sys != Plain {
		return t.Sys.String()
	}
	switch t.Kind {
	case Decimal:
		if t.Precision == 0 {
			return "DECIMAL"
		}
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case Array:
		return "ARRAY<" + t.Elem.String() + ">"
	case Map:
		return "MAP<" + t.Key.String() + ", " + t.Elem.String() + ">"
	case Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = f.Name + " " + f.Type.String()
		}
		return "ROW(" + strings.Join(parts, ", ") + ")"
	}
	return t.Kind.String()
}

// Numeric reports whether t can be calculated with.
func (t Type) Numeric() bool { return t.Kind >= Int16 && t.Kind <= Decimal }

// Integer reports whether t is a whole number.
func (t Type) Integer() bool { return t.Kind >= Int16 && t.Kind <= Int64 }

// Temporal reports whether t is a point in event time.
func (t Type) Temporal() bool { return t.Kind == Timestamp || t.Kind == TimestampTZ }

// Column is a named, typed column of a relation.
type Column struct {
	Name    string
	Type    Type
	NotNull bool
}

// Schema is the columns of a relation, in order.
type Schema []Column

// Index returns the position of a column, or -1.
func (s Schema) Index(name string) int {
	return slices.IndexFunc(s, func(c Column) bool { return c.Name == name })
}

// Names lists the columns' names.
func (s Schema) Names() []string {
	names := make([]string, len(s))
	for i, c := range s {
		names[i] = c.Name
	}
	return names
}
