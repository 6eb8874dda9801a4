package flowtest

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// ErrBudget is what a Budget answers when its limit would be passed.
var ErrBudget = errors.New("the memory limit is reached")

// Budget is a flow.Budget with a limit; 0: none.
type Budget struct {
	Limit int64
	used  atomic.Int64
}

// Reserve takes n bytes, or fails with ErrBudget and takes none.
func (b *Budget) Reserve(n int64) error {
	if n < 0 {
		panic(fmt.Sprintf("flowtest: Reserve(%d)", n))
	}
	if used := b.used.Add(n); b.Limit > 0 && used > b.Limit {
		b.used.Add(-n)
		return fmt.Errorf("%d bytes more than %d: %w", n, used-n, ErrBudget)
	}
	return nil
}

// Release gives n bytes back. More than was taken is a fault of the caller.
func (b *Budget) Release(n int64) {
	if used := b.used.Add(-n); n < 0 || used < 0 {
		panic(fmt.Sprintf("flowtest: Release(%d) leaves %d bytes of the budget in use", n, used))
	}
}

// Used is the bytes taken and not given back.
func (b *Budget) Used() int64 { return b.used.Load() }
