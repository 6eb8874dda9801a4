package sql

import (
	"fmt"
	"strconv"
	"strings"

	"millrace/types"
)

// operand writes an expression so that it is read back as one operand.
func (p *printer) operand(e Expr) {
	switch e.(type) {
	case *Ident, *NullLit, *BoolLit, *NumberLit, *StringLit, *TypedLit, *IntervalLit, *Call, *Cast, *Case, *Param, *Subquery, *Extract, *ArrayLit, *RowLit, *FieldOf, *Subscript:
		p.expr(e)
	default:
		p.put("(")
		p.expr(e)
		p.put(")")
	}
}

func not(n bool) string {
	if n {
		return " NOT"
	}
	return ""
}

func (p *printer) expr(e Expr) {
	switch e := e.(type) {
	case *Ident:
		p.put(quoteNames(e.Parts))
	case *NullLit:
		p.put("NULL")
	case *BoolLit:
		p.put(strings.ToUpper(strconv.FormatBool(e.Value)))
	case *NumberLit:
		p.put(e.Text)
	case *StringLit:
		p.put(quoteText(e.Value))
	case *TypedLit:
		p.put(typeText(e.Type), " ", quoteText(e.Value))
	case *IntervalLit:
		p.put(e.Text)
	case *Param:
		p.put("$", strconv.Itoa(e.Index))
	case *Unary:
		if e.Op == "not" {
			p.put("NOT ")
		} else {
			p.put(e.Op)
		}
		p.operand(e.X)
	case *Binary:
		p.operand(e.Left)
		p.put(" ", strings.ToUpper(e.Op), " ")
		p.operand(e.Right)
	case *Call:
		p.call(e)
	case *Cast:
		if e.Try {
			p.put("TRY_")
		}
		p.put("CAST(")
		p.expr(e.X)
		p.put(" AS ", typeText(e.Type), ")")
	case *Case:
		p.put("CASE")
		if e.Operand != nil {
			p.put(" ")
			p.expr(e.Operand)
		}
		for _, w := range e.Whens {
			p.put(" WHEN ")
			p.expr(w.Cond)
			p.put(" THEN ")
			p.expr(w.Then)
		}
		if e.Else != nil {
			p.put(" ELSE ")
			p.expr(e.Else)
		}
		p.put(" END")
	case *In:
		p.operand(e.X)
		p.put(not(e.Not), " IN (")
		if e.Query != nil {
			p.query(e.Query)
		} else {
			p.exprs(e.List)
		}
		p.put(")")
	case *Between:
		p.operand(e.X)
		p.put(not(e.Not), " BETWEEN ")
		if e.Symmetric {
			p.put("SYMMETRIC ")
		}
		p.operand(e.Low)
		p.put(" AND ")
		p.operand(e.High)
	case *Like:
		p.operand(e.X)
		p.put(not(e.Not), " ", strings.ToUpper(e.Op), " ")
		p.operand(e.Pattern)
		if e.Escape != nil {
			p.put(" ESCAPE ")
			p.expr(e.Escape)
		}
	case *Is:
		p.operand(e.X)
		p.put(" IS", not(e.Not), " ", e.What)
	case *IsDistinct:
		p.operand(e.Left)
		p.put(" IS", not(e.Not), " DISTINCT FROM ")
		p.operand(e.Right)
	case *Exists:
		p.put("EXISTS (")
		p.query(e.Query)
		p.put(")")
	case *Subquery:
		p.put("(")
		p.query(e.Query)
		p.put(")")
	case *Quantified:
		p.operand(e.X)
		p.put(" ", strings.ToUpper(e.Op), map[bool]string{true: " ALL (", false: " ANY ("}[e.All])
		if e.Query != nil {
			p.query(e.Query)
		} else {
			p.expr(e.Array)
		}
		p.put(")")
	case *Extract:
		field := e.Field
		if quoteName(field) != field {
			field = quoteText(field)
		}
		p.put("EXTRACT(", field, " FROM ")
		p.expr(e.X)
		p.put(")")
	case *AtTimeZone:
		p.operand(e.X)
		p.put(" AT TIME ZONE ")
		p.operand(e.Zone)
	case *ArrayLit:
		p.put("ARRAY[")
		p.exprs(e.Elems)
		p.put("]")
	case *ArrayQuery:
		p.put("ARRAY(")
		p.query(e.Query)
		p.put(")")
	case *RowLit:
		p.put("ROW(")
		p.exprs(e.Elems)
		p.put(")")
	case *Subscript:
		p.operand(e.X)
		p.put("[")
		p.expr(e.Index)
		p.put("]")
	case *FieldOf:
		p.put("(")
		p.expr(e.X)
		p.put(").", quoteName(e.Name))
	default:
		panic(fmt.Sprintf("sql: cannot print a %T", e))
	}
}

// typeText writes a type, the names of fields quoted where they must be.
func typeText(t types.Type) string {
	switch t.Kind {
	case types.Array:
		return "ARRAY<" + typeText(*t.Elem) + ">"
	case types.Map:
		return "MAP<" + typeText(*t.Key) + ", " + typeText(*t.Elem) + ">"
	case types.Row:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = quoteName(f.Name) + " " + typeText(f.Type)
		}
		return "ROW(" + strings.Join(fields, ", ") + ")"
	}
	return t.String()
}

func (p *printer) call(c *Call) {
	switch c.Name {
	case "current_date", "current_timestamp", "current_time", "localtimestamp", "localtime", "current_user", "session_user":
		if len(c.Args) == 0 {
			p.put(c.Name)
			return
		}
	}
	if c.Name == "left" || c.Name == "right" {
		p.put(c.Name, "(")
	} else {
		p.put(quoteName(c.Name), "(")
	}
	if c.Star {
		p.put("*")
	}
	if c.Distinct {
		p.put("DISTINCT ")
	}
	p.exprs(c.Args)
	p.orderBy(c.OrderBy)
	p.put(")")
	if len(c.WithinGroup) > 0 {
		p.put(" WITHIN GROUP (ORDER BY ")
		p.orderItems(c.WithinGroup)
		p.put(")")
	}
	if c.Filter != nil {
		p.put(" FILTER (WHERE ")
		p.expr(c.Filter)
		p.put(")")
	}
	if c.IgnoreNulls {
		p.put(" IGNORE NULLS")
	}
	if w := c.Over; w != nil {
		p.put(" OVER ")
		p.window(w)
	}
}

func (p *printer) window(w *WindowSpec) {
	if w.Name != "" && len(w.PartitionBy) == 0 && len(w.OrderBy) == 0 && w.Frame == nil {
		p.put(quoteName(w.Name))
		return
	}
	p.windowSpec(w)
}

func (p *printer) windowSpec(w *WindowSpec) {
	p.put("(")
	var parts []string
	if w.Name != "" {
		parts = append(parts, quoteName(w.Name))
	}
	if len(w.PartitionBy) > 0 {
		s := &printer{}
		s.put("PARTITION BY ")
		s.exprs(w.PartitionBy)
		parts = append(parts, s.b.String())
	}
	if len(w.OrderBy) > 0 {
		s := &printer{}
		s.put("ORDER BY ")
		s.orderItems(w.OrderBy)
		parts = append(parts, s.b.String())
	}
	if f := w.Frame; f != nil {
		parts = append(parts, f.Unit+" BETWEEN "+bound(f.Start)+" AND "+bound(f.End))
		if f.Exclude != "" {
			parts = append(parts, "EXCLUDE "+f.Exclude)
		}
	}
	p.put(strings.Join(parts, " "), ")")
}

func bound(b Bound) string {
	if b.Expr == nil {
		return b.Kind
	}
	p := &printer{}
	p.operand(b.Expr) // an AND of its own would end the bound
	return p.b.String() + " " + b.Kind
}
