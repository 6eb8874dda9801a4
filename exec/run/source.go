package run

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/checkpoint"
	"millrace/expr"
	"millrace/flow"
	"millrace/sources"
	"millrace/window"
)

// sourceTask is the reading end of a task: the splits that its instance reads.
type sourceTask struct {
	scan    *sources.Scan
	bounded bool // its splits end, and no new ones come
	schema  *arrow.Schema
	ctx     *expr.Ctx
	bad     *badRecords
	tracker *window.Tracker // nil: rows have no event time, or nothing is late
	splits  []*split
	open    int  // splits that have not ended
	next    int  // the split to try first
	inTurn  bool // a split is read to its end before the next: see sources.Sequential

	request atomic.Uint64 // the epoch that the coordinator wants a barrier of; 0: none
	ahead   atomic.Int64  // how many batches may be read in front of it
	last    atomic.Bool   // nothing is read behind that barrier

	addMu sync.Mutex
	added []*split // found while the task runs

	statusMu sync.Mutex
	status   []SplitProgress
	statusAt time.Time
}

// split is one split with its reader.
type split struct {
	id        string
	reader    sources.Reader
	watermark flow.Time // that it begins with
	place     *window.Split
	ended     bool
}

// statusEvery is how often a source task writes down how far its splits are.
const statusEvery = 100 * time.Millisecond

// add gives the task another split; from any goroutine.
func (s *sourceTask) add(sp *split) {
	s.addMu.Lock()
	s.added = append(s.added, sp)
	s.addMu.Unlock()
}

func (s *sourceTask) adopt() {
	s.addMu.Lock()
	defer s.addMu.Unlock()
	for _, sp := range s.added {
		s.attach(sp)
	}
	s.added = nil
}

// attach makes a split one of the task's.
func (s *sourceTask) attach(sp *split) {
	if s.tracker != nil {
		sp.place = s.tracker.Add(sp.id, sp.watermark)
		if sp.ended {
			s.tracker.End(sp.place)
		}
	}
	s.splits = append(s.splits, sp)
	if !sp.ended {
		s.open++
	}
}

// step answers a barrier request, or reads one batch of the next split that has one.
func (s *sourceTask) step(t *task) (bool, error) {
	s.adopt()
	if s.request.Load() != 0 && s.ahead.Load() <= 0 {
		return true, s.answer(t)
	}
	for i := range s.splits {
		at := (s.next + i) % len(s.splits)
		sp := s.splits[at]
		if sp.ended {
			continue
		}
		did, err := s.read(t, sp)
		if err != nil {
			return true, err
		}
		if did {
			if s.next = at; !s.inTurn {
				s.next++
			}
			s.ahead.Add(-1)
			s.report(t.now(), false)
			return true, s.advance(t)
		}
	}
	if s.request.Load() != 0 && (s.open > 0 || !s.bounded) {
		return true, s.answer(t)
	}
	if s.open == 0 && s.bounded {
		s.report(t.now(), true)
		return true, t.finish()
	}
	s.report(t.now(), false)
	return false, s.advance(t)
}

// answer sends the barrier that is asked for.
func (s *sourceTask) answer(t *task) error {
	epoch := s.request.Swap(0)
	t.stopped = s.last.Load()
	return t.barrier(epoch)
}

// read takes what a split has next and sends it down the chain.
func (s *sourceTask) read(t *task, sp *split) (bool, error) {
	b, err := sp.reader.Next(t.ctx)
	var bad *sources.BadRecord
	switch {
	case errors.Is(err, io.EOF):
		sp.ended = true
		s.open--
		if s.tracker != nil {
			s.tracker.End(sp.place)
		}
		return true, nil
	case errors.As(err, &bad):
		return true, s.bad.take(bad, t.counters[0])
	case err != nil:
		return true, err
	case b == nil:
		if s.tracker != nil {
			s.tracker.CaughtUp(sp.place, t.now(), sp.reader.Lag() == 0)
		}
		return false, nil
	}
	if b, err = s.scan.Apply(s.ctx, s.schema, b); err != nil {
		return true, err
	}
	if s.tracker != nil {
		b.Marks = s.tracker.Observe(sp.place, b.Rec.Column(s.scan.Event.Column))
	}
	if len(t.ops) == 0 {
		return true, t.process(0, b)
	}
	t.counters[0].out.Add(int64(b.Len()))
	return true, t.process(0, b)
}

// advance moves the task's watermark to the minimum of its splits', and declares it idle when nothing of them can
// hold anybody back.
func (s *sourceTask) advance(t *task) error {
	switch {
	case s.open == 0 && s.bounded:
		return nil // finish sends the end
	case s.open == 0:
		return t.goIdle()
	case s.tracker == nil:
		t.active()
		return nil
	}
	w, idle := s.tracker.Merged(t.now())
	t.counters[0].watermark.Store(int64(w))
	if !idle {
		t.active()
	}
	if err := t.watermark(0, w); err != nil || !idle {
		return err
	}
	return t.goIdle()
}

// sleepFor is how long the task may sleep when no split has anything: idleness is a matter of time.
func (s *sourceTask) sleepFor() time.Duration {
	if s.tracker == nil || s.scan.Event.IdleTimeout == 0 {
		return time.Duration(math.MaxInt64)
	}
	return max(10*time.Millisecond, s.scan.Event.IdleTimeout/10)
}

// positions is where each split stands.
func (s *sourceTask) positions() map[string]checkpoint.Split {
	out := make(map[string]checkpoint.Split, len(s.splits))
	for _, sp := range s.splits {
		out[sp.id] = checkpoint.Split{Position: string(sp.reader.Position()), Watermark: s.watermarkOf(sp), Ended: sp.ended}
	}
	return out
}

func (s *sourceTask) watermarkOf(sp *split) flow.Time {
	if sp.place == nil {
		return flow.MinTime
	}
	return s.tracker.Of(sp.place)
}

// report writes down how far the splits are, for Progress.
func (s *sourceTask) report(now time.Time, always bool) {
	if !always && now.Sub(s.statusAt) < statusEvery {
		return
	}
	s.statusAt = now
	s.statusMu.Lock()
	defer s.statusMu.Unlock()
	s.status = s.status[:0]
	for _, sp := range s.splits {
		p := SplitProgress{Node: s.scan.Table.Name.String(), ID: sp.id, Position: string(sp.reader.Position()), Lag: sp.reader.Lag(), Watermark: s.watermarkOf(sp)}
		if sp.ended {
			p.Lag = 0
		}
		p.HasTime = sp.place != nil
		p.Idle = p.HasTime && s.tracker.Idle(sp.place, now)
		s.status = append(s.status, p)
	}
}

func (s *sourceTask) close() error {
	var first error
	s.addMu.Lock()
	defer s.addMu.Unlock()
	for _, sp := range append(s.splits, s.added...) {
		if err := sp.reader.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// openSource is a node's open table with the splits that are being read.
type openSource struct {
	node    *flow.Node
	scan    *sources.Scan
	source  sources.Source
	bounded bool
	tasks   []*task
	log     *slog.Logger
	known   map[string]bool
	// gone are splits of the checkpoint that there are no longer. Later checkpoints keep their positions, so that they
	// are not read twice should they come back.
	gone map[string]checkpoint.Split
}

// start lists the splits and deals them out, each from where the checkpoint has it; from nil: there is none. over:
// the checkpoint has read all that there was to read, so what is new since is not part of the query.
func (o *openSource) start(ctx context.Context, from map[string]checkpoint.Split, over bool) error {
	splits, err := o.source.Splits(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(splits, func(a, b sources.Split) int { return strings.Compare(a.ID, b.ID) })
	o.known, o.gone = map[string]bool{}, maps.Clone(from)
	for _, sp := range splits {
		at, kept := from[sp.ID]
		if !kept && over {
			continue
		}
		if !kept && from != nil {
			o.log.Info("a split is new since the checkpoint; it is read from its beginning", "table", o.scan.Table.Name.String(), "split", sp.ID)
		}
		delete(o.gone, sp.ID)
		s, t, err := o.open(ctx, sp, at)
		if err != nil {
			return err
		}
		t.source.attach(s)
	}
	for id := range o.gone {
		o.log.Warn("a split of the checkpoint is no longer there; nothing more is read of it", "table", o.scan.Table.Name.String(), "split", id)
	}
	return nil
}

// open opens a reader of a split for the task that has the fewest: splits are dealt out in turn.
func (o *openSource) open(ctx context.Context, sp sources.Split, from checkpoint.Split) (*split, *task, error) {
	t := o.tasks[len(o.known)%len(o.tasks)]
	s := &split{id: sp.ID, watermark: flow.MinTime}
	if from.Position != "" && from.Watermark < flow.MaxTime {
		s.watermark = from.Watermark
	}
	if s.ended = o.bounded && from.Ended; s.ended {
		s.reader = endedReader(from.Position)
	} else {
		r, err := o.source.Open(ctx, sp, sources.Position(from.Position), t.waker.wake)
		if err != nil {
			return nil, nil, err
		}
		s.reader = r
	}
	o.known[sp.ID] = true
	return s, t, nil
}

// discover looks for splits that came into being, or back.
func (o *openSource) discover(ctx context.Context) (found int, err error) {
	splits, err := o.source.Splits(ctx)
	if err != nil {
		return 0, err
	}
	for _, sp := range splits {
		if o.known[sp.ID] {
			continue
		}
		s, t, err := o.open(ctx, sp, o.gone[sp.ID])
		if err != nil {
			return found, err
		}
		t.source.add(s)
		t.waker.wake()
		found++
	}
	return found, nil
}

// endedReader is the reader of a split that had come to its end before a restart: at that position.
type endedReader sources.Position

func (endedReader) Next(context.Context) (*flow.Batch, error) { return nil, io.EOF }
func (r endedReader) Position() sources.Position              { return sources.Position(r) }
func (endedReader) Lag() int64                                { return 0 }
func (endedReader) Close() error                              { return nil }
