package sql

import (
	"strings"

	"millrace/sqlerr"
)

// The rewriter writes an expression as it finds it: operands with operators between. Here it gets its shape, by the
// precedence that PostgreSQL gives to operators. An operand that is an operation itself goes into parentheses, so that
// the grammar behind has nothing left to decide, and an operator that the grammar lacks, or reads in another way, becomes
// the call of a slot.

// power is how close an operator binds.
type power uint8

const (
	powOr power = iota + 1
	powAnd
	powNot
	powIs
	powCompare // does not chain
	powIn      // IN, BETWEEN, LIKE and their like
	powOther   // every operator that is not named here
	powAdd
	powMul
	powExp
	powZone // AT TIME ZONE
	powSign // - and + before an operand
)

// infixPower is the power of what stands behind an operand; 0 for what cannot stand there.
func infixPower(op string) power {
	switch op {
	case "OR":
		return powOr
	case "AND":
		return powAnd
	case "=", "<>", "<", "<=", ">", ">=":
		return powCompare
	case "+", "-":
		return powAdd
	case "*", "/", "%":
		return powMul
	case "^":
		return powExp
	case "AT TIME ZONE":
		return powZone
	case "||", "->", "->>", "#>", "#>>", "#-", "@>", "<@", "&&", "?", "?|", "?&", "^@", "&", "|", "#", "<<", ">>", "~", "~*", "!~", "!~*":
		return powOther
	}
	if strings.HasPrefix(op, "IS ") {
		return powIs
	}
	switch strings.TrimPrefix(op, "NOT ") {
	case "IN", "BETWEEN", "BETWEEN SYMMETRIC", "LIKE", "ILIKE", "SIMILAR TO", "OVERLAPS":
		return powIn
	}
	return 0
}

// prefixOperator reports whether an operator stands in front of its one operand.
func prefixOperator(op string) bool {
	switch op {
	case "~", "@", "|/", "||/":
		return true
	}
	return false
}

// native reports whether the grammar has an operator of two operands and means the same by it.
func native(p power) bool {
	return p == powOr || p == powAnd || p == powCompare || p == powAdd || p == powMul || p == powExp
}

// Bounds that keep a text from taking all of the stack: how deep operators, brackets and CASEs may be nested, and how
// many operators one expression may chain.
const (
	maxDepth = 300
	maxChain = 10_000
)

func tooDeep(pos sqlerr.Pos) error {
	return sqlerr.New("54001", pos, "the statement is nested more than %d levels deep", maxDepth).
		WithHint("Take parts of it out into WITH.")
}

// arrange gives shape to every expression among ns and in what they hold; end is the place behind them.
func (r *rewriter) arrange(ns []*node, end int) ([]*node, error) {
	if r.depth++; r.depth > maxDepth {
		return nil, tooDeep(sqlerr.At(end))
	}
	defer func() { r.depth-- }()
	out := make([]*node, 0, len(ns))
	for i := 0; i < len(ns); {
		if ns[i].kind == nodeMark {
			out = append(out, ns[i])
			i++
			continue
		}
		j := i
		for j < len(ns) && ns[j].kind != nodeMark {
			j++
		}
		x := &expression{r: r, ns: ns[i:j], end: end}
		if j < len(ns) {
			x.end = ns[j].src
		}
		e, err := x.whole()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		i = j
	}
	return out, nil
}

// expression is a run of operands and operators with no keyword or comma between.
type expression struct {
	r     *rewriter
	ns    []*node
	i     int
	end   int // the place behind the run
	depth int
}

func (x *expression) whole() (*node, error) {
	n, err := x.read(powOr)
	if err == nil && x.i < len(x.ns) {
		return nil, x.unexpected()
	}
	return n, err
}

// next is the operator or operand that is next; nil at the end.
func (x *expression) next() *node {
	if x.i < len(x.ns) {
		return x.ns[x.i]
	}
	return nil
}

func (x *expression) unexpected() error {
	at := x.end
	if n := x.next(); n != nil {
		at = n.src
	}
	return x.r.unexpectedAt(at)
}

// read reads an operand and the operators behind it that bind at least as close as least.
func (x *expression) read(least power) (*node, error) {
	if x.depth++; x.depth > maxDepth {
		return nil, tooDeep(sqlerr.At(x.end))
	}
	defer func() { x.depth-- }()
	left, err := x.prefix(least)
	for err == nil {
		n := x.next()
		if n == nil || n.kind != nodeOp {
			break
		}
		p := infixPower(n.text)
		if p == 0 || p < least {
			break
		}
		x.i++
		if left, err = x.infix(left, n, p); err == nil && left.chain > maxChain {
			err = sqlerr.New("54001", sqlerr.At(n.src), "an expression of more than %d operators in a row", maxChain).
				WithHint("Use IN for a list of values, or VALUES and a join.")
		}
	}
	return left, err
}

// prefix reads an operand with the operators in front of it.
func (x *expression) prefix(least power) (*node, error) {
	n := x.next()
	if n == nil || n.kind == nodeOp && n.text == "NOT" && least > powNot {
		return nil, x.unexpected()
	}
	x.i++
	if n.kind != nodeOp {
		if n.quantifier {
			x.i--
			return nil, x.unexpected()
		}
		return n, x.inside(n)
	}
	switch n.text {
	case "NOT", "-", "+":
		p := powSign
		if n.text == "NOT" {
			p = powNot
		}
		operand, err := x.read(p)
		if err != nil {
			return nil, err
		}
		return operation(n, nil, operand), nil
	case "~", "@", "|/", "||/":
		operand, err := x.read(powOther + 1)
		if err != nil {
			return nil, err
		}
		return x.call(&Unary{Op: n.text}, n, operand), nil
	case "EXISTS":
		q := x.next()
		if q == nil || !q.query {
			return nil, x.unexpected()
		}
		x.i++
		return &node{kind: nodeSeq, src: n.src, kids: []*node{n, q}}, x.inside(q)
	}
	x.i--
	return nil, x.unexpected()
}

// inside arranges what an operand holds.
func (x *expression) inside(n *node) (err error) {
	n.kids, err = x.r.arrange(n.kids, n.closeAt())
	return err
}

// infix reads what an operator takes on its right; the operator is op.
func (x *expression) infix(left, op *node, p power) (*node, error) {
	word := strings.TrimPrefix(op.text, "NOT ")
	not := word != op.text
	switch {
	case p == powIs:
		return x.is(left, op)
	case word == "IN":
		return x.in(left, op)
	case word == "BETWEEN", word == "BETWEEN SYMMETRIC":
		return x.between(left, op, word, not)
	case p == powIn && word != "OVERLAPS":
		return x.like(left, op, word, not)
	}
	right := x.next()
	if right != nil && right.quantifier {
		x.i++
		if err := x.inside(right); err != nil {
			return nil, err
		}
		return x.call(operator(op.text), op, left, right), nil
	}
	right, err := x.read(p + 1)
	if err != nil {
		return nil, err
	}
	if n := x.next(); p == powCompare && n != nil && n.kind == nodeOp && infixPower(n.text) == powCompare {
		return nil, sqlerr.New(sqlerr.SyntaxError, sqlerr.At(n.src), "comparisons do not chain").
			WithHint("Write a < b AND b < c, or use parentheses.")
	}
	switch {
	case p == powZone:
		return x.call(&AtTimeZone{}, op, left, right), nil
	case native(p):
		return operation(op, left, right), nil
	}
	return x.call(operator(op.text), op, left, right), nil
}

func (x *expression) is(left, op *node) (*node, error) {
	switch op.text {
	case "IS DISTINCT FROM", "IS NOT DISTINCT FROM":
		right, err := x.read(powIs + 1)
		if err != nil {
			return nil, err
		}
		return x.call(&IsDistinct{Not: op.text == "IS NOT DISTINCT FROM"}, op, left, right), nil
	}
	what, not := strings.CutPrefix(op.text, "IS NOT ")
	return x.call(&Is{What: strings.TrimPrefix(what, "IS "), Not: not}, op, left), nil
}

func (x *expression) in(left, op *node) (*node, error) {
	right := x.next()
	if right == nil || right.kind != nodeGroup {
		return nil, x.unexpected()
	}
	x.i++
	for len(right.kids) == 1 && right.kids[0].query { // ((SELECT …)) is a query and no list of one value
		right = right.kids[0]
	}
	if err := x.inside(right); err != nil {
		return nil, err
	}
	return &node{kind: nodeSeq, src: op.src, kids: []*node{whole(left), op, right}, chain: left.chain + 1}, nil
}

func (x *expression) between(left, op *node, word string, not bool) (*node, error) {
	low, err := x.read(powIn + 1)
	if err != nil {
		return nil, err
	}
	and := x.next()
	if and == nil || and.text != "AND" {
		return nil, x.unexpected()
	}
	x.i++
	high, err := x.read(powIn + 1)
	if err != nil {
		return nil, err
	}
	if word == "BETWEEN SYMMETRIC" { // the grammar lacks it
		return x.call(&Between{Not: not, Symmetric: true}, op, left, low, high), nil
	}
	return &node{kind: nodeSeq, src: op.src, kids: []*node{whole(left), op, whole(low), and, whole(high)}, chain: left.chain + 1}, nil
}

func (x *expression) like(left, op *node, word string, not bool) (*node, error) {
	if n := x.next(); n != nil && n.quantifier {
		if word == "SIMILAR TO" {
			return nil, x.unexpected()
		}
		x.i++
		return x.call(operator(op.text), op, left, n), x.inside(n)
	}
	pattern, err := x.read(powIn + 1)
	if err != nil {
		return nil, err
	}
	args := []*node{left, pattern}
	if n := x.next(); n != nil && n.text == "ESCAPE" && n.kind == nodeOp {
		x.i++
		escape, err := x.read(powIn + 1)
		if err != nil {
			return nil, err
		}
		args = append(args, escape)
	}
	return x.call(&Like{Op: strings.ToLower(word), Not: not}, op, args...), nil
}

// operation is an operator of the grammar's own with its operands; left is nil for one that stands in front.
func operation(op, left, right *node) *node {
	n := &node{kind: nodeSeq, src: op.src, chain: right.chain + 1}
	if left != nil {
		n.kids, n.chain = append(n.kids, whole(left)), max(n.chain, left.chain+1)
	}
	n.kids = append(n.kids, op, whole(right))
	return n
}

// whole is n as an operand.
func whole(n *node) *node {
	if n.kind == nodeSeq {
		return &node{kind: nodeGroup, src: n.src, end: n.end, kids: n.kids}
	}
	return n
}

// call is an operator of ours with its operands.
func (x *expression) call(slot any, op *node, args ...*node) *node {
	n := &node{kind: nodeCall, text: x.r.slot(slot), src: op.src}
	for i, a := range args {
		if i > 0 {
			n.kids = append(n.kids, &node{kind: nodeMark, text: ",", src: a.src})
		}
		n.kids, n.chain = append(n.kids, a), max(n.chain, a.chain+1)
	}
	return n
}
