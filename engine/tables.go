package engine

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"millrace/catalog"
	"millrace/internal/embedded"
)

// kept is the tables that millrace keeps, opened when they are first asked for.
type kept struct {
	mu    sync.Mutex
	store *embedded.Store
}

// rowsFolder is where, in the data folder, the rows are.
const rowsFolder = "rows"

// tables opens the store of the tables that millrace keeps. It then has those of the catalog: a crash can have come
// between the two.
func (e *Engine) tables() (*embedded.Store, error) {
	e.kept.mu.Lock()
	defer e.kept.mu.Unlock()
	if e.kept.store != nil {
		return e.kept.store, nil
	}
	fs, dir := vfs.Default, filepath.Join(e.cfg.DataDir, rowsFolder)
	if e.cfg.DataDir == "" {
		fs, dir = vfs.NewMem(), rowsFolder
	}
	store, err := embedded.Open(fs, dir, e.cfg.Log)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	names, err := e.catalog.Tables(ctx, "", "")
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	var tables []*catalog.Table
	for _, n := range names {
		if t, err := e.catalog.Table(ctx, n); err == nil && t.Embedded() {
			tables = append(tables, t)
		}
	}
	if err := store.Keep(tables); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	e.kept.store = store
	return store, nil
}

// Close stops the jobs after a last checkpoint, closes the tables and gives the data folder back. Nothing else may run any
// more.
func (e *Engine) Close() error {
	e.stopJobs()
	e.kept.mu.Lock()
	defer e.kept.mu.Unlock()
	var err error
	if e.kept.store != nil {
		err = e.kept.store.Close()
		e.kept.store = nil
	}
	if e.lock != nil {
		err = errors.Join(err, e.lock.Close())
		e.lock = nil
	}
	return err
}
