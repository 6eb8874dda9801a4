package agg

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// keyCodec turns rows of keys into bytes and back. Rows are equal in SQL (NULL being equal to NULL) when their bytes
// are, but for the tail:
//
//	the keys of fixed width, in order: 1 byte, 0 for NULL, then one word or two of 8 bytes as loadWords gives them
//	the others, in order: 1 byte, 0 for NULL and then no more; else 4 bytes of length and so many bytes
//	the tail: 16 bytes for each Interval as it was, since equal ones may be written differently
//
// All numbers are little-endian.
type keyCodec struct {
	keys  []types.Type
	dts   []arrow.DataType
	at    []int // where a key of fixed width begins; -1: its length varies
	tails []int // where, from the end of a row, its Interval begins; 0: it is none
	width int   // of the keys of fixed width together
	tail  int
	data  []byte  // the rows of the newest encode
	offs  []int32 // where they begin, and where the last one ends
	fill  []int32 // how far each is written
}

func newKeyCodec(keys []types.Type) *keyCodec {
	k := &keyCodec{keys: keys, at: make([]int, len(keys)), tails: make([]int, len(keys))}
	for i, t := range keys {
		dt := t.Arrow()
		k.dts = append(k.dts, dt)
		k.at[i] = -1
		if w := wordsOf(dt); w > 0 {
			k.at[i] = k.width
			k.width += 1 + 8*w
		}
		if t.Kind == types.Interval {
			k.tail += 16
			k.tails[i] = k.tail
		}
	}
	return k
}

// column is a key of a batch that has no fixed width, as bytes.
type column struct {
	valid bitmap
	offs  []int32
	data  []byte
}

// encode writes n rows to data and offs.
func (k *keyCodec) encode(cols []arrow.Array, n int) {
	k.offs = sized(k.offs, n+1)
	var vars [8]column
	vary := k.varying(cols, vars[:0])
	k.layRows(vary, n)
	var scratch block
	for c, a := range cols {
		if k.at[c] < 0 {
			continue
		}
		valid := validity(a)
		for part := range wordsOf(k.dts[c]) {
			for from := 0; from < n; from += blockRows {
				to := min(from+blockRows, n)
				words := loadWords(a, part, from, to, &scratch)
				k.putWords(k.offs[from:to], words, k.at[c]+1+8*part, valid.from(from))
			}
		}
		k.putFlags(n, k.at[c], valid)
		if k.tails[c] > 0 {
			for i, v := range values[arrow.MonthDayNanoInterval](a) {
				putInterval(k.data[int(k.offs[i+1])-k.tails[c]:], v)
			}
		}
	}
	k.fill = append(k.fill[:0], k.offs[:n]...)
	for i := range k.fill {
		k.fill[i] += int32(k.width)
	}
	for _, v := range vary {
		k.putBytes(v)
	}
}

// varying is the keys that have no fixed width, in order; nested values are encoded.
func (k *keyCodec) varying(cols []arrow.Array, into []column) []column {
	for c, a := range cols {
		if k.at[c] >= 0 {
			continue
		}
		v := column{valid: validity(a)}
		switch a.DataType().ID() {
		case arrow.STRING, arrow.BINARY:
			v.offs, v.data = varlen(a)
		default:
			v.offs = make([]int32, a.Len()+1)
			for i := range a.Len() {
				v.data = appendValue(v.data, a, i)
				v.offs[i+1] = rowOffset(int64(len(v.data)))
			}
		}
		into = append(into, v)
	}
	return into
}

// layRows computes where each row begins and makes room for all.
func (k *keyCodec) layRows(vary []column, n int) {
	offs := k.offs[:n+1]
	offs[0] = 0
	for i := 1; i <= n; i++ {
		offs[i] = int32(k.width + k.tail)
	}
	for _, v := range vary {
		for i := range n {
			size := int32(1)
			if v.valid.all() || v.valid.has(i) {
				size = 5 + v.offs[i+1] - v.offs[i]
			}
			offs[i+1] += size
		}
	}
	total := int64(0)
	for i := 1; i <= n; i++ {
		total += int64(offs[i])
		offs[i] = int32(total)
	}
	k.data = sized(k.data, int(rowOffset(total)))
}

// rowOffset panics where the keys of one batch pass 2 GiB, which takes rows of hundreds of kilobytes each.
func rowOffset(total int64) int32 {
	if total > math.MaxInt32 {
		panic(fmt.Sprintf("the keys of one batch take %d bytes, more than %d", total, math.MaxInt32))
	}
	return int32(total)
}

func (k *keyCodec) putWords(offs []int32, words []uint64, at int, valid bitmap) {
	words = words[:len(offs)]
	if valid.all() {
		for i, o := range offs {
			binary.LittleEndian.PutUint64(k.data[int(o)+at:], words[i])
		}
		return
	}
	for i, o := range offs {
		w := words[i]
		if !valid.has(i) {
			w = 0
		}
		binary.LittleEndian.PutUint64(k.data[int(o)+at:], w)
	}
}

func (k *keyCodec) putFlags(n, at int, valid bitmap) {
	for i, o := range k.offs[:n] {
		flag := byte(1)
		if !valid.all() && !valid.has(i) {
			flag = 0
		}
		k.data[int(o)+at] = flag
	}
}

func (k *keyCodec) putBytes(v column) {
	for i, o := range k.fill {
		if !v.valid.all() && !v.valid.has(i) {
			k.data[o] = 0
			k.fill[i] = o + 1
			continue
		}
		value := v.data[v.offs[i]:v.offs[i+1]]
		k.data[o] = 1
		binary.LittleEndian.PutUint32(k.data[o+1:], uint32(len(value)))
		copy(k.data[o+5:], value)
		k.fill[i] = o + 5 + int32(len(value))
	}
}

func putInterval(b []byte, v arrow.MonthDayNanoInterval) {
	binary.LittleEndian.PutUint32(b, uint32(v.Months))
	binary.LittleEndian.PutUint32(b[4:], uint32(v.Days))
	binary.LittleEndian.PutUint64(b[8:], uint64(v.Nanoseconds))
}

func getInterval(b []byte) arrow.MonthDayNanoInterval {
	return arrow.MonthDayNanoInterval{
		Months:      int32(binary.LittleEndian.Uint32(b)),
		Days:        int32(binary.LittleEndian.Uint32(b[4:])),
		Nanoseconds: int64(binary.LittleEndian.Uint64(b[8:])),
	}
}

// decode is the columns of n rows, where row gives the bytes of each.
func (k *keyCodec) decode(mem memory.Allocator, n int, row func(i int) []byte) []arrow.Array {
	out := make([]arrow.Array, len(k.keys))
	rest := make([]int, n) // where the next key of varying length begins
	for i := range rest {
		rest[i] = k.width
	}
	for c, dt := range k.dts {
		b := array.NewBuilder(mem, dt)
		b.Reserve(n)
		for i := range n {
			enc := row(i)
			at := k.at[c]
			if at < 0 {
				at = rest[i]
				rest[i]++
				if enc[at] != 0 {
					rest[i] += 4 + int(binary.LittleEndian.Uint32(enc[at+1:]))
				}
			}
			switch {
			case enc[at] == 0:
				b.AppendNull()
			case k.tails[c] > 0:
				b.(*array.MonthDayNanoIntervalBuilder).Append(getInterval(enc[len(enc)-k.tails[c]:]))
			case k.at[c] >= 0:
				appendFixed(b, enc[at+1:])
			default:
				appendBytes(b, enc[at+5:rest[i]])
			}
		}
		out[c] = b.NewArray()
		b.Release()
	}
	return out
}

// appendFixed appends the value whose words are at the beginning of enc, and returns what follows it.
func appendFixed(b array.Builder, enc []byte) []byte {
	w := binary.LittleEndian.Uint64(enc)
	if appendWord(b, w) {
		return enc[8:]
	}
	switch b := b.(type) {
	case *array.Decimal128Builder:
		b.Append(decimal128.New(int64(binary.LittleEndian.Uint64(enc[8:])), w))
	case *array.FixedSizeBinaryBuilder:
		b.Append(enc[:16])
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(getInterval(enc))
	default:
		panic(fmt.Sprintf("agg: no value of fixed width: %T", b))
	}
	return enc[16:]
}

// appendWord appends the value that loadWords has made into one word; false: the type needs two.
func appendWord(b array.Builder, w uint64) bool {
	switch b := b.(type) {
	case *array.Int64Builder:
		b.Append(int64(w))
	case *array.Int32Builder:
		b.Append(int32(w))
	case *array.Int16Builder:
		b.Append(int16(w))
	case *array.BooleanBuilder:
		b.Append(w != 0)
	case *array.Float64Builder:
		b.Append(math.Float64frombits(w))
	case *array.Float32Builder:
		b.Append(float32(math.Float64frombits(w)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(w))
	case *array.Date32Builder:
		b.Append(arrow.Date32(w))
	case *array.Time64Builder:
		b.Append(arrow.Time64(w))
	default:
		return false
	}
	return true
}

// appendBytes appends a value that has no fixed width, as encode wrote it behind its length.
func appendBytes(b array.Builder, enc []byte) {
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(string(enc))
	case *array.BinaryBuilder:
		b.Append(enc)
	default:
		decodeValue(b, enc)
	}
}

// appendValue appends a value as part of a nested one: 1 byte, 0 for NULL; then its words, or 4 bytes of length and its
// bytes, or the number of its elements and each of them (a Map's as key, value, …), or its fields. An Interval stands
// as it is, so that here 1 month and 30 days are different. Little-endian.
func appendValue(buf []byte, a arrow.Array, i int) []byte {
	if a.IsNull(i) {
		return append(buf, 0)
	}
	buf = append(buf, 1)
	count := func(n int64) { buf = binary.LittleEndian.AppendUint32(buf, uint32(n)) }
	switch a := a.(type) {
	case *array.List:
		start, end := a.ValueOffsets(i)
		count(end - start)
		for j := start; j < end; j++ {
			buf = appendValue(buf, a.ListValues(), int(j))
		}
	case *array.Map:
		start, end := a.ValueOffsets(i)
		count(end - start)
		for j := start; j < end; j++ {
			buf = appendValue(appendValue(buf, a.Keys(), int(j)), a.Items(), int(j))
		}
	case *array.Struct:
		for f := range a.NumField() {
			buf = appendValue(buf, a.Field(f), i)
		}
	case *array.String:
		count(int64(len(a.Value(i))))
		buf = append(buf, a.Value(i)...)
	case *array.Binary:
		count(int64(len(a.Value(i))))
		buf = append(buf, a.Value(i)...)
	case *array.MonthDayNanoInterval:
		buf = append(buf, make([]byte, 16)...)
		putInterval(buf[len(buf)-16:], a.Value(i))
	default:
		var scratch block
		for part := range wordsOf(a.DataType()) {
			buf = binary.LittleEndian.AppendUint64(buf, loadWords(a, part, i, i+1, &scratch)[0])
		}
	}
	return buf
}

// decodeValue appends what appendValue wrote, and returns what follows it.
func decodeValue(b array.Builder, enc []byte) []byte {
	there := enc[0] != 0
	enc = enc[1:]
	if !there {
		b.AppendNull()
		return enc
	}
	count := func() int {
		n := binary.LittleEndian.Uint32(enc)
		enc = enc[4:]
		return int(n)
	}
	switch b := b.(type) {
	case *array.MapBuilder:
		b.Append(true)
		for range count() {
			enc = decodeValue(b.ItemBuilder(), decodeValue(b.KeyBuilder(), enc))
		}
	case *array.ListBuilder:
		b.Append(true)
		for range count() {
			enc = decodeValue(b.ValueBuilder(), enc)
		}
	case *array.StructBuilder:
		b.Append(true)
		for f := range b.NumField() {
			enc = decodeValue(b.FieldBuilder(f), enc)
		}
	case *array.StringBuilder:
		n := count()
		b.Append(string(enc[:n]))
		enc = enc[n:]
	case *array.BinaryBuilder:
		n := count()
		b.Append(enc[:n])
		enc = enc[n:]
	default:
		enc = appendFixed(b, enc)
	}
	return enc
}
