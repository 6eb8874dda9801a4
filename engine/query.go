package engine

import (
	"context"
	"sync/atomic"

	"millrace/exec/run"
	"millrace/flow"
	"millrace/planner"
	"millrace/planner/logical"
	"millrace/sources"
)

// resultSink hands rows to whoever runs the query.
type resultSink struct {
	fn    func(*flow.Batch) error
	limit int64 // rows after which nobody wants more; 0: no such number
	rows  atomic.Int64
	done  func()
}

func (r *resultSink) Write(_ context.Context, b *flow.Batch) error {
	if err := r.fn(b); err != nil {
		return err
	}
	if n := r.rows.Add(int64(b.Len())); r.limit > 0 && n >= r.limit {
		r.done()
	}
	return nil
}
func (r *resultSink) Prepare(context.Context, uint64) ([]byte, error) { return nil, nil }
func (r *resultSink) Commit(context.Context, []byte) error            { return nil }
func (r *resultSink) Abort(context.Context, []byte) error             { return nil }
func (r *resultSink) Close() error                                    { return nil }

// runQuery runs a plan to its end, or until its LIMIT is reached, and hands its rows to fn.
func (e *Engine) runQuery(ctx context.Context, s *Settings, plan *planner.Plan, batch bool, fn func(*flow.Batch) error) error {
	_, err := e.measureQuery(ctx, s, plan, measured{batch: batch}, fn)
	return err
}

// measured is how a query is run.
type measured struct {
	batch   bool
	timed   bool
	started func() // called once its tables are read as they are then; nil: nobody asks
}

// measureQuery runs a plan and tells what each step did; how long each took, where the run is timed.
func (e *Engine) measureQuery(ctx context.Context, s *Settings, plan *planner.Plan, how measured, fn func(*flow.Batch) error) (run.Progress, error) {
	enough := make(chan struct{}, 1)
	sink := &resultSink{fn: fn, limit: rowLimit(plan.Logical), done: func() {
		select {
		case enough <- struct{}{}:
		default:
		}
	}}
	cfg := run.Config{
		Name: "query", Roots: []*flow.Node{plan.Root}, Sources: e.source, Sinks: e.sink, Result: sink,
		MemoryLimit: s.memoryLimit(), Batch: how.batch, Now: e.cfg.Now, Log: e.cfg.Log, Debug: s.Debug, SpillEarly: s.SpillEarly, TempDir: e.tempDir(""), Timed: how.timed,
	}
	if plan.Changes {
		cfg.Store, cfg.Forget, cfg.Interval = nowhere{}, true, changesEvery
	}
	r, err := run.Start(ctx, cfg)
	if err != nil {
		return run.Progress{}, err
	}
	watch(ctx, r)
	if how.started != nil {
		how.started()
	}
	ended := make(chan struct{})
	watcher := make(chan struct{})
	go func() {
		defer close(watcher)
		select {
		case <-enough:
			r.Stop()
		case <-ended:
		}
	}()
	err = r.Wait()
	close(ended)
	<-watcher
	return r.Progress(), err
}

// rowLimit is the number of rows after which a plan gives no more; 0: not known.
func rowLimit(n logical.Node) int64 {
	switch n := n.(type) {
	case *logical.Project:
		return rowLimit(n.Input)
	case *logical.Limit:
		if n.N > 0 {
			return n.N
		}
	}
	return 0
}

// streams reports whether a plan reads a table that is a stream although it ends: one with scan.end.
func streams(n *flow.Node) bool {
	if s, ok := n.Spec.(*sources.Scan); ok {
		return s.Table.Option("scan.end", "none") != "none"
	}
	for _, in := range n.Inputs {
		if streams(in.From) {
			return true
		}
	}
	return false
}
