package planner

import (
	"slices"
	"strings"
	"time"

	"millrace/catalog"
	"millrace/expr"
	"millrace/flow"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
	"millrace/window"
)

// Every spelling of a window ends in one logical.Window, which appends window_start, window_end and window_time.
//
//	Flink       FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND))
//	RisingWave  FROM TUMBLE(bid, ts, INTERVAL '10 seconds')
//	groups      GROUP BY TUMBLE(ts, INTERVAL '10' SECOND)      with TUMBLE_START(…)
//	Spark       GROUP BY window(ts, '10 seconds')              with window.start
//	Arroyo      TUMBLE(INTERVAL '10' SECOND) AS window         over the table's own event time

// windowKinds are the functions, with the lengths that each takes in the order of Flink's table functions.
var windowKinds = map[string]struct {
	kind    window.Kind
	lengths []string
}{
	"tumble":   {window.Tumble, []string{"size"}},
	"hop":      {window.Hop, []string{"slide", "size"}},
	"cumulate": {window.Cumulate, []string{"step", "size"}},
}

// tableFunc binds a function in FROM.
func (b *binder) tableFunc(f *sql.TableFunc, ctes map[string]*relation) (*relation, error) {
	if f.Name == "session" {
		return nil, sqlerr.Unsupported(f.Pos(), "SESSION", "Use TUMBLE, HOP or CUMULATE.")
	}
	if _, ok := windowKinds[f.Name]; !ok {
		err := sqlerr.New(sqlerr.UndefinedFunction, f.Pos(), "there is no table function %q", f.Name)
		err.Hint = sqlerr.Suggest(f.Name, append(expr.SetNames(), "tumble", "hop", "cumulate"))
		return nil, err
	}
	args, err := windowArgs(f)
	if err != nil {
		return nil, err
	}
	rel, err := b.windowInput(f, args["data"], ctes)
	if err != nil {
		return nil, err
	}
	col, err := b.timeColumn(f, args["timecol"], rel)
	if err != nil {
		return nil, err
	}
	lengths := map[string]sql.Expr{}
	for name, a := range args {
		if name == "data" || name == "timecol" {
			continue
		}
		if a.Expr == nil {
			return nil, sqlerr.New(sqlerr.SyntaxError, a.Pos(), "%s takes an interval as its %s", strings.ToUpper(f.Name), name)
		}
		lengths[name] = a.Expr
	}
	w, err := b.assigner(f.Name, f.Pos(), lengths)
	if err != nil {
		return nil, err
	}
	return b.windowed(rel, w, col, f.Pos())
}

// windowArgs names the arguments of a window function: data, timecol, then its lengths and an offset.
func windowArgs(f *sql.TableFunc) (map[string]sql.FuncArg, error) {
	names := append(append([]string{"data", "timecol"}, windowKinds[f.Name].lengths...), "offset")
	args := map[string]sql.FuncArg{}
	for i, a := range f.Args {
		name := a.Name
		if name == "" {
			if i >= len(names) {
				return nil, sqlerr.New(sqlerr.SyntaxError, a.Pos(), "%s takes at most %d arguments", strings.ToUpper(f.Name), len(names)).
					WithHint("They are: %s.", strings.Join(names, ", "))
			}
			name = names[i]
		}
		if !slices.Contains(names, name) {
			err := sqlerr.New(sqlerr.SyntaxError, a.Pos(), "%s has no argument %q", strings.ToUpper(f.Name), name)
			err.Hint = sqlerr.Suggest(name, names)
			return nil, err
		}
		if len(a.PartitionBy) > 0 {
			return nil, sqlerr.New(sqlerr.SyntaxError, a.PartitionBy[0].Pos(), "PARTITION BY is for SESSION windows").
				WithHint("Put the columns into GROUP BY.")
		}
		args[name] = a
	}
	for _, n := range names[:len(names)-1] {
		if _, ok := args[n]; !ok {
			return nil, sqlerr.New(sqlerr.SyntaxError, f.Pos(), "%s lacks its argument %q", strings.ToUpper(f.Name), n).
				WithHint("It takes: %s.", strings.Join(names, ", "))
		}
	}
	return args, nil
}

func (b *binder) windowInput(f *sql.TableFunc, a sql.FuncArg, ctes map[string]*relation) (*relation, error) {
	if a.Table != nil {
		return b.table(*a.Table, ctes)
	}
	if a.Query != nil {
		return b.query(a.Query, ctes)
	}
	switch e := a.Expr.(type) {
	case *sql.Ident:
		return b.table(sql.ObjectName{Node: e.Node, Parts: e.Parts}, ctes)
	case *sql.Subquery:
		return b.query(e.Query, ctes)
	}
	return nil, sqlerr.New(sqlerr.SyntaxError, a.Pos(), "%s takes a table first", strings.ToUpper(f.Name)).
		WithHint("Write TABLE name.")
}

func (b *binder) timeColumn(f *sql.TableFunc, a sql.FuncArg, rel *relation) (int, error) {
	var id *sql.Ident
	switch e := a.Expr.(type) {
	case *sql.Ident:
		id = e
	case nil:
		if len(a.Descriptor) == 1 {
			d := a.Descriptor[0]
			id = &sql.Ident{Node: d.Node, Parts: []string{d.Text}}
		}
	}
	if id == nil {
		return 0, sqlerr.New(sqlerr.SyntaxError, a.Pos(), "%s takes one time column second", strings.ToUpper(f.Name)).
			WithHint("Write DESCRIPTOR(column).")
	}
	col, fields, err := rel.resolve(id)
	if err != nil {
		return 0, err
	}
	if len(fields) > 0 || !rel.cols[col].typ.Temporal() {
		return 0, notATime(id, rel.cols[col].typ)
	}
	return col, nil
}

func notATime(id *sql.Ident, t types.Type) error {
	err := sqlerr.New(sqlerr.DatatypeMismatch, id.Pos(), "event time is TIMESTAMP or TIMESTAMPTZ, but %q is %s", strings.Join(id.Parts, "."), t)
	name := id.Parts[len(id.Parts)-1]
	switch {
	case t.Integer():
		return err.WithHint("Declare it as TIMESTAMP, or add a computed column such as ts AS to_timestamp_ms(%s).", name)
	case t.Kind == types.Text:
		return err.WithHint("Declare it as TIMESTAMP, or add a computed column such as ts AS CAST(%s AS TIMESTAMP).", name)
	}
	return err
}

// assigner reads the lengths of a window. Each is an interval, or a text that is one.
func (b *binder) assigner(name string, pos sqlerr.Pos, lengths map[string]sql.Expr) (window.Assigner, error) {
	w := window.Assigner{Kind: windowKinds[name].kind}
	for n, e := range lengths {
		d, err := b.length(e)
		if err != nil {
			return w, err
		}
		switch n {
		case "size":
			w.Size = d
		case "slide", "step":
			w.Slide = d
		case "offset":
			w.Offset = d
		}
	}
	if w.Kind == window.Tumble {
		w.Slide = w.Size
	}
	if err := w.Validate(); err != nil {
		return w, at(err, pos)
	}
	return w, nil
}

func (b *binder) length(e sql.Expr) (flow.Time, error) {
	switch e := e.(type) {
	case *sql.IntervalLit:
		if e.Months != 0 {
			return 0, sqlerr.Unsupported(e.Pos(), "a window of months", "Months differ in length: give days or hours.")
		}
		return flow.Duration(time.Duration(e.Nanos) + time.Duration(e.Days)*24*time.Hour), nil
	case *sql.StringLit:
		d, err := catalog.ParseDuration(e.Value)
		if err != nil {
			return 0, sqlerr.New(sqlerr.InvalidDatetime, e.Pos(), "%q %s", e.Value, err.Error())
		}
		return flow.Duration(d), nil
	}
	return 0, sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "a window's length must be a constant interval").
		WithHint("Write INTERVAL '10' SECOND.")
}

// windowed puts a Window on a relation.
func (b *binder) windowed(rel *relation, w window.Assigner, col int, pos sqlerr.Pos) (*relation, error) {
	out := &relation{node: &logical.Window{Input: rel.node, Window: w, Time: col, At: pos}}
	table := ""
	if len(rel.cols) > 0 {
		table = rel.cols[0].table
	}
	out.cols = append(slices.Clone(rel.cols),
		scopeColumn{table: table, name: "window_start", typ: rel.cols[col].typ},
		scopeColumn{table: table, name: "window_end", typ: rel.cols[col].typ},
		scopeColumn{table: table, name: "window_time", typ: rel.cols[col].typ})
	return out, nil
}

// groupWindow is a window that GROUP BY names.
type groupWindow struct {
	kind  string // of windowKinds
	start int    // position of window_start; window_end and window_time follow
	alias string // that the window goes by as a whole: "window"
}

// column finds window_start, or window.start.
func (g *groupWindow) column(parts []string) (int, bool) {
	name := parts[len(parts)-1]
	if len(parts) == 2 && (parts[0] == "window" || parts[0] == g.alias) {
		name = "window_" + name
	} else if len(parts) != 1 {
		return 0, false
	}
	i := slices.Index([]string{"window_start", "window_end", "window_time"}, name)
	return g.start + i, i >= 0
}

// isGroupWindow reports whether a call names a window as GROUP BY takes it.
func isGroupWindow(e sql.Expr) (*sql.Call, bool) {
	c, ok := e.(*sql.Call)
	if !ok {
		return nil, false
	}
	_, ok = windowKinds[c.Name]
	return c, ok || c.Name == "window" || c.Name == "session"
}

// groupBy puts the window that a call names on rel.
func (b *binder) groupByWindow(c *sql.Call, rel *relation, alias string) (*relation, *groupWindow, error) {
	if c.Name == "session" {
		return nil, nil, sqlerr.Unsupported(c.Pos(), "SESSION", "Use TUMBLE, HOP or CUMULATE.")
	}
	args := c.Args
	if len(args) == 0 {
		return nil, nil, sqlerr.New(sqlerr.SyntaxError, c.Pos(), "%s takes a time column and an interval", strings.ToUpper(c.Name))
	}
	var col int
	switch first := args[0].(type) {
	case *sql.IntervalLit, *sql.StringLit: // Arroyo: the table's own event time
		i, err := eventColumn(rel, c.Pos())
		if err != nil {
			return nil, nil, err
		}
		col = i
	case *sql.Ident:
		i, fields, err := rel.resolve(first)
		if err != nil {
			return nil, nil, err
		}
		if len(fields) > 0 || !rel.cols[i].typ.Temporal() {
			return nil, nil, notATime(first, rel.cols[i].typ)
		}
		col, args = i, args[1:]
	default: // an expression: compute it first
		e, err := b.expr(args[0], rel)
		if err != nil {
			return nil, nil, err
		}
		if !e.Type().Temporal() {
			return nil, nil, sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "a window needs a TIMESTAMP or TIMESTAMPTZ, but this is %s", e.Type())
		}
		rel = appendColumn(rel, e)
		col, args = len(rel.cols)-1, args[1:]
	}
	kind, names := c.Name, windowKinds[c.Name].lengths
	if c.Name == "window" { // Spark's takes the size first, then the slide, then the offset
		kind, names = "tumble", []string{"size"}
		if len(args) > 1 {
			kind, names = "hop", []string{"size", "slide"}
		}
	}
	names = append(slices.Clone(names), "offset")
	lengths := map[string]sql.Expr{}
	for i, a := range args {
		if i >= len(names) {
			return nil, nil, sqlerr.New(sqlerr.SyntaxError, a.Pos(), "%s has too many arguments", strings.ToUpper(c.Name))
		}
		lengths[names[i]] = a
	}
	for _, n := range names[:len(names)-1] {
		if lengths[n] == nil {
			return nil, nil, sqlerr.New(sqlerr.SyntaxError, c.Pos(), "%s lacks its %s", strings.ToUpper(c.Name), n).
				WithHint("It takes a time column and: %s.", strings.Join(names, ", "))
		}
	}
	w, err := b.assigner(kind, c.Pos(), lengths)
	if err != nil {
		return nil, nil, err
	}
	out, err := b.windowed(rel, w, col, c.Pos())
	if err != nil {
		return nil, nil, err
	}
	return out, &groupWindow{kind: c.Name, start: len(rel.cols), alias: alias}, nil
}

// appendColumn adds a computed column to a relation, which no name can reach.
func appendColumn(rel *relation, e expr.Expr) *relation {
	p := &logical.Project{Input: rel.node, At: e.Pos()}
	for i := range rel.cols {
		p.Exprs, p.Names = append(p.Exprs, rel.column(i, e.Pos())), append(p.Names, rel.cols[i].name)
	}
	p.Exprs, p.Names = append(p.Exprs, e), append(p.Names, e.String())
	return &relation{node: p, cols: append(slices.Clone(rel.cols), scopeColumn{typ: e.Type()})}
}

// eventColumn is the one column of a relation that carries event time.
func eventColumn(rel *relation, pos sqlerr.Pos) (int, error) {
	found := -1
	for i, ok := range eventColumns(rel.node) {
		if ok {
			if found >= 0 {
				return 0, sqlerr.New(sqlerr.AmbiguousColumn, pos, "%q and %q both carry event time", rel.cols[found].name, rel.cols[i].name).
					WithHint("Name the column: TUMBLE(column, INTERVAL …).")
			}
			found = i
		}
	}
	if found < 0 {
		return 0, sqlerr.New(sqlerr.UndefinedColumn, pos, "no column here carries event time").
			WithHint("Name the column, or declare WATERMARK FOR it in CREATE TABLE.")
	}
	return found, nil
}

// windowFunction binds TUMBLE_START(…) and its like, and a window as a whole.
func (x *exprBinder) windowFunction(c *sql.Call) (expr.Expr, bool, error) {
	base, part, _ := strings.Cut(c.Name, "_")
	_, isKind := windowKinds[base]
	if !isKind && base != "window" && base != "session" {
		return nil, false, nil
	}
	offset, ok := map[string]int{"start": 0, "end": 1, "rowtime": 2, "": -1}[part]
	if !ok {
		return nil, false, nil
	}
	if x.win == nil {
		return nil, true, sqlerr.New(sqlerr.WindowingError, c.Pos(), "%s needs a window in GROUP BY", strings.ToUpper(c.Name)).
			WithHint("Add %s(…) to GROUP BY, or use FROM TABLE(TUMBLE(…)) and its column window_start.", strings.ToUpper(base))
	}
	if offset < 0 {
		row, err := expr.NewRow([]string{"start", "end"},
			[]expr.Expr{x.rel.column(x.win.start, c.Pos()), x.rel.column(x.win.start+1, c.Pos())}, c.Pos())
		return row, true, err
	}
	return x.rel.column(x.win.start+offset, c.Pos()), true, nil
}
