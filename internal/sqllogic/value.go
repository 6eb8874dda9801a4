package sqllogic

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"millrace/types"
)

// Letter is how a type is called in a file: Integer, Numeric, Real, Boolean, Text, Date or time, Array, Json, Other.
func Letter(t types.Type) byte {
	switch {
	case t.Sys == types.SysChar, t.Sys == types.SysName, t.Sys == types.SysVarchar, t.Sys == types.SysBPChar:
		return 'T'
	case t.Sys != types.Plain:
		return 'O'
	}
	switch t.Kind {
	case types.Int16, types.Int32, types.Int64:
		return 'I'
	case types.Decimal:
		return 'N'
	case types.Float32, types.Float64:
		return 'R'
	case types.Bool:
		return 'B'
	case types.Text, types.Unknown:
		return 'T'
	case types.Date, types.Time, types.Timestamp, types.TimestampTZ, types.Interval:
		return 'D'
	case types.Array:
		return 'A'
	case types.JSON, types.Map:
		return 'J'
	}
	return 'O'
}

// letterOf is Letter for a type of PostgreSQL's.
func letterOf(oid uint32) byte {
	switch oid {
	case 21, 23, 20:
		return 'I'
	case 1700:
		return 'N'
	case 700, 701:
		return 'R'
	case 16:
		return 'B'
	case 25, 705, 1043, 1042, 19, 18:
		return 'T'
	case 1082, 1083, 1114, 1184, 1186:
		return 'D'
	case 114, 3802:
		return 'J'
	case 1000, 1005, 1007, 1016, 1021, 1022, 1231, 1009, 1182, 1183, 1115, 1185, 1187, 2951, 199, 3807, 1015:
		return 'A'
	}
	return 'O'
}

// cell prints a value so that no two look alike.
func cell(text string, null bool) string {
	switch {
	case null:
		return "NULL"
	case text == "":
		return "(empty)"
	case text == "NULL", text == "(empty)", text[0] == '"', strings.TrimSpace(text) != text, strings.ContainsAny(text, "\t\n\r"):
		return strconv.Quote(text)
	}
	return text
}

// comparable gives rows as two systems print them alike: see same.
func comparable(rows []string, letters, sort string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		cells := strings.Split(r, "\t")
		for c := range cells {
			if c < len(letters) && cells[c] != "NULL" {
				cells[c] = same(letters[c], cells[c])
			}
		}
		out[i] = strings.Join(cells, "\t")
	}
	if sort == "rowsort" {
		slices.Sort(out)
	}
	return out
}

// same gives a value the one form that all systems are brought to: a real number 12 digits, since sums depend on the
// order of the rows; a numeric no zeros at its end, and 12
// digits where division made it long; JSON its fields in order.
func same(letter byte, v string) string {
	switch letter {
	case 'R':
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return v
		}
		if f == 0 {
			return "0"
		}
		return strconv.FormatFloat(f, 'g', 12, 64)
	case 'N':
		return sameNumeric(v)
	case 'J':
		var x any
		d := json.NewDecoder(strings.NewReader(v))
		d.UseNumber()
		if d.Decode(&x) != nil {
			return v
		}
		out, err := json.Marshal(x)
		if err != nil {
			return v
		}
		return string(out)
	case 'A':
		inner := strings.TrimSuffix(strings.TrimPrefix(v, "{"), "}")
		if strings.ContainsAny(inner, `"{}`) {
			return v
		}
		elems := strings.Split(inner, ",")
		for i, e := range elems {
			if strings.Trim(e, "-0123456789.") == "" {
				elems[i] = sameNumeric(e)
			}
		}
		return "{" + strings.Join(elems, ",") + "}"
	}
	return v
}

// sameNumeric rounds what only division and its like can give, since systems differ in how far they divide.
func sameNumeric(v string) string {
	if !strings.Contains(v, ".") {
		return v
	}
	v = strings.TrimRight(strings.TrimRight(v, "0"), ".")
	if v == "-0" || v == "" || v == "-" {
		return "0"
	}
	if _, fraction, _ := strings.Cut(v, "."); len(fraction) > 6 && len(strings.Trim(v, "-0.")) > 12 {
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return strconv.FormatFloat(f, 'g', 12, 64)
		}
	}
	return v
}
