package sql

func (p *printer) insert(s *Insert) {
	p.put("INSERT INTO ", quoteNames(s.Table.Parts), " ")
	if s.Alias != nil {
		p.put("AS ", quoteName(s.Alias.Text), " ")
	}
	if len(s.Columns) > 0 {
		p.names(s.Columns)
		p.put(" ")
	}
	if s.Query == nil {
		p.put("DEFAULT VALUES")
	} else {
		p.query(s.Query)
	}
	if c := s.OnConflict; c != nil {
		p.put(" ON CONFLICT")
		if len(c.Target) > 0 {
			p.put(" ")
			p.names(c.Target)
		}
		if len(c.Set) == 0 {
			p.put(" DO NOTHING")
		} else {
			p.put(" DO UPDATE")
			p.setList(c.Set)
			p.where(c.Where)
		}
	}
	p.returning(s.Returning)
}

func (p *printer) update(s *Update) {
	p.put("UPDATE ", quoteNames(s.Table.Parts))
	p.tableAlias(s.Alias)
	p.setList(s.Set)
	p.where(s.Where)
	p.returning(s.Returning)
}

func (p *printer) delete(s *Delete) {
	p.put("DELETE FROM ", quoteNames(s.Table.Parts))
	p.tableAlias(s.Alias)
	p.where(s.Where)
	p.returning(s.Returning)
}

func (p *printer) tableAlias(a *Name) {
	if a != nil {
		p.put(" AS ", quoteName(a.Text))
	}
}

func (p *printer) setList(set []SetClause) {
	p.put(" SET ")
	p.list(len(set), func(i int) {
		p.put(quoteName(set[i].Column.Text), " = ")
		if set[i].Expr == nil {
			p.put("DEFAULT")
		} else {
			p.expr(set[i].Expr)
		}
	})
}

func (p *printer) where(e Expr) {
	if e != nil {
		p.put(" WHERE ")
		p.expr(e)
	}
}

func (p *printer) returning(items []SelectItem) {
	if len(items) > 0 {
		p.put(" RETURNING ")
		p.list(len(items), func(i int) { p.selectItem(items[i]) })
	}
}
