package console

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
	"millrace/formats"
	"millrace/formats/csv"
	"millrace/formats/json"
	"millrace/sqlerr"
	"millrace/types"
)

// Formats that are ours; json and csv are those of records.
const (
	table     = "table"
	changelog = "changelog"
)

// Printer prints batches of one schema. For one goroutine.
type Printer struct {
	out    io.Writer
	format string
	schema types.Schema
	ops    bool            // rows may be changes: a table says which
	enc    formats.Encoder // json, csv

	widths []int // of a table's columns, in characters; nil: there is no header yet
	header bool  // the header of csv has been printed
	rows   int64
	buf    []byte
	cells  []byte // the texts of a batch, one behind the other
	ends   []int
}

// NewPrinter makes a printer of a format: table, changelog, json or csv.
func NewPrinter(out io.Writer, format string, schema types.Schema) (*Printer, error) {
	p := &Printer{out: out, format: format, schema: schema}
	var err error
	switch format {
	case table, changelog:
	case "json":
		p.enc, err = json.New().NewEncoder(schema, nil)
	case "csv":
		p.enc, err = csv.New().NewEncoder(schema, nil)
	default:
		err = sqlerr.New(sqlerr.InvalidParameterValue, 0, "rows cannot be printed as %q", format).
			WithHint("Use 'table', 'changelog', 'json' or 'csv'.")
	}
	return p, err
}

// Write prints the rows of a batch, in one write.
func (p *Printer) Write(b *flow.Batch) error {
	p.buf = p.buf[:0]
	p.rows += int64(b.Len())
	switch {
	case p.enc != nil:
		if err := p.records(b); err != nil {
			return err
		}
	case p.format == changelog:
		p.changes(b)
	default:
		p.table(b)
	}
	return p.flush()
}

// Close prints what stands below the rows.
func (p *Printer) Close() error {
	p.buf = p.buf[:0]
	switch p.format {
	case "csv":
		p.csvHeader()
	case table:
		if p.widths == nil {
			p.begin()
		}
		unit := "rows"
		if p.rows == 1 {
			unit = "row"
		}
		p.buf = fmt.Appendf(p.buf, "(%d %s)\n", p.rows, unit)
	}
	return p.flush()
}

func (p *Printer) flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	if _, err := p.out.Write(p.buf); err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot print: %v", err).Because(err)
	}
	return nil
}

func (p *Printer) csvHeader() {
	if p.header {
		return
	}
	p.header = true
	s := csv.Syntax{Delimiter: ',', Quote: '"'}
	p.buf = append(s.AppendHeader(p.buf, p.schema.Names()), '\n')
}

// records prints rows as records of a format, a line each.
func (p *Printer) records(b *flow.Batch) error {
	if slices.ContainsFunc(b.Ops, func(op flow.Op) bool { return op != flow.Insert }) {
		return sqlerr.Unsupported(0, "printing changes as "+p.format, "Print them as 'table' or 'changelog'.")
	}
	if p.format == "csv" {
		p.csvHeader()
	}
	lines, ends, err := p.enc.Encode(b.Rec, p.cells[:0])
	if err != nil {
		return err
	}
	p.cells = lines
	from := 0
	for _, end := range ends {
		p.buf = append(append(p.buf, lines[from:end]...), '\n')
		from = end
	}
	return nil
}

func opOf(b *flow.Batch, row int) flow.Op {
	if b.Ops == nil {
		return flow.Insert
	}
	return b.Ops[row]
}

// changes prints rows as +I[1, x].
func (p *Printer) changes(b *flow.Batch) {
	for row := range b.Len() {
		p.buf = append(append(p.buf, opOf(b, row).String()...), '[')
		for i, c := range p.schema {
			if i > 0 {
				p.buf = append(p.buf, ", "...)
			}
			if null(b.Rec.Column(i), row, c.Type) {
				p.buf = append(p.buf, "NULL"...)
			} else {
				p.buf = appendShown(p.buf, types.AppendText(p.cells[:0], b.Rec.Column(i), row, c.Type))
			}
		}
		p.buf = append(p.buf, "]\n"...)
	}
}

func null(a arrow.Array, row int, t types.Type) bool { return t.Kind == types.Unknown || a.IsNull(row) }

// table prints rows in columns as psql does. Columns are as wide as the first batch needs, and grow when they must.
func (p *Printer) table(b *flow.Batch) {
	p.cells, p.ends = p.cells[:0], p.ends[:0]
	widths := p.widths
	if widths == nil {
		widths = p.headings()
	}
	var text []byte
	for row := range b.Len() {
		for i, c := range p.schema {
			from := len(p.cells)
			if !null(b.Rec.Column(i), row, c.Type) {
				text = types.AppendText(text[:0], b.Rec.Column(i), row, c.Type)
				p.cells = appendShown(p.cells, text)
			}
			p.ends = append(p.ends, len(p.cells))
			widths[i] = max(widths[i], utf8.RuneCount(p.cells[from:]))
		}
	}
	if p.widths == nil || b.Ops != nil && !p.ops { // the first rows, or the first that are changes
		p.widths, p.ops = widths, p.ops || b.Ops != nil
		p.begin()
	}
	cell, from := 0, 0
	for row := range b.Len() {
		if p.ops {
			p.buf = append(append(append(p.buf, ' '), opOf(b, row).String()...), " |"...)
		}
		for i, c := range p.schema {
			end := p.ends[cell]
			if i > 0 {
				p.buf = append(p.buf, '|')
			}
			p.buf = appendPadded(p.buf, p.cells[from:end], widths[i], c.Type.Numeric(), i == len(p.schema)-1)
			cell, from = cell+1, end
		}
		p.buf = append(p.buf, '\n')
	}
}

// headings is the widths that the names of the columns need.
func (p *Printer) headings() []int {
	widths := make([]int, len(p.schema))
	for i, c := range p.schema {
		widths[i] = utf8.RuneCountInString(c.Name)
	}
	return widths
}

// begin prints the names of the columns and a line below them.
func (p *Printer) begin() {
	if p.widths == nil {
		p.widths = p.headings()
	}
	if p.ops {
		p.buf = append(p.buf, " op |"...)
	}
	for i, c := range p.schema {
		if i > 0 {
			p.buf = append(p.buf, '|')
		}
		left := (p.widths[i] - utf8.RuneCountInString(c.Name)) / 2
		p.buf = appendSpaces(p.buf, left)
		p.buf = appendPadded(p.buf, appendShown(nil, []byte(c.Name)), p.widths[i]-left, false, false)
	}
	p.buf = append(p.buf, '\n')
	if p.ops {
		p.buf = append(p.buf, "----+"...)
	}
	for i, w := range p.widths {
		if i > 0 {
			p.buf = append(p.buf, '+')
		}
		for range w + 2 {
			p.buf = append(p.buf, '-')
		}
	}
	p.buf = append(p.buf, '\n')
}

// appendPadded appends a cell with a space on each side; text that is last in its line gets none behind it.
func appendPadded(buf, text []byte, width int, right, last bool) []byte {
	fill := width - utf8.RuneCount(text)
	buf = append(buf, ' ')
	if right {
		buf = appendSpaces(buf, fill)
	}
	buf = append(buf, text...)
	if last {
		return buf
	}
	if !right {
		buf = appendSpaces(buf, fill)
	}
	return append(buf, ' ')
}

func appendSpaces(buf []byte, n int) []byte {
	for range n {
		buf = append(buf, ' ')
	}
	return buf
}

// appendShown appends text for a terminal: control characters, which could move its cursor, as escapes.
func appendShown(buf, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r < ' ' || r >= 0x7F && r < 0xA0 || r == utf8.RuneError && size == 1 {
			quoted := strconv.AppendQuote(nil, string(text[:size]))
			buf = append(buf, quoted[1:len(quoted)-1]...)
		} else {
			buf = append(buf, text[:size]...)
		}
		text = text[size:]
	}
	return buf
}
