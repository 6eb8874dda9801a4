package planner

import (
	"context"

	"millrace/expr"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// Param is the value of a parameter such as $1, as expr.Literal holds it. A string may stand for a value of any type, as
// its text. One of type Unknown is a literal whose type is found from what stands around it, as that of 'x' is.
type Param struct {
	Type  types.Type
	Value any
}

// param is a parameter as the constant that it stands for, or, where the statement is only described, as one that it
// may be.
func (e *Env) param(p *sql.Param) (expr.Expr, error) {
	switch {
	case e.Known != nil && p.Index >= 1 && p.Index <= expr.MaxParams:
		return e.Known.Param(p.Index, p.Pos()), nil
	case p.Index < 1 || p.Index > len(e.Params):
		return nil, sqlerr.New("42P02", p.Pos(), "there is no parameter $%d", p.Index).
			WithHint("Write the value, or ${name} in an option and --set name=value.")
	}
	v := e.Params[p.Index-1]
	if text, ok := v.Value.(string); ok && v.Type.Kind != types.Unknown && v.Type.Kind != types.Text {
		return expr.NewCast(expr.NewLiteral(text, types.Of(types.Unknown), p.Pos()), v.Type, false, p.Pos())
	}
	return expr.NewLiteral(v.Value, v.Type, p.Pos()), nil
}

// withoutParams is e for the text of a view, which parameters of a statement are not in.
func (e *Env) withoutParams() *Env {
	if e.Params == nil && e.Known == nil {
		return e
	}
	out := *e
	out.Params, out.Known = nil, nil
	return &out
}

// Values are parameters as the types that were found when the statement was described: what has no type of its own, or
// another, is cast to that.
func Values(params []Param, described []types.Type) ([]Param, error) {
	if len(params) != len(described) {
		return nil, sqlerr.New("08P01", 0, "the statement has %d parameters, but %d values were given", len(described), len(params))
	}
	out := make([]Param, len(params))
	for i, p := range params {
		to := described[i]
		if to.Kind == types.Array && to.Elem.Kind == types.Decimal {
			to = types.ArrayOf(types.DecimalOf(38, 10))
		}
		_, text := p.Value.(string)
		switch {
		case p.Value == nil && to.Kind == types.Decimal:
			out[i].Type = types.DecimalOf(1, 0) // NULL goes into any digits
			continue
		case p.Value == nil, text && (p.Type.Kind == types.Unknown || p.Type.Kind == to.Kind):
			out[i] = Param{Type: to, Value: p.Value}
			continue
		case p.Type.Kind == to.Kind:
			out[i] = p
			continue
		}
		x, err := expr.NewCast(expr.NewLiteral(p.Value, p.Type, 0), to, false, 0)
		if err == nil {
			x, err = expr.Fold(x, &expr.Ctx{Mem: allocator})
		}
		if err != nil {
			return nil, err
		}
		lit, ok := x.(*expr.Literal)
		if !ok {
			return nil, sqlerr.New("42804", 0, "parameter $%d is %s, not %s", i+1, to, p.Type)
		}
		out[i] = Param{Type: lit.Type(), Value: lit.Value}
	}
	return out, nil
}

// Constants computes expressions that read nothing, as values of the given types: the arguments of EXECUTE.
func (e *Env) Constants(ctx context.Context, list []sql.Expr, as []types.Type) ([]Param, error) {
	out := make([]Param, len(list))
	for i, x := range list {
		b := &binder{env: e, ctx: ctx}
		v, err := (&exprBinder{b: b, rel: &relation{}, noAgg: "EXECUTE"}).bind(x)
		if err != nil {
			return nil, err
		}
		to := as[i]
		if to.Kind == types.Decimal {
			v, err = expr.NewCast(v, to, false, x.Pos())
		} else if cast, ok := expr.Assign(v, to); ok {
			v = cast
		} else {
			err = sqlerr.New(sqlerr.DatatypeMismatch, x.Pos(), "parameter $%d of type %s cannot be coerced to the expected type %s", i+1, v.Type(), to).
				WithHint("You will need to rewrite or cast the expression.")
		}
		if err == nil {
			v, err = expr.Compute(v, e.exprCtx())
		}
		if err != nil {
			return nil, err
		}
		lit, ok := v.(*expr.Literal)
		if !ok {
			return nil, sqlerr.Unsupported(x.Pos(), "an argument of EXECUTE that is not a constant", "Write its value.")
		}
		out[i] = Param{Type: lit.Type(), Value: lit.Value}
	}
	return out, nil
}
