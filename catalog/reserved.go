package catalog

import (
	"slices"

	"millrace/sqlerr"
)

// reserved are the schemas of the system. Nothing can be made in them or taken from them.
var reserved = []string{"pg_catalog", "information_schema", "millrace"}

// Reserved reports whether a schema is one of the system's.
func Reserved(schema string) bool { return slices.Contains(reserved, schema) }

// creatable is the error about a name that nothing can be created by: in a schema of the system, or in one that there is not.
func creatable(n Name) error {
	switch {
	case n.Catalog != "":
		return sqlerr.New(sqlerr.FeatureNotSupported, 0, "cross-database references are not implemented: %q", n.String()).
			WithHint("Leave out the database: there is one, %q.", Database)
	case Reserved(n.Schema):
		return sqlerr.New(sqlerr.InsufficientPrivilege, 0, "permission denied to create %q", n.String()).
			WithDetail("System catalog modifications are currently disallowed.").WithHint("Leave out the schema: tables are made in %q.", Public)
	case n.Schema != "":
		return sqlerr.New(sqlerr.InvalidSchemaName, 0, "schema %q does not exist", n.Schema).
			WithHint("There is no CREATE SCHEMA: leave out the schema, and the table is made in %q.", Public)
	}
	return nil
}
