package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"millrace/catalog"
	"millrace/formats/pgcopy"
	"millrace/planner"
	sourcecopy "millrace/sources/copy"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// CopyOut is a COPY … TO STDOUT: rows, and what writes them.
type CopyOut struct {
	*Result
	Options pgcopy.Options
}

// CopyTo plans a COPY … TO STDOUT. Its rows are read by Each.
func (s *Session) CopyTo(ctx context.Context, st *sql.Copy) (out *CopyOut, err error) {
	defer s.recovered(st, &err)
	q := st.Query
	if q == nil {
		sel := &sql.Select{Node: st.Node, From: &sql.TableName{Node: st.Table.Node, Name: st.Table}}
		for _, c := range st.Columns {
			sel.Items = append(sel.Items, sql.SelectItem{Node: c.Node, Expr: &sql.Ident{Node: c.Node, Parts: []string{c.Text}}})
		}
		if len(sel.Items) == 0 {
			sel.Items = []sql.SelectItem{{Node: st.Node, Star: true}}
		}
		q = &sql.Query{Node: st.Node, Body: sel}
	}
	r, err := s.Exec(ctx, &sql.SelectStatement{Node: st.Node, Query: q})
	if err != nil {
		return nil, err
	}
	o, err := copyOptions(st, r.Schema)
	return &CopyOut{r, o}, err
}

// CopyIn is a COPY … FROM STDIN that was planned.
type CopyIn struct {
	Columns types.Schema // that are read
	Options pgcopy.Options
	session *Session
	stmt    *sql.Copy
}

// CopyFrom plans a COPY … FROM STDIN.
func (s *Session) CopyFrom(ctx context.Context, st *sql.Copy) (in *CopyIn, err error) {
	defer s.recovered(st, &err)
	t, err := s.env().Catalog.Table(ctx, planner.TableName(st.Table))
	if err != nil {
		return nil, place(err, st.Table.Pos())
	}
	in = &CopyIn{session: s, stmt: st}
	if err := s.allowed(st); err != nil {
		return nil, err
	}
	names := st.Columns
	if len(names) == 0 {
		for _, c := range t.Columns {
			if c.Computed == "" && c.Metadata == "" {
				names = append(names, sql.Name{Node: st.Table.Node, Text: c.Name})
			}
		}
	}
	for _, n := range names {
		i := slices.IndexFunc(t.Columns, func(c catalog.Column) bool { return c.Name == n.Text })
		if i < 0 {
			return nil, sqlerr.New(sqlerr.UndefinedColumn, n.Pos(), "column %q of relation %q does not exist", n.Text, t.Name.String())
		}
		in.Columns = append(in.Columns, types.Column{Name: n.Text, Type: t.Columns[i].Type})
	}
	if in.Options, err = copyOptions(st, in.Columns); err != nil {
		return nil, err
	}
	// all that can be wrong is found before the client sends anything
	defer s.feeding(in.feed(nil))()
	ins := in.insert(names)
	once, err := s.Once(ctx, ins)
	if err == nil && once {
		_, err = s.planChange(ctx, ins)
	} else if err == nil {
		_, _, err = s.planInsert(ctx, ins, 1)
	}
	return in, err
}

// feedName is the table that the rows are read from, by a name that no user's table has.
var feedName = sql.ObjectName{Parts: []string{"copy from stdin"}}

// insert is the statement that a COPY comes to.
func (in *CopyIn) insert(columns []sql.Name) *sql.Insert {
	st := in.stmt
	from := feedName
	from.Node = st.Table.Node
	alias := sql.Name{Node: st.Table.Node, Text: st.Table.Parts[len(st.Table.Parts)-1]}
	sel := &sql.Select{Node: st.Node, From: &sql.TableName{Node: st.Table.Node, Name: from, Alias: sql.Alias{Name: &alias}}, Where: st.Where}
	for _, c := range columns {
		sel.Items = append(sel.Items, sql.SelectItem{Node: c.Node, Expr: &sql.Ident{Node: c.Node, Parts: []string{c.Text}}})
	}
	return &sql.Insert{Node: st.Node, Table: st.Table, Columns: columns, Query: &sql.Query{Node: st.Node, Body: sel}}
}

func (in *CopyIn) feed(r io.ReadCloser) *catalog.Table {
	f := &sourcecopy.Feed{In: r, Table: in.stmt.Table.Parts[len(in.stmt.Table.Parts)-1], Options: in.Options}
	return sourcecopy.Table(planner.TableName(feedName), f, in.Columns)
}

// Run reads what the client sends and writes the rows: into a table that millrace keeps all of them at once at the end or
// none, into any other as a batch job does. Closing r must have a Read that waits return.
func (in *CopyIn) Run(ctx context.Context, r io.ReadCloser) (out *Result, err error) {
	s := in.session
	defer s.recovered(in.stmt, &err)
	names := make([]sql.Name, len(in.Columns))
	for i, c := range in.Columns {
		names[i] = sql.Name{Node: in.stmt.Node, Text: c.Name}
	}
	if len(in.stmt.Columns) > 0 {
		names = in.stmt.Columns
	}
	feed := in.feed(r)
	defer s.feeding(feed)()
	res, err := s.Exec(ctx, in.insert(names))
	var e *sqlerr.Error
	if errors.As(err, &e) { // which speaks of an INSERT that nobody wrote
		e.Pos = 0
		if e.Code == sqlerr.UniqueViolation {
			e.Hint = "Copy into a table without a key, then write INSERT INTO … SELECT … ON CONFLICT."
		}
	}
	if err != nil {
		return nil, err
	}
	n := feed.From.(*sourcecopy.Feed).Rows()
	if written, ok := strings.CutPrefix(res.Tag, "INSERT 0 "); ok {
		return &Result{Tag: "COPY " + written}, nil
	}
	return &Result{Tag: fmt.Sprintf("COPY %d", n)}, nil
}

// feeding has the session's statements find the table, until what it returns is called.
func (s *Session) feeding(t *catalog.Table) func() {
	s.fed = t
	return func() { s.fed = nil }
}

// withFeed is a catalog with one more table.
type withFeed struct {
	catalog.Catalog
	feed *catalog.Table
}

func (c withFeed) Table(ctx context.Context, n catalog.Name) (*catalog.Table, error) {
	if n == c.feed.Name {
		return c.feed, nil
	}
	return c.Catalog.Table(ctx, n)
}

// copyOptions resolves the options of a COPY of these columns.
func copyOptions(st *sql.Copy, s types.Schema) (pgcopy.Options, error) {
	o, err := copyFormat(st)
	if err != nil {
		return o, err
	}
	for _, opt := range st.Options {
		if err := copyOption(&o, st, opt, s); err != nil {
			return o, err
		}
	}
	switch {
	case o.Format == pgcopy.Text && strings.IndexByte(`\.abcdefghijklmnopqrstuvwxyz0123456789`, o.Delimiter) >= 0:
		return o, badCopy(st.Pos(), "COPY delimiter cannot be %q", string(o.Delimiter))
	case o.Format == pgcopy.CSV && o.Delimiter == o.Quote:
		return o, badCopy(st.Pos(), "COPY delimiter and quote must be different")
	case o.Format != pgcopy.Binary && strings.IndexByte(o.Null, o.Delimiter) >= 0:
		return o, badCopy(st.Pos(), "COPY delimiter must not appear in the NULL specification")
	case o.Format == pgcopy.CSV && strings.IndexByte(o.Null, o.Quote) >= 0:
		return o, badCopy(st.Pos(), "CSV quote character must not appear in the NULL specification")
	}
	return o, nil
}

func badCopy(pos sqlerr.Pos, format string, args ...any) *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidParameterValue, pos, format, args...)
}

func copyFormat(st *sql.Copy) (pgcopy.Options, error) {
	for _, opt := range st.Options {
		if opt.Name != "format" || opt.Value == nil {
			continue
		}
		switch strings.ToLower(opt.Value.Text) {
		case "text":
		case "csv":
			return pgcopy.Defaults(pgcopy.CSV), nil
		case "binary":
			return pgcopy.Defaults(pgcopy.Binary), nil
		default:
			return pgcopy.Options{}, sqlerr.New(sqlerr.InvalidParameterValue, opt.Value.Pos(), "COPY format %q not recognized", opt.Value.Text).
				WithHint("There are text, csv and binary.")
		}
	}
	return pgcopy.Defaults(pgcopy.Text), nil
}

// copyOptionNames are those that there are.
var copyOptionNames = []string{"format", "header", "delimiter", "null", "quote", "escape", "encoding", "freeze", "force_quote", "force_not_null", "force_null"}

func copyOption(o *pgcopy.Options, st *sql.Copy, opt sql.CopyOption, s types.Schema) error {
	value, upper := "", strings.ToUpper(opt.Name)
	if !slices.Contains(copyOptionNames, opt.Name) {
		err := sqlerr.New(sqlerr.SyntaxError, opt.Pos(), "option %q not recognized", opt.Name)
		err.Hint = sqlerr.Suggest(opt.Name, copyOptionNames)
		return err
	}
	if opt.Value != nil {
		value = opt.Value.Text
	} else if !slices.Contains([]string{"header", "freeze", "force_quote", "force_not_null", "force_null"}, opt.Name) {
		return sqlerr.New(sqlerr.SyntaxError, opt.Pos(), "%s requires a parameter", opt.Name)
	}
	one := func(into *byte) error {
		if len(value) != 1 || value == "\n" || value == "\r" {
			return badCopy(opt.Pos(), "COPY %s must be a single one-byte character", opt.Name).WithHint("A line end is none.")
		}
		*into = value[0]
		return nil
	}
	if o.Format == pgcopy.Binary && slices.Contains([]string{"delimiter", "null", "header"}, opt.Name) {
		return sqlerr.New(sqlerr.SyntaxError, opt.Pos(), "cannot specify %s in BINARY mode", upper)
	}
	if o.Format != pgcopy.CSV && slices.Contains([]string{"quote", "escape", "force_quote", "force_not_null", "force_null"}, opt.Name) {
		return sqlerr.Unsupported(opt.Pos(), upper+" without FORMAT csv", "Write FORMAT csv.")
	}
	switch opt.Name {
	case "format":
		return nil
	case "delimiter":
		return one(&o.Delimiter)
	case "quote":
		if escape := o.Escape == o.Quote && !given(st, "escape"); escape {
			defer func() { o.Escape = o.Quote }()
		}
		return one(&o.Quote)
	case "escape":
		return one(&o.Escape)
	case "null":
		if strings.ContainsAny(value, "\r\n") {
			return badCopy(opt.Pos(), "COPY null representation cannot use newline or carriage return")
		}
		o.Null = value
		return nil
	case "header":
		switch strings.ToLower(value) {
		case "", "true", "on", "1", "yes":
			o.Header = true
		case "match":
			if !st.From {
				return badCopy(opt.Pos(), `cannot use "match" with HEADER in COPY TO`)
			}
			o.Header, o.Match = true, true
		case "false", "off", "0", "no":
		default:
			return badCopy(opt.Pos(), `header requires a Boolean value or "match"`)
		}
		return nil
	case "freeze": // rows are seen at the end anyway
		return nil
	case "encoding":
		if v := strings.ToLower(strings.ReplaceAll(value, "-", "")); v != "utf8" && v != "unicode" {
			return sqlerr.Unsupported(opt.Pos(), "COPY in encoding "+value, "Convert to UTF8 first: iconv -f … -t UTF-8.")
		}
		return nil
	case "force_quote":
		if st.From {
			return sqlerr.Unsupported(opt.Pos(), "FORCE_QUOTE with COPY FROM", "It is an option of COPY TO.")
		}
		return columnsOf(&o.ForceQuote, opt, s)
	case "force_not_null", "force_null":
		if !st.From {
			return sqlerr.Unsupported(opt.Pos(), upper+" with COPY TO", "It is an option of COPY FROM.")
		}
		if opt.Name == "force_null" {
			return columnsOf(&o.ForceNull, opt, s)
		}
		return columnsOf(&o.ForceNotNull, opt, s)
	}
	return nil
}

func given(st *sql.Copy, option string) bool {
	return slices.ContainsFunc(st.Options, func(o sql.CopyOption) bool { return o.Name == option })
}

// columnsOf marks the columns of an option.
func columnsOf(into *[]bool, opt sql.CopyOption, s types.Schema) error {
	list := make([]bool, len(s))
	for i := range list {
		list[i] = opt.All
	}
	for _, n := range opt.Columns {
		i := s.Index(n.Text)
		if i < 0 {
			return sqlerr.New(sqlerr.UndefinedColumn, n.Pos(), "%s column %q not referenced by COPY", strings.ToUpper(opt.Name), n.Text)
		}
		list[i] = true
	}
	*into = list
	return nil
}
