package sql

import (
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
	for {
		if err := c.tableRef(); err != nil {
			return err
		}
		more, err := c.nextTable()
		if err != nil || !more {
			return err
		}
	}
}

// nextTable reads what stands between two tables; false: FROM has ended.
func (c *cursor) nextTable() (bool, error) {
	for {
		t := c.peek()
		switch {
		case t.op(","):
			c.mark(",", t.Pos)
			c.i++
			return true, nil
		case c.joins():
			return c.join()
		case t.is("ON"):
			if err := c.on(false); err != nil {
				return false, err
			}
		case t.is("USING"):
			c.keyword()
			g := c.peek()
			if !g.group("(") {
				return false, c.unexpected("a list of columns")
			}
			names, err := c.r.names(g)
			if err != nil {
				return false, err
			}
			n := &node{kind: nodeGroup, src: g.Pos}
			for i, name := range names {
				if i > 0 {
					n.kids = append(n.kids, &node{kind: nodeMark, text: ",", src: g.Pos})
				}
				n.kids = append(n.kids, &node{kind: nodeAtom, text: c.r.slot(name), src: g.Pos})
			}
			c.put(n)
			c.i++
		case c.done(), c.clause():
			return false, nil
		default:
			return false, c.misplaced()
		}
	}
}

// join writes [NATURAL] [INNER | CROSS | LEFT | RIGHT | FULL [OUTER]] JOIN. A FULL JOIN is written as a LEFT one whose
// condition is marked.
func (c *cursor) join() (more bool, err error) {
	full := false
	for c.joins() || c.peek().is("OUTER") {
		t := c.peek()
		switch {
		case t.is("FULL"):
			full = true
			c.mark("LEFT", t.Pos)
			c.i++
		case t.is("OUTER"):
			c.i++
		case t.is("JOIN"):
			c.keyword()
			if !full {
				return true, nil
			}
			if err := c.tableRef(); err != nil {
				return false, err
			}
			if !c.peek().is("ON") {
				return false, sqlerr.Unsupported(sqlerr.At(t.Pos), "FULL JOIN without ON", "Write its condition: ON a.x = b.x.")
			}
			if err := c.on(true); err != nil {
				return false, err
			}
			return c.nextTable()
		default:
			c.keyword()
		}
	}
	return false, c.unexpected("JOIN")
}

// on writes ON and its condition.
func (c *cursor) on(full bool) error {
	t := c.peek()
	c.keyword()
	s := &cursor{r: c.r, in: c.in, i: c.i, end: c.end}
	if err := s.exprs(func() bool {
		return s.peek().op(",") || s.joins() && !s.peekAt(1).group("(") || s.peek().is("ON", "USING") || s.clause()
	}); err != nil {
		return err
	}
	c.i = s.i
	if len(s.out) == 0 {
		return c.unexpected("a condition")
	}
	if full {
		c.put(&node{kind: nodeCall, text: c.r.slot(fullJoin{}), src: t.Pos})
		c.mark("AND", t.Pos)
	}
	c.put(&node{kind: nodeGroup, src: t.Pos, kids: s.out})
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
		return c.alias([]*node{{kind: nodeGroup, src: t.Pos, kids: s.out}})
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
	if c.peek().is("FOR") && c.peekAt(1).is("SYSTEM_TIME") {
		return sqlerr.Unsupported(sqlerr.At(c.peek().Pos), "FOR SYSTEM_TIME AS OF", "Read the table as it is.")
	}
	return c.alias([]*node{{kind: nodeAtom, text: c.r.slot(name), src: t.Pos}})
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
		e, err := r.exprOf(ts[2:], g.close.Pos)
		a.PartitionBy = append(a.PartitionBy, e)
		return a, err
	}
	if len(ts) > 0 {
		return a, unexpected(ts[0].Token, r.text, "',' or ')'")
	}
	return a, nil
}
