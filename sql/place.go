package sql

import (
	"reflect"

	"millrace/sqlerr"
)

// PlaceQuery puts every part of a query at one place: what was written in another text, such as a view's, stands where
// that is named.
func PlaceQuery(q *Query, pos sqlerr.Pos) *Query {
	place(reflect.ValueOf(q), pos)
	return q
}

// PlaceExpr does so with an expression.
func PlaceExpr(e Expr, pos sqlerr.Pos) Expr {
	place(reflect.ValueOf(e), pos)
	return e
}

func place(v reflect.Value, pos sqlerr.Pos) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			place(v.Elem(), pos)
		}
	case reflect.Slice:
		for i := range v.Len() {
			place(v.Index(i), pos)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Node]() {
			v.Field(0).SetInt(int64(pos))
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				place(v.Field(i), pos)
			}
		}
	}
}
