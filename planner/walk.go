package planner

import (
	"strings"

	"millrace/expr/agg"
	"millrace/sql"
	"millrace/types"
)

func outputTypeName(t types.Type) string { return strings.ToLower(t.Kind.String()) }

// hasAggregate reports whether an expression calls an aggregate function outside of any subquery.
func hasAggregate(e sql.Expr) bool {
	if c, ok := e.(*sql.Call); ok && c.Over == nil && agg.IsAggregate(c.Name) {
		return true
	}
	for _, c := range children(e) {
		if c != nil && hasAggregate(c) {
			return true
		}
	}
	return false
}

// children are the expressions that e is made of, subqueries left out.
func children(e sql.Expr) []sql.Expr {
	switch e := e.(type) {
	case *sql.Unary:
		return []sql.Expr{e.X}
	case *sql.Binary:
		return []sql.Expr{e.Left, e.Right}
	case *sql.Call:
		return append(overParts(e), e.Args...)
	case *sql.Cast:
		return []sql.Expr{e.X}
	case *sql.Case:
		out := []sql.Expr{}
		if e.Operand != nil {
			out = append(out, e.Operand)
		}
		for _, w := range e.Whens {
			out = append(out, w.Cond, w.Then)
		}
		if e.Else != nil {
			out = append(out, e.Else)
		}
		return out
	case *sql.In:
		return append([]sql.Expr{e.X}, e.List...)
	case *sql.Between:
		return []sql.Expr{e.X, e.Low, e.High}
	case *sql.Like:
		return []sql.Expr{e.X, e.Pattern}
	case *sql.Is:
		return []sql.Expr{e.X}
	case *sql.IsDistinct:
		return []sql.Expr{e.Left, e.Right}
	case *sql.Quantified:
		if e.Array != nil {
			return []sql.Expr{e.X, e.Array}
		}
		return []sql.Expr{e.X}
	case *sql.Extract:
		return []sql.Expr{e.X}
	case *sql.AtTimeZone:
		return []sql.Expr{e.X, e.Zone}
	case *sql.ArrayLit:
		return e.Elems
	case *sql.RowLit:
		return e.Elems
	case *sql.Subscript:
		return []sql.Expr{e.X, e.Index}
	case *sql.FieldOf:
		return []sql.Expr{e.X}
	}
	return nil
}
