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
	"millrace/expr/over"
	"millrace/flow"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// show answers SHOW TABLES, FUNCTIONS, CONNECTORS, SETTINGS and SHOW of one setting.
func (s *Session) show(ctx context.Context, st *sql.Show) (*Result, error) {
	switch st.What {
	case "TABLES":
		names, err := s.catalog().Tables(ctx, "", "")
		if err != nil {
			return nil, err
		}
		var rows [][]string
		for _, n := range names {
			t, err := s.catalog().Table(ctx, n)
			if err != nil {
				return nil, err
			}
			rows = append(rows, []string{n.String(), t.Kind(), t.Connector()})
		}
		for _, v := range s.catalog().Views(ctx) {
			rows = append(rows, []string{v.Name.String(), "view", ""})
		}
		slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
		return rowsResult("SHOW", []string{"table", "kind", "connector"}, rows), nil
	case "MATERIALIZED VIEWS":
		return s.showMaterialized(ctx)
	case "VIEWS":
		var rows [][]string
		for _, v := range s.catalog().Views(ctx) {
			rows = append(rows, []string{v.Name.String(), v.Query})
		}
		return rowsResult("SHOW", []string{"view", "query"}, rows), nil
	case "JOBS":
		return s.showJobs(), nil
	case "CATALOGS": // there is no CREATE CATALOG yet, and the one that there is has no name
		return rowsResult("SHOW", []string{"catalog"}, nil), nil
	case "FUNCTIONS":
		var rows [][]string
		for _, f := range expr.Functions() {
			rows = append(rows, []string{f.Name, "scalar", f.Doc, f.Example})
		}
		for _, f := range expr.SessionFunctions() {
			rows = append(rows, []string{f.Name, "scalar", f.Doc, f.Example})
		}
		for _, f := range expr.SetFunctions() {
			rows = append(rows, []string{f.Name, "set", f.Doc, f.Example})
		}
		for _, f := range agg.Functions() {
			rows = append(rows, []string{f.Name, "aggregate", f.Doc, f.Example})
		}
		for _, f := range over.Functions() {
			rows = append(rows, []string{f.Name, "window", f.Doc, f.Example})
		}
		return rowsResult("SHOW", []string{"name", "kind", "description", "example"}, rows), nil
	case "CONNECTORS":
		return rowsResult("SHOW", []string{"connector", "option", "default", "required", "description"}, s.engine.options()), nil
	case "SETTINGS", "ALL":
		list, value := ownSettings, "value"
		if st.What == "ALL" { // as PostgreSQL has it
			list, value = settings, "setting"
		}
		var rows [][]string
		for _, x := range list {
			rows = append(rows, []string{x.label, x.get(s.settings), x.doc})
		}
		return rowsResult("SHOW", []string{"name", value, "description"}, rows), nil
	}
	label := st.What
	if x := settingOf(st.What); x != nil {
		label = x.label
	}
	value, ok := s.settings.Get(st.What)
	if !ok {
		err := sqlerr.New(sqlerr.UndefinedObject, st.Pos(), "there is nothing to show by the name %q", strings.ToLower(st.What))
		err.Hint = sqlerr.Suggest(st.What, append(settingNames(), "tables", "views", "jobs", "functions", "connectors", "settings"))
		return nil, err
	}
	return rowsResult("SHOW", []string{label}, [][]string{{value}}), nil
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
	name, env := planner.TableName(st.Name), s.env()
	if v := env.Catalog.View(ctx, name); v != nil {
		columns, err := env.ViewColumns(ctx, v, st.Name)
		if err != nil {
			return nil, err
		}
		var rows [][]string
		for _, c := range columns {
			rows = append(rows, []string{c.Name, c.Type.String(), ""})
		}
		return rowsResult("DESCRIBE", []string{"column", "type", "notes"}, rows), nil
	}
	t, err := env.Catalog.Table(ctx, name)
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
		if c.Default != "" {
			notes = append(notes, "default "+c.Default)
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

// showCreate prints the statement that makes a table or view, with what is secret left out.
func (s *Session) showCreate(ctx context.Context, st *sql.ShowCreate) (*Result, error) {
	if st.Kind == "JOB" {
		j, err := s.engine.JobInfo(st.Name.Parts[0])
		if err != nil {
			return nil, place(err, st.Name.Pos())
		}
		return textResult("SHOW", "statement", []string{j.SQL}), nil
	}
	name := planner.TableName(st.Name)
	var text string
	if v := s.catalog().View(ctx, name); v != nil && st.Kind == "VIEW" {
		text = v.SQL
	} else {
		t, err := s.catalog().Table(ctx, name)
		if err != nil {
			return nil, place(err, st.Name.Pos())
		}
		if t.Materialized() != (st.Kind == "MATERIALIZED VIEW") {
			want := map[bool]string{true: "SHOW CREATE MATERIALIZED VIEW", false: "SHOW CREATE TABLE"}[t.Materialized()]
			return nil, sqlerr.New(sqlerr.WrongObjectType, st.Name.Pos(), "%q is a %s", name.String(), t.Kind()).WithHint("Use %s.", want)
		}
		if st.Kind == "VIEW" {
			return nil, sqlerr.New(sqlerr.WrongObjectType, st.Name.Pos(), "%q is not a view", name.String()).WithHint("Use SHOW CREATE TABLE.")
		}
		text = t.SQL
	}
	stmts, err := sql.Parse(text, func(name string) (string, bool) { return "${" + name + "}", true }) // variables as they were written
	if err != nil {
		return nil, err
	}
	if c, ok := stmts[len(stmts)-1].(*sql.CreateTable); ok {
		s.engine.mask(c)
	}
	return textResult("SHOW", "statement", []string{sql.Print(stmts[len(stmts)-1])}), nil
}

// mask hides the values of secret options.
func (e *Engine) mask(c *sql.CreateTable) {
	for _, i := range e.secrets(c) {
		c.Options[i].Value.Text = "***"
	}
}

// secrets are the options that are secret, by their places.
func (e *Engine) secrets(c *sql.CreateTable) []int {
	connector := ""
	for _, o := range c.Options {
		if o.Key.Text == "connector" {
			connector = o.Value.Text
		}
	}
	secret := e.secretOptions(connector)
	var out []int
	for i, o := range c.Options {
		if secret[o.Key.Text] {
			out = append(out, i)
		}
	}
	return out
}

// secretOptions are the options of a connector whose values are never shown.
func (e *Engine) secretOptions(connector string) map[string]bool {
	secret := map[string]bool{}
	note := func(specs []catalog.OptionSpec) {
		for _, o := range specs {
			secret[o.Name] = secret[o.Name] || o.Secret
		}
	}
	source, serr := e.source(connector)
	if serr == nil {
		note(source.Options())
	}
	sink, err := e.sink(connector)
	if err == nil {
		note(sink.Options())
	}
	if serr != nil && err != nil { // such as a ${variable}: what is secret of any
		for _, c := range e.cfg.Sources {
			note(c.Options())
		}
		for _, c := range e.cfg.Sinks {
			note(c.Options())
		}
	}
	return secret
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
