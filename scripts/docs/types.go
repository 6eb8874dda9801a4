package main

import (
	"fmt"
	"strings"

	"millrace/expr"
	"millrace/types"
)

// typeNotes are what the manual says of each type besides what the table of types has.
var typeNotes = map[types.Kind]struct{ holds, literal, postgres, json string }{
	types.Bool:        {"true or false", "`true`, `FALSE`, `'yes'::BOOLEAN`", "bool", "true, false"},
	types.Int16:       {"-32768 to 32767", "`SMALLINT '7'`, `7::SMALLINT`", "int2", "number"},
	types.Int32:       {"-2147483648 to 2147483647", "`42`, `1_000`, `0xFF`, `0o17`, `0b11`", "int4", "number"},
	types.Int64:       {"-9223372036854775808 to 9223372036854775807", "`3000000000`, `42::BIGINT`", "int8", "number"},
	types.Float32:     {"IEEE 754, 4 bytes; about 7 digits, NaN, Infinity", "`1.5::REAL`, `'NaN'::REAL`", "float4", "number; NaN and infinities as text"},
	types.Float64:     {"IEEE 754, 8 bytes; about 16 digits, NaN, Infinity", "`1.5::DOUBLE`, `'-Infinity'::DOUBLE`", "float8", "number; NaN and infinities as text"},
	types.Decimal:     {"exact numbers of up to 38 digits, s of them behind the point; (38,9) where nothing is said", "`1.50`, `1e3`, `12::DECIMAL(5,2)`", "numeric", "number"},
	types.Text:        {"UTF-8 without the byte 0", "`'it''s'`, `E'a\\tb'`, `$$it's$$`, `U&'\\0041'`", "text", "string"},
	types.Bytes:       {"bytes", "`'\\x1f'::BYTEA`", "bytea", "string in base64"},
	types.Date:        {"days, 4714-11-24 BC to 999999-12-31", "`DATE '2026-01-31'`", "date", "string"},
	types.Time:        {"microseconds of a day, 00:00 to 24:00", "`TIME '13:05:00.5'`", "time", "string"},
	types.Timestamp:   {"microseconds without a zone, 290308 BC to 294247", "`TIMESTAMP '2026-01-31 13:05'`", "timestamp", "string with a T"},
	types.TimestampTZ: {"instants in microseconds, 290308 BC to 294247; shown in UTC", "`TIMESTAMPTZ '2026-01-31 13:05+02'`", "timestamptz", "string with a T and its offset"},
	types.Interval:    {"months, days and nanoseconds, each for itself", "`INTERVAL '1 day 2 hours'`, `INTERVAL '5' SECOND`, `INTERVAL 'P1DT2H'`", "interval", "string"},
	types.UUID:        {"16 bytes", "`'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID`", "uuid", "string"},
	types.JSON:        {"a JSON text, kept as it is written", "`'{\"a\": 1}'::JSON`", "json", "itself"},
	types.Array:       {"a list of values of one type, NULLs among them; one dimension", "`ARRAY[1, 2]`, `'{1,2}'::INT[]`", "of the element", "array"},
	types.Map:         {"values by key", "`map_from_arrays(ARRAY['a'], ARRAY[1])`", "json", "object"},
	types.Row:         {"values side by side, by name", "`ROW(1, 'x')`, `(1, 'x')`", "record", "object"},
}

// sample is a type of a kind.
func sample(k types.Kind) types.Type {
	switch k {
	case types.Decimal:
		return types.DecimalOf(38, 9)
	case types.Array:
		return types.ArrayOf(types.Of(types.Int32))
	case types.Map:
		return types.MapOf(types.Of(types.Text), types.Of(types.Int32))
	case types.Row:
		return types.RowOf(types.Field{Name: "a", Type: types.Of(types.Int32)})
	}
	return types.Of(k)
}

// written is how a type is written in CREATE TABLE.
func written(k types.Kind) string {
	switch k {
	case types.Decimal:
		return "DECIMAL(p,s)"
	case types.Array:
		return "ARRAY<T>"
	case types.Map:
		return "MAP<K, V>"
	case types.Row:
		return "ROW(a T, …)"
	}
	return k.String()
}

// aliases are the other names of a kind.
func aliases(k types.Kind) string {
	var out []string
	for _, name := range types.Names() {
		if found, _ := types.KindByName(name); found == k && name != k.String() {
			out = append(out, code(name))
		}
	}
	if k == types.Array {
		out = append(out, "`T[]`, `T ARRAY`")
	}
	return strings.Join(out, ", ")
}

func typeTable() string {
	var b strings.Builder
	b.WriteString("\n| type | other names | holds | literals |\n|---|---|---|---|\n")
	for _, k := range types.Kinds() {
		n := typeNotes[k]
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(written(k)), aliases(k), cell(n.holds), cell(n.literal))
	}
	return b.String() + "\n"
}

func typeMapping() string {
	var b strings.Builder
	b.WriteString("\n| type | Arrow | PostgreSQL, with its OID | CQL: is read from (and written to the first) | JSON |\n|---|---|---|---|---|\n")
	for _, k := range types.Kinds() {
		t := sample(k)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code(t.String()), code(t.Arrow().String()),
			fmt.Sprintf("%s, %d", typeNotes[k].postgres, t.OID()), cell(strings.Join(t.CQL(), ", ")), cell(typeNotes[k].json))
	}
	return b.String() + "\n"
}

// castOf says what has to be written for a column of one kind to become one of another.
func castOf(from, to types.Kind) string {
	x := expr.NewColumn(0, "x", sample(from), 0)
	if _, ok := expr.Coerce(x, sample(to)); ok {
		return "implicit"
	}
	if _, ok := expr.Assign(x, sample(to)); ok {
		return "assignment"
	}
	if _, err := expr.NewCast(x, sample(to), false, 0); err == nil {
		return "explicit"
	}
	return ""
}

// castTable has a row for each type and what it is cast to.
func castTable() string {
	var b strings.Builder
	b.WriteString("\n| from | implicit | assignment | explicit |\n|---|---|---|---|\n")
	for _, from := range types.Kinds() {
		to := map[string][]string{}
		for _, k := range types.Kinds() {
			if k != from {
				level := castOf(from, k)
				to[level] = append(to[level], k.String())
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", code(from.String()), strings.Join(to["implicit"], ", "),
			strings.Join(to["assignment"], ", "), strings.Join(to["explicit"], ", "))
	}
	return b.String() + "\n"
}
