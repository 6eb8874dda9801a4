// Package ipc reads and writes Arrow's own files: format 'arrow', as a file with a footer (also known as Feather) or
// as a stream. Which of the two a file is, is seen when it is read.
package ipc

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/types"
)

type format struct{}

// New makes the format.
func New() formats.Columnar { return format{} }

func (format) Name() string { return "arrow" }

func (format) Options() []formats.Option {
	return []formats.Option{
		{Name: "kind", Default: "file", Doc: "What is written: a 'file', whose parts can be read at the same time, or a 'stream'. Either is read."},
		{Name: "compression", Default: "none", Doc: "How columns are compressed when a file is written: 'none', 'lz4' or 'zstd'. Any is read."},
	}
}

const magic = "ARROW1"

// Open reads the schema.
func (format) Open(f formats.File, mem memory.Allocator) (formats.ColumnFile, error) {
	var head [len(magic)]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if string(head[:n]) != magic {
		return openStream(f, mem)
	}
	r, err := ipc.NewFileReader(f, ipc.WithAllocator(mem))
	if err != nil {
		return nil, err
	}
	out := &ipcFile{f: f, mem: mem, file: r}
	out.layout(r.Schema())
	return out, nil
}

func openStream(f formats.File, mem memory.Allocator) (formats.ColumnFile, error) {
	out := &ipcFile{f: f, mem: mem}
	r, err := out.stream()
	if err != nil {
		return nil, err
	}
	defer r.Release()
	out.layout(r.Schema())
	return out, nil
}

// ipcFile is an open file or stream.
type ipcFile struct {
	f       formats.File
	mem     memory.Allocator
	file    *ipc.FileReader // nil: a stream
	columns []formats.FileColumn
	convert []convertFunc // of each column; nil: it is laid out as we do
}

func (o *ipcFile) layout(s *arrow.Schema) {
	for _, field := range s.Fields() {
		c := formats.FileColumn{Column: types.Column{Name: field.Name, NotNull: !field.Nullable}, Stored: field.Type.String()}
		var convert convertFunc
		c.Type, convert = typeOf(field.Type)
		o.columns, o.convert = append(o.columns, c), append(o.convert, convert)
	}
}

// stream begins at the first batch.
func (o *ipcFile) stream() (*ipc.Reader, error) {
	if _, err := o.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return ipc.NewReader(o.f, ipc.WithAllocator(o.mem))
}

func (o *ipcFile) Columns() []formats.FileColumn { return o.columns }

// Parts: a stream is read from its beginning.
func (o *ipcFile) Parts() int {
	if o.file == nil {
		return 1
	}
	return o.file.NumRecords()
}

// Rows is estimated: the batches that come behind the first are thought to be like it.
func (o *ipcFile) Rows() (int64, bool) {
	if o.file != nil {
		if o.file.NumRecords() == 0 {
			return 0, true
		}
		rec, err := o.file.RecordBatchAt(0)
		if err != nil {
			return 0, false
		}
		defer rec.Release()
		return rec.NumRows() * int64(o.file.NumRecords()), o.file.NumRecords() == 1
	}
	r, err := o.stream()
	if err != nil {
		return 0, false
	}
	defer r.Release()
	if !r.Next() {
		return 0, r.Err() == nil
	}
	at, err := o.f.Seek(0, io.SeekCurrent)
	if err != nil || at == 0 {
		return 0, false
	}
	size, err := o.f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, false
	}
	return r.RecordBatch().NumRows() * size / at, false
}

func (o *ipcFile) Close() error {
	if o.file != nil {
		return errors.Join(o.file.Close(), o.f.Close())
	}
	return o.f.Close()
}

// Read begins to read a batch, or a stream.
func (o *ipcFile) Read(part int, columns []int) (formats.ColumnReader, error) {
	r := &reader{file: o, columns: columns}
	var err error
	if o.file == nil {
		r.stream, err = o.stream()
	} else {
		r.rec, err = o.file.RecordBatchAt(part)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// reader gives slices of one batch after the other.
type reader struct {
	file    *ipcFile
	columns []int
	stream  *ipc.Reader // nil: rec is all
	rec     arrow.RecordBatch
	at      int64
}

// more goes to the next batch where this one has been read.
func (r *reader) more() error {
	for r.rec == nil || r.at == r.rec.NumRows() {
		if r.stream == nil {
			return io.EOF
		}
		if r.rec != nil {
			r.rec.Release()
			r.rec = nil
		}
		if !r.stream.Next() {
			if err := r.stream.Err(); err != nil {
				return err
			}
			return io.EOF
		}
		r.rec, r.at = r.stream.RecordBatch(), 0
		r.rec.Retain()
	}
	return nil
}

func (r *reader) Next(rows int) ([]arrow.Array, int, error) {
	if err := r.more(); err != nil {
		return nil, 0, err
	}
	n := min(int64(rows), r.rec.NumRows()-r.at)
	out := make([]arrow.Array, 0, len(r.columns))
	for _, c := range r.columns {
		a := array.NewSlice(r.rec.Column(c), r.at, r.at+n)
		if convert := r.file.convert[c]; convert != nil {
			converted, err := convert(a, r.file.mem)
			a.Release()
			if err != nil {
				for _, a := range out {
					a.Release()
				}
				return nil, 0, fmt.Errorf("column %q: %w", r.file.columns[c].Name, err)
			}
			a = converted
		}
		out = append(out, a)
	}
	r.at += n
	return out, int(n), nil
}

func (r *reader) Skip(rows int64) error {
	for rows > 0 {
		if err := r.more(); err != nil {
			return err
		}
		n := min(rows, r.rec.NumRows()-r.at)
		r.at += n
		rows -= n
	}
	return nil
}

func (r *reader) Close() error {
	if r.rec != nil {
		r.rec.Release()
	}
	if r.stream != nil {
		r.stream.Release()
	}
	return nil
}

// NewWriter begins a file or a stream.
func (format) NewWriter(w io.Writer, have types.Schema, opts map[string]string, mem memory.Allocator) (formats.ColumnWriter, error) {
	with := []ipc.Option{ipc.WithSchema(have.Arrow()), ipc.WithAllocator(mem)}
	switch c := opts["compression"]; c {
	case "", "none":
	case "lz4":
		with = append(with, ipc.WithLZ4())
	case "zstd":
		with = append(with, ipc.WithZstd())
	default:
		return nil, fmt.Errorf("arrow.compression: %q is none of 'none', 'lz4', 'zstd'", c)
	}
	switch k := opts["kind"]; k {
	case "", "file":
		return ipc.NewFileWriter(w, with...)
	case "stream":
		return ipc.NewWriter(w, with...), nil
	default:
		return nil, fmt.Errorf("arrow.kind: %q is neither 'file' nor 'stream'", k)
	}
}
