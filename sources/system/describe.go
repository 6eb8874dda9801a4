package system

import "millrace/catalog"

// Described is a relation as the manual has it.
type Described struct {
	catalog.Name
	Doc   string
	Empty bool // it never has rows
}

// Describe lists all relations, schema by schema, in the order of their names.
func Describe() []Described {
	var out []Described
	for _, r := range relations() {
		out = append(out, Described{catalog.Name{Schema: r.schema, Table: r.name}, r.doc, r.rows == nil})
	}
	return out
}
