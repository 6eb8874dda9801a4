package formats

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// Columnar is a format whose files hold columns, with their names and types, where others hold records.
type Columnar interface {
	Name() string
	Options() []Option
	// Open reads what a file says of itself. The file is closed with what it returns.
	Open(f File, mem memory.Allocator) (ColumnFile, error)
	// NewWriter begins a file. opts are those of the table that begin with the format's name and a dot, without it.
	NewWriter(w io.Writer, have types.Schema, opts map[string]string, mem memory.Allocator) (ColumnWriter, error)
}

// File is what a columnar file is read from.
type File interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
}

// ColumnFile is an open file. Its methods are for one goroutine.
type ColumnFile interface {
	// Columns are those of the file, in its order.
	Columns() []FileColumn
	// Parts is the number of parts that can be read on their own.
	Parts() int
	// Rows is the number of rows of the file; exact tells whether it is known and not estimated.
	Rows() (rows int64, exact bool)
	// Read begins to read columns of a part, by their positions in Columns.
	Read(part int, columns []int) (ColumnReader, error)
	Close() error
}

// FileColumn is a column of a file.
type FileColumn struct {
	types.Column        // Type is Unknown where the dialect has none for it
	Stored       string // the type in the format's own words
}

// ColumnReader reads the rows of a part, in order.
type ColumnReader interface {
	// Next returns up to so many rows, as columns that the caller releases; io.EOF after the last.
	Next(rows int) (columns []arrow.Array, n int, err error)
	// Skip goes on by so many rows, all of them there.
	Skip(rows int64) error
	Close() error
}

// ColumnWriter writes a file. For one goroutine.
type ColumnWriter interface {
	Write(rec arrow.RecordBatch) error // borrowed for the call
	// Close writes what is still held back and ends the file; it does not close what is written to.
	Close() error
}
