package run

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cockroachdb/pebble/v2/vfs"

	"millrace/catalog"
	"millrace/checkpoint"
	"millrace/flow"
	"millrace/sinks"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

// numbers is the schema of the rows of these tests.
var numbers = types.Schema{{Name: "n", Type: types.Of(types.Int64)}}

// counting is a table of numbers from 0 up, in splits: connector 'counting'.
type counting struct {
	sources.Connector
	splits  int
	rows    int // of each split
	batch   int
	endless bool // readers have nothing more at the end, and say so
}

func (c *counting) Bounded(*catalog.Table) bool { return !c.endless }

func (c *counting) Open(_ context.Context, _ *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	return &countingSource{c, mem}, nil
}

type countingSource struct {
	*counting
	mem memory.Allocator
}

func (s *countingSource) Splits(context.Context) ([]sources.Split, error) {
	all := make([]sources.Split, s.splits)
	for i := range all {
		all[i].ID = strconv.Itoa(i)
	}
	return all, nil
}

func (s *countingSource) Open(_ context.Context, _ sources.Split, from sources.Position, _ func()) (sources.Reader, error) {
	r := &countingReader{countingSource: s}
	if from != "" {
		var err error
		if r.at, err = strconv.Atoi(string(from)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (s *countingSource) Close() error { return nil }

type countingReader struct {
	*countingSource
	at int
}

func (r *countingReader) Next(context.Context) (*flow.Batch, error) {
	if r.at == r.rows {
		if r.endless {
			return nil, nil
		}
		return nil, io.EOF
	}
	n := min(r.batch, r.rows-r.at)
	buf := memory.NewResizableBuffer(r.mem)
	buf.Resize(8 * n)
	vals := arrow.Int64Traits.CastFromBytes(buf.Bytes())
	for i := range vals {
		vals[i] = int64(r.at + i)
	}
	data := array.NewData(arrow.PrimitiveTypes.Int64, n, []*memory.Buffer{nil, buf}, nil, 0, 0)
	col := array.NewInt64Data(data)
	rec := array.NewRecordBatch(numbers.Arrow(), []arrow.Array{col}, int64(n))
	buf.Release()
	data.Release()
	col.Release()
	r.at += n
	return &flow.Batch{Rec: rec}, nil
}

func (r *countingReader) Position() sources.Position { return sources.Position(strconv.Itoa(r.at)) }
func (r *countingReader) Lag() int64                 { return int64(r.rows - r.at) }
func (r *countingReader) Close() error               { return nil }

// ledger is a transactional sink that outlives runs. It tells full when it has so many rows.
type ledger struct {
	sinks.Connector
	mu        sync.Mutex
	pending   int
	written   int // in all
	prepared  map[string]int
	committed int
	full      int
	reached   chan struct{}
	slow      chan struct{} // Prepare waits for it; nil: it does not
}

func (l *ledger) Open(context.Context, *sinks.Write, memory.Allocator) (sinks.Sink, error) {
	l.pending = 0
	return l, nil
}

func (l *ledger) Write(_ context.Context, b *flow.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending += b.Len()
	before := l.written
	l.written += b.Len()
	if l.reached != nil && before < l.full && l.written >= l.full {
		close(l.reached)
	}
	return nil
}

func (l *ledger) Prepare(ctx context.Context, epoch uint64) ([]byte, error) {
	if l.slow != nil {
		select {
		case <-l.slow:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	token := strconv.FormatUint(epoch, 10)
	l.prepared[token], l.pending = l.pending, 0
	return []byte(token), nil
}

func (l *ledger) Commit(_ context.Context, token []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.committed += l.prepared[string(token)]
	delete(l.prepared, string(token))
	return nil
}

func (l *ledger) Abort(_ context.Context, token []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.prepared, string(token))
	return nil
}

func (l *ledger) Close() error { return nil }

// pass is an operator that hands everything on, or does what it is told.
type pass struct{ do func(*flow.Batch) error }

func (pass) Describe() flow.Description { return flow.Description{Name: "Pass"} }
func (p pass) Open(*flow.TaskContext) (flow.Operator, error) {
	return &passing{do: p.do}, nil
}

type passing struct {
	flow.Stateless
	do func(*flow.Batch) error
}

func (p *passing) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	if p.do != nil {
		if err := p.do(b); err != nil {
			return err
		}
	}
	return flow.Forward(out, b)
}

// pipeline is three tasks, or more: scan → by hash → pass → to one → sink.
func pipeline(c *counting, l *ledger, parallelism int, do func(*flow.Batch) error) Config {
	table := func(name, connector string) *catalog.Table {
		return &catalog.Table{Name: catalog.Name{Table: name}, Columns: []catalog.Column{{Column: numbers[0]}},
			Options: map[string]catalog.Option{"connector": {Value: connector}}}
	}
	s := numbers.Arrow()
	scan := &flow.Node{ID: "scan", Schema: s, Parallelism: parallelism,
		Spec: &sources.Scan{Table: table("t", "counting"), Pushdown: sources.Pushdown{Columns: []int{0}}, Out: numbers}}
	middle := &flow.Node{ID: "pass", Schema: s, Parallelism: parallelism, Spec: pass{do},
		Inputs: []flow.Edge{{From: scan, Exchange: flow.Exchange{Mode: flow.Hash, Keys: []int{0}}}}}
	write := &flow.Node{ID: "write", Schema: s, Parallelism: 1, Spec: &sinks.Write{Table: table("out", "ledger"), Columns: []int{0}, In: numbers},
		Inputs: []flow.Edge{{From: middle, Exchange: flow.Exchange{Mode: flow.Gather}}}}
	return Config{
		Name: "test", Roots: []*flow.Node{write}, Log: slog.New(slog.DiscardHandler),
		Sources: func(string) (sources.Connector, error) { return c, nil },
		Sinks:   func(string) (sinks.Connector, error) { return l, nil },
	}
}

func newLedger() *ledger { return &ledger{prepared: map[string]int{}} }

func stateIn(t *testing.T, fs vfs.FS) checkpoint.Store {
	t.Helper()
	store, err := checkpoint.OpenFS(fs, "/state")
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// ends runs a job to its end and returns how it ended. No memory may be left.
func ends(t *testing.T, c Config) (*Run, error) {
	t.Helper()
	r, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	err = r.Wait()
	if err == nil && r.Progress().MemBytes != 0 {
		t.Errorf("%d bytes are left", r.Progress().MemBytes)
	}
	return r, err
}

func TestABoundedJobCommitsAllRowsAndEnds(t *testing.T) {
	for _, parallelism := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) { // goroutines that are left behind fail it
			l := newLedger()
			r, err := ends(t, pipeline(&counting{splits: 4, rows: 1000, batch: 70}, l, parallelism, nil))
			if err != nil || l.committed != 4000 {
				t.Errorf("%d instances: %v, %d rows committed", parallelism, err, l.committed)
			}
			p := r.Progress()
			if p.RowsIn != 4000 || p.RowsOut != 4000 || p.Lag != 0 || p.Watermark != flow.MaxTime {
				t.Errorf("%d instances: %+v", parallelism, p)
			}
		})
	}
}

func TestStopCommitsWhatWasReadAndGoesOnFromThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs, l := vfs.NewMem(), newLedger()
		l.full, l.reached = 500, make(chan struct{})
		source := &counting{splits: 2, rows: 1000, batch: 10, endless: true}
		c := pipeline(source, l, 2, nil)
		c.Store = stateIn(t, fs)
		r, err := Start(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		<-l.reached
		r.Stop()
		if err := r.Wait(); err != nil {
			t.Fatal(err)
		}
		if l.committed != l.written || l.committed < 500 {
			t.Errorf("%d rows committed of %d", l.committed, l.written)
		}
		if err := c.Store.Close(); err != nil {
			t.Fatal(err)
		}
		source.endless = false
		c = pipeline(source, l, 3, nil)
		c.Store = stateIn(t, fs)
		r, err = ends(t, c)
		if err != nil || l.committed != 2000 || l.written != 2000 || r.Progress().Restored != 2 {
			t.Errorf("%v, %d rows committed, %d written, restored from %d", err, l.committed, l.written, r.Progress().Restored)
		}
		r, err = ends(t, c)
		if err != nil || !r.Progress().Done || l.written != 2000 {
			t.Errorf("a job that had ended: %v, %+v", err, r.Progress())
		}
		if err := c.Store.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAPanicStopsTheJobAndNamesTheStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		_, err := ends(t, pipeline(&counting{splits: 2, rows: 1000, batch: 10, endless: true}, l, 2, func(b *flow.Batch) error {
			if b.Rec.Column(0).(*array.Int64).Value(0) > 500 {
				panic("no such row")
			}
			return nil
		}))
		var e *sqlerr.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Message, "pass (Pass[") || !strings.HasSuffix(e.Message, "]): panic: no such row") || !strings.Contains(e.Detail, "pipeline_test.go") {
			t.Errorf("%v", err)
		}
		if l.committed != 0 {
			t.Errorf("%d rows committed", l.committed)
		}
	})
}

func TestTheFirstErrorIsTheOneOfWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrong := errors.New("wrong")
		if _, err := ends(t, pipeline(&counting{splits: 1, rows: 10, batch: 10}, newLedger(), 1, func(*flow.Batch) error { return wrong })); !errors.Is(err, wrong) {
			t.Errorf("%v", err)
		}
	})
}

func TestACheckpointThatDoesNotComeToAnEndFailsTheJob(t *testing.T) {
	for _, stop := range []bool{false, true} { // the last one too
		synctest.Test(t, func(t *testing.T) {
			l := newLedger()
			l.slow = make(chan struct{})
			l.full, l.reached = 10, make(chan struct{})
			c := pipeline(&counting{splits: 1, rows: 10, batch: 10, endless: true}, l, 1, nil)
			c.Store, c.Timeout = stateIn(t, vfs.NewMem()), time.Minute
			if !stop {
				c.Interval = time.Second
			}
			r, err := Start(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			<-l.reached
			if stop {
				r.Stop()
			}
			if err := r.Wait(); err == nil || !strings.Contains(err.Error(), "checkpoint 2 has not come to an end in 1m0s") {
				t.Errorf("stop %v: %v", stop, err)
			}
			if l.committed != 0 {
				t.Errorf("stop %v: %d rows committed", stop, l.committed)
			}
		})
	}
}

func TestTheCheckpointOfAnotherQueryIsRefused(t *testing.T) {
	fs, l := vfs.NewMem(), newLedger()
	c := pipeline(&counting{splits: 1, rows: 10, batch: 10}, l, 1, nil)
	c.Store = stateIn(t, fs)
	if _, err := ends(t, c); err != nil {
		t.Fatal(err)
	}
	c.Roots[0].Inputs[0].From.ID = "other"
	_, err := Start(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "is of another query") {
		t.Errorf("%v", err)
	}
	if err := c.Store.Close(); err != nil {
		t.Fatal(err)
	}
}

// A crash between two checkpoints must not lose the token that the task has not got to: the second has it too.
func TestATokenStaysInCheckpointsUntilItIsCommitted(t *testing.T) {
	l := newLedger()
	sink := &task{sink: l, nodes: []*flow.Node{{ID: "write"}}, waker: newWaker(), ports: []flow.Time{flow.MinTime}}
	r := &Run{tasks: []*task{sink}, cfg: Config{Now: time.Now}}
	sink.later([]byte("5"))
	m := r.assemble(6, map[*task]ack{sink: {token: []byte("6")}}, nil, false).manifest
	if got := string(m.Sinks["write"][0]) + string(m.Sinks["write"][1]); got != "56" {
		t.Errorf("tokens %q", got)
	}
	if err := sink.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m = r.assemble(7, map[*task]ack{sink: {token: []byte("7")}}, nil, false).manifest; len(m.Sinks["write"]) != 1 {
		t.Errorf("tokens %q", m.Sinks["write"])
	}
}

// BenchmarkPipeline measures what a batch costs on its way through three tasks, scan → pass → sink, on edges.
func BenchmarkPipeline(b *testing.B) {
	for _, rows := range []int{64, flow.BatchRows} {
		b.Run(strconv.Itoa(rows)+" rows", func(b *testing.B) {
			b.ReportAllocs()
			l := newLedger()
			r, err := Start(b.Context(), pipeline(&counting{splits: 1, rows: rows * b.N, batch: rows}, l, 1, nil))
			if err == nil {
				err = r.Wait()
			}
			if err != nil || l.committed != rows*b.N {
				b.Fatalf("%v, %d rows", err, l.committed)
			}
		})
	}
}
