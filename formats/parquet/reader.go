package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"

	"millrace/types"
)

// groupReader reads columns of a row group.
type groupReader struct {
	columns []*column
	left    int64 // rows not read
}

func (g *groupReader) Next(rows int) ([]arrow.Array, int, error) {
	n := int(min(int64(rows), g.left))
	if n == 0 {
		return nil, 0, io.EOF
	}
	out := make([]arrow.Array, 0, len(g.columns))
	for _, c := range g.columns {
		a, err := c.next(n)
		if err != nil {
			for _, a := range out {
				a.Release()
			}
			return nil, 0, fmt.Errorf("column %q: %w", c.chunk.Descriptor().Name(), err)
		}
		out = append(out, a)
	}
	g.left -= int64(n)
	return out, n, nil
}

func (g *groupReader) Skip(rows int64) error {
	for rows > 0 {
		n := int(min(rows, 8192))
		cols, _, err := g.Next(n)
		if err != nil {
			return err
		}
		for _, c := range cols {
			c.Release()
		}
		rows -= int64(n)
	}
	return nil
}

func (g *groupReader) Close() error {
	var errs []error
	for _, c := range g.columns {
		errs = append(errs, c.chunk.Close())
	}
	return errors.Join(errs...)
}

// column decodes one column of a row group.
type column struct {
	chunk    file.ColumnChunkReader
	typ      arrow.DataType
	mem      memory.Allocator
	optional bool
	defs     []int16 // of the rows that are being read: 0 is NULL, 1 a value
	decode   func(n int) ([]*memory.Buffer, int, error)
}

func newColumn(chunk file.ColumnChunkReader, t types.Type, mem memory.Allocator) (*column, error) {
	c := &column{chunk: chunk, typ: t.Arrow(), mem: mem, optional: chunk.Descriptor().MaxDefinitionLevel() > 0}
	if c.decode = c.decoder(t); c.decode == nil {
		return nil, fmt.Errorf("cannot decode a %s as %s", chunk.Type(), t)
	}
	return c, nil
}

func (c *column) next(n int) (arrow.Array, error) {
	if c.optional && cap(c.defs) < n {
		c.defs = make([]int16, n)
	}
	c.defs = c.defs[:min(n, cap(c.defs))]
	buffers, nulls, err := c.decode(n)
	if err != nil {
		return nil, err
	}
	data := array.NewData(c.typ, n, buffers, nil, nulls, 0)
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	defer data.Release()
	return array.MakeFromData(data), nil
}

// readFunc reads up to so many rows from a chunk: values without NULLs, the rows' levels where they may be NULL.
type readFunc[T any] func(n int64, values []T, defs, reps []int16) (rows int64, read int, err error)

// fill reads len(values) rows; the values that were read are in front. It returns their number.
func fill[T any](c *column, values []T, read readFunc[T]) (int, error) {
	rows, got := 0, 0
	for n := len(values); rows < n; {
		defs := c.defs
		if c.optional {
			defs = c.defs[rows:n]
		}
		r, k, err := read(int64(n-rows), values[got:n-rows+got], defs, nil)
		if err != nil {
			return 0, err
		}
		if r == 0 {
			return 0, fmt.Errorf("ends %d rows before its row group", n-rows)
		}
		rows, got = rows+int(r), got+k
	}
	return got, nil
}

// spread moves the values that are in front to the rows that they belong to.
func spread[T any](values []T, defs []int16, got int) {
	var zero T
	for i := len(values) - 1; i >= 0; i-- {
		if defs[i] != 0 {
			got--
			values[i] = values[got]
		} else {
			values[i] = zero
		}
	}
}

// validity is the bitmap of the rows that are not NULL; nil where all are.
func (c *column) validity(n, got int) *memory.Buffer {
	if got == n {
		return nil
	}
	b := c.buffer(int(bitutil.BytesForBits(int64(n))))
	bits := b.Bytes()
	for i, d := range c.defs {
		bits[i>>3] |= byte(d) << (i & 7)
	}
	return b
}

func (c *column) buffer(size int) *memory.Buffer {
	b := memory.NewResizableBuffer(c.mem)
	b.Resize(size)
	return b
}
