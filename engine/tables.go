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
	mem   vfs.FS // in place of the data folder where there is none
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
	fs, dir := e.files()
	store, err := embedded.Open(fs, filepath.Join(dir, rowsFolder), e.cfg.Log)
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

// files is where the engine keeps what it has: in the data folder, or in memory.
func (e *Engine) files() (vfs.FS, string) {
	if e.cfg.DataDir == "" {
		return e.kept.mem, ""
	}
	return vfs.Default, e.cfg.DataDir
}

// Close stops the jobs after a last checkpoint, and the materialized views, closes the tables and gives the data folder
// back. No statement may run any more.
func (e *Engine) Close() error {
	e.stopJobs()
	err := e.views.close()
	e.kept.mu.Lock()
	defer e.kept.mu.Unlock()
	if e.kept.store != nil {
		err = errors.Join(err, e.kept.store.Close())
		e.kept.store = nil
	}
	if e.lock != nil {
		err = errors.Join(err, e.lock.Close())
		e.lock = nil
	}
	return err
}
