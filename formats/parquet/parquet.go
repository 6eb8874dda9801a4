// Package parquet reads and writes Apache Parquet files: format 'parquet'.
//
// Columns are decoded from their pages straight into Arrow buffers. The library's own bridge to Arrow is not used: it
// brings an RPC stack and a library of kernels with it. Columns that are nested cannot be read or written; a file that
// has some can be read for its others.
package parquet

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"

	"millrace/formats"
	"millrace/types"
)

type format struct{}

// New makes the format.
func New() formats.Columnar { return format{} }

func (format) Name() string { return "parquet" }

func (format) Options() []formats.Option {
	return []formats.Option{{Name: "compression", Default: "snappy",
		Doc: "How pages are compressed when a file is written: 'snappy', 'zstd', 'gzip' or 'none'. Any is read."}}
}

func codec(opts map[string]string) (compress.Compression, error) {
	switch name := opts["compression"]; name {
	case "", "snappy":
		return compress.Codecs.Snappy, nil
	case "zstd":
		return compress.Codecs.Zstd, nil
	case "gzip":
		return compress.Codecs.Gzip, nil
	case "none":
		return compress.Codecs.Uncompressed, nil
	default:
		return 0, fmt.Errorf("parquet.compression: %q is none of 'snappy', 'zstd', 'gzip', 'none'", name)
	}
}

// Open reads the file's footer.
func (format) Open(f formats.File, mem memory.Allocator) (formats.ColumnFile, error) {
	props := parquet.NewReaderProperties(mem)
	props.BufferedStreamEnabled = true
	props.BufferSize = 256 << 10
	r, err := file.NewParquetReader(f, file.WithReadProps(props))
	if err != nil {
		return nil, err
	}
	p := &parquetFile{r: r, mem: mem}
	p.layout()
	return p, nil
}

// parquetFile is an open file.
type parquetFile struct {
	r       *file.Reader
	mem     memory.Allocator
	columns []formats.FileColumn
	leaf    []int // of each column: that of the schema, -1 where the column is nested
}

// layout finds the columns of the schema: those at its top.
func (p *parquetFile) layout() {
	s := p.r.MetaData().Schema
	leaf := 0
	for i := range s.Root().NumFields() {
		node := s.Root().Field(i)
		at := leaf
		for leaf < s.NumColumns() && s.ColumnRoot(leaf) == node {
			leaf++
		}
		c := formats.FileColumn{Column: types.Column{Name: node.Name()}}
		if d := s.Column(at); leaf == at+1 && d.MaxRepetitionLevel() == 0 && d.SchemaNode() == node {
			c.Type, c.Stored = typeOf(d)
			c.NotNull = d.MaxDefinitionLevel() == 0
		} else {
			at, c.Stored = -1, "a nested column"
		}
		p.columns, p.leaf = append(p.columns, c), append(p.leaf, at)
	}
}

func (p *parquetFile) Columns() []formats.FileColumn { return p.columns }
func (p *parquetFile) Parts() int                    { return p.r.NumRowGroups() }
func (p *parquetFile) Rows() (int64, bool)           { return p.r.NumRows(), true }
func (p *parquetFile) Close() error                  { return p.r.Close() }

// Read begins to read a row group.
func (p *parquetFile) Read(part int, columns []int) (formats.ColumnReader, error) {
	group := p.r.RowGroup(part)
	g := &groupReader{left: group.NumRows()}
	for _, c := range columns {
		chunk, err := group.Column(p.leaf[c])
		if err == nil {
			var col *column
			if col, err = newColumn(chunk, p.columns[c].Type, p.mem); err == nil {
				g.columns = append(g.columns, col)
			}
		}
		if err != nil {
			g.Close()
			return nil, err
		}
	}
	return g, nil
}

// NewWriter begins a file.
func (format) NewWriter(w io.Writer, have types.Schema, opts map[string]string, mem memory.Allocator) (formats.ColumnWriter, error) {
	return newWriter(w, have, opts, mem)
}
