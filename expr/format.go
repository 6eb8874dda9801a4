package expr

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// formatText is format(): %s a value, %I a name, %L a literal, %% a percent sign; between % and the letter may stand the
// number of an argument with $, a minus for the left side, and a width, a number or * for the next argument.
func formatText(in *Input) (arrow.Array, error) {
	pattern, has := in.text(0), in.present(0)
	return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
		if !has.at(i) {
			return dst, false, nil
		}
		f := formatter{in: in, row: i, rest: string(pattern.at(i))}
		dst, err := f.write(dst)
		return dst, true, err
	})
}

type formatter struct {
	in   *Input
	row  int
	rest string
	arg  int // the one that was used last
}

func (f *formatter) bad(message string) error {
	return f.in.fault(f.row, sqlerr.InvalidParameterValue, message)
}

func (f *formatter) write(dst []byte) ([]byte, error) {
	for {
		at := strings.IndexByte(f.rest, '%')
		if at < 0 {
			return append(dst, f.rest...), nil
		}
		dst = append(dst, f.rest[:at]...)
		if f.rest = f.rest[at+1:]; strings.HasPrefix(f.rest, "%") {
			dst, f.rest = append(dst, '%'), f.rest[1:]
			continue
		}
		var err error
		if dst, err = f.directive(dst); err != nil {
			return dst, err
		}
	}
}

// number reads digits; -1 where there are none.
func (f *formatter) number() int {
	end := 0
	for end < len(f.rest) && isDigit(f.rest[end]) {
		end++
	}
	n, err := strconv.Atoi(f.rest[:end])
	if err != nil {
		return -1
	}
	f.rest = f.rest[end:]
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// use moves to an argument, or with -1 to the next one.
func (f *formatter) use(n int) error {
	if n < 0 {
		n = f.arg + 1
	}
	if n == 0 {
		return f.bad("format specifies argument 0, but arguments are numbered from 1")
	}
	if f.arg = n; n >= len(f.in.args) {
		return f.bad("too few arguments for format()")
	}
	return nil
}

func (f *formatter) directive(dst []byte) ([]byte, error) {
	position, width, left := -1, -1, false
	n := f.number()
	if n >= 0 && strings.HasPrefix(f.rest, "$") {
		position, f.rest, n = n, f.rest[1:], -1
	}
	if n < 0 {
		for strings.HasPrefix(f.rest, "-") {
			left, f.rest = true, f.rest[1:]
		}
		if strings.HasPrefix(f.rest, "*") {
			f.rest = f.rest[1:]
			from := f.number()
			if from >= 0 && !strings.HasPrefix(f.rest, "$") {
				return dst, f.bad("width argument position must be ended by \"$\"")
			}
			f.rest = strings.TrimPrefix(f.rest, "$")
			if err := f.use(from); err != nil {
				return dst, err
			}
			if !f.null() {
				w, err := strconv.Atoi(string(f.in.output(nil, f.arg, f.row)))
				if err != nil {
					return dst, f.in.fault(f.row, sqlerr.InvalidText, "the width is no whole number")
				}
				if w < 0 {
					left, w = true, -w
				}
				width = w
			}
		} else {
			width = f.number()
		}
	} else {
		width = n
	}
	if f.rest == "" {
		return dst, f.bad("unterminated format() type specifier")
	}
	kind := f.rest[0]
	f.rest = f.rest[1:]
	if strings.IndexByte("sIL", kind) < 0 {
		return dst, f.bad("unrecognized format() type specifier \"" + string(rune(kind)) + "\"")
	}
	if err := f.use(position); err != nil {
		return dst, err
	}
	value, err := f.value(kind)
	if err != nil {
		return dst, err
	}
	return padded(dst, value, width, left), nil
}

func (f *formatter) null() bool {
	return f.in.args[f.arg].IsNull(f.row & f.in.mask(f.arg))
}

func (f *formatter) value(kind byte) ([]byte, error) {
	if f.null() {
		switch kind {
		case 'I':
			return nil, f.in.fault(f.row, nullNotAllowed, "null values cannot be formatted as an SQL identifier")
		case 'L':
			return []byte("NULL"), nil
		}
		return nil, nil
	}
	text := f.in.output(nil, f.arg, f.row)
	switch kind {
	case 'I':
		return quoteIdent(nil, text), nil
	case 'L':
		return quoteLiteral(nil, text), nil
	}
	return text, nil
}

func padded(dst, value []byte, width int, left bool) []byte {
	blanks := max(0, min(width, maxText)-utf8.RuneCount(value))
	if !left {
		dst = append(dst, strings.Repeat(" ", blanks)...)
		blanks = 0
	}
	return append(append(dst, value...), strings.Repeat(" ", blanks)...)
}

// QuoteIdent is a name as SQL takes it, in quotes where it would be folded or is a word of SQL's own.
func QuoteIdent(name string) string { return string(quoteIdent(nil, []byte(name))) }

func quoteIdent(dst, s []byte) []byte {
	plain := len(s) > 0 && !isDigit(s[0])
	for _, c := range s {
		plain = plain && (c >= 'a' && c <= 'z' || c == '_' || isDigit(c))
	}
	if plain && !strings.Contains(sqlWords, " "+string(s)+" ") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// sqlWords are PostgreSQL's keywords that are no names of their own everywhere.
const sqlWords = " " +
	"all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case " +
	"cast char character check coalesce collate collation column concurrently constraint create cross " +
	"current_catalog current_date current_role current_schema current_time current_timestamp current_user dec " +
	"decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign " +
	"freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect " +
	"interval into is isnull join lateral leading least left like limit localtime localtimestamp national natural " +
	"nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay " +
	"placing position precision primary real references returning right row select session_user setof similar " +
	"smallint some substring symmetric table tablesample then time timestamp to trailing treat trim true union " +
	"unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement " +
	"xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable "

// parseIdent is the parts of a dotted name; with strict nothing may follow it.
func (in *Input) parseIdent(row int, s string, strict bool, out *array.StringBuilder) error {
	rest := strings.TrimLeft(s, " \t\n\r\f\v")
	for {
		if strings.HasPrefix(rest, `"`) {
			var name strings.Builder
			i := 1
			for ; i < len(rest); i++ {
				if rest[i] == '"' {
					if i+1 >= len(rest) || rest[i+1] != '"' {
						break
					}
					i++
				}
				name.WriteByte(rest[i])
			}
			if i >= len(rest) {
				return in.fault(row, sqlerr.InvalidParameterValue, "string is not a valid identifier").WithDetail("String has unclosed double quotes.")
			}
			if name.Len() == 0 {
				return in.fault(row, sqlerr.InvalidParameterValue, "string is not a valid identifier").WithDetail("Quoted identifier must not be empty.")
			}
			out.Append(name.String())
			rest = rest[i+1:]
		} else {
			end := 0
			for end < len(rest) && (isWordByte(rest[end]) || end > 0 && (isDigit(rest[end]) || rest[end] == '$')) {
				end++
			}
			if end == 0 {
				return in.fault(row, sqlerr.InvalidParameterValue, "string is not a valid identifier")
			}
			out.Append(strings.ToLower(rest[:end]))
			rest = rest[end:]
		}
		rest = strings.TrimLeft(rest, " \t\n\r\f\v")
		if !strings.HasPrefix(rest, ".") {
			break
		}
		rest = strings.TrimLeft(rest[1:], " \t\n\r\f\v")
	}
	if rest != "" && strict {
		return in.fault(row, sqlerr.InvalidParameterValue, "string is not a valid identifier")
	}
	return nil
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func parseIdent(args int) Overload {
	return Overload{Args: []types.Kind{types.Text, types.Bool}[:args], Type: textArrayType, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, has := in.text(0), in.present(0)
		strict, hasStrict := func(int) bool { return true }, func(int) bool { return true }
		if args == 2 {
			strict, hasStrict = in.bools(1).at, in.present(1).at
		}
		return in.textLists(func(i int, out *array.StringBuilder) (bool, error) {
			if !has.at(i) || !hasStrict(i) {
				return false, nil
			}
			return true, in.parseIdent(i, string(x.at(i)), strict(i), out)
		})
	}}
}

// unescape is unistr: \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX are characters by their number, \\ is a backslash.
func unescape(in *Input) func(dst []byte, i int) ([]byte, error) {
	x := in.text(0)
	return func(dst []byte, i int) ([]byte, error) {
		high := rune(0) // the first half of a surrogate pair
		for s := string(x.at(i)); s != ""; {
			if s[0] != '\\' || strings.HasPrefix(s, `\\`) {
				if high != 0 {
					return dst, in.fault(i, sqlerr.SyntaxError, "invalid Unicode surrogate pair")
				}
				if s[0] == '\\' {
					s = s[1:]
				}
				dst, s = append(dst, s[0]), s[1:]
				continue
			}
			skip, digits := 1, 4
			if len(s) > 1 {
				switch s[1] {
				case '+':
					skip, digits = 2, 6
				case 'u':
					skip = 2
				case 'U':
					skip, digits = 2, 8
				}
			}
			if len(s) < skip+digits {
				return dst, in.fault(i, sqlerr.SyntaxError, "invalid Unicode escape")
			}
			n, err := strconv.ParseUint(s[skip:skip+digits], 16, 32)
			if err != nil {
				return dst, in.fault(i, sqlerr.SyntaxError, "invalid Unicode escape").WithHint(`Unicode escapes must be \XXXX, \+XXXXXX, \uXXXX, or \UXXXXXXXX.`)
			}
			s = s[skip+digits:]
			r := rune(n)
			switch isHigh, isLow := n >= 0xd800 && n < 0xdc00, n >= 0xdc00 && n < 0xe000; {
			case high != 0 && isLow:
				r = 0x10000 + (high-0xd800)<<10 + r - 0xdc00
				high = 0
			case high != 0 || isLow:
				return dst, in.fault(i, sqlerr.SyntaxError, "invalid Unicode surrogate pair")
			case isHigh:
				high = r
				continue
			case n == 0 || n > utf8.MaxRune:
				return dst, in.fault(i, sqlerr.InvalidParameterValue, "invalid Unicode code point")
			}
			dst = utf8.AppendRune(dst, r)
		}
		if high != 0 {
			return dst, in.fault(i, sqlerr.SyntaxError, "invalid Unicode surrogate pair")
		}
		return dst, nil
	}
}

// countNulls is num_nulls, or num_nonnulls.
func countNulls(nulls bool) Overload {
	return Overload{Args: []types.Kind{anyType}, Variadic: true, Result: types.Int32, Kernel: func(in *Input) (arrow.Array, error) {
		return nullableFixed(in, 4, func(i int) (int32, bool, error) {
			n := int32(0)
			for k, a := range in.args {
				if a.IsNull(i&in.mask(k)) == nulls {
					n++
				}
			}
			return n, true, nil
		})
	}}
}

// typeName is the name of the argument's type.
func typeName(name func(types.Type) string) Overload {
	return Overload{Args: []types.Kind{anyType}, Result: types.Text, Prepare: func(c *Call) (Kernel, error) {
		text := name(c.args[0].Type())
		return func(in *Input) (arrow.Array, error) {
			return in.nullableTextRows(func(dst []byte, _ int) ([]byte, bool, error) { return append(dst, text...), true, nil })
		}, nil
	}}
}

var formatFunctions = []Function{
	textFunction("format", "A pattern with its places filled: %s a value, %I a name in quotes where needed, %L a literal, %2$s the second value, %10s and %-10s in 10 places, %% a percent sign.", "format('%s: %L, %I', 'a', 'it''s', 'My Table')", "a: 'it''s', \"My Table\"",
		Overload{Args: []types.Kind{types.Text}, Result: types.Text, Fails: true, Kernel: formatText},
		Overload{Args: []types.Kind{types.Text, anyType}, Variadic: true, Result: types.Text, Fails: true, Kernel: formatText}),
	textFunction("quote_ident", "The text as a name of SQL, in quotes where it needs them.", "quote_ident('My Table')", `"My Table"`, textMap(quoteIdent)),
	textFunction("parse_ident", "The parts of a dotted name; with false as the second argument what follows it does not matter.", `parse_ident('"My".t')`, "{My,t}", parseIdent(1), parseIdent(2)),
	textFunction("unistr", `With \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX replaced by the character of that number.`, `unistr('d\0061t\+000061')`, "data", textTo([]types.Kind{types.Text}, unescape)),
	textFunction("^@", "Whether a text begins with another.", "'millrace' ^@ 'mill'", "true", boolOf(func(x, y []byte) bool { return strings.HasPrefix(asString(x), asString(y)) })),
	{Name: "num_nulls", Group: "Conditional", Doc: "How many of the arguments are NULL.", Example: "num_nulls(1, NULL, 2)", ExampleResult: "1", Overloads: []Overload{countNulls(true)}},
	{Name: "num_nonnulls", Group: "Conditional", Doc: "How many of the arguments are not NULL.", Example: "num_nonnulls(1, NULL, 2)", ExampleResult: "2", Overloads: []Overload{countNulls(false)}},
	{Name: "pg_typeof", Group: "Types", Doc: "PostgreSQL's name of the value's type.", Example: "pg_typeof(1)", ExampleResult: "integer", Overloads: []Overload{typeName(types.Type.SQLName)}},
	{Name: "typeof", Group: "Types", Doc: "The name of the value's type.", Example: "typeof(1.5)", ExampleResult: "DECIMAL(2,1)", Overloads: []Overload{extension(typeName(types.Type.String))}},
}
