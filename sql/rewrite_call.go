package sql

import (
	"slices"
	"strings"

	"millrace/sqlerr"
)

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

// slice writes x[low:high] as a call; a bound that is left out is the array's own.
func (c *cursor) slice(left *node) error {
	t := c.peek()
	at := slices.IndexFunc(t.kids, func(k *tree) bool { return k.op(":") })
	args := []*node{left}
	for i, part := range [][]*tree{t.kids[:at], t.kids[at+1:]} {
		if len(part) == 0 {
			part = []*tree{{Token: Token{Kind: Number, Text: [...]string{"1", "2147483647"}[i], Pos: t.Pos, End: t.Pos}}}
		}
		s := &cursor{r: c.r, in: part, end: t.close.Pos}
		if err := s.exprs(nothing); err != nil {
			return err
		}
		args = append(args, &node{kind: nodeGroup, src: part[0].Pos, end: part[len(part)-1].endsAt(), kids: s.out})
	}
	c.i++
	c.call(&Call{Node: Node{sqlerr.At(t.Pos)}, Name: "array_slice"}, t.Pos, args...)
	return nil
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
	for i := range g.kids {
		if callWord(name, g.kids, i) {
			return true
		}
	}
	return false
}

// callWord reports whether word i tells arguments apart. The FROM of IS DISTINCT FROM does not.
func callWord(name string, kids []*tree, i int) bool {
	return kids[i].is(callWords[name]...) && !(kids[i].is("FROM") && i > 0 && kids[i-1].is("DISTINCT"))
}

// wordyCall writes SUBSTRING(x FROM a FOR b), TRIM(LEADING a FROM x), POSITION(a IN x) and OVERLAY(x PLACING y FROM a FOR
// b) as calls of functions.
func (c *cursor) wordyCall(name string) error {
	t, g := c.peek(), c.peekAt(1)
	parts := map[string][]*tree{}
	word := ""
	for i, k := range g.kids {
		if !callWord(name, g.kids, i) {
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
	if n := len(id.Parts); n > 2 || n == 2 && id.Parts[0] != "pg_catalog" && (id.Parts[0] != "information_schema" || !strings.HasPrefix(call.Name, "_pg_")) {
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
	if len(ts) > 0 && isName(ts[0]) && !ts[0].is("PARTITION", "ROWS", "RANGE", "GROUPS", "ORDER") {
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
	at := Node{sqlerr.At(ts[0].Pos)}
	f := &Frame{Node: at, Unit: strings.ToUpper(ts[0].Text), End: Bound{Node: at, Kind: "CURRENT ROW"}}
	w.Frame = f
	ts = ts[1:]
	var err error
	if f.Exclude, ts, err = r.exclude(ts, g); err != nil {
		return nil, err
	}
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

// exclude reads the EXCLUDE at the end of a frame and gives what is before it.
func (r *rewriter) exclude(ts []*tree, g *tree) (string, []*tree, error) {
	n := slices.IndexFunc(ts, func(t *tree) bool { return t.is("EXCLUDE") })
	if n < 0 {
		return "", ts, nil
	}
	what := ts[n+1:]
	switch {
	case len(what) == 1 && what[0].is("GROUP", "TIES"):
		return strings.ToUpper(what[0].Text), ts[:n], nil
	case len(what) == 2 && what[0].is("CURRENT") && what[1].is("ROW"):
		return "CURRENT ROW", ts[:n], nil
	case len(what) == 2 && what[0].is("NO") && what[1].is("OTHERS"):
		return "", ts[:n], nil
	}
	at := g.close
	if len(what) > 0 {
		at = what[0].Token
	}
	return "", nil, unexpected(at, r.text, "CURRENT ROW, GROUP, TIES or NO OTHERS")
}

func either(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func (r *rewriter) bound(ts []*tree, g *tree) (Bound, error) {
	n := len(ts)
	var at Node
	if n > 0 {
		at.At = sqlerr.At(ts[0].Pos)
	}
	switch {
	case n == 2 && ts[0].is("CURRENT") && ts[1].is("ROW"):
		return Bound{Node: at, Kind: "CURRENT ROW"}, nil
	case n == 2 && ts[0].is("UNBOUNDED") && ts[1].is("PRECEDING", "FOLLOWING"):
		return Bound{Node: at, Kind: "UNBOUNDED " + strings.ToUpper(ts[1].Text)}, nil
	case n > 1 && ts[n-1].is("PRECEDING", "FOLLOWING"):
		e, err := r.exprOf(ts[:n-1], g.close.Pos)
		return Bound{Node: at, Kind: strings.ToUpper(ts[n-1].Text), Expr: e}, err
	}
	return Bound{}, unexpected(g.close, r.text, "a bound: CURRENT ROW, or UNBOUNDED or n PRECEDING or FOLLOWING")
}
