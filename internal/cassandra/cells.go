package cassandra

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

// Cells are the values of one column as CQL's bytes, in one buffer that is reused.
type Cells struct {
	buf  []byte
	ends []int // of each value in buf
	null []bool
}

// Len is the number of values.
func (c *Cells) Len() int { return len(c.ends) }

// At is value i: nil for NULL, empty but not nil for an empty one. It is good until the next Encode.
func (c *Cells) At(i int) []byte {
	if c.null[i] {
		return nil
	}
	from := 0
	if i > 0 {
		from = c.ends[i-1]
	}
	return c.buf[from:c.ends[i]:c.ends[i]]
}

// Bytes is the memory in use.
func (c *Cells) Bytes() int { return len(c.buf) }

// A valuer appends the bytes of value i of an array, which is not NULL. A binder makes one for an array: types are told
// apart once a column, and what is left for each value is one call.
type (
	valuer func(buf []byte, i int) ([]byte, error)
	binder func(a arrow.Array) valuer
)

// Encoder writes the values of a column of one SQL type as those of one CQL type. It may be used by several goroutines.
type Encoder struct{ bind binder }

// NewEncoder fails where values of t cannot be written to a column of type c.
func NewEncoder(t types.Type, c Type) (*Encoder, error) {
	bind, err := compile(t, c)
	if err != nil {
		return nil, err
	}
	return &Encoder{bind}, nil
}

// ValueError is a value that the column cannot hold.
type ValueError struct {
	Row    int
	Reason string
}

func (e *ValueError) Error() string { return fmt.Sprintf("row %d: %s", e.Row, e.Reason) }

// Encode replaces the values of c by those of a. A value that does not fit is a *ValueError.
func (e *Encoder) Encode(c *Cells, a arrow.Array) error {
	n := a.Len()
	if c.buf == nil {
		c.buf = make([]byte, 0, 8*n+8) // never nil: an empty value is not NULL
	}
	c.buf, c.ends, c.null = c.buf[:0], c.ends[:0], c.null[:0]
	put, anyNull := e.bind(a), a.NullN() > 0
	for i := range n {
		null := anyNull && a.IsNull(i)
		if !null {
			var err error
			if c.buf, err = put(c.buf, i); err != nil {
				return &ValueError{Row: i, Reason: err.Error()}
			}
		}
		c.ends = append(c.ends, len(c.buf))
		c.null = append(c.null, null)
	}
	return nil
}

// Fixed replaces the values of c by 64-bit numbers, as a bigint has them.
func (c *Cells) Fixed(values []int64) {
	c.buf, c.ends, c.null = c.buf[:0], c.ends[:0], c.null[:0]
	for _, v := range values {
		c.buf = appendUint64(c.buf, uint64(v))
		c.ends = append(c.ends, len(c.buf))
		c.null = append(c.null, false)
	}
}
