package run

import (
	"context"
	"sync"
	"time"

	"millrace/sqlerr"
)

// coordinator decides when checkpoints are taken, collects what tasks say and makes it durable.
type coordinator struct {
	run       *Run
	epoch     uint64 // of the newest checkpoint, durable or in the making
	pending   uint64 // the one in the making; 0: none
	since     time.Time
	said      map[*task]ack // of the pending one
	final     map[*task]ack // of tasks that have ended
	stopping  bool
	asked     bool   // for the last checkpoint of a run that is being stopped
	committed []held // tokens of durable checkpoints, not shown yet: by tasks that no longer run
}

// supervise runs the tasks and the coordinator until all is over, and cleans up.
func (r *Run) supervise(ctx context.Context) {
	defer close(r.ended)
	failed := make(chan error, len(r.tasks))
	var running sync.WaitGroup
	c := &coordinator{run: r, epoch: r.epoch.Load(), said: map[*task]ack{}, final: map[*task]ack{}}
	err := c.first()
	if err == nil {
		for _, t := range r.tasks {
			running.Go(func() {
				if err := t.loop(ctx); err != nil {
					failed <- err
				}
				r.acked.wake()
			})
		}
		err = c.loop(ctx, failed)
	}
	r.cancel(orStopped(err))
	running.Wait()
	if err == nil {
		err = c.show(context.WithoutCancel(ctx))
	}
	for _, a := range r.acks {
		releaseAll(a.state)
	}
	c.forget()
	if cerr := r.close(); err == nil {
		err = cerr
	}
	r.err = err
}

func orStopped(err error) error {
	if err == nil {
		return errStopped
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
	if err := r.cfg.Store.Save(r.assemble(c.epoch, said, false).manifest, nil); err != nil {
		return err
	}
	r.epoch.Store(c.epoch)
	return nil
}

// loop ends when all tasks have, when the run was stopped, or when something failed.
func (c *coordinator) loop(ctx context.Context, failed <-chan error) error {
	r := c.run
	var tick, discover <-chan time.Time
	if r.cfg.Interval > 0 && r.cfg.Store != nil && !r.cfg.Batch {
		t := time.NewTicker(r.cfg.Interval)
		defer t.Stop()
		tick = t.C
	}
	for _, s := range r.sources {
		if !s.bounded {
			t := time.NewTicker(r.cfg.Discover)
			defer t.Stop()
			discover = t.C
			break
		}
	}
	stop := r.stop
	for {
		over, err := c.collect(ctx)
		if err != nil || over {
			return err
		}
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-r.acked.c:
		case <-stop:
			stop, c.stopping = nil, true
			c.request()
		case <-tick:
			if c.pending == 0 {
				c.request()
			} else if r.cfg.Timeout > 0 && r.cfg.Now().Sub(c.since) > r.cfg.Timeout {
				return sqlerr.New(sqlerr.IOError, 0, "checkpoint %d has not come to an end in %s", c.pending, r.cfg.Timeout).
					WithHint("A sink may be too slow: see the progress of the job, or raise checkpoint.timeout.")
			}
		case <-discover:
			c.discover(ctx)
		}
	}
}

// request asks every source task for a barrier.
func (c *coordinator) request() {
	if c.pending != 0 || c.asked {
		return // a stop waits for the checkpoint that is in the making
	}
	c.asked = c.stopping
	c.epoch++
	c.pending, c.since = c.epoch, c.run.cfg.Now()
	for _, t := range c.run.tasks {
		if t.source != nil {
			if c.stopping {
				t.source.last.Store(true)
			}
			t.source.request.Store(c.pending)
			t.waker.wake()
		}
	}
}

func (c *coordinator) discover(ctx context.Context) {
	for _, s := range c.run.sources {
		if s.bounded {
			continue
		}
		n, err := s.discover(ctx)
		if err != nil {
			c.run.cfg.Log.Warn("cannot look for new splits; going on with those known", "table", s.scan.Table.Name.String(), "error", err)
		}
		if n > 0 {
			c.run.cfg.Log.Info("new splits are read", "table", s.scan.Table.Name.String(), "splits", n)
		}
	}
}

// collect takes what tasks have said since it was last called, and finishes a checkpoint that all have spoken for.
func (c *coordinator) collect(ctx context.Context) (over bool, err error) {
	r := c.run
	r.acksMu.Lock()
	acks := r.acks
	r.acks = nil
	r.acksMu.Unlock()
	for _, a := range acks {
		if a.final {
			c.final[a.task] = a
			if a.task.sink != nil { // what it was asked to commit and did not get to
				if err := a.task.commit(); err != nil {
					return false, err
				}
			}
		} else {
			c.said[a.task] = a
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
	wasLast := c.asked
	if err := c.complete(ctx, false); err != nil {
		return false, err
	}
	if wasLast {
		return true, nil
	}
	if c.stopping {
		c.request()
	}
	return false, nil
}

// complete makes a checkpoint durable, and only then has its tokens committed.
func (c *coordinator) complete(ctx context.Context, done bool) error {
	r := c.run
	epoch := c.pending
	if epoch == 0 {
		c.epoch++
		epoch = c.epoch
	}
	said := make(map[*task]ack, len(r.tasks))
	var early []held // tokens of a barrier that no checkpoint came of before all had ended
	for _, t := range r.tasks {
		a, spoke := c.said[t]
		switch {
		case !done && spoke: // also where it has ended since: what it did behind the barrier belongs to the next
			said[t] = a
		default:
			said[t] = c.final[t]
			if spoke {
				releaseAll(a.state)
				if a.token != nil {
					early = append(early, held{t, a.token})
				}
			}
		}
	}
	s := r.assemble(epoch, said, done)
	for _, h := range early {
		last := h.task.nodes[len(h.task.nodes)-1].ID
		s.manifest.Sinks[last] = append(s.manifest.Sinks[last], h.token)
		s.tokens = append(s.tokens, h)
	}
	clear(c.said)
	c.pending = 0
	if r.cfg.Store != nil && !r.cfg.Batch {
		if err := r.cfg.Store.Save(s.manifest, s.state); err != nil {
			return err
		}
		r.epoch.Store(epoch)
		r.done.Store(done)
	}
	for t, a := range said { // the last word of a task counts for all later checkpoints, but its token is shown once
		if a.final && a.token != nil {
			a.token = nil
			c.final[t] = a
		}
	}
	for _, h := range s.tokens {
		_, ended := c.final[h.task]
		switch {
		case done || c.asked:
			c.committed = append(c.committed, h)
		case ended: // it has said its last word, so nobody else uses its sink
			if err := h.task.sink.Commit(ctx, h.token); err != nil {
				return err
			}
		default:
			h.task.later(h.token)
		}
	}
	for _, a := range said {
		if !a.final {
			releaseAll(a.state)
		}
	}
	return nil
}

// show commits what is durable and was left to the coordinator: the tasks no longer run.
func (c *coordinator) show(ctx context.Context) error {
	for _, t := range c.run.tasks {
		if t.sink != nil {
			if err := t.commit(); err != nil {
				return err
			}
		}
	}
	for _, h := range c.committed {
		if err := h.task.sink.Commit(ctx, h.token); err != nil {
			return err
		}
	}
	return nil
}

// forget releases the state that no checkpoint took.
func (c *coordinator) forget() {
	for _, a := range c.said {
		releaseAll(a.state)
	}
	for _, a := range c.final {
		releaseAll(a.state)
	}
}
