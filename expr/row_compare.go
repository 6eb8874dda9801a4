package expr

import (
	"slices"

	"millrace/sqlerr"
	"millrace/types"
)

// NewRowComparison compares two row values of as many parts, a pair at a time, with "=", "<>", "<", "<=", ">" or ">=":
// the first pair that differs decides, and one with a NULL before that makes it NULL. It fails with 42601 where the rows
// are not as long.
func NewRowComparison(op string, left, right []Expr, pos sqlerr.Pos) (Expr, error) {
	if len(left) != len(right) {
		return nil, sqlerr.New(sqlerr.SyntaxError, pos, "unequal number of entries in row expressions")
	}
	if !slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, op) {
		return nil, sqlerr.Unsupported(pos, "the operator "+op+" between row values", "Compare the columns one by one.")
	}
	pair := func(op string, i int) (Expr, error) { return NewCall(op, []Expr{left[i], right[i]}, pos) }
	if op == "=" || op == "<>" {
		var all []Expr
		for i := range left {
			e, err := pair(op, i)
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
		return chain(map[string]string{"=": "and", "<>": "or"}[op], all, pos)
	}
	last := len(left) - 1
	out, err := pair(op, last)
	for i := last - 1; i >= 0 && err == nil; i-- { // a < x OR a = x AND (…)
		var less, same Expr
		if less, err = pair(op[:1], i); err != nil {
			break
		}
		if same, err = pair("=", i); err != nil {
			break
		}
		if out, err = NewCall("and", []Expr{same, out}, pos); err == nil {
			out, err = NewCall("or", []Expr{less, out}, pos)
		}
	}
	return out, err
}

// NewRowIsNull is ROW(…) IS NULL, true where every part is, or with not IS NOT NULL, true where none is.
func NewRowIsNull(parts []Expr, not bool, pos sqlerr.Pos) (Expr, error) {
	name := "is null"
	if not {
		name = "is not null"
	}
	var all []Expr
	for _, p := range parts {
		e, err := NewCall(name, []Expr{p}, pos)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return chain("and", all, pos)
}

// NewRowIn is (a, b) IN ((1, 2), …).
func NewRowIn(x []Expr, list [][]Expr, not bool, pos sqlerr.Pos) (Expr, error) {
	var all []Expr
	for _, r := range list {
		e, err := NewRowComparison("=", x, r, pos)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	out, err := chain("or", all, pos)
	if err != nil || !not {
		return out, err
	}
	return NewCall("not", []Expr{out}, pos)
}

// chain is AND or OR over one or more conditions.
func chain(op string, es []Expr, pos sqlerr.Pos) (Expr, error) {
	if len(es) == 0 {
		return NewLiteral(op == "and", types.Of(types.Bool), pos), nil
	}
	out := es[0]
	for _, e := range es[1:] {
		var err error
		if out, err = NewCall(op, []Expr{out, e}, pos); err != nil {
			return nil, err
		}
	}
	return out, nil
}
