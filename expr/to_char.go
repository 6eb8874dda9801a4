package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/sqlerr"
	"millrace/types"
)

// patternOf reads the pattern in argument 1 by row, anew only where it changes.
func patternOf[P any](in *Input, parse func(string) (P, error)) func(i int) (P, error) {
	text := in.text(1)
	var parsed P
	last, known := "", false
	return func(i int) (P, error) {
		if s := text.at(i); !known || string(s) != last {
			last = string(s)
			var err error
			if parsed, err = parse(last); err != nil {
				return parsed, at(err, in.call.pos)
			}
			known = true
		}
		return parsed, nil
	}
}

func timePattern(s string) ([]timeNode, error) { return parseTimeFormat(s), nil }

// timeToText is to_char of a point in time or an interval; of an empty pattern it is NULL.
func timeToText[T pod](k types.Kind, of func(T) clock) Overload {
	return Overload{Args: []types.Kind{k, types.Text}, Result: types.Text, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, pattern, present := col[T](in, 0), patternOf(in, timePattern), in.allPresent()
		return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
			if !present(i) {
				return dst, false, nil
			}
			nodes, err := pattern(i)
			if err != nil || len(nodes) == 0 {
				return dst, false, err
			}
			c := of(x.at(i))
			out, err := c.fill(dst, nodes)
			return out, true, at(err, in.call.pos)
		})
	}}
}

// numberToText is to_char of a number; digits gives it with so many decimals, times ten to the power of moved, and how
// many decimals that are in the end.
func numberToText[T pod](k types.Kind, digits func(in *Input, x T, post, moved int) (text string, decimals int)) Overload {
	return textTo([]types.Kind{k, types.Text}, func(in *Input) func([]byte, int) ([]byte, error) {
		x, pattern := col[T](in, 0), patternOf(in, parseNumberFormat)
		return func(dst []byte, i int) ([]byte, error) {
			f, err := pattern(i)
			if err != nil {
				return dst, err
			}
			switch {
			case f.roman:
				text, _ := digits(in, x.at(i), 0, 0)
				n, err := strconv.ParseInt(text, 10, 64)
				if err != nil {
					n = 0
				}
				return appendRoman(dst, n, f.fill, romanSmall(f)), nil
			case f.power:
				return appendPower(dst, in, i, f.post), nil
			}
			text, decimals := digits(in, x.at(i), f.post, f.moved())
			format := f
			if decimals != f.post {
				shorter := *f
				shorter.post = decimals
				format = &shorter
			}
			text, negative := strings.CutPrefix(text, "-")
			whole, fraction, _ := strings.Cut(text, ".")
			return format.write(dst, negative, whole, fraction), nil
		}
	})
}

func romanSmall(f *numberFormat) bool {
	for _, n := range f.nodes {
		if n.key == "RN" {
			return n.written == "rn"
		}
	}
	return false
}

// appendPower is EEEE: one digit before the point and an exponent.
func appendPower(dst []byte, in *Input, i, post int) []byte {
	text := string(types.AppendText(nil, in.args[0], i&in.mask(0), in.call.args[0].Type()))
	v, _, err := big.ParseFloat(text, 10, 400, big.ToNearestEven)
	if err != nil { // NaN
		return append(append(dst, ' '), strings.Repeat("#", post+7)...)
	}
	if v.Sign() >= 0 {
		dst = append(dst, ' ')
	}
	return v.Append(dst, 'e', post)
}

func wholeDigits[T signed](_ *Input, x T, post, moved int) (string, int) {
	text := strconv.FormatInt(int64(x), 10) + strings.Repeat("0", moved)
	if post > 0 {
		text += "." + strings.Repeat("0", post)
	}
	return text, post
}

func decimalDigitsOf(in *Input, x decimal128.Num, post, moved int) (string, int) {
	scale := in.call.args[0].Type().Scale - moved
	v := new(big.Int).Set(x.BigInt())
	if post < scale {
		v = quotientBig(v, bigTen(scale-post))
	} else {
		v.Mul(v, bigTen(post-scale))
	}
	text := v.Text(10)
	if post > 0 {
		sign := strings.HasPrefix(text, "-")
		text = strings.TrimPrefix(text, "-")
		text = strings.Repeat("0", max(0, post+1-len(text))) + text
		text = text[:len(text)-post] + "." + text[len(text)-post:]
		if sign {
			text = "-" + text
		}
	}
	return text, post
}

// floatDigitsOf gives no more digits than the type is good for.
func floatDigitsOf[T real](good int) func(*Input, T, int, int) (string, int) {
	return func(_ *Input, x T, post, moved int) (string, int) {
		v := float64(x) * math.Pow10(moved)
		if v-v != 0 {
			return strings.Repeat("9", 40), post // which no pattern has room for
		}
		whole := len(strings.TrimPrefix(strconv.FormatFloat(v, 'f', 0, 64), "-"))
		if whole >= good {
			post = 0
		} else if whole+post > good {
			post = good - whole
		}
		return strconv.FormatFloat(v, 'f', post, 64), post
	}
}

// textToNumber is to_number.
var textToNumber = Overload{Args: []types.Kind{types.Text, types.Text}, Result: types.Decimal, Strict: true, Fails: true,
	Type: func([]types.Type) types.Type { return types.DecimalOf(38, 10) },
	Prepare: func(c *Call) (Kernel, error) {
		if l, ok := c.constant(1); ok {
			f, err := parseNumberFormat(l.Value.(string))
			if err != nil {
				return nil, err
			}
			c.refine(types.DecimalOf(38, min(38, f.post+f.moved())))
		}
		return func(in *Input) (arrow.Array, error) {
			x, pattern := in.text(0), patternOf(in, parseNumberFormat)
			return fixedRows(in, 16, func(i int) (decimal128.Num, error) {
				f, err := pattern(i)
				if err != nil {
					return decimal128.Num{}, err
				}
				v, err := types.ParseDecimal(f.read(string(x.at(i))), in.call.typ)
				return v, at(err, in.call.pos)
			})
		}, nil
	}}

// read finds the number in a text that the pattern describes; what it does not describe ends it.
func (f *numberFormat) read(s string) string {
	negative, behind := false, false
	var digits strings.Builder
	before, after, left := 0, 0, f.pre+f.moved()
	sign := func() bool {
		if s == "" || s[0] != '-' && s[0] != '+' && (s[0] != '<' || !f.bracket) {
			return false
		}
		negative = negative || s[0] != '+'
		s = s[1:]
		return true
	}
	for _, n := range f.nodes {
		if s == "" {
			break
		}
		switch n.key {
		case "9", "0", ".", "D":
			if digits.Len() == 0 {
				s = strings.TrimLeft(s, " ")
				sign()
			}
			switch {
			case s == "":
			case s[0] == '.' && !behind && f.decimal:
				if n.key == "." || n.key == "D" || before <= left {
					behind = true
					digits.WriteByte('.')
					s = s[1:]
				}
				if n.key != "." && n.key != "D" && s != "" && isDigit(s[0]) && after < f.post { // the pattern had more places before it
					digits.WriteByte(s[0])
					after++
					s = s[1:]
				}
			case isDigit(s[0]) && n.key != "." && n.key != "D" && (!behind || after < f.post):
				digits.WriteByte(s[0])
				if behind {
					after++
				} else {
					before++
				}
				s = s[1:]
			}
		case ",", "G":
			s = strings.TrimPrefix(s, ",")
		case "S", "MI", "PL", "SG":
			if !sign() && n.key == "MI" {
				s = strings.TrimPrefix(s, " ")
			}
		case "PR":
			s = strings.TrimPrefix(s, ">")
		case "L":
			s = strings.TrimLeft(s, "$€£¥ ")
		case "TH":
			s = s[min(2, len(s)):]
		case "":
			if s != "" && !isDigit(s[0]) && !strings.ContainsRune("+-.,", rune(s[0])) {
				s = s[1:]
			}
		}
	}
	if f.signBehind || f.signBefore {
		sign()
	}
	out := digits.String()
	if m := f.moved(); m > 0 && out != "" {
		out += "e-" + strconv.Itoa(m)
	}
	if negative {
		out = "-" + out
	}
	return out
}

func textToTime[R pod](result types.Kind, width int, of func(day, of int64) (R, bool)) Overload {
	return Overload{Args: []types.Kind{types.Text, types.Text}, Result: result, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, pattern := in.text(0), patternOf(in, timePattern)
		return fixedRows(in, width, func(i int) (R, error) {
			var none R
			nodes, err := pattern(i)
			if err != nil {
				return none, err
			}
			day, micros, err := parseByFormat(string(x.at(i)), nodes)
			if err != nil {
				return none, at(err, in.call.pos)
			}
			v, ok := of(day, micros)
			if !ok {
				return none, in.fault(i, sqlerr.DatetimeOverflow, result.String()+" out of range")
			}
			return v, nil
		})
	}}
}

// textToTimestamp is to_timestamp of a text.
var textToTimestamp = textToTime(types.TimestampTZ, 8, func(day, of int64) (int64, bool) { return day*types.MicrosPerDay + of, true })

var formattingFunctions = []Function{
	{Name: "to_char", Group: "Formatting", Doc: "A point in time, an interval or a number as text by a pattern: YYYY-MM-DD HH24:MI:SS.MS, Month, Day and their like; 9 and 0 for digits, D and G or . and , between them, S, MI and PR for the sign, FM for no blanks, RN, TH, V and EEEE.", Example: "to_char(TIMESTAMP '2026-01-02 15:04:05', 'Dy, DD Mon YYYY HH12:MI AM')", ExampleResult: "Fri, 02 Jan 2026 03:04 PM",
		Overloads: []Overload{
			timeToText(types.Timestamp, func(x int64) clock { return clockOf(x, false) }),
			timeToText(types.TimestampTZ, func(x int64) clock { return clockOf(x, true) }),
			timeToText(types.Interval, clockOfInterval),
			numberToText(types.Int32, wholeDigits[int32]), numberToText(types.Int64, wholeDigits[int64]), numberToText(types.Decimal, decimalDigitsOf),
			numberToText(types.Float32, floatDigitsOf[float32](6)), numberToText(types.Float64, floatDigitsOf[float64](15)),
		}},
	{Name: "to_date", Group: "Formatting", Doc: "The date in a text, by a pattern as that of to_char.", Example: "to_date('05 Dec 2026', 'DD Mon YYYY')", ExampleResult: "2026-12-05",
		Overloads: []Overload{textToTime(types.Date, 4, func(day, _ int64) (int32, bool) { return int32(day), int64(int32(day)) == day })}},
	{Name: "to_number", Group: "Formatting", Doc: "The number in a text, by a pattern as that of to_char.", Example: "to_number('12,454.8-', '99G999D9S')", ExampleResult: "-12454.8",
		Overloads: []Overload{textToNumber}},
}
