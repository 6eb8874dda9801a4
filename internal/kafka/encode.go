package kafka

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Builder collects records for one batch. The zero value is an empty batch.
type Builder struct {
	body      []byte // the records, not compressed
	scratch   []byte
	count     int32
	firstTime int64
	maxTime   int64
}

// Add appends a record. A nil key or value is null; ms is the record's time in milliseconds since the epoch.
func (b *Builder) Add(key, value []byte, ms int64, headers ...Header) {
	if b.count == 0 {
		b.firstTime, b.maxTime = ms, ms
	}
	b.maxTime = max(b.maxTime, ms)
	rest := b.scratch[:0] // all of a record but its value, which may be large, and what is behind that
	rest = append(rest, 0)
	rest = binary.AppendVarint(rest, ms-b.firstTime)
	rest = binary.AppendVarint(rest, int64(b.count))
	rest = appendBytes(rest, key)
	head := len(rest)
	rest = binary.AppendVarint(rest, int64(len(headers)))
	for _, h := range headers {
		rest = binary.AppendVarint(rest, int64(len(h.Key)))
		rest = append(rest, h.Key...)
		rest = appendBytes(rest, h.Value)
	}
	b.scratch = rest

	vlen := int64(len(value))
	if value == nil {
		vlen = -1
	}
	b.body = binary.AppendVarint(b.body, int64(len(rest)+varintSize(vlen)+len(value)))
	b.body = append(b.body, rest[:head]...)
	b.body = binary.AppendVarint(b.body, vlen)
	b.body = append(b.body, value...)
	b.body = append(b.body, rest[head:]...)
	b.count++
}

func appendBytes(to, b []byte) []byte {
	if b == nil {
		return binary.AppendVarint(to, -1)
	}
	return append(binary.AppendVarint(to, int64(len(b))), b...)
}

func varintSize(v int64) int {
	n := 1
	for u := uint64(v)<<1 ^ uint64(v>>63); u >= 0x80; u >>= 7 {
		n++
	}
	return n
}

// Count is the number of records.
func (b *Builder) Count() int { return int(b.count) }

// Size is the number of bytes of the records before they are compressed.
func (b *Builder) Size() int { return len(b.body) }

// Reset makes the builder empty; it keeps its memory.
func (b *Builder) Reset() { b.body, b.count = b.body[:0], 0 }

// Split moves the later half of the records to another builder, for a broker that does not take so large a batch.
func (b *Builder) Split() *Builder {
	halves := [2]*Builder{{}, {}}
	r := Records{body: b.body, left: int(b.count), end: int64(b.count), baseTime: b.firstTime}
	var headers []Header
	for i := range b.count {
		_, err := r.Next()
		if err == nil {
			headers, err = r.AppendHeaders(headers[:0])
		}
		if err != nil {
			panic(fmt.Sprintf("kafka: record %d of a batch that was built here cannot be read: %v", i, err))
		}
		halves[2*i/b.count].Add(r.Key, r.Value, r.Time, headers...)
	}
	*b = *halves[0]
	return halves[1]
}

// Producer is who writes a batch. A broker drops a batch whose sequence it has seen of a producer, and shows those of
// a transaction when it is committed.
type Producer struct {
	ID            int64 // -1: nobody in particular
	Epoch         int16
	Sequence      int32 // of the batch's first record
	Transactional bool
}

// Anonymous is no particular producer.
var Anonymous = Producer{ID: -1, Epoch: -1, Sequence: -1}

// Append appends the batch to buf, compressed by d with codec c, as a producer sends it: from offset 0.
func (b *Builder) Append(buf []byte, c Codec, d *Deflater, p Producer) ([]byte, error) {
	be, start := binary.BigEndian, len(buf)
	attributes := uint16(c)
	if p.Transactional {
		attributes |= transactional
	}
	buf = be.AppendUint64(buf, 0)
	buf = be.AppendUint32(buf, 0)          // the length: below
	buf = be.AppendUint32(buf, ^uint32(0)) // no leader epoch
	buf = append(buf, 2)
	buf = be.AppendUint32(buf, 0) // the CRC: below
	buf = be.AppendUint16(buf, attributes)
	buf = be.AppendUint32(buf, uint32(b.count-1))
	buf = be.AppendUint64(buf, uint64(b.firstTime))
	buf = be.AppendUint64(buf, uint64(b.maxTime))
	buf = be.AppendUint64(buf, uint64(p.ID))
	buf = be.AppendUint16(buf, uint16(p.Epoch))
	buf = be.AppendUint32(buf, uint32(p.Sequence))
	buf = be.AppendUint32(buf, uint32(b.count))
	buf, err := d.compress(buf, c, b.body)
	if err != nil {
		return nil, err
	}
	be.PutUint32(buf[start+8:], uint32(len(buf)-start-lengthEnd))
	be.PutUint32(buf[start+17:], crc32.Checksum(buf[start+crcEnd:], castagnoli))
	return buf, nil
}

// Deflater compresses batches, one at a time. The zero value is ready.
type Deflater struct {
	out  appender
	gzip *gzip.Writer
	lz4  *lz4.Writer
	zstd *zstd.Encoder
}

// appender is an io.Writer to the end of a slice.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// xerialBlock is the size of the blocks that the Java client compresses with snappy.
const xerialBlock = 32 << 10

func (d *Deflater) compress(to []byte, c Codec, body []byte) (_ []byte, err error) {
	d.out.b = to
	switch c {
	case None:
		return append(to, body...), nil
	case Gzip:
		if d.gzip == nil {
			d.gzip = gzip.NewWriter(nil)
		}
		d.gzip.Reset(&d.out)
		if _, err = d.gzip.Write(body); err == nil {
			err = d.gzip.Close()
		}
	case Snappy:
		d.out.b = append(d.out.b, xerial...)
		d.out.b = append(d.out.b, 0, 0, 0, 1, 0, 0, 0, 1) // its version, and the one that it can be read by
		for len(body) > 0 {
			n := min(len(body), xerialBlock)
			block := snappy.Encode(nil, body[:n])
			d.out.b = binary.BigEndian.AppendUint32(d.out.b, uint32(len(block)))
			d.out.b = append(d.out.b, block...)
			body = body[n:]
		}
	case LZ4:
		if d.lz4 == nil {
			d.lz4 = lz4.NewWriter(nil)
			if err := d.lz4.Apply(lz4.BlockSizeOption(lz4.Block64Kb)); err != nil {
				return nil, err
			}
		}
		d.lz4.Reset(&d.out)
		if _, err = d.lz4.Write(body); err == nil {
			err = d.lz4.Close()
		}
	case Zstd:
		if d.zstd == nil {
			if d.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
				return nil, err
			}
		}
		d.out.b = d.zstd.EncodeAll(body, d.out.b)
	}
	to, d.out.b = d.out.b, nil
	return to, err
}
