package planner

import (
	"maps"
	"slices"

	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
)

// setItem is a set-returning function of the select list, and the slot that stands for its value. Those of one level
// run side by side; one in whose arguments another stands is a level above it.
type setItem struct {
	slot  *expr.Slot
	call  *expr.SetCall
	level int
}

// set binds a set-returning function that x has come upon, and gives the slot of its value.
func (s *selection) set(x *exprBinder, c *sql.Call) (expr.Expr, error) {
	args, err := x.bindAll(c.Args)
	if err != nil {
		return nil, err
	}
	call, err := expr.NewSetCall(c.Name, args, c.Pos())
	if err != nil {
		return nil, err
	}
	item := setItem{call: call}
	for _, slot := range expr.Slots(call) {
		for _, below := range s.sets {
			if below.slot == slot {
				item.level = max(item.level, below.level+1)
			}
		}
	}
	for _, have := range s.sets {
		if expr.Equal(have.call, call) && !expr.Volatile(call) {
			return have.slot, nil
		}
	}
	item.slot = expr.NewSlot(c.Name, call.Type(), c.Pos())
	s.sets = append(s.sets, item)
	return item.slot, nil
}

// stackSets puts the set-returning functions on top of node, a node a level, and gives each one's slot its column. at has
// the columns of the slots that stand in their arguments.
func (s *selection) stackSets(node logical.Node, at map[*expr.Slot]expr.Expr) (logical.Node, map[*expr.Slot]expr.Expr) {
	by := maps.Clone(at)
	if by == nil {
		by = map[*expr.Slot]expr.Expr{}
	}
	for level, more := 0, true; more; level++ {
		more = false
		width := len(node.Schema())
		u := &logical.Unnest{Input: node, Keep: keyList(0, width), At: s.stmt.Pos()}
		next := maps.Clone(by)
		for _, item := range s.sets {
			if more = more || item.level > level; item.level != level {
				continue
			}
			next[item.slot] = expr.NewColumn(width+len(u.Calls), item.slot.Name, item.slot.Type(), item.slot.Pos())
			u.Calls = append(u.Calls, expr.Fill(item.call, by).(*expr.SetCall))
			u.Names = append(u.Names, item.slot.Name)
		}
		node, by = u, next
	}
	return node, by
}

// noSet is the error of a set-returning function where there may be none.
func (x *exprBinder) noSet(c *sql.Call) error {
	where := x.noAgg
	if where == "" {
		where = x.noOver
	}
	if where == "" {
		where = "this place"
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, c.Pos(), "set-returning functions are not allowed in %s", where).
		WithHint("Move it into FROM, as in FROM t, %s(…) AS f.", c.Name)
}

// hasSet reports whether an expression calls a set-returning function outside of any subquery.
func hasSet(e sql.Expr) bool {
	if c, ok := e.(*sql.Call); ok && isSetReturning(c.Name) {
		return true
	}
	return slices.ContainsFunc(children(e), func(c sql.Expr) bool { return c != nil && hasSet(c) })
}
