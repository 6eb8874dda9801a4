package types

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
