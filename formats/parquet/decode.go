package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"millrace/types"
)

type decodeFunc = func(n int) (buffers []*memory.Buffer, nulls int, err error)

// decoder picks the loop for a column of a type; nil where there is none.
func (c *column) decoder(t types.Type) decodeFunc {
	switch r := c.chunk.(type) {
	case *file.BooleanColumnChunkReader:
		if t.Kind == types.Bool {
			return c.bools(r.ReadBatch)
		}
	case *file.Int32ColumnChunkReader:
		return c.int32s(r.ReadBatch, t)
	case *file.Int64ColumnChunkReader:
		return c.int64s(r.ReadBatch, t)
	case *file.Int96ColumnChunkReader:
		if t.Kind == types.Timestamp {
			return mapped(c, r.ReadBatch, func(out []int64, in []parquet.Int96) error {
				for i, v := range in {
					days := int64(binary.LittleEndian.Uint32(v[8:])) - 2440588 // the Julian day of 1970-01-01
					out[i] = days*86_400_000_000 + int64(binary.LittleEndian.Uint64(v[:]))/1000
				}
				return nil
			})
		}
	case *file.Float32ColumnChunkReader:
		if t.Kind == types.Float32 {
			return same(c, r.ReadBatch)
		}
	case *file.Float64ColumnChunkReader:
		if t.Kind == types.Float64 {
			return same(c, r.ReadBatch)
		}
	case *file.ByteArrayColumnChunkReader:
		switch t.Kind {
		case types.Text, types.JSON, types.Bytes:
			return varied(c, r.ReadBatchInPage)
		case types.Decimal:
			return mapped(c, r.ReadBatch, decimals[parquet.ByteArray])
		}
	case *file.FixedLenByteArrayColumnChunkReader:
		switch t.Kind {
		case types.Bytes:
			return varied(c, r.ReadBatchInPage)
		case types.Decimal:
			return mapped(c, r.ReadBatch, decimals[parquet.FixedLenByteArray])
		case types.UUID:
			return mapped(c, r.ReadBatch, func(out [][16]byte, in []parquet.FixedLenByteArray) error {
				for i, v := range in {
					copy(out[i][:], v)
				}
				return nil
			})
		}
	}
	return nil
}

func (c *column) int32s(read readFunc[int32], t types.Type) decodeFunc {
	switch t.Kind {
	case types.Int16:
		return mapped(c, read, widen[int16, int32])
	case types.Int32, types.Date:
		return same(c, read)
	case types.Int64: // unsigned
		return mapped(c, read, func(out []int64, in []int32) error {
			for i, v := range in {
				out[i] = int64(uint32(v))
			}
			return nil
		})
	case types.Time:
		return mapped(c, read, func(out []int64, in []int32) error {
			for i, v := range in {
				out[i] = int64(v) * 1000
			}
			return nil
		})
	case types.Decimal:
		return mapped(c, read, func(out []decimal128.Num, in []int32) error {
			for i, v := range in {
				out[i] = decimal128.New(int64(v)>>63, uint64(int64(v)))
			}
			return nil
		})
	}
	return nil
}

func (c *column) int64s(read readFunc[int64], t types.Type) decodeFunc {
	unit := schema.TimeUnitMicros
	switch l := c.chunk.Descriptor().LogicalType().(type) {
	case schema.TimeLogicalType:
		unit = l.TimeUnit()
	case schema.TimestampLogicalType:
		unit = l.TimeUnit()
	}
	switch t.Kind {
	case types.Time, types.Timestamp, types.TimestampTZ:
		switch unit {
		case schema.TimeUnitMillis:
			return mapped(c, read, func(out, in []int64) error {
				for i, v := range in {
					if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
						return fmt.Errorf("%d milliseconds are out of range", v)
					}
					out[i] = v * 1000
				}
				return nil
			})
		case schema.TimeUnitNanos:
			return mapped(c, read, func(out, in []int64) error {
				for i, v := range in {
					out[i] = (v - (v%1000+1000)%1000) / 1000 // rounds down
				}
				return nil
			})
		}
		return same(c, read)
	case types.Int64:
		return same(c, read)
	case types.Decimal:
		return mapped(c, read, func(out []decimal128.Num, in []int64) error {
			for i, v := range in {
				out[i] = decimal128.New(v>>63, uint64(v))
			}
			return nil
		})
	}
	return nil
}

func widen[To, From int16 | int32 | int64](out []To, in []From) error {
	for i, v := range in {
		out[i] = To(v)
	}
	return nil
}

// decimals reads numbers of any length, the highest byte first.
func decimals[T ~[]byte](out []decimal128.Num, in []T) error {
	for i, v := range in {
		for ; len(v) > 16; v = v[1:] { // what comes in front of a number of 128 bits is its sign
			if v[0] != 0 && v[0] != 0xff {
				return fmt.Errorf("a decimal has more than 38 digits")
			}
		}
		var hi, lo uint64
		if len(v) > 0 && v[0] >= 0x80 {
			hi, lo = math.MaxUint64, math.MaxUint64
		}
		for _, b := range []byte(v) {
			hi, lo = hi<<8|lo>>56, lo<<8|uint64(b)
		}
		out[i] = decimal128.New(int64(hi), lo)
	}
	return nil
}

// cells is a buffer for n values, as bytes and as values.
func cells[T any](c *column, n int) (*memory.Buffer, []T) {
	var zero T
	b := c.buffer(n * int(unsafe.Sizeof(zero)))
	return b, unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b.Bytes()))), n)
}

// same decodes values that are in Arrow what they are in the file.
func same[T any](c *column, read readFunc[T]) decodeFunc {
	return func(n int) ([]*memory.Buffer, int, error) {
		b, values := cells[T](c, n)
		got, err := fill(c, values, read)
		if err != nil {
			b.Release()
			return nil, 0, err
		}
		if got < n {
			spread(values, c.defs, got)
		}
		return []*memory.Buffer{c.validity(n, got), b}, n - got, nil
	}
}

// mapped decodes values that convert turns into others, as many at a time as there are.
func mapped[From, To any](c *column, read readFunc[From], convert func(out []To, in []From) error) decodeFunc {
	var in []From
	return func(n int) ([]*memory.Buffer, int, error) {
		if cap(in) < n {
			in = make([]From, n)
		}
		got, err := fill(c, in[:n], read)
		if err != nil {
			return nil, 0, err
		}
		b, out := cells[To](c, n)
		if err := convert(out, in[:got]); err != nil {
			b.Release()
			return nil, 0, err
		}
		if got < n {
			spread(out, c.defs, got)
		}
		return []*memory.Buffer{c.validity(n, got), b}, n - got, nil
	}
}

func (c *column) bools(read readFunc[bool]) decodeFunc {
	var in []bool
	return func(n int) ([]*memory.Buffer, int, error) {
		if cap(in) < n {
			in = make([]bool, n)
		}
		in = in[:n]
		got, err := fill(c, in, read)
		if err != nil {
			return nil, 0, err
		}
		if got < n {
			spread(in, c.defs, got)
		}
		b := c.buffer((n + 7) / 8)
		bits := b.Bytes()
		for i, v := range in {
			if v {
				bits[i>>3] |= 1 << (i & 7)
			}
		}
		return []*memory.Buffer{c.validity(n, got), b}, n - got, nil
	}
}

// varied decodes texts and bytes. read gives values that are parts of a page: they are copied before the next call.
func varied[T ~[]byte](c *column, read readFunc[T]) decodeFunc {
	var in []T
	size := 0 // of the last batch: a guess at the next
	return func(n int) (_ []*memory.Buffer, _ int, err error) {
		if cap(in) < n {
			in = make([]T, n)
		}
		offsets, at := cells[int32](c, n+1)
		data := c.buffer(size + size/8)
		defer func() {
			if err != nil {
				offsets.Release()
				data.Release()
			}
		}()
		buf := data.Bytes()
		used, rows, got := 0, 0, 0
		for rows < n {
			defs := c.defs
			if c.optional {
				defs = c.defs[rows:n]
			}
			r, k, err := read(int64(n-rows), in[:n-rows], defs, nil)
			if err != nil {
				return nil, 0, err
			}
			if r == 0 {
				return nil, 0, fmt.Errorf("ends %d rows before its row group", n-rows)
			}
			more := 0
			for _, v := range in[:k] {
				more += len(v)
			}
			if used+more > math.MaxInt32 {
				return nil, 0, fmt.Errorf("more than 2 GiB in %d rows", n)
			}
			if used+more > len(buf) {
				data.Resize(max(used+more, 2*len(buf)))
				buf = data.Bytes()
			}
			ends := at[got+1 : got+1+k]
			for i, v := range in[:k] {
				used += copy(buf[used:], v)
				ends[i] = int32(used)
			}
			rows, got = rows+int(r), got+k
		}
		size = used
		data.Resize(used)
		if got < n {
			spreadEnds(at, c.defs, got)
		}
		return []*memory.Buffer{c.validity(n, got), offsets, data}, n - got, nil
	}
}

// spreadEnds moves the ends of the values to the rows that they belong to; a NULL ends where it begins.
func spreadEnds(at []int32, defs []int16, got int) {
	for i := len(at) - 1; i > 0; i-- {
		at[i] = at[got]
		if defs[i-1] != 0 {
			got--
		}
	}
}
