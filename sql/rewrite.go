package sql

import (
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// The grammar that parses queries is MySQL's. It is given a text in which only the skeleton is left: keywords,
// operators, parentheses and commas. Every name, literal, type, function and table is replaced by a slot, a quoted
// number, and stands in a list beside the text. So nothing of MySQL's own can leak: it has no function, no literal and
// no name to read in its way. What its grammar lacks becomes a call of a slot.
//
//	SELECT a::int, count(*) FILTER (WHERE b) FROM TUMBLE(t, at, INTERVAL '1 s') AS w
//	SELECT `1`( `0` ), `2`( ) FROM `3` AS `4`

// rewriter replaces the parts of one statement. Slots are shared by all texts that are parsed for it.
type rewriter struct {
	text  string
	slots []any
	depth int // of what is being read
}

// Slots that are no Expr, Name, Alias, ObjectName, *Call, *Cast, *OrderItem or *TableFunc.
type (
	wildcard   []string // t.*
	operator   string   // a binary operator that is written as a call of two
	quantifier bool     // ANY(array or query); true: ALL
	fullJoin   struct{} // the condition of a LEFT JOIN that is a FULL one
	distinctOn struct{}
	limits     struct{ limit, offset Expr }
)

func (r *rewriter) slot(x any) string {
	r.slots = append(r.slots, x)
	return slotName(len(r.slots) - 1)
}

// expr parses an expression out of tokens; end is where the statement goes on behind them.
func (r *rewriter) expr(tokens []Token, end int) (Expr, error) {
	ts, err := grow(tokens)
	if err != nil {
		return nil, err
	}
	return r.exprOf(ts, end)
}

func (r *rewriter) exprOf(ts []*tree, end int) (Expr, error) {
	if len(ts) == 0 {
		return nil, unexpected(Token{Kind: Bad, Pos: end, End: end}, r.text, "an expression")
	}
	c := &cursor{r: r, in: ts, end: end}
	if err := c.exprs(nothing); err != nil {
		return nil, err
	}
	return r.parseExpr(c.out, end)
}

// query parses a query out of tokens.
func (r *rewriter) query(tokens []Token, end int) (*Query, error) {
	ts, err := grow(tokens)
	if err != nil {
		return nil, err
	}
	if len(tokens) > 0 {
		end = tokens[len(tokens)-1].End
	}
	start := Node{}
	if len(ts) > 0 {
		start.At = sqlerr.At(ts[0].Pos)
	}
	emit, ts, err := r.emit(ts, end)
	if err != nil {
		return nil, err
	}
	c := &cursor{r: r, in: ts, end: end}
	if err := c.query(); err != nil {
		return nil, err
	}
	q, err := r.parseQuery(c.out, end)
	if err != nil {
		return nil, err
	}
	q.Node, q.Emit = start, emit
	return q, nil
}

// emit takes EMIT … off the end of a query.
func (r *rewriter) emit(ts []*tree, end int) (*Emit, []*tree, error) {
	for i, t := range ts {
		if !t.is("EMIT") || i+1 == len(ts) || !ts[i+1].is("ON", "CHANGES", "EVERY") {
			continue
		}
		e := &Emit{Node: Node{sqlerr.At(t.Pos)}}
		p := &parser{text: r.text, tokens: flatten(ts[i+1:])}
		switch {
		case p.accept("ON", "WINDOW", "CLOSE"):
		case p.accept("CHANGES"):
			e.Mode = OnChange
		case p.accept("EVERY"):
			e.Mode = OnInterval
			var err error
			if e.Every, err = r.expr(p.rest(), end); err != nil {
				return nil, nil, err
			}
		default:
			return nil, nil, p.unexpected("ON WINDOW CLOSE, CHANGES or EVERY INTERVAL '…'")
		}
		return e, ts[:i], p.finished()
	}
	return nil, ts, nil
}

// cursor walks over the trees of one bracket level and writes nodes.
type cursor struct {
	r   *rewriter
	in  []*tree
	i   int
	end int // where the level ends in the text
	out []*node
}

func (c *cursor) sub(t *tree) *cursor { return &cursor{r: c.r, in: t.kids, end: t.close.Pos} }

var endTree = &tree{Token: Token{Kind: Bad}}

func (c *cursor) peekAt(n int) *tree {
	if c.i+n < len(c.in) && c.i+n >= 0 {
		return c.in[c.i+n]
	}
	return endTree
}

func (c *cursor) peek() *tree { return c.peekAt(0) }
func (c *cursor) done() bool  { return c.i >= len(c.in) }

func (c *cursor) last() *node {
	if len(c.out) == 0 {
		return nil
	}
	return c.out[len(c.out)-1]
}

func (c *cursor) put(n *node)               { c.out = append(c.out, n) }
func (c *cursor) mark(text string, src int) { c.put(&node{kind: nodeMark, text: text, src: src}) }
func (c *cursor) atom(x any, src int) {
	c.put(&node{kind: nodeAtom, text: c.r.slot(x), src: src})
}

// op writes an operator.
func (c *cursor) op(text string, src int) { c.put(&node{kind: nodeOp, text: text, src: src}) }

// keyword writes the next word as it is.
func (c *cursor) keyword() {
	t := c.peek()
	c.mark(strings.ToUpper(t.Text), t.Pos)
	c.i++
}

func (c *cursor) unexpected(want string) error {
	t := c.peek().Token
	if c.done() {
		t = Token{Kind: Bad, Pos: c.end, End: c.end}
	}
	return unexpected(t, c.r.text, want)
}

// reserved are the words that are no names unless they are quoted.
var reserved = words(`SELECT FROM WHERE GROUP HAVING ORDER UNION INTERSECT EXCEPT JOIN INNER LEFT RIGHT FULL CROSS NATURAL
	ON USING AS AND OR NOT IN IS NULL TRUE FALSE LIKE ILIKE BETWEEN CASE WHEN THEN ELSE END DISTINCT ALL ANY SOME EXISTS WITH
	VALUES BY ASC DESC INTO CREATE INSERT TABLE LATERAL`)

// hard are the words that end any list of expressions; soft ones do where no operand is awaited.
var (
	hard = words("FROM WHERE GROUP HAVING ORDER UNION INTERSECT EXCEPT")
	soft = words("LIMIT OFFSET FETCH WINDOW QUALIFY")
)

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

func isReserved(t *tree) bool { return t.Kind == Word && reserved[strings.ToUpper(t.Text)] }

// isName reports whether a tree can be a name.
func isName(t *tree) bool { return t.Kind == Quoted || t.Kind == Word && !isReserved(t) }

// clause reports whether the next tree begins another clause of a query.
func (c *cursor) clause() bool {
	t := c.peek()
	if t.Kind != Word {
		return false
	}
	upper := strings.ToUpper(t.Text)
	if hard[upper] {
		return true
	}
	if !soft[upper] || !c.last().operand() && !c.starLast() {
		return false
	}
	next := c.peekAt(1)
	return next != endTree && !next.op(".") && !next.op(",") && !hard[strings.ToUpper(next.Text)] && !next.op("::")
}

func (c *cursor) starLast() bool { return c.last() != nil && c.last().text == "*" }

func nothing() bool { return false }

// exprs writes expressions, commas between them, until stop or the end of the level.
func (c *cursor) exprs(stop func() bool) error {
	for !c.done() && !stop() {
		if err := c.one(); err != nil {
			return err
		}
	}
	return nil
}

// query writes a whole query: what stands in a level of its own.
func (c *cursor) query() error {
	if c.done() {
		return c.unexpected("a query")
	}
	var lim *limits
	for !c.done() {
		t := c.peek()
		var err error
		switch {
		case t.is("WITH"):
			err = c.with()
		case t.is("SELECT"):
			err = c.selectList()
		case t.is("FROM"):
			c.keyword()
			err = c.from()
		case t.is("WHERE"), t.is("HAVING"):
			c.keyword()
			err = c.exprs(c.clause)
		case t.is("GROUP"):
			err = c.groupBy()
		case t.is("ORDER"):
			err = c.orderBy()
		case t.is("LIMIT", "OFFSET", "FETCH"):
			if lim == nil {
				lim = &limits{}
				c.mark("LIMIT", t.Pos)
				c.r.slots = append(c.r.slots, lim)
				c.mark(strings.Trim(slotName(len(c.r.slots)-1), "`"), t.Pos)
			}
			err = c.limit(lim)
		case t.is("UNION", "INTERSECT", "EXCEPT"):
			c.keyword()
			if c.peek().is("ALL", "DISTINCT") {
				c.keyword()
			}
			lim = nil
		case t.is("VALUES"):
			err = c.values()
		case t.is("TABLE"):
			c.mark("SELECT", t.Pos)
			c.mark("*", t.Pos)
			c.mark("FROM", t.Pos)
			c.i++
			err = c.tableName()
		case t.group("("):
			s := c.sub(t)
			if err = s.query(); err == nil {
				c.put(&node{kind: nodeGroup, src: t.Pos, kids: s.out})
				c.i++
			}
		case t.is("QUALIFY"):
			err = sqlerr.Unsupported(sqlerr.At(t.Pos), "QUALIFY", "Filter in an outer query.")
		case t.is("WINDOW"):
			err = sqlerr.Unsupported(sqlerr.At(t.Pos), "WINDOW", "Write the window into each OVER (…).")
		default:
			err = c.misplaced()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// misplaced is the error about a tree that begins no clause, with the keyword that it may have been meant for.
func (c *cursor) misplaced() error {
	err := c.unexpected("").(*sqlerr.Error)
	for _, t := range []*tree{c.peekAt(-1), c.peek()} {
		if t.Kind != Word || isReserved(t) {
			continue
		}
		hint := sqlerr.Suggest(strings.ToUpper(t.Text), []string{"SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "UNION"})
		if strings.HasPrefix(hint, "Did you mean") {
			err.Pos, err.Message = sqlerr.At(t.Pos), "syntax error at or near \""+t.Text+"\""
			err.Hint = strings.ReplaceAll(hint, `"`, "")
			break
		}
	}
	return err
}

// with writes WITH [RECURSIVE] name [(columns)] AS (query), ….
func (c *cursor) with() error {
	c.keyword()
	if c.peek().is("RECURSIVE") {
		c.keyword()
	}
	for {
		t := c.peek()
		if !isName(t) {
			return c.unexpected("a name")
		}
		alias := Alias{Name: c.r.nameOf(t)}
		c.i++
		if g := c.peek(); g.group("(") {
			var err error
			if alias.Columns, err = c.r.names(g); err != nil {
				return err
			}
			c.i++
		}
		c.atom(alias, t.Pos)
		if !c.peek().is("AS") {
			return c.unexpected("AS")
		}
		c.keyword()
		if c.peek().is("NOT") && c.peekAt(1).is("MATERIALIZED") {
			c.i++
		}
		if c.peek().is("MATERIALIZED") {
			c.i++
		}
		g := c.peek()
		if !g.group("(") {
			return c.unexpected("a query in parentheses")
		}
		s := c.sub(g)
		if err := s.query(); err != nil {
			return err
		}
		c.put(&node{kind: nodeGroup, src: g.Pos, kids: s.out})
		c.i++
		if !c.peek().op(",") {
			return nil
		}
		c.mark(",", c.peek().Pos)
		c.i++
	}
}

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
		case t.is("GROUPING") && c.peekAt(1).is("SETS"):
			return sqlerr.Unsupported(sqlerr.At(t.Pos), "GROUPING SETS", "Write one query a set and put them together with UNION ALL.")
		case t.is("ROLLUP", "CUBE") && c.peekAt(1).group("("):
			return sqlerr.Unsupported(sqlerr.At(t.Pos), strings.ToUpper(t.Text), "Write one query a set and put them together with UNION ALL.")
		}
		if err := c.one(); err != nil {
			return err
		}
	}
	return nil
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
		return t.op(",") || t.is("ASC", "DESC") || t.is("NULLS") && s.peekAt(1).is("FIRST", "LAST") || s.clause()
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
	if c.peek().is("NULLS") && c.peekAt(1).is("FIRST", "LAST") {
		first := c.peekAt(1).is("FIRST")
		item.NullsFirst = &first
		c.i += 2
	}
	c.put(&node{kind: nodeCall, text: c.r.slot(item), src: src, kids: s.out})
	return nil
}

// limit reads one of LIMIT n | ALL, OFFSET n [ROWS], FETCH FIRST n ROWS ONLY.
func (c *cursor) limit(lim *limits) error {
	t := c.peek()
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
	e, err := c.r.exprOf(c.in[from:c.i], c.end)
	if err != nil {
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
		if !c.peek().is("ONLY") {
			return c.unexpected("ONLY")
		}
		c.i++
	}
	return nil
}

// values writes VALUES (…), (…).
func (c *cursor) values() error {
	c.keyword()
	for {
		g := c.peek()
		if !g.group("(") {
			return c.unexpected("a row in parentheses")
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
		c.put(&node{kind: nodeGroup, src: g.Pos, kids: s.out})
		c.i++
		if !c.peek().op(",") {
			return nil
		}
		c.mark(",", c.peek().Pos)
		c.i++
	}
}

func (r *rewriter) nameOf(t *tree) *Name {
	n := &Name{Node: Node{sqlerr.At(t.Pos)}, Text: t.Text}
	if t.Kind == Word {
		n.Text = fold(t.Text)
	}
	return n
}

// names reads a list of names out of a group.
func (r *rewriter) names(g *tree) ([]Name, error) {
	p := &parser{text: r.text, tokens: flatten([]*tree{g})}
	return p.nameList("a name")
}

// typeAt reads a type that begins at the cursor.
func (c *cursor) typeAt() (types.Type, error) {
	p := &parser{text: c.r.text, tokens: flatten(c.in[c.i:])}
	t, err := p.typ()
	if err != nil {
		return t, err
	}
	for n := 0; n < p.at && !c.done(); c.i++ {
		n += len(flatten(c.in[c.i : c.i+1]))
	}
	return t, nil
}

// dottedName is the trees at the cursor that can be a name with dots.
func (c *cursor) dottedName() []*tree {
	n := 1
	for c.peekAt(n).op(".") {
		n += 2
	}
	return c.in[min(c.i, len(c.in)):min(c.i+n, len(c.in))]
}
