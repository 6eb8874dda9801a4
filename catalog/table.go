// Package catalog knows what tables there are.
package catalog

import (
	"slices"
	"strings"
	"time"

	"millrace/sqlerr"
	"millrace/types"
)

// Name is a table's name; Catalog and Schema may be empty.
type Name struct{ Catalog, Schema, Table string }

func (n Name) String() string {
	parts := slices.DeleteFunc([]string{n.Catalog, n.Schema, n.Table}, func(s string) bool { return s == "" })
	return strings.Join(parts, ".")
}

// Direction says what a table was declared for.
type Direction uint8

const (
	Both Direction = iota // CREATE TABLE
	In                    // CREATE SOURCE
	Out                   // CREATE SINK
)

// Table is a relation bound to a connector: what CREATE TABLE said, resolved.
type Table struct {
	Name       Name
	Direction  Direction
	Columns    []Column // physical, metadata and computed ones, in the order of the statement
	PrimaryKey []int    // positions in Columns; nil: none
	Watermark  *Watermark
	AppendOnly bool // rows are added and never changed
	Options    map[string]Option
	// Query is the SQL of a materialized view, whose rows are what it gives; empty: it is no view.
	Query string
	SQL   string // the statement that made it, secrets and all: for the catalog's file alone
	From  any    // what a connector reads that has no options to find it by: the relations of the system; else nil
}

// Column is a column of a table.
type Column struct {
	types.Column
	Metadata string // METADATA FROM 'x': the connector's name of it; else empty
	Computed string // AS (expr): its SQL; else empty
	Default  string // DEFAULT expr: its SQL; else empty
	Pos      sqlerr.Pos
}

// Watermark is WATERMARK FOR column AS column - delay.
type Watermark struct {
	Column int // position in Columns
	Delay  time.Duration
}

// Option is one entry of WITH ( … ), its variables filled in.
type Option struct {
	Value string
	Pos   sqlerr.Pos // of the value
	Key   sqlerr.Pos // of the name
}

// Database is the name of the one that there is, Public the schema of names that have none, and Owner the role that all of
// it belongs to.
const (
	Database = "millrace"
	Public   = "public"
	Owner    = "millrace"
)

// Embedded is the connector of tables that millrace keeps itself: those with no WITH.
const Embedded = "embedded"

// System is the connector of the relations that tell of the catalog itself.
const System = "system"

// Connector is the value of the option of that name.
func (t *Table) Connector() string { return t.Options["connector"].Value }

// Embedded reports whether millrace keeps the table itself.
func (t *Table) Embedded() bool { return t.Connector() == Embedded }

// Kind says what the table was declared as.
func (t *Table) Kind() string {
	switch {
	case t.Materialized():
		return "materialized view"
	case t.AppendOnly:
		return "append only table"
	case t.Direction == In:
		return "source"
	case t.Direction == Out:
		return "sink"
	}
	return "table"
}

// Materialized reports whether it is a materialized view: millrace keeps its rows, and nobody else writes them.
func (t *Table) Materialized() bool { return t.Query != "" }

// Bag reports whether equal rows of the table are told apart by nothing: those of a materialized view that has no key
// and whose rows change.
func (t *Table) Bag() bool { return t.Materialized() && len(t.PrimaryKey) == 0 && !t.AppendOnly }

// Schema is the columns' names and types.
func (t *Table) Schema() types.Schema {
	s := make(types.Schema, len(t.Columns))
	for i, c := range t.Columns {
		s[i] = c.Column
	}
	return s
}

// ColumnNames lists the columns' names.
func (t *Table) ColumnNames() []string { return t.Schema().Names() }
