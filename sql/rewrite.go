package sql

import (
	"strings"

	"millrace/sqlerr"
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

	grammar *grammar // made when it is first wanted
}

// Slots that are no Expr, Name, Alias, *TableName, *TableFunc, *Call, *Cast, *OrderItem or *GroupItem, nor an operator's
// node without its operands.
type (
	wildcard   []string // t.*
	operator   string   // a binary operator that is written as a call of two
	quantifier bool     // ANY(array or query); true: ALL
	fullJoin   struct { // the condition of a LEFT JOIN that is a FULL one; its own is the argument, where it has one
		using   []Name
		natural bool // the columns that both have
	}
	distinctOn struct{}
	clauses    struct { // of a SELECT that the grammar has none of; stands for a first column
		qualify Expr
		windows []NamedWindow
	}
	limits struct {
		limit, offset Expr
		ties          bool
	}
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

	list   int      // where the columns of the SELECT that is read begin in out
	extras *clauses // of that SELECT
	tail   *tree    // the ORDER BY or LIMIT that has been read, after which no set operation may come
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
	if c.r.depth++; c.r.depth > maxDepth {
		return tooDeep(sqlerr.At(c.peek().Pos))
	}
	defer func() { c.r.depth-- }()
	var lim *limits
	operations := 0
	for !c.done() {
		t := c.peek()
		var err error
		switch {
		case t.is("WITH"):
			if err = c.with(); err == nil {
				err = c.behindWith()
			}
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
			c.tail = t
			err = c.orderBy()
		case t.is("LIMIT", "OFFSET", "FETCH"):
			if lim == nil {
				c.tail = t
				lim = &limits{}
				c.mark("LIMIT", t.Pos)
				c.r.slots = append(c.r.slots, lim)
				c.mark(strings.Trim(slotName(len(c.r.slots)-1), "`"), t.Pos)
			}
			err = c.limit(lim)
		case t.is("UNION", "INTERSECT", "EXCEPT"):
			if c.tail != nil {
				return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(c.tail.Pos), "%s stands before %s", strings.ToUpper(c.tail.Text), strings.ToUpper(t.Text)).
					WithHint("Put the query that it belongs to in parentheses, or move it to the end.")
			}
			if operations++; operations > maxChain {
				return sqlerr.New("54001", sqlerr.At(t.Pos), "more than %d set operations in a row", maxChain)
			}
			c.keyword()
			if c.peek().is("ALL", "DISTINCT") {
				c.keyword()
			}
			c.list, c.extras = -1, nil
		case t.is("VALUES"):
			err = c.values()
		case t.is("TABLE"):
			c.mark("SELECT", t.Pos)
			c.mark("*", t.Pos)
			c.mark("FROM", t.Pos)
			c.i++
			if !isName(c.peek()) {
				return c.unexpected("a table")
			}
			err = c.tableName()
		case t.group("("):
			s := c.sub(t)
			if err = s.query(); err == nil {
				c.put(&node{kind: nodeGroup, src: t.Pos, end: t.close.Pos, kids: s.out, query: true})
				c.i++
			}
		case t.is("QUALIFY"):
			err = c.qualify()
		case t.is("WINDOW"):
			err = c.namedWindows()
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
		upper := strings.ToUpper(t.Text)
		hint := habits[upper]
		if near := nearest(upper, clauseWords); near != "" {
			hint = "Did you mean " + near + "?"
		}
		if hint != "" {
			err.Pos, err.Message, err.Hint = sqlerr.At(t.Pos), "syntax error at or near \""+t.Text+"\"", hint
			break
		}
	}
	return err
}

// clauseWords are the keywords that an alias without AS may be a slip of.
var clauseWords = strings.Fields("SELECT FROM WHERE GROUP HAVING ORDER LIMIT OFFSET UNION INTERSECT EXCEPT JOIN LEFT RIGHT INNER WINDOW QUALIFY USING VALUES")

// nearest is the keyword that a word is a slip of: one edit away, two in a long word. It is empty where there is none.
func nearest(word string, keywords []string) string {
	most := 1
	if len(word) > 5 {
		most = 2
	}
	if len(word) < 4 {
		return ""
	}
	return sqlerr.Nearest(word, keywords, most)
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
		c.put(&node{kind: nodeGroup, src: g.Pos, end: g.close.Pos, kids: s.out, query: true})
		c.i++
		if !c.peek().op(",") {
			return nil
		}
		c.mark(",", c.peek().Pos)
		c.i++
	}
}

// behindWith looks at a query in parentheses behind WITH. Alone it is read as if it had none. The grammar takes no more
// than that, and it forgets the WITH of the inner query: both are refused.
func (c *cursor) behindWith() error {
	for c.peek().group("(") {
		g := c.peek()
		switch {
		case len(g.kids) > 0 && g.kids[0].is("WITH"):
			return sqlerr.Unsupported(sqlerr.At(g.kids[0].Pos), "WITH around a query with its own WITH", "Put all of it into the outer one.")
		case c.peekAt(1) != endTree:
			return sqlerr.Unsupported(sqlerr.At(g.Pos), "a query in parentheses as the first after WITH", "Write SELECT * FROM (…) AS name.")
		case len(g.kids) == 0:
			return unexpected(g.close, c.r.text, "a query")
		}
		c.in, c.i, c.end = g.kids, 0, g.close.Pos
	}
	return nil
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
func (c *cursor) typeAt() (written, error) {
	trees := c.typeTrees()
	p := &parser{text: c.r.text, tokens: flatten(trees), stop: Token{Kind: Bad, Pos: c.end, End: c.end}}
	if follows := c.peekAt(len(trees)); follows != endTree {
		p.stop = follows.Token
	}
	t, err := p.writtenType()
	for n := 0; err == nil && n < p.at; c.i++ {
		n += len(flatten(c.in[c.i : c.i+1]))
	}
	return t, err
}

// typeTrees is the trees at the cursor that can be a type.
func (c *cursor) typeTrees() []*tree {
	n, angles := 0, 0
	for {
		t := c.peekAt(n)
		switch {
		case t.Kind == Word, t.Kind == Quoted, t.group("("), t.group("["), t.op("."):
		case t.op("<"):
			angles++
		case t.op(">"), t.op(">>"):
			if angles -= len(t.Text); angles < -1 {
				return c.in[c.i : c.i+n]
			}
		case angles > 0 && (t.op(",") || t.op(":")):
		default:
			return c.in[min(c.i, len(c.in)):min(c.i+n, len(c.in))]
		}
		n++
	}
}

// dottedName is the trees at the cursor that can be a name with dots.
func (c *cursor) dottedName() []*tree {
	n := 1
	for c.peekAt(n).op(".") {
		n += 2
	}
	return c.in[min(c.i, len(c.in)):min(c.i+n, len(c.in))]
}
