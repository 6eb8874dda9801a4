package sql

import (
	"testing"

	"millrace/sqlerr"
)

func TestRedactHidesTheValuesAtPlaces(t *testing.T) {
	text := "-- how\nCREATE TABLE t (a INT) WITH (a = 'it''s', b='${B}', c = 'x${C}', d = 5); SELECT 'it''s'"
	stmts, err := Parse(text, func(name string) (string, bool) { return "${" + name + "}", true })
	if err != nil {
		t.Fatal(err)
	}
	var places []sqlerr.Pos
	for _, o := range stmts[0].(*CreateTable).Options {
		places = append(places, o.Value.Pos())
	}
	want := "-- how\nCREATE TABLE t (a INT) WITH (a = '***', b='${B}', c = '***', d = '***'); SELECT 'it''s'"
	if got := Redact(text, places); got != want {
		t.Errorf("%s", got)
	}
}
