package planner

import (
	"errors"
	"slices"
	"strings"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// selection is a SELECT while it is bound.
type selection struct {
	b     *binder
	stmt  *sql.Select
	query *sql.Query
	in    *relation    // FROM, WHERE and the window of GROUP BY
	win   *groupWindow // nil: none
	group *grouping    // nil: no aggregation
	// aggregated: a subquery has an aggregate of this query, which itself need have none.
	aggregated bool
	ctes       map[string]*relation
	below      *subqueries // of the keys and arguments of the aggregation
	sub        *subqueries // of the select list, HAVING and ORDER BY
	exprs      []expr.Expr // of the output, over in or the aggregate
	cols       []scopeColumn
	items      []sql.SelectItem // what each output column was written as
	overs      []overCall       // window functions
	sets       []setItem        // set-returning functions
}

// grouping collects the keys and calls of an aggregation.
type grouping struct {
	keys  []expr.Expr
	names []string
	calls []logical.AggCall
	sets  [][]bool // which keys each grouping set has; its number is the last key then. nil: all keys are one set
	// written is which key each expression of GROUP BY is: one that holds a subquery is known again by its place alone.
	written map[sql.Expr]int
}

// selectQuery binds a SELECT with the ORDER BY and LIMIT of its query, which may speak of its input.
func (b *binder) selectQuery(q *sql.Query, s *sql.Select, ctes map[string]*relation) (*relation, error) {
	forget := func() {}
	if b.env.Known != nil {
		forget = b.env.Known.Save()
	}
	sel := newSelection(b, q, s, ctes)
	rel, err := sel.bind(ctes)
	var u *ungrouped
	if errors.As(err, &u) && u.s == sel { // once more, with one group of all rows
		forget()
		sel = newSelection(b, q, s, ctes)
		sel.aggregated = true
		return sel.bind(ctes)
	}
	return rel, err
}

func newSelection(b *binder, q *sql.Query, s *sql.Select, ctes map[string]*relation) *selection {
	return &selection{b: b, stmt: s, query: q, ctes: ctes, below: &subqueries{ctes: ctes}, sub: &subqueries{ctes: ctes}}
}

func (s *selection) bind(ctes map[string]*relation) (*relation, error) {
	if err := s.from(ctes); err != nil {
		return nil, err
	}
	if err := s.groups(); err != nil {
		return nil, err
	}
	if err := s.list(); err != nil {
		return nil, err
	}
	return s.finish()
}

func (s *selection) from(ctes map[string]*relation) error {
	if s.stmt.From == nil {
		s.in = &relation{node: &logical.Values{Rows: [][]expr.Expr{nil}, At: s.stmt.Pos()}}
	} else {
		in, err := s.b.from(s.stmt.From, ctes)
		if err != nil {
			return err
		}
		s.in = in
	}
	if s.stmt.Where == nil {
		return nil
	}
	sub := &subqueries{ctes: ctes}
	x := &exprBinder{b: s.b, rel: s.in, noAgg: "WHERE", sub: sub}
	where, err := x.condition(s.stmt.Where, "WHERE")
	if err != nil {
		return err
	}
	s.in = filtered(s.in, where, sub)
	return nil
}

// condition binds a Boolean.
func (x *exprBinder) condition(e sql.Expr, clause string) (expr.Expr, error) {
	c, err := x.bind(e)
	if err != nil {
		return nil, err
	}
	out, ok := expr.Coerce(c, types.Of(types.Bool))
	if !ok {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "argument of %s must be BOOLEAN, not %s", clause, c.Type())
	}
	return out, nil
}

// groups finds the keys: expressions, positions in the select list, aliases of it, and one window.
func (s *selection) groups() error {
	if slices.ContainsFunc(s.stmt.GroupBy, func(g sql.GroupItem) bool { return g.Kind != "" }) {
		return s.setGroups()
	}
	var keys []sql.Expr
	for _, g := range s.stmt.GroupBy {
		e, alias := s.selected(g.Expr)
		if c, ok := isGroupWindow(e); ok {
			if s.win != nil {
				return sqlerr.New(sqlerr.WindowingError, c.Pos(), "GROUP BY has two windows").WithHint("Group by one window, and by the other's in an outer query.")
			}
			rel, win, err := s.b.groupByWindow(c, s.in, alias)
			if err != nil {
				return err
			}
			s.in, s.win = rel, win
			continue
		}
		keys = append(keys, e)
	}
	aggregates := slices.ContainsFunc(s.stmt.Items, func(i sql.SelectItem) bool { return i.Expr != nil && s.hasOwnAggregate(i.Expr) }) ||
		s.aggregated || s.stmt.Having != nil || slices.ContainsFunc(s.query.OrderBy, func(o sql.OrderItem) bool { return s.hasOwnAggregate(o.Expr) }) ||
		slices.ContainsFunc(s.windowExprs(), s.hasOwnAggregate)
	if len(s.stmt.GroupBy) == 0 && !aggregates {
		return nil
	}
	s.group = &grouping{written: map[sql.Expr]int{}}
	if s.win != nil {
		for i := range logical.WindowColumns {
			s.key(s.in.column(s.win.start+i, s.stmt.GroupBy[0].Pos()), s.in.cols[s.win.start+i].name)
		}
	}
	x := &exprBinder{b: s.b, rel: s.in, win: s.win, noAgg: "GROUP BY", sub: s.below}
	for _, k := range keys {
		e, err := x.bind(k)
		if err != nil {
			return err
		}
		if e.Type().Kind == types.Unknown {
			e, _ = expr.Coerce(e, types.Of(types.Text))
		}
		s.group.written[k] = s.key(e, outputName(k))
	}
	return nil
}

// key adds a key, if it is not there yet, and tells which one it is.
func (s *selection) key(e expr.Expr, name string) int {
	if i := indexOf(s.group.keys, e); i >= 0 {
		return i
	}
	s.group.keys, s.group.names = append(s.group.keys, e), append(s.group.names, name)
	return len(s.group.keys) - 1
}

// selected resolves an item of GROUP BY that is a position in the select list or an alias of it (a column of the
// input comes first, as in PostgreSQL).
func (s *selection) selected(e sql.Expr) (sql.Expr, string) {
	if i, ok, err := ordinal(e, len(s.stmt.Items), "GROUP BY"); ok && err == nil {
		item := s.stmt.Items[i]
		if item.Expr != nil {
			return item.Expr, aliasOf(item)
		}
	}
	id, ok := e.(*sql.Ident)
	if !ok || len(id.Parts) != 1 {
		return e, ""
	}
	if _, _, err := s.in.resolve(id); err == nil {
		return e, ""
	}
	for _, item := range s.stmt.Items {
		if item.Alias != nil && item.Alias.Text == id.Parts[0] {
			return item.Expr, item.Alias.Text
		}
	}
	return e, ""
}

func aliasOf(i sql.SelectItem) string {
	if i.Alias != nil {
		return i.Alias.Text
	}
	return ""
}

// binder is what binds the select list, HAVING and ORDER BY.
func (s *selection) binder() *exprBinder {
	x := &exprBinder{b: s.b, rel: s.in, win: s.win, sub: s.sub, over: s.over, set: s.set}
	if s.group == nil {
		x.selection = s
		return x
	}
	inner := &exprBinder{b: s.b, rel: s.in, win: s.win, noAgg: anotherAggregate, sub: s.below}
	x.intercept = func(e sql.Expr) (expr.Expr, bool, error) {
		if c, ok := e.(*sql.Call); ok && c.Over == nil && agg.IsAggregate(c.Name) {
			out, err := s.aggregate(c, inner)
			return out, true, err
		}
		if c, ok := isGrouping(e); ok {
			out, err := s.grouping(c, inner)
			return out, true, err
		}
		if i, ok := s.group.written[e]; ok {
			return expr.NewColumn(i, s.group.names[i], s.group.keys[i].Type(), e.Pos()), true, nil
		}
		if hasGrouping(e) || hasAggregate(e) || hasOver(e) || hasSubquery(e) || hasSet(e) {
			return nil, false, nil
		}
		bound, err := inner.bind(e)
		if err != nil {
			return nil, false, err
		}
		for i, k := range s.group.keys {
			if expr.Equal(k, bound) {
				return expr.NewColumn(i, s.group.names[i], k.Type(), e.Pos()), true, nil
			}
		}
		if _, ok := isGroupWindow(e); ok { // the window as a whole is made of two keys
			row := expr.Rewrite(bound, func(x expr.Expr) expr.Expr {
				for i, k := range s.group.keys {
					if expr.Equal(k, x) {
						return expr.NewColumn(i, s.group.names[i], k.Type(), x.Pos())
					}
				}
				return x
			})
			return row, true, nil
		}
		if id, ok := e.(*sql.Ident); ok {
			if len(expr.Columns(bound)) == 0 { // of an outer query
				return bound, true, nil
			}
			return nil, true, s.notGrouped(id)
		}
		return nil, false, nil
	}
	return x
}

func (s *selection) notGrouped(id *sql.Ident) error {
	name := id.Parts[len(id.Parts)-1]
	return sqlerr.New(sqlerr.GroupingError, id.Pos(), "column %q must appear in GROUP BY or be used in an aggregate function", name).
		WithHint("Add %s to GROUP BY, or write an aggregate such as max(%s).", name, name)
}

// list binds the select list.
func (s *selection) list() error {
	x := s.binder()
	for _, item := range s.stmt.Items {
		if item.Star {
			if err := s.star(item); err != nil {
				return err
			}
			continue
		}
		e, err := x.bind(item.Expr)
		if err != nil {
			return err
		}
		if expr.Untyped(e) && (s.stmt != s.b.loose || s.stmt.Distinct) {
			e, _ = expr.Coerce(e, types.Of(types.Text)) // a NULL may yet get its type from the other side of a UNION
		}
		name := outputName(item.Expr)
		if item.Alias != nil {
			name = item.Alias.Text
		}
		s.exprs = append(s.exprs, e)
		s.cols = append(s.cols, scopeColumn{name: name, typ: e.Type()})
		s.items = append(s.items, item)
	}
	return nil
}

func (s *selection) star(item sql.SelectItem) error {
	if s.stmt.From == nil {
		return sqlerr.New(sqlerr.SyntaxError, item.Pos(), "SELECT * with no FROM has no columns")
	}
	if s.group != nil {
		return sqlerr.New(sqlerr.GroupingError, item.Pos(), "* can't be used with GROUP BY or aggregates").WithHint("Name the columns.")
	}
	any := false
	for i, c := range s.in.cols {
		if c.system || len(item.Table) == 0 && c.hidden || len(item.Table) > 0 && c.table != item.Table[len(item.Table)-1] {
			continue
		}
		any = true
		s.exprs = append(s.exprs, s.in.column(i, item.Pos()))
		s.cols = append(s.cols, scopeColumn{name: c.name, typ: c.typ})
		s.items = append(s.items, item)
	}
	if !any {
		name := item.Table[len(item.Table)-1]
		err := sqlerr.New(sqlerr.UndefinedTable, item.Pos(), "there is no table %q in FROM", name)
		err.Hint = sqlerr.Suggest(name, s.in.tables())
		return err
	}
	return nil
}

// finish stacks the nodes: aggregate, HAVING, projection, DISTINCT, ORDER BY, LIMIT.
func (s *selection) finish() (*relation, error) {
	visible := len(s.exprs)
	var by []logical.Order
	x := s.binder()
	for _, o := range s.query.OrderBy {
		i, err := s.sortColumn(o, x)
		if err != nil {
			return nil, err
		}
		if i >= visible && s.stmt.Distinct {
			return nil, sqlerr.New("42P10", o.Expr.Pos(), "for SELECT DISTINCT, ORDER BY expressions must appear in the select list")
		}
		ord := logical.Order{Expr: expr.NewColumn(i, s.cols[i].name, s.cols[i].typ, o.Expr.Pos()), Desc: o.Desc, NullsFirst: o.Desc}
		if o.NullsFirst != nil {
			ord.NullsFirst = *o.NullsFirst
		}
		by = append(by, ord)
	}
	var having expr.Expr
	if s.stmt.Having != nil {
		var err error
		h := s.binder()
		h.over, h.set, h.noOver = nil, nil, "HAVING"
		if having, err = h.condition(s.stmt.Having, "HAVING"); err != nil {
			return nil, err
		}
	}
	var qualify expr.Expr
	if s.stmt.Qualify != nil {
		var err error
		q := *x
		q.set, q.noOver = nil, "QUALIFY"
		if qualify, err = q.condition(s.stmt.Qualify, "QUALIFY"); err != nil {
			return nil, err
		}
	}
	if err := s.checkWindows(); err != nil {
		return nil, err
	}
	on, err := s.distinctOn(x)
	if err != nil {
		return nil, err
	}
	node := s.in.node
	if s.group != nil {
		below, at := s.below.place(node)
		keys := s.group.keys
		if s.group.sets != nil {
			below, keys = s.expand(below, func(e expr.Expr) expr.Expr { return expr.Fill(e, at) })
		}
		a, err := mapExprs(&logical.Aggregate{Input: below, Keys: keys, Names: s.group.names, Calls: s.group.calls, At: s.stmt.Pos()},
			func(e expr.Expr) (expr.Expr, error) { return expr.Fill(e, at), nil })
		if err != nil {
			return nil, err
		}
		node = a
		if s.group.sets != nil {
			node = s.emptyGroups(a.(*logical.Aggregate))
		}
	}
	node, at := s.sub.place(node)
	if having != nil {
		node = &logical.Filter{Input: node, Where: expr.Fill(having, at)}
	}
	if len(s.overs) > 0 {
		node, at = s.stackOvers(node, at)
	}
	if qualify != nil {
		node = &logical.Filter{Input: node, Where: expr.Fill(qualify, at)}
	}
	if len(s.sets) > 0 {
		node, at = s.stackSets(node, at)
	}
	p := &logical.Project{Input: node, At: s.stmt.Pos()}
	for _, e := range s.exprs {
		p.Exprs = append(p.Exprs, expr.Fill(e, at))
	}
	for _, c := range s.cols {
		p.Names = append(p.Names, c.name)
	}
	node = p
	if s.stmt.Distinct {
		node = &logical.Distinct{Input: node, At: s.stmt.Pos()}
	}
	if len(on) > 0 {
		if node, err = s.firstOf(node, on, by); err != nil {
			return nil, err
		}
	}
	if len(by) > 0 {
		node = &logical.Sort{Input: node, By: by, At: s.query.OrderBy[0].Expr.Pos()}
	}
	node, err = s.b.limit(s.query, node)
	if err != nil {
		return nil, err
	}
	if visible < len(s.exprs) { // drop what only ORDER BY needed
		drop := &logical.Project{Input: node, At: s.stmt.Pos()}
		for i, c := range s.cols[:visible] {
			drop.Exprs = append(drop.Exprs, expr.NewColumn(i, c.name, c.typ, s.exprs[i].Pos()))
			drop.Names = append(drop.Names, c.name)
		}
		node = drop
	}
	return &relation{node: node, cols: s.cols[:visible]}, nil
}

// sortColumn finds the output column that an item of ORDER BY means, or adds a hidden one.
func (s *selection) sortColumn(o sql.OrderItem, x *exprBinder) (int, error) {
	visible := len(s.items)
	if i, ok, err := ordinal(o.Expr, visible, "ORDER BY"); ok || err != nil {
		return i, err
	}
	if id, ok := o.Expr.(*sql.Ident); ok && len(id.Parts) == 1 {
		found := -1
		for i, c := range s.cols[:visible] {
			if c.name != id.Parts[0] {
				continue
			}
			if found >= 0 && !expr.Equal(s.exprs[found], s.exprs[i]) {
				return 0, sqlerr.New(sqlerr.AmbiguousColumn, id.Pos(), "ORDER BY %q is ambiguous", c.name)
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	e, err := x.bind(o.Expr)
	if err != nil {
		return 0, err
	}
	for i, have := range s.exprs {
		if expr.Equal(have, e) {
			return i, nil
		}
	}
	s.exprs = append(s.exprs, e)
	s.cols = append(s.cols, scopeColumn{name: e.String(), typ: e.Type()})
	return len(s.exprs) - 1, nil
}

// outputName is what PostgreSQL calls a column that has no alias.
func outputName(e sql.Expr) string {
	name, _ := figureName(e)
	return name
}

// figureName is outputName; weak is a name that a type, or CASE, only gives where nothing else does.
func figureName(e sql.Expr) (name string, weak bool) {
	switch e := e.(type) {
	case *sql.Ident:
		return e.Parts[len(e.Parts)-1], false
	case *sql.Call:
		return e.Name, false
	case *sql.Cast:
		if n, weak := figureName(e.X); !weak {
			return n, false
		}
		return castName(e.Type), true
	case *sql.Case:
		if e.Else != nil {
			if n, weak := figureName(e.Else); !weak {
				return n, false
			}
		}
		return "case", true
	case *sql.Extract:
		return "extract", false
	case *sql.AtTimeZone:
		return "timezone", false
	case *sql.FieldOf:
		return e.Name, false
	case *sql.Subscript:
		return figureName(e.X)
	case *sql.BoolLit:
		return "bool", true
	case *sql.TypedLit:
		return castName(e.Type), true
	case *sql.IntervalLit:
		return "interval", true
	case *sql.Exists:
		return "exists", false
	case *sql.ArrayLit, *sql.ArrayQuery:
		return "array", false
	case *sql.Subquery:
		if s, ok := e.Query.Body.(*sql.Select); ok && len(s.Items) == 1 && !s.Items[0].Star {
			if a := aliasOf(s.Items[0]); a != "" {
				return a, false
			}
			return figureName(s.Items[0].Expr)
		}
	}
	return "?column?", true
}

// castName is PostgreSQL's own name of a type, which it gives to columns.
func castName(t types.Type) string {
	if t.Sys != types.Plain {
		return strings.Trim(t.Sys.String(), `"`)
	}
	switch t.Kind {
	case types.Array:
		return castName(*t.Elem)
	case types.Bool:
		return "bool"
	case types.Int16:
		return "int2"
	case types.Int32:
		return "int4"
	case types.Int64:
		return "int8"
	case types.Float32:
		return "float4"
	case types.Float64:
		return "float8"
	case types.Decimal:
		return "numeric"
	case types.Text:
		return "text"
	case types.Timestamp:
		return "timestamp"
	case types.TimestampTZ:
		return "timestamptz"
	}
	return outputTypeName(t)
}
