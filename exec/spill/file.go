// Package spill writes batches to disk that a query's memory limit has no room for, and reads them back.
package spill

import (
	"bufio"
	"errors"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"millrace/flow"
	"millrace/sqlerr"
)

// File is batches of one schema on disk, in the order in which they were written: an Arrow IPC stream in a file that has
// no name, which is gone when it is closed and when the process dies.
type File struct {
	tc     *flow.TaskContext
	schema *arrow.Schema
	f      *os.File
	buf    *bufio.Writer
	w      *ipc.Writer
	rows   int64
	bytes  int64
}

const bufferBytes = 32 << 10

// Create makes an empty file.
func Create(tc *flow.TaskContext, schema *arrow.Schema) (*File, error) {
	f, err := tc.Spill()
	if err != nil {
		return nil, failed("create", err)
	}
	s := &File{tc: tc, schema: schema, f: f}
	s.buf = bufio.NewWriterSize(countedWriter{s}, bufferBytes)
	s.w = ipc.NewWriter(s.buf, ipc.WithSchema(schema), ipc.WithAllocator(tc.Mem))
	return s, nil
}

// countedWriter is the file, and tells how much is written.
type countedWriter struct{ s *File }

func (c countedWriter) Write(p []byte) (int, error) {
	n, err := c.s.f.Write(p)
	c.s.bytes += int64(n)
	c.s.tc.Metrics.Spilled(int64(n))
	return n, err
}

// Write appends the rows of rec.
func (s *File) Write(rec arrow.RecordBatch) error {
	s.rows += rec.NumRows()
	if err := s.w.Write(rec); err != nil {
		return failed("write", err)
	}
	return nil
}

// Rows is how many rows were written.
func (s *File) Rows() int64 { return s.rows }

// Bytes is how many bytes of them are on disk.
func (s *File) Bytes() int64 { return s.bytes }

// Read begins at the first batch. Nothing can be written any more. One Reader at a time.
func (s *File) Read() (*Reader, error) {
	if s.w != nil {
		err := errors.Join(s.w.Close(), s.buf.Flush())
		s.w, s.buf = nil, nil
		if err != nil {
			return nil, failed("write", err)
		}
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return nil, failed("read", err)
	}
	r, err := ipc.NewReader(bufio.NewReaderSize(s.f, bufferBytes), ipc.WithAllocator(s.tc.Mem), ipc.WithSchema(s.schema))
	if err != nil {
		return nil, failed("read", err)
	}
	return &Reader{r}, nil
}

// Close frees the file and its space on disk.
func (s *File) Close() error {
	if s.w != nil {
		_ = s.w.Close() // what it would write, nobody reads
		s.w = nil
	}
	return s.f.Close()
}

// Reader gives the batches of a File.
type Reader struct{ r *ipc.Reader }

// Next is the next batch, which the caller releases; nil behind the last.
func (r *Reader) Next() (arrow.RecordBatch, error) {
	if !r.r.Next() {
		if err := r.r.Err(); err != nil && !errors.Is(err, io.EOF) {
			return nil, failed("read", err)
		}
		return nil, nil
	}
	rec := r.r.RecordBatch()
	rec.Retain()
	return rec, nil
}

// Close lets go of the batch that was read last.
func (r *Reader) Close() { r.r.Release() }

// failed is the error of a disk.
func failed(what string, err error) error {
	return sqlerr.New(sqlerr.IOError, 0, "cannot %s what does not fit into memory_limit on disk", what).
		WithDetail("%s", err.Error()).
		WithHint("Make room where temporary files are (tmp in the data or state folder; without one, what TMPDIR names), or raise memory_limit.").
		Because(err)
}
