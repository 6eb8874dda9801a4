package engine

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"millrace/checkpoint"
	"millrace/exec/run"
	"millrace/flow"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
)

// Job is one or more INSERT INTO statements that run together.
type Job struct {
	session *Session
	name    string
	plans   []*planner.Plan
	batch   bool
	run     *run.Run
	store   checkpoint.Store
}

// JobOptions are what a job is started with.
type JobOptions struct {
	StateDir string       // keeps checkpoints; empty: none are taken
	Log      *slog.Logger // nil: the engine's
	fs       vfs.FS       // that StateDir is of; nil: the machine's
}

// Job plans statements that are to run together, in the session's mode.
func (s *Session) Job(name string, inserts []*sql.Insert) (*Job, error) {
	j := &Job{session: s, name: name}
	for i, ins := range inserts {
		plan, batch, err := s.planInsert(context.Background(), ins, i+1)
		if err != nil {
			return nil, err
		}
		if i > 0 && batch != j.batch {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, ins.Pos(), "this INSERT ends by itself and another of the same job does not").
				WithHint("Put them into files of their own, or run both with --mode stream.")
		}
		j.batch = batch
		j.plans = append(j.plans, plan)
	}
	return j, nil
}

// Batch tells whether the job reads its tables to where they end now.
func (j *Job) Batch() bool { return j.batch }

// Unbounded tells whether the job goes on until it is stopped.
func (j *Job) Unbounded() bool {
	for _, p := range j.plans {
		if p.Unbounded {
			return true
		}
	}
	return false
}

// Start connects, restores the newest checkpoint where there is one, and runs.
func (j *Job) Start(ctx context.Context, o JobOptions) error {
	s := j.session.settings
	if o.Log == nil {
		o.Log = j.session.engine.cfg.Log
	}
	if o.fs == nil {
		o.fs = vfs.Default
	}
	cfg := run.Config{
		Name: j.name, Sources: j.session.engine.source, Sinks: j.session.engine.sink,
		Interval: s.CheckpointInterval, Timeout: s.CheckpointTimeout, MemoryLimit: s.memoryLimit(), SpillEarly: s.SpillEarly,
		TempDir: j.session.engine.tempDir(o.StateDir),
		Batch:   j.batch, Now: j.session.engine.cfg.Now, Log: o.Log, Debug: s.Debug,
	}
	for _, p := range j.plans {
		cfg.Roots = append(cfg.Roots, p.Root)
	}
	if o.StateDir != "" && !j.batch {
		store, err := checkpoint.OpenFS(o.fs, filepath.Clean(o.StateDir))
		if err != nil {
			return err
		}
		j.store, cfg.Store = store, store
	}
	for _, notice := range j.session.engine.views.fresh(ctx, j.plans...) {
		cfg.Log.Warn(notice)
	}
	r, err := run.Start(ctx, cfg)
	if err != nil {
		if j.store != nil {
			_ = j.store.Close()
		}
		return err
	}
	j.run = r
	return nil
}

// Wait returns when the job has ended or was stopped: nil, or what it failed of.
func (j *Job) Wait() error {
	err := j.run.Wait()
	if j.store != nil {
		if cerr := j.store.Close(); err == nil {
			err = cerr
		}
	}
	return err
}

// Stop stops reading, takes a last checkpoint and ends the job; Wait then returns.
func (j *Job) Stop() { j.run.Stop() }

// Progress says how far the job is.
func (j *Job) Progress() Progress { return j.run.Progress() }

// Roots are the physical plans, one a statement.
func (j *Job) Roots() []*flow.Node {
	var roots []*flow.Node
	for _, p := range j.plans {
		roots = append(roots, p.Root)
	}
	return roots
}

// Progress is how far a job is.
type Progress = run.Progress
