// Package engine is what the doors and embedders call: it parses, plans and runs statements. It holds no connector of
// its own; it is given a list of them.
package engine

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"millrace/catalog"
	"millrace/planner"
	"millrace/sinks"
	sinkembedded "millrace/sinks/embedded"
	"millrace/sources"
	sourcecopy "millrace/sources/copy"
	sourceembedded "millrace/sources/embedded"
	"millrace/sources/system"
	"millrace/sql"
	"millrace/sqlerr"
)

// Config is what an engine is made of.
type Config struct {
	Sources []sources.Connector
	Sinks   []sinks.Connector
	// DataDir keeps the tables across runs; empty: they last as long as the engine.
	DataDir string
	// Lookup gives the value of ${name} in options; nil: none has one.
	Lookup func(name string) (string, bool)
	// Jobs has the kept jobs run, takes new ones, and makes one of an INSERT that does not end.
	Jobs bool
	Log  *slog.Logger     // nil: slog.Default
	Now  func() time.Time // nil: time.Now
}

// Engine runs statements. Its methods are safe for use by several goroutines.
type Engine struct {
	cfg      Config
	catalog  catalog.Catalog
	ddl      sync.Mutex // held while tables and views come and go
	kept     kept
	jobs     jobs
	views    *views
	users    *Users
	started  time.Time
	counts   counts
	lock     io.Closer    // of the data folder; nil: there is none, or it was given back
	sessions atomic.Int32 // that were started
	active   activities   // the sessions that have not ended
}

// Open makes an engine and, where there is a data folder, takes that for itself and reads its tables.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	users, err := OpenUsers(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, catalog: catalog.NewMemory(), started: cfg.Now(), users: users}
	e.views, e.kept.mem = &views{engine: e}, vfs.NewMem()
	e.cfg.Sources = append(slices.Clone(cfg.Sources), sourceembedded.New(e.tables), system.New(), sourcecopy.New())
	e.cfg.Sinks = append(slices.Clone(cfg.Sinks), sinkembedded.New(e.tables))
	if cfg.DataDir == "" {
		return e, e.openJobs(ctx)
	}
	lock, err := takeFolder(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	folder, err := catalog.OpenFolder(ctx, cfg.DataDir, func(text string) (*catalog.Table, *catalog.View, error) {
		stmts, err := sql.Parse(text, cfg.Lookup)
		if err != nil {
			return nil, nil, err
		}
		if len(stmts) == 2 {
			table, isTable := stmts[0].(*sql.CreateTable)
			view, isView := stmts[1].(*sql.CreateView)
			if isTable && isView && view.Materialized {
				t, err := e.env(NewSettings()).KeptView(ctx, table, view)
				return t, nil, err
			}
		}
		if len(stmts) == 1 {
			switch st := stmts[0].(type) {
			case *sql.CreateTable:
				t, err := e.env(NewSettings()).Table(ctx, st)
				return t, nil, err
			case *sql.CreateView: // bound when it is used
				return nil, planner.ViewOf(st), nil
			}
		}
		return nil, nil, sqlerr.New(sqlerr.DataCorrupted, 0, "not a CREATE TABLE or CREATE VIEW statement")
	})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	e.catalog, e.lock = folder, lock
	if err := e.openJobs(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// tempFolder is where, in a data or state folder, rows are that memory_limit has no room for.
const tempFolder = "tmp"

// tempDir is a folder for such rows on the disk that the user has chosen for data: "" (the system's) where there is no
// data folder and no state folder.
func (e *Engine) tempDir(stateDir string) string {
	for _, dir := range []string{e.cfg.DataDir, stateDir} {
		if dir != "" {
			return filepath.Join(dir, tempFolder)
		}
	}
	return ""
}

// source finds a connector that reads.
func (e *Engine) source(name string) (sources.Connector, error) {
	i := slices.IndexFunc(e.cfg.Sources, func(c sources.Connector) bool { return c.Name() == name })
	if i < 0 {
		return nil, e.noConnector(name, "read from")
	}
	return e.cfg.Sources[i], nil
}

// sink finds a connector that writes.
func (e *Engine) sink(name string) (sinks.Connector, error) {
	i := slices.IndexFunc(e.cfg.Sinks, func(c sinks.Connector) bool { return c.Name() == name })
	if i < 0 {
		return nil, e.noConnector(name, "written to")
	}
	return e.cfg.Sinks[i], nil
}

func (e *Engine) noConnector(name, use string) error {
	var readers, writers []string
	for _, c := range e.cfg.Sources {
		readers = append(readers, c.Name())
	}
	for _, c := range e.cfg.Sinks {
		writers = append(writers, c.Name())
	}
	if slices.Contains(readers, name) || slices.Contains(writers, name) {
		return sqlerr.New(sqlerr.FeatureNotSupported, 0, "connector %q can't be %s", name, use)
	}
	all := readers
	for _, w := range writers {
		if !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	err := sqlerr.New(sqlerr.UndefinedObject, 0, "there is no connector %q", name)
	err.Hint = sqlerr.Suggest(name, all)
	return err
}

func (e *Engine) env(s *Settings) *planner.Env {
	snapshot := system.NewSnapshot(e.facts(s))
	return &planner.Env{
		Catalog: system.Over(e.catalog, snapshot), Sources: e.source, Sinks: e.sink, Objects: snapshot,
		Parallelism: s.Parallelism, Now: e.cfg.Now().UnixMicro(), RecursionLimit: s.RecursionLimit,
	}
}

// defaultParallelism is a task a core; more would only switch between them.
func defaultParallelism() int { return max(1, min(runtime.GOMAXPROCS(0), 16)) }
