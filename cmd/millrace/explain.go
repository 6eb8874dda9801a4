package main

import (
	"context"

	"millrace/sql"
)

// explainCommand prints plans.
type explainCommand struct {
	Files   []string `arg:"" name:"file" help:"The .sql files, in order; - is standard input."`
	Mode    string   `default:"" enum:",auto,stream,batch" help:"Plan for this mode: ${enum}."`
	DataDir string   `placeholder:"DIR" help:"Know the tables and views that are kept here."`
	vars
}

// Run declares the tables of the files and explains each query and INSERT.
func (c *explainCommand) Run(t *streams) error {
	ctx := context.Background()
	s, err := c.open(ctx, t.out, c.DataDir)
	if err != nil {
		return err
	}
	defer s.Close()
	files, err := c.parse(t, s, c.Files)
	if err != nil {
		return err
	}
	for _, f := range files {
		for _, stmt := range f.stmts {
			switch st := stmt.(type) {
			case *sql.Insert, *sql.Update, *sql.Delete, *sql.SelectStatement:
				stmt = &sql.Explain{Node: sql.Node{At: st.Pos()}, Statement: st}
			}
			if c.Mode != "" {
				if err := s.Settings().Set("mode", c.Mode, 0, 0); err != nil {
					return err
				}
			}
			if err := t.execute(ctx, s, stmt, "table", false); err != nil {
				return t.report(err, f.text, f.name)
			}
		}
	}
	return nil
}
