package cassandra

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"golang.org/x/sync/semaphore"

	"millrace/catalog"
	"millrace/flow"
	"millrace/internal/cassandra"
	"millrace/sinks"
	"millrace/sqlerr"
)

// batchBytes is about how much of one partition goes in one batch.
const batchBytes = 64 << 10

// sink is one instance. Its writes run on goroutines of their own, each holding one of the slots; Close ends them.
type sink struct {
	session      *gocql.Session
	plan         *plan
	batchRows    int
	retryTimeout time.Duration
	pace         pace
	stamp        int64 // of the last row, microseconds since the epoch

	slots   *semaphore.Weighted
	size    int64 // of slots
	ctx     context.Context
	fail    context.CancelCauseFunc // the first failure ends all writes
	blocks  sync.Pool               // of *block
	writes  sync.Pool               // of *write
	retries atomic.Int64

	complained atomic.Int64 // when, by the wall clock in nanoseconds
}

var _ sinks.Sink = (*sink)(nil)

func newSink(session *gocql.Session, p *plan, t *catalog.Table) *sink {
	number := func(name string, def int64) int64 {
		n, err := strconv.ParseInt(t.Option(name, ""), 10, 64)
		if err != nil {
			return def
		}
		return n
	}
	s := &sink{
		session: session, plan: p,
		batchRows:    int(min(number("batch_rows", 100), 1<<16-1)), // the protocol counts them in two bytes
		retryTimeout: t.DurationOption("retry.timeout", 2*time.Minute),
		pace:         pace{perSecond: number("rate_limit", 0)},
		size:         min(number("concurrency", 64), 4096),
	}
	s.slots = semaphore.NewWeighted(s.size)
	s.ctx, s.fail = context.WithCancelCause(context.Background())
	s.blocks.New = func() any { return new(block) }
	s.writes.New = func() any { return new(write) }
	return s
}

// Write sends the rows. It returns when the last of them is on its way.
func (s *sink) Write(ctx context.Context, b *flow.Batch) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	bl := s.blocks.Get().(*block)
	if err := bl.encode(s.plan, b, s.stamps(n)); err != nil {
		s.blocks.Put(bl)
		return err
	}
	bl.open.Store(1)
	defer s.release(bl)
	for rest := bl.rows; len(rest) > 0; {
		var rows []int32
		rows, rest = bl.next(rest, s.batchRows, batchBytes)
		if err := s.pace.wait(ctx, len(rows)); err != nil {
			return err
		}
		if err := s.acquire(ctx, 1); err != nil {
			return err
		}
		w := s.writes.Get().(*write)
		w.block, w.rows = bl, rows
		bl.open.Add(1)
		go s.run(w)
	}
	return nil
}

// stamps reserves the timestamps of n rows and returns the first. They rise from row to row, whatever the clock does.
func (s *sink) stamps(n int) int64 {
	first := max(time.Now().UnixMicro(), s.stamp+1)
	s.stamp = first + int64(n) - 1
	return first
}

// run is the goroutine of one write.
func (s *sink) run(w *write) {
	err := sqlerr.Guard("writing to table "+s.plan.table.String(), func() error {
		w.bind(s.plan)
		return s.persist(s.ctx, w)
	})
	if err != nil {
		s.fail(err)
	}
	bl := w.block
	w.block, w.rows = nil, nil
	s.writes.Put(w)
	s.release(bl)
	s.slots.Release(1)
}

// release gives a block back when nobody reads it any more.
func (s *sink) release(bl *block) {
	if bl.open.Add(-1) == 0 {
		s.blocks.Put(bl)
	}
}

// acquire takes slots, unless the caller gives up or a write has failed.
func (s *sink) acquire(ctx context.Context, n int64) error {
	if s.ctx.Err() == nil && s.slots.TryAcquire(n) {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	if err := s.slots.Acquire(ctx, n); err != nil {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		return context.Cause(ctx)
	}
	return nil
}

// Prepare waits until every row was acknowledged. Nothing is left for Commit.
func (s *sink) Prepare(ctx context.Context, _ uint64) ([]byte, error) {
	if err := s.acquire(ctx, s.size); err != nil {
		return nil, err
	}
	s.slots.Release(s.size)
	if s.ctx.Err() != nil {
		return nil, context.Cause(s.ctx)
	}
	return nil, nil
}

func (s *sink) Commit(context.Context, []byte) error { return nil }
func (s *sink) Abort(context.Context, []byte) error  { return nil }

// Close ends what is on its way and disconnects.
func (s *sink) Close() error {
	s.fail(context.Canceled)
	if err := s.slots.Acquire(context.Background(), s.size); err != nil {
		return err
	}
	cassandra.Close(s.session)
	return nil
}

// pace lets through so many rows a second; 0 is no limit.
type pace struct {
	perSecond int64
	next      time.Time // when the next row may go
}

func (p *pace) wait(ctx context.Context, rows int) error {
	if p.perSecond == 0 {
		return nil
	}
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	due := p.next
	p.next = p.next.Add(time.Duration(rows) * time.Second / time.Duration(p.perSecond))
	if !due.After(now) {
		return nil
	}
	timer := time.NewTimer(due.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
