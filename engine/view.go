package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"millrace/catalog"
	"millrace/checkpoint"
	"millrace/exec/run"
	"millrace/flow"
	"millrace/planner"
	"millrace/sinks"
	"millrace/sqlerr"
)

// view keeps the rows of a materialized view what its query gives: a supervised run whose sink is the view's table.
//
// What the run has taken in is shown barrier by barrier, each in one commit. Over tables that millrace keeps there is one
// behind each of their commits, and nothing else is kept: the tables are there to be read again, so a run begins with them
// as they are and puts into the view what differs. Over anything else it is a job with checkpoints, as any other.
type view struct {
	engine *Engine
	name   catalog.Name
	table  *catalog.Table
	sup    *supervisor

	mu      sync.Mutex
	plan    *planner.MaterializedView // nil: not planned yet
	begun   bool                      // somebody has needed it
	active  bool                      // it runs, or is about to
	opened  bool                      // it has run
	err     error                     // what the last run failed of, or its start
	covered map[catalog.Name]uint64   // where the tables that it reads were read to, at the last commit
	at      time.Time                 // of that commit
	changed chan struct{}             // closed when any of this is another
}

func newView(e *Engine, t *catalog.Table) *view {
	v := &view{engine: e, name: t.Name, table: t, changed: make(chan struct{})}
	v.sup = newSupervisor(supervisorConfig{
		ID: "view " + t.Name.String(), Name: t.Name.String(), Start: v.start, Log: e.cfg.Log, Now: e.cfg.Now,
	}, Status{State: Paused})
	return v
}

// tell wakes who waits; v.mu is held.
func (v *view) tell() {
	close(v.changed)
	v.changed = make(chan struct{})
}

// planned is the plan of the view.
func (v *view) planned(ctx context.Context) (*planner.MaterializedView, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.plan != nil {
		return v.plan, nil
	}
	st, err := v.engine.statementOf(v.table)
	if err != nil {
		return nil, err
	}
	p, err := v.engine.env(NewSettings()).MaterializedView(ctx, st)
	if err != nil {
		return nil, err
	}
	v.plan = p
	return p, nil
}

// uses are the names that the view's query names.
func (v *view) uses(ctx context.Context) []catalog.Name {
	p, err := v.planned(ctx)
	if err != nil {
		return nil
	}
	return p.Uses
}

// reads are the tables that it reads.
func (v *view) reads(ctx context.Context) ([]*catalog.Table, error) {
	p, err := v.planned(ctx)
	if err != nil {
		return nil, err
	}
	return p.Reads, nil
}

// directly reports whether it reads a table.
func (v *view) directly(ctx context.Context, name catalog.Name) bool {
	reads, _ := v.reads(ctx)
	return slices.ContainsFunc(reads, func(t *catalog.Table) bool { return t.Name == name })
}

// need has the view run. One that has failed for good stays so until it is refreshed.
func (v *view) need() error {
	v.mu.Lock()
	if v.begun {
		v.mu.Unlock()
		return nil
	}
	v.begun, v.active, v.err = true, true, nil
	v.mu.Unlock()
	return v.sup.Start()
}

// retry has a view that has failed run again.
func (v *view) retry() error {
	v.mu.Lock()
	v.begun = v.begun && v.active
	v.mu.Unlock()
	return v.need()
}

// reach waits until what the view shows has a table up to a place.
func (v *view) reach(ctx context.Context, table catalog.Name, end uint64) error {
	if err := v.need(); err != nil {
		return err
	}
	return v.await(ctx, func() bool { return v.covered[table] >= end })
}

// await waits until something is so, which it asks with v.mu held, or the view does not run.
func (v *view) await(ctx context.Context, so func() bool) error {
	for {
		v.mu.Lock()
		ok, active, err, changed := so(), v.active, v.err, v.changed
		v.mu.Unlock()
		switch {
		case ok:
			return nil
		case !active && err != nil:
			return err
		case !active:
			return sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "it does not run")
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// stale says that the view is not up to date, and why.
func (v *view) stale(err error) string {
	v.mu.Lock()
	at := v.at
	v.mu.Unlock()
	text := fmt.Sprintf("materialized view %q is not up to date: %s", v.name.String(), reason(err))
	if !at.IsZero() {
		text += "; its rows are as of " + at.UTC().Format(time.RFC3339)
	}
	return text
}

// close ends the run; the view is gone, or the engine closes.
func (v *view) close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // at once: what is shown is whole, and what is not begins anew or from a checkpoint
	err := v.sup.Close(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

// defaultFreshness is how often a view over what millrace does not keep shows its rows, where it does not say.
const defaultFreshness = time.Second

// viewsFolder is where, in the data folder, the checkpoints of such views are.
const viewsFolder = "views.state"

// start is the supervisor's: it plans, opens and starts the run.
func (v *view) start(ctx context.Context, log *slog.Logger) (supervised, error) {
	v.mu.Lock()
	v.plan, v.active, v.err = nil, true, nil // each run has a plan of its own: its nodes are opened once
	v.mu.Unlock()
	r, err := v.open(ctx, log)
	if err != nil {
		v.ended(err)
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.opened = true
	v.tell()
	return r, nil
}

// ended notes that nothing runs.
func (v *view) ended(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.active, v.err = false, err
	v.tell()
}

func (v *view) open(ctx context.Context, log *slog.Logger) (*viewRun, error) {
	plan, err := v.planned(ctx)
	if err != nil {
		return nil, err
	}
	if !keptAlike(plan.Table, v.table) {
		return nil, sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "materialized view %q would now have other columns, or another key, than when it was made", v.name.String()).
			WithHint("Drop it and create it again.")
	}
	store, err := v.engine.tables()
	if err != nil {
		return nil, err
	}
	table, err := store.Table(v.table)
	if err != nil {
		return nil, err
	}
	settings := NewSettings()
	marks := &viewMarks{view: v, plan: plan, places: map[uint64]map[catalog.Name]uint64{}}
	cfg := run.Config{
		Name: "view " + v.name.String(), Roots: []*flow.Node{plan.Root}, Sources: v.engine.source,
		Store: marks, Forget: !plan.External, Timeout: settings.CheckpointTimeout, MemoryLimit: settings.memoryLimit(),
		TempDir: v.engine.tempDir(""), Now: v.engine.cfg.Now, Log: log,
	}
	if plan.External {
		cfg.Interval = v.table.DurationOption(planner.Freshness, defaultFreshness)
		if marks.inner, err = v.engine.viewStore(v.name); err != nil {
			return nil, err
		}
	}
	cfg.Sinks = func(name string) (sinks.Connector, error) {
		conn, err := v.engine.sink(name)
		return viewConnector{conn, table, marks, plan.External}, err
	}
	r, err := run.Start(ctx, cfg)
	if err != nil {
		return nil, errors.Join(err, marks.Close())
	}
	vr := &viewRun{Run: r, view: v, marks: marks}
	for _, t := range plan.Reads { // each commit to what it reads has a barrier behind it
		if !t.Embedded() {
			continue
		}
		from, err := store.Table(t)
		if err != nil {
			r.Stop()
			return nil, errors.Join(err, vr.Wait())
		}
		vr.forget = append(vr.forget, from.Watch(r.Barrier))
	}
	marks.mu.Lock()
	marks.again = r.Barrier
	marks.mu.Unlock()
	r.Barrier()
	return vr, nil
}

// keptAlike reports whether two tables keep rows in the same way.
func keptAlike(a, b *catalog.Table) bool {
	return slices.Equal(a.PrimaryKey, b.PrimaryKey) && a.AppendOnly == b.AppendOnly &&
		slices.EqualFunc(a.Columns, b.Columns, func(x, y catalog.Column) bool { return x.Name == y.Name && x.Type.Equal(y.Type) })
}

// viewStore opens the checkpoints of a view.
func (e *Engine) viewStore(name catalog.Name) (checkpoint.Store, error) {
	fs, dir := e.files()
	return checkpoint.OpenFS(fs, filepath.Join(dir, viewsFolder, name.String()))
}

// dropViewStore removes them.
func (e *Engine) dropViewStore(name catalog.Name) error {
	fs, dir := e.files()
	return fs.RemoveAll(filepath.Join(dir, viewsFolder, name.String()))
}

// viewRun is a run of a view.
type viewRun struct {
	*run.Run
	view   *view
	marks  *viewMarks
	forget []func()
	once   sync.Once
	err    error
}

// Wait returns when the run has ended.
func (r *viewRun) Wait() error {
	r.once.Do(func() {
		r.err = r.Run.Wait()
		for _, stop := range r.forget {
			stop()
		}
		if err := r.marks.Close(); r.err == nil {
			r.err = err
		}
		if r.err == nil && r.Progress().Done { // all that it reads has ended: it stays as it is
			r.view.complete()
			return
		}
		r.view.ended(r.err)
	})
	return r.err
}

// complete notes that nothing will ever change.
func (v *view) complete() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.active, v.err = false, nil
	v.at = v.engine.cfg.Now()
	v.tell()
}

// show notes what the view shows now.
func (v *view) show(places map[catalog.Name]uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.covered, v.at = places, v.engine.cfg.Now()
	v.tell()
}

// rows is how many rows the view has.
func (v *view) rows() int64 {
	store, err := v.engine.tables()
	if err != nil {
		return 0
	}
	t, err := store.Table(v.table)
	if err != nil {
		return 0
	}
	return t.Rows()
}

var _ supervised = (*viewRun)(nil)
