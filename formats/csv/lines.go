package csv

import (
	"bytes"

	"millrace/formats"
)

// Lines is how records stand in a file: a line end inside quotes does not end one.
func (format) Lines(opts map[string]string) (formats.Lines, error) { return SyntaxOf(opts) }

// End is the length of the first record of b with its line end; 0 where b does not hold all of it.
func (s Syntax) End(b []byte) int {
	line := bytes.IndexByte(b, '\n') + 1
	if line == 0 || s.Quote == 0 || bytes.IndexByte(b[:line], s.Quote) < 0 {
		return line
	}
	for at := 0; ; { // the start of a field
		if b[at] == s.Quote {
			if at = s.closing(b, at); at < 0 {
				return 0
			}
		}
		for at < len(b) && b[at] != s.Delimiter && b[at] != '\n' {
			at++
		}
		if at == len(b) {
			return 0
		}
		if at++; b[at-1] == '\n' {
			return at
		}
		if at == len(b) {
			return 0
		}
	}
}

// closing returns the place behind the quote that closes the one at i, or -1. A doubled quote is part of the field.
func (s Syntax) closing(b []byte, i int) int {
	for i++; ; i++ {
		n := bytes.IndexByte(b[i:], s.Quote)
		if n < 0 {
			return -1
		}
		if i += n + 1; i == len(b) || b[i] != s.Quote {
			return i
		}
	}
}

// Names is the fields of a record, as text.
func (s Syntax) Names(record []byte) ([]string, error) {
	record = bytes.TrimSuffix(bytes.TrimSuffix(record, []byte("\n")), []byte("\r"))
	var out []string
	var scratch []byte
	for {
		field, _, rest, err := s.cut(record, &scratch)
		if err != nil {
			return nil, err
		}
		if out = append(out, string(field)); rest == nil {
			return out, nil
		}
		record = rest
	}
}

// AppendHeader is the inverse of Names, without a line end.
func (s Syntax) AppendHeader(buf []byte, names []string) []byte {
	for i, name := range names {
		if i > 0 {
			buf = append(buf, s.Delimiter)
		}
		buf = s.AppendField(buf, []byte(name))
	}
	return buf
}
