package sql

import (
	"slices"
	"strings"

	"millrace/sqlerr"
)

// selectList writes SELECT [ALL | DISTINCT [ON (…)]] items.
func (c *cursor) selectList() error {
	c.keyword()
	switch {
	case c.peek().is("ALL"):
		c.i++
	case c.peek().is("DISTINCT") && c.peekAt(1).is("ON") && c.peekAt(2).group("("):
		g := c.peekAt(2)
		s := c.sub(g)
		if err := s.exprs(nothing); err != nil {
			return err
		}
		c.put(&node{kind: nodeCall, text: c.r.slot(distinctOn{}), src: g.Pos, kids: s.out})
		c.mark(",", g.Pos)
		c.i += 3
	case c.peek().is("DISTINCT"):
		c.keyword()
	}
	c.list, c.extras = len(c.out), nil
	if c.done() || c.clause() {
		return c.unexpected("what to select")
	}
	named := false // the item has its name: a comma or another clause follows
	for !c.done() && !c.clause() {
		t := c.peek()
		if named && !t.op(",") {
			return c.misplaced()
		}
		named = false
		switch {
		case t.op("*") && !c.last().operand():
			c.mark("*", t.Pos)
			c.i++
		case t.is("AS"):
			c.keyword()
			n := c.peek()
			if n.Kind != Word && n.Kind != Quoted {
				return c.unexpected("a name")
			}
			c.atom(*c.r.nameOf(n), n.Pos)
			c.i++
			named = true
		case c.last().operand() && isName(t) && !c.predicate():
			c.mark("AS", t.Pos)
			c.atom(*c.r.nameOf(t), t.Pos)
			c.i++
			named = true
		default:
			if err := c.one(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *cursor) groupBy() error {
	c.keyword()
	if !c.peek().is("BY") {
		return c.unexpected("BY")
	}
	c.keyword()
	for !c.done() && !c.clause() {
		t := c.peek()
		switch {
		case c.last().kind == nodeMark && (t.is("GROUPING") && c.peekAt(1).is("SETS") || t.is("ROLLUP", "CUBE") && c.peekAt(1).group("(") ||
			t.group("(") && len(t.kids) == 0):
			if err := c.groupingSets(); err != nil {
				return err
			}
			if !c.done() && !c.peek().op(",") && !c.clause() { // sets are no value to go on with
				return c.unexpected("a comma or the next clause")
			}
			continue
		case t.is("ALL", "DISTINCT") && c.last().kind == nodeMark:
			return sqlerr.Unsupported(sqlerr.At(t.Pos), "GROUP BY "+strings.ToUpper(t.Text), "List the columns.")
		}
		if err := c.one(); err != nil {
			return err
		}
	}
	return nil
}

// groupingSets writes GROUPING SETS (…), ROLLUP (…), CUBE (…) and the empty (): the sets stand in the slot.
func (c *cursor) groupingSets() error {
	t := c.peek()
	item := &GroupItem{Node: Node{sqlerr.At(t.Pos)}, Kind: "GROUPING SETS"}
	g := t
	switch {
	case t.group("("):
		g = &tree{Token: t.Token, kids: []*tree{t}, close: t.close}
	case t.is("GROUPING"):
		c.i += 2
		if g = c.peek(); !g.group("(") {
			return c.unexpected("the sets in parentheses")
		}
	default:
		item.Kind = strings.ToUpper(t.Text)
		c.i++
		g = c.peek()
	}
	var err error
	if item.Sets, err = c.r.sets(item.Kind, g); err != nil {
		return err
	}
	c.i++
	c.call(item, t.Pos)
	return nil
}

// sets reads what stands in the parentheses of GROUPING SETS, ROLLUP or CUBE. Those inside GROUPING SETS are written out.
func (r *rewriter) sets(kind string, g *tree) ([][]Expr, error) {
	var out [][]Expr
	for _, part := range splitTrees(g.kids) {
		set := []Expr{}
		switch {
		case len(part) == 0:
			return nil, unexpected(g.close, r.text, "a set")
		case kind == "GROUPING SETS" && len(part) == 2 && part[0].is("ROLLUP", "CUBE") && part[1].group("("):
			upper := strings.ToUpper(part[0].Text)
			inner, err := r.sets(upper, part[1])
			if err != nil {
				return nil, err
			}
			if len(inner) > 12 {
				return nil, sqlerr.New("54011", sqlerr.At(part[0].Pos), "%s of more than 12 elements", upper)
			}
			out = append(out, spelledOut(upper, inner)...)
			continue
		case kind == "GROUPING SETS" && len(part) == 3 && part[0].is("GROUPING") && part[1].is("SETS") && part[2].group("("):
			inner, err := r.sets(kind, part[2])
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
			continue
		case part[0].is("ROLLUP", "CUBE") && len(part) == 2 && part[1].group("("), part[0].is("GROUPING") && len(part) > 1 && part[1].is("SETS"):
			return nil, unexpected(part[0].Token, r.text, "columns")
		case len(part) == 1 && part[0].group("("):
			if len(part[0].kids) > 0 {
				for _, p := range splitTrees(part[0].kids) {
					e, err := r.exprOf(p, part[0].close.Pos)
					if err != nil {
						return nil, err
					}
					set = append(set, e)
				}
			}
		default:
			e, err := r.exprOf(part, g.close.Pos)
			if err != nil {
				return nil, err
			}
			set = append(set, e)
		}
		out = append(out, set)
	}
	return out, nil
}

// spelledOut is ROLLUP or CUBE of sets as the sets that it stands for, the largest first.
func spelledOut(kind string, sets [][]Expr) [][]Expr {
	var out [][]Expr
	if kind == "ROLLUP" {
		for n := len(sets); n >= 0; n-- {
			out = append(out, slices.Concat(append([][]Expr{{}}, sets[:n]...)...))
		}
		return out
	}
	for mask := 1<<len(sets) - 1; mask >= 0; mask-- {
		set := []Expr{}
		for i, s := range sets {
			if mask>>(len(sets)-1-i)&1 == 1 {
				set = append(set, s...)
			}
		}
		out = append(out, set)
	}
	return out
}

// more is where the clauses go that the grammar has none of: a call in front of the columns.
func (c *cursor) more() (*clauses, error) {
	if c.list <= 0 {
		return nil, c.unexpected("a query that begins with SELECT")
	}
	if c.extras == nil {
		c.extras = &clauses{}
		src := c.out[c.list-1].src
		head := []*node{{kind: nodeCall, text: c.r.slot(c.extras), src: src}, {kind: nodeMark, text: ",", src: src}}
		c.out = slices.Insert(c.out, c.list, head...)
	}
	return c.extras, nil
}

func (c *cursor) qualify() error {
	more, err := c.more()
	if err != nil {
		return err
	}
	if more.qualify != nil || c.tail != nil {
		return c.unexpected("")
	}
	c.i++
	s := &cursor{r: c.r, in: c.in, i: c.i, end: c.end}
	if err := s.exprs(s.clause); err != nil {
		return err
	}
	if len(s.out) == 0 {
		c.i = s.i
		return c.unexpected("a condition")
	}
	end := s.end
	if !s.done() {
		end = s.peek().Pos
	}
	c.i = s.i
	more.qualify, err = c.r.parseExpr(s.out, end)
	return err
}

// namedWindows writes WINDOW name AS ( … ), ….
func (c *cursor) namedWindows() error {
	more, err := c.more()
	if err != nil {
		return err
	}
	if c.tail != nil {
		return c.unexpected("")
	}
	for {
		c.i++
		t := c.peek()
		if !isName(t) {
			return c.unexpected("the window's name")
		}
		if !c.peekAt(1).is("AS") || !c.peekAt(2).group("(") {
			c.i++
			return c.unexpected("AS and a window in parentheses")
		}
		spec, err := c.r.window(c.peekAt(2))
		if err != nil {
			return err
		}
		more.windows = append(more.windows, NamedWindow{*c.r.nameOf(t), *spec})
		c.i += 3
		if !c.peek().op(",") {
			return nil
		}
	}
}

// orderBy writes ORDER BY; each item becomes a call of a slot that holds its direction.
func (c *cursor) orderBy() error {
	c.keyword()
	if !c.peek().is("BY") {
		return c.unexpected("BY")
	}
	c.keyword()
	for {
		if err := c.orderItem(); err != nil {
			return err
		}
		if !c.peek().op(",") {
			return nil
		}
		c.mark(",", c.peek().Pos)
		c.i++
	}
}

func (c *cursor) orderItem() error {
	src := c.peek().Pos
	s := &cursor{r: c.r, in: c.in, i: c.i, end: c.end}
	err := s.exprs(func() bool {
		t := s.peek()
		return t.op(",") || t.is("ASC", "DESC", "USING") || t.is("NULLS") && s.peekAt(1).is("FIRST", "LAST") || s.clause()
	})
	if err != nil {
		return err
	}
	if len(s.out) == 0 {
		c.i = s.i
		return c.unexpected("an expression")
	}
	c.i = s.i
	item := &OrderItem{}
	if c.peek().is("ASC", "DESC") {
		item.Desc = c.peek().is("DESC")
		c.i++
	}
	if op := c.peekAt(1); c.peek().is("USING") && (op.op("<") || op.op(">")) {
		item.Desc = op.op(">")
		c.i += 2
	}
	if c.peek().is("NULLS") && c.peekAt(1).is("FIRST", "LAST") {
		first := c.peekAt(1).is("FIRST")
		item.NullsFirst = &first
		c.i += 2
	}
	c.put(&node{kind: nodeCall, text: c.r.slot(item), src: src, kids: s.out})
	return nil
}

// limit reads one of LIMIT n | ALL, OFFSET n [ROWS], FETCH FIRST [n] ROWS ONLY | WITH TIES.
func (c *cursor) limit(lim *limits) error {
	t := c.peek()
	if t.is("OFFSET") && lim.offset != nil || !t.is("OFFSET") && lim.limit != nil {
		return unexpected(t.Token, c.r.text, "")
	}
	c.i++
	if t.is("FETCH") {
		if !c.peek().is("FIRST", "NEXT") {
			return c.unexpected("FIRST")
		}
		c.i++
	}
	from := c.i
	if t.is("LIMIT") && c.peek().is("ALL") {
		c.i++
		return nil
	}
	for !c.done() && !c.peek().is("OFFSET", "LIMIT", "FETCH", "ROW", "ROWS", "UNION", "INTERSECT", "EXCEPT") {
		c.i++
	}
	var e Expr
	var err error
	if t.is("FETCH") && c.i == from {
		e = &NumberLit{Node: Node{sqlerr.At(t.Pos)}, Text: "1"} // FETCH FIRST ROW ONLY
	} else if e, err = c.r.exprOf(c.in[from:c.i], c.end); err != nil {
		return err
	}
	if t.is("OFFSET") {
		lim.offset = e
	} else {
		lim.limit = e
	}
	if c.peek().is("ROW", "ROWS") {
		c.i++
	}
	if t.is("FETCH") {
		switch {
		case c.peek().is("ONLY"):
			c.i++
		case c.peek().is("WITH") && c.peekAt(1).is("TIES"):
			lim.ties = true
			c.i += 2
		default:
			return c.unexpected("ONLY or WITH TIES")
		}
	}
	return nil
}

// values writes VALUES (…), (…).
func (c *cursor) values() error {
	c.keyword()
	columns := -1
	for {
		if c.peek().is("ROW") {
			c.i++
		}
		g := c.peek()
		if !g.group("(") {
			return c.unexpected("a row in parentheses")
		}
		if n := len(splitTrees(g.kids)); columns < 0 {
			columns = n
		} else if n != columns {
			return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(g.Pos), "this row of VALUES has %d columns, the first has %d", n, columns)
		}
		s := c.sub(g)
		if err := s.exprs(nothing); err != nil {
			return err
		}
		if len(s.out) == 0 {
			c.i++
			return unexpected(g.close, c.r.text, "a value")
		}
		c.mark("ROW", g.Pos)
		c.put(&node{kind: nodeGroup, src: g.Pos, end: g.close.Pos, kids: s.out})
		c.i++
		if !c.peek().op(",") {
			return nil
		}
		c.mark(",", c.peek().Pos)
		c.i++
	}
}
