package sql

// Insert is INSERT INTO table [AS alias] [(columns)] query [ON CONFLICT …] [RETURNING …].
type Insert struct {
	Node
	Table      ObjectName
	Alias      *Name
	Columns    []Name
	Query      *Query // nil: DEFAULT VALUES
	OnConflict *OnConflict
	Returning  []SelectItem // empty: none
}

// OnConflict is ON CONFLICT [(columns)] DO NOTHING | DO UPDATE SET … [WHERE …].
type OnConflict struct {
	Node
	Target []Name
	Set    []SetClause // empty: DO NOTHING
	Where  Expr
}

// SetClause is column = expr of SET. A nil Expr is DEFAULT.
type SetClause struct {
	Column Name
	Expr   Expr
}

// Update is UPDATE table [AS alias] SET … [WHERE …] [RETURNING …].
type Update struct {
	Node
	Table     ObjectName
	Alias     *Name
	Set       []SetClause
	Where     Expr
	Returning []SelectItem
}

// Delete is DELETE FROM table [AS alias] [WHERE …] [RETURNING …].
type Delete struct {
	Node
	Table     ObjectName
	Alias     *Name
	Where     Expr
	Returning []SelectItem
}

// Truncate is TRUNCATE [TABLE] table.
type Truncate struct {
	Node
	Table ObjectName
}

// Reset is RESET name, which may be all.
type Reset struct {
	Node
	Name Name
}

// ShowCreate is SHOW CREATE kind name. Kind is in upper case: TABLE, SOURCE, SINK, VIEW, JOB.
type ShowCreate struct {
	Node
	Kind string
	Name ObjectName
}

func (*Insert) statement()     {}
func (*Update) statement()     {}
func (*Delete) statement()     {}
func (*Truncate) statement()   {}
func (*Reset) statement()      {}
func (*ShowCreate) statement() {}
