package kafka

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/catalog"
	"millrace/formats"
	"millrace/types"
)

// keys makes the keys of records: the text of one column, or a JSON object of several.
type keys struct {
	cols   []int // of the stored columns
	typ    types.Type
	enc    formats.Encoder // nil: text
	schema *arrow.Schema   // of the columns, for enc
	buf    []byte
	ends   []int
	list   [][]byte
}

// newKeys makes the keys of the columns at positions cols of the table; stored is the schema that of makes them from.
func newKeys(t *catalog.Table, cols []int, stored types.Schema, fmts []formats.Format) (*keys, error) {
	k := &keys{}
	var schema types.Schema
	for _, c := range cols {
		k.cols = append(k.cols, stored.Index(t.Columns[c].Name))
		schema = append(schema, t.Columns[c].Column)
	}
	k.typ = schema[0].Type
	o := t.Options["key.format"]
	if o.Value == "text" || o.Value == "" && len(cols) == 1 {
		return k, nil
	}
	f, err := formats.Find(fmts, "json", o.Pos)
	if err != nil {
		return nil, err
	}
	k.schema = schema.Arrow()
	k.enc, err = f.NewEncoder(schema, formats.OptionsFor(t, f))
	return k, err
}

// of makes the keys of the rows of rec, good until the next call. A NULL text is a nil key.
func (k *keys) of(rec arrow.RecordBatch) ([][]byte, error) {
	if k.enc == nil {
		k.list = k.texts(rec.Column(k.cols[0]))
		return k.list, nil
	}
	cols := make([]arrow.Array, len(k.cols))
	for i, c := range k.cols {
		cols[i] = rec.Column(c)
	}
	part := array.NewRecordBatch(k.schema, cols, rec.NumRows())
	defer part.Release()
	buf, ends, err := k.enc.Encode(part, k.buf[:0])
	if err != nil {
		return nil, err
	}
	k.buf, k.list = buf, k.list[:0]
	from := 0
	for _, end := range ends {
		k.list = append(k.list, buf[from:end])
		from = end
	}
	return k.list, nil
}

// texts is the values of a column as text. Those of TEXT and BYTEA are their bytes, in place.
func (k *keys) texts(a arrow.Array) [][]byte {
	list := k.list[:0]
	if k.typ.Kind == types.Text || k.typ.Kind == types.Bytes {
		return columnBytes(list, a)
	}
	if k.buf == nil {
		k.buf = make([]byte, 0, 4096) // an empty text is not NULL
	}
	buf, ends := k.buf[:0], k.ends[:0]
	for i := range a.Len() {
		buf = types.AppendText(buf, a, i, k.typ)
		ends = append(ends, len(buf))
	}
	from := 0
	for i, end := range ends {
		key := buf[from:end:end]
		if a.IsNull(i) {
			key = nil
		}
		list = append(list, key)
		from = end
	}
	k.buf, k.ends = buf, ends
	return list
}

// columnBytes is the values of a column of TEXT or BYTEA, in place; NULL is nil.
func columnBytes(list [][]byte, a arrow.Array) [][]byte {
	var data []byte // begins with the first value
	var offsets []int32
	switch a := a.(type) {
	case *array.String:
		data, offsets = a.ValueBytes(), a.ValueOffsets()
	case *array.Binary:
		data, offsets = a.ValueBytes(), a.ValueOffsets()
	}
	if data == nil {
		data = []byte{} // an empty text is not NULL
	}
	for i := range a.Len() {
		if a.IsNull(i) {
			list = append(list, nil)
			continue
		}
		list = append(list, data[offsets[i]-offsets[0]:offsets[i+1]-offsets[0]])
	}
	return list
}
