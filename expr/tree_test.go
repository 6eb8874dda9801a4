package expr_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

var people = types.Schema{
	{Name: "id", Type: types.Of(types.Int32)},
	{Name: "price", Type: types.Of(types.Int64)},
	{Name: "rate", Type: types.Of(types.Float64)},
	{Name: "cost", Type: types.DecimalOf(10, 2)},
	{Name: "name", Type: types.Of(types.Text)},
	{Name: "at", Type: types.Of(types.Timestamp)},
	{Name: "ok", Type: types.Of(types.Bool)},
	{Name: "tags", Type: types.ArrayOf(types.Of(types.Text))},
	{Name: "home", Type: types.RowOf(types.Field{Name: "city", Type: types.Of(types.Text)}, types.Field{Name: "zip", Type: types.Of(types.Int32)})},
	{Name: "attrs", Type: types.MapOf(types.Of(types.Text), types.Of(types.Int32))},
	{Name: "doc", Type: types.Of(types.JSON)},
	{Name: "day", Type: types.Of(types.Date)},
}

// peopleRows has a row of NULLs between two of values.
func peopleRows(t *testing.T, mem memory.Allocator) arrow.RecordBatch {
	t.Helper()
	rec, _, err := array.RecordFromJSON(mem, people.Arrow(), strings.NewReader(`[
		{"id": 1, "price": 100, "rate": 0.5, "cost": "1.25", "name": "Ann", "at": "2026-01-01 00:00:10", "ok": true, "tags": ["a", "b"],
		 "home": {"city": "Ulm", "zip": 89073}, "attrs": [{"key": "x", "value": 7}], "doc": "{\"k\": [1, 2]}", "day": "2026-01-01"},
		{},
		{"id": 0, "price": -5, "rate": -1, "cost": "-0.01", "name": "Bo", "at": "1969-12-31 23:59:59", "ok": false, "tags": [],
		 "home": {"city": null, "zip": 1}, "attrs": [], "doc": "[]", "day": "1969-12-31"}]`))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func mustParse(t *testing.T, text string) expr.Expr {
	t.Helper()
	e, err := parse(text, people)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

// values evaluates over peopleRows.
func values(t *testing.T, e expr.Expr) ([]string, error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	rec := peopleRows(t, mem)
	defer rec.Release()
	a, err := e.Eval(&expr.Ctx{Mem: mem, Now: 0}, rec)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	out := make([]string, a.Len())
	for i := range out {
		out[i] = textAt(a, i, e.Type())
	}
	return out, nil
}

func TestExpressionsOverColumns(t *testing.T) {
	for text, want := range map[string]string{
		"price":                      "100 NULL -5",
		"price + id":                 "101 NULL -5",
		"price > 10":                 "true NULL false",
		"10 > price":                 "false NULL true",
		"price * 0.5":                "50.0 NULL -2.5",
		"cost * 2":                   "2.50 NULL -0.02",
		"rate < cost":                "true NULL true",
		"name || '!'":                "Ann! NULL Bo!",
		"upper(name) = 'ANN'":        "true NULL false",
		"ok and price > 0":           "true NULL false",
		"ok or price > 0":            "true NULL false",
		"not ok":                     "false NULL true",
		"ok is true":                 "true false false",
		"name is null":               "false true false",
		"coalesce(price, 0)":         "100 0 -5",
		"coalesce(price, id, 7)":     "100 7 -5",
		"nullif(price, 100)":         "NULL NULL -5",
		"greatest(price, id)":        "100 NULL 0",
		"greatest(price, 7)":         "100 7 7",
		"price is distinct from 100": "false true true",
		"price in (100, 200)":        "true NULL false",
		"price not in (100, null)":   "false NULL NULL",
		"price in (id, 100)":         "true NULL false",
		"price in (id - 5, 1)":       "false NULL true",
		"name in ('Bo', 'Cy')":       "false NULL true",
		"case when price > 0 then 'p' when ok is null then 'n' else name end": "p n Bo",
		"case when id <> 0 then price / id else 0 end":                        "100 0 0",
		"id <> 0 and price / id > 50":                                         "true NULL false",
		"id = 0 or price / id > 500":                                          "false NULL true",
		"coalesce(nullif(id, 0), 5)":                                          "1 5 5",
		"tags[1]":                                                             "a NULL NULL",
		"tags[id]":                                                            "a NULL NULL",
		"cardinality(tags)":                                                   "2 NULL 0",
		"array_contains(tags, 'b')":                                           "true NULL false",
		"array_contains(tags, name)":                                          "false NULL false",
		"attrs['x']":                                                          "7 NULL NULL",
		"cardinality(attrs)":                                                  "1 NULL 0",
		"doc -> 'k' ->> 1":                                                    "2 NULL NULL",
		"home.city":                                                           "Ulm NULL NULL",
		"home.zip + 1":                                                        "89074 NULL 2",
		"date_trunc('minute', at)":                                            "2026-01-01 00:00:00 NULL 1969-12-31 23:59:00",
		"extract(year from at)":                                               "2026 NULL 1969",
		"at + interval '1 month'":                                             "2026-02-01 00:00:10 NULL 1970-01-31 23:59:59",
		"at > '2000-01-01'":                                                   "true NULL false",
		"day + 1":                                                             "2026-01-02 NULL 1970-01-01",
		"cast(price as text)":                                                 "100 NULL -5",
		"cast(price as smallint)":                                             "100 NULL -5",
		"cast(cost as int)":                                                   "1 NULL 0",
		"cast(rate as decimal(5,1))":                                          "0.5 NULL -1.0",
		"cast(tags as text)":                                                  "{a,b} NULL {}",
		"cast(home as json)":                                                  `{"city":"Ulm","zip":89073} NULL {"city":null,"zip":1}`,
		"try_cast(name as int)":                                               "NULL NULL NULL",
		"name like 'A%'":                                                      "true NULL false",
		"'Ann' like name":                                                     "true NULL false",
		"now() = now()":                                                       "true true true",
		"price between 0 and 100":                                             "true NULL false",
		"concat(name, price)":                                                 "Ann100  Bo-5",
		"length(name) + octet_length(name)":                                   "6 NULL 4",
	} {
		got, err := values(t, mustParse(t, text))
		if s := strings.Join(got, " "); err != nil || s != want {
			t.Errorf("%s is %s, %v; want %s", text, s, err, want)
		}
	}
}

func TestErrorsOfValuesNameTheExpressionAndTheValues(t *testing.T) {
	for text, want := range map[string]string{
		"price / id":                        "22012 division by zero in price / id, here -5 / 0",
		"price * 9223372036854775807":       "22003 BIGINT out of range in price * 9223372036854775807, here 100 * 9223372036854775807",
		"cast(price * 1000000 as smallint)": "22003 100000000 is out of range for SMALLINT, in CAST(price * 1000000 AS SMALLINT)",
		"cast(name as int)":                 `22P02 invalid input syntax for type INT: "Ann"`,
		"sqrt(rate)":                        "2201F cannot take square root of a negative number in sqrt(rate), here sqrt(-1)",
		"at + interval '293000 years'":      "22008 TIMESTAMP out of range in at + INTERVAL '293000 years', here '2026-01-01 00:00:10' + '293000 years'",
		"repeat(name, 100000000)":           "53400 the text would be too long in repeat(name, 100000000), here repeat('Ann', 100000000)",
	} {
		e := mustParse(t, text)
		_, err := values(t, e)
		if err == nil || sqlerr.Code(err)+" "+err.Error() != want {
			t.Errorf("%s fails with %s %v, want %s", text, sqlerr.Code(err), err, want)
			continue
		}
		if se := err.(*sqlerr.Error); se.Pos != e.Pos() || se.Pos == 0 {
			t.Errorf("%s: the error is at %d, the expression at %d", text, se.Pos, e.Pos())
		}
	}
}

func TestCallsThatDoNotExistAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"uper(name)":                        `42883 function uper(TEXT) does not exist | Did you mean "upper"?`,
		"name = 1":                          "42883 operator TEXT = INT does not exist | Cast one side: name::INT.",
		"1 + name":                          "42883 operator INT + TEXT does not exist | Cast one side: name::INT.",
		"ok + 1":                            "42883 operator BOOLEAN + INT does not exist | Cast one side so that both are of one type, as in x::BOOLEAN.",
		"rate % 2":                          "42883 operator DOUBLE % DOUBLE does not exist | Cast the operands to DECIMAL.",
		"length(price)":                     "42883 function length(BIGINT) does not exist | There are length(TEXT), length(BYTEA); cast the arguments to one of them.",
		"left(name)":                        "42883 function left(TEXT) does not exist | There is left(TEXT, INT); cast the arguments to that.",
		"greatest(doc, doc)":                "42883 function greatest(JSON, JSON) does not exist | Values of type JSON have no order; compare a part, or cast to TEXT.",
		"price and ok":                      "42804 argument of AND must be type BOOLEAN, not type BIGINT | Write a comparison, as in x <> 0.",
		"home.town":                         `42703 home has no field "town" | There are: city, zip.`,
		"name.first":                        `42804 name is TEXT and has no field "first" | Only a ROW has fields.`,
		"cast(day as int)":                  "42846 cannot cast type DATE to INT | ",
		"date_trunc(name, at)":              "0A000 date_trunc by a unit that is not a constant is not supported | Write the unit as a string, such as 'hour'.",
		"date_trunc('hours of', at)":        `22023 unit "hours of" not recognized for type TIMESTAMP | Did you mean "hour"?`,
		"name like 'a\\'":                   `22025 LIKE pattern must not end with escape character | `,
		"name ~ '('":                        "2201B invalid regular expression: missing closing ): `(?s)(` | The syntax is that of RE2, which has no back references and no look-ahead.",
		"case when id then 1 end":           "42804 argument of CASE/WHEN must be type BOOLEAN, not type INT | Write a comparison, as in WHEN x = 1.",
		"case when ok then 1 else name end": "42804 CASE types INT and TEXT cannot be matched | Cast one of them, as in name::INT.",
		"price in (1, 'x')":                 `22P02 invalid input syntax for type BIGINT: "x" | `,
		"price in (1, name)":                "42883 operator BIGINT = TEXT does not exist | Cast one side: name::BIGINT.",
	} {
		_, err := parse(text, people)
		if err == nil {
			t.Errorf("%s: no error", text)
			continue
		}
		hint := ""
		if e, ok := err.(*sqlerr.Error); ok {
			hint = e.Hint
			if e.Pos == 0 {
				t.Errorf("%s: the error has no place", text)
			}
		}
		if got := sqlerr.Code(err) + " " + err.Error() + " | " + hint; got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestTheTreeCanBeLookedAtAndChanged(t *testing.T) {
	e := mustParse(t, "ok and price + id > 10 and case when name = 'x' then at else now() end is null")
	if got := expr.Columns(e); !slices.Equal(got, []int{0, 1, 4, 5, 6}) {
		t.Errorf("Columns = %v", got)
	}
	parts := expr.Split(e)
	if len(parts) != 3 || parts[1].String() != "(price + id) > 10" {
		t.Errorf("Split = %v", parts)
	}
	if back := expr.And(parts); !expr.Equal(back, e) {
		t.Errorf("And(Split(e)) is %s, want %s", back, e)
	}
	if expr.And(nil) != nil {
		t.Error("And of nothing is something")
	}
	moved := expr.Remap(e, func(i int) int { return i + 10 })
	if got := expr.Columns(moved); !slices.Equal(got, []int{10, 11, 14, 15, 16}) {
		t.Errorf("Columns after Remap = %v", got)
	}
	if expr.Equal(moved, e) || !expr.Equal(expr.Remap(moved, func(i int) int { return i - 10 }), e) {
		t.Error("Equal does not tell columns apart by position")
	}
	seen := 0
	expr.Walk(e, func(x expr.Expr) bool { seen++; _, isCall := x.(*expr.Call); return !isCall })
	if seen != 4 { // the AND, its three operands; calls are not entered
		t.Errorf("Walk saw %d parts, want 4", seen)
	}
}

func TestEqualTellsExpressionsApart(t *testing.T) {
	texts := []string{"price", "id", "price + 1", "price + 2", "price - 1", "cast(price as text)", "try_cast(price as text)", "cast(price as int)",
		"price in (1, 2)", "price not in (1, 2)", "price in (1, 3)", "ok and ok", "ok or ok", "coalesce(price, 1)", "coalesce(price, 2)",
		"case when ok then 1 end", "case when ok then 1 else 2 end", "home.city", "home.zip", "1", "'1'::text", "null::int", "null::text", "upper(name)", "lower(name)"}
	for i, a := range texts {
		for j, b := range texts {
			if got := expr.Equal(mustParse(t, a), mustParse(t, b)); got != (i == j) {
				t.Errorf("Equal(%s, %s) = %v", a, b, got)
			}
		}
	}
}

func TestFoldKeepsWhatRowsDecide(t *testing.T) {
	for text, want := range map[string]string{
		"price + (1 + 2)":        "price + 3",
		"ok and true":            "ok",
		"ok and false":           "false",
		"ok or 1 = 1":            "true",
		"true and price > 1 + 1": "price > 2",
		"1 / 0 = 1 and ok":       "error 22012",
		"ok and 1 / 0 = 1":       "ok AND (1 / 0) = 1",
		"case when false then 1 / 0 else price end":        "price",
		"case when ok then 1 / 0 else 2 end":               "CASE WHEN ok THEN 1 / 0 ELSE 2 END",
		"case when true then price else id end":            "price",
		"coalesce(null, price, 1 + 1, 5)":                  "coalesce(price, 2)",
		"now() > at":                                       "now() > at",
		"random() < 2":                                     "random() < 2",
		"price in (1 + 1, 3)":                              "price IN (2, 3)",
		"date_trunc('hour', timestamp '2026-01-01 10:20')": "TIMESTAMP '2026-01-01 10:00:00'",
		"name like 'a' || '%'":                             "name LIKE 'a%'",
		"cost + 1":                                         "cost + 1.",
	} {
		e := mustParse(t, text)
		folded, err := expr.Fold(e, &expr.Ctx{Mem: memory.DefaultAllocator})
		got := "error " + sqlerr.Code(err)
		if err == nil {
			got = strings.ReplaceAll(folded.String(), "'2'::DOUBLE", "2")
			if !folded.Type().Equal(e.Type()) {
				t.Errorf("%s is %s, and %s folded", text, e.Type(), folded.Type())
			}
		}
		if got != want {
			t.Errorf("%s folds to %s, want %s", text, got, want)
		}
	}
}

func TestVolatility(t *testing.T) {
	for text, want := range map[string][2]bool{ // Volatile, Constant
		"1 + 1":            {false, true},
		"now()":            {false, true},
		"random()":         {true, false},
		"price":            {false, false},
		"random() + price": {true, false},
	} {
		e := mustParse(t, text)
		if got := [2]bool{expr.Volatile(e), expr.Constant(e)}; got != want {
			t.Errorf("%s: Volatile and Constant are %v, want %v", text, got, want)
		}
	}
}

func TestRowsArePutTogetherAndTakenApart(t *testing.T) {
	row, err := expr.NewRow([]string{"a", "b"}, []expr.Expr{mustParse(t, "price"), mustParse(t, "name")}, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := values(t, row)
	if s := strings.Join(got, " "); err != nil || s != "(100,Ann) (,) (-5,Bo)" {
		t.Errorf("the row is %s, %v", s, err)
	}
	b, err := expr.NewField(row, "b", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err = values(t, b); err != nil || strings.Join(got, " ") != "Ann NULL Bo" {
		t.Errorf("its field is %v, %v", got, err)
	}
}
