package cassandra

import (
	"strings"
	"testing"

	"millrace/types"
)

func TestTypesAreReadAsSystemSchemaWritesThem(t *testing.T) {
	udts := map[string]udt{
		"address": {fields: []string{"street", "tags"}, types: []string{"text", "frozen<list<int>>"}},
		"A b":     {fields: []string{"x"}, types: []string{"frozen<address>"}},
		"loop":    {fields: []string{"x"}, types: []string{"loop"}},
	}
	for _, tc := range []struct{ text, want, problem string }{
		{text: "bigint", want: "bigint"},
		{text: "frozen<map<text, frozen<list<int>>>>", want: "map<text, list<int>>"},
		{text: "tuple<int,text, frozen<set<uuid>>>", want: "tuple<int, text, set<uuid>>"},
		{text: "frozen<address>", want: "address"},
		{text: `frozen<"A b">`, want: "A b"},
		{text: "vector<float, 3>", want: "vector"},
		{text: "loop", problem: "nested deeper"},
		{text: "map<text>", problem: "map takes 2 types"},
		{text: "list<int", problem: "missing"},
		{text: "int>", problem: "behind its end"},
		{text: "list<>", problem: "a name is missing"},
	} {
		got, err := parseType(tc.text, udts)
		switch {
		case tc.problem != "":
			if err == nil || !strings.Contains(err.Error(), tc.problem) {
				t.Errorf("%s: got %v, want %q", tc.text, err, tc.problem)
			}
		case err != nil || got.String() != tc.want:
			t.Errorf("%s: got %s, %v", tc.text, got, err)
		}
	}
	typ, err := parseType("frozen<address>", udts)
	if err != nil || typ.Name != "udt" || typ.Fields[1] != "tags" || typ.Args[1].String() != "list<int>" {
		t.Errorf("got %+v, %v", typ, err)
	}
}

func TestCreateTableSaysEveryType(t *testing.T) {
	row := types.RowOf(types.Field{Name: "a", Type: types.Of(types.Int32)})
	got := CreateTable("shop", "Totals", []string{"channel", "window_start", "tags", "m", "r"},
		[]string{"text", "timestamp", CQL(types.ArrayOf(types.ArrayOf(types.Of(types.Text))), false),
			CQL(types.MapOf(types.Of(types.Text), types.DecimalOf(10, 2)), false), CQL(row, false)}, []string{"channel", "window_start"})
	want := `CREATE TABLE shop."Totals" (channel text, window_start timestamp, tags list<frozen<list<text>>>, m map<text, decimal>, r tuple<int>, PRIMARY KEY (channel, window_start));`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
