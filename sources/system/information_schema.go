package system

import (
	"fmt"
	"slices"
	"strings"

	"millrace/catalog"
	"millrace/types"
)

// informationSchema lists the relations of information_schema.
func informationSchema() []*relation {
	return inSchema(infoSchema, []*relation{
		{name: "administrable_role_authorizations", doc: "Roles in roles: there are none."},
		{name: "applicable_roles", doc: "Roles in roles: there are none."},
		{name: "attributes", doc: "Parts of composite types: there are none."},
		{name: "character_sets", doc: "The encoding of texts.", rows: characterSetRows},
		{name: "check_constraint_routine_usage", doc: "Functions in CHECK: there are none."},
		{name: "check_constraints", doc: "CHECK constraints: those that columns are NOT NULL.", rows: checkRows},
		{name: "collation_character_set_applicability", doc: "Collations by encoding.", rows: collationSetRows},
		{name: "collations", doc: "Collations.", rows: collationRows},
		{name: "column_column_usage", doc: "Columns that computed ones are made of: none are listed."},
		{name: "column_domain_usage", doc: "Columns of domains: there are none."},
		{name: "column_options", doc: "Options of columns: there are none."},
		{name: "column_privileges", doc: "Privileges on columns: every user has all.", rows: columnPrivilegeRows},
		{name: "column_udt_usage", doc: "Columns with their types.", rows: columnTypeRows},
		{name: "columns", doc: "Columns.", rows: columnRows},
		{name: "constraint_column_usage", doc: "Columns of primary keys.", rows: keyUsageRows},
		{name: "constraint_table_usage", doc: "Tables of foreign keys: there are none."},
		{name: "data_type_privileges", doc: "Types of objects: none are listed."},
		{name: "domain_constraints", doc: "Constraints of domains: there are none."},
		{name: "domain_udt_usage", doc: "Types of domains: there are none."},
		{name: "domains", doc: "Domains: there are none."},
		{name: "element_types", doc: "The elements of arrays.", rows: elementRows},
		{name: "enabled_roles", doc: "Users that the session may act as.", rows: enabledRoleRows},
		{name: "foreign_data_wrapper_options", doc: "Options of foreign data wrappers: there are none."},
		{name: "foreign_data_wrappers", doc: "Foreign data wrappers: there are none."},
		{name: "foreign_server_options", doc: "Options of foreign servers: there are none."},
		{name: "foreign_servers", doc: "Foreign servers: there are none."},
		{name: "foreign_table_options", doc: "Options of foreign tables: there are none."},
		{name: "foreign_tables", doc: "Foreign tables: there are none."},
		{name: "information_schema_catalog_name", doc: "The database.", rows: catalogNameRows},
		{name: "key_column_usage", doc: "Columns of primary keys with their places.", rows: keyColumnRows},
		{name: "parameters", doc: "Arguments of functions.", rows: parameterRows},
		{name: "referential_constraints", doc: "Foreign keys: there are none."},
		{name: "role_column_grants", doc: "Privileges that were granted: none were."},
		{name: "role_routine_grants", doc: "Privileges that were granted: none were."},
		{name: "role_table_grants", doc: "Privileges that were granted: none were."},
		{name: "role_udt_grants", doc: "Privileges that were granted: none were."},
		{name: "role_usage_grants", doc: "Privileges that were granted: none were."},
		{name: "routine_column_usage", doc: "Columns in functions: there are none."},
		{name: "routine_privileges", doc: "Privileges on functions: none are listed."},
		{name: "routine_routine_usage", doc: "Functions in functions: there are none."},
		{name: "routine_sequence_usage", doc: "Sequences in functions: there are none."},
		{name: "routine_table_usage", doc: "Tables in functions: there are none."},
		{name: "routines", doc: "Functions.", rows: routineRows},
		{name: "schemata", doc: "Schemas.", rows: schemataRows},
		{name: "sequences", doc: "Sequences: there are none."},
		{name: "table_constraints", doc: "Primary keys, and that columns are NOT NULL.", rows: tableConstraintRows},
		{name: "table_privileges", doc: "Privileges on tables: every user has all.", rows: tablePrivilegeRows},
		{name: "tables", doc: "Tables and views.", rows: infoTableRows},
		{name: "transforms", doc: "Transforms: there are none."},
		{name: "triggered_update_columns", doc: "Columns of triggers: there are none."},
		{name: "triggers", doc: "Triggers: there are none."},
		{name: "udt_privileges", doc: "Privileges on types: none are listed."},
		{name: "usage_privileges", doc: "Privileges on other objects: none are listed."},
		{name: "user_defined_types", doc: "Types of users: there are none."},
		{name: "user_mapping_options", doc: "Users of foreign servers: there are none."},
		{name: "user_mappings", doc: "Users of foreign servers: there are none."},
		{name: "view_column_usage", doc: "Columns in views: none are listed."},
		{name: "view_routine_usage", doc: "Functions in views: none are listed."},
		{name: "view_table_usage", doc: "Tables in views: none are listed."},
		{name: "views", doc: "Views with their queries.", rows: infoViewRows},
	})
}

// always is a column that says the same of all rows.
func always[T any](v any) func(T) any { return func(T) any { return v } }

func yes(b bool) string {
	if b {
		return "YES"
	}
	return "NO"
}

// listed are the objects that information_schema knows of: materialized views it does not.
var listed = where(func(o *object) bool { return o.is('r', 'v') })

var infoTableRows = of(listed, map[string]func(*object) any{
	"table_catalog": always[*object](catalog.Database),
	"table_schema":  func(o *object) any { return o.schema },
	"table_name":    func(o *object) any { return o.name },
	"table_type": func(o *object) any {
		if o.kind == 'v' {
			return "VIEW"
		}
		return "BASE TABLE"
	},
	"is_insertable_into": func(o *object) any { return yes(writable(o)) },
	"is_typed":           always[*object]("NO"),
})

// writable reports whether INSERT can name an object.
func writable(o *object) bool {
	return o.table != nil && o.kind == 'r' && o.table.Direction != catalog.In
}

var infoViewRows = of(where(func(o *object) bool { return o.kind == 'v' }), map[string]func(*object) any{
	"table_catalog":              always[*object](catalog.Database),
	"table_schema":               func(o *object) any { return o.schema },
	"table_name":                 func(o *object) any { return o.name },
	"view_definition":            func(o *object) any { return orNull(definitionOf(o)) },
	"check_option":               always[*object]("NONE"),
	"is_updatable":               always[*object]("NO"),
	"is_insertable_into":         always[*object]("NO"),
	"is_trigger_updatable":       always[*object]("NO"),
	"is_trigger_deletable":       always[*object]("NO"),
	"is_trigger_insertable_into": always[*object]("NO"),
})

// listedAttributes are the columns of what information_schema knows of.
func listedAttributes(s *Snapshot) []attribute {
	var out []attribute
	for _, a := range s.attributes() {
		if a.of.is('r', 'v') {
			out = append(out, a)
		}
	}
	return out
}

// dataType is the type as the standard calls it.
func dataType(t types.Type) string {
	if t.Kind == types.Array {
		return "ARRAY"
	}
	return t.SQLName()
}

// radix gives the digits of a number, and what they are counted in.
func radix(t types.Type) (precision, base, scale any) {
	switch t.Kind {
	case types.Int16:
		return 16, 2, 0
	case types.Int32:
		return 32, 2, 0
	case types.Int64:
		if t.Sys != types.Plain {
			return nil, nil, nil
		}
		return 64, 2, 0
	case types.Float32:
		return 24, 2, nil
	case types.Float64:
		return 53, 2, nil
	case types.Decimal:
		if t.Precision == 0 {
			return nil, 10, nil
		}
		return t.Precision, 10, t.Scale
	}
	return nil, nil, nil
}

// udt is PostgreSQL's own name of a type.
func udt(t types.Type) string {
	if info := typeInfos()[t.OID()]; info != nil {
		return info.name
	}
	return t.SQLName()
}

var columnRows = of(listedAttributes, map[string]func(attribute) any{
	"table_catalog":    always[attribute](catalog.Database),
	"table_schema":     func(a attribute) any { return a.of.schema },
	"table_name":       func(a attribute) any { return a.of.name },
	"column_name":      func(a attribute) any { return a.column.Name },
	"ordinal_position": func(a attribute) any { return a.number },
	"column_default":   func(a attribute) any { return orNull(a.column.Default) },
	"is_nullable":      func(a attribute) any { return yes(!a.notNull()) },
	"data_type":        func(a attribute) any { return dataType(a.column.Type) },
	"character_octet_length": func(a attribute) any {
		if a.column.Type.Kind == types.Text && (a.column.Type.Sys == types.Plain || a.column.Type.Sys == types.SysVarchar) {
			return 1 << 30
		}
		return nil
	},
	"numeric_precision":       func(a attribute) any { p, _, _ := radix(a.column.Type); return p },
	"numeric_precision_radix": func(a attribute) any { _, r, _ := radix(a.column.Type); return r },
	"numeric_scale":           func(a attribute) any { _, _, s := radix(a.column.Type); return s },
	"datetime_precision": func(a attribute) any {
		switch k := a.column.Type.Kind; {
		case k == types.Date:
			return 0
		case k >= types.Time && k <= types.Interval:
			return 6
		}
		return nil
	},
	"udt_catalog":         always[attribute](catalog.Database),
	"udt_schema":          always[attribute](pgSchema),
	"udt_name":            func(a attribute) any { return udt(a.column.Type) },
	"dtd_identifier":      func(a attribute) any { return fmt.Sprint(a.number) },
	"is_self_referencing": always[attribute]("NO"),
	"is_identity":         always[attribute]("NO"),
	"identity_cycle":      always[attribute]("NO"),
	"is_generated": func(a attribute) any {
		if a.column.Computed != "" {
			return "ALWAYS"
		}
		return "NEVER"
	},
	"generation_expression": func(a attribute) any { return orNull(a.column.Computed) },
	"is_updatable":          func(a attribute) any { return yes(writable(a.of) && a.column.Computed == "") },
})

var columnTypeRows = of(listedAttributes, map[string]func(attribute) any{
	"udt_catalog":   always[attribute](catalog.Database),
	"udt_schema":    always[attribute](pgSchema),
	"udt_name":      func(a attribute) any { return udt(a.column.Type) },
	"table_catalog": always[attribute](catalog.Database),
	"table_schema":  func(a attribute) any { return a.of.schema },
	"table_name":    func(a attribute) any { return a.of.name },
	"column_name":   func(a attribute) any { return a.column.Name },
})

var elementRows = of(func(s *Snapshot) []attribute {
	return slices.DeleteFunc(listedAttributes(s), func(a attribute) bool { return a.column.Type.Kind != types.Array })
}, map[string]func(attribute) any{
	"object_catalog": always[attribute](catalog.Database),
	"object_schema":  func(a attribute) any { return a.of.schema },
	"object_name":    func(a attribute) any { return a.of.name },
	"object_type": func(a attribute) any {
		if a.of.kind == 'v' {
			return "VIEW"
		}
		return "TABLE"
	},
	"collection_type_identifier": func(a attribute) any { return fmt.Sprint(a.number) },
	"data_type":                  func(a attribute) any { return dataType(innermost(a.column.Type)) },
	"udt_catalog":                always[attribute](catalog.Database),
	"udt_schema":                 always[attribute](pgSchema),
	"udt_name":                   func(a attribute) any { return udt(innermost(a.column.Type)) },
	"dtd_identifier":             func(a attribute) any { return fmt.Sprintf("a%d", a.number) },
})

// innermost is the type of the elements of an array, and of the arrays in it.
func innermost(t types.Type) types.Type {
	for t.Kind == types.Array {
		t = *t.Elem
	}
	return t
}

// keyPart is a column of a primary key.
type keyPart struct {
	index *object
	place int // from 1
	name  string
}

func keyParts(s *Snapshot) []keyPart {
	var out []keyPart
	for _, o := range s.objects() {
		if o.kind == 'i' {
			for i, c := range o.columns() {
				out = append(out, keyPart{o, i + 1, c.Name})
			}
		}
	}
	return out
}

var keyColumnRows = of(keyParts, map[string]func(keyPart) any{
	"constraint_catalog": always[keyPart](catalog.Database),
	"constraint_schema":  func(k keyPart) any { return k.index.schema },
	"constraint_name":    func(k keyPart) any { return k.index.name },
	"table_catalog":      always[keyPart](catalog.Database),
	"table_schema":       func(k keyPart) any { return k.index.schema },
	"table_name":         func(k keyPart) any { return k.index.of.name },
	"column_name":        func(k keyPart) any { return k.name },
	"ordinal_position":   func(k keyPart) any { return k.place },
})

var keyUsageRows = of(keyParts, map[string]func(keyPart) any{
	"table_catalog":      always[keyPart](catalog.Database),
	"table_schema":       func(k keyPart) any { return k.index.schema },
	"table_name":         func(k keyPart) any { return k.index.of.name },
	"column_name":        func(k keyPart) any { return k.name },
	"constraint_catalog": always[keyPart](catalog.Database),
	"constraint_schema":  func(k keyPart) any { return k.index.schema },
	"constraint_name":    func(k keyPart) any { return k.index.name },
})

// constraint is a primary key, or that a column is NOT NULL.
type constraint struct {
	of         *object
	name, kind string
	check      string
}

func constraints(s *Snapshot) []constraint {
	var out []constraint
	for _, o := range s.objects() {
		if o.kind == 'i' {
			out = append(out, constraint{of: o.of, name: o.name, kind: "PRIMARY KEY"})
		}
	}
	for _, a := range listedAttributes(s) {
		if a.of.kind == 'r' && a.notNull() {
			out = append(out, constraint{of: a.of, kind: "CHECK", check: a.column.Name + " IS NOT NULL",
				name: fmt.Sprintf("%d_%d_%d_not_null", namespaceOf(a.of.schema), a.of.oid, a.number)})
		}
	}
	return out
}

var tableConstraintRows = of(constraints, map[string]func(constraint) any{
	"constraint_catalog": always[constraint](catalog.Database),
	"constraint_schema":  func(c constraint) any { return c.of.schema },
	"constraint_name":    func(c constraint) any { return c.name },
	"table_catalog":      always[constraint](catalog.Database),
	"table_schema":       func(c constraint) any { return c.of.schema },
	"table_name":         func(c constraint) any { return c.of.name },
	"constraint_type":    func(c constraint) any { return c.kind },
	"is_deferrable":      always[constraint]("NO"),
	"initially_deferred": always[constraint]("NO"),
	"enforced":           always[constraint]("YES"),
	"nulls_distinct": func(c constraint) any {
		if c.kind == "CHECK" {
			return nil
		}
		return "YES"
	},
})

var checkRows = of(func(s *Snapshot) []constraint {
	return slices.DeleteFunc(constraints(s), func(c constraint) bool { return c.check == "" })
}, map[string]func(constraint) any{
	"constraint_catalog": always[constraint](catalog.Database),
	"constraint_schema":  func(c constraint) any { return c.of.schema },
	"constraint_name":    func(c constraint) any { return c.name },
	"check_clause":       func(c constraint) any { return c.check },
})

var schemataRows = of((*Snapshot).namespaces, map[string]func(namespace) any{
	"catalog_name": always[namespace](catalog.Database),
	"schema_name":  func(n namespace) any { return n.name },
	"schema_owner": always[namespace](catalog.Owner),
})

var catalogNameRows = of(one, map[string]func(*Snapshot) any{"catalog_name": always[*Snapshot](catalog.Database)})

var characterSetRows = of(one, map[string]func(*Snapshot) any{
	"character_set_name":      always[*Snapshot]("UTF8"),
	"character_repertoire":    always[*Snapshot]("UCS"),
	"form_of_use":             always[*Snapshot]("UTF8"),
	"default_collate_catalog": always[*Snapshot](catalog.Database),
	"default_collate_schema":  always[*Snapshot](pgSchema),
	"default_collate_name":    always[*Snapshot]("C"),
})

// collationNames are those of pg_collation but for the default, which stands for one of the others.
func collationNames(*Snapshot) []string {
	var out []string
	for _, name := range collations() {
		if name != "default" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

var collationRows = of(collationNames, map[string]func(string) any{
	"collation_catalog": always[string](catalog.Database),
	"collation_schema":  always[string](pgSchema),
	"collation_name":    func(n string) any { return n },
	"pad_attribute":     always[string]("NO PAD"),
})

var collationSetRows = of(collationNames, map[string]func(string) any{
	"collation_catalog":  always[string](catalog.Database),
	"collation_schema":   always[string](pgSchema),
	"collation_name":     func(n string) any { return n },
	"character_set_name": always[string]("UTF8"),
})

var enabledRoleRows = of((*Snapshot).roles, map[string]func(role) any{"role_name": func(r role) any { return r.name }})

// privilege is one that the owner has on an object.
type privilege struct {
	of   *object
	name string
}

func privileges(s *Snapshot) []privilege {
	var out []privilege
	for _, o := range listed(s) {
		names := []string{"SELECT"}
		if writable(o) {
			names = []string{"INSERT", "SELECT"}
			if o.table.Embedded() && !o.table.AppendOnly {
				names = []string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE"}
			}
		}
		for _, n := range names {
			out = append(out, privilege{o, n})
		}
	}
	return out
}

var tablePrivilegeRows = of(privileges, map[string]func(privilege) any{
	"grantor":        always[privilege](catalog.Owner),
	"grantee":        always[privilege]("PUBLIC"),
	"table_catalog":  always[privilege](catalog.Database),
	"table_schema":   func(p privilege) any { return p.of.schema },
	"table_name":     func(p privilege) any { return p.of.name },
	"privilege_type": func(p privilege) any { return p.name },
	"is_grantable":   always[privilege]("NO"),
	"with_hierarchy": func(p privilege) any { return yes(p.name == "SELECT") },
})

// columnPrivilege is a privilege on a column.
type columnPrivilege struct {
	attribute
	name string
}

var columnPrivilegeRows = of(func(s *Snapshot) []columnPrivilege {
	var out []columnPrivilege
	for _, p := range privileges(s) {
		if p.name == "DELETE" || p.name == "TRUNCATE" {
			continue
		}
		for i, c := range p.of.columns() {
			out = append(out, columnPrivilege{attribute{p.of, i + 1, catalog.Column{Column: c}}, p.name})
		}
	}
	return out
}, map[string]func(columnPrivilege) any{
	"grantor":        always[columnPrivilege](catalog.Owner),
	"grantee":        always[columnPrivilege]("PUBLIC"),
	"table_catalog":  always[columnPrivilege](catalog.Database),
	"table_schema":   func(p columnPrivilege) any { return p.of.schema },
	"table_name":     func(p columnPrivilege) any { return p.of.name },
	"column_name":    func(p columnPrivilege) any { return p.column.Name },
	"privilege_type": func(p columnPrivilege) any { return p.name },
	"is_grantable":   always[columnPrivilege]("NO"),
})

// specific is a function's name that no other has.
func specific(f function) string { return fmt.Sprintf("%s_%d", f.name, f.oid) }

// typeOfOID is how the standard calls the type of an OID.
func typeOfOID(oid uint32) string {
	if strings.HasSuffix(typeName(oid), "[]") {
		return "ARRAY"
	}
	return typeName(oid)
}

func udtOfOID(oid uint32) any {
	if info := typeInfos()[oid]; info != nil {
		return info.name
	}
	return nil
}

var routineRows = of(func(s *Snapshot) []function {
	return slices.DeleteFunc(slices.Clone(s.functions()), func(f function) bool { return f.kind != 'f' })
}, map[string]func(function) any{
	"specific_catalog":        always[function](catalog.Database),
	"specific_schema":         always[function](pgSchema),
	"specific_name":           func(f function) any { return specific(f) },
	"routine_catalog":         always[function](catalog.Database),
	"routine_schema":          always[function](pgSchema),
	"routine_name":            func(f function) any { return f.name },
	"routine_type":            always[function]("FUNCTION"),
	"data_type":               func(f function) any { return typeOfOID(f.result) },
	"type_udt_catalog":        always[function](catalog.Database),
	"type_udt_schema":         always[function](pgSchema),
	"type_udt_name":           func(f function) any { return udtOfOID(f.result) },
	"dtd_identifier":          always[function]("0"),
	"routine_body":            always[function]("EXTERNAL"),
	"routine_definition":      func(f function) any { return f.name },
	"external_name":           func(f function) any { return f.name },
	"external_language":       always[function]("INTERNAL"),
	"parameter_style":         always[function]("GENERAL"),
	"is_deterministic":        func(f function) any { return yes(f.volatility == 'i') },
	"sql_data_access":         always[function]("MODIFIES"),
	"is_null_call":            func(f function) any { return yes(f.strict) },
	"schema_level_routine":    always[function]("YES"),
	"max_dynamic_result_sets": always[function](0),
	"security_type":           always[function]("INVOKER"),
	"as_locator":              always[function]("NO"),
	"is_udt_dependent":        always[function]("NO"),
})

// parameter is an argument of a function.
type parameter struct {
	of    function
	place int
	oid   uint32
}

var parameterRows = of(func(s *Snapshot) []parameter {
	var out []parameter
	for _, f := range s.functions() {
		for i, oid := range f.args {
			out = append(out, parameter{f, i + 1, oid})
		}
	}
	return out
}, map[string]func(parameter) any{
	"specific_catalog": always[parameter](catalog.Database),
	"specific_schema":  always[parameter](pgSchema),
	"specific_name":    func(p parameter) any { return specific(p.of) },
	"ordinal_position": func(p parameter) any { return p.place },
	"parameter_mode":   always[parameter]("IN"),
	"is_result":        always[parameter]("NO"),
	"as_locator":       always[parameter]("NO"),
	"data_type":        func(p parameter) any { return typeOfOID(p.oid) },
	"udt_catalog":      always[parameter](catalog.Database),
	"udt_schema":       always[parameter](pgSchema),
	"udt_name":         func(p parameter) any { return udtOfOID(p.oid) },
	"dtd_identifier":   func(p parameter) any { return fmt.Sprint(p.place) },
})
