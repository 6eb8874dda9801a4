package printer

import (
	"bytes"
	"fmt"

	"millrace/flow"
	"millrace/types"
)

// table prints rows in columns as psql does. Columns are as wide as the first batch needs, and grow when they must.
func (p *Printer) table(b *flow.Batch) {
	first := p.widths == nil
	if first {
		p.widths = p.headings()
	}
	p.measure(b)
	if first && p.Expanded == Auto {
		p.Expanded = Off
		if p.Width > 0 && p.lineWidth() > p.Width {
			p.Expanded = On
		}
	}
	changes := b.Ops != nil && !p.Changes // the first that are changes
	p.Changes = p.Changes || changes
	if p.Expanded == On {
		p.expanded(b)
		return
	}
	if first || changes {
		p.begin()
	}
	cell := 0
	for row := range b.Len() {
		p.row(b, row, cell)
		cell += len(p.schema)
	}
}

// measure makes the texts of a batch and widens the columns for them.
func (p *Printer) measure(b *flow.Batch) {
	p.cells, p.ends = p.cells[:0], p.ends[:0]
	for row := range b.Len() {
		for i, c := range p.schema {
			from := len(p.cells)
			if null(b.Rec.Column(i), row, c.Type) {
				p.cells = append(p.cells, p.Null...)
			} else {
				p.text = types.AppendText(p.text[:0], b.Rec.Column(i), row, c.Type)
				p.cells = appendShown(p.cells, p.text)
			}
			p.ends = append(p.ends, len(p.cells))
			p.widths[i] = max(p.widths[i], widest(p.cells[from:]))
		}
	}
}

// widest is the width of the widest line of a text.
func widest(text []byte) int {
	w := 0
	for {
		line, rest, more := bytes.Cut(text, newline)
		w = max(w, Width(line))
		if !more {
			return w
		}
		text = rest
	}
}

var newline = []byte{'\n'}

// lineWidth is how wide a row of the table is.
func (p *Printer) lineWidth() int {
	w := -1
	for _, c := range p.widths {
		w += c + 3
	}
	return w
}

// cell is the text of a cell of the batch.
func (p *Printer) cell(n int) []byte {
	from := 0
	if n > 0 {
		from = p.ends[n-1]
	}
	return p.cells[from:p.ends[n]]
}

// row prints a row whose first cell has the given number: a line, or several where values have several.
func (p *Printer) row(b *flow.Batch, row, cell int) {
	for line := 0; ; line++ {
		if p.Changes {
			if op := opOf(b, row).String(); line == 0 {
				p.buf = append(append(append(p.buf, ' '), op...), " |"...)
			} else {
				p.buf = append(p.buf, "    |"...)
			}
		}
		more := false
		for i, c := range p.schema {
			if i > 0 {
				p.buf = append(p.buf, '|')
			}
			text, goes := lineOf(p.cell(cell+i), line)
			more = more || goes
			p.buf = appendPadded(p.buf, text, p.widths[i], c.Type.Numeric(), i == len(p.schema)-1 && !goes)
			if goes { // as in psql, a plus says that the value goes on below
				p.buf[len(p.buf)-1] = '+'
			}
		}
		p.buf = append(p.buf, '\n')
		if !more {
			return
		}
	}
}

// lineOf is the n-th line of a text, and whether others follow.
func lineOf(text []byte, n int) (line []byte, more bool) {
	for {
		line, rest, more := bytes.Cut(text, newline)
		if n == 0 {
			return line, more
		}
		if !more {
			return nil, false
		}
		text, n = rest, n-1
	}
}

// headings is the widths that the names of the columns need.
func (p *Printer) headings() []int {
	widths := make([]int, len(p.schema))
	for i := range p.schema {
		widths[i] = Width(p.heading(i))
	}
	return widths
}

func (p *Printer) heading(i int) []byte { return AppendLine(nil, []byte(p.schema[i].Name)) }

// begin prints the names of the columns and a line below them.
func (p *Printer) begin() {
	if p.widths == nil {
		p.widths = p.headings()
	}
	if p.Changes {
		p.buf = append(p.buf, " op |"...)
	}
	for i := range p.schema {
		if i > 0 {
			p.buf = append(p.buf, '|')
		}
		name := p.heading(i)
		left := (p.widths[i] - Width(name)) / 2
		p.buf = appendSpaces(p.buf, left)
		p.buf = appendPadded(p.buf, name, p.widths[i]-left, false, false)
	}
	p.buf = append(p.buf, '\n')
	if p.Changes {
		p.buf = append(p.buf, "----+"...)
	}
	for i, w := range p.widths {
		if i > 0 {
			p.buf = append(p.buf, '+')
		}
		p.buf = appendRepeated(p.buf, '-', w+2)
	}
	p.buf = append(p.buf, '\n')
}

// expanded prints rows with their columns one below the other.
func (p *Printer) expanded(b *flow.Batch) {
	if p.names == 0 {
		for i := range p.schema {
			p.names = max(p.names, Width(p.heading(i)))
		}
	}
	values := 0
	for _, w := range p.widths {
		values = max(values, w)
	}
	line := p.names + 3 + values
	if p.Width > 0 {
		line = min(line, p.Width-1)
	}
	for row := range b.Len() {
		from := len(p.buf)
		p.buf = fmt.Appendf(p.buf, "-[ RECORD %d ]", p.rows+int64(row)+1)
		if p.Changes {
			p.buf = fmt.Appendf(p.buf, "-[ %s ]", opOf(b, row))
		}
		p.buf = append(appendRepeated(p.buf, '-', line-(len(p.buf)-from)), '\n')
		for i := range p.schema {
			name := p.heading(i)
			for n := 0; ; n++ {
				text, more := lineOf(p.cell(row*len(p.schema)+i), n)
				p.buf = append(appendSpaces(append(p.buf, name...), p.names-Width(name)), " | "...)
				p.buf = append(p.buf, text...)
				if more {
					p.buf = append(p.buf, '+')
				}
				p.buf = append(p.buf, '\n')
				if !more {
					break
				}
				name = nil
			}
		}
	}
}

// appendPadded appends a cell with a space on each side; text that is last in its line gets none behind it.
func appendPadded(buf, text []byte, width int, right, last bool) []byte {
	fill := width - Width(text)
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

func appendSpaces(buf []byte, n int) []byte { return appendRepeated(buf, ' ', n) }

func appendRepeated(buf []byte, c byte, n int) []byte {
	for range n {
		buf = append(buf, c)
	}
	return buf
}
