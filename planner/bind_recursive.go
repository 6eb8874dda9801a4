package planner

import (
	"maps"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// recursive binds a CTE of WITH RECURSIVE that reads itself: seed UNION [ALL] step. ok is false where it does not.
func (b *binder) recursive(c sql.CTE, ctes map[string]*relation) (rel *relation, ok bool, err error) {
	body, isUnion := c.Query.Body.(*sql.SetOp)
	if !isUnion || body.Op != "UNION" || len(c.Query.With) > 0 {
		return nil, false, nil
	}
	before := maps.Clone(b.read)
	defer func() {
		if !ok {
			b.read = before // it is bound again
		}
	}()
	seed, err := b.body(body.Left, ctes)
	if err != nil {
		return nil, false, err
	}
	if seed, err = settle(seed); err != nil {
		return nil, false, err
	}
	name := c.Name
	named, err := seed.rename(sql.Alias{Name: &name, Columns: c.Columns})
	if err != nil {
		return nil, false, err
	}
	work := &logical.WorkTable{Name: c.Name.Text, At: c.Name.Pos()}
	for _, col := range named.cols {
		work.Out = append(work.Out, types.Column{Name: col.name, Type: col.typ})
	}
	inner := maps.Clone(ctes)
	inner[c.Name.Text] = &relation{node: work, cols: named.cols}
	step, err := b.body(body.Right, inner)
	if err != nil {
		return nil, false, err
	}
	if uses := count(step.node, work); uses == 0 {
		return nil, false, nil
	} else if uses > 1 {
		return nil, false, sqlerr.New("42P19", body.Right.Pos(), "recursive reference to query %q must not appear more than once", c.Name.Text)
	}
	if q := c.Query; len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil {
		return nil, false, sqlerr.Unsupported(q.Pos(), "ORDER BY or LIMIT in a recursive query", "Put it on the query that reads it.")
	}
	if err := linear(step.node, work); err != nil {
		return nil, false, err
	}
	if len(step.cols) != len(seed.cols) {
		return nil, false, sqlerr.New(sqlerr.SyntaxError, body.Right.Pos(), "each UNION query must have the same number of columns: %d and %d", len(seed.cols), len(step.cols))
	}
	for i, col := range step.cols {
		all, ok := expr.CommonType([]types.Type{seed.cols[i].typ, col.typ})
		if !ok || !all.Equal(seed.cols[i].typ) {
			if !ok {
				all = col.typ
			}
			return nil, false, sqlerr.New(sqlerr.DatatypeMismatch, outputPositions(step.node)[i], "recursive query %q column %d has type %s in non-recursive term but type %s overall",
				c.Name.Text, i+1, seed.cols[i].typ, all).WithHint("Cast the output of the non-recursive term to %s, or this one to %s.", all, seed.cols[i].typ)
		}
	}
	stepNode, err := castColumns(step, seed.cols)
	if err != nil {
		return nil, false, err
	}
	node := &logical.Recursive{Name: c.Name.Text, Seed: seed.node, Step: stepNode, All: body.All, At: c.Name.Pos()}
	return &relation{node: node, cols: seed.cols}, true, nil
}

func count(n logical.Node, work *logical.WorkTable) int {
	if n == logical.Node(work) {
		return 1
	}
	uses := 0
	for _, in := range n.Inputs() {
		uses += count(in, work)
	}
	return uses
}

// linear refuses what a step may not do with the rows of the step before: it must be true of each row by itself.
func linear(n logical.Node, work *logical.WorkTable) error {
	refuse := func(what string) error {
		return sqlerr.New("42P19", n.Pos(), "recursive reference to query %q must not appear within %s", work.Name, what).
			WithHint("Filter, join and project in the recursive term; aggregate and sort in the query that reads it.")
	}
	if count(n, work) == 0 {
		return nil
	}
	switch n := n.(type) {
	case *logical.WorkTable, *logical.Filter, *logical.Project, *logical.Unnest, *logical.Union:
	case *logical.Apply:
		if count(n.Inputs()[1], work) > 0 {
			return refuse("a subquery")
		}
	case *logical.Join:
		if err := linearJoin(n, work, refuse); err != nil {
			return err
		}
	case *logical.Aggregate:
		return refuse("an aggregation")
	case *logical.SetOp:
		return refuse(n.Name())
	default:
		return refuse("DISTINCT, ORDER BY, LIMIT, a window or a window function")
	}
	for _, in := range n.Inputs() {
		if err := linear(in, work); err != nil {
			return err
		}
	}
	return nil
}

func linearJoin(n *logical.Join, work *logical.WorkTable, refuse func(string) error) error {
	left, right := count(n.Left, work) > 0, count(n.Right, work) > 0
	switch n.Kind {
	case exec.InnerJoin:
		return nil
	case exec.LeftJoin:
		if !right {
			return nil
		}
	case exec.RightJoin:
		if !left {
			return nil
		}
	case exec.FullJoin:
	default:
		if !right {
			return nil
		}
		return refuse("a subquery")
	}
	return refuse("an outer join")
}

// readCTE refuses a second reader of a query that would give each one other rows: a CTE runs once for each.
func (b *binder) readCTE(rel *relation, name sql.ObjectName) error {
	if b.read[rel] && volatileTree(rel.node) {
		return sqlerr.Unsupported(name.Pos(), "reading a WITH query twice that gives other rows each time", "Read it once, or keep its rows in a table.")
	}
	if b.read == nil {
		b.read = map[*relation]bool{}
	}
	b.read[rel] = true
	return nil
}
