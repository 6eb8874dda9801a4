package json

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/formats/column"
	"millrace/types"
)

// scratchMax is what the decoder keeps of the memory for unescaped strings between two calls.
const scratchMax = 64 << 10

// decoder reads records into columns. What it holds of a record that it cannot read needs no undoing: the columns are
// written by row number and rows is not advanced.
type decoder struct {
	root object
	cols []*column.Column
	rows int // read since the last Take
	ts   timestamps

	depth   int    // of containers open around what is being read
	stamp   uint64 // counts the objects read: see field.seen
	scratch []byte // the string that was unescaped last

	// What is wrong with the record, set by whoever returns -1.
	reason string
	path   []string // innermost first: "[3]", ".tags", ".item"
}

// object is an object with wanted fields: a record or a ROW.
type object struct {
	fields []*field
	byName map[string]*field
	keys   keyOrder
}

// field is a wanted value and where it goes.
type field struct {
	name    string
	kind    types.Kind
	notNull bool
	col     *column.Column
	seen    uint64  // the stamp of the object that it was last seen in
	object  *object // Row
	elem    *field  // Array: the elements; Map: the values
	// The short way for BIGINT and timestamps: a whole number from low to high goes to the column times factor.
	// 0: there is no short way.
	low, high, factor int64
}

func newDecoder(want types.Schema, ts timestamps, mem memory.Allocator) (*decoder, error) {
	d := &decoder{ts: ts}
	root := make([]*field, len(want))
	for i, c := range want {
		col, err := column.New(c.Type, mem)
		if err != nil {
			return nil, unsupported(c, err)
		}
		d.cols = append(d.cols, col)
		root[i] = newField(c.Name, col, ts)
		root[i].notNull = c.NotNull
	}
	d.root = newObject(root)
	return d, nil
}

func newObject(fields []*field) object {
	o := object{fields: fields, byName: make(map[string]*field, len(fields)), keys: newKeyOrder()}
	for _, f := range fields {
		o.byName[f.name] = f
	}
	return o
}

func newField(name string, col *column.Column, ts timestamps) *field {
	f := &field{name: name, kind: col.Type.Kind, col: col}
	switch f.kind {
	case types.Int64:
		f.low, f.high, f.factor = math.MinInt64, math.MaxInt64, 1
	case types.Timestamp, types.TimestampTZ:
		f.low, f.high, f.factor = ts.quick()
	case types.Row:
		parts := make([]*field, len(col.Kids))
		for i, kid := range col.Kids {
			parts[i] = newField(col.Type.Fields[i].Name, kid, ts)
		}
		o := newObject(parts)
		f.object = &o
	case types.Array:
		f.elem = newField("", col.Kids[0], ts)
	case types.Map:
		f.elem = newField("", col.Kids[1], ts)
	}
	return f
}

// Decode appends records until one cannot be read.
func (d *decoder) Decode(records [][]byte) (int, error) {
	for _, c := range d.cols {
		c.Grow(d.rows + len(records))
	}
	for n, rec := range records {
		if !d.record(rec) {
			return n, d.failure()
		}
		d.rows++
	}
	if cap(d.scratch) > scratchMax {
		d.scratch = nil
	}
	return len(records), nil
}

// Len is the number of rows since the last Take.
func (d *decoder) Len() int { return d.rows }

// Take gives the rows away as columns.
func (d *decoder) Take() []arrow.Array {
	out := make([]arrow.Array, len(d.cols))
	for i, c := range d.cols {
		out[i] = c.Take(d.rows)
	}
	d.rows = 0
	return out
}

// Release gives back the rows that were not taken.
func (d *decoder) Release() {
	for _, c := range d.cols {
		c.Release()
	}
	d.rows = 0
}

// record reads one record into row d.rows of the columns.
func (d *decoder) record(b []byte) bool {
	i := 0
	if len(b) == 0 || b[0] != '{' {
		if i = space(b, 0); i == len(b) || b[i] != '{' {
			d.noObject(b, i)
			return false
		}
	}
	if i = d.object(&d.root, d.rows, b, i); i == len(b) {
		return true
	}
	if i < 0 {
		return false
	}
	if i = space(b, i); i < len(b) {
		d.reject("%s follows the record's object, at byte %d", quote(b[i:]), i)
		return false
	}
	return true
}

func (d *decoder) noObject(b []byte, i int) {
	switch {
	case b == nil:
		d.reject("record has no value (a tombstone)")
	case i == len(b):
		d.reject("the record is empty")
	default:
		d.reject("the record is not a JSON object: %s", quote(b[i:]))
	}
}

// object reads an object into a row of its fields' columns and returns the place behind it, or -1. b[i] is its
// opening brace.
func (d *decoder) object(o *object, row int, b []byte, i int) int {
	if d.depth >= depthMax {
		return d.tooDeep()
	}
	d.depth++
	d.stamp++
	stamp, seen := d.stamp, 0
	steps, guess, last := o.keys.steps, o.keys.first, start
	for {
		i, guess, last = skipUnwanted(steps, guess, last, b, i)
		var f *field
		if guess >= 0 && steps[guess].matches(b, i) {
			s := &steps[guess]
			i, f = i+s.len, s.field
			guess, last = s.next, guess
		} else {
			if i, last = d.key(o, last, b, i); last < 0 {
				break
			}
			steps = o.keys.steps
			f, guess = steps[last].field, steps[last].next
		}
		if f != nil && f.factor != 0 {
			if v, end, ok := whole(b, i); ok && v >= f.low && v <= f.high {
				f.col.I64[row] = v * f.factor
				f.col.SetValid(row)
				if f.seen != stamp {
					f.seen = stamp
					seen++
				}
				i = end
				continue
			}
		}
		if i = space(b, i); i >= len(b) { // a guessed step may end before white space that goes on
			return d.syntax(b, i, "a value")
		}
		if f == nil {
			if i = d.skip(b, i, false); i < 0 {
				return i
			}
			continue
		}
		if b[i] == 'n' {
			if i = d.word(b, i); i < 0 {
				d.path = append(d.path, "."+f.name)
				return i
			}
			if f.seen == stamp { // a null after a value of the same name
				f.seen = 0
				seen--
			}
			continue
		}
		if i = d.value(f, row, b, i); i < 0 {
			d.path = append(d.path, "."+f.name)
			return i
		}
		if f.seen != stamp {
			f.seen = stamp
			seen++
		}
	}
	d.depth--
	if i < 0 || seen == len(o.fields) {
		return i
	}
	for _, f := range o.fields {
		if f.seen == stamp {
			continue
		}
		if f.notNull {
			d.path = append(d.path, "."+f.name)
			return d.reject("is missing or null, but NOT NULL")
		}
		f.col.SetNull(row)
	}
	return i
}

// array reads an array into a row of a list column and returns the place behind it, or -1.
func (d *decoder) array(f *field, row int, b []byte, i int) int {
	if b[i] != '[' {
		return d.mismatch(f, b, i)
	}
	if d.depth >= depthMax {
		return d.tooDeep()
	}
	d.depth++
	base, n := int(f.col.Off[row]), 0
	i = space(b, i+1)
	if i < len(b) && b[i] == ']' {
		i++
	} else {
		for {
			if i = d.element(f.elem, base+n, b, i); i < 0 {
				d.path = append(d.path, fmt.Sprintf("[%d]", n))
				return i
			}
			n++
			i = space(b, i)
			if i >= len(b) || b[i] != ',' && b[i] != ']' {
				return d.syntax(b, i, "a comma or the end of the array")
			}
			i++
			if b[i-1] == ']' {
				break
			}
			i = space(b, i)
		}
	}
	d.depth--
	f.col.SetLen(row, n)
	return i
}

// element reads one value, null included, into a row of a column that grows with it.
func (d *decoder) element(f *field, row int, b []byte, i int) int {
	if i >= len(b) {
		return d.syntax(b, i, "a value")
	}
	f.col.Grow(row + 1)
	if b[i] == 'n' {
		if i = d.word(b, i); i >= 0 {
			f.col.SetNull(row)
		}
		return i
	}
	return d.value(f, row, b, i)
}

// dict reads an object into a row of a map column and returns the place behind it, or -1. Of entries with the same
// key the last counts: where there are such, the object is read once more without the earlier ones.
func (d *decoder) dict(f *field, row int, b []byte, i int) int {
	if b[i] != '{' {
		return d.mismatch(f, b, i)
	}
	if d.depth >= depthMax {
		return d.tooDeep()
	}
	d.depth++
	end, n := d.entries(f, row, b, i, nil)
	if end < 0 {
		return end
	}
	if stale := staleKeys(f.col.Kids[0], int(f.col.Off[row]), n); stale != nil {
		end, n = d.entries(f, row, b, i, stale)
	}
	d.depth--
	f.col.SetLen(row, n)
	return end
}

// entries reads the entries of an object, but for those in stale by their position, and returns the place behind it
// and how many they are.
func (d *decoder) entries(f *field, row int, b []byte, i int, stale map[int]bool) (end, n int) {
	keys, base := f.col.Kids[0], int(f.col.Off[row])
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, 0
	}
	for at := 0; ; at++ {
		if i >= len(b) || b[i] != '"' {
			return d.syntax(b, i, "a key in quotes"), 0
		}
		key, next := d.str(b, i)
		if next < 0 {
			return next, 0
		}
		keys.Grow(base + n + 1)
		if !keys.SetBytes(base+n, key) {
			return d.tooLong(), 0
		}
		if i = space(b, next); i >= len(b) || b[i] != ':' {
			return d.syntax(b, i, "a colon"), 0
		}
		if i = space(b, i+1); stale[at] {
			i = d.skip(b, i, false)
		} else {
			i = d.element(f.elem, base+n, b, i)
			n++
		}
		if i < 0 {
			d.path = append(d.path, "["+quote(keys.Data[keys.Off[base+n-1]:keys.Off[base+n]])+"]")
			return i, 0
		}
		i = space(b, i)
		if i >= len(b) || b[i] != ',' && b[i] != '}' {
			return d.syntax(b, i, "a comma or the end of the object"), 0
		}
		i++
		if b[i-1] == '}' {
			return i, n
		}
		i = space(b, i)
	}
}

// staleKeys finds those of n keys from base on that come again later; nil where there are none.
func staleKeys(keys *column.Column, base, n int) map[int]bool {
	key := func(k int) []byte { return keys.Data[keys.Off[base+k]:keys.Off[base+k+1]] }
	var stale map[int]bool
	mark := func(k int) {
		if stale == nil {
			stale = map[int]bool{}
		}
		stale[k] = true
	}
	if n <= 16 {
		for k := range n {
			for l := k + 1; l < n; l++ {
				if string(key(k)) == string(key(l)) {
					mark(k)
					break
				}
			}
		}
		return stale
	}
	last := make(map[string]int, n)
	for k := range n {
		if before, ok := last[string(key(k))]; ok {
			mark(before)
		}
		last[string(key(k))] = k
	}
	return stale
}

// reject says what is wrong with the record.
func (d *decoder) reject(format string, args ...any) int {
	d.reason = fmt.Sprintf(format, args...)
	return -1
}

// syntax says that at i there is not what JSON has there.
func (d *decoder) syntax(b []byte, i int, want string) int {
	if i >= len(b) {
		return d.reject("the record ends at byte %d, where %s must come", len(b), want)
	}
	return d.reject("not JSON at byte %d: %s where %s must come", i, quote(b[i:min(len(b), i+16)]), want)
}

func (d *decoder) tooDeep() int { return d.reject("is nested deeper than %d levels", depthMax) }

func (d *decoder) tooLong() int { return d.reject("a batch of such values passes 2 GiB") }

// mismatch says that the value at i is not one of the field's type. A value that is not JSON at all is a worse error
// and wins.
func (d *decoder) mismatch(f *field, b []byte, i int) int {
	end := d.skip(b, i, false)
	if end < 0 {
		return end
	}
	return d.reject("%s is not %s", quote(content(b[i:end])), articled(f.col.Type))
}

// content is the inside of a string, and any other value as it is.
func content(v []byte) []byte {
	if len(v) >= 2 && v[0] == '"' {
		return v[1 : len(v)-1]
	}
	return v
}

// articled is the type with the article that belongs before it.
func articled(t types.Type) string {
	name := t.String()
	if strings.IndexByte("AEI", name[0]) >= 0 {
		return "an " + name
	}
	return "a " + name
}

// failure makes the error of what was said about the record, and forgets it.
func (d *decoder) failure() *formats.RecordError {
	var name strings.Builder
	for i := len(d.path) - 1; i >= 0; i-- {
		name.WriteString(d.path[i])
	}
	err := &formats.RecordError{Field: strings.TrimPrefix(name.String(), "."), Reason: d.reason}
	d.path, d.reason, d.depth = d.path[:0], "", 0
	if cap(d.scratch) > scratchMax {
		d.scratch = nil
	}
	return err
}

// load8 is eight bytes as a number, the first the lowest.
func load8(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
