package sql

import (
	"fmt"
	"strings"
)

// Print writes a statement in one canonical form: parsed again, it prints the same.
func Print(s Statement) string {
	p := &printer{}
	p.statement(s)
	return p.b.String()
}

// PrintQuery writes a query.
func PrintQuery(q *Query) string {
	p := &printer{}
	p.query(q)
	return p.b.String()
}

// PrintExpr writes an expression.
func PrintExpr(e Expr) string {
	p := &printer{}
	p.expr(e)
	return p.b.String()
}

type printer struct{ b strings.Builder }

func (p *printer) put(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

// quoteName quotes a name that would not be read back as it is.
func quoteName(n string) string {
	plain := n != "" && (isLetter(n[0]) && n[0] < 0x80) && n == fold(n) && !reserved[strings.ToUpper(n)] && !soft[strings.ToUpper(n)] &&
		!exprWords[strings.ToUpper(n)]
	for i := range len(n) {
		plain = plain && (isLetter(n[i]) && n[i] < 0x80 || isDigit(n[i]))
	}
	switch n {
	case "current_date", "current_timestamp", "current_time", "localtimestamp", "localtime", "current_user", "session_user",
		"interval", "array", "row", "cast", "try_cast", "extract", "emit", "lateral", "escape", "ilike", "similar", "collate", "rollup", "cube", "descriptor":
		plain = false
	}
	if plain {
		return n
	}
	return `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
}

func quoteNames(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoteName(n)
	}
	return strings.Join(out, ".")
}

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// list writes n items with commas between them.
func (p *printer) list(n int, item func(int)) {
	for i := range n {
		if i > 0 {
			p.put(", ")
		}
		item(i)
	}
}

func (p *printer) names(ns []Name) {
	p.put("(")
	p.list(len(ns), func(i int) { p.put(quoteName(ns[i].Text)) })
	p.put(")")
}

func (p *printer) exprs(es []Expr) { p.list(len(es), func(i int) { p.expr(es[i]) }) }

func (p *printer) statement(s Statement) {
	switch s := s.(type) {
	case *CreateTable:
		p.createTable(s)
	case *CreateView:
		p.put("CREATE ")
		if s.OrReplace {
			p.put("OR REPLACE ")
		}
		if s.Materialized {
			p.put("MATERIALIZED ")
		}
		p.put("VIEW ")
		if s.IfNotExists {
			p.put("IF NOT EXISTS ")
		}
		p.put(quoteNames(s.Name.Parts))
		if len(s.Columns) > 0 {
			p.put(" ")
			p.names(s.Columns)
		}
		if len(s.Options) > 0 {
			p.options(s.Options)
		}
		p.put(" AS ")
		p.query(s.Query)
	case *Drop:
		p.put("DROP ", s.Kind, " ")
		if s.IfExists {
			p.put("IF EXISTS ")
		}
		p.put(quoteNames(s.Name.Parts))
		if s.Cascade {
			p.put(" CASCADE")
		}
	case *Subscribe:
		p.put("SUBSCRIBE TO ", quoteNames(s.Name.Parts))
		if len(s.Options) > 0 {
			p.options(s.Options)
		}
	case *Refresh:
		p.put("REFRESH MATERIALIZED VIEW ", quoteNames(s.Name.Parts))
	case *Insert:
		p.insert(s)
	case *Update:
		p.update(s)
	case *Delete:
		p.delete(s)
	case *Truncate:
		p.put("TRUNCATE ", quoteNames(s.Table.Parts))
	case *Copy:
		p.copy(s)
	case *CreateUser:
		p.userStatement("CREATE", s.Name)
	case *AlterUser:
		p.userStatement("ALTER", s.Name)
	case *DropUser:
		p.put("DROP USER ")
		if s.IfExists {
			p.put("IF EXISTS ")
		}
		p.list(len(s.Names), func(i int) { p.put(quoteName(s.Names[i].Text)) })
	case *Reset:
		p.put("RESET ", quoteDotted(s.Name.Text))
	case *ShowCreate:
		p.put("SHOW CREATE ", s.Kind, " ", quoteNames(s.Name.Parts))
	case *SelectStatement:
		p.query(s.Query)
	case *Explain:
		p.put("EXPLAIN ")
		if s.Analyze {
			p.put("ANALYZE ")
		}
		p.statement(s.Statement)
	case *Set:
		value := quoteText(s.Value.Text)
		if s.Default {
			value = "DEFAULT"
		}
		p.put("SET ", map[bool]string{true: "LOCAL "}[s.Local], quoteDotted(s.Name.Text), " = ", value)
	case *Show:
		if s.What == "MATERIALIZED VIEWS" {
			p.put("SHOW ", s.What)
			break
		}
		p.put("SHOW ", quoteDotted(s.What))
	case *AlterJob:
		p.put(s.Verb, " JOB ")
		if s.IfExists {
			p.put("IF EXISTS ")
		}
		p.put(quoteName(s.Name.Text))
	case *ShowJob:
		p.put("SHOW JOB ")
		if s.Log {
			p.put("LOG ")
		}
		p.put(quoteName(s.Name.Text))
	case *Describe:
		p.put("DESCRIBE ", quoteNames(s.Name.Parts))
	default:
		if p.session(s) {
			return
		}
		panic(fmt.Sprintf("sql: cannot print a %T", s))
	}
}

// quoteDotted writes the name of a setting: as a string where it is more than words with dots between.
func quoteDotted(name string) string {
	for _, part := range strings.Split(name, ".") {
		if part == "" || isDigit(part[0]) {
			return quoteText(name)
		}
		for i := range len(part) {
			if c := part[i]; c >= 0x80 || !isLetter(c) && !isDigit(c) {
				return quoteText(name)
			}
		}
	}
	return name
}

func (p *printer) createTable(c *CreateTable) {
	p.put("CREATE ", [...]string{"TABLE", "SOURCE", "SINK"}[c.Direction], " ")
	if c.IfNotExists {
		p.put("IF NOT EXISTS ")
	}
	p.put(quoteNames(c.Name.Parts))
	if len(c.Columns) > 0 || len(c.PrimaryKey) > 0 || c.Watermark != nil {
		p.put(" (")
		p.tableElements(c)
		p.put(")")
	}
	if c.AppendOnly {
		p.put(" APPEND ONLY")
	}
	if len(c.Options) > 0 {
		p.options(c.Options)
	}
	if c.Query != nil {
		p.put(" AS ")
		p.query(c.Query)
	}
}

// tableElements writes the columns, the primary key and the watermark of a table.
func (p *printer) tableElements(c *CreateTable) {
	comma := ""
	p.list(len(c.Columns), func(i int) {
		d := c.Columns[i]
		p.put(quoteName(d.Name.Text))
		if d.Computed != nil {
			p.put(" AS ")
			p.expr(d.Computed)
			return
		}
		p.put(" ", typeText(d.Type))
		if d.NotNull {
			p.put(" NOT NULL")
		}
		if d.Default != nil {
			p.put(" DEFAULT ")
			p.expr(d.Default)
		}
		if d.HasMetadata {
			p.put(" METADATA FROM ", quoteText(d.Metadata))
		}
	})
	if len(c.Columns) > 0 {
		comma = ", "
	}
	if len(c.PrimaryKey) > 0 {
		p.put(comma, "PRIMARY KEY ")
		p.names(c.PrimaryKey)
		comma = ", "
	}
	if w := c.Watermark; w != nil {
		p.put(comma, "WATERMARK FOR ", quoteName(w.Column.Text), " AS ")
		p.expr(w.Expr)
	}
}

func (p *printer) query(q *Query) {
	if len(q.With) > 0 {
		p.put("WITH ")
		if q.Recursive {
			p.put("RECURSIVE ")
		}
		p.list(len(q.With), func(i int) {
			p.put(quoteName(q.With[i].Name.Text), " ")
			if len(q.With[i].Columns) > 0 {
				p.names(q.With[i].Columns)
				p.put(" ")
			}
			p.put("AS (")
			p.query(q.With[i].Query)
			p.put(")")
		})
		p.put(" ")
	}
	p.body(q.Body)
	p.orderBy(q.OrderBy)
	if q.Limit != nil && !q.Ties {
		p.put(" LIMIT ")
		p.count(q.Limit)
	}
	if q.Offset != nil {
		p.put(" OFFSET ")
		p.count(q.Offset)
	}
	if q.Limit != nil && q.Ties {
		p.put(" FETCH FIRST ")
		p.count(q.Limit)
		p.put(" ROWS WITH TIES")
	}
	if q.Emit != nil {
		p.put(" EMIT ", [...]string{"ON WINDOW CLOSE", "CHANGES", "EVERY "}[q.Emit.Mode])
		if q.Emit.Every != nil {
			p.expr(q.Emit.Every)
		}
	}
}

// count writes the number of LIMIT or OFFSET: in parentheses where it is more, since ROW and others go on with these.
func (p *printer) count(e Expr) {
	switch e.(type) {
	case *NumberLit, *Param, *Subquery:
		p.expr(e)
	default:
		p.put("(")
		p.expr(e)
		p.put(")")
	}
}

func (p *printer) orderBy(items []OrderItem) {
	if len(items) > 0 {
		p.put(" ORDER BY ")
		p.orderItems(items)
	}
}

func (p *printer) orderItems(items []OrderItem) {
	p.list(len(items), func(i int) {
		p.expr(items[i].Expr)
		if items[i].Desc {
			p.put(" DESC")
		}
		if f := items[i].NullsFirst; f != nil {
			p.put(map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[*f])
		}
	})
}

func (p *printer) body(b Body) {
	switch b := b.(type) {
	case *Query:
		p.put("(")
		p.query(b)
		p.put(")")
	case *Values:
		p.put("VALUES ")
		p.list(len(b.Rows), func(i int) {
			p.put("(")
			p.exprs(b.Rows[i])
			p.put(")")
		})
	case *SetOp:
		if left, ok := b.Left.(*SetOp); ok && (left.Op == "INTERSECT" || b.Op != "INTERSECT") {
			p.body(left) // read from the left without parentheses
		} else {
			p.side(b.Left)
		}
		p.put(" ", b.Op)
		if b.All {
			p.put(" ALL")
		}
		p.put(" ")
		p.side(b.Right)
	case *Select:
		p.selectBody(b)
	}
}

// side writes a side of a set operation, in parentheses where it is one itself.
func (p *printer) side(b Body) {
	if _, ok := b.(*SetOp); ok {
		b = &Query{Body: b}
	}
	p.body(b)
}

func (p *printer) selectBody(s *Select) {
	p.put("SELECT ")
	if s.Distinct {
		p.put("DISTINCT ")
	}
	if len(s.DistinctOn) > 0 {
		p.put("DISTINCT ON (")
		p.exprs(s.DistinctOn)
		p.put(") ")
	}
	p.list(len(s.Items), func(i int) { p.selectItem(s.Items[i]) })
	if s.From != nil {
		p.put(" FROM ")
		p.tableRef(s.From)
	}
	if s.Where != nil {
		p.put(" WHERE ")
		p.expr(s.Where)
	}
	if len(s.GroupBy) > 0 {
		p.put(" GROUP BY ")
		p.list(len(s.GroupBy), func(i int) { p.groupItem(s.GroupBy[i]) })
	}
	if s.Having != nil {
		p.put(" HAVING ")
		p.expr(s.Having)
	}
	if len(s.Windows) > 0 {
		p.put(" WINDOW ")
		p.list(len(s.Windows), func(i int) {
			p.put(quoteName(s.Windows[i].Name.Text), " AS ")
			p.windowSpec(&s.Windows[i].Spec)
		})
	}
	if s.Qualify != nil {
		p.put(" QUALIFY ")
		p.expr(s.Qualify)
	}
}

func (p *printer) selectItem(item SelectItem) {
	switch {
	case item.Star && len(item.Table) > 0:
		p.put(quoteNames(item.Table), ".*")
	case item.Star:
		p.put("*")
	default:
		p.expr(item.Expr)
	}
	if item.Alias != nil {
		p.put(" AS ", quoteName(item.Alias.Text))
	}
}

func (p *printer) groupItem(g GroupItem) {
	if g.Kind == "" {
		p.expr(g.Expr)
		return
	}
	p.put(g.Kind, " (")
	p.list(len(g.Sets), func(i int) {
		if len(g.Sets[i]) == 1 && g.Kind != "GROUPING SETS" {
			p.expr(g.Sets[i][0])
			return
		}
		p.put("(")
		p.exprs(g.Sets[i])
		p.put(")")
	})
	p.put(")")
}

func (p *printer) alias(a Alias) {
	if a.Name == nil {
		return
	}
	p.put(" AS ", quoteName(a.Name.Text))
	if len(a.Columns) > 0 {
		p.put(" ")
		p.names(a.Columns)
	}
}

func (p *printer) tableRef(t TableRef) {
	switch t := t.(type) {
	case *TableName:
		p.put(quoteNames(t.Name.Parts))
		if t.AsOf != nil {
			p.put(" FOR SYSTEM_TIME AS OF ")
			p.operand(t.AsOf)
		}
		p.alias(t.Alias)
	case *Derived:
		if t.Lateral {
			p.put("LATERAL ")
		}
		p.put("(")
		p.query(t.Query)
		p.put(")")
		p.alias(t.Alias)
	case *TableFunc:
		if t.Lateral {
			p.put("LATERAL ")
		}
		p.put(quoteName(t.Name), "(")
		p.list(len(t.Args), func(i int) { p.funcArg(t.Args[i]) })
		p.put(")")
		if t.Ordinality {
			p.put(" WITH ORDINALITY")
		}
		p.alias(t.Alias)
	case *Join:
		p.joinSide(t.Left, false)
		if t.Natural {
			p.put(" NATURAL")
		}
		p.put([...]string{" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " CROSS JOIN "}[t.Kind])
		p.joinSide(t.Right, true)
		if t.On != nil {
			p.put(" ON ")
			p.expr(t.On)
		}
		if len(t.Using) > 0 {
			p.put(" USING ")
			p.names(t.Using)
		}
	}
}

func (p *printer) joinSide(t TableRef, right bool) {
	if _, ok := t.(*Join); ok && right {
		p.put("(")
		p.tableRef(t)
		p.put(")")
		return
	}
	p.tableRef(t)
}

func (p *printer) funcArg(a FuncArg) {
	if a.Name != "" {
		p.put(quoteName(a.Name), " => ")
	}
	switch {
	case a.Table != nil:
		p.put("TABLE ", quoteNames(a.Table.Parts))
	case a.Query != nil:
		p.put("TABLE (")
		p.query(a.Query)
		p.put(")")
	case len(a.Descriptor) > 0:
		p.put("DESCRIPTOR")
		p.names(a.Descriptor)
	default:
		p.expr(a.Expr)
	}
	if len(a.PartitionBy) > 0 {
		p.put(" PARTITION BY (")
		p.exprs(a.PartitionBy)
		p.put(")")
	}
}
