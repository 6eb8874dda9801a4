package tpch

import (
	"bufio"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

// csvWriter writes rows as PostgreSQL's COPY … (FORMAT csv) reads them. Texts are quoted; none has a quote in it.
type csvWriter struct {
	w      *bufio.Writer
	schema types.Schema
	buf    []byte
}

// CSV makes a writer of CSV without a header.
func CSV(w *bufio.Writer, s types.Schema) (Writer, error) { return &csvWriter{w: w, schema: s}, nil }

func (c *csvWriter) Write(rec arrow.RecordBatch) error {
	buf := c.buf[:0]
	for row := range int(rec.NumRows()) {
		for i, col := range c.schema {
			if i > 0 {
				buf = append(buf, ',')
			}
			if col.Type.Kind == types.Text {
				buf = append(buf, '"')
				buf = types.AppendText(buf, rec.Column(i), row, col.Type)
				buf = append(buf, '"')
			} else {
				buf = types.AppendText(buf, rec.Column(i), row, col.Type)
			}
		}
		buf = append(buf, '\n')
	}
	c.buf = buf
	_, err := c.w.Write(buf)
	return err
}

func (c *csvWriter) Close() error { return nil }
