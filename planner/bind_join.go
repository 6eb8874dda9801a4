package planner

import (
	"errors"
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

var joinKinds = map[sql.JoinKind]exec.JoinKind{
	sql.Inner: exec.InnerJoin, sql.Left: exec.LeftJoin, sql.Right: exec.RightJoin, sql.Full: exec.FullJoin, sql.Cross: exec.InnerJoin,
}

// join binds left JOIN right. The columns are those of left, then those of right; the ones that USING or NATURAL makes
// one come first.
func (b *binder) join(j *sql.Join, ctes map[string]*relation) (*relation, error) {
	left, err := b.from(j.Left, ctes)
	if err != nil {
		return nil, err
	}
	if f, ok := j.Right.(*sql.TableFunc); ok && isSetReturning(f.Name) && (j.Kind == sql.Left || j.Kind == sql.Inner || j.Kind == sql.Cross) {
		if out, ok, err := b.joinFunction(j, f, left, ctes); ok || err != nil {
			return out, err
		}
	}
	right, refs, err := b.rightOf(j, left, ctes)
	if err != nil {
		return nil, err
	}
	if err := distinctNames(left, right, j.Right.Pos()); err != nil {
		return nil, err
	}
	kind := joinKinds[j.Kind]
	if len(refs) > 0 && kind != exec.InnerJoin && kind != exec.LeftJoin {
		return nil, sqlerr.New("42P10", j.Right.Pos(), "the right of a %s JOIN can't refer to its left", kind).
			WithHint("LATERAL goes with INNER, LEFT and CROSS JOIN.")
	}
	rel := &relation{cols: slices.Concat(left.cols, right.cols)}
	using := j.Using
	if j.Natural {
		using = commonColumns(left, right, j)
	}
	on, err := b.joinCondition(j, using, left, right, rel)
	if err != nil {
		return nil, err
	}
	if len(refs) > 0 {
		rel.node = &logical.Apply{Kind: kind, Left: left.node, Right: right.node, Refs: refs, On: on, At: j.Pos()}
	} else {
		rel.node = &logical.Join{Kind: kind, Left: left.node, Right: right.node, On: on, At: j.Pos()}
	}
	if err := b.joinSubqueries(j, rel, ctes); err != nil {
		return nil, err
	}
	if len(using) == 0 {
		return rel, nil
	}
	return merged(rel, using, left, right, kind, j.Pos())
}

// joinFunction joins a function to each row of left that gives it its arguments. It is not for a function that has a
// condition which has to see its rows, but for LEFT JOIN … ON true and the inner joins.
func (b *binder) joinFunction(j *sql.Join, f *sql.TableFunc, left *relation, ctes map[string]*relation) (*relation, bool, error) {
	if len(j.Using) > 0 || j.Natural {
		return nil, false, nil
	}
	lit, isTrue := j.On.(*sql.BoolLit)
	isTrue = isTrue && lit.Value || j.On == nil
	if j.Kind == sql.Left && !isTrue {
		return nil, false, nil
	}
	rel, err := b.setReturning(f, left, j.Kind == sql.Left)
	if err != nil {
		return nil, true, err
	}
	added := &relation{node: rel.node, cols: rel.cols[len(left.cols):]}
	if err := distinctNames(left, added, f.Pos()); err != nil {
		return nil, true, err
	}
	if isTrue {
		return rel, true, nil
	}
	sub := &subqueries{ctes: ctes}
	x := &exprBinder{b: b, rel: rel, noAgg: "JOIN", sub: sub}
	on, err := x.condition(j.On, "JOIN")
	if err != nil {
		return nil, true, err
	}
	return filtered(rel, on, sub), true, nil
}

// filtered is the rows of rel for which where is true, subqueries placed.
func filtered(rel *relation, where expr.Expr, sub *subqueries) *relation {
	node, at := sub.place(rel.node)
	var out logical.Node = &logical.Filter{Input: node, Where: expr.Fill(where, at)}
	if len(at) > 0 {
		out = firstColumns(out, len(rel.cols))
	}
	return &relation{node: out, cols: rel.cols}
}

// firstColumns drops the columns behind the first n.
func firstColumns(node logical.Node, n int) logical.Node {
	p := &logical.Project{Input: node, At: node.Pos()}
	for i, c := range node.Schema()[:n] {
		p.Exprs, p.Names = append(p.Exprs, expr.NewColumn(i, c.Name, c.Type, node.Pos())), append(p.Names, c.Name)
	}
	return p
}

// rightOf binds the right of a join. Where it is LATERAL it may read the left.
func (b *binder) rightOf(j *sql.Join, left *relation, ctes map[string]*relation) (*relation, []logical.Ref, error) {
	if !lateral(j.Right) {
		rel, err := b.from(j.Right, ctes)
		if _, ok := j.Right.(*sql.Derived); ok && err != nil && unknownName(err) {
			if _, _, asLateral := b.lateral(j, left, ctes); asLateral == nil {
				err = withHint(err, "It is there on the left: write LATERAL in front of the parenthesis to read that.")
			}
		}
		return rel, nil, err
	}
	return b.lateral(j, left, ctes)
}

// lateral binds the right of a join over the columns of its left.
func (b *binder) lateral(j *sql.Join, left *relation, ctes map[string]*relation) (*relation, []logical.Ref, error) {
	outer := &outerScope{x: &exprBinder{b: b, rel: left, noAgg: "FROM"}}
	rel, err := b.inside(outer).from(j.Right, ctes)
	return rel, outer.refs, err
}

// withHint is an error that a user sees with another hint.
func withHint(err error, hint string) error {
	var e *sqlerr.Error
	if errors.As(err, &e) {
		e.Hint = hint
	}
	return err
}

// lateral reports whether an item of FROM may read those to the left of it: a function always may.
func lateral(r sql.TableRef) bool {
	switch r := r.(type) {
	case *sql.Derived:
		return r.Lateral
	case *sql.TableFunc:
		return isSetReturning(r.Name)
	case *sql.Join:
		return lateral(r.Left) || lateral(r.Right)
	}
	return false
}

// distinctNames refuses two tables of one name in one FROM.
func distinctNames(left, right *relation, pos sqlerr.Pos) error {
	for _, r := range right.cols {
		if r.table == "" {
			continue
		}
		if slices.ContainsFunc(left.cols, func(l scopeColumn) bool { return l.table == r.table }) {
			return sqlerr.New("42712", pos, "table name %q is specified more than once", r.table).
				WithHint("Give one of them another name: … AS name.")
		}
	}
	return nil
}

func commonColumns(left, right *relation, j *sql.Join) []sql.Name {
	var out []sql.Name
	for _, l := range left.cols {
		if l.hidden || l.system {
			continue
		}
		if slices.ContainsFunc(right.cols, func(r scopeColumn) bool { return r.name == l.name && !r.hidden }) {
			out = append(out, sql.Name{Node: sql.Node{At: j.Pos()}, Text: l.name})
		}
	}
	return out
}

// joinCondition binds ON or USING over the columns of both sides; nil where there is none.
func (b *binder) joinCondition(j *sql.Join, using []sql.Name, left, right, both *relation) (expr.Expr, error) {
	if len(using) > 0 {
		var on []expr.Expr
		for _, name := range using {
			l, err := usingColumn(left, name, "left")
			if err != nil {
				return nil, err
			}
			r, err := usingColumn(right, name, "right")
			if err != nil {
				return nil, err
			}
			c, err := expr.NewCall("=", []expr.Expr{both.column(l, name.Pos()), both.column(len(left.cols)+r, name.Pos())}, name.Pos())
			if err != nil {
				return nil, err
			}
			on = append(on, c)
		}
		return expr.And(on), nil
	}
	if j.On == nil {
		return nil, nil
	}
	if hasSubquery(j.On) {
		return nil, nil // joinSubqueries sees to it
	}
	x := &exprBinder{b: b, rel: both, noAgg: "JOIN"}
	return x.condition(j.On, "JOIN")
}

// joinSubqueries binds a condition that has subqueries. The pairs of an inner join are filtered by it; for the others
// each subquery is computed for the side that it reads.
func (b *binder) joinSubqueries(j *sql.Join, rel *relation, ctes map[string]*relation) error {
	if j.On == nil || !hasSubquery(j.On) {
		return nil
	}
	sub := &subqueries{ctes: ctes}
	x := &exprBinder{b: b, rel: rel, noAgg: "JOIN", sub: sub}
	on, err := x.condition(j.On, "JOIN")
	if err != nil {
		return err
	}
	if j.Kind == sql.Inner {
		rel.node = filtered(rel, on, sub).node
		return nil
	}
	join, ok := rel.node.(*logical.Join)
	if !ok {
		return sqlerr.Unsupported(j.On.Pos(), "a subquery in the condition of an outer join with LATERAL", "Compute it in the derived table.")
	}
	width := len(join.Left.Schema())
	left, right, ok := sub.bySide(sides{width})
	if !ok {
		return sqlerr.Unsupported(j.On.Pos(), "a subquery in the condition of an outer join that reads both sides", "Let it read one side, or join in a derived table.")
	}
	out := *join
	var at, rightAt map[*expr.Slot]expr.Expr
	out.Left, at = left.place(join.Left)
	out.Right, rightAt = right.place(join.Right)
	added := len(out.Left.Schema()) - width
	for s, e := range rightAt {
		at[s] = shift(e, width+added)
	}
	out.On = expr.Fill(expr.Remap(on, func(c int) int {
		if c >= width {
			return c + added
		}
		return c
	}), at)
	rel.node = reorder(&out, slices.Concat(span(0, width), span(width+added, width+added+len(join.Right.Schema()))))
	return nil
}

func usingColumn(r *relation, name sql.Name, side string) (int, error) {
	found := -1
	for i, c := range r.cols {
		if c.name != name.Text || c.hidden {
			continue
		}
		if found >= 0 {
			return 0, sqlerr.New(sqlerr.AmbiguousColumn, name.Pos(), "common column name %q appears more than once in the %s table", name.Text, side)
		}
		found = i
	}
	if found < 0 {
		var names []string
		for _, c := range r.cols {
			names = append(names, c.name)
		}
		err := sqlerr.New(sqlerr.UndefinedColumn, name.Pos(), "column %q specified in USING does not exist in the %s table", name.Text, side)
		err.Hint = sqlerr.Suggest(name.Text, names)
		return 0, err
	}
	return found, nil
}

// merged puts the columns of USING in front, once each. The two that each was made of stay there for who names
// their table.
func merged(rel *relation, using []sql.Name, left, right *relation, kind exec.JoinKind, pos sqlerr.Pos) (*relation, error) {
	out := &relation{}
	p := &logical.Project{Input: rel.node, At: pos}
	cols := slices.Clone(rel.cols)
	add := func(e expr.Expr, c scopeColumn) {
		p.Exprs, p.Names = append(p.Exprs, e), append(p.Names, c.name)
		out.cols = append(out.cols, c)
	}
	for _, name := range using {
		l, err := usingColumn(left, name, "left")
		if err != nil {
			return nil, err
		}
		r, err := usingColumn(right, name, "right")
		if err != nil {
			return nil, err
		}
		r += len(left.cols)
		var e expr.Expr
		switch kind {
		case exec.RightJoin:
			e = rel.column(r, name.Pos())
		case exec.FullJoin:
			if e, err = expr.NewCall("coalesce", []expr.Expr{rel.column(l, name.Pos()), rel.column(r, name.Pos())}, name.Pos()); err != nil {
				return nil, err
			}
		default:
			e = rel.column(l, name.Pos())
		}
		if t, ok := expr.CommonType([]types.Type{rel.cols[l].typ, rel.cols[r].typ}); ok {
			if cast, ok := expr.Coerce(e, t); ok {
				e = cast
			}
		}
		add(e, scopeColumn{name: name.Text, typ: e.Type()})
		cols[l].hidden, cols[r].hidden = true, true
	}
	for i, c := range cols {
		add(rel.column(i, pos), c)
	}
	out.node = p
	return out, nil
}

// hasSubquery reports whether an expression holds a query.
func hasSubquery(e sql.Expr) bool {
	switch e := e.(type) {
	case *sql.Subquery, *sql.Exists, *sql.ArrayQuery:
		return true
	case *sql.In:
		if e.Query != nil {
			return true
		}
	case *sql.Quantified:
		if e.Query != nil {
			return true
		}
	}
	return slices.ContainsFunc(children(e), func(c sql.Expr) bool { return c != nil && hasSubquery(c) })
}
