package printer

import (
	"strconv"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// cells measures text as terminals do, whatever the locale: what is of ambiguous width is narrow.
var cells = func() *runewidth.Condition {
	c := runewidth.NewCondition()
	c.EastAsianWidth = false
	return c
}()

// Width is how many columns of a terminal a line of text takes. Plain ASCII is one byte a column.
func Width(text []byte) int {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return cells.StringWidth(string(text))
		}
	}
	return len(text)
}

// Cut is the part of a line that takes at most so many columns.
func Cut(text []byte, columns int) []byte {
	if Width(text) <= columns {
		return text
	}
	return []byte(cells.Truncate(string(text), columns, ""))
}

// AppendLine appends text for one line of a terminal: control characters, which could move its cursor, as escapes.
func AppendLine(buf, text []byte) []byte { return appendSafe(buf, text, false) }

// appendShown does, and leaves the ends of lines.
func appendShown(buf, text []byte) []byte { return appendSafe(buf, text, true) }

func appendSafe(buf, text []byte, lines bool) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n' && lines:
			buf = append(buf, '\n')
		case r < ' ' || r >= 0x7F && r < 0xA0 || r == utf8.RuneError && size == 1:
			quoted := strconv.AppendQuote(nil, string(text[:size]))
			buf = append(buf, quoted[1:len(quoted)-1]...)
		default:
			buf = append(buf, text[:size]...)
		}
		text = text[size:]
	}
	return buf
}
