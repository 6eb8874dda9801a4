package expr

import (
	"bytes"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

// stringToArray cuts a text at a separator, or with NULL for one into characters.
func stringToArray(in *Input) (arrow.Array, error) {
	x, sep := in.text(0), in.text(1)
	hasX, hasSep := in.present(0), in.present(1)
	isNull := func(int, []byte) bool { return false }
	if len(in.args) > 2 {
		null, hasNull := in.text(2), in.present(2)
		isNull = func(i int, part []byte) bool { return hasNull.at(i) && bytes.Equal(part, null.at(i)) }
	}
	return in.textLists(func(i int, out *array.StringBuilder) (bool, error) {
		if !hasX.at(i) {
			return false, nil
		}
		s := x.at(i)
		for first := true; s != nil && (!first || len(s) > 0); first = false {
			var part []byte
			part, s = cutPart(s, sep.at(i), hasSep.at(i))
			if part == nil {
				break
			}
			if isNull(i, part) {
				out.AppendNull()
			} else {
				out.BinaryBuilder.Append(part)
			}
		}
		return true, nil
	})
}

// cutPart gives the first part of s and the rest, which is nil behind the last part; of an empty s to begin with there is
// none.
func cutPart(s, sep []byte, hasSep bool) (part, rest []byte) {
	switch {
	case !hasSep:
		if len(s) == 0 {
			return nil, nil
		}
		_, n := utf8.DecodeRune(s)
		return s[:n], s[n:]
	case len(sep) == 0:
		if len(s) == 0 {
			return nil, nil
		}
		return s, nil
	}
	if at := bytes.Index(s, sep); at >= 0 {
		return s[:at:at], s[at+len(sep):]
	}
	return s, nil
}

// arrayToString is the elements of an array, those of arrays in it too, with a separator between them.
func arrayToString(in *Input) (arrow.Array, error) {
	l, sep, hasSep := in.list(0), in.text(1), in.present(1)
	elem := in.call.elementType(0)
	null := func(int) ([]byte, bool) { return nil, false }
	if len(in.args) > 2 {
		text, has := in.text(2), in.present(2)
		null = func(i int) ([]byte, bool) { return text.at(i), has.at(i) }
	}
	return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
		if !l.has.at(i) || !hasSep.at(i) {
			return dst, false, nil
		}
		forNull, shown := null(i)
		first := true
		var walk func(elems arrow.Array, from, to int, t types.Type)
		walk = func(elems arrow.Array, from, to int, t types.Type) {
			for k := from; k < to; k++ {
				if t.Kind == types.Array && elems.IsValid(k) {
					inner := elems.(*array.List)
					start, end := inner.ValueOffsets(k)
					walk(inner.ListValues(), int(start), int(end), *t.Elem)
					continue
				}
				if elems.IsNull(k) && !shown {
					continue
				}
				if !first {
					dst = append(dst, sep.at(i)...)
				}
				first = false
				if elems.IsNull(k) {
					dst = append(dst, forNull...)
				} else {
					dst = appendOutput(dst, elems, k, t)
				}
			}
		}
		from, to := l.span(i)
		walk(l.elems, from, to, elem)
		return dst, true, nil
	})
}
