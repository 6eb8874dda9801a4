// Package engine is what the doors and embedders call: it parses, plans and runs statements. It holds no connector of
// its own; it is given a list of them.
package engine

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"millrace/catalog"
	"millrace/planner"
	"millrace/sinks"
	"millrace/sources"
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
	Log    *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now
}

// Engine runs statements. Its methods are safe for use by several goroutines.
type Engine struct {
	cfg     Config
	catalog catalog.Catalog
}

// Open makes an engine and, where there is a data folder, reads its tables.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	e := &Engine{cfg: cfg, catalog: catalog.NewMemory()}
	if cfg.DataDir == "" {
		return e, nil
	}
	kept, err := catalog.OpenFolder(ctx, cfg.DataDir, func(text string) (*catalog.Table, error) {
		stmts, err := sql.Parse(text, cfg.Lookup)
		if err != nil {
			return nil, err
		}
		create, ok := stmts[0].(*sql.CreateTable)
		if !ok || len(stmts) != 1 {
			return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "not a CREATE TABLE statement")
		}
		return e.env(NewSettings()).Table(ctx, create)
	})
	if err != nil {
		return nil, err
	}
	e.catalog = kept
	return e, nil
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
	return &planner.Env{
		Catalog: e.catalog, Sources: e.source, Sinks: e.sink,
		Parallelism: s.Parallelism, Now: e.cfg.Now().UnixMicro(),
	}
}

// defaultParallelism is a task a core; more would only switch between them.
func defaultParallelism() int { return max(1, min(runtime.GOMAXPROCS(0), 16)) }
