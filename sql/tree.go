package sql

import (
	"fmt"
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
	type level struct {
		open *tree
		kids []*tree
	}
	stack := []level{{}}
	for _, t := range tokens {
		top := &stack[len(stack)-1]
		switch {
		case t.op("("), t.op("["):
			stack = append(stack, level{open: &tree{Token: t}})
		case t.op(")"), t.op("]"):
			want := map[string]string{")": "(", "]": "["}[t.Text]
			if top.open == nil || top.open.Text != want {
				return nil, sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "this %q closes nothing", t.Text)
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
		return nil, sqlerr.New(sqlerr.SyntaxError, sqlerr.At(open.Pos), "this %q is not closed", open.Text)
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
	kids []*node
}

type nodeKind uint8

const (
	nodeMark  nodeKind = iota // a keyword or operator
	nodeAtom                  // a slot
	nodeCall                  // a slot and its arguments
	nodeGroup                 // what stands in parentheses
	nodeCase                  // CASE … END
)

// operand reports whether a node is whole as an operand, so that what follows it is an operator.
func (n *node) operand() bool { return n != nil && n.kind != nodeMark }

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
			r.put(")", n.src)
		case nodeGroup:
			r.put("(", n.src)
			r.nodes(n.kids)
			r.put(")", n.src)
		case nodeCase:
			r.nodes(n.kids)
		default:
			r.put(n.text, n.src)
		}
	}
}

// source maps a place of the output back; end is returned where it lies behind all.
func (r *renderer) source(out, end int) int {
	src := end
	for i := len(r.marks) - 1; i >= 0; i-- {
		if r.marks[i].out <= out {
			if out < r.b.Len() {
				src = r.marks[i].src
			}
			break
		}
	}
	return src
}

// before is the place in the source of the last operator or keyword that stands before a place of the output.
func (r *renderer) before(out int) int {
	at := -1
	for i, m := range r.marks {
		if m.out >= out {
			break
		}
		at = i
	}
	text := r.b.String()
	for at > 0 && text[r.marks[at].out] == '(' {
		at--
	}
	if at < 0 {
		return 0
	}
	return r.marks[at].src
}

func slotName(i int) string { return fmt.Sprintf("`%d`", i) }
