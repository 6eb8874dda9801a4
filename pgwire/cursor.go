package pgwire

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/engine"
	"millrace/flow"
)

// cursor reads a result as far as is asked for. The query runs in a goroutine of its own, a batch ahead, and waits for as
// long as nobody asks.
type cursor struct {
	result  *engine.Result
	batches chan *flow.Batch
	ended   chan struct{}
	err     error // behind ended
	cancel  context.CancelCauseFunc

	writer rowEncoder
	batch  *flow.Batch // that is read; nil: none
	at     int         // its next row
	atEnd  bool
}

// rowEncoder makes a message of each row. Where append fails, buf is as it was.
type rowEncoder interface {
	begin(arrow.RecordBatch)
	append(buf []byte, i int) ([]byte, error)
}

// open starts to read a result. parent is what it lives as long as.
func open(parent context.Context, r *engine.Result, w rowEncoder) *cursor {
	ctx, cancel := context.WithCancelCause(parent)
	q := &cursor{
		result: r, batches: make(chan *flow.Batch, 1), ended: make(chan struct{}), cancel: cancel, writer: w,
	}
	go func() {
		defer close(q.ended)
		q.err = r.Each(ctx, func(b *flow.Batch) error {
			if b.Len() == 0 {
				return nil
			}
			b = &flow.Batch{Rec: b.Rec} // the other is borrowed
			b.Rec.Retain()
			select {
			case q.batches <- b:
				return nil
			case <-ctx.Done():
				b.Rec.Release()
				return context.Cause(ctx)
			}
		})
		q.err = because(ctx, q.err)
		close(q.batches)
	}()
	return q
}

// close ends the query, if it runs, and waits for that.
func (q *cursor) close(why error) {
	q.cancel(why)
	q.release()
	for b := range q.batches {
		b.Rec.Release()
	}
	<-q.ended
}

// release gives back the batch that is read.
func (q *cursor) release() {
	if q.batch != nil {
		q.batch.Rec.Release()
		q.batch = nil
	}
}

// next waits for a batch, which is there unless the cursor is at its end.
func (q *cursor) next(ctx context.Context) error {
	select {
	case b, ok := <-q.batches:
		if !ok {
			<-q.ended
			q.atEnd = true
			return q.err
		}
		q.batch, q.at = b, 0
		q.writer.begin(q.batch.Rec)
		return nil
	case <-ctx.Done():
		q.close(context.Cause(ctx))
		return context.Cause(ctx)
	}
}

// skip passes over rows: as many as max, or all where that is 0.
func (q *cursor) skip(ctx context.Context, max int64) (rows int64, err error) {
	for !q.atEnd && (max == 0 || rows < max) {
		if q.batch == nil {
			if err := q.next(ctx); err != nil || q.atEnd {
				return rows, err
			}
		}
		n := q.batch.Len() - q.at
		if max > 0 {
			n = int(min(int64(n), max-rows))
		}
		rows, q.at = rows+int64(n), q.at+n
		if q.at == q.batch.Len() {
			q.release()
		}
	}
	return rows, nil
}

// sendRows sends rows of the cursor: as many as max, or all where that is 0. It tells how many there were. ctx is that of
// the statement: when it ends, so does the query.
func (c *conn) sendRows(ctx context.Context, q *cursor, max int64, live bool) (rows int64, err error) {
	c.streams()
	last := time.Now()
	for !q.atEnd && (max == 0 || rows < max) {
		if q.batch == nil {
			if err := q.next(ctx); err != nil || q.atEnd {
				return rows, err
			}
		}
		n := q.batch.Len() - q.at
		if max > 0 {
			n = int(min(int64(n), max-rows))
		}
		for end := q.at + n; q.at < end; q.at++ {
			if c.out, err = q.writer.append(c.out, q.at); err != nil {
				return rows, err
			}
			rows++
			if len(c.out) >= flushSize {
				if err := c.flush(); err != nil {
					return rows, fatal{err}
				}
				if ctx.Err() != nil {
					q.close(context.Cause(ctx))
					return rows, context.Cause(ctx)
				}
			}
		}
		if q.at == q.batch.Len() {
			q.release()
		}
		// whoever watches rows as they come shall not wait for a buffer to be full
		if now := time.Now(); live || now.Sub(last) > 100*time.Millisecond {
			last = now
			if err := c.flush(); err != nil {
				return rows, fatal{err}
			}
		}
	}
	return rows, nil
}
