package engine

import (
	"context"
	"sync/atomic"

	"millrace/exec/run"
)

// Watch tells how far a query is while it runs.
type Watch struct{ run atomic.Pointer[run.Run] }

// RowsIn is how many rows have been read from tables so far.
func (w *Watch) RowsIn() int64 {
	if r := w.run.Load(); r != nil {
		return r.Progress().RowsIn
	}
	return 0
}

type watchKey struct{}

// Watched is a context whose query w watches.
func Watched(ctx context.Context, w *Watch) context.Context {
	return context.WithValue(ctx, watchKey{}, w)
}

// watch has a run watched by whoever asked for it.
func watch(ctx context.Context, r *run.Run) {
	if w, ok := ctx.Value(watchKey{}).(*Watch); ok {
		w.run.Store(r)
	}
}
