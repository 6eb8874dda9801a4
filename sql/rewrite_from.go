package sql

import (
	"slices"
	"strings"

	"millrace/sqlerr"
)

// joinWords begin or go on with a join.
var joinWords = words("JOIN INNER LEFT RIGHT FULL CROSS NATURAL")

// joins reports whether a join begins or goes on here.
func (c *cursor) joins() bool {
	t := c.peek()
	return t.Kind == Word && joinWords[strings.ToUpper(t.Text)]
}

// from writes the tables of FROM, and the conditions that join them.
func (c *cursor) from() error {
	for joins := 0; ; joins++ {
		if joins > maxDepth {
			return sqlerr.New("54001", sqlerr.At(c.peek().Pos), "more than %d tables in one FROM", maxDepth)
		}
		start := len(c.out)
		if err := c.tableRef(); err != nil {
			return err
		}
		more, err := c.nextTable(start)
		if err != nil || !more {
			return err
		}
	}
}

// nextTable reads the joins of a table, which was written at start, and what stands behind them; false: FROM has ended.
// What is joined already goes into parentheses before the next join: left alone, the grammar turns joins around, and a
// RIGHT JOIN into a LEFT one of the other order.
func (c *cursor) nextTable(start int) (bool, error) {
	for joined := false; c.joins(); joined = true {
		if joined {
			c.wrap(start)
		}
		if err := c.join(); err != nil {
			return false, err
		}
	}
	switch t := c.peek(); {
	case t.op(","):
		c.mark(",", t.Pos)
		c.i++
		return true, nil
	case c.done(), c.clause():
		return false, nil
	}
	return false, c.misplaced()
}

// wrap puts what was written from start on into parentheses.
func (c *cursor) wrap(start int) {
	n := &node{kind: nodeGroup, src: c.out[start].src, kids: slices.Clone(c.out[start:])}
	c.out = append(c.out[:start], n)
}

// join writes [NATURAL] [INNER | CROSS | LEFT | RIGHT | FULL [OUTER]] JOIN table [ON condition | USING (columns)]. A FULL
// JOIN is written as a LEFT one whose condition is a call.
func (c *cursor) join() error {
	start := c.peek()
	natural, cross, full := false, false, false
	for !c.peek().is("JOIN") {
		t := c.peek()
		switch {
		case t.is("NATURAL"):
			natural = true
			if c.peekAt(1).is("FULL") { // of which the grammar has none
				c.i++
				continue
			}
			c.keyword()
		case t.is("CROSS"):
			cross = true
			c.keyword()
		case t.is("FULL"):
			full = true
			c.mark("LEFT", t.Pos)
			c.i++
		case t.is("LEFT", "RIGHT"):
			c.keyword()
			if t := c.peek(); t.is("SEMI", "ANTI") {
				return sqlerr.Unsupported(sqlerr.At(start.Pos), strings.ToUpper(start.Text+" "+t.Text)+" JOIN", habits[strings.ToUpper(t.Text)])
			}
		case t.is("INNER"), t.is("OUTER") && c.peekAt(-1).is("LEFT", "RIGHT", "FULL"):
			c.i++
		default:
			return c.unexpected("JOIN")
		}
	}
	c.keyword()
	right := len(c.out)
	if err := c.tableRef(); err != nil {
		return err
	}
	if full && natural { // the grammar wants no condition behind NATURAL, and has none of FULL
		c.mark("ON", start.Pos)
		c.call(fullJoin{natural: true}, start.Pos)
		return nil
	}
	if c.joins() && !cross && !natural { // a JOIN b JOIN c ON … ON …: the inner join comes first
		inner := c.i
		for c.joins() {
			if err := c.join(); err != nil {
				return err
			}
			c.wrap(right)
		}
		if !c.peek().is("ON", "USING") {
			c.i = inner
			return c.unexpected("ON or USING")
		}
	}
	switch t := c.peek(); {
	case cross || natural:
		if t.is("ON", "USING") {
			err := c.unexpected("").(*sqlerr.Error)
			return err.WithHint("A CROSS or NATURAL JOIN takes no condition: write JOIN.")
		}
		return nil
	case t.is("ON"):
		return c.on(full)
	case t.is("USING"):
		return c.using(full)
	}
	return c.unexpected("ON or USING")
}

// using writes USING (columns).
func (c *cursor) using(full bool) error {
	t, g := c.peek(), c.peekAt(1)
	if !g.group("(") {
		c.i++
		return c.unexpected("a list of columns")
	}
	names, err := c.r.names(g)
	if err != nil {
		return err
	}
	c.i += 2
	if full {
		c.mark("ON", t.Pos)
		c.call(fullJoin{using: names}, t.Pos)
		return nil
	}
	c.mark("USING", t.Pos)
	n := &node{kind: nodeGroup, src: g.Pos, end: g.close.Pos}
	for i, name := range names {
		if i > 0 {
			n.kids = append(n.kids, &node{kind: nodeMark, text: ",", src: g.Pos})
		}
		n.kids = append(n.kids, &node{kind: nodeAtom, text: c.r.slot(name), src: g.Pos})
	}
	c.put(n)
	return nil
}

// on writes ON and its condition.
func (c *cursor) on(full bool) error {
	t := c.peek()
	c.keyword()
	s := &cursor{r: c.r, in: c.in, i: c.i, end: c.end}
	if err := s.exprs(func() bool {
		return s.peek().op(",") || s.joins() && !(s.peek().is("LEFT", "RIGHT") && s.peekAt(1).group("(")) || s.peek().is("ON", "USING") || s.clause()
	}); err != nil {
		return err
	}
	c.i = s.i
	if len(s.out) == 0 {
		return c.unexpected("a condition")
	}
	condition := &node{kind: nodeGroup, src: t.Pos, kids: s.out}
	if full {
		c.call(fullJoin{}, t.Pos, condition)
	} else {
		c.put(condition)
	}
	return nil
}

// tableRef writes one table, derived table or table function with its alias.
func (c *cursor) tableRef() error {
	lateral := false
	if c.peek().is("LATERAL") {
		lateral = true
		c.i++
	}
	t := c.peek()
	switch {
	case t.is("TABLE") && c.peekAt(1).group("("): // TABLE(f(…)) is f(…)
		g := c.peekAt(1)
		s := c.sub(g)
		if err := s.tableFunc(lateral); err != nil {
			return err
		}
		if !s.done() {
			return s.unexpected("')'")
		}
		c.i += 2
		return c.alias(s.out)
	case t.group("("):
		s := c.sub(t)
		var err error
		if nestedQuery(t) {
			err = s.query()
		} else {
			err = s.from()
		}
		if err != nil {
			return err
		}
		if lateral {
			c.mark("LATERAL", t.Pos)
		}
		c.i++
		return c.alias([]*node{{kind: nodeGroup, src: t.Pos, end: t.close.Pos, kids: s.out, query: nestedQuery(t)}})
	case isName(t):
		if c.isTableFunc() {
			s := &cursor{r: c.r, in: c.in, i: c.i, end: c.end}
			if err := s.tableFunc(lateral); err != nil {
				return err
			}
			c.i = s.i
			return c.alias(s.out)
		}
		return c.tableName()
	}
	return c.unexpected("a table")
}

// isTableFunc reports whether a name with dots is followed by arguments.
func (c *cursor) isTableFunc() bool {
	n := 1
	for c.peekAt(n).op(".") {
		n += 2
	}
	return c.peekAt(n).group("(")
}

// tableName writes [[catalog.]schema.]table and its alias.
func (c *cursor) tableName() error {
	t := c.peek()
	p := &parser{text: c.r.text, tokens: flatten(c.dottedName())}
	name, err := p.objectName("a table")
	if err != nil {
		return err
	}
	c.i += p.at
	table := &TableName{Node: name.Node, Name: name}
	if table.AsOf, err = c.asOf(); err != nil {
		return err
	}
	if err := c.alias([]*node{{kind: nodeAtom, text: c.r.slot(table), src: t.Pos}}); err != nil || table.AsOf != nil {
		return err
	}
	table.AsOf, err = c.asOf()
	return err
}

// asOf reads FOR SYSTEM_TIME AS OF expression; nil where there is none.
func (c *cursor) asOf() (Expr, error) {
	if !c.peek().is("FOR") || !c.peekAt(1).is("SYSTEM_TIME") {
		return nil, nil
	}
	c.i += 2
	if !c.peek().is("AS") || !c.peekAt(1).is("OF") {
		return nil, c.unexpected("AS OF")
	}
	c.i += 2
	s := &cursor{r: c.r, in: c.in, i: c.i, end: c.end}
	if err := s.exprs(func() bool {
		t := s.peek()
		return s.last().operand() && (t.op(",") || t.is("AS", "ON", "USING") || s.joins() || s.clause() || isName(t) && !s.predicate())
	}); err != nil {
		return nil, err
	}
	c.i = s.i
	if len(s.out) == 0 {
		return nil, c.unexpected("a time")
	}
	return c.r.parseExpr(s.out, c.end)
}

// alias writes a table and the name that it has in the query.
func (c *cursor) alias(table []*node) error {
	c.out = append(c.out, table...)
	t := c.peek()
	if t.is("AS") {
		c.i++
		t = c.peek()
		if t.Kind != Word && t.Kind != Quoted {
			return c.unexpected("a name")
		}
	} else if !isName(t) || c.clause() || t.is("EMIT") && c.peekAt(1).is("ON", "CHANGES", "EVERY") {
		return nil
	}
	a := Alias{Name: c.r.nameOf(t)}
	c.i++
	if g := c.peek(); g.group("(") {
		var err error
		if a.Columns, err = c.r.names(g); err != nil {
			return err
		}
		c.i++
	}
	c.mark("AS", t.Pos)
	c.atom(a, t.Pos)
	return nil
}

// tableFunc writes f(args) as a table's name.
func (c *cursor) tableFunc(lateral bool) error {
	t := c.peek()
	if !isName(t) || !c.isTableFunc() {
		return c.unexpected("a table function")
	}
	f := &TableFunc{Node: Node{sqlerr.At(t.Pos)}, Lateral: lateral}
	for !c.peek().group("(") {
		f.Name = c.r.nameOf(c.peek()).Text
		c.i++
		if c.peek().op(".") {
			c.i++
		}
	}
	g := c.peek()
	c.i++
	if len(g.kids) > 0 {
		for _, part := range splitTrees(g.kids) {
			a, err := c.r.funcArg(part, g)
			if err != nil {
				return err
			}
			f.Args = append(f.Args, a)
		}
	}
	if c.peek().is("WITH") && c.peekAt(1).is("ORDINALITY") {
		f.Ordinality = true
		c.i += 2
	}
	c.atom(f, t.Pos)
	return nil
}

// funcArg reads one argument of a table function.
func (r *rewriter) funcArg(ts []*tree, g *tree) (FuncArg, error) {
	if len(ts) == 0 {
		return FuncArg{}, unexpected(g.close, r.text, "an argument")
	}
	a := FuncArg{Node: Node{sqlerr.At(ts[0].Pos)}}
	if len(ts) > 2 && isName(ts[0]) && ts[1].op("=>") {
		a.Name = r.nameOf(ts[0]).Text
		ts = ts[2:]
	}
	first := ts[0]
	switch {
	case first.is("TABLE") && len(ts) > 1 && ts[1].group("("):
		s := &cursor{r: r, in: ts[1].kids, end: ts[1].close.Pos}
		if err := s.query(); err != nil {
			return a, err
		}
		q, err := r.parseQuery(s.out, s.end)
		if err != nil {
			return a, err
		}
		a.Query, ts = q, ts[2:]
	case first.is("TABLE"):
		p := &parser{text: r.text, tokens: flatten(ts[1:])}
		name, err := p.objectName("a table")
		if err != nil {
			return a, err
		}
		a.Table, ts = &name, ts[1+p.at:]
	case first.is("DESCRIPTOR") && len(ts) == 2 && ts[1].group("("):
		var err error
		a.Descriptor, err = r.names(ts[1])
		return a, err
	default:
		var err error
		a.Expr, err = r.exprOf(ts, g.close.Pos)
		return a, err
	}
	if len(ts) > 1 && ts[0].is("PARTITION") && ts[1].is("BY") {
		if len(ts) == 3 && ts[2].group("(") { // PARTITION BY (a, b)
			for _, part := range splitTrees(ts[2].kids) {
				e, err := r.exprOf(part, ts[2].close.Pos)
				if err != nil {
					return a, err
				}
				a.PartitionBy = append(a.PartitionBy, e)
			}
			return a, nil
		}
		e, err := r.exprOf(ts[2:], g.close.Pos)
		a.PartitionBy = append(a.PartitionBy, e)
		return a, err
	}
	if len(ts) > 0 {
		return a, unexpected(ts[0].Token, r.text, "',' or ')'")
	}
	return a, nil
}
