package types

import "github.com/apache/arrow-go/v18/arrow"

// Arrow is the layout of a column of this type. Unknown is laid out as Null.
func (t Type) Arrow() arrow.DataType {
	if r := t.Kind.row(); r != nil {
		return r.arrow(t, Type.Arrow)
	}
	return arrow.Null
}

// Arrow is the schema of batches of these columns. Every field is nullable: NOT NULL is checked where rows come in.
func (s Schema) Arrow() *arrow.Schema {
	fields := make([]arrow.Field, len(s))
	for i, c := range s {
		fields[i] = arrow.Field{Name: c.Name, Type: c.Type.Arrow(), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}
