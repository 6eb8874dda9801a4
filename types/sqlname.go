package types

import (
	"fmt"
	"strings"
	"sync"
)

// sqlNames are PostgreSQL's names of types, as it prints them.
var sqlNames = [numKinds]string{
	Unknown: "unknown", Bool: "boolean", Int16: "smallint", Int32: "integer", Int64: "bigint", Float32: "real", Float64: "double precision",
	Decimal: "numeric", Text: "text", Bytes: "bytea", Date: "date", Time: "time without time zone", Timestamp: "timestamp without time zone",
	TimestampTZ: "timestamp with time zone", Interval: "interval", UUID: "uuid", JSON: "json", Map: "json", Row: "record",
}

// SQLName is PostgreSQL's name of the type, without its parameters: timestamp without time zone, integer[].
func (t Type) SQLName() string {
	switch {
	case t.Sys == SysVarchar:
		return "character varying"
	case t.Sys == SysBPChar:
		return "character"
	case t.Sys != Plain:
		return t.Sys.String()
	case t.Kind == Array:
		for t.Kind == Array && t.Sys == Plain {
			t = *t.Elem
		}
		return t.SQLName() + "[]"
	}
	return sqlNames[t.Kind]
}

// byOID has PostgreSQL's names of the types by their OIDs, arrays among them.
var byOID = sync.OnceValue(func() map[uint32]string {
	m := map[uint32]string{705: "unknown", 2278: "void", 2277: "anyarray", 2283: "anyelement", 2276: `"any"`, 3802: "jsonb", 3807: "jsonb[]"}
	add := func(t Type) {
		m[t.OID()] = t.SQLName()
		if array := t.ArrayOID(); array != 0 {
			m[array] = t.SQLName() + "[]"
		}
	}
	for _, k := range Kinds() {
		if k != Array && k != Map {
			add(Of(k))
		}
	}
	for _, s := range SysTypes() {
		add(SysOf(s))
	}
	return m
})

// SQLNameOf is SQLName of the type of an OID; false: there is none such here.
func SQLNameOf(oid uint32) (string, bool) {
	name, ok := byOID()[oid]
	return name, ok
}

// WithModifier is the name of a type with what a modifier of pg_attribute says of it: character varying(10). It is empty
// where the modifier says nothing.
func WithModifier(oid uint32, mod int) string {
	for _, t := range []Type{SysOf(SysVarchar), SysOf(SysBPChar), Of(Decimal), Of(Time), Of(Timestamp), Of(TimestampTZ), Of(Interval)} {
		array := oid == t.ArrayOID()
		if oid != t.OID() && !array {
			continue
		}
		name := t.SQLName()
		first, rest, _ := strings.Cut(name, " ")
		switch {
		case t.Sys != Plain:
			name = fmt.Sprintf("%s(%d)", name, mod-4)
		case t.Kind == Decimal:
			name = fmt.Sprintf("%s(%d,%d)", name, (mod-4)>>16, (mod-4)&0x7ff)
		case t.Kind == Interval:
			if mod&0xffff == 0xffff {
				return ""
			}
			name = fmt.Sprintf("%s(%d)", name, mod&0xffff)
		default:
			name = fmt.Sprintf("%s(%d) %s", first, mod, rest)
		}
		if array {
			name += "[]"
		}
		return name
	}
	return ""
}

// Modifier is what pg_attribute has for the digits of t; -1: none.
func (t Type) Modifier() int {
	for t.Kind == Array && t.Sys == Plain {
		t = *t.Elem
	}
	if t.Kind == Decimal && t.Precision > 0 {
		return t.Precision<<16 | t.Scale + 4
	}
	return -1
}
