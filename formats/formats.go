// Package formats turns the bytes of records into Arrow columns and back.
package formats

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// Format is one encoding of records, by the name that WITH (format = '…') uses.
type Format interface {
	Name() string
	Options() []Option
	// NewDecoder makes a decoder of the wanted columns, in that order. opts are those of the table that begin with
	// the format's name and a dot ("json.timestamp"), without it, and are known to be in Options.
	NewDecoder(want types.Schema, opts map[string]string, mem memory.Allocator) (Decoder, error)
	NewEncoder(have types.Schema, opts map[string]string) (Encoder, error)
}

// Option describes an option of a format.
type Option struct{ Name, Default, Doc string }

// Decoder turns records into columns, only the wanted ones, in buffers of its own. For one goroutine.
type Decoder interface {
	// Decode appends records in order. It stops at the first that it cannot read, having appended those before it
	// and no part of that one, and returns how many it appended; the error is then a *RecordError. The bytes are
	// borrowed for the call.
	Decode(records [][]byte) (n int, err error)
	// Len is the number of rows appended since the last Take.
	Len() int
	// Take gives those rows as columns, in the order wanted; the caller releases them.
	Take() []arrow.Array
	// Release gives back what the decoder holds.
	Release()
}

// Encoder writes rows as records. For one goroutine.
type Encoder interface {
	// Encode appends each row of rec to buf and returns it with the end of each row's bytes: row i is
	// buf[ends[i-1]:ends[i]]. ends is reused between calls.
	Encode(rec arrow.RecordBatch, buf []byte) (out []byte, ends []int, err error)
}

// RecordError says what is wrong with one record.
type RecordError struct {
	Field  string // "bid.price", empty where it is the whole record
	Reason string // `"12,5" is not a DECIMAL(10,2)`
}

func (e *RecordError) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return fmt.Sprintf("field %s: %s", e.Field, e.Reason)
}
