package types

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
)

// The Parse functions read a value from its text as PostgreSQL's casts do. Space around it does not matter. They fail
// with 22P02 (22007 for dates and times) where the text is none of the type, and with 22003 (22008) where the value
// does not fit; the error has no place.

func badText(t Type, s string) error {
	code := sqlerr.InvalidText
	if t.Kind >= Date && t.Kind <= Interval {
		code = sqlerr.InvalidDatetime
	}
	return sqlerr.New(code, 0, "invalid input syntax for type %s: %q", t, s)
}

func outOfRange(t Type, s string) error {
	if t.Kind >= Date && t.Kind <= Interval {
		return sqlerr.New(sqlerr.DatetimeOverflow, 0, "date/time field value out of range: %q", s)
	}
	return sqlerr.New(sqlerr.NumericOutOfRange, 0, "value %q is out of range for type %s", s, t)
}

// trim takes off what C's isspace takes for space.
func trim(s string) string { return strings.Trim(s, " \t\n\v\f\r") }

// ParseBool reads true, false, yes, no, on, off, each down to the letters that tell it apart, and 1 and 0.
func ParseBool(s string) (bool, error) {
	w := strings.ToLower(trim(s))
	for _, word := range [...]struct {
		text  string
		least int
		value bool
	}{{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false}, {"on", 2, true}, {"off", 2, false}, {"1", 1, true}, {"0", 1, false}} {
		if len(w) >= word.least && strings.HasPrefix(word.text, w) {
			return word.value, nil
		}
	}
	return false, badText(Of(Bool), s)
}

// ParseInt reads a whole number of t, which is Int16, Int32 or Int64.
func ParseInt(s string, t Type) (int64, error) {
	if t.Sys != Plain {
		return parseSys(s, t)
	}
	size := 64
	switch t.Kind {
	case Int16:
		size = 16
	case Int32:
		size = 32
	}
	n, err := strconv.ParseInt(trim(s), 10, size)
	if err == nil {
		return n, nil
	}
	if err.(*strconv.NumError).Err == strconv.ErrRange {
		return 0, outOfRange(t, s)
	}
	return 0, badText(t, s)
}

// ParseFloat reads a number of t, which is Float32 or Float64; also NaN, Infinity and inf with a sign.
func ParseFloat(s string, t Type) (float64, error) {
	size := 64
	if t.Kind == Float32 {
		size = 32
	}
	w := trim(s)
	if strings.ContainsAny(w, "xX_pP") { // Go reads hexadecimal and 1_000, SQL does not
		return 0, badText(t, s)
	}
	f, err := strconv.ParseFloat(w, size)
	if err != nil {
		if err.(*strconv.NumError).Err == strconv.ErrRange {
			return 0, outOfRange(t, s)
		}
		return 0, badText(t, s)
	}
	if f == 0 {
		mantissa, _, _ := strings.Cut(strings.ToLower(w), "e")
		if strings.ContainsAny(mantissa, "123456789") {
			return 0, outOfRange(t, s)
		}
	}
	return f, nil
}

// ParseDecimal reads a number of t, a Decimal, as a count of 10^-scale. Digits beyond the scale are rounded, half away
// from zero.
func ParseDecimal(s string, t Type) (decimal128.Num, error) {
	d, ok := scanDecimal(trim(s))
	if !ok {
		return decimal128.Num{}, badText(t, s)
	}
	n, ok := d.at(t.Scale)
	if !ok || !n.FitsInPrecision(int32(t.Precision)) {
		return decimal128.Num{}, DecimalOverflow(t)
	}
	return n, nil
}

// DecimalOverflow is the error for a number that is too large for t.
func DecimalOverflow(t Type) *sqlerr.Error {
	return sqlerr.New(sqlerr.NumericOutOfRange, 0, "numeric field overflow").
		WithDetail("A field with precision %d, scale %d must round to an absolute value less than 10^%d.", t.Precision, t.Scale, t.Precision-t.Scale)
}

// ParseNumber reads a number with the precision and scale that it is written with: 12.50 is a DECIMAL(4,2). It fails
// with 22003 where that takes more than 38 digits.
func ParseNumber(s string) (decimal128.Num, Type, error) {
	d, ok := scanDecimal(trim(s))
	if !ok {
		return decimal128.Num{}, Type{}, badText(Of(Decimal), s)
	}
	scale := max(0, len(d.digits)-d.point)
	precision := max(len(d.digits), d.point, scale, 1)
	t := DecimalOf(precision, scale)
	if precision > 38 {
		return decimal128.Num{}, Type{}, sqlerr.New(sqlerr.NumericOutOfRange, 0, "a number of %d digits does not fit a DECIMAL", precision).
			WithHint("DECIMAL has up to 38 digits; write the number with an exponent and cast it to DOUBLE, as in '1e50'::DOUBLE.")
	}
	n, ok := d.at(scale)
	if !ok {
		return decimal128.Num{}, Type{}, DecimalOverflow(t)
	}
	return n, t, nil
}

// decimalText is a number taken apart: 0.DIGITS * 10^point, without zeros in front.
type decimalText struct {
	negative bool
	digits   string
	point    int
}

// scanDecimal reads [+-]digits[.digits][e[+-]digits].
func scanDecimal(s string) (decimalText, bool) {
	var d decimalText
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	mantissa, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil {
			return d, false
		}
		exp = max(-1_000_000, min(e, 1_000_000)) // more is beyond every DECIMAL, and stays so
		mantissa = s[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.digits = whole + fraction
	d.point = len(whole) + exp
	if d.digits == "" {
		return d, false
	}
	for i := range len(d.digits) {
		if d.digits[i] < '0' || d.digits[i] > '9' {
			return d, false
		}
	}
	digits := strings.TrimLeft(d.digits, "0")
	if digits == "" { // zero keeps its scale: 0.00
		d.digits = strings.Repeat("0", min(len(fraction), 38))
		d.point = 0
		return d, true
	}
	d.point -= len(d.digits) - len(digits)
	d.digits = digits
	return d, true
}

// at is the number as a count of 10^-scale; false where that is too large for 38 digits.
func (d decimalText) at(scale int) (decimal128.Num, bool) {
	keep := d.point + scale // so many of the digits, then zeros up to there
	if keep < 0 {
		return decimal128.Num{}, true
	}
	digits, up := d.digits, false
	if keep < len(digits) {
		up = digits[keep] >= '5'
		digits = digits[:keep]
	}
	if digits == "" || strings.Trim(digits, "0") == "" {
		keep = len(digits)
	}
	if keep > 38 {
		return decimal128.Num{}, false
	}
	var n decimal128.Num
	for i := 0; i < keep; {
		chunk, factor := uint64(0), int64(1)
		for ; i < keep && factor < 1e17; i++ {
			chunk *= 10
			if i < len(digits) {
				chunk += uint64(digits[i] - '0')
			}
			factor *= 10
		}
		n = n.Mul(decimal128.FromI64(factor)).Add(decimal128.FromU64(chunk))
	}
	if up {
		n = n.Add(decimal128.FromI64(1))
	}
	if !n.FitsInPrecision(38) {
		return decimal128.Num{}, false
	}
	if d.negative {
		n = n.Negate()
	}
	return n, true
}

// ParseBytes reads a BYTEA: \x and pairs of hexadecimal digits, or text in which \\ is a backslash and \ooo a byte.
func ParseBytes(s string) ([]byte, error) {
	if digits, ok := strings.CutPrefix(s, `\x`); ok {
		digits = strings.NewReplacer(" ", "", "\t", "", "\n", "", "\r", "").Replace(digits)
		b, err := hex.DecodeString(digits)
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "invalid hexadecimal data: %q", s) // not InvalidText, as in PostgreSQL
		}
		return b, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		switch {
		case i+1 < len(s) && s[i+1] == '\\':
			b = append(b, '\\')
			i++
		case i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && isOctal(s[i+2]) && isOctal(s[i+3]):
			b = append(b, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return nil, badText(Of(Bytes), s)
		}
	}
	return b, nil
}

func isOctal(c byte) bool { return c >= '0' && c <= '7' }

// ParseUUID reads 32 hexadecimal digits with a hyphen after any four of them, in braces or not.
func ParseUUID(s string) ([16]byte, error) {
	var u [16]byte
	w := trim(s)
	if strings.HasPrefix(w, "{") && strings.HasSuffix(w, "}") {
		w = w[1 : len(w)-1]
	}
	n := 0
	for i := 0; i < len(w); {
		if w[i] == '-' && n > 0 && n < 32 && n%4 == 0 && w[i-1] != '-' {
			i++
			continue
		}
		v, ok := hexDigit(w[i])
		if !ok || n == 32 {
			return u, badText(Of(UUID), s)
		}
		u[n/2] = u[n/2]<<4 | v
		n++
		i++
	}
	if n != 32 {
		return u, badText(Of(UUID), s)
	}
	return u, nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// ParseValue reads a value of any type that is not made of others, and gives it as expressions hold constants: bool,
// int64, float64, decimal128.Num, string (Text, JSON), []byte (Bytes, UUID), int32 days (Date), int64 microseconds
// (Time, Timestamp, TimestampTZ) or arrow.MonthDayNanoInterval.
func ParseValue(s string, t Type) (any, error) {
	switch t.Kind {
	case Bool:
		return ParseBool(s)
	case Int16, Int32, Int64:
		return ParseInt(s, t)
	case Float32, Float64:
		return ParseFloat(s, t)
	case Decimal:
		return ParseDecimal(s, t)
	case Text:
		return CutSys(s, t), nil
	case Bytes:
		return ParseBytes(s)
	case Date:
		return ParseDate(s)
	case Time:
		return ParseTime(s)
	case Timestamp:
		return ParseTimestamp(s)
	case TimestampTZ:
		return ParseTimestampTZ(s)
	case Interval:
		return ParseInterval(s)
	case UUID:
		u, err := ParseUUID(s)
		return u[:], err
	case JSON:
		if err := CheckJSON(s); err != nil {
			return nil, err
		}
		return s, nil
	}
	return nil, sqlerr.New(sqlerr.CannotCoerce, 0, "cannot read a value of type %s from text", t)
}
