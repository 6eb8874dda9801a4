package csv

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// encoder writes rows as lines, without the line end.
type encoder struct {
	have   types.Schema
	syntax Syntax
	ends   []int
	text   []byte
}

// Encode appends the rows of rec.
func (e *encoder) Encode(rec arrow.RecordBatch, buf []byte) ([]byte, []int, error) {
	e.ends = e.ends[:0]
	for row := range int(rec.NumRows()) {
		for i, c := range e.have {
			if i > 0 {
				buf = append(buf, e.syntax.Delimiter)
			}
			a := rec.Column(i)
			if c.Type.Kind == types.Unknown || a.IsNull(row) {
				buf = append(buf, e.syntax.Null...)
				continue
			}
			switch c.Type.Kind {
			case types.Array, types.Map, types.Row:
				e.text = types.AppendJSON(e.text[:0], a, row, c.Type)
			default:
				e.text = types.AppendText(e.text[:0], a, row, c.Type)
			}
			if e.syntax.Quote == 0 && e.syntax.needsQuotes(e.text) {
				return nil, nil, sqlerr.New(sqlerr.InvalidText, 0, "column %q: %s cannot be written without quotes", c.Name, quote(e.text)).
					WithHint("Take out csv.quote = '', or choose another csv.delimiter or csv.null.")
			}
			buf = e.syntax.AppendField(buf, e.text)
		}
		e.ends = append(e.ends, len(buf))
	}
	return buf, e.ends, nil
}

// needsQuotes reports whether a field would be read as something else without quotes.
func (s Syntax) needsQuotes(field []byte) bool {
	if string(field) == s.Null || bytes.IndexByte(field, s.Delimiter) >= 0 {
		return true
	}
	if bytes.IndexByte(field, '\n') >= 0 || bytes.IndexByte(field, '\r') >= 0 {
		return true
	}
	return s.Quote != 0 && bytes.IndexByte(field, s.Quote) >= 0
}

// AppendField appends a field, in quotes where it needs them. A syntax without quotes has nothing to write them with.
func (s Syntax) AppendField(buf, field []byte) []byte {
	if s.Quote == 0 || !s.needsQuotes(field) {
		return append(buf, field...)
	}
	buf = append(buf, s.Quote)
	for {
		n := bytes.IndexByte(field, s.Quote)
		if n < 0 {
			return append(append(buf, field...), s.Quote)
		}
		buf = append(append(buf, field[:n+1]...), s.Quote)
		field = field[n+1:]
	}
}
