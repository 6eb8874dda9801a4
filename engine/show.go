package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// show answers SHOW TABLES, FUNCTIONS, CONNECTORS, SETTINGS and SHOW of one setting.
func (s *Session) show(ctx context.Context, st *sql.Show) (*Result, error) {
	switch st.What {
	case "TABLES":
		names, err := s.engine.catalog.Tables(ctx, "", "")
		if err != nil {
			return nil, err
		}
		var rows [][]string
		for _, n := range names {
			t, err := s.engine.catalog.Table(ctx, n)
			if err != nil {
				return nil, err
			}
			rows = append(rows, []string{n.String(), t.Connector()})
		}
		return rowsResult("SHOW", []string{"table", "connector"}, rows), nil
	case "FUNCTIONS":
		var rows [][]string
		for _, f := range expr.Functions() {
			rows = append(rows, []string{f.Name, "scalar", f.Doc, f.Example})
		}
		for _, f := range expr.SetFunctions() {
			rows = append(rows, []string{f.Name, "set", f.Doc, f.Example})
		}
		for _, f := range agg.Functions() {
			rows = append(rows, []string{f.Name, "aggregate", f.Doc, f.Example})
		}
		return rowsResult("SHOW", []string{"name", "kind", "description", "example"}, rows), nil
	case "CONNECTORS":
		return rowsResult("SHOW", []string{"connector", "option", "default", "required", "description"}, s.engine.options()), nil
	case "SETTINGS", "ALL":
		var rows [][]string
		for _, x := range settings {
			rows = append(rows, []string{x.name, x.get(s.settings), x.doc})
		}
		return rowsResult("SHOW", []string{"name", "value", "description"}, rows), nil
	}
	i := slices.IndexFunc(settings, func(x setting) bool { return x.name == st.What })
	if i < 0 {
		err := sqlerr.New(sqlerr.UndefinedObject, st.Pos(), "there is nothing to show by the name %q", strings.ToLower(st.What))
		err.Hint = sqlerr.Suggest(st.What, append(settingNames(), "tables", "functions", "connectors", "settings"))
		return nil, err
	}
	return rowsResult("SHOW", []string{settings[i].name}, [][]string{{settings[i].get(s.settings)}}), nil
}

// options lists what WITH ( … ) may hold, for each connector.
func (e *Engine) options() [][]string {
	var rows [][]string
	seen := map[[2]string]bool{}
	add := func(connector string, specs []catalog.OptionSpec) {
		for _, o := range specs {
			if key := [2]string{connector, o.Name}; !seen[key] {
				seen[key] = true
				rows = append(rows, []string{connector, o.Name, o.Default, map[bool]string{true: "yes", false: ""}[o.Required], o.Doc})
			}
		}
	}
	for _, c := range e.cfg.Sources {
		add(c.Name(), c.Options())
	}
	for _, c := range e.cfg.Sinks {
		add(c.Name(), c.Options())
	}
	return rows
}

// describe lists a table's columns.
func (s *Session) describe(ctx context.Context, st *sql.Describe) (*Result, error) {
	name := catalog.Name{Table: st.Name.Parts[len(st.Name.Parts)-1]}
	if n := len(st.Name.Parts); n > 1 {
		name.Schema = st.Name.Parts[n-2]
	}
	t, err := s.engine.catalog.Table(ctx, name)
	if err != nil {
		return nil, place(err, st.Name.Pos())
	}
	var rows [][]string
	for i, c := range t.Columns {
		var notes []string
		if slices.Contains(t.PrimaryKey, i) {
			notes = append(notes, "primary key")
		}
		if c.NotNull {
			notes = append(notes, "not null")
		}
		if c.Metadata != "" {
			notes = append(notes, "metadata '"+c.Metadata+"'")
		}
		if c.Computed != "" {
			notes = append(notes, "as "+c.Computed)
		}
		if t.Watermark != nil && t.Watermark.Column == i {
			notes = append(notes, fmt.Sprintf("event time, watermark %s behind", t.Watermark.Delay))
		}
		rows = append(rows, []string{c.Name, c.Type.String(), strings.Join(notes, ", ")})
	}
	return rowsResult("DESCRIBE", []string{"column", "type", "notes"}, rows), nil
}

func lines(s string) []string { return strings.Split(strings.TrimRight(s, "\n"), "\n") }

func textResult(tag, column string, values []string) *Result {
	rows := make([][]string, len(values))
	for i, v := range values {
		rows[i] = []string{v}
	}
	return rowsResult(tag, []string{column}, rows)
}

// rowsResult is a result of texts.
func rowsResult(tag string, columns []string, rows [][]string) *Result {
	r := &Result{Tag: tag}
	for _, c := range columns {
		r.Schema = append(r.Schema, types.Column{Name: c, Type: types.Of(types.Text)})
	}
	r.each = func(_ context.Context, fn func(*flow.Batch) error) error {
		cols := make([]arrow.Array, len(columns))
		for i := range columns {
			b := array.NewStringBuilder(memory.DefaultAllocator)
			for _, row := range rows {
				b.Append(row[i])
			}
			cols[i] = b.NewArray()
		}
		rec := array.NewRecordBatch(r.Schema.Arrow(), cols, int64(len(rows)))
		for _, c := range cols {
			c.Release()
		}
		defer rec.Release()
		return fn(&flow.Batch{Rec: rec})
	}
	return r
}

// place gives an error that has no position one.
func place(err error, pos sqlerr.Pos) error {
	var e *sqlerr.Error
	if errors.As(err, &e) && e.Pos == 0 {
		e.Pos = pos
	}
	return err
}
