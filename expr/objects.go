package expr

import "millrace/types"

// Objects is what functions ask of the catalog that a statement is planned with: a snapshot, which does not change while
// the statement runs.
type Objects interface {
	types.Resolver
	// Visible reports whether an object is found by its name without its schema; exists is false where there is none of
	// that OID.
	Visible(of types.Sys, oid uint32) (visible, exists bool)
	// Definition is the text that makes an object, or a part of it; false: there is no such object.
	Definition(of Definition, oid uint32, part int) (string, bool)
	// Description is what is said about an object of a relation of pg_catalog ("pg_class"), or about one of its columns
	// where part is not 0; false: nothing.
	Description(relation string, oid uint32, part int) (string, bool)
	// Size is the bytes that a relation takes on disk; false: there is no such relation.
	Size(oid uint32) (int64, bool)
}

// Definition says which text of an object is asked for.
type Definition uint8

const (
	ViewDef           Definition = iota // of a relation: the query of a view
	IndexDef                            // of an index: CREATE INDEX; part: that column's name
	ConstraintDef                       // of a constraint: PRIMARY KEY (id)
	FunctionDef                         // of a function: CREATE FUNCTION
	FunctionArguments                   // of a function: the list of its arguments
	FunctionResult                      // of a function: what it returns
	FunctionIdentity                    // of a function: the types of its arguments
)
