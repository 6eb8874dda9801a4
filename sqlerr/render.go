package sqlerr

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Render prints err for a terminal: the message, the line of text it is about with a caret under the place, and
// the hint. file is named when it is not empty.
//
//	error: column "prices" does not exist -- 42703, job.sql line 3, column 21
//	  3 | SELECT auction, max(prices) FROM bids
//	    |                     ^
//	hint: Did you mean "price"?
func Render(err error, text, file string) string {
	var e *Error
	if !errors.As(err, &e) {
		return "error: " + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "error: %s", err.Error())
	if e.Code != "" {
		fmt.Fprintf(&b, " -- %s", e.Code)
	}
	if off, ok := e.Pos.Offset(); ok && off <= len(text) {
		line, col, content := locate(text, off)
		b.WriteString(", ")
		if file != "" {
			b.WriteString(file + " ")
		}
		fmt.Fprintf(&b, "line %d, column %d\n", line, col)
		num := fmt.Sprintf("%3d", line)
		fmt.Fprintf(&b, "%s | %s\n", num, strings.ReplaceAll(content, "\t", " "))
		fmt.Fprintf(&b, "%s | %s^", strings.Repeat(" ", len(num)), strings.Repeat(" ", col-1))
	}
	if e.Detail != "" {
		b.WriteString("\ndetail: " + e.Detail)
	}
	if e.Where != "" {
		b.WriteString("\nin: " + e.Where)
	}
	if e.Hint != "" {
		b.WriteString("\nhint: " + e.Hint)
	}
	return b.String()
}

// locate returns the line and column of a byte offset, both from 1 and the column in characters, and the line itself.
func locate(text string, off int) (line, col int, content string) {
	start := strings.LastIndexByte(text[:off], '\n') + 1
	end := strings.IndexByte(text[off:], '\n')
	if end < 0 {
		end = len(text)
	} else {
		end += off
	}
	return strings.Count(text[:off], "\n") + 1, utf8.RuneCountInString(text[start:off]) + 1, strings.TrimRight(text[start:end], "\r")
}

// Line returns the line and column, both from 1, of a place in text; 0, 0 where there is none.
func Line(text string, pos Pos) (line, col int) {
	off, ok := pos.Offset()
	if !ok || off > len(text) {
		return 0, 0
	}
	line, col, _ = locate(text, off)
	return line, col
}
