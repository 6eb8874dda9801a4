package sqllogic

import (
	"encoding/json"
	"fmt"
	"strings"

	"millrace/sql"
	"millrace/types"
)

// jsonLines is rows of literals as a file of connector 'file' holds them.
func jsonLines(t *sql.CreateTable, v *sql.Values) (string, error) {
	var b strings.Builder
	for _, row := range v.Rows {
		if len(row) != len(t.Columns) {
			return "", fmt.Errorf("a row of %s has %d values", t.Name.Parts[0], len(row))
		}
		for i, e := range row {
			val, err := jsonValue(e, t.Columns[i].Type)
			if err != nil {
				return "", err
			}
			name, _ := json.Marshal(t.Columns[i].Name.Text)
			b.WriteString([]string{"{", ", "}[min(i, 1)] + string(name) + ": " + val)
		}
		b.WriteString("}\n")
	}
	return b.String(), nil
}

func jsonValue(e sql.Expr, t types.Type) (string, error) {
	switch e := e.(type) {
	case *sql.NullLit:
		return "null", nil
	case *sql.BoolLit:
		return fmt.Sprint(e.Value), nil
	case *sql.NumberLit:
		return e.Text, nil
	case *sql.StringLit:
		if t.Kind == types.JSON {
			return e.Value, nil
		}
		text, err := json.Marshal(e.Value)
		return string(text), err
	case *sql.Unary:
		x, err := jsonValue(e.X, t)
		return e.Op + x, err
	case *sql.ArrayLit:
		var elems []string
		for _, x := range e.Elems {
			v, err := jsonValue(x, *t.Elem)
			if err != nil {
				return "", err
			}
			elems = append(elems, v)
		}
		return "[" + strings.Join(elems, ", ") + "]", nil
	}
	return "", fmt.Errorf("schema.sql: a %T is no literal", e)
}
