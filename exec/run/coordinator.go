package run

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"millrace/sqlerr"
)

// coordinator decides when checkpoints are taken, collects what tasks say and makes it durable. It is passive too:
// supervise turns it in production, Steps in a simulator.
type coordinator struct {
	run      *Run
	epoch    uint64        // of the newest checkpoint, durable or in the making
	pending  uint64        // the one in the making; 0: none
	said     map[*task]ack // of the pending one
	final    map[*task]ack // of tasks that have ended
	behind   bool          // a barrier was asked for behind all that there is
	again    bool          // another is wanted when that has come to its end
	stopping bool
	asked    bool   // for the last checkpoint of a run that is being stopped
	unshown  []held // tokens of the last checkpoint, which are committed when the tasks no longer run
}

func newCoordinator(r *Run) *coordinator {
	return &coordinator{run: r, epoch: r.newest, said: map[*task]ack{}, final: map[*task]ack{}}
}

// supervise runs the tasks and the coordinator until all is over, and cleans up.
func (r *Run) supervise(ctx context.Context, c *coordinator) {
	defer close(r.ended)
	failed := make(chan error, len(r.tasks)+1) // and discover
	var running sync.WaitGroup
	for _, t := range r.tasks {
		running.Go(func() {
			if err := t.loop(ctx); err != nil {
				failed <- err
			}
			r.acked.wake()
		})
	}
	err := guard(func() error { return c.loop(ctx, failed, &running) })
	if err == nil {
		r.cancel(errStopped)
	} else {
		r.cancel(err)
	}
	running.Wait()
	r.err = c.end(ctx, err)
}

// guard makes a panic outside of the tasks an error of the job as well.
func guard(fn func() error) error { return sqlerr.Guard("the job", fn) }

// end is called when no task runs any more: it commits what the last checkpoint holds, or aborts what none holds, and
// frees everything. err is what the run failed of; where that is its context, nothing is aborted: it ended as in a
// crash.
func (c *coordinator) end(ctx context.Context, err error) error {
	crash := ctx.Err() != nil && errors.Is(err, context.Cause(ctx))
	ctx = context.WithoutCancel(ctx)
	switch {
	case err == nil:
		err = guard(func() error { return c.show(ctx) })
	case !crash:
		c.abort(ctx)
	}
	c.forget()
	if cerr := guard(c.run.close); err == nil {
		err = cerr
	}
	return err
}

// first makes the positions that the splits begin at durable before a row is read, so that 'latest' is asked once.
func (c *coordinator) first() error {
	r := c.run
	if r.cfg.Store == nil || r.cfg.Batch || r.restored > 0 {
		return nil
	}
	said := map[*task]ack{}
	for _, t := range r.tasks {
		a := ack{ports: t.ports}
		if t.source != nil {
			a.split = t.source.positions()
		}
		said[t] = a
	}
	c.epoch++
	if err := r.cfg.Store.Save(r.assemble(c.epoch, said, nil, false).manifest, nil); err != nil {
		return err
	}
	r.epoch.Store(c.epoch)
	for _, t := range r.tasks {
		t.epoch = c.epoch
	}
	return nil
}

// loop ends when all tasks have, when the run was stopped, or when something failed.
func (c *coordinator) loop(ctx context.Context, failed chan error, running *sync.WaitGroup) error {
	r := c.run
	var tick, discover <-chan time.Time
	if r.cfg.Interval > 0 && r.cfg.Store != nil && !r.cfg.Batch {
		t := time.NewTicker(r.cfg.Interval)
		defer t.Stop()
		tick = t.C
	}
	if r.unbounded() {
		t := time.NewTicker(r.cfg.Discover)
		defer t.Stop()
		discover = t.C
	}
	deadline := time.NewTimer(math.MaxInt64) // of the pending checkpoint
	defer deadline.Stop()
	var timed uint64
	looking, looked := false, make(chan struct{}, 1)
	stop := r.stop
	for {
		over, err := c.collect(ctx)
		if err != nil || over {
			return err
		}
		if r.cfg.Timeout > 0 && timed != c.pending {
			if timed = c.pending; timed != 0 {
				deadline.Reset(r.cfg.Timeout)
			} else {
				deadline.Stop()
			}
		}
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-r.acked.c:
		case <-stop:
			stop = nil
			c.stop()
		case <-r.ask:
			if c.again = c.pending != 0; !c.again {
				c.request(c.most())
			}
		case <-tick:
			c.request(0)
		case <-deadline.C:
			return sqlerr.New(sqlerr.IOError, 0, "checkpoint %d has not come to an end in %s", c.pending, r.cfg.Timeout).
				WithHint("A sink may be too slow: see the progress of the job, or raise checkpoint.timeout.")
		case <-discover:
			if !looking { // it asks another system, which may take its time
				looking = true
				running.Go(func() {
					if err := guard(func() error { r.discover(ctx); return nil }); err != nil {
						failed <- err
						return
					}
					looked <- struct{}{}
				})
			}
		case <-looked:
			looking = false
		}
	}
}

// stop asks for the last checkpoint: at once, or when the one in the making has come to its end.
func (c *coordinator) stop() {
	c.stopping = true
	c.request(0)
}

// readAhead is how many batches a source reads in front of a barrier that is to come behind all that is there: others may
// write faster than it reads.
const readAhead = 64

// most is that number for the next barrier. The first one of a run that begins anew has all behind it that was there.
func (c *coordinator) most() int64 {
	if c.run.cfg.Forget && !c.behind {
		c.behind = true
		return math.MaxInt64
	}
	return readAhead
}

// request asks every source task for a barrier, behind so many batches as far as they are there.
func (c *coordinator) request(behind int64) {
	if c.pending != 0 || c.asked {
		return
	}
	c.asked = c.stopping
	c.epoch++
	c.pending = c.epoch
	for _, t := range c.run.tasks {
		if t.source != nil {
			if c.asked {
				t.source.last.Store(true)
			}
			t.source.ahead.Store(behind)
			t.source.request.Store(c.pending)
			t.waker.wake()
		}
	}
}

// collect takes what tasks have said since it was last called, and finishes a checkpoint that all have spoken for.
func (c *coordinator) collect(ctx context.Context) (over bool, err error) {
	r := c.run
	for _, a := range r.heard() {
		if !a.final {
			c.said[a.task] = a
			continue
		}
		c.final[a.task] = a
		if a.task.sink != nil { // it no longer uses its sink: what it did not get to is committed here
			if err := a.task.commit(ctx); err != nil {
				return false, err
			}
		}
	}
	if len(c.final) == len(r.tasks) {
		return true, c.complete(ctx, true)
	}
	if c.pending == 0 {
		return false, nil
	}
	for _, t := range r.tasks {
		_, said := c.said[t]
		_, ended := c.final[t]
		if !said && !ended {
			return false, nil
		}
	}
	last := c.asked
	if err := c.complete(ctx, false); err != nil {
		return false, err
	}
	switch {
	case c.stopping && !last:
		c.request(0)
	case c.again:
		c.again = false
		c.request(c.most())
	}
	return last, nil
}

// complete makes a checkpoint durable, and only then has its tokens committed. done: all tasks have ended.
func (c *coordinator) complete(ctx context.Context, done bool) error {
	r := c.run
	epoch := c.pending
	if epoch == 0 {
		c.epoch++
		epoch = c.epoch
	}
	said := make(map[*task]ack, len(r.tasks))
	early := map[*task][]byte{} // tokens of a barrier that no checkpoint came of before all had ended
	for _, t := range r.tasks {
		a, spoke := c.said[t]
		if spoke {
			defer releaseAll(a.state)
		}
		switch {
		case spoke && !done: // also where it has ended since: what it did behind the barrier belongs to the next
			said[t] = a
			continue
		case spoke && a.token != nil:
			early[t] = a.token
		}
		last := c.final[t]
		said[t] = last
		last.token = nil // the last word of a task counts for all later checkpoints, but its token is shown once
		c.final[t] = last
	}
	clear(c.said)
	c.pending = 0
	s := r.assemble(epoch, said, early, done)
	if r.cfg.Store != nil && !r.cfg.Batch {
		if err := r.cfg.Store.Save(s.manifest, s.state); err != nil {
			return err
		}
		r.epoch.Store(epoch)
		r.done.Store(done)
	}
	for _, h := range s.tokens {
		_, ended := c.final[h.task]
		switch {
		case done || c.asked:
			c.unshown = append(c.unshown, h)
		case ended: // it has said its last word, so nobody else uses its sink
			if err := h.task.sink.Commit(ctx, h.token); err != nil {
				return err
			}
		default:
			h.task.later(h.token)
		}
	}
	return nil
}

// show commits what is durable and was left to the coordinator.
func (c *coordinator) show(ctx context.Context) error {
	for _, t := range c.run.tasks {
		if t.sink != nil {
			if err := t.commit(ctx); err != nil {
				return err
			}
		}
	}
	for _, h := range c.unshown {
		if err := h.task.sink.Commit(ctx, h.token); err != nil {
			return err
		}
	}
	return nil
}

// abortTime is how long sinks have to abort what a failed run leaves behind.
const abortTime = 10 * time.Second

// abort takes back what sinks have prepared and no checkpoint has. What a checkpoint has that could not be written is
// left alone: it may be durable after all.
func (c *coordinator) abort(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, abortTime)
	defer cancel()
	for _, a := range c.run.heard() {
		if a.final {
			c.final[a.task] = a
		} else {
			c.said[a.task] = a
		}
	}
	for _, t := range c.run.tasks {
		for _, token := range [][]byte{c.said[t].token, c.final[t].token} {
			if token == nil {
				continue
			}
			if err := guard(func() error { return t.sink.Abort(ctx, token) }); err != nil {
				c.run.cfg.Log.Warn("cannot take back what was written since the last checkpoint", "node", t.last().ID, "error", err)
			}
		}
	}
}

// forget releases the state that no checkpoint took.
func (c *coordinator) forget() {
	for _, a := range c.run.heard() {
		releaseAll(a.state)
	}
	for _, words := range []map[*task]ack{c.said, c.final} {
		for _, a := range words {
			releaseAll(a.state)
		}
		clear(words)
	}
}
