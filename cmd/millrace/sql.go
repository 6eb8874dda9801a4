package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"millrace/engine"
	"millrace/flow"
	"millrace/internal/printer"
	"millrace/sql"
)

// sqlCommand runs statements and prints their rows.
type sqlCommand struct {
	Command []string `short:"c" sep:"none" placeholder:"SQL" help:"Statements to run; may be given several times."`
	File    []string `short:"f" placeholder:"FILE" help:"Files of statements to run first; - is standard input."`
	Format  string   `default:"table" enum:"table,csv,json" help:"How rows are printed: ${enum}."`
	DataDir string   `placeholder:"DIR" help:"Keep tables and views here, and the rows of tables with no connector, and know those of earlier runs. Without it they are gone with the command."`
	vars
}

// Run executes the statements one after the other and stops at the first that fails.
func (c *sqlCommand) Run(t *streams) error {
	var texts []file
	for _, path := range c.File {
		f, err := t.read(path)
		if err != nil {
			return err
		}
		texts = append(texts, f)
	}
	for _, text := range c.Command {
		texts = append(texts, file{"", text})
	}
	if len(texts) == 0 {
		f, err := t.read("-")
		if err != nil {
			return err
		}
		texts = append(texts, f)
	}
	s, err := c.open(context.Background(), t.out, c.DataDir)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ctx, done := interrupts(ctx, cancel)
	defer done()
	for _, f := range texts {
		stmts, err := s.Parse(f.text)
		if err != nil {
			return t.report(err, f.text, f.name)
		}
		for _, stmt := range stmts {
			if err := t.execute(ctx, s, stmt, c.Format, true); err != nil {
				return t.report(err, f.text, f.name)
			}
		}
	}
	return nil
}

// execute runs one statement and prints its rows, or its tag where it has none and tags are wanted.
func (t *streams) execute(ctx context.Context, s *engine.Session, stmt sql.Statement, format string, tags bool) error {
	r, err := s.Exec(ctx, stmt)
	if err != nil {
		return err
	}
	if r.Schema == nil {
		if tags && format == "table" {
			fmt.Fprintln(t.out, r.Tag)
		}
		return nil
	}
	if r.Tag == "EXPLAIN" && format == "table" { // a plan is read as it is
		return r.Each(ctx, func(b *flow.Batch) error {
			for i := range b.Len() {
				if _, err := fmt.Fprintln(t.out, b.Rec.Column(0).ValueStr(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	p, err := printer.New(t.out, printer.Options{Format: format}, r.Schema)
	if err != nil {
		return err
	}
	if err := r.Each(ctx, p.Write); err != nil {
		return err
	}
	return p.Close()
}

func readAll(r io.Reader) (string, error) {
	var b strings.Builder
	_, err := io.Copy(&b, r)
	return b.String(), err
}
