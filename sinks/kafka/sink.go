package kafka

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/formats"
	"millrace/sinks"
	"millrace/sqlerr"
)

// sink turns rows into records and gives them to its outbox.
type sink struct {
	layout *sinks.Layout
	enc    formats.Encoder
	keys   *keys // nil: not made of columns
	stored []int // the query's columns that layout knows; nil: all
	key    int   // the query's column that is the key; -1: none
	time   int   // the query's column that is the time, -1: none
	mem    memory.Allocator
	out    *outbox

	buf  []byte
	list [][]byte
}

// Write encodes rows and hands the records over. It waits while there is too much that the brokers have not taken.
func (s *sink) Write(ctx context.Context, b *flow.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	for _, op := range b.Ops {
		if op != flow.Insert {
			return sqlerr.New(sqlerr.Internal, 0, "a change %s has come to a topic, which takes only new rows", op)
		}
	}
	rec := b.Rec
	if s.stored != nil {
		rec = s.project(rec)
		defer rec.Release()
	}
	rec, err := s.layout.Record(rec, s.mem)
	if err != nil {
		return err
	}
	defer rec.Release()
	r := records{now: time.Now().UnixMilli()}
	if s.buf, r.ends, err = s.enc.Encode(rec, s.buf[:0]); err != nil {
		return err
	}
	r.values = s.buf
	switch {
	case s.keys != nil:
		r.keys, err = s.keys.of(rec)
	case s.key >= 0:
		s.list = columnBytes(s.list[:0], b.Rec.Column(s.key))
		r.keys = s.list
	}
	if err != nil {
		return err
	}
	if s.time >= 0 {
		r.times = b.Rec.Column(s.time).(*array.Timestamp)
	}
	return s.out.add(ctx, &r)
}

// project is the query's columns that are stored in records' values.
func (s *sink) project(rec arrow.RecordBatch) arrow.RecordBatch {
	cols, fields := make([]arrow.Array, len(s.stored)), make([]arrow.Field, len(s.stored))
	for i, c := range s.stored {
		cols[i], fields[i] = rec.Column(c), rec.Schema().Field(c)
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), cols, rec.NumRows())
}

// Prepare returns when the brokers have all that was written. There is nothing left to commit then.
func (s *sink) Prepare(ctx context.Context, _ uint64) ([]byte, error) {
	return nil, s.out.flush(ctx)
}

// Commit has nothing to do: records show when they are written.
func (s *sink) Commit(context.Context, []byte) error { return nil }

// Abort cannot take back what was written: that is what at-least-once means.
func (s *sink) Abort(context.Context, []byte) error { return nil }

// Close drops what the brokers have not taken.
func (s *sink) Close() error {
	s.out.close()
	return nil
}
