package sources

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats"
	"millrace/formats/column"
	"millrace/sqlerr"
	"millrace/types"
)

// batchBytesMax is the number of bytes of records after which a batch is full though it has few rows.
const batchBytesMax = 32 << 20

// Records are consecutive records of one split, as parallel slices. Only Values must be there; of the others those
// that a metadata column of the scan is made of (Decoding.Wants). All of it is borrowed for the call.
type Records struct {
	Values  [][]byte // nil: the record has no value (a tombstone)
	Keys    [][]byte // nil: the record has no key
	Offsets []int64
	Lines   []int64
	Times   []int64 // milliseconds since the epoch, -1: none
	Headers [][]Header
}

// Header is one of a record's headers; a nil value is NULL.
type Header struct{ Key, Value []byte }

// Origin is what all records of a split have in common.
type Origin struct {
	Name      string // of the topic, or the path
	Partition int32
	// Fields are the names of the records' fields by position, where the format has none in the record and the split
	// says them (a header); nil: they are the columns of the table that are stored in records.
	Fields []string
}

// Decoding turns the records of one split into batches with the columns of a scan: those of the record by its format,
// METADATA columns from what came with it. For one goroutine.
type Decoding struct {
	dec    formats.Decoder
	schema *arrow.Schema
	order  []int // column i of the batch: order[i] of the decoder's, or of meta where it is ^order[i]
	meta   []metaColumn
	origin Origin
	rows   int
	bytes  int
}

type metaColumn struct {
	name    string // the connector's: "offset"
	field   string // the table's, for errors
	notNull bool
	col     *column.Column
}

// metaTypes lists the types that a column may have for each thing that can be known about a record.
var metaTypes = []struct {
	name  string
	types []types.Type
}{
	{"topic", []types.Type{types.Of(types.Text)}},
	{"path", []types.Type{types.Of(types.Text)}},
	{"partition", []types.Type{types.Of(types.Int32), types.Of(types.Int64)}},
	{"offset", []types.Type{types.Of(types.Int64)}},
	{"line", []types.Type{types.Of(types.Int64)}},
	{"timestamp", []types.Type{types.Of(types.TimestampTZ), types.Of(types.Timestamp)}},
	{"key", []types.Type{types.Of(types.Bytes), types.Of(types.Text)}},
	{"headers", []types.Type{
		types.MapOf(types.Of(types.Text), types.Of(types.Bytes)), types.MapOf(types.Of(types.Text), types.Of(types.Text)),
	}},
}

// Metadata is the schema of the named things, each with the first of its types, for Connector.Metadata. The names are
// topic, path, partition, offset, line, timestamp, key and headers.
func Metadata(names ...string) types.Schema {
	s := make(types.Schema, len(names))
	for i, name := range names {
		s[i] = types.Column{Name: name, Type: metaOf(name)[0]}
	}
	return s
}

func metaOf(name string) []types.Type {
	for _, m := range metaTypes {
		if m.name == name {
			return m.types
		}
	}
	panic(fmt.Sprintf("sources: no metadata %q", name))
}

// CheckMetadata checks the METADATA columns of a table against what its connector has: the names and the types.
func CheckMetadata(t *catalog.Table, have types.Schema) error {
	for _, c := range t.Columns {
		if c.Metadata == "" {
			continue
		}
		if have.Index(c.Metadata) < 0 {
			err := sqlerr.New(sqlerr.UndefinedColumn, c.Pos, "connector %q has no metadata %q", t.Connector(), c.Metadata)
			err.Hint = sqlerr.Suggest(c.Metadata, have.Names())
			return err
		}
		fit := metaOf(c.Metadata)
		if !slices.ContainsFunc(fit, c.Type.Equal) {
			return sqlerr.New(sqlerr.DatatypeMismatch, c.Pos, "metadata %q cannot be a column of type %s", c.Metadata, c.Type).
				WithHint("Declare it as %s.", alternatives(fit))
		}
	}
	return nil
}

func alternatives(ts []types.Type) string {
	s := ts[0].String()
	for _, t := range ts[1:] {
		s += " or " + t.String()
	}
	return s
}

// NewDecoding makes the decoding of one split of a scan, with the table's options for its format (formats.Of).
func NewDecoding(s *Scan, f formats.Format, opts map[string]string, from Origin, mem memory.Allocator) (*Decoding, error) {
	d := &Decoding{schema: s.In().Arrow(), origin: from}
	var want types.Schema
	for _, i := range s.Columns {
		c := s.Table.Columns[i]
		if c.Metadata == "" {
			d.order = append(d.order, len(want))
			want = append(want, c.Column)
			continue
		}
		col, err := column.New(c.Type, mem)
		if err != nil {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, c.Pos, "column %q: %v", c.Name, err)
		}
		d.order = append(d.order, ^len(d.meta))
		d.meta = append(d.meta, metaColumn{name: c.Metadata, field: c.Name, notNull: c.NotNull, col: col})
	}
	var err error
	if p, ok := f.(formats.Positional); ok {
		fields := from.Fields
		if fields == nil {
			fields = StoredColumns(s.Table)
		}
		at := make([]int, len(want))
		for i, c := range want {
			if at[i] = slices.Index(fields, c.Name); at[i] < 0 {
				err := sqlerr.New(sqlerr.UndefinedColumn, 0, "%s has no field %q", from.Name, c.Name)
				err.Hint = sqlerr.Suggest(c.Name, fields)
				return nil, err
			}
		}
		d.dec, err = p.NewFieldDecoder(want, at, len(fields), opts, mem)
	} else {
		d.dec, err = f.NewDecoder(want, opts, mem)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// StoredColumns names the columns of a table that are in its records: neither METADATA nor computed.
func StoredColumns(t *catalog.Table) []string {
	var names []string
	for _, c := range t.Columns {
		if c.Metadata == "" && c.Computed == "" {
			names = append(names, c.Name)
		}
	}
	return names
}

// Wants reports whether a column is made of the named metadata ("key"), so that the reader has to fill it in.
func (d *Decoding) Wants(name string) bool {
	return slices.ContainsFunc(d.meta, func(m metaColumn) bool { return m.name == name })
}

// Append takes records from up to (not including) to, in order, until one cannot be read or the batch is full, and
// returns how many it took. The error, a *formats.RecordError, is about record from+n: the reader reports it as a
// BadRecord and goes on behind it. Rows appended before it stay.
func (d *Decoding) Append(r *Records, from, to int) (n int, err error) {
	end, bytes := from, 0
	for end < to && d.rows+end-from < flow.BatchRows && d.bytes+bytes < batchBytesMax {
		bytes += r.size(end)
		end++
	}
	asked := end
	var bad error
	for i := range d.meta {
		var ok int
		if ok, err = d.meta[i].check(r, from, end); err != nil {
			end, bad = ok, err
		}
	}
	n, err = d.dec.Decode(r.Values[from:end])
	if err == nil {
		err = bad
	}
	for i := range d.meta {
		m := &d.meta[i]
		m.col.Grow(d.rows + n)
		m.fill(r, d.origin, from, from+n, d.rows)
	}
	for i := from + n; i < asked; i++ {
		bytes -= r.size(i)
	}
	d.rows, d.bytes = d.rows+n, d.bytes+bytes
	return n, err
}

// size is the number of bytes of a record that may end up in a batch.
func (r *Records) size(i int) int {
	n := len(r.Values[i])
	if r.Keys != nil {
		n += len(r.Keys[i])
	}
	if r.Headers != nil {
		for _, h := range r.Headers[i] {
			n += len(h.Key) + len(h.Value)
		}
	}
	return n
}

// Len is the number of rows of the batch so far.
func (d *Decoding) Len() int { return d.rows }

// Full reports whether the batch takes no more records.
func (d *Decoding) Full() bool { return d.rows >= flow.BatchRows || d.bytes >= batchBytesMax }

// Take gives the rows away as a batch and begins a new one; nil where there is none.
func (d *Decoding) Take() *flow.Batch {
	d.bytes = 0
	if d.rows == 0 {
		return nil
	}
	decoded := d.dec.Take()
	cols := make([]arrow.Array, len(d.order))
	for i, at := range d.order {
		if at < 0 {
			cols[i] = d.meta[^at].col.Take(d.rows)
		} else {
			cols[i] = decoded[at]
		}
	}
	rec := array.NewRecordBatch(d.schema, cols, int64(d.rows))
	for _, c := range cols {
		c.Release()
	}
	d.rows = 0
	return &flow.Batch{Rec: rec}
}

// Release gives back the rows that were not taken, and what the decoder holds.
func (d *Decoding) Release() {
	d.dec.Release()
	for _, m := range d.meta {
		m.col.Release()
	}
	d.rows = 0
}

// check finds the first record, of from up to end, whose metadata does not fit the column: it returns its number and
// what is wrong with it, or end.
func (m *metaColumn) check(r *Records, from, end int) (int, error) {
	fail := func(i int, reason string) (int, error) {
		return i, &formats.RecordError{Field: m.field, Reason: reason}
	}
	for i := from; i < end; i++ {
		switch m.name {
		case "timestamp":
			if m.notNull && r.Times[i] < 0 {
				return fail(i, "is NOT NULL but the record has no timestamp")
			}
		case "key":
			switch {
			case r.Keys[i] == nil && m.notNull:
				return fail(i, "is NOT NULL but the record has no key")
			case m.col.Type.Kind == types.Text && !utf8.Valid(r.Keys[i]):
				return fail(i, "the record's key is not valid UTF-8, as TEXT must be")
			}
		case "headers":
			for _, h := range r.Headers[i] {
				if !utf8.Valid(h.Key) || m.col.Type.Elem.Kind == types.Text && !utf8.Valid(h.Value) {
					return fail(i, fmt.Sprintf("the record's header %.60q is not valid UTF-8, as TEXT must be", h.Key))
				}
			}
		default:
			return end, nil // always there
		}
	}
	return end, nil
}

// fill writes the metadata of records from up to end to the rows from row on.
func (m *metaColumn) fill(r *Records, o Origin, from, end, row int) {
	c, n := m.col, end-from
	switch m.name {
	case "offset":
		copy(c.I64[row:], r.Offsets[from:end])
	case "line":
		copy(c.I64[row:], r.Lines[from:end])
	case "partition":
		for i := range n {
			if c.Type.Kind == types.Int32 {
				c.I32[row+i] = o.Partition
			} else {
				c.I64[row+i] = int64(o.Partition)
			}
		}
	case "timestamp":
		for i, ms := range r.Times[from:end] {
			if ms < 0 {
				c.SetNull(row + i)
				continue
			}
			c.I64[row+i] = ms * 1000
			c.SetValid(row + i)
		}
	case "topic", "path":
		for i := range n {
			mustFit(c.SetString(row+i, o.Name))
		}
	case "key":
		for i, key := range r.Keys[from:end] {
			setText(c, row+i, key)
		}
	case "headers":
		for i, hs := range r.Headers[from:end] {
			fillHeaders(c, row+i, hs)
		}
	}
}

// fillHeaders writes a map; of headers of one name the last wins.
func fillHeaders(c *column.Column, row int, hs []Header) {
	keys, values, at, n := c.Kids[0], c.Kids[1], int(c.Off[row]), 0
	last := make(map[string]int, len(hs))
	for i, h := range hs {
		last[string(h.Key)] = i
	}
	for i, h := range hs {
		if last[string(h.Key)] != i {
			continue
		}
		keys.Grow(at + n + 1)
		values.Grow(at + n + 1)
		mustFit(keys.SetBytes(at+n, h.Key))
		setText(values, at+n, h.Value)
		n++
	}
	c.SetLen(row, n)
}

// setText writes bytes to a Text or Bytes column; nil is NULL.
func setText(c *column.Column, row int, v []byte) {
	if v == nil {
		c.SetNull(row)
		return
	}
	mustFit(c.SetBytes(row, v))
}

// mustFit: batchBytesMax keeps a batch, but for its last record, far below the 2 GiB that a column holds.
func mustFit(ok bool) {
	if !ok {
		panic("sources: the metadata of one record passes 2 GiB")
	}
}
