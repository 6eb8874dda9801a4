package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrCorrupt is what all errors about bytes that are no record batch are.
var ErrCorrupt = errors.New("corrupt record batch")

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// A record batch of magic 2 begins with these fields; the check sum covers what is from attributes on.
const (
	atLength     = 8  // int32: of what is behind it
	lengthEnd    = 12 //
	atMagic      = 16 // int8; the same place in the formats before
	atCRC        = 17 // uint32
	crcEnd       = 21 // int16: the attributes
	atLastDelta  = 23 // int32: of the last offset
	atBaseTime   = 27 // int64: milliseconds
	atMaxTime    = 35 // int64
	atProducerID = 43 // int64, and behind it int16 the producer's epoch, int32 its sequence
	atCount      = 57 // int32
	headerSize   = 61

	magicEnd = 17 // what every format has
)

// Bits of the attributes.
const (
	codecBits     = 7
	logAppendTime = 1 << 3
	transactional = 1 << 4
	control       = 1 << 5
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Cut splits a record set after its first batch; nil where it does not hold all of one: a broker may cut off the last.
func Cut(set []byte) (batch, rest []byte) {
	if len(set) < magicEnd {
		return nil, nil
	}
	n := int64(int32(binary.BigEndian.Uint32(set[atLength:]))) + lengthEnd
	if n < magicEnd || n > int64(len(set)) {
		return nil, nil
	}
	return set[:n], set[n:]
}

// EndOf is the offset behind a batch that Cut has found; false where its format is not magic 2.
func EndOf(batch []byte) (int64, bool) {
	if batch[atMagic] != 2 || len(batch) < headerSize {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(batch)) + int64(int32(binary.BigEndian.Uint32(batch[atLastDelta:]))) + 1, true
}

// Batch is a record batch of which the header has been read.
type Batch struct {
	Base, Last int64 // the first and the last of its offsets
	Count      int   // of records; compaction and control may leave fewer than offsets
	ProducerID int64
	Codec      Codec

	raw        []byte
	attributes uint16
	time       int64 // that the records' times are counted from
}

// Open reads the header of a batch that Cut has found, and checks its sum.
func (b *Batch) Open(raw []byte) error {
	be := binary.BigEndian
	base := int64(be.Uint64(raw))
	if magic := raw[atMagic]; magic != 2 {
		return fmt.Errorf("the record batch at offset %d has the format of magic %d, of brokers before 0.11: only that of magic 2 can be read", base, magic)
	}
	if len(raw) < headerSize {
		return corrupt("of %d bytes", len(raw))
	}
	if sum := crc32.Checksum(raw[crcEnd:], castagnoli); sum != be.Uint32(raw[atCRC:]) {
		return corrupt("the check sum of the batch at offset %d is %08x, not %08x", base, sum, be.Uint32(raw[atCRC:]))
	}
	delta, count := int32(be.Uint32(raw[atLastDelta:])), int32(be.Uint32(raw[atCount:]))
	if base < 0 || delta < 0 || count < 0 || base+int64(delta) < 0 {
		return corrupt("the batch at offset %d has %d records, the last at +%d", base, count, delta)
	}
	*b = Batch{
		Base: base, Last: base + int64(delta), Count: int(count), ProducerID: int64(be.Uint64(raw[atProducerID:])),
		raw: raw, attributes: be.Uint16(raw[crcEnd:]), time: int64(be.Uint64(raw[atBaseTime:])),
	}
	b.Codec = Codec(b.attributes & codecBits)
	if b.attributes&logAppendTime != 0 {
		b.time = int64(be.Uint64(raw[atMaxTime:]))
	}
	return nil
}

// Transactional reports whether the records are part of a transaction.
func (b *Batch) Transactional() bool { return b.attributes&transactional != 0 }

// Control reports whether the batch ends a transaction, and holds no records of anybody.
func (b *Batch) Control() bool { return b.attributes&control != 0 }

// Abort reports whether a control batch takes its transaction back.
func (b *Batch) Abort() bool {
	const abort = 0
	var r Records
	r.Begin(b, b.raw[headerSize:])
	more, err := r.Next()
	return err == nil && more && len(r.Key) >= 4 && binary.BigEndian.Uint16(r.Key[2:]) == abort
}

// Records walks over the records of a batch without allocating. For one goroutine.
type Records struct {
	// Of the record that Next has found; parts of the batch's body.
	Offset  int64
	Time    int64  // milliseconds since the epoch; -1: none
	Key     []byte // nil: none
	Value   []byte // nil: none
	headers []byte // the rest of the record

	body      []byte
	left      int
	base, end int64
	baseTime  int64
	fixedTime bool // all records have baseTime
}

// Begin goes to the first record of a batch, whose body an Inflater has made.
func (r *Records) Begin(b *Batch, body []byte) {
	*r = Records{body: body, left: b.Count, base: b.Base, end: b.Last + 1, baseTime: b.time, fixedTime: b.attributes&logAppendTime != 0}
}

// Left is the number of records that Next has not found yet.
func (r *Records) Left() int { return r.left }

// Next finds the next record; false behind the last.
func (r *Records) Next() (bool, error) {
	if r.left == 0 {
		return false, nil
	}
	r.left--
	size, at := varint(r.body, 0)
	if at < 0 || size < 1 || size > int64(len(r.body)-at) {
		return r.broken("length")
	}
	end := at + int(size)
	rec := r.body[at:end:end]
	r.body = r.body[end:]
	delta, at := varint(rec, 1) // behind the attributes, which mean nothing
	if at < 0 {
		return r.broken("time")
	}
	r.Time = r.baseTime
	if !r.fixedTime {
		r.Time += delta
	}
	r.Time = max(r.Time, -1)
	if delta, at = varint(rec, at); at < 0 || delta < 0 || r.base+delta >= r.end {
		return r.broken("offset")
	}
	r.Offset = r.base + delta
	if r.Key, at = bytesAt(rec, at); at < 0 {
		return r.broken("key")
	}
	if r.Value, at = bytesAt(rec, at); at < 0 {
		return r.broken("value")
	}
	r.headers = rec[at:]
	return true, nil
}

func (r *Records) broken(what string) (bool, error) {
	r.left = 0
	return false, corrupt("a record's %s in the batch at offset %d", what, r.base)
}

// Header is one of a record's headers; a nil value is none.
type Header struct{ Key, Value []byte }

// AppendHeaders appends the headers of the record that Next has found.
func (r *Records) AppendHeaders(dst []Header) ([]Header, error) {
	count, at := varint(r.headers, 0)
	for ; at >= 0 && count > 0; count-- {
		var h Header
		if h.Key, at = bytesAt(r.headers, at); h.Key == nil {
			at = -1
			break
		}
		if h.Value, at = bytesAt(r.headers, at); at >= 0 {
			dst = append(dst, h)
		}
	}
	if at < 0 || count < 0 {
		_, err := r.broken("headers")
		return dst, err
	}
	return dst, nil
}

// bytesAt reads a length at b[at] and so many bytes, nil where the length is negative. It returns the place behind
// them; -1 where they are not there.
func bytesAt(b []byte, at int) ([]byte, int) {
	n, at := varint(b, at)
	switch {
	case at < 0 || n > int64(len(b)-at):
		return nil, -1
	case n < 0:
		return nil, at
	}
	end := at + int(n)
	return b[at:end:end], end
}

// varint reads a number in zigzag form at b[at] and returns the place behind it; -1 where there is none, also at -1.
func varint(b []byte, at int) (int64, int) {
	if uint(at) < uint(len(b)) && b[at] < 0x80 {
		return int64(b[at]>>1) ^ -int64(b[at]&1), at + 1
	}
	return varintLong(b, at)
}

// varintLong is varint of more than one byte: two, as most of those are, or up to ten.
func varintLong(b []byte, at int) (int64, int) {
	if uint(at) >= uint(len(b)) {
		return 0, -1
	}
	if b = b[at:]; len(b) > 1 && b[1] < 0x80 {
		u := uint64(b[0]&0x7f) | uint64(b[1])<<7
		return int64(u>>1) ^ -int64(u&1), at + 2
	}
	u, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, -1
	}
	return int64(u>>1) ^ -int64(u&1), at + n
}
