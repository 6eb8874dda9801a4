package planner

import (
	"millrace/expr"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Param is the value of a parameter such as $1, as expr.Literal holds it. A string of type Unknown is a literal whose
// type is found from what stands around it, as that of 'x' is.
type Param struct {
	Type  types.Type
	Value any
}

// param is a parameter as the constant that it stands for.
func (x *exprBinder) param(p *sql.Param) (expr.Expr, error) {
	if params := x.b.env.Params; p.Index >= 1 && p.Index <= len(params) {
		return expr.NewLiteral(params[p.Index-1].Value, params[p.Index-1].Type, p.Pos()), nil
	}
	return nil, sqlerr.New("42P02", p.Pos(), "there is no parameter $%d", p.Index).
		WithHint("Write the value, or ${name} in an option and --set name=value.")
}
