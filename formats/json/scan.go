package json

import (
	"bytes"
	"math/bits"
	"unicode/utf8"
)

// depthMax is the deepest nesting that a record may have, the record's own object included.
const depthMax = 512

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// space returns the place of the first byte from i on that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// nonDigits has the top bit set in each byte of x that is no decimal digit.
func nonDigits(x uint64) uint64 {
	return ((x + 0x46*ones) | (x - 0x30*ones)) & highs
}

// digits returns the place of the first byte from i on that is no digit. Eight bytes at a time.
//
// nonDigits may also flag a digit behind a byte that is none (the subtraction borrows), never one before it.
func digits(b []byte, i int) int {
	for i+8 <= len(b) {
		if m := nonDigits(load8(b[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// number returns the end of the number that starts at i, or -1 where there is none as JSON writes it.
// whole tells that it has neither fraction nor exponent.
func number(b []byte, i int) (end int, whole bool) {
	if i < len(b) && b[i] == '-' {
		i++
	}
	end = digits(b, i)
	if end == i || b[i] == '0' && end > i+1 {
		return -1, false
	}
	if end == len(b) || b[end] != '.' && b[end]|0x20 != 'e' {
		return end, true
	}
	if b[end] == '.' {
		i = end + 1
		if end = digits(b, i); end == i {
			return -1, false
		}
	}
	if end < len(b) && b[end]|0x20 == 'e' {
		i = end + 1
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if end = digits(b, i); end == i {
			return -1, false
		}
	}
	return end, false
}

// closing returns the place of the quote that ends the string whose content starts at i, or -1. It looks at nothing
// else than where the string ends.
func closing(b []byte, i int) int {
	start := i
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		if i == start || b[i-1] != '\\' {
			return i
		}
		slashes := 1
		for i-1-slashes >= start && b[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes&1 == 0 {
			return i
		}
		i++
	}
}

// plain reports whether s is ASCII with neither control characters nor backslashes: the same in JSON and in memory.
func plain(s []byte) bool {
	var odd uint64
	for ; len(s) >= 32; s = s[32:] {
		odd |= oddities(load8(s)) | oddities(load8(s[8:])) | oddities(load8(s[16:])) | oddities(load8(s[24:]))
	}
	for ; len(s) >= 8; s = s[8:] {
		odd |= oddities(load8(s))
	}
	for _, c := range s {
		if c < 0x20 || c >= 0x80 || c == '\\' {
			return false
		}
	}
	return odd&highs == 0
}

// oddities has top bits set if there is a byte in x that is not plain. A borrow only ever comes from such a byte.
func oddities(x uint64) uint64 { return x | (x - 0x20*ones) | ((x ^ '\\'*ones) - ones) }

// skip returns the end of the value that starts at i, or -1 having said what is wrong with it. strict also checks
// what strings hold; else only their ends are looked for.
func (d *decoder) skip(b []byte, i int, strict bool) int {
	var (
		objects [depthMax / 64]uint64 // one bit a level: an object, else an array
		level   = -1                  // of the innermost open container
	)
	for {
		if i >= len(b) {
			return d.syntax(b, i, "a value")
		}
		switch c := b[i]; c {
		case '"':
			if i = d.skipString(b, i, strict); i < 0 {
				return i
			}
		case '{', '[':
			level++
			if d.depth+level >= depthMax {
				return d.tooDeep()
			}
			i = space(b, i+1)
			if i < len(b) && b[i] == c+2 { // } or ]
				level--
				i++
				break
			}
			objects[level>>6] &^= 1 << (level & 63)
			if c == '{' {
				objects[level>>6] |= 1 << (level & 63)
				if i = d.skipKey(b, i, strict); i < 0 {
					return i
				}
			}
			continue
		case 't', 'f', 'n':
			if i = d.word(b, i); i < 0 {
				return i
			}
		default:
			end, _ := number(b, i)
			if end < 0 {
				return d.syntax(b, i, "a value")
			}
			i = end
		}
		// A value has ended: close what ends here, then go on to the next value.
		for {
			if level < 0 {
				return i
			}
			i = space(b, i)
			object := objects[level>>6]>>(level&63)&1 == 1
			if i >= len(b) {
				return d.syntax(b, i, "a comma or the end of an object or array")
			}
			if b[i] == ',' {
				i = space(b, i+1)
				if object {
					if i = d.skipKey(b, i, strict); i < 0 {
						return i
					}
				}
				break
			}
			if b[i] != '}' && object || b[i] != ']' && !object {
				return d.syntax(b, i, "a comma or the end of an object or array")
			}
			level--
			i++
		}
	}
}

// skipKey skips a key and its colon and returns where its value starts, or -1.
func (d *decoder) skipKey(b []byte, i int, strict bool) int {
	if i >= len(b) || b[i] != '"' {
		return d.syntax(b, i, "a key in quotes")
	}
	if i = d.skipString(b, i, strict); i < 0 {
		return i
	}
	i = space(b, i)
	if i >= len(b) || b[i] != ':' {
		return d.syntax(b, i, "a colon")
	}
	return space(b, i+1)
}

// skipString returns the place behind the string whose opening quote is at i, or -1.
func (d *decoder) skipString(b []byte, i int, strict bool) int {
	if strict {
		_, end := d.str(b, i)
		return end
	}
	end := closing(b, i+1)
	if end < 0 {
		return d.syntax(b, len(b), "a closing quote")
	}
	return end + 1
}

// word returns the end of true, false or null at i, or -1.
func (d *decoder) word(b []byte, i int) int {
	w := "null"
	switch b[i] {
	case 't':
		w = "true"
	case 'f':
		w = "false"
	}
	if len(b)-i < len(w) || string(b[i:i+len(w)]) != w {
		return d.syntax(b, i, "a value")
	}
	return i + len(w)
}

// str returns the content of the string whose opening quote is at i, and the place behind its closing quote; -1 where
// it is not a string as JSON has it or not valid UTF-8. The content is part of b, or of d.scratch until the next call.
func (d *decoder) str(b []byte, i int) ([]byte, int) {
	i++
	n := bytes.IndexByte(b[i:], '"')
	if n < 0 {
		return nil, d.syntax(b, len(b), "a closing quote")
	}
	if s := b[i : i+n]; plain(s) {
		return s, i + n + 1
	}
	end := closing(b, i)
	if end < 0 {
		return nil, d.syntax(b, len(b), "a closing quote")
	}
	s := b[i:end]
	if !utf8.Valid(s) {
		return nil, d.reject("%s is not valid UTF-8", quote(s))
	}
	for k, c := range s {
		if c < 0x20 {
			return nil, d.reject("%s has a control character (byte %d) that is not escaped", quote(s), i+k)
		}
	}
	if bytes.IndexByte(s, '\\') < 0 {
		return s, end + 1
	}
	if s = d.unescape(s); s == nil {
		return nil, -1
	}
	return s, end + 1
}

// unescape resolves the escapes of a string's content, into d.scratch. nil: one of them is none.
func (d *decoder) unescape(s []byte) []byte {
	out := d.scratch[:0]
	for {
		k := bytes.IndexByte(s, '\\')
		if k < 0 {
			break
		}
		out = append(out, s[:k]...)
		s = s[k:] // at least two bytes: the quote that ends the string is not escaped
		switch c := s[1]; c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, n := escaped(s)
			if n == 0 {
				d.reject("%s is not the escape of a character", quote(s[:min(len(s), 6)]))
				return nil
			}
			out = utf8.AppendRune(out, r)
			s = s[n:]
			continue
		default:
			d.reject("%s is not the escape of a character", quote(s[:2]))
			return nil
		}
		s = s[2:]
	}
	d.scratch = append(out, s...)
	return d.scratch
}

// escaped reads \uXXXX, or two of them that make a surrogate pair, and returns the character and the bytes read; 0
// where s does not start with one. Half a pair is no character.
func escaped(s []byte) (rune, int) {
	r := hex4(s)
	switch {
	case r < 0, r >= 0xDC00 && r < 0xE000:
		return 0, 0
	case r < 0xD800 || r >= 0xE000:
		return r, 6
	}
	low := hex4(s[6:])
	if low < 0xDC00 || low >= 0xE000 {
		return 0, 0
	}
	return (r-0xD800)<<10 + (low - 0xDC00) + 0x10000, 12
}

// hex4 is the number in \uXXXX at the start of s, or -1.
func hex4(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range s[2:6] {
		v := unhex(c)
		if v < 0 {
			return -1
		}
		r = r<<4 | rune(v)
	}
	return r
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
