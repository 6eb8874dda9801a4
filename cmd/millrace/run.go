package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"millrace/engine"
	"millrace/sql"
	"millrace/sqlerr"
)

// runCommand runs the INSERT statements of files as one job.
type runCommand struct {
	Files       []string `arg:"" name:"file" help:"The .sql files, in order; - is standard input."`
	Mode        string   `default:"" enum:",auto,stream,batch" help:"stream goes on, batch ends where the tables end now; auto (the default) is stream where a table has no end."`
	StateDir    string   `placeholder:"DIR" help:"Keep checkpoints here and go on from the newest one. Without it a restart begins anew."`
	DataDir     string   `placeholder:"DIR" help:"Keep tables and views here, and the rows of tables with no connector, and know those of earlier runs."`
	Parallelism int      `placeholder:"N" help:"Tasks for each step of a query; the default is one a core."`
	Format      string   `default:"table" enum:"table,csv,json" help:"How the rows of a SELECT in the file are printed: ${enum}."`
	vars
}

// file is one text with its name.
type file struct {
	name, text string
	stmts      []sql.Statement
}

func (t *streams) read(path string) (file, error) {
	if path == "-" {
		text, err := readAll(t.in)
		return file{name: "standard input", text: text}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return file{}, sqlerr.New(sqlerr.IOError, 0, "cannot read %s: %v", path, err)
	}
	return file{name: path, text: string(text)}, nil
}

// Run executes the files' statements in order; the INSERTs run together at the end.
func (c *runCommand) Run(t *streams) error {
	s, err := c.open(context.Background(), t.out, c.DataDir)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.Parallelism > 0 {
		if err := s.Settings().Set("parallelism", fmt.Sprint(c.Parallelism), 0, 0); err != nil {
			return err
		}
	}
	files, err := c.parse(t, s, c.Files)
	if err != nil {
		return err
	}
	ctx := context.Background()
	var inserts []*sql.Insert
	var last file
	for _, f := range files {
		more, err := s.Script(ctx, f.stmts, c.Mode, func(stmt sql.Statement) error { return t.execute(ctx, s, stmt, c.Format, false) })
		if err != nil {
			return t.report(err, f.text, f.name)
		}
		if len(more) > 0 {
			if len(inserts) > 0 {
				last = file{}
			} else {
				last = f
			}
			inserts = append(inserts, more...)
		}
	}
	if len(inserts) == 0 {
		return nil
	}
	job, err := s.Job(jobName(c.Files), inserts)
	if err != nil {
		return t.report(err, last.text, last.name)
	}
	return c.runJob(t, job)
}

func (c *runCommand) runJob(t *streams, job *engine.Job) error {
	started := time.Now()
	var once sync.Once
	stopping := make(chan struct{})
	ctx, done := interrupts(context.Background(), func() { once.Do(func() { close(stopping) }) })
	defer done()
	if err := job.Start(ctx, engine.JobOptions{StateDir: c.StateDir}); err != nil {
		return t.report(err, "", "")
	}
	if c.StateDir == "" && job.Unbounded() {
		fmt.Fprintln(t.err, "note: no --state-dir, so a restart begins anew")
	}
	ended := make(chan error, 1)
	go func() { ended <- job.Wait() }()
	p := newProgress(t, job, started)
	defer t.status.Clear()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-stopping:
			stopping = nil
			fmt.Fprintln(t.err, "stopping: what was read is written out (Ctrl-C again to cut it short)")
			job.Stop()
		case <-tick.C:
			p.draw()
		case err := <-ended:
			if err != nil {
				return t.report(err, "", "")
			}
			p.summary()
			return nil
		}
	}
}

func jobName(files []string) string {
	if len(files) == 0 || files[0] == "-" {
		return "job"
	}
	return strings.TrimSuffix(filepath.Base(files[0]), ".sql")
}
