package engine

import (
	"context"
	"sync"
	"time"
)

// clock ends a result that is read when its time is over. It can be stopped for as long as nobody asks for rows.
type clock struct {
	limit time.Duration // 0: none

	mu      sync.Mutex
	waiting bool
	timer   *time.Timer // nil: not started
}

// run gives a context that ends with errTimeout when the time is over.
func (c *clock) run(ctx context.Context) (context.Context, func()) {
	if c.limit <= 0 {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(c.limit, func() { cancel(errTimeout) })
	if c.waiting {
		c.timer.Stop()
	}
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timer.Stop()
		c.timer = nil
		cancel(nil)
	}
}

// wait stops it.
func (c *clock) wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

// again starts it from the beginning.
func (c *clock) again() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting && c.timer != nil {
		c.timer.Reset(c.limit)
	}
	c.waiting = false
}
