package kafka

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go/protocol"
)

// frameMax is the largest answer that is read: more than any limit of bytes that is asked with.
const frameMax = 1 << 30

// appendFrame begins a request: its length, which finishFrame fills in, and its header.
func appendFrame(b []byte, key protocol.ApiKey, version int16) []byte {
	be := binary.BigEndian
	b = be.AppendUint32(b, 0)
	b = be.AppendUint16(b, uint16(key))
	b = be.AppendUint16(b, uint16(version))
	b = be.AppendUint32(b, correlation)
	return appendString(b, clientID)
}

// finishFrame fills in the length of a request of which more bytes follow b.
func finishFrame(b []byte, more int) {
	binary.BigEndian.PutUint32(b, uint32(len(b)-4+more))
}

// correlation is the number that request and answer carry. There is one request at a time on a connection.
const correlation = 1

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// answer reads an answer field by field, without reading it into memory as a whole first. The first error sticks, and
// then everything is zero.
type answer struct {
	r    io.Reader
	left int // bytes of the frame that have not been read
	err  error
	buf  [8]byte
}

// begin reads the frame's length and the correlation id.
func (a *answer) begin(r io.Reader) {
	a.r, a.left = r, 8
	size, id := a.int32(), a.int32()
	a.left = int(size) - 4
	if a.err == nil && (size < 4 || size > frameMax || id != correlation) {
		a.fail("a frame of %d bytes with correlation id %d", size, id)
	}
}

// end checks that the frame has been read to its end, so that the connection can be used again.
func (a *answer) end() error {
	if a.err == nil && a.left != 0 {
		a.fail("%d bytes too many", a.left)
	}
	return a.err
}

func (a *answer) fail(format string, args ...any) {
	a.err = fmt.Errorf("the broker's answer cannot be understood: "+format, args...)
	a.left = 0
}

func (a *answer) read(b []byte) {
	if a.err != nil {
		clear(b)
		return
	}
	if len(b) > a.left {
		a.fail("%d bytes too few", len(b)-a.left)
		clear(b)
		return
	}
	if _, err := io.ReadFull(a.r, b); err != nil {
		a.err = err
		clear(b)
	}
	a.left -= len(b)
}

func (a *answer) int16() int16 {
	a.read(a.buf[:2])
	return int16(binary.BigEndian.Uint16(a.buf[:]))
}

func (a *answer) int32() int32 {
	a.read(a.buf[:4])
	return int32(binary.BigEndian.Uint32(a.buf[:]))
}

func (a *answer) int64() int64 {
	a.read(a.buf[:8])
	return int64(binary.BigEndian.Uint64(a.buf[:]))
}

// count reads the length of an array whose elements take at least size bytes each; none for null.
func (a *answer) count(size int) int {
	n := int(a.int32())
	if n > a.left/size {
		a.fail("an array of %d", n)
	}
	if a.err != nil {
		return 0
	}
	return max(n, 0)
}

// string reads a string; null is empty.
func (a *answer) string() string {
	n := int(a.int16())
	if n <= 0 || a.err != nil {
		return ""
	}
	if n > a.left {
		a.fail("a string of %d bytes", n)
		return ""
	}
	b := make([]byte, n)
	a.read(b)
	return string(b)
}

// send does one exchange: it writes the parts of a request and has read take the answer.
type send struct {
	exchange
	key   protocol.ApiKey
	parts [][]byte
	read  func(*answer)
}

// ApiKey implements protocol.Message.
func (s *send) ApiKey() protocol.ApiKey { return s.key }

// RawExchange implements protocol.RawExchanger.
func (s *send) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	defer s.watch(rw)()
	for _, p := range s.parts {
		if _, err := rw.Write(p); err != nil {
			return nil, err
		}
	}
	var a answer
	a.begin(rw)
	s.read(&a)
	if err := a.end(); err != nil {
		return nil, err
	}
	return s, nil
}

// send sends a request made of parts to a broker. read is called on another goroutine, and may still run when send
// has failed: what it writes to must then be left alone.
func (c *Cluster) send(ctx context.Context, broker int32, key protocol.ApiKey, parts [][]byte, read func(*answer)) error {
	_, err := c.transport.RoundTrip(ctx, c.addr, &send{exchange: exchange{ctx, broker}, key: key, parts: parts, read: read})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
