package expr

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// maxText is the longest text that a function may make of a value.
const maxText = 64 << 20

func textFunction(name, doc, example, result string, overloads ...Overload) Function {
	return Function{Name: name, Group: "Text", Doc: doc, Example: example, ExampleResult: result, Overloads: overloads}
}

// textTo makes a text of the arguments of one row.
func textTo(args []types.Kind, value func(in *Input) func(dst []byte, i int) ([]byte, error)) Overload {
	return Overload{Args: args, Result: types.Text, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) { return in.textRows(value(in)) }}
}

// textMap makes a text of a text.
func textMap(f func(dst, s []byte) []byte) Overload {
	o := textTo([]types.Kind{types.Text}, func(in *Input) func([]byte, int) ([]byte, error) {
		x := in.text(0)
		return func(dst []byte, i int) ([]byte, error) { return f(dst, x.at(i)), nil }
	})
	o.Fails = false
	return o
}

// intOf makes an INT of texts.
func intOf(n int, value func(xs [2][]byte) int) Overload {
	args := []types.Kind{types.Text, types.Text}[:n]
	return Overload{Args: args, Result: types.Int32, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		var cols [2]textColumn
		for k := range n {
			cols[k] = in.text(k)
		}
		return fixedRows(in, 4, func(i int) (int32, error) {
			var xs [2][]byte
			for k := range n {
				xs[k] = cols[k].at(i)
			}
			return int32(value(xs)), nil
		})
	}}
}

func boolOf(value func(x, y []byte) bool) Overload {
	return Overload{Args: []types.Kind{types.Text, types.Text}, Result: types.Bool, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, y := in.text(0), in.text(1)
		return in.boolRows(func(i int) (bool, error) { return value(x.at(i), y.at(i)), nil })
	}}
}

// skipRunes is the place behind the first n characters.
func skipRunes(s []byte, n int) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRune(s[at:])
		at += size
	}
	return at
}

// substring is the characters from the position from, counted from 1, of which there may be n; n < 0: to the end.
func substring(s []byte, from, n int64) []byte {
	end := int64(len(s)) + 1
	if n >= 0 {
		end = from + n
	}
	from = max(from, 1)
	if end <= from {
		return nil
	}
	s = s[skipRunes(s, int(min(from-1, int64(len(s))))):]
	return s[:skipRunes(s, int(min(end-from, int64(len(s)))))]
}

func trimKinds(cut func(s []byte, chars string) []byte, ofBytes Overload) []Overload {
	return []Overload{
		textMap(func(dst, s []byte) []byte { return append(dst, cut(s, " ")...) }),
		textTo([]types.Kind{types.Text, types.Text}, func(in *Input) func([]byte, int) ([]byte, error) {
			x, chars := in.text(0), in.text(1)
			return func(dst []byte, i int) ([]byte, error) { return append(dst, cut(x.at(i), string(chars.at(i)))...), nil }
		}),
		ofBytes,
	}
}

// leftRight is left or right: n characters of one end, or with n < 0 all but so many of the other.
func leftRight(left bool) Overload {
	return textTo([]types.Kind{types.Text, types.Int32}, func(in *Input) func([]byte, int) ([]byte, error) {
		x, n := in.text(0), col[int32](in, 1)
		return func(dst []byte, i int) ([]byte, error) {
			s, k := x.at(i), int(n.at(i))
			count := utf8.RuneCount(s)
			if k < 0 {
				k = max(0, count+k)
			}
			k = min(k, count)
			if left {
				return append(dst, s[:skipRunes(s, k)]...), nil
			}
			return append(dst, s[skipRunes(s, count-k):]...), nil
		}
	})
}

// pad is lpad or rpad.
func pad(left, fill bool) Overload {
	args := []types.Kind{types.Text, types.Int32}
	if fill {
		args = append(args, types.Text)
	}
	return textTo(args, func(in *Input) func([]byte, int) ([]byte, error) {
		x, n := in.text(0), col[int32](in, 1)
		with := func(int) []byte { return []byte(" ") }
		if fill {
			text := in.text(2)
			with = text.at
		}
		return func(dst []byte, i int) ([]byte, error) {
			s, want, f := x.at(i), max(0, int(n.at(i))), with(i)
			have := utf8.RuneCount(s)
			if have >= want || len(f) == 0 {
				return append(dst, s[:skipRunes(s, want)]...), nil
			}
			if want > maxText {
				return dst, in.fault(i, sqlerr.ConfigurationLimit, "the text would be too long")
			}
			if !left {
				dst = append(dst, s...)
			}
			for missing := want - have; missing > 0; {
				k := min(missing, utf8.RuneCount(f))
				dst = append(dst, f[:skipRunes(f, k)]...)
				missing -= k
			}
			if left {
				dst = append(dst, s...)
			}
			return dst, nil
		}
	})
}

// hexOf prints a number in base 16.
func hexOf[T signed](k types.Kind, value func(T) uint64) Overload {
	return textTo([]types.Kind{k}, func(in *Input) func([]byte, int) ([]byte, error) {
		x := col[T](in, 0)
		return func(dst []byte, i int) ([]byte, error) { return strconv.AppendUint(dst, value(x.at(i)), 16), nil }
	})
}

func initcap(dst, s []byte) []byte {
	inWord := false
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		s = s[n:]
		alnum := unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case alnum && !inWord:
			r = unicode.ToUpper(r)
		case alnum:
			r = unicode.ToLower(r)
		}
		inWord = alnum
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

func reverse(dst, s []byte) []byte {
	for len(s) > 0 {
		_, n := utf8.DecodeLastRune(s)
		dst = append(dst, s[len(s)-n:]...)
		s = s[:len(s)-n]
	}
	return dst
}

// concatenation is ||: texts, or a text and what prints as one, or byte strings.
var concatenation = []Overload{
	{Args: []types.Kind{types.Text, types.Text}, Result: types.Text, Strict: true, Kernel: concatTexts},
	{Args: []types.Kind{types.Bytes, types.Bytes}, Result: types.Bytes, Strict: true, Kernel: concatTexts},
	{Args: []types.Kind{types.Text, anyScalar}, Result: types.Text, Strict: true, Kernel: concatPrinted},
	{Args: []types.Kind{anyScalar, types.Text}, Result: types.Text, Strict: true, Kernel: concatPrinted},
	jsonConcat,
	{Args: []types.Kind{anyArray, anyArray}, Type: firstType, Kernel: arrayCat},
	{Args: []types.Kind{anyArray, anyElement}, Type: firstType, Kernel: arrayAppend},
	{Args: []types.Kind{anyElement, anyArray}, Type: secondType, Kernel: arrayPrepend},
}

func concatTexts(in *Input) (arrow.Array, error) {
	x, y := in.text(0), in.text(1)
	return in.textRows(func(dst []byte, i int) ([]byte, error) { return append(append(dst, x.at(i)...), y.at(i)...), nil })
}

func concatPrinted(in *Input) (arrow.Array, error) {
	return in.textRows(func(dst []byte, i int) ([]byte, error) {
		for k, a := range in.args {
			dst = types.AppendText(dst, a, i&in.mask(k), in.call.args[k].Type())
		}
		return dst, nil
	})
}

// output appends argument k of row i as PostgreSQL's output functions have it, where a Boolean is t or f; nothing where
// it is NULL.
func (in *Input) output(dst []byte, k, i int) []byte {
	return appendOutput(dst, in.args[k], i&in.mask(k), in.call.args[k].Type())
}

func appendOutput(dst []byte, a arrow.Array, row int, t types.Type) []byte {
	if t.Kind != types.Bool || a.IsNull(row) {
		return types.AppendText(dst, a, row, t)
	}
	if boolBits(a).get(row) {
		return append(dst, 't')
	}
	return append(dst, 'f')
}

// upper and lower change the letters of ASCII in one pass without a branch; text with others is done again.

func upper(dst, s []byte) []byte { return changed(dst, s, 'a', bytes.ToUpper) }
func lower(dst, s []byte) []byte { return changed(dst, s, 'A', bytes.ToLower) }

// changed appends s with the 26 letters from first on changed to those that are 32 away.
func changed(dst, s []byte, first byte, others func([]byte) []byte) []byte {
	start := len(dst)
	dst = append(dst, s...)
	seen, text := byte(0), dst[start:]
	for i, c := range text {
		flip := byte(0)
		if c-first < 26 {
			flip = 'a' - 'A'
		}
		text[i] = c ^ flip
		seen |= c
	}
	if seen >= utf8.RuneSelf {
		return append(dst[:start], others(s)...)
	}
	return dst
}

var textFunctions = []Function{
	textFunction("||", "Texts, one after the other; NULL where one is.", "'mill' || 'race'", "millrace", concatenation...),
	textFunction("length", "How many characters a text has, or bytes a BYTEA.", "length('naïve')", "5",
		intOf(1, func(xs [2][]byte) int { return utf8.RuneCount(xs[0]) }),
		Overload{Args: []types.Kind{types.Bytes}, Result: types.Int32, Strict: true, Kernel: byteLength}),
	textFunction("octet_length", "How many bytes a text has.", "octet_length('naïve')", "6",
		intOf(1, func(xs [2][]byte) int { return len(xs[0]) }),
		Overload{Args: []types.Kind{types.Bytes}, Result: types.Int32, Strict: true, Kernel: byteLength}),
	textFunction("bit_length", "How many bits a text has.", "bit_length('abc')", "24", intOf(1, func(xs [2][]byte) int { return 8 * len(xs[0]) })),
	textFunction("upper", "In capital letters.", "upper('Mill')", "MILL", textMap(upper)),
	textFunction("lower", "In small letters.", "lower('Mill')", "mill", textMap(lower)),
	textFunction("initcap", "Each word with a capital letter in front.", "initcap('hi THOMAS')", "Hi Thomas", textMap(initcap)),
	textFunction("reverse", "The characters in the other direction.", "reverse('abc')", "cba", textMap(reverse)),
	textFunction("btrim", "Without blanks, or the given characters, at both ends.", "btrim('xxabx', 'x')", "ab", trimKinds(func(s []byte, c string) []byte { return bytes.Trim(s, c) }, byteTrim(true, true))...),
	textFunction("ltrim", "Without blanks, or the given characters, at the beginning.", "ltrim('  ab')", "ab", trimKinds(func(s []byte, c string) []byte { return bytes.TrimLeft(s, c) }, byteTrim(true, false))...),
	textFunction("rtrim", "Without blanks, or the given characters, at the end.", "rtrim('abx', 'x')", "ab", trimKinds(func(s []byte, c string) []byte { return bytes.TrimRight(s, c) }, byteTrim(false, true))...),
	textFunction("substr", "The characters from a position on, counted from 1, and not more than so many; or what matches a regular expression (RE2), its first group if it has one, NULL where nothing does.", "substr('millrace', 5, 3)", "rac",
		textTo([]types.Kind{types.Text, types.Int32}, func(in *Input) func([]byte, int) ([]byte, error) {
			x, from := in.text(0), col[int32](in, 1)
			return func(dst []byte, i int) ([]byte, error) {
				return append(dst, substring(x.at(i), int64(from.at(i)), -1)...), nil
			}
		}),
		textTo([]types.Kind{types.Text, types.Int32, types.Int32}, func(in *Input) func([]byte, int) ([]byte, error) {
			x, from, n := in.text(0), col[int32](in, 1), col[int32](in, 2)
			return func(dst []byte, i int) ([]byte, error) {
				if n.at(i) < 0 {
					return dst, in.fault(i, "22011", "negative substring length not allowed")
				}
				return append(dst, substring(x.at(i), int64(from.at(i)), int64(n.at(i)))...), nil
			}
		}),
		regexpSubstring, byteSubstring(2), byteSubstring(3)),
	textFunction("left", "The first n characters; with n < 0 all but the last.", "left('abc', 2)", "ab", leftRight(true)),
	textFunction("right", "The last n characters; with n < 0 all but the first.", "right('abc', 2)", "bc", leftRight(false)),
	textFunction("lpad", "Filled up at the beginning to so many characters, or cut to them.", "lpad('7', 3, '0')", "007", pad(true, false), pad(true, true)),
	textFunction("rpad", "Filled up at the end to so many characters, or cut to them.", "rpad('ab', 4, '.')", "ab..", pad(false, false), pad(false, true)),
	textFunction("strpos", "Where a text first occurs in another, counted from 1; 0: nowhere.", "strpos('millrace', 'race')", "5", intOf(2, func(xs [2][]byte) int { return position(xs[0], xs[1]) }), extension(bytePosition)),
	textFunction("position", "Where the first text occurs in the second, counted from 1; 0: nowhere.", "position('race' IN 'millrace')", "5", intOf(2, func(xs [2][]byte) int { return position(xs[1], xs[0]) }), bytePosition),
	textFunction("starts_with", "Whether a text begins with another.", "starts_with('millrace', 'mill')", "true", boolOf(bytes.HasPrefix)),
	textFunction("ends_with", "Whether a text ends with another.", "ends_with('millrace', 'race')", "true", boolOf(bytes.HasSuffix)),
	textFunction("replace", "With each occurrence of one text replaced by another.", "replace('abab', 'b', 'c')", "acac",
		textTo([]types.Kind{types.Text, types.Text, types.Text}, func(in *Input) func([]byte, int) ([]byte, error) {
			x, from, to := in.text(0), in.text(1), in.text(2)
			return func(dst []byte, i int) ([]byte, error) {
				if len(from.at(i)) == 0 {
					return append(dst, x.at(i)...), nil
				}
				return append(dst, bytes.ReplaceAll(x.at(i), from.at(i), to.at(i))...), nil
			}
		})),
	textFunction("translate", "With each character of one list replaced by that of another, or gone where it has none.", "translate('12345', '143', 'ax')", "a2x5",
		textTo([]types.Kind{types.Text, types.Text, types.Text}, translate)),
	textFunction("split_part", "The n-th part of a text, cut at a separator; with n < 0 counted from the end.", "split_part('a,b,c', ',', 2)", "b",
		textTo([]types.Kind{types.Text, types.Text, types.Int32}, splitPart)),
	textFunction("repeat", "The text n times.", "repeat('ab', 3)", "ababab",
		textTo([]types.Kind{types.Text, types.Int32}, func(in *Input) func([]byte, int) ([]byte, error) {
			x, n := in.text(0), col[int32](in, 1)
			return func(dst []byte, i int) ([]byte, error) {
				k := max(0, int(n.at(i)))
				if k*len(x.at(i)) > maxText {
					return dst, in.fault(i, sqlerr.ConfigurationLimit, "the text would be too long")
				}
				for range k {
					dst = append(dst, x.at(i)...)
				}
				return dst, nil
			}
		})),
	textFunction("ascii", "The number of the first character.", "ascii('A')", "65", intOf(1, func(xs [2][]byte) int {
		if len(xs[0]) == 0 {
			return 0
		}
		r, _ := utf8.DecodeRune(xs[0])
		return int(r)
	})),
	textFunction("chr", "The character of a number.", "chr(65)", "A",
		textTo([]types.Kind{types.Int32}, func(in *Input) func([]byte, int) ([]byte, error) {
			x := col[int32](in, 0)
			return func(dst []byte, i int) ([]byte, error) {
				r := rune(x.at(i))
				switch {
				case r > 0 && utf8.ValidRune(r):
					return utf8.AppendRune(dst, r), nil
				case r < 0:
					return dst, in.fault(i, sqlerr.InvalidParameterValue, "character number must be positive")
				}
				return dst, in.fault(i, "54000", "requested character not valid")
			}
		})),
	textFunction("to_hex", "A whole number in base 16.", "to_hex(255)", "ff",
		hexOf(types.Int32, func(x int32) uint64 { return uint64(uint32(x)) }), hexOf(types.Int64, func(x int64) uint64 { return uint64(x) })),
	textFunction("concat", "The values as text, one after the other; NULL counts as nothing.", "concat('a', 1, NULL, true)", "a1t",
		Overload{Args: []types.Kind{anyType}, Variadic: true, Result: types.Text, Kernel: func(in *Input) (arrow.Array, error) {
			return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
				for k := range in.args {
					dst = in.output(dst, k, i)
				}
				return dst, true, nil
			})
		}}),
	textFunction("concat_ws", "The values as text with a separator between them; NULL is left out.", "concat_ws('-', 'a', NULL, 2)", "a-2",
		Overload{Args: []types.Kind{types.Text, anyType}, Variadic: true, Result: types.Text, Kernel: concatWith}),
}

func concatWith(in *Input) (arrow.Array, error) {
	sep := in.text(0)
	return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
		if in.args[0].IsNull(i & sep.mask) {
			return dst, false, nil
		}
		first := true
		for k := 1; k < len(in.args); k++ {
			if in.args[k].IsNull(i & in.mask(k)) {
				continue
			}
			if !first {
				dst = append(dst, sep.at(i)...)
			}
			first = false
			dst = in.output(dst, k, i)
		}
		return dst, true, nil
	})
}

func byteLength(in *Input) (arrow.Array, error) {
	x := in.text(0)
	return fixedRows(in, 4, func(i int) (int32, error) { return int32(len(x.at(i))), nil })
}

// position is where part begins in s, in characters from 1; 0: nowhere.
func position(s, part []byte) int {
	i := bytes.Index(s, part)
	if i < 0 {
		return 0
	}
	return utf8.RuneCount(s[:i]) + 1
}

func splitPart(in *Input) func([]byte, int) ([]byte, error) {
	x, sep, n := in.text(0), in.text(1), col[int32](in, 2)
	return func(dst []byte, i int) ([]byte, error) {
		k := int(n.at(i))
		if k == 0 {
			return dst, in.fault(i, sqlerr.InvalidParameterValue, "field position must not be zero")
		}
		s, cut := x.at(i), sep.at(i)
		if len(cut) == 0 {
			if k == 1 || k == -1 {
				return append(dst, s...), nil
			}
			return dst, nil
		}
		if k < 0 {
			if k += bytes.Count(s, cut) + 2; k < 1 {
				return dst, nil
			}
		}
		for ; k > 1; k-- {
			at := bytes.Index(s, cut)
			if at < 0 {
				return dst, nil
			}
			s = s[at+len(cut):]
		}
		if at := bytes.Index(s, cut); at >= 0 {
			s = s[:at]
		}
		return append(dst, s...), nil
	}
}

// translate keeps the lists' mapping as long as they do not change.
func translate(in *Input) func([]byte, int) ([]byte, error) {
	x, from, to := in.text(0), in.text(1), in.text(2)
	var lastFrom, lastTo string
	var mapping map[rune]rune // -1: gone
	return func(dst []byte, i int) ([]byte, error) {
		if old, now := from.at(i), to.at(i); mapping == nil || string(old) != lastFrom || string(now) != lastTo {
			lastFrom, lastTo = string(old), string(now)
			mapping = map[rune]rune{}
			with := []rune(lastTo)
			for k, r := range []rune(lastFrom) {
				if _, seen := mapping[r]; seen { // the first one counts
					continue
				}
				mapping[r] = -1
				if k < len(with) {
					mapping[r] = with[k]
				}
			}
		}
		for s := x.at(i); len(s) > 0; {
			r, size := utf8.DecodeRune(s)
			switch to, ok := mapping[r]; {
			case !ok:
				dst = append(dst, s[:size]...)
			case to >= 0:
				dst = utf8.AppendRune(dst, to)
			}
			s = s[size:]
		}
		return dst, nil
	}
}
