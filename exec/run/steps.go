package run

import "context"

// Steps is a run by hand: the tasks, edges and coordinator of Start, on the caller's goroutine. What Start leaves to
// goroutines and clocks, the caller decides: which task makes its next step, when a checkpoint is asked for, when what
// tasks have said is collected. For simulators.
type Steps struct {
	run  *Run
	c    *coordinator
	ctx  context.Context
	over bool
}

// Open does what Start does, but for running: it opens all, restores the newest checkpoint and takes the first.
func Open(ctx context.Context, c Config) (*Steps, error) {
	r, co, runCtx, err := open(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Steps{run: r, c: co, ctx: runCtx, over: co == nil}, nil
}

// Tasks is the number of tasks.
func (s *Steps) Tasks() int { return len(s.run.tasks) }

// Step lets a task do one bounded piece of work. It reports whether there was any.
func (s *Steps) Step(task int) (bool, error) { return s.run.tasks[task].Step() }

// Source tells whether a task reads splits.
func (s *Steps) Source(task int) bool { return s.run.tasks[task].source != nil }

// Waiting tells how many inputs of a task are not read because their barrier came, and how many have ended.
func (s *Steps) Waiting(task int) (held, ended int) {
	for _, e := range s.run.tasks[task].in {
		switch {
		case e.held:
			held++
		case e.ended:
			ended++
		}
	}
	return held, ended
}

// Checkpoint asks the sources for a barrier, unless a checkpoint is in the making.
func (s *Steps) Checkpoint() { s.c.request(0) }

// Stop asks for a last checkpoint, as Run.Stop does.
func (s *Steps) Stop() { s.c.stop() }

// Discover looks for new splits.
func (s *Steps) Discover() { s.run.discover(s.ctx) }

// Collect is the coordinator's turn: it takes what tasks have said and completes a checkpoint that all have spoken
// for. over: the run has come to its end, and Close is to follow.
func (s *Steps) Collect() (over bool, err error) {
	if s.over {
		return true, nil
	}
	s.over, err = s.c.collect(s.ctx)
	return s.over, err
}

// Close ends the run as Wait sees it: with what it failed of, or nil after Collect has said that it is over. It frees
// everything.
func (s *Steps) Close(failed error) error {
	if s.c == nil { // there was nothing to go on with
		return nil
	}
	defer s.run.cancel(errStopped)
	return s.c.end(s.ctx, failed)
}

// Progress is how far the run is.
func (s *Steps) Progress() Progress { return s.run.Progress() }
