// Package printer prints rows for people and programs: what connector 'print' and the command line show.
//
// Formats: 'table', columns side by side under one header, or one below the other (expanded); 'changelog', a row a line
// behind what it does, as in +I[1, x]; 'json', an object a line; 'csv', with a header. The last two have no place for
// changes and take queries that only add rows.
package printer

import (
	"fmt"
	"io"
	"slices"

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
	Table     = "table"
	Changelog = "changelog"
)

// Options say how rows are printed.
type Options struct {
	Format   string
	Changes  bool            // rows may be changes: a table says which from the first line on
	Null     string          // what stands for NULL in a table
	Expanded Expanded        // a table's columns one below the other
	Width    int             // columns of the screen, for Auto; 0: any number
	Encoder  formats.Encoder // of json and csv; nil: one with the default options
}

// Expanded says when the columns of a table stand one below the other.
type Expanded int

const (
	Off  Expanded = iota
	On            // always
	Auto          // where the first rows are wider than the screen
)

// Printer prints batches of one schema. For one goroutine.
type Printer struct {
	Options
	out    io.Writer
	schema types.Schema

	widths []int // of a table's columns; nil: there is no header yet
	names  int   // expanded: the widest name
	header bool  // the header of csv has been printed
	rows   int64
	buf    []byte
	text   []byte
	cells  []byte // the texts of a batch, one behind the other
	ends   []int
}

// New makes a printer.
func New(out io.Writer, o Options, schema types.Schema) (*Printer, error) {
	p := &Printer{Options: o, out: out, schema: schema}
	var err error
	switch o.Format {
	case Table, Changelog:
	case "json":
		if p.Encoder == nil {
			p.Encoder, err = json.New().NewEncoder(schema, nil)
		}
	case "csv":
		if p.Encoder == nil {
			p.Encoder, err = csv.New().NewEncoder(schema, nil)
		}
	default:
		err = sqlerr.New(sqlerr.InvalidParameterValue, 0, "rows cannot be printed as %q", o.Format).
			WithHint("Use 'table', 'changelog', 'json' or 'csv'.")
	}
	return p, err
}

// Rows is how many have been printed.
func (p *Printer) Rows() int64 { return p.rows }

// Write prints the rows of a batch, in one write.
func (p *Printer) Write(b *flow.Batch) error {
	p.buf = p.buf[:0]
	switch {
	case p.Encoder != nil:
		if err := p.records(b); err != nil {
			return err
		}
	case p.Format == Changelog:
		p.changes(b)
	default:
		p.table(b)
	}
	p.rows += int64(b.Len())
	return p.flush()
}

// Close prints what stands below the rows.
func (p *Printer) Close() error {
	p.buf = p.buf[:0]
	switch p.Format {
	case "csv":
		p.csvHeader()
	case Table:
		if p.widths == nil && p.Expanded != On {
			p.begin()
		}
		if p.rows == 0 || p.Expanded != On {
			p.buf = fmt.Appendf(p.buf, "(%s)\n", CountRows(p.rows))
		}
	}
	return p.flush()
}

// CountRows is "1 row", "2 rows".
func CountRows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
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
		return sqlerr.Unsupported(0, "printing changes as "+p.Format, "Print them as 'table' or 'changelog'.")
	}
	if p.Format == "csv" {
		p.csvHeader()
	}
	lines, ends, err := p.Encoder.Encode(b.Rec, p.cells[:0])
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
				p.text = types.AppendText(p.text[:0], b.Rec.Column(i), row, c.Type)
				p.buf = AppendLine(p.buf, p.text)
			}
		}
		p.buf = append(p.buf, "]\n"...)
	}
}

func null(a arrow.Array, row int, t types.Type) bool { return t.Kind == types.Unknown || a.IsNull(row) }
