package sql

import (
	"fmt"
	"sort"
	"strings"

	"millrace/sqlerr"
)

// tree is a token, or a pair of brackets with what stands between them.
type tree struct {
	Token
	kids  []*tree
	close Token
}

func (t *tree) group(open string) bool { return t != nil && t.close.Kind == Operator && t.op(open) }

// grow matches brackets.
func grow(tokens []Token) ([]*tree, error) {
	const tooMany = maxDepth - 1
	type level struct {
		open *tree
		kids []*tree
	}
	stack := []level{{}}
	for _, t := range tokens {
		top := &stack[len(stack)-1]
		switch {
		case t.op("("), t.op("["):
			if len(stack) > tooMany {
				return nil, tooDeep(sqlerr.At(t.Pos))
			}
			stack = append(stack, level{open: &tree{Token: t}})
		case t.op(")"), t.op("]"):
			want := map[string]string{")": "(", "]": "["}[t.Text]
			if top.open == nil || top.open.Text != want {
				return nil, sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "this %q closes nothing", t.Text).
					WithHint("Remove it, or open it before.")
			}
			top.open.kids, top.open.close = top.kids, t
			g := top.open
			stack = stack[:len(stack)-1]
			top = &stack[len(stack)-1]
			top.kids = append(top.kids, g)
		default:
			top.kids = append(top.kids, &tree{Token: t})
		}
	}
	if open := stack[len(stack)-1].open; open != nil {
		return nil, sqlerr.New(sqlerr.SyntaxError, sqlerr.At(open.Pos), "this %q is not closed", open.Text).
			WithHint("Close it with %s.", map[string]string{"(": ")", "[": "]"}[open.Text])
	}
	return stack[0].kids, nil
}

// flatten is grow taken back.
func flatten(ts []*tree) []Token {
	var out []Token
	for _, t := range ts {
		out = append(out, t.Token)
		if t.close.Kind == Operator && (t.op("(") || t.op("[")) {
			out = append(append(out, flatten(t.kids)...), t.close)
		}
	}
	return out
}

// node is a piece of the text that the query parser is given.
type node struct {
	kind nodeKind
	text string // a keyword or operator, or the name of a slot
	src  int    // where it stands in the user's text
	end  int    // where its closing bracket stands; 0: it has none of its own
	kids []*node

	query      bool // a group that holds a query
	quantifier bool // ANY(…) or ALL(…), which stands to the right of an operator only
	chain      int  // how many operations deep an expression is
}

type nodeKind uint8

const (
	nodeMark  nodeKind = iota // a keyword of the skeleton, or a comma
	nodeOp                    // an operator, be it a word or a sign
	nodeAtom                  // a slot
	nodeCall                  // a slot and its arguments
	nodeGroup                 // what stands in parentheses
	nodeCase                  // CASE … END
	nodeSeq                   // an operation: an operator and its operands
)

// operand reports whether a node is whole as an operand, so that what follows it is an operator.
func (n *node) operand() bool { return n != nil && n.kind != nodeMark && n.kind != nodeOp }

// closeAt is where the closing bracket of a node stands.
func (n *node) closeAt() int { return max(n.src, n.end) }

// renderer writes nodes down and remembers where each came from.
type renderer struct {
	b     strings.Builder
	marks []mark
}

// mark says that the output from out on comes from src on.
type mark struct{ out, src int }

func (r *renderer) put(text string, src int) {
	if r.b.Len() > 0 {
		r.b.WriteByte(' ')
	}
	r.marks = append(r.marks, mark{r.b.Len(), src})
	r.b.WriteString(text)
}

func (r *renderer) nodes(ns []*node) {
	for _, n := range ns {
		switch n.kind {
		case nodeCall:
			r.put(n.text, n.src)
			r.b.WriteByte('(') // no space before it: with one, this is no call
			r.nodes(n.kids)
			r.put(")", n.closeAt())
		case nodeGroup:
			r.put("(", n.src)
			r.nodes(n.kids)
			r.put(")", n.closeAt())
		case nodeCase, nodeSeq:
			r.nodes(n.kids)
		default:
			r.put(n.text, n.src)
		}
	}
}

// source maps a place of the output back; end is returned where it lies behind all.
func (r *renderer) source(out, end int) int {
	i := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].out > out }) - 1
	if i < 0 || out >= r.b.Len() {
		return end
	}
	return r.marks[i].src
}

// before is the place in the source of the last operator or keyword that stands before a place of the output.
func (r *renderer) before(out int) int {
	at := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].out >= out }) - 1
	text := r.b.String()
	for at > 0 && text[r.marks[at].out] == '(' {
		at--
	}
	if at < 0 {
		return 0
	}
	return r.marks[at].src
}

// keyword is the place in the source of the nearest such keyword before a place of the output.
func (r *renderer) keyword(word string, out int) int {
	at := sort.Search(len(r.marks), func(i int) bool { return r.marks[i].out >= out }) - 1
	for text := r.b.String(); at > 0 && !strings.HasPrefix(text[r.marks[at].out:], word); at-- {
	}
	if at < 0 {
		return 0
	}
	return r.marks[at].src
}

func slotName(i int) string { return fmt.Sprintf("`%d`", i) }
