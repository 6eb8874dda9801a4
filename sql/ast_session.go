package sql

import "millrace/types"

// Transaction is BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE or ROLLBACK TO, which is its Kind. Other words for these are
// gone.
type Transaction struct {
	Node
	Kind  string
	Name  Name // of a savepoint
	Modes TransactionModes
	Chain bool // COMMIT or ROLLBACK AND CHAIN
}

// TransactionModes are what BEGIN and SET TRANSACTION say about a transaction.
type TransactionModes struct {
	Isolation  string // "read committed"; empty: not said
	ReadOnly   *bool
	Deferrable *bool
}

// SetTransaction is SET TRANSACTION, or with Session SET SESSION CHARACTERISTICS AS TRANSACTION.
type SetTransaction struct {
	Node
	Session bool
	Modes   TransactionModes
}

// Prepare is PREPARE name [(types)] AS statement.
type Prepare struct {
	Node
	Name      Name
	Types     []types.Type
	Statement Statement
}

// Execute is EXECUTE name [(arguments)].
type Execute struct {
	Node
	Name Name
	Args []Expr
}

// Deallocate is DEALLOCATE name; without a name it is ALL.
type Deallocate struct {
	Node
	Name Name
}

// DeclareCursor is DECLARE name CURSOR FOR query.
type DeclareCursor struct {
	Node
	Name  Name
	Hold  bool // it outlives its transaction
	Query *Query
}

// Fetch is FETCH, or MOVE, of the next Count rows of a cursor, or of All that are left.
type Fetch struct {
	Node
	Move  bool
	All   bool
	Count int64
	Name  Name
}

// CloseCursor is CLOSE name; without a name it is ALL.
type CloseCursor struct {
	Node
	Name Name
}

// Discard is DISCARD what, in upper case: ALL, PLANS, SEQUENCES, TEMPORARY.
type Discard struct {
	Node
	What string
}

// Upkeep is a statement that keeps another database in order, and of which there is nothing to do here. Kind is in upper
// case: VACUUM, ANALYZE, CHECKPOINT, LOCK TABLE, UNLISTEN.
type Upkeep struct {
	Node
	Kind   string
	Tables []ObjectName
}

func (*Transaction) statement()    {}
func (*SetTransaction) statement() {}
func (*Prepare) statement()        {}
func (*Execute) statement()        {}
func (*Deallocate) statement()     {}
func (*DeclareCursor) statement()  {}
func (*Fetch) statement()          {}
func (*CloseCursor) statement()    {}
func (*Discard) statement()        {}
func (*Upkeep) statement()         {}
