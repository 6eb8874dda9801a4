package types

import (
	"strings"

	"millrace/sqlerr"
)

// Item is an element of an array that is written as text.
type Item struct {
	Text string // of an element that is an array itself, its braces too
	Null bool
}

// SplitArray reads the text of an array, {a,"b c",NULL}, and appends its elements to items. Those of an array of arrays
// keep their braces. It fails with 22P02.
func SplitArray(items []Item, s string, nested bool) ([]Item, error) {
	r := arrayReader{rest: trim(s), nested: nested}
	if !r.skip('{') {
		return items, badArray(s, "Array value must start with \"{\".")
	}
	r.rest = trimLeft(r.rest)
	if r.skip('}') {
		if trim(r.rest) != "" {
			return items, badArray(s, "Junk after closing right brace.")
		}
		return items, nil
	}
	for {
		item, ok := r.item()
		if !ok {
			return items, badArray(s, "An element is not closed, empty, or of another dimension.")
		}
		items = append(items, item)
		r.rest = trimLeft(r.rest)
		if r.skip(',') {
			continue
		}
		if !r.skip('}') || r.rest != "" {
			return items, badArray(s, "Expected a comma or a right brace.")
		}
		return items, nil
	}
}

func badArray(s, detail string) error {
	return sqlerr.New(sqlerr.InvalidText, 0, "malformed array literal: %q", s).WithDetail("%s", detail).WithHint("An array is written as '{a,b}'.")
}

func trimLeft(s string) string { return strings.TrimLeft(s, " \t\n\v\f\r") }

type arrayReader struct {
	rest   string
	nested bool
}

func (r *arrayReader) skip(c byte) bool {
	if r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *arrayReader) item() (Item, bool) {
	r.rest = trimLeft(r.rest)
	switch {
	case r.nested:
		return r.inner()
	case r.skip('"'):
		return r.quoted()
	}
	return r.bare()
}

// inner is an element in braces, as it stands.
func (r *arrayReader) inner() (Item, bool) {
	if r.rest == "" || r.rest[0] != '{' {
		return Item{}, false
	}
	depth, quoted := 0, false
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				item := Item{Text: r.rest[:i+1]}
				r.rest = r.rest[i+1:]
				return item, true
			}
		}
	}
	return Item{}, false
}

// quoted is an element in quotes, the first of which is read.
func (r *arrayReader) quoted() (Item, bool) {
	var b strings.Builder
	for i := 0; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			r.rest = r.rest[i+1:]
			return Item{Text: b.String()}, true
		case c == '\\' && i+1 < len(r.rest):
			i++
			b.WriteByte(r.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return Item{}, false
}

// bare is an element without quotes: up to a comma or brace, without the space around it.
func (r *arrayReader) bare() (Item, bool) {
	var b strings.Builder
	escaped, i, keep := false, 0, 0
loop:
	for ; i < len(r.rest); i++ {
		switch c := r.rest[i]; c {
		case '\\':
			if i+1 == len(r.rest) {
				return Item{}, false
			}
			i++
			escaped = true
			b.WriteByte(r.rest[i])
			keep = b.Len()
		case '"', '{':
			return Item{}, false
		case ',', '}':
			break loop
		default:
			b.WriteByte(c)
			if !strings.ContainsRune(" \t\n\v\f\r", rune(c)) {
				keep = b.Len()
			}
		}
	}
	r.rest = r.rest[i:]
	text := b.String()[:keep]
	if !escaped && strings.EqualFold(text, "null") {
		return Item{Null: true}, true
	}
	return Item{Text: text}, text != "" || escaped
}
