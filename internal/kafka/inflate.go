package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Codec is how the records of a batch are compressed.
type Codec uint8

// The codecs by their numbers in a batch's attributes.
const (
	None Codec = iota
	Gzip
	Snappy
	LZ4
	Zstd
)

func (c Codec) String() string {
	if c > Zstd {
		return fmt.Sprintf("codec %d", uint8(c))
	}
	return [...]string{"none", "gzip", "snappy", "lz4", "zstd"}[c]
}

// inflatedMax is the most that one batch may hold decompressed. Producers limit a batch to about a megabyte before
// they compress it.
const inflatedMax = 256 << 20

// keptMax is the most memory that an Inflater keeps from one batch to the next.
const keptMax = 16 << 20

// xerial begins what the Java client compresses with snappy: blocks, each behind its length, follow 16 bytes. Other
// clients write one block and no header.
var xerial = []byte("\x82SNAPPY\x00")

const xerialHeader = 16

// Inflater decompresses batches, one at a time, into memory that it uses again. The zero value is ready.
type Inflater struct {
	limit   int // of bytes; 0: inflatedMax
	scratch []byte
	in      bytes.Reader
	gzip    *gzip.Reader
	lz4     *lz4.Reader
	zstd    *zstd.Decoder
}

// Body is the records of b, good until the next call. An error wraps ErrCorrupt.
func (f *Inflater) Body(b *Batch) ([]byte, error) {
	data := b.raw[headerSize:]
	if b.Codec == None {
		return data, nil
	}
	if cap(f.scratch) > keptMax {
		f.scratch = nil
	}
	limit := f.limit
	if limit == 0 {
		limit = inflatedMax
	}
	out, err := f.inflate(b.Codec, data, limit)
	if err != nil {
		return nil, corrupt("%s: %v", b.Codec, err)
	}
	f.scratch = out
	return out, nil
}

var errTooLarge = errors.New("it holds more than is read of one batch")

func (f *Inflater) inflate(c Codec, data []byte, limit int) (out []byte, err error) {
	f.in.Reset(data)
	switch c {
	case Gzip:
		if f.gzip == nil {
			f.gzip = new(gzip.Reader)
		}
		if err := f.gzip.Reset(&f.in); err != nil {
			return nil, err
		}
		return f.readAll(f.gzip, limit)
	case Snappy:
		return f.unsnap(data, limit)
	case LZ4:
		if f.lz4 == nil {
			f.lz4 = lz4.NewReader(nil)
		}
		f.lz4.Reset(&f.in)
		return f.readAll(f.lz4, limit)
	case Zstd:
		if f.zstd == nil {
			if f.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(limit))); err != nil {
				return nil, err
			}
		}
		return f.zstd.DecodeAll(data, f.scratch[:0])
	}
	return nil, errors.New("not known")
}

// readAll reads r to its end into scratch, which it doubles as it must.
func (f *Inflater) readAll(r io.Reader, limit int) ([]byte, error) {
	out := f.scratch[:0]
	if cap(out) == 0 {
		out = make([]byte, 0, 64<<10)
	}
	for {
		if len(out) == cap(out) {
			if len(out) >= limit {
				return nil, errTooLarge
			}
			out = append(make([]byte, 0, 2*cap(out)), out...)
		}
		n, err := r.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (f *Inflater) unsnap(data []byte, limit int) ([]byte, error) {
	if !bytes.HasPrefix(data, xerial) {
		return unsnapBlock(f.scratch[:0], data, limit)
	}
	out := f.scratch[:0]
	for data = data[min(len(data), xerialHeader):]; len(data) > 0; {
		if len(data) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		n := binary.BigEndian.Uint32(data)
		if data = data[4:]; uint64(n) > uint64(len(data)) {
			return nil, io.ErrUnexpectedEOF
		}
		var err error
		if out, err = unsnapBlock(out, data[:n], limit); err != nil {
			return nil, err
		}
		data = data[n:]
	}
	return out, nil
}

// unsnapBlock appends a block to out. Snappy makes at most 64 bytes of 3: a longer claim is not believed.
func unsnapBlock(out, block []byte, limit int) ([]byte, error) {
	n, err := snappy.DecodedLen(block)
	switch {
	case err != nil:
		return nil, err
	case n > limit-len(out):
		return nil, errTooLarge
	case n > 32*len(block):
		return nil, snappy.ErrCorrupt
	}
	at := len(out)
	if cap(out)-at < n {
		out = append(make([]byte, 0, max(at+n, 2*cap(out))), out...)
	}
	if _, err := snappy.Decode(out[at:at+n:at+n], block); err != nil {
		return nil, err
	}
	return out[:at+n], nil
}

// Close gives back what the decompressors hold.
func (f *Inflater) Close() {
	if f.zstd != nil {
		f.zstd.Close()
	}
	*f = Inflater{}
}

// CodecOf is the codec that a value of the option compression names.
func CodecOf(name string) Codec {
	for c := None; c <= Zstd; c++ {
		if c.String() == name {
			return c
		}
	}
	return None
}
