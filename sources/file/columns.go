package file

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

// Files that hold columns. A file is cut into up to splitsMax splits of consecutive parts (row groups, batches), so that
// several tasks read one file. A split is named by its file and its number among the file's; a position in it is
// the number of rows read.

// splitsMax is the number of splits that a file is cut into at most.
const splitsMax = 64

// checkColumnar says what does not go with a columnar format.
func checkColumnar(t *catalog.Table, f formats.Columnar) error {
	for _, c := range t.Columns {
		if c.Metadata != "" && c.Metadata != "path" {
			return sqlerr.New(sqlerr.InvalidDefinition, c.Pos, "format %q has no metadata %q", f.Name(), c.Metadata).
				WithHint("Its rows are in no lines. There is 'path'.")
		}
	}
	for _, name := range catalog.SortedOptions(t.Options) {
		o := t.Options[name]
		switch prefix, _, dotted := strings.Cut(name, "."); {
		case name == "compression" && o.Value == "auto", name == "compression" && o.Value == "none":
		case name == "compression", dotted && prefix != f.Name():
			return sqlerr.New(sqlerr.InvalidParameterValue, o.Key, "option %q does not go with format %q", name, f.Name())
		}
	}
	return nil
}

// columnSource is a list of columnar files.
type columnSource struct {
	scan   *sources.Scan
	format formats.Columnar
	schema *arrow.Schema
	mem    memory.Allocator
	splits []sources.Split
	parts  map[string]partRange // by split
}

// partRange is the parts that a split is made of.
type partRange struct {
	path     string
	from, to int
}

func openColumnar(s *sources.Scan, f formats.Columnar, mem memory.Allocator) (*columnSource, error) {
	paths, err := list(s.Table)
	if err != nil {
		return nil, err
	}
	c := &columnSource{scan: s, format: f, schema: s.In().Arrow(), mem: mem, parts: map[string]partRange{}}
	for _, path := range paths {
		if err := c.cut(path); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// cut checks a file against the table and makes its splits.
func (c *columnSource) cut(path string) error {
	f, err := openFile(path, c.format, c.mem)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := c.layout(path, f); err != nil {
		return err
	}
	n := f.Parts()
	splits := min(n, splitsMax)
	for i := range splits {
		id := fmt.Sprintf("%s#%03d", path, i)
		c.splits = append(c.splits, sources.Split{ID: id})
		c.parts[id] = partRange{path, i * n / splits, (i + 1) * n / splits}
	}
	return nil
}

func openFile(path string, format formats.Columnar, mem memory.Allocator) (formats.ColumnFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, sqlerr.New(sqlerr.IOError, 0, "%v", err).Because(err)
	}
	out, err := guarded(func() (formats.ColumnFile, error) { return format.Open(f, mem) })
	if err != nil {
		f.Close()
		return nil, sqlerr.New(sqlerr.InvalidText, 0, "%s cannot be read as format %q: %v", path, format.Name(), err).Because(err)
	}
	return out, nil
}

// guarded makes an error of a panic: the readers of these formats check little of a damaged file.
func guarded[T any](fn func() (T, error)) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is damaged: %v", p)
		}
	}()
	return fn()
}

// wanted is where a column of the scan comes from.
type wanted struct {
	at    int // column of the file; -1: it is the file's path
	widen widenFunc
}

// layout finds the columns of the scan in a file, by their names, and checks their types.
func (c *columnSource) layout(path string, f formats.ColumnFile) ([]wanted, error) {
	out := make([]wanted, len(c.scan.Columns))
	for i, t := range c.scan.Columns {
		col := c.scan.Table.Columns[t]
		if col.Metadata != "" {
			out[i].at = -1
			continue
		}
		at, err := findColumn(path, f, col)
		if err != nil {
			return nil, err
		}
		have := f.Columns()[at]
		w, ok := widening(have.Type, col.Type)
		if !ok {
			err := sqlerr.New(sqlerr.DatatypeMismatch, col.Pos, "column %q is declared %s, but in %s it is %s", col.Name, col.Type, path, stored(have))
			if have.Type.Kind != types.Unknown {
				err.Hint = fmt.Sprintf("Declare it %s, and cast it in the query.", have.Type)
			}
			return nil, err
		}
		out[i] = wanted{at, w}
	}
	return out, nil
}

func stored(c formats.FileColumn) string {
	if c.Type.Kind == types.Unknown {
		return "of a type that cannot be read (" + c.Stored + ")"
	}
	return c.Type.String()
}

// findColumn finds a column by its name; case counts only where it must.
func findColumn(path string, f formats.ColumnFile, col catalog.Column) (int, error) {
	names := make([]string, len(f.Columns()))
	folded, many := -1, false
	for i, c := range f.Columns() {
		if c.Name == col.Name {
			return i, nil
		}
		if names[i] = c.Name; strings.EqualFold(c.Name, col.Name) {
			many = folded >= 0
			folded = i
		}
	}
	if folded >= 0 && !many {
		return folded, nil
	}
	err := sqlerr.New(sqlerr.UndefinedColumn, col.Pos, "%s has no column %q", path, col.Name)
	err.Hint = sqlerr.Suggest(col.Name, names)
	return 0, err
}

func (c *columnSource) Splits(context.Context) ([]sources.Split, error) { return c.splits, nil }

func (c *columnSource) Open(_ context.Context, split sources.Split, from sources.Position, _ func()) (sources.Reader, error) {
	parts, ok := c.parts[split.ID]
	if !ok {
		return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "there is no split %q", split.ID)
	}
	r := &columnReader{src: c, path: parts.path, next: parts.from, end: parts.to}
	if from != "" {
		if _, err := fmt.Sscanf(string(from), "%d", &r.skip); err != nil || r.skip < 0 {
			return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "%q is not a position in %s", from, split.ID)
		}
		r.done = r.skip
	}
	return r, nil
}

// Sequential: a split is read to its end before the next is opened.
func (c *columnSource) Sequential() bool { return true }

func (c *columnSource) Close() error { return nil }

// columnReader reads one split. The file is opened when the first row is asked for, and closed behind the last.
type columnReader struct {
	src       *columnSource
	path      string
	file      formats.ColumnFile   // nil: not open
	part      formats.ColumnReader // nil: between parts
	columns   []wanted
	at        []int // the file's columns that are read
	next, end int   // parts not begun
	skip      int64 // rows that were read before the scan was begun
	done      int64 // rows returned, or skipped
}

// Next returns up to flow.BatchRows rows.
func (r *columnReader) Next(ctx context.Context) (*flow.Batch, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for {
		if r.part == nil {
			if r.next == r.end {
				return nil, r.finish()
			}
			if err := r.begin(); err != nil {
				return nil, r.failed(err)
			}
		}
		b, err := guarded(r.batch)
		switch {
		case err == io.EOF:
			err = r.part.Close()
			if r.part = nil; err != nil {
				return nil, r.failed(err)
			}
		case err != nil:
			return nil, r.failed(err)
		default:
			r.done += int64(b.Len())
			return b, nil
		}
	}
}

// finish ends the split.
func (r *columnReader) finish() error {
	if r.skip > 0 {
		return sqlerr.New(sqlerr.DataCorrupted, 0, "%s is shorter than it was: it ends before position %d", r.path, r.done)
	}
	if err := r.Close(); err != nil {
		return r.failed(err)
	}
	return io.EOF
}

// begin goes to the next part, and over the rows that are skipped.
func (r *columnReader) begin() (err error) {
	if r.file == nil {
		if r.file, err = openFile(r.path, r.src.format, r.src.mem); err != nil {
			return err
		}
		if r.columns, err = r.src.layout(r.path, r.file); err != nil {
			return err
		}
		for _, c := range r.columns {
			if c.at >= 0 {
				r.at = append(r.at, c.at)
			}
		}
	}
	if r.next >= r.file.Parts() {
		return fmt.Errorf("it has fewer parts than when the query began")
	}
	r.part, err = guarded(func() (formats.ColumnReader, error) { return r.file.Read(r.next, r.at) })
	r.next++
	return err
}

// batch is the next rows of the part.
func (r *columnReader) batch() (*flow.Batch, error) {
	for r.skip > 0 {
		cols, n, err := r.part.Next(int(min(flow.BatchRows, r.skip)))
		if err != nil {
			return nil, err
		}
		release(cols)
		r.skip -= int64(n)
	}
	have, n, err := r.part.Next(flow.BatchRows)
	if err != nil {
		return nil, err
	}
	defer release(have)
	cols := make([]arrow.Array, 0, len(r.columns))
	defer func() { release(cols) }()
	next := 0
	for i, c := range r.columns {
		if c.at < 0 {
			cols = append(cols, repeated(r.path, n, r.src.mem))
			continue
		}
		a := have[next]
		next++
		if col := r.src.scan.Table.Columns[r.src.scan.Columns[i]]; col.NotNull && a.NullN() > 0 {
			return nil, sqlerr.New(sqlerr.NotNullViolation, col.Pos, "column %q is NOT NULL, but %s has NULL there", col.Name, r.path)
		}
		if c.widen == nil {
			a.Retain()
		} else if a, err = c.widen(a, r.src.mem); err != nil {
			return nil, err
		}
		cols = append(cols, a)
	}
	return &flow.Batch{Rec: array.NewRecordBatch(r.src.schema, cols, int64(n))}, nil
}

func release(cols []arrow.Array) {
	for _, c := range cols {
		c.Release()
	}
}

func repeated(s string, n int, mem memory.Allocator) arrow.Array {
	b := array.NewStringBuilder(mem)
	defer b.Release()
	b.Reserve(n)
	for range n {
		b.Append(s)
	}
	return b.NewArray()
}

// failed is an error of reading the file; what says where it comes from is left as it is.
func (r *columnReader) failed(err error) error {
	if _, ok := err.(*sqlerr.Error); ok {
		return err
	}
	return sqlerr.New(sqlerr.IOError, 0, "cannot read %s: %v", r.path, err).Because(err)
}

// Position is the number of rows of the split that have been read.
func (r *columnReader) Position() sources.Position { return sources.Position(fmt.Sprint(r.done)) }

// Lag is not known, but at the end it is nothing.
func (r *columnReader) Lag() int64 {
	if r.part == nil && r.next == r.end {
		return 0
	}
	return -1
}

func (r *columnReader) Close() error {
	var first error
	if r.part != nil {
		first = r.part.Close()
		r.part = nil
	}
	if r.file != nil {
		if err := r.file.Close(); first == nil {
			first = err
		}
		r.file = nil
	}
	return first
}

// Columns are those of the first file of a table that is declared without any.
func (c *connector) Columns(_ context.Context, t *catalog.Table) (types.Schema, error) {
	format := formats.ColumnarOf(t, c.columnar)
	if format == nil {
		return nil, nil
	}
	paths, err := list(t)
	if err != nil {
		return nil, err
	}
	f, err := openFile(paths[0], format, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out types.Schema
	for _, col := range f.Columns() {
		if col.Type.Kind == types.Unknown {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, t.Options["path"].Pos, "column %q of %s is %s", col.Name, paths[0], stored(col)).
				WithHint("Declare the columns that you want: CREATE TABLE %s (name TYPE, …).", t.Name)
		}
		if out.Index(col.Name) >= 0 {
			return nil, sqlerr.New(sqlerr.DuplicateColumn, t.Options["path"].Pos, "%s has two columns %q", paths[0], col.Name)
		}
		out = append(out, col.Column)
	}
	return out, nil
}

// lineBytes is how long a record of a line is thought to be where nothing is known of it.
const lineBytes = 128

// Rows counts the rows of columnar files by what they say of themselves; those of others by their bytes and the length
// of their first lines.
func (c *connector) Rows(_ context.Context, t *catalog.Table) (int64, bool) {
	paths, err := list(t)
	if err != nil {
		return 0, false
	}
	format := formats.ColumnarOf(t, c.columnar)
	sum := int64(0)
	for _, path := range paths {
		n := int64(0)
		if format == nil {
			n, err = lines(path)
		} else {
			var f formats.ColumnFile
			if f, err = openFile(path, format, memory.DefaultAllocator); err == nil {
				n, _ = f.Rows()
				err = f.Close()
			}
		}
		if err != nil {
			return 0, false
		}
		sum += n
	}
	return sum, true
}

// lines estimates the number of records of a file of lines.
func lines(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, err
	}
	ends := int64(strings.Count(string(head[:n]), "\n"))
	switch {
	case filepath.Ext(path) == ".gz": // of a tenth of the size
		return 10 * info.Size() / lineBytes, nil
	case ends == 0:
		return (info.Size() + lineBytes - 1) / lineBytes, nil
	}
	return info.Size() * ends / int64(n), nil
}
