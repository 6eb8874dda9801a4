package expr

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// bytesRows makes bytes of the arguments of one row.
func bytesRows(args []types.Kind, value func(in *Input) func(dst []byte, i int) ([]byte, error)) Overload {
	return Overload{Args: args, Result: types.Bytes, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) { return in.textRows(value(in)) }}
}

func bytesFunction(name, doc, example, result string, overloads ...Overload) Function {
	return Function{Name: name, Group: "Bytes", Doc: doc, Example: example, ExampleResult: result, Overloads: overloads}
}

// byteTrim is btrim, ltrim or rtrim: without the bytes of a set at the sides that are on.
func byteTrim(left, right bool) Overload {
	return bytesRows([]types.Kind{types.Bytes, types.Bytes}, func(in *Input) func([]byte, int) ([]byte, error) {
		x, set := in.text(0), in.text(1)
		return func(dst []byte, i int) ([]byte, error) {
			s, drop := x.at(i), set.at(i)
			for left && len(s) > 0 && bytes.IndexByte(drop, s[0]) >= 0 {
				s = s[1:]
			}
			for right && len(s) > 0 && bytes.IndexByte(drop, s[len(s)-1]) >= 0 {
				s = s[:len(s)-1]
			}
			return append(dst, s...), nil
		}
	})
}

// byteSubstring is the bytes from a position on, counted from 1, of which there may be n.
func byteSubstring(args int) Overload {
	return bytesRows([]types.Kind{types.Bytes, types.Int32, types.Int32}[:args], func(in *Input) func([]byte, int) ([]byte, error) {
		x, from := in.text(0), col[int32](in, 1)
		var n column[int32]
		if args == 3 {
			n = col[int32](in, 2)
		}
		return func(dst []byte, i int) ([]byte, error) {
			s := x.at(i)
			start, end := int64(from.at(i)), int64(len(s))+1
			if args == 3 {
				if n.at(i) < 0 {
					return dst, in.fault(i, "22011", "negative substring length not allowed")
				}
				end = min(end, start+int64(n.at(i)))
			}
			if start = max(start, 1); start < end {
				dst = append(dst, s[start-1:end-1]...)
			}
			return dst, nil
		}
	})
}

var bytePosition = Overload{Args: []types.Kind{types.Bytes, types.Bytes}, Result: types.Int32, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
	x, part := in.text(0), in.text(1)
	if in.call.fn.Name == "position" {
		x, part = part, x
	}
	return fixedRows(in, 4, func(i int) (int32, error) { return int32(bytes.Index(x.at(i), part.at(i)) + 1), nil })
}}

// overlay replaces part of a text, or of bytes, from a position on: as much as the new part has, or so many.
func overlay(k types.Kind, args int) Overload {
	units, cut := utf8.RuneCount, skipRunes
	if k == types.Bytes {
		units, cut = func(s []byte) int { return len(s) }, func(s []byte, n int) int { return min(len(s), max(0, n)) }
	}
	return Overload{Args: []types.Kind{k, k, types.Int32, types.Int32}[:args], Result: k, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, with, from := in.text(0), in.text(1), col[int32](in, 2)
		return in.textRows(func(dst []byte, i int) ([]byte, error) {
			s, start := x.at(i), int(from.at(i))
			n := units(with.at(i))
			if args == 4 {
				n = int(col[int32](in, 3).at(i))
			}
			if start <= 0 {
				return dst, in.fault(i, "22011", "negative substring length not allowed")
			}
			dst = append(append(dst, s[:cut(s, start-1)]...), with.at(i)...)
			return append(dst, s[cut(s, max(0, start-1+n)):]...), nil
		})
	}}
}

// byteAt is get_byte, or with bit get_bit.
func byteAt(bit bool) Overload {
	position := types.Int32
	if bit {
		position = types.Int64
	}
	return Overload{Args: []types.Kind{types.Bytes, position}, Result: types.Int32, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, at := in.text(0), in.whole(1)
		return fixedRows(in, 4, func(i int) (int32, error) {
			s, n := x.at(i), at(i)
			by, err := in.byteIndex(i, s, n, bit)
			if err != nil || !bit {
				return int32(valueOrZero(s, by, err)), err
			}
			return int32(s[by] >> (n & 7) & 1), nil
		})
	}}
}

func valueOrZero(s []byte, at int, err error) byte {
	if err != nil {
		return 0
	}
	return s[at]
}

// byteIndex is the byte that position n is in.
func (in *Input) byteIndex(row int, s []byte, n int64, bit bool) (int, error) {
	most := int64(len(s))
	if bit {
		most *= 8
	}
	if n < 0 || n >= most {
		return 0, in.fault(row, badSubscript, "index out of valid range")
	}
	if bit {
		n /= 8
	}
	return int(n), nil
}

// whole reads an argument that is INT or BIGINT.
func (in *Input) whole(k int) func(i int) int64 {
	if in.call.args[k].Type().Kind == types.Int32 {
		c := col[int32](in, k)
		return func(i int) int64 { return int64(c.at(i)) }
	}
	return col[int64](in, k).at
}

// setByte is set_byte, or with bit set_bit.
func setByte(bit bool) Overload {
	position := types.Int32
	if bit {
		position = types.Int64
	}
	return bytesRows([]types.Kind{types.Bytes, position, types.Int32}, func(in *Input) func([]byte, int) ([]byte, error) {
		x, at, value := in.text(0), in.whole(1), col[int32](in, 2)
		return func(dst []byte, i int) ([]byte, error) {
			s, n, v := x.at(i), at(i), value.at(i)
			by, err := in.byteIndex(i, s, n, bit)
			if err != nil {
				return dst, err
			}
			from := len(dst)
			dst = append(dst, s...)
			if !bit {
				dst[from+by] = byte(v)
				return dst, nil
			}
			if v != 0 && v != 1 {
				return dst, in.fault(i, sqlerr.InvalidParameterValue, "new bit must be 0 or 1")
			}
			dst[from+by] = dst[from+by]&^(1<<(n&7)) | byte(v)<<(n&7)
			return dst, nil
		}
	})
}

// utf8Only is for the functions that name an encoding: all text is UTF-8 here.
func (in *Input) utf8Only(row int, name []byte) error {
	if n := strings.ToLower(strings.ReplaceAll(string(name), "-", "")); n == "utf8" || n == "unicode" {
		return nil
	}
	return in.fault(row, sqlerr.InvalidParameterValue, "invalid encoding name").WithHint("Text is UTF8.")
}

var bytesFunctions = []Function{
	textFunction("overlay", "With a part replaced, from a position on: as many characters as the new part has, or so many.", "overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4)", "Thomas",
		overlay(types.Text, 3), overlay(types.Text, 4), overlay(types.Bytes, 3), overlay(types.Bytes, 4)),
	bytesFunction("sha224", "The SHA-224 hash of bytes.", "length(sha224('abc'))", "28", bytesTo(types.Bytes, func(dst, s []byte) []byte { h := sha256.Sum224(s); return append(dst, h[:]...) })),
	bytesFunction("sha384", "The SHA-384 hash of bytes.", "length(sha384('abc'))", "48", bytesTo(types.Bytes, func(dst, s []byte) []byte { h := sha512.Sum384(s); return append(dst, h[:]...) })),
	bytesFunction("sha512", "The SHA-512 hash of bytes.", "length(sha512('abc'))", "64", bytesTo(types.Bytes, func(dst, s []byte) []byte { h := sha512.Sum512(s); return append(dst, h[:]...) })),
	bytesFunction("get_byte", "A byte by its position, from 0.", "get_byte('abc'::BYTEA, 1)", "98", byteAt(false)),
	bytesFunction("get_bit", "A bit by its position, from 0 for the lowest of the first byte.", "get_bit('a'::BYTEA, 0)", "1", byteAt(true)),
	bytesFunction("set_byte", "With the byte at a position, from 0, replaced.", "set_byte('abc'::BYTEA, 1, 65)", "\\x614163", setByte(false)),
	bytesFunction("set_bit", "With the bit at a position replaced.", "set_bit('a'::BYTEA, 1, 1)", "\\x63", setByte(true)),
	bytesFunction("bit_count", "How many bits are set.", "bit_count('abc'::BYTEA)", "10",
		Overload{Args: []types.Kind{types.Bytes}, Result: types.Int64, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
			x := in.text(0)
			return fixedRows(in, 8, func(i int) (int64, error) {
				n := 0
				for _, b := range x.at(i) {
					n += bits.OnesCount8(b)
				}
				return int64(n), nil
			})
		}}),
	bytesFunction("convert_from", "Bytes in an encoding, which must be UTF8, as text.", "convert_from('\\x61'::BYTEA, 'UTF8')", "a",
		textTo([]types.Kind{types.Bytes, types.Text}, func(in *Input) func([]byte, int) ([]byte, error) {
			x, name := in.text(0), in.text(1)
			return func(dst []byte, i int) ([]byte, error) {
				if err := in.utf8Only(i, name.at(i)); err != nil {
					return dst, err
				}
				if !utf8.Valid(x.at(i)) || bytes.IndexByte(x.at(i), 0) >= 0 {
					return dst, in.fault(i, sqlerr.InvalidCharacter, "invalid byte sequence for encoding \"UTF8\"")
				}
				return append(dst, x.at(i)...), nil
			}
		})),
	bytesFunction("convert_to", "Text as bytes in an encoding, which must be UTF8.", "convert_to('a', 'UTF8')", "\\x61",
		bytesRows([]types.Kind{types.Text, types.Text}, func(in *Input) func([]byte, int) ([]byte, error) {
			x, name := in.text(0), in.text(1)
			return func(dst []byte, i int) ([]byte, error) {
				return append(dst, x.at(i)...), in.utf8Only(i, name.at(i))
			}
		})),
}
