package sql

import (
	"slices"
	"strconv"
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// likeOperators are PostgreSQL's signs for LIKE and ILIKE.
var likeOperators = map[string]string{"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE"}

// habits are signs and words of other dialects, and what to write here.
var habits = map[string]string{
	"!": "Use NOT.", "==": "Use = to compare.", "<=>": "Use IS NOT DISTINCT FROM.", ":=": "Use = or =>.",
	"@":   "Settings are read with SHOW name.",
	"DIV": "Use /: it is whole between integers.", "MOD": "Use % or mod(a, b).", "XOR": "Use <> between booleans, # between integers.",
	"REGEXP": "Use ~ for regular expressions.", "RLIKE": "Use ~ for regular expressions.", "STRAIGHT_JOIN": "Use JOIN.",
	"TOP": "Use LIMIT at the end.", "MINUS": "Use EXCEPT.", "SEMI": "Use WHERE … IN (SELECT …) or EXISTS (SELECT …).",
	"ANTI": "Use WHERE NOT EXISTS (SELECT …).", "BINARY": "Use ::BYTEA.",
}

// keywords of expressions that are no names where they stand alone.
var exprWords = words("AND OR NOT IN IS NULL TRUE FALSE LIKE BETWEEN EXISTS WHEN THEN ELSE")

// one writes what the next tree, and those that belong to it, mean in an expression.
func (c *cursor) one() error {
	t := c.peek()
	if c.last().operand() && (t.Kind == String || t.Kind == Number || t.Kind == Parameter || t.Kind == Quoted || t.group("(")) {
		return c.misplaced()
	}
	switch t.Kind {
	case String:
		c.atom(Expr(&StringLit{Node{sqlerr.At(t.Pos)}, t.Text}), t.Pos)
		c.i++
		return nil
	case Number:
		c.atom(Expr(&NumberLit{Node{sqlerr.At(t.Pos)}, t.Text}), t.Pos)
		c.i++
		return nil
	case Parameter:
		n, err := strconv.Atoi(t.Text)
		if err != nil || n < 1 || n > 65535 {
			return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "there is no parameter $%s", t.Text)
		}
		c.atom(Expr(&Param{Node{sqlerr.At(t.Pos)}, n}), t.Pos)
		c.i++
		return nil
	case Operator:
		return c.operator()
	case Quoted:
		return c.name()
	}
	return c.word()
}

func (c *cursor) operator() error {
	t := c.peek()
	switch {
	case t.group("("):
		s := c.sub(t)
		var err error
		isQuery := nestedQuery(t)
		if isQuery {
			err = s.query()
		} else {
			err = s.exprs(nothing)
		}
		if err != nil {
			return err
		}
		if len(s.out) == 0 {
			return unexpected(t.close, c.r.text, "an expression")
		}
		c.put(&node{kind: nodeGroup, src: t.Pos, end: t.close.Pos, kids: s.out, query: isQuery})
		c.i++
		return nil
	case t.group("["):
		return c.subscript()
	case t.op("."):
		return c.field()
	case t.op("::"):
		return c.cast()
	case t.op(","):
		c.mark(",", t.Pos)
		c.i++
		return nil
	}
	text := t.Text
	if text == "!=" {
		text = "<>"
	}
	if like, ok := likeOperators[text]; ok {
		text = like
	}
	if prefixOperator(text) && !c.last().operand() {
		c.op(text, t.Pos)
		c.i++
		return nil
	}
	if text == "?" && !c.last().operand() {
		return sqlerr.Unsupported(sqlerr.At(t.Pos), "the parameter ?", "Parameters are $1, $2, …")
	}
	if infixPower(text) == 0 {
		if strings.Contains(")]", text) || !c.last().operand() && habits[text] == "" {
			return c.unexpected("")
		}
		return sqlerr.Unsupported(sqlerr.At(t.Pos), "the operator "+text, habits[text])
	}
	c.op(text, t.Pos)
	c.i++
	return nil
}

// nestedQuery reports whether a group holds a query, in more parentheses maybe.
func nestedQuery(g *tree) bool {
	if len(g.kids) == 0 {
		return false
	}
	if g.kids[0].is("SELECT", "WITH", "VALUES", "TABLE") {
		return true
	}
	return g.kids[0].group("(") && nestedQuery(g.kids[0]) && (len(g.kids) == 1 || g.kids[1].is(behindQuery...))
}

// behindQuery go on with a query that stands in parentheses: ((SELECT 1) UNION …), unlike ((SELECT 1) + 1).
var behindQuery = []string{"UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH"}

// takeLeft takes back the operand that was written last.
func (c *cursor) takeLeft() (*node, error) {
	n := c.last()
	if !n.operand() {
		return nil, c.unexpected("a value before it")
	}
	c.out = c.out[:len(c.out)-1]
	return n, nil
}

// call writes a call of a slot.
func (c *cursor) call(slot any, src int, args ...*node) {
	n := &node{kind: nodeCall, text: c.r.slot(slot), src: src}
	for i, a := range args {
		if i > 0 {
			n.kids = append(n.kids, &node{kind: nodeMark, text: ",", src: src})
		}
		n.kids = append(n.kids, a)
	}
	c.put(n)
}

func (c *cursor) subscript() error {
	t := c.peek()
	if c.peekAt(-1).is("ARRAY") {
		return c.unexpected("")
	}
	left, err := c.takeLeft()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(t.kids, func(k *tree) bool { return k.op(":") }) {
		return c.slice(left)
	}
	s := c.sub(t)
	if err := s.exprs(nothing); err != nil {
		return err
	}
	if len(s.out) == 0 {
		return unexpected(t.close, c.r.text, "a position")
	}
	c.i++
	c.call(&Subscript{Node: Node{sqlerr.At(t.Pos)}}, t.Pos, left, &node{kind: nodeGroup, src: t.Pos, end: t.close.Pos, kids: s.out})
	return nil
}

// field writes (x).name.
func (c *cursor) field() error {
	t := c.peek()
	left, err := c.takeLeft()
	if err != nil {
		return err
	}
	n := c.peekAt(1)
	if n.Kind != Word && n.Kind != Quoted {
		c.i++
		return c.unexpected("a field's name")
	}
	c.i += 2
	c.call(&FieldOf{Node: Node{sqlerr.At(n.Pos)}, Name: c.r.nameOf(n).Text}, t.Pos, left)
	return nil
}

func (c *cursor) cast() error {
	t := c.peek()
	left, err := c.takeLeft()
	if err != nil {
		return err
	}
	c.i++
	to, err := c.typeAt()
	if err != nil {
		return err
	}
	return c.castTo(to, sqlerr.At(t.Pos), t.Pos, false, left)
}

// castTo writes a cast of n. A text type with a length cuts the text, as PostgreSQL's casts do; what else a cast would
// have to cut or pad is refused.
func (c *cursor) castTo(to written, pos sqlerr.Pos, src int, try bool, n *node) error {
	cast := &Cast{Node: Node{pos}, Type: to.Type, Try: try}
	if to.narrow == "" {
		c.call(cast, src, n)
		return nil
	}
	if to.length == 0 {
		return sqlerr.Unsupported(to.pos, "a cast to "+to.narrow, "Leave out what stands in parentheses; date_trunc, left and rpad cut and pad.")
	}
	c.call(cast, src, n)
	inner := c.out[len(c.out)-1]
	c.out = c.out[:len(c.out)-1]
	length := &node{kind: nodeAtom, text: c.r.slot(Expr(&NumberLit{Node{to.pos}, strconv.Itoa(to.length)})), src: src}
	c.call(&Call{Node: Node{pos}, Name: "left"}, src, inner, length)
	return nil
}

// word writes a keyword, a literal that begins with one, or a name.
func (c *cursor) word() error {
	t := c.peek()
	upper := strings.ToUpper(t.Text)
	next := c.peekAt(1)
	switch {
	case upper == "CASE":
		return c.caseExpr()
	case upper == "NULL":
		c.atom(Expr(&NullLit{Node{sqlerr.At(t.Pos)}}), t.Pos)
		c.i++
		return nil
	case upper == "TRUE", upper == "FALSE":
		c.atom(Expr(&BoolLit{Node{sqlerr.At(t.Pos)}, upper == "TRUE"}), t.Pos)
		c.i++
		return nil
	case upper == "AND", upper == "OR":
		c.op(upper, t.Pos)
		c.i++
		return nil
	case c.predicate():
		return c.predicateWord()
	case upper == "NOT":
		c.op(upper, t.Pos)
		c.i++
		return nil
	case upper == "EXISTS" && next.group("("):
		c.op(upper, t.Pos)
		c.i++
		return nil
	case upper == "INTERVAL" && c.startsInterval():
		return c.interval()
	case upper == "ARRAY" && next.group("["):
		return c.array()
	case upper == "ARRAY" && next.group("("):
		c.i++
		n, err := c.subquery()
		if err == nil {
			c.call(&ArrayQuery{Node: Node{sqlerr.At(t.Pos)}}, t.Pos, n)
		}
		return err
	case (upper == "ANY" || upper == "SOME" || upper == "ALL") && next.group("("):
		return c.quantified(upper == "ALL")
	case (upper == "CAST" || upper == "TRY_CAST") && next.group("("):
		return c.castCall(upper == "TRY_CAST")
	case upper == "EXTRACT" && next.group("("):
		return c.extract()
	case (upper == "SUBSTRING" || upper == "TRIM" || upper == "POSITION" || upper == "OVERLAY") && next.group("(") && c.wordy(upper, next):
		return c.wordyCall(upper)
	case upper == "ROW" && next.group("("):
		s := c.sub(next)
		if err := s.exprs(nothing); err != nil {
			return err
		}
		c.put(&node{kind: nodeCall, text: c.r.slot(&RowLit{Node: Node{sqlerr.At(t.Pos)}}), src: t.Pos, kids: s.out})
		c.i += 2
		return nil
	case upper == "WHEN", upper == "THEN", upper == "ELSE":
		c.keyword()
		return nil
	case (upper == "LEFT" || upper == "RIGHT") && next.group("(") && !c.last().operand():
		return c.name()
	case reserved[upper]:
		return c.misplaced()
	}
	if typed, err := c.typed(); typed || err != nil {
		return err
	}
	return c.name()
}

// predicate reports whether the next word goes on with an operand as a predicate: IS, IN, LIKE and the like.
func (c *cursor) predicate() bool {
	if !c.last().operand() {
		return false
	}
	t, next := c.peek(), c.peekAt(1)
	if t.is("NOT") {
		return next.is("IN", "LIKE", "ILIKE", "BETWEEN") || next.is("SIMILAR") && c.peekAt(2).is("TO")
	}
	return t.is("IS", "IN", "LIKE", "ILIKE", "BETWEEN", "ESCAPE", "ISNULL", "NOTNULL", "COLLATE", "OVERLAPS") ||
		t.is("SIMILAR") && next.is("TO") || t.is("AT") && (next.is("TIME") && c.peekAt(2).is("ZONE") || next.is("LOCAL")) ||
		t.is("OPERATOR") && next.group("(")
}

// predicateWord writes what predicate has found.
func (c *cursor) predicateWord() error {
	t := c.peek()
	src, not := t.Pos, ""
	if t.is("NOT") {
		not = "NOT "
		c.i++
		t = c.peek()
	}
	c.i++
	switch upper := strings.ToUpper(t.Text); upper {
	case "IS":
		return c.is(src)
	case "ISNULL":
		c.op("IS NULL", src)
	case "NOTNULL":
		c.op("IS NOT NULL", src)
	case "SIMILAR":
		c.i++
		c.op(not+"SIMILAR TO", src)
	case "BETWEEN":
		if c.peek().is("SYMMETRIC") {
			upper = "BETWEEN SYMMETRIC"
			c.i++
		} else if c.peek().is("ASYMMETRIC") {
			c.i++
		}
		c.op(not+upper, src)
	case "AT":
		if c.peek().is("LOCAL") {
			return sqlerr.Unsupported(sqlerr.At(src), "AT LOCAL", "Write AT TIME ZONE 'name'.")
		}
		c.i += 2
		c.op("AT TIME ZONE", src)
	case "COLLATE":
		return c.collate(src)
	case "OPERATOR":
		return c.namedOperator()
	default:
		c.op(not+upper, src)
	}
	return nil
}

// is writes what follows IS as one operator.
func (c *cursor) is(src int) error {
	text := "IS "
	if c.peek().is("NOT") {
		text = "IS NOT "
		c.i++
	}
	t := c.peek()
	switch {
	case t.is("NULL", "TRUE", "FALSE", "UNKNOWN"):
		c.op(text+strings.ToUpper(t.Text), src)
	case t.is("DISTINCT") && c.peekAt(1).is("FROM"):
		c.i++
		c.op(text+"DISTINCT FROM", src)
	default:
		return c.unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM")
	}
	c.i++
	return nil
}

// collate reads the name of a collation. Text is compared by its bytes, which is what "C" says.
func (c *cursor) collate(src int) error {
	p := &parser{text: c.r.text, tokens: flatten(c.dottedName())}
	n, err := p.objectName("a collation")
	if err != nil {
		return c.unexpected("a collation")
	}
	c.i += p.at
	last := n.Parts[len(n.Parts)-1]
	switch strings.ToLower(last) {
	case "c", "default", "posix", "ucs_basic":
		return nil
	}
	return sqlerr.Unsupported(sqlerr.At(src), "COLLATE "+last, `Text is compared by its bytes, as COLLATE "C" does.`)
}

// namedOperator reads (pg_catalog.+), PostgreSQL's long way to write an operator.
func (c *cursor) namedOperator() error {
	g := c.peek()
	s := c.sub(g)
	if s.peek().is("pg_catalog") && s.peekAt(1).op(".") {
		s.i += 2
	}
	op := s.peek()
	text := op.Text
	if text == "!=" {
		text = "<>"
	}
	if like, ok := likeOperators[text]; ok {
		text = like
	}
	if op.Kind != Operator || infixPower(text) == 0 || s.i+1 != len(s.in) {
		return s.unexpected("an operator")
	}
	c.i++
	c.op(text, op.Pos)
	return nil
}

// quantified writes ANY ( … ) or ALL ( … ), of an array or a query.
func (c *cursor) quantified(all bool) error {
	t, g := c.peek(), c.peekAt(1)
	s := c.sub(g)
	var err error
	if nestedQuery(g) {
		err = s.query()
	} else {
		err = s.exprs(nothing)
	}
	if err != nil {
		return err
	}
	c.i += 2
	c.call(quantifier(all), t.Pos, &node{kind: nodeGroup, src: g.Pos, end: g.close.Pos, kids: s.out, query: nestedQuery(g)})
	c.last().quantifier = true
	return nil
}

// array writes ARRAY[…]; arrays within it need no ARRAY.
func (c *cursor) array() error {
	t, g := c.peek(), c.peekAt(1)
	n, err := c.arrayOf(t.Pos, g)
	if err == nil {
		c.put(n)
		c.i += 2
	}
	return err
}

func (c *cursor) arrayOf(src int, g *tree) (*node, error) {
	n := &node{kind: nodeCall, text: c.r.slot(&ArrayLit{Node: Node{sqlerr.At(src)}}), src: src, end: g.close.Pos}
	if len(g.kids) == 0 {
		return n, nil
	}
	for i, part := range splitTrees(g.kids) {
		if i > 0 {
			n.kids = append(n.kids, &node{kind: nodeMark, text: ",", src: src})
		}
		if len(part) == 1 && part[0].group("[") {
			inner, err := c.arrayOf(part[0].Pos, part[0])
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, inner)
			continue
		}
		s := &cursor{r: c.r, in: part, end: g.close.Pos}
		if err := s.exprs(nothing); err != nil {
			return nil, err
		}
		n.kids = append(n.kids, s.out...)
	}
	return n, nil
}

// subquery writes a query in parentheses.
func (c *cursor) subquery() (*node, error) {
	g := c.peek()
	s := c.sub(g)
	if err := s.query(); err != nil {
		return nil, err
	}
	c.i++
	return &node{kind: nodeGroup, src: g.Pos, end: g.close.Pos, kids: s.out, query: true}, nil
}

func (c *cursor) caseExpr() error {
	if c.r.depth++; c.r.depth > maxDepth {
		return tooDeep(sqlerr.At(c.peek().Pos))
	}
	defer func() { c.r.depth-- }()
	s := &cursor{r: c.r, in: c.in, i: c.i, end: c.end}
	start := c.peek().Pos
	s.keyword()
	if err := s.exprs(func() bool { return s.peek().is("END") || s.clause() }); err != nil {
		return err
	}
	if !s.peek().is("END") {
		return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "this CASE has no END").WithHint("Add END where it ends.")
	}
	s.keyword()
	c.i = s.i
	c.put(&node{kind: nodeCase, src: start, kids: s.out})
	return nil
}

// typed reads DATE '…' and its like: a type's name before a string.
func (c *cursor) typed() (bool, error) {
	t := c.peek()
	next := c.peekAt(1)
	if _, ok := types.KindByName(t.Text); !ok && !t.is("CHARACTER", "NATIONAL") {
		return false, nil
	}
	if next.Kind != String && !next.group("(") && !next.op("<") && !next.is("PRECISION", "VARYING", "WITH", "WITHOUT") {
		return false, nil
	}
	ahead := &cursor{r: c.r, in: c.in, i: c.i, end: c.end}
	to, err := ahead.typeAt()
	if err != nil || ahead.peek().Kind != String {
		return false, nil
	}
	value := ahead.peek()
	if to.narrow != "" {
		return true, sqlerr.Unsupported(to.pos, "a literal of "+to.narrow, "Leave out what stands in parentheses.")
	}
	c.i = ahead.i + 1
	c.atom(Expr(&TypedLit{Node: Node{sqlerr.At(t.Pos)}, Type: to.Type, Value: value.Text}), t.Pos)
	return true, nil
}

// name writes a column, table.*, or a call.
func (c *cursor) name() error {
	t := c.peek()
	if c.last().operand() {
		return c.misplaced()
	}
	id := &Ident{Node: Node{sqlerr.At(t.Pos)}}
	for {
		n := c.peek()
		if n.Kind != Word && n.Kind != Quoted {
			return c.unexpected("a name")
		}
		id.Parts = append(id.Parts, c.r.nameOf(n).Text)
		c.i++
		if !c.peek().op(".") {
			break
		}
		c.i++
		if c.peek().op("*") {
			c.i++
			c.put(&node{kind: nodeMark, text: c.r.slot(wildcard(id.Parts)) + ".*", src: t.Pos})
			return nil
		}
	}
	if c.peek().group("(") {
		return c.function(id, t.Pos)
	}
	if len(id.Parts) == 1 && t.Kind == Word {
		if e, ok := bareFunction(id); ok {
			c.atom(e, t.Pos)
			return nil
		}
	}
	c.atom(Expr(id), t.Pos)
	return nil
}
