package shell

import (
	"context"
	"io"

	"millrace/flow"
	"millrace/types"
)

// Backend runs statements: an engine in the process, or a server by the wire. For one goroutine.
type Backend interface {
	// Exec runs one statement. A query runs when its Result is read; what changes something has ended when Exec
	// returns. Errors have places in the statement's text.
	Exec(ctx context.Context, statement string) (*Result, error)
	// Conninfo says in a sentence what statements run on.
	Conninfo() string
	// Dialect is what questions about tables are asked in.
	Dialect() Dialect
	// Busy tells that a question of the shell's own would be refused or do harm, as in a failed transaction.
	Busy() bool
	Close() error
}

// Dialect tells servers apart by what they answer about themselves.
type Dialect int

const (
	Millrace Dialect = iota // SHOW TABLES, DESCRIBE
	Postgres                // information_schema alone
)

// Result is what a statement gives.
type Result struct {
	Tag     string       // "CREATE TABLE"
	Schema  types.Schema // nil: no rows
	Changes bool         // a stream of changes without end: the first column, op, says what a row does
	Plan    bool         // lines of text that are shown as they are
	// Copy writes what COPY … TO STDOUT gives, in the statement's own format; nil: it is another statement.
	Copy func(ctx context.Context, to io.Writer) error
	// Each calls fn with the rows, in order and one call at a time. The batch is borrowed.
	Each func(ctx context.Context, fn func(*flow.Batch) error) error
	// Notices are what the user is to be told, once Each has returned.
	Notices func() []string
	// Read is how many rows the query has read so far; nil: not known.
	Read func() int64
}
