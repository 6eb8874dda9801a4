package sql

import (
	"fmt"
	"strconv"
	"strings"

	tidb "github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // the literals of trees; there are none here but a LIMIT's

	"millrace/sqlerr"
)

// parseQuery gives nodes to the query parser and turns its tree into ours.
func (r *rewriter) parseQuery(nodes []*node, end int) (q *Query, err error) {
	err = r.parse(nodes, end, func(c *converter, stmt ast.StmtNode) error {
		set, ok := stmt.(ast.ResultSetNode)
		if !ok {
			return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(c.out.source(0, end)), "this is not a query")
		}
		q, err = c.query(set)
		return err
	})
	return q, err
}

// parseExpr does the same for one expression.
func (r *rewriter) parseExpr(nodes []*node, end int) (e Expr, err error) {
	start := end
	if len(nodes) > 0 {
		start = nodes[0].src
	}
	head := &node{kind: nodeMark, text: "SELECT", src: start}
	err = r.parse(append([]*node{head}, nodes...), end, func(c *converter, stmt ast.StmtNode) error {
		sel, ok := stmt.(*ast.SelectStmt)
		if !ok || len(sel.Fields.Fields) != 1 || sel.Fields.Fields[0].Expr == nil || sel.From != nil {
			return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "one expression is expected here")
		}
		e, err = c.expr(sel.Fields.Fields[0].Expr)
		return err
	})
	return e, err
}

// grammar is the query parser. It is made once a statement: it serves one text at a time.
type grammar struct{ *tidb.Parser }

// parse gives nodes to the query parser and its tree to convert.
func (r *rewriter) parse(nodes []*node, end int, convert func(*converter, ast.StmtNode) error) (err error) {
	c := &converter{r: r, out: &renderer{}, end: end}
	if nodes, err = r.arrange(nodes, end); err != nil {
		return err
	}
	c.out.nodes(nodes)
	text := c.out.b.String()
	defer func() { // a parser that stumbles must not take the process down
		if p := recover(); p != nil {
			err = sqlerr.New(sqlerr.Internal, sqlerr.At(c.out.source(0, end)), "this statement broke the parser").
				WithDetail("%v", p).WithHint("This is a bug of millrace: please report it with the statement.")
		}
	}()
	if r.grammar == nil {
		r.grammar = &grammar{tidb.New()}
		r.grammar.SetSQLMode(mysql.ModeANSIQuotes | mysql.ModePipesAsConcat | mysql.ModeNoBackslashEscapes)
	}
	stmts, _, perr := r.grammar.Parse(text, "", "")
	if perr != nil {
		return c.syntaxError(perr, text)
	}
	if len(stmts) != 1 {
		return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(end), "one query is expected here")
	}
	return convert(c, stmts[0])
}

// converter turns the parser's tree into ours.
type converter struct {
	r   *rewriter
	out *renderer
	end int
}

func slotIndex(name string) int {
	i, err := strconv.Atoi(strings.Trim(name, "`"))
	if err != nil {
		return -1
	}
	return i
}

// slot is what stands for a name of the tree.
func (c *converter) slot(name string) any {
	if i := slotIndex(name); i >= 0 && i < len(c.r.slots) {
		return c.r.slots[i]
	}
	return nil
}

// at is the place in the source of a node of the tree.
func (c *converter) at(n ast.Node) Node {
	return Node{sqlerr.At(c.out.source(n.OriginTextPosition(), c.end))}
}

// unknown is for what no statement of ours can become.
func (c *converter) unknown(n any) error {
	panic(fmt.Sprintf("sql: %T in the tree of %s", n, c.out.b.String()))
}
