package planner

import (
	"slices"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/sql"
)

// An aggregate whose arguments are all columns of the query around a subquery is an aggregate of that query: in
// SELECT (SELECT max(o.x)) FROM o there is one row. So SQL has it.

// ofOuter reports whether a call of an aggregate function in a query over rel belongs to the query around it.
func (b *binder) ofOuter(rel *relation, c *sql.Call) bool {
	if b.outer == nil || c.Star || !agg.IsAggregate(c.Name) {
		return false
	}
	names, own := 0, false
	var look func(e sql.Expr)
	look = func(e sql.Expr) {
		if e == nil || hasSubquery(e) { // what a subquery in it reads is not looked at
			own = own || e != nil
			return
		}
		if id, ok := e.(*sql.Ident); ok {
			names++
			if _, _, err := rel.resolve(id); err == nil || !unknownName(err) {
				own = true
			}
		}
		for _, in := range children(e) {
			look(in)
		}
	}
	for _, e := range slices.Concat(c.Args, []sql.Expr{c.Filter}) {
		look(e)
	}
	for _, o := range slices.Concat(c.OrderBy, c.WithinGroup) {
		look(o.Expr)
	}
	return names > 0 && !own
}

// outerAggregate binds such a call in the query that it belongs to.
func (b *binder) outerAggregate(c *sql.Call) (expr.Expr, error) {
	value, err := b.outer.x.bind(c)
	if err != nil {
		return nil, err
	}
	return b.outer.slot(value, c.Pos()), nil
}

// hasOwnAggregate reports whether an expression of a SELECT calls an aggregate function that belongs to it.
func (s *selection) hasOwnAggregate(e sql.Expr) bool {
	if c, ok := e.(*sql.Call); ok && c.Over == nil && agg.IsAggregate(c.Name) {
		return !s.b.ofOuter(s.in, c)
	}
	return slices.ContainsFunc(children(e), func(c sql.Expr) bool { return c != nil && s.hasOwnAggregate(c) })
}

// ungrouped is the error of a SELECT which turns out to aggregate only when a subquery of it is bound.
type ungrouped struct{ s *selection }

func (u *ungrouped) Error() string { return "an aggregate in a subquery belongs to this query" }
