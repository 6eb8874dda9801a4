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
	"&&": "Use AND.", "!": "Use NOT.", "==": "Use = to compare.", "<=>": "Use IS NOT DISTINCT FROM.", ":=": "Use = or =>.",
	"?": "Parameters are $1, $2, …", "@": "Settings are read with SHOW name.",
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
		first := s.peek()
		isQuery := first.is("SELECT", "WITH", "VALUES", "TABLE") || first.group("(") && nestedQuery(first) && queryGoesOn(s)
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
	return g.kids[0].is("SELECT", "WITH", "VALUES", "TABLE") || g.kids[0].group("(") && nestedQuery(g.kids[0])
}

// queryGoesOn reports whether a level that begins with a query in parentheses is a query as a whole: ((SELECT 1) UNION …),
// unlike ((SELECT 1) + 1).
func queryGoesOn(c *cursor) bool {
	return len(c.in) == 1 || c.peekAt(1).is("UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH")
}

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
			return sqlerr.Unsupported(sqlerr.At(c.peek().Pos), "BETWEEN SYMMETRIC", "Write BETWEEN least(a, b) AND greatest(a, b).")
		}
		if c.peek().is("ASYMMETRIC") {
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
	case "OVERLAPS":
		return sqlerr.Unsupported(sqlerr.At(src), "OVERLAPS", "Compare the ends: start1 < end2 AND start2 < end1.")
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

// castCall writes CAST(x AS type).
func (c *cursor) castCall(try bool) error {
	t, g := c.peek(), c.peekAt(1)
	as := -1
	for i, k := range g.kids {
		if k.is("AS") {
			as = i
		}
	}
	if as < 0 {
		return unexpected(g.close, c.r.text, "AS and a type")
	}
	s := &cursor{r: c.r, in: g.kids[:as], end: g.kids[as].Pos}
	if err := s.exprs(nothing); err != nil {
		return err
	}
	if len(s.out) == 0 {
		return unexpected(g.kids[as].Token, c.r.text, "an expression")
	}
	ty := &cursor{r: c.r, in: g.kids, i: as + 1, end: g.close.Pos}
	to, err := ty.typeAt()
	if err != nil {
		return err
	}
	if !ty.done() {
		return ty.unexpected("')'")
	}
	c.i += 2
	return c.castTo(to, sqlerr.At(t.Pos), t.Pos, try, &node{kind: nodeGroup, src: g.Pos, end: g.close.Pos, kids: s.out})
}

// extract writes EXTRACT(field FROM x).
func (c *cursor) extract() error {
	t, g := c.peek(), c.peekAt(1)
	if len(g.kids) < 3 || !g.kids[1].is("FROM") || g.kids[0].Kind != Word && g.kids[0].Kind != String && g.kids[0].Kind != Quoted {
		return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "EXTRACT takes a field and a time").WithHint("Write EXTRACT(hour FROM ts).")
	}
	s := &cursor{r: c.r, in: g.kids[2:], end: g.close.Pos}
	if err := s.exprs(nothing); err != nil {
		return err
	}
	c.i += 2
	c.call(&Extract{Node: Node{sqlerr.At(t.Pos)}, Field: fold(g.kids[0].Text)}, t.Pos, &node{kind: nodeGroup, src: g.Pos, kids: s.out})
	return nil
}

// callWords are the words that tell the arguments of some calls apart.
var callWords = map[string][]string{
	"SUBSTRING": {"FROM", "FOR"},
	"POSITION":  {"IN"},
	"TRIM":      {"LEADING", "TRAILING", "BOTH", "FROM"},
	"OVERLAY":   {"PLACING", "FROM", "FOR"},
}

// wordy reports whether a call's arguments are told apart by words, not commas.
func (c *cursor) wordy(name string, g *tree) bool {
	return slices.ContainsFunc(g.kids, func(k *tree) bool { return k.is(callWords[name]...) })
}

// wordyCall writes SUBSTRING(x FROM a FOR b), TRIM(LEADING a FROM x), POSITION(a IN x) and OVERLAY(x PLACING y FROM a FOR
// b) as calls of functions.
func (c *cursor) wordyCall(name string) error {
	t, g := c.peek(), c.peekAt(1)
	parts := map[string][]*tree{}
	word := ""
	for _, k := range g.kids {
		if !k.is(callWords[name]...) {
			parts[word] = append(parts[word], k)
			continue
		}
		word = strings.ToUpper(k.Text)
		if _, twice := parts[word]; twice {
			return unexpected(k.Token, c.r.text, "")
		}
		parts[word] = []*tree{}
	}
	call := &Call{Node: Node{sqlerr.At(t.Pos)}, Name: strings.ToLower(name)}
	var args [][]*tree
	switch name {
	case "SUBSTRING":
		args = [][]*tree{parts[""], parts["FROM"]}
		if parts["FROM"] == nil {
			args[1] = []*tree{{Token: Token{Kind: Number, Text: "1", Pos: t.Pos, End: t.End}}}
		}
		if parts["FOR"] != nil {
			args = append(args, parts["FOR"])
		}
	case "POSITION": // strpos(text, part)
		call.Name, args = "strpos", [][]*tree{parts["IN"], parts[""]}
	case "TRIM":
		args = trimArgs(call, parts)
	case "OVERLAY":
		args = [][]*tree{parts[""], parts["PLACING"], parts["FROM"]}
		if parts["FOR"] != nil {
			args = append(args, parts["FOR"])
		}
	}
	var nodes []*node
	for _, a := range args {
		if len(a) == 0 {
			return unexpected(g.close, c.r.text, "an expression")
		}
		s := &cursor{r: c.r, in: a, end: g.close.Pos}
		if err := s.exprs(nothing); err != nil {
			return err
		}
		nodes = append(nodes, &node{kind: nodeGroup, src: a[0].Pos, end: a[len(a)-1].endsAt(), kids: s.out})
	}
	c.i += 2
	c.call(call, t.Pos, nodes...)
	return nil
}

// trimArgs names the function that a TRIM with words is, and gives its arguments: the text, and what to trim.
func trimArgs(call *Call, parts map[string][]*tree) [][]*tree {
	chars := parts[""]
	for word, name := range map[string]string{"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"} {
		if p, ok := parts[word]; ok {
			call.Name, chars = name, p
		}
	}
	if call.Name == "trim" {
		call.Name = "btrim"
	}
	text, ok := parts["FROM"]
	switch {
	case !ok: // TRIM(LEADING x)
		return [][]*tree{chars}
	case len(chars) == 0: // TRIM(LEADING FROM x)
		return [][]*tree{text}
	}
	return [][]*tree{text, chars}
}

// endsAt is where a tree ends in the text.
func (t *tree) endsAt() int {
	if t.close.Kind == Operator && t.close.End > 0 {
		return t.close.End
	}
	return t.End
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

// bareFunction is a function that is called without parentheses.
func bareFunction(id *Ident) (Expr, bool) {
	switch id.Parts[0] {
	case "current_date", "current_timestamp", "current_time", "localtimestamp", "localtime", "current_user", "session_user":
		return &Call{Node: id.Node, Name: id.Parts[0]}, true
	}
	return nil, false
}

// function writes f([DISTINCT] args [ORDER BY …]) [FILTER (…)] [OVER …].
func (c *cursor) function(id *Ident, src int) error {
	call := &Call{Node: id.Node, Name: id.Parts[len(id.Parts)-1]}
	if n := len(id.Parts); n > 2 || n == 2 && id.Parts[0] != "pg_catalog" {
		return sqlerr.New(sqlerr.UndefinedFunction, id.At, "there is no function %s", strings.Join(id.Parts, ".")).
			WithHint("Functions have no schema here.")
	}
	g := c.peek()
	s := c.sub(g)
	switch {
	case s.peek().is("DISTINCT"):
		call.Distinct = true
		s.i++
	case s.peek().is("ALL"):
		s.i++
	case len(g.kids) == 1 && s.peek().op("*"):
		call.Star = true
		s.i++
	}
	order := -1
	for i := s.i; i < len(g.kids); i++ {
		if g.kids[i].is("ORDER") && i+1 < len(g.kids) && g.kids[i+1].is("BY") {
			order = i
			break
		}
	}
	kids := g.kids
	if n := len(kids); n > 2 && kids[n-2].is("IGNORE", "RESPECT") && kids[n-1].is("NULLS") {
		call.IgnoreNulls = kids[n-2].is("IGNORE")
		kids = kids[:n-2]
	}
	args := kids[s.i:]
	if order >= 0 {
		args = kids[s.i:order]
		var err error
		if call.OrderBy, err = c.r.orderItems(kids[order+2:], g.close.Pos); err != nil {
			return err
		}
	}
	a := &cursor{r: c.r, in: args, end: g.close.Pos}
	if a.peek().is("SELECT", "WITH", "VALUES") {
		err := a.unexpected("").(*sqlerr.Error)
		err.Hint = "Put a query that is an argument into parentheses of its own."
		return err
	}
	if err := a.exprs(nothing); err != nil {
		return err
	}
	c.i++
	if err := c.afterCall(call); err != nil {
		return err
	}
	c.put(&node{kind: nodeCall, text: c.r.slot(call), src: src, end: g.close.Pos, kids: a.out})
	return nil
}

// afterCall reads what may follow a call.
func (c *cursor) afterCall(call *Call) error {
	for {
		t, next := c.peek(), c.peekAt(1)
		var err error
		switch {
		case t.is("FILTER") && next.group("(") && len(next.kids) > 0 && next.kids[0].is("WHERE"):
			call.Filter, err = c.r.exprOf(next.kids[1:], next.close.Pos)
			c.i += 2
		case t.is("WITHIN") && next.is("GROUP") && c.peekAt(2).group("("):
			g := c.peekAt(2)
			if len(g.kids) < 3 || !g.kids[0].is("ORDER") || !g.kids[1].is("BY") {
				return unexpected(g.close, c.r.text, "ORDER BY")
			}
			call.WithinGroup, err = c.r.orderItems(g.kids[2:], g.close.Pos)
			c.i += 3
		case t.is("IGNORE", "RESPECT") && next.is("NULLS"):
			call.IgnoreNulls = t.is("IGNORE")
			c.i += 2
		case t.is("OVER") && next.group("("):
			call.Over, err = c.r.window(next)
			c.i += 2
		case t.is("OVER") && isName(next):
			call.Over = &WindowSpec{Node: Node{sqlerr.At(t.Pos)}, Name: c.r.nameOf(next).Text}
			c.i += 2
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// orderItems reads a list of ORDER BY that stands by itself.
func (r *rewriter) orderItems(ts []*tree, end int) ([]OrderItem, error) {
	var out []OrderItem
	for _, part := range splitTrees(ts) {
		c := &cursor{r: r, in: part, end: end}
		if err := c.orderItem(); err != nil {
			return nil, err
		}
		if !c.done() {
			return nil, c.unexpected("','")
		}
		e, err := r.parseExpr(c.out[0].kids, end)
		if err != nil {
			return nil, err
		}
		item := *r.slots[slotIndex(c.out[0].text)].(*OrderItem)
		item.Expr = e
		out = append(out, item)
	}
	return out, nil
}

// splitTrees cuts a level at its commas.
func splitTrees(ts []*tree) [][]*tree {
	var out [][]*tree
	from := 0
	for i, t := range ts {
		if t.op(",") {
			out = append(out, ts[from:i])
			from = i + 1
		}
	}
	return append(out, ts[from:])
}

// window reads what OVER ( … ) holds.
func (r *rewriter) window(g *tree) (*WindowSpec, error) {
	w := &WindowSpec{Node: Node{sqlerr.At(g.Pos)}}
	ts := g.kids
	until := func(ws ...string) []*tree {
		n := 0
		for n < len(ts) && !ts[n].is(ws...) {
			n++
		}
		part := ts[:n]
		ts = ts[n:]
		return part
	}
	if len(ts) > 0 && isName(ts[0]) && !ts[0].is("PARTITION", "ROWS", "RANGE", "GROUPS") {
		w.Name = r.nameOf(ts[0]).Text
		ts = ts[1:]
	}
	if len(ts) > 1 && ts[0].is("PARTITION") && ts[1].is("BY") {
		ts = ts[2:]
		for _, part := range splitTrees(until("ORDER", "ROWS", "RANGE", "GROUPS")) {
			e, err := r.exprOf(part, g.close.Pos)
			if err != nil {
				return nil, err
			}
			w.PartitionBy = append(w.PartitionBy, e)
		}
	}
	if len(ts) > 1 && ts[0].is("ORDER") && ts[1].is("BY") {
		ts = ts[2:]
		var err error
		if w.OrderBy, err = r.orderItems(until("ROWS", "RANGE", "GROUPS"), g.close.Pos); err != nil {
			return nil, err
		}
	}
	if len(ts) == 0 {
		return w, nil
	}
	if !ts[0].is("ROWS", "RANGE", "GROUPS") {
		return nil, unexpected(ts[0].Token, r.text, "PARTITION BY, ORDER BY or a frame")
	}
	f := &Frame{Node: Node{sqlerr.At(ts[0].Pos)}, Unit: strings.ToUpper(ts[0].Text), End: Bound{Kind: "CURRENT ROW"}}
	w.Frame = f
	ts = ts[1:]
	var err error
	if len(ts) > 0 && ts[0].is("BETWEEN") {
		ts = ts[1:]
		start := until("AND")
		if f.Start, err = r.bound(start, g); err != nil || len(ts) == 0 {
			return nil, either(err, unexpected(g.close, r.text, "AND"))
		}
		f.End, err = r.bound(ts[1:], g)
		return w, err
	}
	f.Start, err = r.bound(ts, g)
	return w, err
}

func either(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (r *rewriter) bound(ts []*tree, g *tree) (Bound, error) {
	n := len(ts)
	switch {
	case n == 2 && ts[0].is("CURRENT") && ts[1].is("ROW"):
		return Bound{Kind: "CURRENT ROW"}, nil
	case n == 2 && ts[0].is("UNBOUNDED") && ts[1].is("PRECEDING", "FOLLOWING"):
		return Bound{Kind: "UNBOUNDED " + strings.ToUpper(ts[1].Text)}, nil
	case n > 1 && ts[n-1].is("PRECEDING", "FOLLOWING"):
		e, err := r.exprOf(ts[:n-1], g.close.Pos)
		return Bound{Kind: strings.ToUpper(ts[n-1].Text), Expr: e}, err
	}
	return Bound{}, unexpected(g.close, r.text, "a bound: CURRENT ROW, or UNBOUNDED or n PRECEDING or FOLLOWING")
}
